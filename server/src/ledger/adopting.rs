//! Events from before there was a ledger are owed their leaves, too: once, after an upgrade, beside running servers.

use std::collections::HashSet;

use app::model::{event::Event, gstin::Gstin};

use super::chain::salt;
use crate::{
    store::{
        Reading, Store, StoreError,
        port::{ChainLink, OwedLeaf, Span},
    },
    vault::Vault,
};

/// Taxpayers whose events are in memory at once.
const TAXPAYERS_PER_PAGE: u32 = 200;

/// Owes a leaf to every event that has none, and tells `each` page how many taxpayers were looked at and how many leaves are
/// owed by now. An event that a server of this version writes has one from the beginning.
///
/// # Errors
/// [`StoreError`]; what was owed until then stays, and the same again goes on from there.
pub async fn adopt(
    store: &dyn Store,
    vault: &Vault,
    each: &mut (dyn FnMut(u64, u64) + Send),
) -> Result<u64, StoreError> {
    let (mut after, mut taxpayers, mut adopted) = (String::new(), 0, 0);
    loop {
        let mut work = store.read().await?;
        let gstins = work.taxpayers_after(&after, TAXPAYERS_PER_PAGE).await?;
        let Some(last) = gstins.last().cloned() else { return Ok(adopted) };
        let orphans = without_leaves(&mut *work, &Span { after, up_to: last.clone() }).await?;
        drop(work);
        if !orphans.is_empty() {
            let mut work = store.write().await?;
            for (event, link) in &orphans {
                let salt = salt(vault, event.gstin, *link);
                let (gstin, seq, at, hash) = (event.gstin, link.seq, event.at, link.hash);
                work.owe_leaf(&OwedLeaf { position: 0, gstin, seq, at, hash, salt }).await?;
            }
            work.commit().await?;
        }
        taxpayers += gstins.len() as u64;
        adopted += orphans.len() as u64;
        each(taxpayers, adopted);
        after = last;
    }
}

/// One snapshot: an event and its leaf are written together, so that whoever sees the one sees the other.
async fn without_leaves(work: &mut dyn Reading, span: &Span) -> Result<Vec<(Event, ChainLink)>, StoreError> {
    let (mut with, mut events) = (HashSet::<(Gstin, i64)>::new(), Vec::new());
    // What cannot be read is for `verify` to name.
    work.scan_leaves(span, &mut |row| with.extend(row.ok().map(|leaf| (leaf.gstin, leaf.seq)))).await?;
    work.scan_owed_leaves(span, &mut |row| with.extend(row.ok().map(|leaf| (leaf.gstin, leaf.seq)))).await?;
    work.scan_events(span, &mut |row| events.extend(row.ok())).await?;
    events.retain(|(event, link)| !with.contains(&(event.gstin, link.seq)));
    Ok(events)
}
