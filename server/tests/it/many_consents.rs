//! A taxpayer with 500 open and 50,000 past consents: every search, order and page of the lists, in the store and over HTTP.

use std::{cmp::Reverse, sync::Arc};

use app::model::{
    Timestamp,
    access_window::AccessWindow,
    consent::{Consent, EndReason},
    event::Actor,
    filter::{ConsentFilter, Sort, StateFilter},
    id::ConsentId,
    page::{Cursor, ROWS_MAX},
    registry::Application,
    restriction::{Restriction, day_of},
    return_type::ReturnType,
    usage::{UsageOfDay, UsageTotals},
};
use jiff::SignedDuration;
use reqwest::{Client, StatusCode};
use serde_json::Value;
use server::{
    chance::{Chance, SeededChance},
    clock::{Clock, SystemClock},
    demo::cast,
    store::port::{Batch, Registered, Search, UsageOf},
    vault::Purpose,
};

use crate::support::{
    database::{Database, Engine},
    fleet::Fleet,
    lane::{self, Lane},
    serve::Providers,
};

const OPEN: i64 = 500;
const PAST: i64 = 50_000;
/// Consents in one load.
const LOADED_AT_ONCE: usize = 5_000;
/// A page of a list of [`ROWS_MAX`] rows, with everything around it.
const PAGE_BYTES_MAX: usize = 200_000;

/// A consent, with what a list shows and searches.
#[derive(Clone)]
struct Row {
    consent: Consent,
    application: Application,
    last_passed_at: Option<Timestamp>,
    /// What was fetched, or tried.
    returns: Option<ReturnType>,
}

struct Many {
    database: Database,
    lane: Lane,
    now: Timestamp,
    rows: Vec<Row>,
}

/// The `nth` of the open ones, or of those that are over: no two are given in the same millisecond.
fn row(lane: &Lane, chance: &dyn Chance, nth: i64, open: bool, now: Timestamp) -> Row {
    let players = cast::players();
    let place = usize::try_from(nth).expect("a place");
    let application = players[place % players.len()].application.clone();
    let (back, minutes) = if open { (40 * (nth + 1), 30 * 24 * 60) } else { (45_000 + 9 * nth, 10 * 24 * 60) };
    let granted_at = now - SignedDuration::from_mins(back);
    let window = AccessWindow::new(lane.taxpayer.gstin, true, minutes, 1).expect("a window");
    let granted = Consent::grant(ConsentId(chance.id(granted_at)), &window, application.id, granted_at).consent;
    let (by, later) = (Actor::Signatory(lane.signatory.id), granted_at + SignedDuration::from_hours(1 + nth % 90));
    let until = Some(granted.valid_until - SignedDuration::from_hours(24 + nth % 50));
    let moved = match (open, nth % 5) {
        (true, 0) => Some(granted.pause(by, granted_at + SignedDuration::from_mins(5))),
        (true, 1) => Some(granted.restrict(by, Restriction { until, ..Restriction::default() }, granted_at)),
        (false, 0) => Some(granted.end(by, EndReason::Revoked, later)),
        (false, 1) => Some(granted.end(Actor::Application(application.id), EndReason::LoggedOut, later)),
        (false, 2) => Some(granted.end(by, EndReason::Blocked, later)),
        _ => None,
    };
    let used = nth % 3 != 0;
    Row {
        consent: moved.map_or(granted, |moved| moved.expect("it may").consent),
        application,
        last_passed_at: used.then(|| granted_at + SignedDuration::from_mins(1 + nth % 50)),
        returns: used.then(|| ReturnType::ALL[place % ReturnType::ALL.len()]),
    }
}

