//! Asking for consent: an OTP is drawn, kept as a keyed hash, and sent to the signatories.

use app::model::{
    Timestamp,
    alert::Matter,
    controls::AskRefusal,
    gstin::Gstin,
    id::OtpRequestId,
    otp::{DIGITS, OtpRequest, OtpState},
    registry::Application,
    taxpayer::{Signatory, Taxpayer},
};
use jiff::SignedDuration;

use super::{Consents, Refused, hold, may_ask};
use crate::{
    store::Writing,
    vault::{KeyedHash, Purpose},
};

/// An OTP on its way to a signatory: what the message says besides the six digits.
pub struct OtpToSend<'a> {
    /// To whom.
    pub to: &'a Signatory,
    /// Whose data it is about.
    pub taxpayer: &'a Taxpayer,
    /// Who asks.
    pub application: &'a Application,
    /// The request it answers.
    pub request: &'a OtpRequest,
    /// How long the consent would hold.
    pub access_for: SignedDuration,
    /// Six digits, in the clear for the only time.
    pub otp: &'a str,
}

/// Sends OTPs. They are never stored in the clear, so they do not go through the durable outbox: one that is
/// lost with a crash is asked for again.
pub trait OtpPoster: Send + Sync {
    /// Takes an OTP over for sending; `false` where the queue is full.
    fn post(&self, otp: &OtpToSend<'_>) -> bool;
}

/// How often a taxpayer is told that the same ASP asks in vain.
const TOLD_EVERY: SignedDuration = SignedDuration::from_hours(1);

impl Consents {
    /// An application asks for a taxpayer's consent.
    ///
    /// # Errors
    /// [`Refused`] where it may not ask, asks too often, or the OTP could not be sent. One that
    /// could not be sent stays in the store, known to nobody, and counts as a request.
    pub async fn request_otp(&self, application: &Application, username: &str) -> Result<(), Refused> {
        let now = self.clock.now();
        let rules = self.otp_rules;
        let mut work = self.store.write().await?;
        let held = hold(&mut *work, application, username).await?;
        let taxpayer = &held.taxpayer;
        let controls = match may_ask(application, &held, now) {
            Err(Refused::MayNotAsk(why)) => {
                self.tell_of_refused_ask(work, application, taxpayer.gstin, why, now).await?;
                return Err(Refused::MayNotAsk(why));
            }
            answer => answer?,
        };
        // An OTP that could not become a session would be sent in vain.
        self.room_for_session(&mut *work, application, taxpayer.gstin, now).await?;
        // The pair first: what one application asks too often must not use up what all may ask.
        if !work.admit_for_pair(taxpayer.gstin, application.id, rules.per_pair(), now).await?
            || !work.admit_for_taxpayer(taxpayer.gstin, rules.per_taxpayer(), now).await?
            || !work.admit_for_application(application.id, rules.per_application(), now).await?
        {
            return Err(Refused::TooManyRequests);
        }
        let request = OtpRequest {
            gstin: taxpayer.gstin,
            id: OtpRequestId(self.chance.id(now)),
            application: application.id,
            requested_at: now,
            expires_at: now + rules.lifetime,
            tries_left: rules.tries_max,
            state: OtpState::Pending,
            version: 1,
        };
        let otp = format!("{:0width$}", self.chance.below(10_u32.pow(DIGITS)), width = DIGITS as usize);
        work.add_otp_request(&request, self.otp_hash(&request, &otp)).await?;
        let signatories = work.signatories(taxpayer.gstin).await?;
        work.commit().await?;
        let mut taken = false;
        for signatory in signatories {
            // The others must get theirs.
            let Ok(signatory) = signatory.open(&self.vault) else {
                tracing::error!(gstin = %taxpayer.gstin, signatory = ?signatory.id, "a signatory's contact data does not open");
                continue;
            };
            taken |= self.poster.post(&OtpToSend {
                to: &signatory,
                taxpayer,
                application,
                request: &request,
                access_for: controls.window.duration(),
                otp: &otp,
            });
        }
        if taken { Ok(()) } else { Err(Refused::NotSent) }
    }

    /// The taxpayer hears of an attempt that their own decision refused: at most once an hour of each ASP, so that
    /// whoever knocks all day does not flood them.
    async fn tell_of_refused_ask(
        &self,
        mut work: Box<dyn Writing>,
        application: &Application,
        gstin: Gstin,
        why: AskRefusal,
        now: Timestamp,
    ) -> Result<(), Refused> {
        if why == AskRefusal::Suspended
            || !work.tell_of_refused_ask(gstin, application.asp.id, now - TOLD_EVERY, now).await?
        {
            return Ok(());
        }
        self.owe(&mut *work, gstin, None, Matter::AskRefused { application: application.id, why }, now).await?;
        self.commit(work).await?;
        Ok(())
    }

    /// The keyed hash of an OTP, bound to its request: a hash of one request fits no other.
    pub(super) fn otp_hash(&self, request: &OtpRequest, otp: &str) -> KeyedHash {
        let bound = [request.id.0.as_bytes().as_slice(), request.gstin.as_str().as_bytes(), otp.as_bytes()].concat();
        self.vault.hash(Purpose::Otp, &bound)
    }
}
