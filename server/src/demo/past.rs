//! A past for the sample data: a consent every few days, used, and over by its time or before it.

use app::model::{Timestamp, consent::EndReason, event::Actor, id::SignatoryId};
use jiff::SignedDuration;

use super::{
    cast::Player,
    scene::{Fetch, Scene, What},
};

/// Past consents of each taxpayer that has a past.
pub(super) const CONSENTS: i64 = 60;
/// Days between two of them.
pub(super) const DAYS_BETWEEN: i64 = 6;

/// The past of the `number`th taxpayer, from 1 on.
pub(super) fn of(number: usize, players: &[Player], signatory: SignatoryId, now: Timestamp) -> Vec<Scene> {
    (0..CONSENTS).flat_map(|turn| life(turn, number, players, signatory, now)).collect()
}

/// One consent's whole life: the grant, some calls, and for some an end before the time.
fn life(turn: i64, number: usize, players: &[Player], signatory: SignatoryId, now: Timestamp) -> Vec<Scene> {
    let application = &players[usize::try_from(turn).unwrap_or(0) * number % players.len()].application;
    let granted_at = now - SignedDuration::from_hours(24 * DAYS_BETWEEN * turn + 31);
    let minutes = if turn % 5 == 0 { 30 * 24 * 60 } else { 24 * 60 * (1 + turn % 5) };
    let stop = (granted_at + SignedDuration::from_mins(minutes)).min(now);
    let mut scenes = vec![Scene { at: granted_at, what: What::Granted(turn, application.id, minutes) }];
    let fetches: Vec<_> = ["RETSUM", "B2B", "GSTR2B", "RETSUM", "LEDGER"]
        .into_iter()
        .zip(0..)
        .map(|(action, place)| Fetch {
            at: granted_at + SignedDuration::from_mins(7 + 37 * place),
            api: "returns",
            action,
            period: format!("{:02}2026", 1 + turn % 12),
            refused: None,
        })
        .filter(|fetch| fetch.at < stop && turn % 7 != 3)
        .collect();
    if let Some(first) = fetches.first() {
        scenes.push(Scene { at: first.at, what: What::Fetched(turn, fetches) });
    }
    let ended_at = granted_at + SignedDuration::from_hours(20);
    let end = match turn % 4 {
        1 => Some((Actor::Signatory(signatory), EndReason::Revoked)),
        2 => Some((Actor::Application(application.id), EndReason::LoggedOut)),
        _ => None,
    };
    if let Some((by, reason)) = end.filter(|_| ended_at < stop) {
        scenes.push(Scene { at: ended_at, what: What::Ended(turn, by, reason) });
    }
    scenes
}
