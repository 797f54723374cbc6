//! How the alerts fare as a whole: channel by state, what waits longest, and what waits for an officer.

use std::fmt;

use app::{
    model::{
        Timestamp,
        alert::{Channel, DeliveryState},
        ist,
        language::Language,
    },
    text::{self, words},
};

use super::columns::{columns, counted};
use crate::store::{
    Store, StoreError,
    port::{DeliveryCount, FAILED, OldestWaiting, TAKEN_OVER, WAITING},
};

/// How far anything is counted, and how many waiting deliveries are looked at for the oldest. Beyond it an officer needs no
/// exact number, and a day of a whole country must not be read for one.
const COUNTED_MAX: u32 = 100_000;

/// What was found.
#[derive(Debug)]
pub struct Summary {
    now: Timestamp,
    since: Timestamp,
    until: Option<Timestamp>,
    counts: Vec<DeliveryCount>,
    oldest: Vec<(Channel, Option<OldestWaiting>)>,
    open_notices: u32,
}

/// Counts the deliveries owed in a span.
///
/// # Errors
/// [`StoreError`] where the database cannot be read.
pub async fn summary(
    store: &dyn Store,
    since: Timestamp,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<Summary, StoreError> {
    let mut work = store.read().await?;
    let counts = work.count_deliveries(since, until, COUNTED_MAX).await?;
    let mut oldest = Vec::new();
    for channel in Channel::ALL {
        oldest.push((channel, work.oldest_waiting(channel, COUNTED_MAX).await?));
    }
    let open_notices = work.count_open_notices(COUNTED_MAX).await?;
    Ok(Summary { now, since, until, counts, oldest, open_notices })
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (since, until) = (ist::minute(self.since), ist::minute(self.until.unwrap_or(self.now)));
        if self.counts.iter().all(|count| count.seen == 0) {
            writeln!(f, "No delivery was owed from {since} to {until} IST.")?;
        } else {
            writeln!(f, "Deliveries owed from {since} to {until} IST:\n\n{}", self.table())?;
        }
        for (channel, oldest) in &self.oldest {
            let channel = words::channel(text::of(Language::En), *channel);
            match oldest {
                None => writeln!(f, "{channel}: nothing waits.")?,
                Some(oldest) => writeln!(f, "{channel}: {}", self.waits(*oldest))?,
            }
        }
        match self.open_notices {
            0 => writeln!(f, "No notice is open."),
            open => writeln!(
                f,
                "Open notices: {}. `asp-access desk notices` lists them.",
                counted(open, open >= COUNTED_MAX)
            ),
        }
    }
}

impl Summary {
    /// What needs a person stands first.
    fn table(&self) -> String {
        let text = text::of(Language::En);
        let mut rows: Vec<[String; 4]> = Vec::new();
        for (need, states) in [("a person", &FAILED[..]), ("time", &WAITING[..]), ("nothing", &TAKEN_OVER[..])] {
            for state in states {
                let mut names = Channel::ALL.map(|channel| words::delivery(text, channel, *state)).to_vec();
                // Some states are called by their channel's provider: these have a row each.
                names.dedup();
                for name in names {
                    let cell = |channel| {
                        let is_called_so = words::delivery(text, channel, *state) == name;
                        if is_called_so { self.count(channel, *state) } else { String::new() }
                    };
                    let [email, sms] = Channel::ALL.map(cell);
                    rows.push([need.to_owned(), name.to_owned(), email, sms]);
                }
            }
        }
        let [email, sms] = Channel::ALL.map(|channel| words::channel(text, channel));
        columns(["Needs", "What became of it", email, sms], &rows, 2)
    }

    fn count(&self, channel: Channel, state: DeliveryState) -> String {
        let of = self.counts.iter().find(|count| (count.channel, count.state) == (channel, state));
        of.map_or_else(String::new, |count| counted(count.seen, count.more))
    }

    fn waits(&self, oldest: OldestWaiting) -> String {
        let minutes = self.now.duration_since(oldest.owed_at).as_mins();
        let long = match minutes {
            ..1 => "less than a minute".to_owned(),
            _ => (text::of(Language::En).words.span)(minutes),
        };
        let at_least = if oldest.more { "at least " } else { "" };
        format!("the oldest that waits was owed at {} IST, {at_least}{long} ago.", ist::second(oldest.owed_at))
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use jiff::SignedDuration;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("timestamp")
    }

    fn of(counts: Vec<DeliveryCount>, waits: Option<OldestWaiting>, open_notices: u32) -> String {
        let now = at("2026-11-28T12:10:00Z");
        let oldest = vec![(Channel::Email, None), (Channel::Sms, waits)];
        let since = now - SignedDuration::from_hours(24);
        Summary { now, since, until: None, counts, oldest, open_notices }.to_string()
    }

    #[test]
    fn what_needs_a_person_stands_first_and_bounds_are_told() {
        let states = [&FAILED[..], &WAITING[..], &TAKEN_OVER[..]].concat();
        let counts = states.iter().zip(1..).flat_map(|(state, number)| {
            let more = TAKEN_OVER.contains(state);
            Channel::ALL.map(|channel| DeliveryCount { channel, state: *state, seen: number * 1_000, more })
        });
        let waits = OldestWaiting { owed_at: at("2026-11-28T02:00:00Z"), more: true };
        assert_snapshot!(of(counts.collect(), Some(waits), COUNTED_MAX));
    }

    #[test]
    fn where_there_is_nothing_it_says_so() {
        let none = DeliveryCount { channel: Channel::Sms, state: DeliveryState::Queued, seen: 0, more: false };
        assert_snapshot!(of(vec![none], None, 0));
    }
}
