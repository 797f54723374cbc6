//! Looks for unusual use, beside the checks and never in their way: what passed is noted, and looked at a little later.
//!
//! A note that is lost (a crash, more consents at once than are noted) costs a sign that the next call gives again; no call
//! waits for any of this, and none is refused by it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use app::model::{
    Timestamp,
    alert::Matter,
    gstin::Gstin,
    id::ConsentId,
    restriction::day_of,
    unusual::{self, Thresholds, Use},
};
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::{
    consent::Consents,
    store::{
        StoreError,
        port::{KeptSign, Sighting},
    },
};

/// How often what was noted is looked at.
const EVERY: Duration = Duration::from_secs(15);
/// Consents that are noted at once; of more it is noted at their next call.
const CONSENTS_MAX: usize = 20_000;
/// Moments and networks that are noted of one consent.
const MOMENTS_MAX: usize = 64;
const NETWORKS_MAX: usize = 8;
/// Networks that are remembered of one consent, the newest.
const REMEMBERED_MAX: usize = 32;
/// Days that say what is usual.
const USUAL_DAYS: i64 = 30;
/// How stale the last call may be in what is remembered: sleep is counted in days.
const STALE_MAX: SignedDuration = SignedDuration::from_hours(1);

/// What passed on one consent since the last look.
#[derive(Debug, Default)]
struct Noted {
    passed_at: Vec<Timestamp>,
    networks: BTreeSet<String>,
}

/// What passed and was not looked at yet.
#[derive(Debug, Default)]
pub struct Notebook(Mutex<HashMap<(Gstin, ConsentId), Noted>>);

impl Notebook {
    /// Notes a call that passed.
    pub(super) fn note(&self, gstin: Gstin, consent: ConsentId, at: Timestamp, network: Option<&str>) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() >= CONSENTS_MAX && !noted.contains_key(&(gstin, consent)) {
            return;
        }
        let noted = noted.entry((gstin, consent)).or_default();
        if noted.passed_at.len() < MOMENTS_MAX {
            noted.passed_at.push(at);
        }
        if let Some(network) = network
            && noted.networks.len() < NETWORKS_MAX
        {
            noted.networks.insert(network.to_owned());
        }
    }

    fn take(&self) -> HashMap<(Gstin, ConsentId), Noted> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Looks at what was noted.
pub struct Watch {
    /// Where alerts are owed.
    pub consents: Arc<Consents>,
    /// What is looked at.
    pub notebook: Arc<Notebook>,
    /// From when on something is unusual.
    pub thresholds: Thresholds,
}

impl Watch {
    /// Looks every few seconds until told to stop.
    pub async fn keep_looking(self, stop: CancellationToken) {
        let looking = async {
            loop {
                tokio::time::sleep(EVERY).await;
                self.look().await;
            }
        };
        stop.run_until_cancelled(looking).await;
    }

    /// Looks once at everything noted. A look that fails is one sign less, not an error of any call.
    pub async fn look(&self) {
        for ((gstin, consent), noted) in self.notebook.take() {
            if let Err(error) = self.look_at(gstin, consent, noted).await {
                tracing::warn!(%error, %consent, "the use of a consent could not be looked at");
            }
        }
    }

    async fn look_at(&self, gstin: Gstin, id: ConsentId, mut noted: Noted) -> Result<(), StoreError> {
        let now = self.consents.clock.now();
        let today = day_of(now);
        noted.passed_at.sort_unstable();
        let Some(last_passed_at) = noted.passed_at.last().copied() else { return Ok(()) };
        let mut work = self.consents.store.read().await?;
        let Some(consent) = work.consent(gstin, id).await? else { return Ok(()) };
        let sighting = work.sighting(gstin, id).await?;
        let mut passed: HashMap<i64, i64> = HashMap::new();
        for row in work.usage_of_days(gstin, Some(id), today - USUAL_DAYS).await? {
            *passed.entry(row.day).or_default() += row.passed;
        }
        let count = |calls: i64| u32::try_from(calls).unwrap_or(u32::MAX);
        let new_gsp = if sighting.is_none() && work.is_new_gsp(&consent).await? {
            work.application(consent.application).await?.map(|application| application.gsp.name)
        } else {
            None
        };
        let told = work.signs(gstin, id).await?;
        drop(work);
        let seen = Use {
            passed_at: noted.passed_at,
            before: Some(sighting.as_ref().map_or(consent.granted_at, |sighting| sighting.last_passed_at)),
            today: passed.get(&today).copied().map_or(0, count),
            days_before: passed
                .iter()
                .filter(|(day, calls)| **day < today && **calls > 0)
                .map(|(_, n)| count(*n))
                .collect(),
            networks_before: sighting.as_ref().map(|sighting| sighting.networks.clone()).unwrap_or_default(),
            networks: noted.networks.into_iter().collect(),
            new_gsp,
        };
        let mut signs = unusual::signs(&seen, &self.thresholds);
        signs.retain(|sign| {
            let last = told.iter().find(|kept| kept.sign.rule() == sign.rule());
            let last = last.map(|kept| (&kept.sign, kept.at, kept.fine_at.is_some()));
            unusual::is_told(sign, last, &self.thresholds, now)
        });
        let mut networks = seen.networks_before.clone();
        networks.extend(seen.networks.into_iter().filter(|network| !seen.networks_before.contains(network)));
        networks.drain(..networks.len().saturating_sub(REMEMBERED_MAX));
        let stale = sighting.is_none_or(|sighting| {
            sighting.networks != networks || last_passed_at.duration_since(sighting.last_passed_at) > STALE_MAX
        });
        if signs.is_empty() && !stale {
            return Ok(());
        }
        let mut work = self.consents.store.write().await?;
        work.lock_taxpayer(gstin).await?;
        work.put_sighting(gstin, id, &Sighting { looked_at: now, last_passed_at, networks }).await?;
        for sign in signs {
            let matter = Matter::UnusualUse { sign: sign.clone() };
            let alert = self.consents.owe(&mut *work, gstin, Some(id), matter, now).await?;
            let kept = KeptSign { consent: id, alert, at: now, sign: sign.clone(), fine_at: None };
            work.put_sign(gstin, sign.rule(), &kept).await?;
        }
        self.consents.commit(work).await
    }
}
