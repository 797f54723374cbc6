//! Sample data: the cast, and a past for most of it, written through the same port as everything else.

use app::model::{
    Timestamp,
    access_window::AccessWindow,
    alert::{Alert, Channel, Delivery, DeliveryState, Matter, Outcome, RetrySchedule},
    consent::{Consent, Moved},
    id::{AlertId, ConsentId, DeliveryId, OtpRequestId},
    otp::{OtpRequest, OtpRules, OtpState},
    report::Heard,
    session::Session,
    taxpayer::Signatory,
    usage::Call,
};
use jiff::SignedDuration;

use super::cast::{self, Player};
use crate::{
    chance::Chance,
    consent::SESSION_KEY,
    ledger::Scribe,
    store::{
        Store, StoreError, Writing,
        port::{DeliveryOfConsent, DueBy, EndingRow, Registered, SealedSignatory, SessionRow, Settlement},
    },
    vault::{KeyedHash, Purpose, Vault},
};

/// Past consents of each taxpayer that has a past; the last taxpayer has none, so that empty screens are seen, too.
const PAST_CONSENTS: i64 = 60;
/// Days between two of them.
const DAYS_BETWEEN: i64 = 6;
/// Deliveries that are leased, and then told to have been accepted, at once.
const DELIVERIES_AT_ONCE: u32 = 500;

/// Fills an empty database; one that holds the cast already is left as it is. Says whether it wrote.
///
/// # Errors
/// [`StoreError`] where the store refuses; then nothing was written.
pub async fn seed(store: &dyn Store, vault: &Vault, chance: &dyn Chance, now: Timestamp) -> Result<bool, StoreError> {
    let oldest = now - SignedDuration::from_hours(24 * (DAYS_BETWEEN * PAST_CONSENTS + 2));
    store.make_room(oldest, now).await?;
    let mut work = store.write().await?;
    if !work.applications().await?.is_empty() {
        return Ok(false);
    }
    let players = cast::players();
    for gsp in cast::gsps() {
        work.put_gsp(&gsp).await?;
    }
    for Player { application, client_secret } in &players {
        work.put_asp(&application.asp).await?;
        let secret_hash = vault.hash(Purpose::Secret, client_secret.as_bytes());
        work.put_application(&Registered { application: application.clone(), secret_hash }).await?;
    }
    work.put_gateway("demo", vault.hash(Purpose::Secret, cast::GATEWAY_SECRET.as_bytes())).await?;
    let taxpayers = cast::taxpayers();
    let with_past = taxpayers.len() - 1;
    for (number, (taxpayer, window, signatory)) in taxpayers.into_iter().enumerate() {
        work.add_taxpayer(&taxpayer, &window).await?;
        work.add_signatory(&SealedSignatory::seal(&signatory, vault)).await?;
        for turn in (0..PAST_CONSENTS).rev().filter(|_| number < with_past) {
            let player = &players[usize::try_from(turn).unwrap_or(0) * (number + 1) % players.len()];
            let granted_at = now - SignedDuration::from_hours(24 * DAYS_BETWEEN * turn + 31);
            let minutes = if turn % 5 == 0 { 30 * 24 * 60 } else { 24 * 60 * (1 + turn % 5) };
            let asked = AccessWindow::new(window.gstin, true, minutes, window.version).unwrap_or(window.clone());
            let id = ConsentId(chance.id(granted_at));
            let moved = Consent::grant(id, &asked, player.application.id, granted_at);
            write_life(&mut *work, vault, chance, moved, &signatory, turn, now).await?;
        }
    }
    accept_all(&mut *work, chance, now).await?;
    work.commit().await?;
    Ok(true)
}

