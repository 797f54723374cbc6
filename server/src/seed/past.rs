//! One taxpayer's whole past: the consents that were given and what became of each, in the order in which it happened.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use app::model::{
    Timestamp,
    access_window::AccessWindow,
    consent::{Consent, Moved, Refusal},
    gstin::Gstin,
    id::{ApplicationId, ConsentId, SignatoryId},
    language::Language,
    registry::Application,
    taxpayer::{Signatory, Taxpayer},
};
use jiff::SignedDuration;

use super::{dice::Dice, life::Traces, names, plan::Plan};
use crate::{
    chance::Chance,
    store::port::{Batch, SealedSignatory},
    vault::Vault,
};

/// Consents are spread evenly over so many days, as long as they are kept (seven years) …
const DAYS: i64 = 7 * 365;
/// … but one in ten falls into the last two months, as the use of ASPs grows.
const RECENT_PERCENT: u64 = 10;
const RECENT_DAYS: i64 = 60;
/// Access windows that taxpayers choose, in minutes.
const WINDOWS: [i64; 6] = [360, 24 * 60, 7 * 24 * 60, 30 * 24 * 60, 30 * 24 * 60, 30 * 24 * 60];
/// Applications that one taxpayer works with at most.
const APPLICATIONS: u64 = 12;
/// Of a hundred consents, so many are revoked, and given back by the ASP, before their time.
const REVOKED_PERCENT: u64 = 15;
const LOGGED_OUT_PERCENT: u64 = 15;
/// Of a hundred consents, so many are refreshed once or twice.
const REFRESHED_PERCENT: u64 = 25;

/// What is going to be tried at a moment; the rules decide whether it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Try {
    Grant { application: usize, minutes: i64 },
    Refresh(ConsentId),
    Revoke(ConsentId),
    LogOut(ConsentId),
}

/// A taxpayer in the making.
pub struct Past<'a> {
    dice: &'a Dice,
    applications: &'a [Application],
    gstin: Gstin,
    signatories: Vec<SignatoryId>,
    consents: BTreeMap<ConsentId, Consent>,
    open: BTreeMap<ApplicationId, ConsentId>,
    agenda: BinaryHeap<Reverse<(Timestamp, u64, Try)>>,
    tries: u64,
    traces: Traces<'a>,
}

impl<'a> Past<'a> {
    /// Makes the n-th taxpayer of a plan, and adds what it leaves behind.
    pub fn make(n: u64, plan: &Plan, applications: &'a [Application], vault: &Vault, batch: &'a mut Batch) {
        let dice = Dice::new(plan.seed, n);
        // Of its own, so that consents and their chain are the same whether the logs about them are kept or not.
        let chance_of_traces = Dice::new(plan.seed.rotate_left(32), n);
        let gstin = names::gstin(n, plan.taxpayers);
        let vault = vault.drawing_from(std::sync::Arc::new(Dice::new(!plan.seed, n)));
        let signatories = add_taxpayer(n, gstin, &dice, &vault, batch);
        let mut past = Past {
            dice: &dice,
            applications,
            gstin,
            traces: Traces::new(&chance_of_traces, &vault, gstin, plan, signatories.clone(), batch),
            signatories,
            consents: BTreeMap::new(),
            open: BTreeMap::new(),
            agenda: BinaryHeap::new(),
            tries: 0,
        };
        past.plan_grants(plan.consents_of(n), plan.now);
        while let Some(Reverse((at, _, attempt))) = past.agenda.pop() {
            // Whoever comes too late is refused by the rules; that is part of a life, too.
            let _: Result<(), Refusal> = past.attempt(at, attempt);
        }
        let Past { consents, traces, .. } = past;
        traces.finish(consents, applications);
    }

    fn plan_grants(&mut self, consents: u64, now: Timestamp) {
        let first = self.dice.below(self.applications.len() as u64);
        let many = 1 + self.dice.below(APPLICATIONS);
        for _ in 0..consents {
            let days = if self.dice.percent(RECENT_PERCENT) { RECENT_DAYS } else { DAYS };
            let ago = SignedDuration::from_micros(1 + self.dice.under(days * 86_400_000_000));
            let place = (first + self.dice.below(many)) % self.applications.len() as u64;
            let grant =
                Try::Grant { application: usize::try_from(place).unwrap_or(0), minutes: *self.dice.pick(&WINDOWS) };
            self.plan_at(now - ago, now, grant);
        }
    }

