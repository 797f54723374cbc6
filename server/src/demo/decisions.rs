//! What the demo's first signatory decided about access, and the use that made her: so that no screen of the control part
//! is empty. Two of her taxpayers have it; the others are as plain as most are.

use app::model::{
    Timestamp,
    consent::EndReason,
    controls::{AskRefusal, AspRule, Decided},
    decide::RefuseReason,
    event::Actor,
    id::{ApplicationId, SignatoryId},
    registry::Application,
    restriction::{Hours, Restriction, day_of, start_of},
    return_type::ReturnType,
    unusual::Sign,
};
use jiff::SignedDuration;
use uuid::Uuid;

use super::{
    cast::Player,
    scene::{Fetch, Nth, Scene, What, ruled},
};

/// Who keeps the books of the first taxpayer.
pub(super) const ACCOUNTANT: (SignatoryId, &str) = (SignatoryId(Uuid::from_u128(0x5160_0100)), "Ravi Kulkarni");

/// The consents of these scenes; those of the past are numbered from 0 on.
const USED_DAILY: Nth = 1_001;
const LIMITED: Nth = 1_002;
const PAUSED: Nth = 1_003;
const NEVER_USED: Nth = 1_004;
const BLOCKED: Nth = 1_005;

/// Calls a day that the limited consent may make.
const CALLS_A_DAY: u32 = 12;
const MONTH_MINUTES: i64 = 30 * 24 * 60;

/// What a real client fetches, one after the other: resource and action.
const FETCHED: [(&str, &str); 5] =
    [("returns", "RETSUM"), ("gstr2b", "GET2B"), ("gstr1", "B2B"), ("ledgers", "CASH"), ("gstr2a", "B2B")];

/// What the `number`th taxpayer decided, from 1 on; nothing where there is no such story.
pub(super) fn of(number: usize, players: &[Player], signatory: SignatoryId, now: Timestamp) -> Vec<Scene> {
    let by = Actor::Signatory(signatory);
    let mut scenes = match number {
        1 => [
            used_daily(application(players, "TaxTara"), now),
            limited(application(players, "Vyapar Reconcile"), by, now),
            paused(application(players, "ReturnReady"), now),
            vec![Scene { at: now - days(9), what: grant(NEVER_USED, application(players, "InvoiceNadi").id) }],
            blocked(application(players, "FileFast"), by, now),
        ]
        .concat(),
        3 => only_allowed(application(players, "LedgerLeaf"), by, now),
        _ => Vec::new(),
    };
    // What would be later today has not happened.
    scenes.retain(|scene| scene.at < now);
    scenes
}

/// Weeks of calls, and one in the last night: what raises an alert about unusual use.
fn used_daily(application: &Application, now: Timestamp) -> Vec<Scene> {
    let granted_at = now - days(26);
    let mut scenes = vec![Scene { at: granted_at, what: grant(USED_DAILY, application.id) }];
    for (day, morning) in mornings(granted_at, now) {
        // The session of the day before is over: a client finds out by asking, and refreshes.
        let late = fetch(FETCHED[0], morning, Some(RefuseReason::SessionExpired));
        scenes.push(Scene { at: morning, what: What::Fetched(USED_DAILY, vec![late]) });
        let refreshed_at = morning + SignedDuration::from_secs(2);
        scenes.push(Scene { at: refreshed_at, what: What::Refreshed(USED_DAILY) });
        scenes.push(Scene { at: refreshed_at, what: passed(USED_DAILY, 2 + day % 6, refreshed_at, now) });
    }
    // Yesterday, whatever the hour is now, and within the session that is opened for it.
    if let Some(midnight) = start_of(day_of(now) - 1) {
        let at = midnight + SignedDuration::from_mins(130);
        let call = at + SignedDuration::from_secs(1);
        scenes.extend([
            Scene { at, what: What::Refreshed(USED_DAILY) },
            Scene { at: call, what: What::Fetched(USED_DAILY, vec![fetch(FETCHED[1], call, None)]) },
            Scene {
                at: call + SignedDuration::from_secs(14),
                what: What::Unusual(USED_DAILY, Sign::AtNight { at: call }, vec!["203.0.113.0/24".into()]),
            },
        ]);
    }
    scenes
}

