//! The chain: each event's hash covers the event and the hash before it, so that no row can be altered,
//! removed or slipped in behind the server's back without every later hash giving it away.

use app::model::event::Event;
use aws_lc_rs::digest::{Context, SHA256};

use crate::store::{StoreError, Writing, port::ChainLink};

/// What a taxpayer's first event is linked to.
const GENESIS: [u8; 32] = [0; 32];

/// The link that an event adds: SHA-256 over a domain label, the hash before, and the event as JSON (fields in the
/// order of the type).
///
/// # Errors
/// [`StoreError`] where the event cannot be hashed.
pub fn link(before: Option<ChainLink>, event: &Event) -> Result<ChainLink, StoreError> {
    let event = serde_json::to_vec(event).map_err(|_| StoreError::Unreadable("an event with no JSON".into()))?;
    let mut context = Context::new(&SHA256);
    context.update(b"asp-access event v1\0");
    context.update(&before.map_or(GENESIS, |before| before.hash));
    context.update(&event);
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    Ok(ChainLink { seq: before.map_or(1, |before| before.seq + 1), hash })
}

/// Appends an event to its taxpayer's chain, in the unit of work that also writes the state.
///
/// # Errors
/// [`StoreError`] where the store refuses; the unit of work must then be dropped.
pub async fn append(work: &mut dyn Writing, event: &Event) -> Result<(), StoreError> {
    let before = work.chain_head(event.gstin).await?;
    work.append_event(event, &link(before, event)?).await
}

/// The place of the first event that does not fit the chain, reading on from the link before it.
///
/// # Errors
/// [`StoreError`] where an event cannot be hashed.
pub fn broken_at(mut before: Option<ChainLink>, chain: &[(Event, ChainLink)]) -> Result<Option<i64>, StoreError> {
    for (event, stored) in chain {
        let due = link(before, event)?;
        if due != *stored {
            return Ok(Some(due.seq));
        }
        before = Some(due);
    }
    Ok(None)
}
