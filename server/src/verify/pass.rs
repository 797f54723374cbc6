//! One pass over a database, a page of taxpayers at a time.

use std::collections::{HashMap, HashSet};

use app::model::{
    Timestamp,
    id::{ApplicationId, AspId, ConsentId, GspId},
};

use super::{
    checks,
    dossier::Desk,
    log::Log,
    violation::{Counted, Violation},
};
use crate::store::{
    Reading, Store, StoreError,
    port::{KeptSince, Span},
};

/// Taxpayers whose rows are in memory at once.
const TAXPAYERS_PER_PAGE: u32 = 500;

/// What the checks know besides one taxpayer's rows.
pub(super) struct Known {
    /// The moment of the look.
    pub(super) now: Timestamp,
    /// The registry.
    pub(super) applications: HashSet<ApplicationId>,
    /// The ASP behind each of them.
    pub(super) asps: HashMap<ApplicationId, AspId>,
    /// The GSP behind each of them.
    pub(super) gsps: HashMap<ApplicationId, GspId>,
    /// What is older may be gone.
    pub(super) kept_since: KeptSince,
}

impl Known {
    /// Whether the logs about a moment must still be there.
    pub(super) fn keeps_logs_of(&self, at: Timestamp) -> bool {
        self.kept_since.logs.is_none_or(|since| at >= since)
    }

    /// Whether consents and events of a moment must still be there.
    pub(super) fn keeps_consents_of(&self, at: Timestamp) -> bool {
        self.kept_since.consents.is_none_or(|since| at >= since)
    }

    /// Whether the consent of this id must still be there: an id (a UUID v7) begins with its moment.
    pub(super) fn keeps(&self, id: ConsentId) -> bool {
        let millis = i64::try_from(id.0.as_u128() >> 80).unwrap_or(0);
        self.keeps_consents_of(Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX))
    }
}

/// What one page gave.
pub struct Page<'a> {
    /// Everything read so far.
    pub counted: Counted,
    /// Taxpayers in all, as they were counted at the start.
    pub taxpayers_in_all: u64,
    /// Leaves in the ledger, as they were counted at the start.
    pub leaves_in_all: u64,
    /// What this page broke.
    pub violations: &'a [Violation],
}

/// Reads everything, and tells `each` page what it found.
///
/// # Errors
/// [`StoreError`] where the database cannot be read; what was told until then holds.
pub async fn verify(
    store: &dyn Store,
    now: Timestamp,
    each: &mut (dyn FnMut(&Page<'_>) + Send),
) -> Result<Counted, StoreError> {
    let mut work = store.read().await?;
    let taxpayers_in_all = work.taxpayers_count().await?;
    let registered = work.applications().await?;
    let applications = registered.iter().map(|application| application.id).collect();
    let asps = registered.iter().map(|application| (application.id, application.asp.id)).collect();
    let gsps = registered.iter().map(|application| (application.id, application.gsp.id)).collect();
    let kept_since = work.kept_since().await?;
    let mut log = Log::begin(&mut *work).await?;
    let leaves_in_all = log.size;
    drop(work);
    let known = Known { now, applications, asps, gsps, kept_since };
    let mut counted = Counted::default();
    let mut after = Some(String::new());
    while let Some(start) = after {
        // A snapshot a page: a longer one would keep the server's write-ahead log from being given back.
        let mut work = store.read().await?;
        let (desk, next) = read_page(&mut *work, start).await?;
        drop(work);
        let mut violations = desk.unreadable;
        for dossier in desk.dossiers.values() {
            checks::run(dossier, &known, &mut violations);
            log.count(dossier);
        }
        counted.taxpayers += desk.counted.taxpayers;
        counted.consents += desk.counted.consents;
        counted.rows += desk.counted.rows;
        counted.violations += violations.len() as u64;
        each(&Page { counted, taxpayers_in_all, leaves_in_all, violations: &violations });
        after = next;
    }
    log.check(store, &known, &mut |leaves, violations| {
        counted.leaves = leaves;
        counted.violations += violations.len() as u64;
        each(&Page { counted, taxpayers_in_all, leaves_in_all, violations: &violations });
    })
    .await?;
    Ok(counted)
}

/// The rows of the next taxpayers, and after whom the page after them starts.
async fn read_page(work: &mut dyn Reading, after: String) -> Result<(Desk, Option<String>), StoreError> {
    let gstins = work.taxpayers_after(&after, TAXPAYERS_PER_PAGE).await?;
    let full = gstins.len() >= TAXPAYERS_PER_PAGE as usize;
    let next = gstins.last().filter(|_| full).cloned();
    let span = match &next {
        Some(last) => Span { after, up_to: last.clone() },
        None => Span::rest(after),
    };
    Ok((Desk::collect(work, &gstins, &span).await?, next))
}
