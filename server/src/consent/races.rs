//! A lost race is run again: whoever decides reads what holds under the taxpayer's lock, and somebody may have been faster.

use super::Refused;
use crate::store::StoreError;

/// How often. Each time the other one has won, so that two are enough for most: an ended consent then gives its receipt, a
/// refreshed one is ended.
const RACES_MAX: u32 = 8;

/// What an attempt comes to when nobody is faster. One that rests on a version which holds no more is a conflict, too, but
/// nothing that another attempt would change.
///
/// # Errors
/// Those of the attempt; a conflict after [`RACES_MAX`] lost races.
pub(super) async fn unless_outrun<T, F>(mut attempt: impl FnMut() -> F) -> Result<T, Refused>
where
    F: Future<Output = Result<T, Refused>>,
{
    let mut races = 0;
    loop {
        match attempt().await {
            Err(Refused::Store(StoreError::Conflict)) if races < RACES_MAX => races += 1,
            Err(Refused::Outdated) => return Err(Refused::Store(StoreError::Conflict)),
            answer => return answer,
        }
    }
}