/// Limits, and calls that they refused: another return, another hour, one too many.
fn limited(application: &Application, by: Actor, now: Timestamp) -> Vec<Scene> {
    let (granted_at, limited_at) = (now - days(18), now - days(11));
    let restriction = Restriction {
        until: Some(granted_at + days(28)),
        returns: Some([ReturnType::Gstr2b, ReturnType::Gstr3b].into_iter().collect()),
        calls_a_day: Some(CALLS_A_DAY),
        hours: Hours::new(9 * 60, 20 * 60).ok(),
    };
    let mut scenes = vec![
        Scene { at: granted_at, what: grant(LIMITED, application.id) },
        Scene { at: limited_at, what: What::Restricted(LIMITED, by, restriction) },
    ];
    for (day, morning) in mornings(granted_at, now) {
        scenes.push(Scene { at: morning, what: What::Refreshed(LIMITED) });
        if morning < limited_at {
            scenes.push(Scene { at: morning, what: passed(LIMITED, 3 + day % 3, morning, now) });
            continue;
        }
        let full = day % 5 == 0;
        let calls = if full { i64::from(CALLS_A_DAY) } else { 2 + day % 3 };
        let (minute, evening) = (SignedDuration::from_mins(1), morning + SignedDuration::from_mins(11 * 60 + 20));
        let mut fetches: Vec<_> = (1..=calls).map(|n| (FETCHED[usize::from(n % 2 == 0)], n, None)).collect();
        fetches.push((FETCHED[2], calls + 1, Some(RefuseReason::ReturnNotAllowed)));
        if full {
            fetches.push((FETCHED[1], calls + 2, Some(RefuseReason::DayFull)));
        }
        let told = |(what, n, refused)| fetch(what, morning + minute * i32::try_from(n).unwrap_or(0), refused);
        let mut fetches: Vec<_> = fetches.into_iter().map(told).collect();
        if day % 4 == 0 {
            // The session of the morning is over by then; it refreshed before.
            scenes.push(Scene { at: evening, what: What::Refreshed(LIMITED) });
            fetches.push(fetch(FETCHED[1], evening + minute, Some(RefuseReason::OutsideHours)));
        }
        fetches.retain(|fetch| fetch.at < now);
        if !fetches.is_empty() {
            scenes.push(Scene { at: morning, what: What::Fetched(LIMITED, fetches) });
        }
    }
    scenes
}

/// The accountant paused it, and its ASP kept asking.
fn paused(application: &Application, now: Timestamp) -> Vec<Scene> {
    let (granted_at, paused_at) = (now - days(10), now - days(2));
    let refused_at = paused_at + SignedDuration::from_mins(11);
    let by = Actor::Accountant(ACCOUNTANT.0);
    vec![
        Scene { at: granted_at, what: grant(PAUSED, application.id) },
        Scene { at: granted_at, what: passed(PAUSED, 4, granted_at, now) },
        Scene { at: paused_at - SignedDuration::from_hours(1), what: What::Refreshed(PAUSED) },
        Scene { at: paused_at, what: What::Paused(PAUSED, by) },
        Scene {
            at: refused_at,
            what: What::Fetched(PAUSED, vec![fetch(FETCHED[0], refused_at, Some(RefuseReason::Paused))]),
        },
    ]
}

/// Used, then blocked; and it asked once more.
fn blocked(application: &Application, by: Actor, now: Timestamp) -> Vec<Scene> {
    let (granted_at, blocked_at) = (now - days(12), now - days(5));
    vec![
        Scene { at: granted_at, what: grant(BLOCKED, application.id) },
        Scene { at: granted_at, what: passed(BLOCKED, 5, granted_at, now) },
        Scene { at: blocked_at, what: What::Decided(by, ruled(application.asp.id, AspRule::Blocked)) },
        Scene { at: blocked_at, what: What::Ended(BLOCKED, by, EndReason::Blocked) },
        Scene { at: now - days(3), what: What::AskRefused(application.clone(), AskRefusal::Blocked) },
    ]
}

/// Only one ASP may ask, and what sleeps for long ends.
fn only_allowed(application: &Application, by: Actor, now: Timestamp) -> Vec<Scene> {
    [
        ruled(application.asp.id, AspRule::Allowed),
        Decided::AllowList { on: true },
        Decided::UnusedDays { days: Some(21) },
    ]
    .into_iter()
    .zip(0..)
    .map(|(decided, minute)| Scene {
        at: now - days(20) + SignedDuration::from_mins(minute),
        what: What::Decided(by, decided),
    })
    .collect()
}

/// An application of an ASP, by its short name; the first GSP's.
fn application<'p>(players: &'p [Player], short_name: &str) -> &'p Application {
    let found = players.iter().find(|player| player.application.asp.short_name == short_name);
    &found.expect("the cast has this ASP").application
}

fn grant(nth: Nth, application: ApplicationId) -> What {
    What::Granted(nth, application, MONTH_MINUTES)
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// Half past ten in India on each day after a moment, and the day.
fn mornings(after: Timestamp, until: Timestamp) -> impl Iterator<Item = (i64, Timestamp)> {
    let of = |day| Some((day, start_of(day)? + SignedDuration::from_mins(10 * 60 + 30)));
    (day_of(after) + 1..=day_of(until)).filter_map(of).filter(move |(_, morning)| *morning < until)
}

/// So many calls that passed, two minutes apart.
fn passed(nth: Nth, calls: i64, from: Timestamp, now: Timestamp) -> What {
    let at = |n| from + SignedDuration::from_secs(1 + 120 * n);
    let fetches = (0..calls).zip(FETCHED.into_iter().cycle()).map(|(n, what)| fetch(what, at(n), None));
    What::Fetched(nth, fetches.filter(|fetch| fetch.at < now).collect())
}

/// A call for the month before.
fn fetch((api, action): (&'static str, &'static str), at: Timestamp, refused: Option<RefuseReason>) -> Fetch {
    let today = jiff::tz::TimeZone::UTC.to_datetime(at).date();
    let month = today.first_of_month().yesterday().unwrap_or(today);
    Fetch { at, api, action, period: format!("{:02}{:04}", month.month(), month.year()), refused }
}
