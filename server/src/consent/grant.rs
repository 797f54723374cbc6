//! Granting and refreshing: a right OTP becomes a consent, a live consent gets its next session.

use app::model::{
    Timestamp,
    consent::Consent,
    controls::AskRefusal,
    decide::{Claim, Decision, Facts, RefuseReason, decide},
    id::ConsentId,
    otp::OtpVerdict,
    registry::Application,
    session::Session,
};

use super::{Consents, Granted, Refused, TOKEN_BYTES};
use crate::{
    ledger,
    store::{StoreError, Writing, port::SessionRow},
    vault::Purpose,
};

/// Where a session key is sealed.
pub(crate) const SESSION_KEY: &str = "session.key";

impl Consents {
    /// A right OTP gives one consent; an earlier live one of the same application ends as replaced.
    ///
    /// # Errors
    /// [`Refused::WrongOtp`] costs a try; the others change nothing.
    pub async fn grant(&self, application: &Application, username: &str, otp: &str) -> Result<Granted, Refused> {
        let now = self.clock.now();
        let mut work = self.store.write().await?;
        let (taxpayer, controls) = self.admitted(&mut *work, application, username, now).await?;
        let (request, hash) =
            work.pending_otp_request(taxpayer.gstin, application.id).await?.ok_or(Refused::WrongOtp)?;
        match request.judge(self.otp_hash(&request, otp).matches(&hash), now) {
            OtpVerdict::Dead => return Err(Refused::WrongOtp),
            OtpVerdict::Wrong(next) => {
                work.update_otp_request(&next).await?;
                work.commit().await?;
                return Err(Refused::WrongOtp);
            }
            OtpVerdict::Right(next) => work.update_otp_request(&next).await?,
        }
        let moved = Consent::grant(ConsentId(self.chance.id(now)), &controls.window, application.id, now);
        let replaced = self.replace_earlier(&mut *work, &moved.consent, now).await?;
        work.add_consent(&moved.consent).await?;
        ledger::append(&mut *work, &moved.event).await?;
        self.owe_alert(&mut *work, &moved.event).await?;
        let session = Session::open(&moved.consent, now);
        let granted = self.open_session(&mut *work, moved.consent, session).await?;
        if replaced.is_empty() {
            self.commit(work).await?;
        } else {
            let effective_at = self.commit_change(work, taxpayer.gstin, now).await?;
            for earlier in replaced {
                self.try_keep_ending(taxpayer.gstin, earlier, effective_at).await;
            }
        }
        Ok(granted)
    }

    /// The next session of a live consent; the one before it is closed.
    ///
    /// # Errors
    /// [`Refused::UnknownSession`] for a token that is not this application's or was closed,
    /// [`Refused::Over`] where the consent is.
    pub async fn refresh(&self, application: &Application, username: &str, token: &str) -> Result<Granted, Refused> {
        let now = self.clock.now();
        let mut work = self.store.write().await?;
        let (taxpayer, _) = self.admitted(&mut *work, application, username, now).await?;
        let facts = self.facts(&mut *work, application, token).await?;
        if facts.consent.gstin != taxpayer.gstin {
            return Err(Refused::UnknownSession);
        }
        match decide(&facts, &Claim::default(), None, now) {
            // A session of six hours that is over is just what a refresh is for.
            Decision::Refuse(RefuseReason::SessionClosed) => return Err(Refused::UnknownSession),
            // A consent that is over is refused by its own rule below.
            Decision::Pass | Decision::Refuse(_) => {}
        }
        let (moved, session) = facts.consent.refresh(now)?;
        work.update_consent(&moved.consent).await?;
        work.close_sessions(moved.consent.gstin, moved.consent.id, now).await?;
        ledger::append(&mut *work, &moved.event).await?;
        let granted = self.open_session(&mut *work, moved.consent, session).await?;
        self.commit_change(work, taxpayer.gstin, now).await?;
        Ok(granted)
    }

    /// The session key of a token, for opening what was sealed under it.
    ///
    /// # Errors
    /// [`Refused::UnknownSession`] where no session has this token.
    pub async fn session_key(&self, token: &str) -> Result<[u8; 32], Refused> {
        let mut work = self.store.read().await?;
        let row = work.session(self.vault.hash(Purpose::Token, token.as_bytes())).await?;
        let sealed = row.ok_or(Refused::UnknownSession)?.key_sealed;
        let key = self.vault.open(SESSION_KEY, &sealed).map_err(|_| Refused::UnknownSession)?;
        key.try_into().map_err(|_| Refused::UnknownSession)
    }

    /// What is known of a token of this application.
    pub(super) async fn facts(
        &self,
        work: &mut dyn Writing,
        application: &Application,
        token: &str,
    ) -> Result<Facts, Refused> {
        let session = work.session(self.vault.hash(Purpose::Token, token.as_bytes())).await?;
        let session = session.ok_or(Refused::UnknownSession)?.session;
        let consent = work.consent(session.gstin, session.consent).await?.ok_or(Refused::UnknownSession)?;
        if consent.application != application.id {
            return Err(Refused::UnknownSession);
        }
        let controls = work.controls(consent.gstin).await?.ok_or(Refused::MayNotAsk(AskRefusal::AccessDisabled))?;
        let rule = work.asp_rule(consent.gstin, application.asp.id).await?;
        Ok(Facts { session, consent, application: application.clone(), controls, rule, passed_today: 0 })
    }

    /// Ends what a newer consent takes the place of.
    async fn replace_earlier(
        &self,
        work: &mut dyn Writing,
        by: &Consent,
        now: Timestamp,
    ) -> Result<Vec<ConsentId>, Refused> {
        let mut replaced = Vec::new();
        for earlier in work.live_consents_of_application(by.gstin, by.application, now).await? {
            let moved = earlier.replace(by.id, now)?;
            work.update_consent(&moved.consent).await?;
            work.close_sessions(earlier.gstin, earlier.id, now).await?;
            ledger::append(work, &moved.event).await?;
            replaced.push(earlier.id);
        }
        Ok(replaced)
    }

    async fn open_session(
        &self,
        work: &mut dyn Writing,
        consent: Consent,
        session: Session,
    ) -> Result<Granted, StoreError> {
        let token = hex::encode(self.chance.bytes::<TOKEN_BYTES>());
        let session_key: [u8; 32] = self.chance.bytes();
        work.add_session(&SessionRow {
            session: session.clone(),
            token: self.vault.hash(Purpose::Token, token.as_bytes()),
            key_sealed: self.vault.seal(SESSION_KEY, &session_key),
        })
        .await?;
        Ok(Granted { consent, session, token, session_key })
    }
}
