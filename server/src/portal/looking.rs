//! What a person sees at the screen besides single consents: lists, the decisions that hold, usage, and who did what.

use std::collections::{BTreeSet, HashMap};

use app::{
    api::{
        ServiceError,
        views::{
            AccessList, AccessRow, AspRow, ControlsPage, DeedsPage, EventRow, Overview, OverviewRow, TaxpayerChoice,
            USAGE_DAYS_MAX, UnusualRow, UsagePage,
        },
    },
    model::{
        Timestamp,
        controls::{AspRule, Controls, rule_after},
        decide::held_back,
        event::{Actor, Event},
        filter::{ConsentFilter, Sort},
        gstin::Gstin,
        id::{ApplicationId, AspId, ConsentId, SignatoryId},
        page::{Cursor, Page, ROWS_MAX},
        restriction::day_of,
    },
};

use super::service::PersonsService;
use crate::store::{
    Reading, StoreError,
    port::{ListedConsent, Search},
};

/// What a taxpayer decided, as far as a list needs it.
struct Decisions {
    controls: Controls,
    rules: HashMap<AspId, AspRule>,
}

async fn decisions(work: &mut dyn Reading, gstin: Gstin) -> Result<Option<Decisions>, StoreError> {
    let Some(controls) = work.controls(gstin).await? else { return Ok(None) };
    let rules = work.asp_rules(gstin).await?.into_iter().map(|(asp, rule, _)| (asp, rule)).collect();
    Ok(Some(Decisions { controls, rules }))
}

fn access_row(listed: ListedConsent, decided: Option<&Decisions>, now: Timestamp) -> AccessRow {
    let ListedConsent { consent, asp_id, asp, gsp, usage, standing } = listed;
    let held_back = decided
        .and_then(|decided| held_back(&consent, standing, &decided.controls, decided.rules.get(&asp_id).copied(), now));
    AccessRow { consent, asp_id, asp, gsp, usage, held_back }
}

/// A row of what is over, which nothing holds back any more.
pub(super) fn past_row(listed: ListedConsent, now: Timestamp) -> AccessRow {
    access_row(listed, None, now)
}

/// The rows of a list, each with what holds it back.
pub(super) async fn access_rows(
    work: &mut dyn Reading,
    rows: Vec<ListedConsent>,
    now: Timestamp,
) -> Result<Vec<AccessRow>, StoreError> {
    let mut decided: HashMap<Gstin, Option<Decisions>> = HashMap::new();
    for row in &rows {
        if !decided.contains_key(&row.consent.gstin) {
            let gstin = row.consent.gstin;
            decided.insert(gstin, decisions(work, gstin).await?);
        }
    }
    let row = |row: ListedConsent| {
        let decided = decided.get(&row.consent.gstin).and_then(Option::as_ref);
        access_row(row, decided, now)
    };
    Ok(rows.into_iter().map(row).collect())
}

/// The place of a row in the order that was asked for.
fn place(row: &AccessRow, sort: Sort) -> Cursor {
    let consent = &row.consent;
    let at = match sort {
        Sort::Newest | Sort::Oldest => consent.granted_at,
        Sort::EndsFirst | Sort::EndsLast => consent.ended.map_or(consent.ends_at(), |ending| ending.at),
        Sort::LastUsed => row.usage.last_passed_at.unwrap_or(Timestamp::UNIX_EPOCH),
    };
    Cursor { at, id: consent.id.0 }
}

/// The names behind a taxpayer's events.
struct Names {
    people: HashMap<SignatoryId, String>,
    /// The ASPs whose applications did something.
    applications: HashMap<ApplicationId, String>,
    /// The ASPs that something was decided about.
    asps: HashMap<AspId, String>,
}

/// Events with the names behind them.
pub(super) async fn event_rows(
    work: &mut dyn Reading,
    gstin: Gstin,
    events: Vec<Event>,
) -> Result<Vec<EventRow>, StoreError> {
    let names = Names::of(work, gstin, &events).await?;
    Ok(events.into_iter().map(|event| names.row(event)).collect())
}

