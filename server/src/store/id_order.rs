//! Ids sort by their moment (UUID v7, RFC 9562 §5.7). So a list goes by id alone, and a bound in time is a bound on ids,
//! by which PostgreSQL leaves out the parts of a table that hold nothing that is asked for.

use app::model::{Timestamp, access_window::MINUTES_MAX, id::ConsentId, page::Cursor};
use jiff::SignedDuration;
use uuid::Uuid;

/// How far a clock may have been set back between a grant and what follows from it, for the latter still to be found.
const CLOCK_BACK_MAX: SignedDuration = SignedDuration::from_hours(24);

/// The smallest id of a moment.
pub(crate) fn first_id(at: Timestamp) -> Uuid {
    let millis = u128::try_from(at.as_millisecond()).unwrap_or(0);
    Uuid::from_u128(millis << 80)
}

/// The moment in an id, to the millisecond.
pub(crate) fn moment(id: Uuid) -> Timestamp {
    let millis = i64::try_from(id.as_u128() >> 80).unwrap_or(0);
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

/// Nothing about a consent is older than this.
pub(super) fn since(consent: ConsentId) -> Timestamp {
    moment(consent.0).checked_sub(CLOCK_BACK_MAX).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The smallest id of what was made with this one, or later.
pub(super) fn around(id: Uuid) -> Uuid {
    first_id(moment(id).checked_sub(CLOCK_BACK_MAX).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// The smallest id of what was made too late to be made with this one.
pub(super) fn beyond(id: Uuid) -> Uuid {
    first_id(moment(id).checked_add(CLOCK_BACK_MAX).unwrap_or(Timestamp::MAX))
}

/// No live consent has an id below this one.
pub(super) fn oldest_live(now: Timestamp) -> Uuid {
    first_id(now.checked_sub(SignedDuration::from_mins(MINUTES_MAX)).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// Where a list that begins with the newest goes on: below this id.
pub(super) fn below(after: Option<Cursor>) -> Uuid {
    after.map_or(Uuid::max(), |cursor| cursor.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, SeededChance};

    #[test]
    fn an_id_lies_between_the_bounds_of_its_millisecond() {
        let chance: &dyn Chance = &SeededChance::new(1);
        let at: Timestamp = "2026-11-30T23:59:59.999Z".parse().expect("timestamp");
        let next = at + SignedDuration::from_millis(1);
        for _ in 0..100 {
            let id = chance.id(at);
            assert!(first_id(at) < id && id < first_id(next));
            assert_eq!(moment(id), at);
            assert!(around(id) < id && id < beyond(id));
        }
    }

    #[test]
    fn an_id_of_no_moment_gives_a_bound_and_no_panic() {
        assert_eq!(since(ConsentId(Uuid::nil())), Timestamp::UNIX_EPOCH - CLOCK_BACK_MAX);
        assert!(first_id(since(ConsentId(Uuid::max()))) < Uuid::max());
        assert!(beyond(Uuid::max()) < Uuid::max() && beyond(Uuid::nil()) > Uuid::nil());
    }
}