impl Many {
    async fn on(engine: Engine) -> Self {
        let database = Database::fresh(engine).await;
        let (store, now) = (&*database.store, SystemClock.now());
        store.make_room(now - SignedDuration::from_hours(24 * 400), now).await.expect("room");
        let (vault, mut work) = (lane::vault(), store.write().await.expect("write"));
        for gsp in cast::gsps() {
            work.put_gsp(&gsp).await.expect("GSP");
        }
        for player in cast::players() {
            work.put_asp(&player.application.asp).await.expect("ASP");
            let secret_hash = vault.hash(Purpose::Secret, player.client_secret.as_bytes());
            let registered = Registered { application: player.application, secret_hash };
            work.put_application(&registered).await.expect("application");
        }
        work.commit().await.expect("commit");
        let lane = Lane::open(0, store).await;
        let chance: Arc<dyn Chance> = Arc::new(SeededChance::new(50));
        let open = (0..OPEN).map(|nth| row(&lane, &*chance, nth, true, now));
        let rows: Vec<_> = open.chain((0..PAST).map(|nth| row(&lane, &*chance, nth, false, now))).collect();
        for rows in rows.chunks(LOADED_AT_ONCE) {
            let used = || rows.iter().filter_map(|row| Some((row, row.last_passed_at?, row.returns?)));
            let batch = Batch {
                consents: rows.iter().map(|row| row.consent.clone()).collect(),
                usage: used()
                    .map(|(row, at, _)| UsageOf {
                        gstin: row.consent.gstin,
                        consent: row.consent.id,
                        totals: UsageTotals { passed: 1, refused: 0, last_passed_at: Some(at) },
                    })
                    .collect(),
                days: used()
                    .map(|(row, at, returns)| {
                        let day = UsageOfDay { day: day_of(at), returns, passed: 1, refused: 0 };
                        (row.consent.gstin, row.consent.id, day)
                    })
                    .collect(),
                ..Batch::default()
            };
            store.load(&batch).await.expect("loaded");
        }
        Self { database, lane, now, rows }
    }

    /// What a search has to find, in order.
    fn due(&self, open: bool, filter: &ConsentFilter) -> Vec<&Row> {
        let (from, to) = filter.granted_within();
        let has = |name: &str, part: &Option<String>| {
            part.as_ref().is_none_or(|part| name.to_lowercase().contains(&part.to_lowercase()))
        };
        let state = |row: &Row| match filter.state {
            None => true,
            Some(StateFilter::Live) => row.consent.paused_at.is_none(),
            Some(StateFilter::Paused) => row.consent.paused_at.is_some(),
            Some(StateFilter::NeverUsed) => row.last_passed_at.is_none(),
            Some(StateFilter::Expired) => row.consent.ended.is_none(),
            Some(StateFilter::Revoked) => row.consent.ended.is_some_and(|end| end.reason == EndReason::Revoked),
            Some(StateFilter::LoggedOut) => row.consent.ended.is_some_and(|end| end.reason == EndReason::LoggedOut),
            Some(StateFilter::Blocked) => row.consent.ended.is_some_and(|end| end.reason == EndReason::Blocked),
            Some(_) => false,
        };
        let mut due: Vec<_> = self
            .rows
            .iter()
            .filter(|row| row.consent.is_open(self.now) == open)
            .filter(|row| has(&row.application.asp.name, &filter.asp) && has(&row.application.gsp.name, &filter.gsp))
            .filter(|row| state(row) && filter.returns.is_none_or(|returns| row.returns == Some(returns)))
            .filter(|row| from.is_none_or(|from| from <= row.consent.granted_at))
            .filter(|row| to.is_none_or(|to| row.consent.granted_at < to))
            .collect();
        match filter.sort {
            Sort::Newest => due.sort_by_key(|row| Reverse(key(row, Sort::Newest))),
            Sort::EndsLast => due.sort_by_key(|row| Reverse(key(row, Sort::EndsLast))),
            Sort::LastUsed => due.sort_by_key(|row| Reverse(key(row, Sort::LastUsed))),
            sort => due.sort_by_key(|row| key(row, sort)),
        }
        due
    }

    /// A first page, one in the middle and the last, as the store finds them.
    async fn check(&self, open: bool, filter: &ConsentFilter) -> usize {
        let due = self.due(open, filter);
        for begin in [0, due.len() / 2, due.len().saturating_sub(ROWS_MAX)] {
            let after = begin.checked_sub(1).map(|before| {
                let (at, id) = key(due[before], filter.sort);
                Cursor { at, id: id.0 }
            });
            let (gstins, now) = (vec![self.lane.taxpayer.gstin], self.now);
            let search = Search { gstins, open, filter: filter.clone(), now, after };
            let found = self.database.store.read().await.expect("read").find_consents(&search).await.expect("found");
            let found: Vec<_> = found.iter().map(|row| row.consent.id).collect();
            let due: Vec<_> = due[begin..].iter().take(ROWS_MAX + 1).map(|row| row.consent.id).collect();
            assert_eq!(found, due, "open: {open}, {filter}, from row {begin} on");
        }
        due.len()
    }
}

/// What an order goes by.
fn key(row: &Row, sort: Sort) -> (Timestamp, ConsentId) {
    let consent = &row.consent;
    let at = match sort {
        Sort::Newest | Sort::Oldest => consent.granted_at,
        Sort::EndsFirst | Sort::EndsLast => consent.ended.map_or(consent.ends_at(), |end| end.at),
        Sort::LastUsed => row.last_passed_at.unwrap_or(Timestamp::UNIX_EPOCH),
    };
    (at, consent.id)
}