impl Names {
    async fn of(work: &mut dyn Reading, gstin: Gstin, events: &[Event]) -> Result<Self, StoreError> {
        let mut people: HashMap<_, _> = work.people(gstin).await?.into_iter().collect();
        people.extend(work.signatories(gstin).await?.into_iter().map(|signatory| (signatory.id, signatory.name)));
        let applications = events.iter().filter_map(|event| application_of(event.actor));
        let applications = application_names(work, applications).await?;
        let asps = events.iter().filter_map(|event| rule_after(event.deed)).map(|(asp, _)| asp);
        Ok(Self { people, applications, asps: asp_names(work, asps).await? })
    }

    fn row(&self, event: Event) -> EventRow {
        let by = match event.actor {
            Actor::Application(id) => self.applications.get(&id).cloned(),
            Actor::Signatory(id) | Actor::SignatoryBySms(id) | Actor::Accountant(id) => self.people.get(&id).cloned(),
            Actor::OwnRule | Actor::Officer(_) => None,
        };
        let about = rule_after(event.deed).and_then(|(asp, _)| self.asps.get(&asp).cloned());
        EventRow { event, by, about }
    }
}

fn application_of(actor: Actor) -> Option<ApplicationId> {
    match actor {
        Actor::Application(id) => Some(id),
        _ => None,
    }
}

/// The names of the ASPs of these applications.
pub(super) async fn application_names(
    work: &mut dyn Reading,
    applications: impl Iterator<Item = ApplicationId>,
) -> Result<HashMap<ApplicationId, String>, StoreError> {
    let known = work.applications_of(&Vec::from_iter(applications.collect::<BTreeSet<_>>())).await?;
    Ok(known.into_iter().map(|known| (known.id, known.asp.name)).collect())
}

/// The names of these ASPs.
pub(super) async fn asp_names(
    work: &mut dyn Reading,
    asps: impl Iterator<Item = AspId>,
) -> Result<HashMap<AspId, String>, StoreError> {
    let asps = work.asps(&Vec::from_iter(asps.collect::<BTreeSet<_>>())).await?;
    Ok(asps.into_iter().map(|asp| (asp.id, asp.name)).collect())
}

impl PersonsService {
    pub(super) async fn found(
        &self,
        gstins: Vec<Gstin>,
        open: bool,
        filter: ConsentFilter,
        after: Option<Cursor>,
    ) -> Result<AccessList, ServiceError> {
        let as_of = self.portal.clock.now();
        let sort = filter.sort;
        let plain = filter.is_everything() && sort == Sort::Newest;
        let read = async {
            let mut work = self.portal.store.read().await?;
            let rows = match gstins.as_slice() {
                [gstin] if plain => work.list_consents(*gstin, open, as_of, after).await?,
                _ => work.find_consents(&Search { gstins, open, filter, now: as_of, after }).await?,
            };
            access_rows(&mut *work, rows, as_of).await
        };
        let rows = read.await.map_err(|error| self.unavailable(&error))?;
        Ok(AccessList { as_of, page: Page::cut(rows, |row| place(row, sort)) })
    }

    pub(super) async fn controls_page(&self, gstin: Gstin) -> Result<ControlsPage, ServiceError> {
        self.mine(gstin)?;
        let (as_of, role) = (self.portal.clock.now(), self.role(gstin));
        let read = async {
            let mut work = self.portal.store.read().await?;
            let Some(controls) = work.controls(gstin).await? else { return Ok(None) };
            let mut asps: Vec<_> = work
                .asps_of(gstin, as_of)
                .await?
                .into_iter()
                .map(|known| AspRow { asp: known.id, name: known.name, rule: None, since: None, open: known.open })
                .collect();
            let rules = work.asp_rules(gstin).await?;
            let names = asp_names(&mut *work, rules.iter().map(|(asp, ..)| *asp)).await?;
            for (asp, rule, since) in rules {
                let place = asps.iter().position(|row| row.asp == asp).unwrap_or_else(|| {
                    let name = names.get(&asp).cloned().unwrap_or_default();
                    asps.push(AspRow { asp, name, rule: None, since: None, open: 0 });
                    asps.len() - 1
                });
                (asps[place].rule, asps[place].since) = (Some(rule), Some(since));
            }
            asps.sort_by(|one, other| one.name.cmp(&other.name).then(one.asp.cmp(&other.asp)));
            let open = work.count_open(gstin, as_of).await?.open;
            let window_steps = self.portal.window_steps.minutes().to_vec();
            Ok(Some(ControlsPage { as_of, role, controls, window_steps, open, asps }))
        };
        read.await.map_err(|error: StoreError| self.unavailable(&error))?.ok_or(ServiceError::NotFound)
    }