/// One consent's whole life: the grant, its alert, some calls, and for some an end before the time.
async fn write_life(
    work: &mut dyn Writing,
    vault: &Vault,
    chance: &dyn Chance,
    granted: Moved,
    signatory: &Signatory,
    turn: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    let consent = granted.consent;
    use_otp(work, chance, &consent).await?;
    work.add_consent(&consent).await?;
    let scribe = Scribe::new(vault.clone());
    scribe.append(work, &granted.event).await?;
    let (key, token): ([u8; 32], _) = (chance.bytes(), KeyedHash(chance.bytes()));
    let session = Session::open(&consent, consent.granted_at);
    work.add_session(&SessionRow { session, token, key_sealed: vault.seal(SESSION_KEY, &key) }).await?;
    tell(work, chance, &consent, Matter::ConsentGiven, signatory, consent.granted_at).await?;
    let stop = consent.valid_until.min(now);
    for (place, action) in ["RETSUM", "B2B", "GSTR2B", "RETSUM", "LEDGER"].iter().enumerate() {
        let at = consent.granted_at + SignedDuration::from_mins(7 + 37 * i64::try_from(place).unwrap_or(0));
        if at < stop && turn % 7 != 3 {
            let call = Call {
                gstin: consent.gstin,
                consent: consent.id,
                at,
                api: "returns".into(),
                action: (*action).into(),
                period: Some(format!("{:02}2026", 1 + turn % 12)),
                refused: None,
            };
            work.add_calls(&[(chance.id(at), call)]).await?;
        }
    }
    let ended_at = consent.granted_at + SignedDuration::from_hours(20);
    let end = match turn % 4 {
        1 if ended_at < stop => consent.revoke(signatory.id, ended_at).ok(),
        2 if ended_at < stop => consent.log_out(ended_at).ok(),
        _ => None,
    };
    if let Some(Moved { consent, event }) = end {
        work.update_consent(&consent).await?;
        work.close_sessions(consent.gstin, consent.id, ended_at).await?;
        scribe.append(work, &event).await?;
        tell(work, chance, &consent, Matter::ConsentEnded, signatory, ended_at).await?;
        let last_passed_at = work.usage(consent.gstin, consent.id).await?.last_passed_at;
        work.add_ending(consent.gstin, consent.id, &EndingRow { effective_at: ended_at, last_passed_at }).await?;
    }
    Ok(())
}

async fn tell(
    work: &mut dyn Writing,
    chance: &dyn Chance,
    consent: &Consent,
    matter: Matter,
    signatory: &Signatory,
    at: Timestamp,
) -> Result<(), StoreError> {
    let alert =
        Alert { gstin: consent.gstin, id: AlertId(chance.id(at)), consent: Some(consent.id), matter, owed_at: at };
    let deliveries = Channel::ALL.map(|channel| Delivery {
        gstin: consent.gstin,
        id: DeliveryId(chance.id(at)),
        alert: alert.id,
        channel,
        recipient: signatory.id,
        contact: None,
        state: DeliveryState::Queued,
        due_at: at,
        attempts: 0,
        accepted_at: None,
        heard: Heard::default(),
    });
    work.add_alert(&alert, &deliveries).await
}

/// The OTP that a consent used up.
async fn use_otp(work: &mut dyn Writing, chance: &dyn Chance, consent: &Consent) -> Result<(), StoreError> {
    let rules = OtpRules::default();
    let requested_at = consent.granted_at - SignedDuration::from_secs(40);
    let asked = OtpRequest {
        gstin: consent.gstin,
        id: OtpRequestId(chance.id(requested_at)),
        application: consent.application,
        requested_at,
        expires_at: requested_at + rules.lifetime,
        tries_left: rules.tries_max,
        state: OtpState::Pending,
        version: 1,
    };
    work.add_otp_request(&asked, KeyedHash(chance.bytes())).await?;
    work.update_otp_request(&OtpRequest { state: OtpState::Used, version: 2, ..asked }).await
}

/// Every alert owed was taken over by its provider, a second after it was owed.
async fn accept_all(work: &mut dyn Writing, chance: &dyn Chance, now: Timestamp) -> Result<(), StoreError> {
    let (schedule, accepted) = (RetrySchedule::default(), Outcome::Accepted { provider_ref: None });
    let outcome = serde_json::to_string(&accepted).map_err(|error| StoreError::Unreadable(error.to_string()))?;
    let due = DueBy { now, leased_until: now + SignedDuration::from_mins(1) };
    for channel in Channel::ALL {
        loop {
            let lease = chance.id(now);
            let leased = work.lease_deliveries("sample data", lease, channel, due, DELIVERIES_AT_ONCE).await?;
            if leased.is_empty() {
                break;
            }
            let settled = leased.into_iter().map(|DeliveryOfConsent { alert, delivery }| {
                let at = alert.owed_at + SignedDuration::from_secs(1);
                let after = Delivery { due_at: alert.owed_at, ..delivery.after(&accepted, &schedule, at, 0) };
                Settlement { lease, after, at, provider: "sample".into(), outcome: outcome.clone(), reference: None }
            });
            work.settle_deliveries(&settled.collect::<Vec<_>>()).await?;
        }
    }
    Ok(())
}
