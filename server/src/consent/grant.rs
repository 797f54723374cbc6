//! Granting and refreshing: a right OTP becomes a consent, a live consent gets its next session.

use app::model::{
    Timestamp, consent::Consent, controls::AskRefusal, gstin::Gstin, id::ConsentId, otp::OtpVerdict,
    registry::Application, session::Session,
};

use super::{Consents, Granted, Refused, TOKEN_BYTES, end::owe_security_event, hold, may_ask};
use crate::{
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
        self.room_for_session(&mut *work, application, taxpayer.gstin, now).await?;
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
        self.scribe.append(&mut *work, &moved.event).await?;
        self.owe_alert(&mut *work, &moved.event).await?;
        let session = Session::open(&moved.consent, now);
        let granted = self.open_session(&mut *work, moved.consent, session).await?;
        if replaced.is_empty() {
            self.commit(work).await?;
        } else {
            let effective_at = self.commit_change(work, taxpayer.gstin, now).await?;
            self.keep_endings(taxpayer.gstin, &replaced, effective_at).await;
        }
        Ok(granted)
    }

    /// The next session of a live consent, for whoever sealed nothing under the session key.
    ///
    /// # Errors
    /// Those of [`Consents::refresh_under_key`].
    pub async fn refresh(&self, application: &Application, username: &str, token: &str) -> Result<Granted, Refused> {
        let (granted, ()) = self.refresh_under_key(application, username, token, |_| Some(())).await?;
        Ok(granted)
    }

    /// The next session of a live consent; the one before it is closed. `open` opens with the session key what the
    /// application sent under it, or says that it does not open.
    ///
    /// Whose session it is comes first, then whether it is over, then whether the application may ask at all, and only
    /// then is anything opened: a stranger learns nothing about what was sealed under somebody's key, and a session that
    /// was revoked answers so, whatever comes with it.
    ///
    /// # Errors
    /// [`Refused::UnknownSession`] for a token that is not this application's or was closed, [`Refused::Over`] where the
    /// consent is, [`Refused::BadAppKey`] where `open` opens nothing.
    pub async fn refresh_under_key<K: Send>(
        &self,
        application: &Application,
        username: &str,
        token: &str,
        open: impl FnOnce([u8; 32]) -> Option<K> + Send,
    ) -> Result<(Granted, K), Refused> {
        let now = self.clock.now();
        let mut work = self.store.write().await?;
        let held = hold(&mut *work, application, username).await?;
        let gstin = held.taxpayer.gstin;
        let (row, consent) = self.own_session(&mut *work, application, gstin, token).await?;
        // A session of six hours that is over is just what a refresh is for; one that was closed is not.
        if row.session.closed_at.is_some() && consent.ended.is_none() {
            return Err(Refused::UnknownSession);
        }
        let (moved, session) = consent.refresh(now)?;
        match may_ask(application, &held, now) {
            // The allow-list says who may ask; what was given before stands.
            Ok(_) | Err(Refused::MayNotAsk(AskRefusal::NotAllowed)) => {}
            Err(refused) => return Err(refused),
        }
        self.room_for_session(&mut *work, application, gstin, now).await?;
        let opened = open(self.key_of(&row)?).ok_or(Refused::BadAppKey)?;
        work.update_consent(&moved.consent).await?;
        work.close_sessions(moved.consent.gstin, moved.consent.id, now).await?;
        self.scribe.append(&mut *work, &moved.event).await?;
        let granted = self.open_session(&mut *work, moved.consent, session).await?;
        self.commit_change(work, gstin, now).await?;
        Ok((granted, opened))
    }

    /// Whether the taxpayer may have one more session through this application's GSP. Those of the application itself do
    /// not count: the new one takes their place.
    pub(super) async fn room_for_session(
        &self,
        work: &mut dyn Writing,
        application: &Application,
        gstin: Gstin,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let most = self.sessions_per_gsp_max;
        let others = work.live_sessions_beside(gstin, application, now, most).await?;
        if others < i64::from(most) { Ok(()) } else { Err(Refused::TooManySessions) }
    }

    /// The session key of a token, for opening what was sealed under it.
    ///
    /// # Errors
    /// [`Refused::UnknownSession`] where no session has this token.
    pub async fn session_key(&self, token: &str) -> Result<[u8; 32], Refused> {
        let mut work = self.store.read().await?;
        let row = work.session(self.vault.hash(Purpose::Token, token.as_bytes())).await?;
        self.key_of(&row.ok_or(Refused::UnknownSession)?)
    }

    fn key_of(&self, row: &SessionRow) -> Result<[u8; 32], Refused> {
        let key = self.vault.open(SESSION_KEY, &row.key_sealed).map_err(|_| Refused::UnknownSession)?;
        key.try_into().map_err(|_| Refused::UnknownSession)
    }

    /// The session of a token and its consent, where they are this application's and this taxpayer's.
    pub(super) async fn own_session(
        &self,
        work: &mut dyn Writing,
        application: &Application,
        gstin: Gstin,
        token: &str,
    ) -> Result<(SessionRow, Consent), Refused> {
        let row = work.session(self.vault.hash(Purpose::Token, token.as_bytes())).await?;
        let row = row.filter(|row| row.session.gstin == gstin).ok_or(Refused::UnknownSession)?;
        let consent = work.consent(gstin, row.session.consent).await?;
        let consent = consent.filter(|consent| consent.application == application.id);
        Ok((row, consent.ok_or(Refused::UnknownSession)?))
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
            self.scribe.append(work, &moved.event).await?;
            owe_security_event(work, &moved.consent, now).await?;
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