    /// Notes something for a moment, unless that is still to come.
    fn plan_at(&mut self, at: Timestamp, now: Timestamp, attempt: Try) {
        if at <= now {
            self.tries += 1;
            self.agenda.push(Reverse((at, self.tries, attempt)));
        }
    }

    fn attempt(&mut self, at: Timestamp, attempt: Try) -> Result<(), Refusal> {
        let by = self.signatories[0];
        match attempt {
            Try::Grant { application, minutes } => {
                let application = self.applications[application].id;
                self.grant(application, minutes, at);
            }
            Try::Refresh(id) => {
                let moved = self.consents[&id].refresh(at)?.0;
                self.happened(moved);
            }
            Try::Revoke(id) => {
                let moved = self.consents[&id].revoke(by, at)?;
                self.happened(moved);
            }
            Try::LogOut(id) => {
                let moved = self.consents[&id].log_out(at)?;
                self.happened(moved);
            }
        }
        Ok(())
    }

    fn grant(&mut self, application: ApplicationId, minutes: i64, at: Timestamp) {
        let chance: &dyn Chance = self.dice;
        let id = ConsentId(chance.id(at));
        let Ok(window) = AccessWindow::new(self.gstin, true, minutes, 1) else { return };
        self.traces.otp(application, at);
        if let Some(earlier) = self.open.insert(application, id)
            && let Ok(moved) = self.consents[&earlier].replace(id, at)
        {
            self.happened(moved);
        }
        let moved = Consent::grant(id, &window, application, at);
        self.plan_life(&moved.consent);
        self.happened(moved);
    }

    /// What will be tried with a consent while it holds.
    fn plan_life(&mut self, consent: &Consent) {
        let now = self.traces.now;
        let held_micros =
            i64::try_from(consent.valid_until.duration_since(consent.granted_at).as_micros()).unwrap_or(1);
        let within = |dice: &Dice| consent.granted_at + SignedDuration::from_micros(1 + dice.under(held_micros));
        let fate = self.dice.below(100);
        if self.dice.percent(REFRESHED_PERCENT) {
            for _ in 0..=self.dice.below(2) {
                self.plan_at(within(self.dice), now, Try::Refresh(consent.id));
            }
        }
        if fate < REVOKED_PERCENT {
            self.plan_at(within(self.dice), now, Try::Revoke(consent.id));
        } else if fate < REVOKED_PERCENT + LOGGED_OUT_PERCENT {
            self.plan_at(within(self.dice), now, Try::LogOut(consent.id));
        }
    }

    fn happened(&mut self, moved: Moved) {
        self.traces.leave(&moved);
        self.consents.insert(moved.consent.id, moved.consent);
    }
}

fn add_taxpayer(n: u64, gstin: Gstin, dice: &Dice, vault: &Vault, batch: &mut Batch) -> Vec<SignatoryId> {
    let business = names::business(n);
    let taxpayer = Taxpayer {
        gstin,
        username: format!("taxpayer.{n}"),
        legal_name: format!("{business} Private Limited"),
        trade_name: business,
    };
    let window = AccessWindow::new(gstin, true, *dice.pick(&WINDOWS), 1).expect("a window that can be chosen");
    batch.taxpayers.push((taxpayer, window));
    // One in twenty businesses has a second person who signs.
    let signatories = 1 + usize::from(dice.percent(5));
    let mut ids = Vec::with_capacity(signatories);
    for _ in 0..signatories {
        let chance: &dyn Chance = dice;
        let id = SignatoryId(uuid::Builder::from_random_bytes(chance.bytes()).into_uuid());
        let signatory = Signatory {
            gstin,
            id,
            name: names::person(dice.below(192)),
            email: format!("accounts.{n}@business.example").parse().expect("an address"),
            mobile: format!("9{:09}", n % 1_000_000_000).parse().expect("a number"),
            language: if dice.percent(30) { Language::Hi } else { Language::En },
        };
        batch.signatories.push(SealedSignatory::seal(&signatory, vault));
        ids.push(id);
    }
    ids
}
