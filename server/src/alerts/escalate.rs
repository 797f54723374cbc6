//! What a machine cannot set right: an officer is told, and the other channel is tried at once.

use app::model::{
    Timestamp,
    alert::Delivery,
    notice::{NoticeKind, OfficerNotice},
};
use serde_json::json;

use crate::{
    chance::Chance,
    store::{StoreError, Writing},
};

/// Tells an officer why, once a delivery and kind, and hurries what waits on the other channel: once, or two that fail would
/// chase each other through their attempts.
pub(super) async fn escalate(
    work: &mut dyn Writing,
    chance: &dyn Chance,
    kind: NoticeKind,
    about: &[(&Delivery, &str)],
    now: Timestamp,
) -> Result<(), StoreError> {
    if about.is_empty() {
        return Ok(());
    }
    let mut notices = Vec::with_capacity(about.len());
    for (delivery, seen) in about {
        notices.push(OfficerNotice {
            gstin: delivery.gstin,
            id: chance.id(now),
            kind,
            about: delivery.id.0,
            at: now,
            detail: json!({ "channel": delivery.channel, "attempts": delivery.attempts, "seen": seen }).to_string(),
            handled: None,
        });
    }
    let new = work.add_notices(&notices).await?;
    let due_at = work.shared_now(now).await?;
    for (notice, (delivery, _)) in notices.iter().zip(about) {
        if new.contains(&notice.id) {
            work.hurry_other_channels(delivery, due_at).await?;
        }
    }
    Ok(())
}