async fn every_search_and_order_finds_what_it_should_page_by_page(many: &Many) {
    let date = |days: i64| app::model::filter::date_of(many.now - SignedDuration::from_hours(24 * days));
    let of = |text: &str| text.parse::<ConsentFilter>().expect("a filter");
    for open in [true, false] {
        let days = if open { (9, 3) } else { (200, 100) };
        let states: &[StateFilter] = if open { &StateFilter::NOW } else { &StateFilter::OVER };
        let states = states.iter().map(|state| ConsentFilter { state: Some(*state), ..ConsentFilter::default() });
        let everything = Sort::ALL.map(|sort| ConsentFilter { sort, ..ConsentFilter::default() });
        let within = ConsentFilter { from: Some(date(days.0)), to: Some(date(days.1)), ..ConsentFilter::default() };
        let looked_for =
            ["asp=LEAF", "gsp=coromandel", "returns=gstr1", "asp=nobody", "asp=tara&gsp=yamuna&sort=oldest"];
        let narrow = [within].into_iter().chain(looked_for.map(of)).chain(states);
        // Each search in an order of its own, so that every order meets some.
        let narrow = narrow.zip(Sort::ALL.into_iter().cycle()).map(|(filter, sort)| ConsentFilter { sort, ..filter });
        let mut found = Vec::new();
        for filter in everything.into_iter().chain(narrow) {
            found.push(many.check(open, &filter).await);
        }
        let all = usize::try_from(if open { OPEN } else { PAST }).expect("few");
        assert_eq!(found[..Sort::ALL.len()], [all; Sort::ALL.len()]);
        assert!(found.iter().filter(|found| **found > ROWS_MAX).count() > Sort::ALL.len() + 4, "{found:?}");
    }
}

async fn every_page_is_bounded_and_leads_to_the_next(many: &Many) {
    let fleet = Fleet::start(std::slice::from_ref(&many.database.address), Providers::none(), &[]).await;
    let (url, http, gstin) = (fleet.urls().remove(0), Client::new(), many.lane.taxpayer.gstin);
    let get = async |path: &str| {
        let answer = many.lane.signed_in(http.get(format!("{url}{path}"))).send().await.expect("an answer");
        (answer.status(), answer.text().await.expect("text"))
    };
    for path in
        ["", "?sort=ends_first", "/history", "/history?state=revoked&sort=last_used", "/history?asp=leaf&sort=oldest"]
    {
        let (status, page) = get(&format!("/access/{gstin}{path}")).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        let after = format!("/access/{gstin}/consents/");
        let mut links: Vec<_> = page.split(&after).skip(1).map(|rest| &rest[..36]).collect();
        links.sort_unstable();
        links.dedup();
        assert_eq!(links.len(), ROWS_MAX, "{path}");
        assert!(page.len() < PAGE_BYTES_MAX, "{path}: {} bytes", page.len());
        assert!(page.contains("after="), "{path} leads to the next page");
    }
    for (list, filter) in
        [("access-now", ConsentFilter::default()), ("history", "sort=ends_last".parse().expect("a filter"))]
    {
        let (open, asked) = (list == "access-now", filter.to_string().replace('=', "%3D"));
        let (mut seen, mut after) = (Vec::new(), String::new());
        for _ in 0..3 {
            let (status, page) = get(&format!("/api/{list}?gstin={gstin}&filter={asked}{after}")).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            let page: Value = serde_json::from_str(&page).expect("JSON");
            let rows = page["page"]["rows"].as_array().expect("rows");
            seen.extend(rows.iter().map(|row| row["consent"]["id"].as_str().expect("an id").to_owned()));
            after = format!("&after={}", page["page"]["next"].as_str().expect("more follow"));
        }
        let due = many.due(open, &filter);
        let due: Vec<_> = due.iter().take(3 * ROWS_MAX).map(|row| row.consent.id.to_string()).collect();
        assert_eq!(seen, due, "{list}");
    }
}

async fn lists_stay_right_and_bounded(engine: Engine) {
    let many = Many::on(engine).await;
    every_search_and_order_finds_what_it_should_page_by_page(&many).await;
    every_page_is_bounded_and_leads_to_the_next(&many).await;
}

#[tokio::test]
async fn lists_of_a_great_many_consents_stay_right_and_bounded_on_sqlite() {
    lists_stay_right_and_bounded(Engine::Sqlite).await;
}

#[tokio::test]
async fn lists_of_a_great_many_consents_stay_right_and_bounded_on_postgres() {
    lists_stay_right_and_bounded(Engine::Postgres).await;
}