    pub(super) async fn asps_named(&self, gstin: Gstin, name: &str) -> Result<Vec<AspRow>, ServiceError> {
        self.mine(gstin)?;
        let read = async {
            let mut work = self.portal.store.read().await?;
            let decided = work.asp_rules(gstin).await?;
            let known = work.asps_of(gstin, self.portal.clock.now()).await?;
            let named = work.asps_named(name.trim()).await?;
            Ok(named
                .into_iter()
                .map(|(asp, name)| {
                    let rule = decided.iter().find(|(id, ..)| *id == asp);
                    AspRow {
                        asp,
                        name,
                        rule: rule.map(|(_, rule, _)| *rule),
                        since: rule.map(|(_, _, since)| *since),
                        open: known.iter().find(|known| known.id == asp).map_or(0, |known| known.open),
                    }
                })
                .collect())
        };
        read.await.map_err(|error: StoreError| self.unavailable(&error))
    }

    pub(super) async fn all_taxpayers(&self) -> Result<Overview, ServiceError> {
        let as_of = self.portal.clock.now();
        let read = async {
            let mut work = self.portal.store.read().await?;
            let mut rows = Vec::new();
            for gstin in &self.person.gstins {
                let Some(controls) = work.controls(*gstin).await? else { continue };
                let counted = work.count_open(*gstin, as_of).await?;
                rows.push(OverviewRow {
                    taxpayer: self.choice(&mut *work, *gstin).await?,
                    controls,
                    open: counted.open,
                    paused: counted.paused,
                    next_end: counted.next_end,
                    last_passed_at: counted.last_passed_at,
                });
            }
            Ok(Overview { as_of, rows })
        };
        read.await.map_err(|error: StoreError| self.unavailable(&error))
    }

    pub(super) async fn choice(&self, work: &mut dyn Reading, gstin: Gstin) -> Result<TaxpayerChoice, StoreError> {
        let taxpayer = work.taxpayer(gstin).await?;
        let trade_name = taxpayer.map_or_else(|| gstin.to_string(), |taxpayer| taxpayer.trade_name);
        Ok(TaxpayerChoice { gstin, trade_name, role: self.role(gstin) })
    }

    pub(super) async fn usage_page(&self, gstin: Gstin, consent: Option<ConsentId>) -> Result<UsagePage, ServiceError> {
        self.mine(gstin)?;
        let as_of = self.portal.clock.now();
        let read = async {
            let mut work = self.portal.store.read().await?;
            if let Some(id) = consent
                && work.consent(gstin, id).await?.is_none()
            {
                return Ok(None);
            }
            let days = work.usage_of_days(gstin, consent, day_of(as_of) - USAGE_DAYS_MAX + 1).await?;
            Ok(Some(UsagePage { as_of, days }))
        };
        read.await.map_err(|error: StoreError| self.unavailable(&error))?.ok_or(ServiceError::NotFound)
    }

    pub(super) async fn deeds_page(&self, gstin: Gstin, before: Option<i64>) -> Result<DeedsPage, ServiceError> {
        self.mine(gstin)?;
        let read = async {
            let mut work = self.portal.store.read().await?;
            let mut chain = work.chain_before(gstin, before).await?;
            let more = chain.len() > ROWS_MAX;
            chain.truncate(ROWS_MAX);
            let before = chain.last().filter(|_| more).map(|(_, link)| link.seq);
            let events = chain.into_iter().map(|(event, _)| event).collect();
            Ok(DeedsPage { rows: event_rows(&mut *work, gstin, events).await?, before })
        };
        read.await.map_err(|error: StoreError| self.unavailable(&error))
    }
}

/// Signs of unusual use on a consent.
pub(super) async fn unusual_rows(
    work: &mut dyn Reading,
    gstin: Gstin,
    consent: ConsentId,
) -> Result<Vec<UnusualRow>, StoreError> {
    let row = |kept: crate::store::port::KeptSign| UnusualRow {
        alert: kept.alert,
        consent: kept.consent,
        sign: kept.sign,
        at: kept.at,
        fine_at: kept.fine_at,
    };
    Ok(work.signs(gstin, consent).await?.into_iter().map(row).collect())
}
