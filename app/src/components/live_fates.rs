//! What became of messages, brought up to date by itself while it may still change.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};

use super::Fates;
use crate::api::{ServiceError, views::AlertRow};

/// How often a page looks by itself: with ever longer pauses, for some four minutes. Whoever opens it later sees the rest.
const LOOKS_MAX: u32 = 40;

/// Before a look: two seconds at first, a second more after every fourth.
fn pause_before(look: u32) -> Duration {
    Duration::from_secs(2 + u64::from(look / 4))
}

/// Makes the rows that are shown what they are now. One that is new stays out: paging goes on from what is shown.
fn bring_up_to_date(shown: &[RwSignal<AlertRow>], seen: Vec<AlertRow>) {
    for newer in seen {
        // Where the page was left in the meantime, there is nothing to compare with.
        let older = shown.iter().find(|row| row.try_with_untracked(|row| row.id == newer.id) == Some(true));
        if let Some(row) = older.filter(|row| row.with_untracked(|row| *row != newer)) {
            row.set(newer);
        }
    }
}

/// The fates under the heading of that id; `look` gets them, and perhaps others, again.
#[component]
pub(crate) fn LiveFates<L, F>(alerts: Vec<AlertRow>, under: &'static str, look: L) -> impl IntoView
where
    L: Fn() -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<Vec<AlertRow>, ServiceError>> + 'static,
{
    let shown = StoredValue::new(alerts.into_iter().map(RwSignal::new).collect::<Vec<_>>());
    let looks = RwSignal::new(0_u32);
    let look_again = move || {
        let seen = look();
        spawn_local(async move {
            // A look that fails changes nothing; the next may succeed. Nor does one that comes after the page was left.
            if let Ok(seen) = seen.await {
                shown.try_with_value(|shown| bring_up_to_date(shown, seen));
            }
            looks.try_update(|looks| *looks += 1);
        });
    };
    Effect::new(move |_| {
        let past = looks.get();
        let moves = shown.with_value(|shown| shown.iter().any(|row| row.with_untracked(|row| row.moves)));
        if past < LOOKS_MAX && moves {
            set_timeout(look_again.clone(), pause_before(past));
        }
    });
    view! {
        <div aria-live="polite">
            <Fates alerts=shown.get_value() under />
        </div>
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;
    use crate::model::{alert::AlertKind, id::AlertId};

    fn row(number: u128, moves: bool) -> AlertRow {
        AlertRow {
            id: AlertId(Uuid::from_u128(number)),
            kind: AlertKind::ConsentGiven,
            owed_at: Timestamp::UNIX_EPOCH,
            about: None,
            deliveries: Vec::new(),
            moves,
        }
    }

    #[test]
    fn what_is_shown_is_brought_up_to_date_and_stays_what_is_shown() {
        let _page = Owner::new_root(None);
        let shown = [row(3, true), row(2, true), row(1, false)].map(RwSignal::new);
        bring_up_to_date(&shown, vec![row(4, true), row(3, false), row(2, true)]);
        assert_eq!(shown.map(|row| row.get_untracked()), [row(3, false), row(2, true), row(1, false)]);
    }

    #[test]
    fn looks_become_rare_and_end_after_some_four_minutes() {
        let pauses: Vec<_> = (0..LOOKS_MAX).map(pause_before).collect();
        assert!(pauses.is_sorted());
        assert_eq!(pauses.iter().sum::<Duration>(), Duration::from_secs(260));
    }
}
