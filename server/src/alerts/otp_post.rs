//! OTPs and other codes leave at once or not at all: they are never stored in the clear, so they do not wait in the outbox.

use std::{sync::Arc, time::Duration};

use app::model::{Timestamp, alert::Outcome};
use tokio::{
    sync::{Semaphore, mpsc},
    time,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use super::{
    channels::Channels,
    message::{BadMessage, CodeNotice, Composer, Mail, OtpNotice, Sms},
    outbox::{Recipient, Role},
    providers::road::{Sent, Tried, Turn, Unasked},
};
use crate::{
    alerts::secret::Secret,
    clock::Clock,
    consent::{OtpPoster, OtpToSend},
};

/// OTPs that may wait; at 300 a second, some three seconds' worth. More than that is refused to the ASP.
pub const QUEUE_MAX: usize = 1024;
/// OTPs being sent at once: enough for 128 a second where one channel has nobody to ask, and each waits for that twice.
const IN_FLIGHT_MAX: usize = 256;
/// Attempts on each channel: after two the person asks for a new OTP sooner than a third would arrive.
const TRIES_MAX: u32 = 2;
/// Between the two attempts.
const BETWEEN_TRIES: Duration = Duration::from_millis(500);
/// Times that it is waited for, and for how long at most, where nobody can be asked: that uses up no attempt.
const UNASKED_MAX: u32 = 2;
const AGAIN_MAX: Duration = Duration::from_secs(1);
/// Before the alerts; a try ends after so long.
const TURN: Turn = Turn { within: Duration::from_secs(25), urgent: true };
/// How long a stop waits for what is in flight, where nobody says otherwise.
const STOP_MAX: Duration = Duration::from_secs(3);

/// A code on its way.
#[derive(Debug, Clone)]
pub struct OtpLetter {
    /// To whom, by mail and by SMS.
    pub recipient: Recipient,
    /// What.
    pub posted: Posted,
}

/// What is never stored in the clear.
#[derive(Debug, Clone)]
pub enum Posted {
    /// An OTP that agrees to a consent.
    Otp(OtpNotice),
    /// The codes that confirm a second contact.
    ContactCode(CodeNotice),
}

impl Posted {
    fn reference(&self) -> Uuid {
        match self {
            Self::Otp(notice) => notice.request.0,
            Self::ContactCode(notice) => notice.contact.0,
        }
    }

    fn expires_at(&self) -> Timestamp {
        match self {
            Self::Otp(notice) => notice.expires_at,
            Self::ContactCode(notice) => notice.expires_at,
        }
    }
}

/// The queue is full, or the server is stopping: the caller answers that it is busy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many OTPs are waiting to be sent")]
pub struct OtpPostFull;

/// Where OTPs are handed in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct OtpPost(mpsc::Sender<OtpLetter>);

/// Sends what was handed in.
#[derive(Debug)]
pub struct OtpPostWorker {
    letters: mpsc::Receiver<OtpLetter>,
    sender: Sender,
    /// How long a stop waits for what is in flight.
    pub stop_max: Duration,
}

#[derive(Clone)]
struct Sender {
    channels: Channels,
    composer: Arc<Composer>,
    clock: Arc<dyn Clock>,
}

impl OtpPost {
    /// The post and its worker, which somebody must run.
    pub fn new(channels: Channels, composer: Arc<Composer>, clock: Arc<dyn Clock>) -> (Self, OtpPostWorker) {
        let (post, letters) = mpsc::channel(QUEUE_MAX);
        let sender = Sender { channels, composer, clock };
        (Self(post), OtpPostWorker { letters, sender, stop_max: STOP_MAX })
    }

    /// Hands an OTP in; does not wait.
    pub fn post(&self, letter: OtpLetter) -> Result<(), OtpPostFull> {
        self.0.try_send(letter).map_err(|_| OtpPostFull)
    }
}

impl OtpPostWorker {
    /// Sends until it is told to stop, then what is still waiting, within a bound.
    pub async fn run(mut self, stop: CancellationToken) {
        let (flights, slots) = (TaskTracker::new(), Arc::new(Semaphore::new(IN_FLIGHT_MAX)));
        let closing = async {
            stop.cancelled().await;
            time::sleep(self.stop_max).await;
        };
        let sending = async {
            loop {
                let letter = tokio::select! {
                    letter = self.letters.recv() => letter,
                    () = stop.cancelled(), if !self.letters.is_closed() => { self.letters.close(); continue }
                };
                let (Some(letter), Ok(slot)) = (letter, slots.clone().acquire_owned().await) else { break };
                let sender = self.sender.clone();
                flights.spawn(async move {
                    sender.send(&letter).await;
                    drop(slot);
                });
            }
            flights.close();
            flights.wait().await;
        };
        tokio::select! {
            () = sending => {}
            () = closing => tracing::warn!("stopped with OTPs on their way; their ASPs ask for new ones"),
        }
    }
}

impl Sender {
    async fn send(&self, letter: &OtpLetter) {
        // Side by side: a slow relay must not make the SMS late.
        tokio::join!(self.send_mail(letter), self.send_sms(letter));
    }

    async fn send_mail(&self, letter: &OtpLetter) {
        match self.mail(letter) {
            Ok(mail) => self.try_twice("email", letter, |avoid| self.send_by_mail(&mail, avoid)).await,
            Err(error) => tracing::error!(request = %letter.posted.reference(), %error, "a code's mail has no words"),
        }
    }

    async fn send_sms(&self, letter: &OtpLetter) {
        match self.sms(letter) {
            Ok(sms) => self.try_twice("sms", letter, |avoid| self.send_by_sms(&sms, avoid)).await,
            Err(error) => tracing::error!(request = %letter.posted.reference(), %error, "a code's SMS has no words"),
        }
    }

    fn mail(&self, letter: &OtpLetter) -> Result<Mail, BadMessage> {
        match &letter.posted {
            Posted::Otp(notice) => self.composer.otp_mail(&letter.recipient, notice),
            Posted::ContactCode(notice) => self.composer.code_mail(&letter.recipient, notice),
        }
    }

    fn sms(&self, letter: &OtpLetter) -> Result<Sms, BadMessage> {
        match &letter.posted {
            Posted::Otp(notice) => self.composer.otp_sms(&letter.recipient, notice),
            Posted::ContactCode(notice) => self.composer.code_sms(&letter.recipient, notice),
        }
    }

    async fn send_by_mail(&self, mail: &Mail, last: Option<String>) -> Result<Sent, Unasked> {
        self.channels.email.send(mail, &Tried { last, silent: None }, TURN).await
    }

    async fn send_by_sms(&self, sms: &Sms, last: Option<String>) -> Result<Sent, Unasked> {
        self.channels.sms.send(sms, &Tried { last, silent: None }, TURN).await
    }

    /// The second time through another provider, where there is one.
    async fn try_twice<F: Future<Output = Result<Sent, Unasked>>>(
        &self,
        channel: &str,
        letter: &OtpLetter,
        send: impl Fn(Option<String>) -> F,
    ) {
        let (request, mut failed, mut tried, mut unasked) = (letter.posted.reference(), None, 0, 0);
        while tried < TRIES_MAX {
            if self.clock.now() >= letter.posted.expires_at() {
                tracing::warn!(%request, channel, "an OTP expired before it was sent");
                return;
            }
            let tried_by = match send(failed.clone()).await {
                Ok(tried_by) => tried_by,
                Err(Unasked { again_at }) if unasked < UNASKED_MAX => {
                    unasked += 1;
                    let wait = again_at.duration_since(self.clock.now());
                    time::sleep(Duration::try_from(wait).unwrap_or_default().clamp(BETWEEN_TRIES, AGAIN_MAX)).await;
                    continue;
                }
                Err(_) => {
                    tracing::warn!(%request, channel, "an OTP found no provider that could be asked");
                    return;
                }
            };
            tried += 1;
            match tried_by.outcome {
                Outcome::Accepted { .. } => return,
                Outcome::Permanent { detail } => {
                    tracing::warn!(%request, channel, detail, "an OTP was refused");
                    return;
                }
                Outcome::Temporary { detail, .. } => {
                    tracing::warn!(%request, channel, provider = tried_by.provider, detail, tried, "an OTP failed");
                    failed = Some(tried_by.provider);
                }
            }
            if tried < TRIES_MAX {
                time::sleep(BETWEEN_TRIES).await;
            }
        }
    }
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sender({:?})", self.channels)
    }
}

impl OtpPoster for OtpPost {
    fn post(&self, otp: &OtpToSend<'_>) -> bool {
        let OtpToSend { to, taxpayer, application, request, access_for, otp } = otp;
        let recipient = Recipient {
            name: to.name.clone(),
            email: to.email.clone(),
            mobile: to.mobile.clone(),
            language: to.language,
            role: Role::Signatory,
        };
        let notice = OtpNotice {
            request: request.id,
            otp: Secret::new(*otp),
            gstin: taxpayer.gstin,
            trade_name: taxpayer.trade_name.clone(),
            asp_name: application.asp.name.clone(),
            asp_short: application.asp.short_name.clone(),
            gsp_name: application.gsp.name.clone(),
            gsp_short: application.gsp.short_name.clone(),
            access_for: *access_for,
            requested_at: request.requested_at,
            expires_at: request.expires_at,
        };
        Self::post(self, OtpLetter { recipient, posted: Posted::Otp(notice) }).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::{
        alerts::{
            channels::{EmailChannel, SmsChannel},
            memory::{Scripted, ground, otp_notice, provider, recipient, start, until},
            providers::road::{Provider, Road},
            sms_template::SmsTemplates,
        },
        clock::ManualClock,
    };

    fn letter() -> OtpLetter {
        OtpLetter { recipient: recipient(), posted: Posted::Otp(otp_notice()) }
    }

    fn post(channel: &Arc<Scripted>, clock: &ManualClock) -> (OtpPost, OtpPostWorker) {
        let composer = Arc::new(Composer { sms: SmsTemplates::draft().expect("drafts"), return_path: None });
        let clock: Arc<dyn Clock> = Arc::new(clock.clone());
        OtpPost::new(channel.channels(&clock), composer, clock)
    }

    #[tokio::test]
    async fn an_otp_is_tried_at_most_twice_on_each_channel() {
        let channel = Arc::new(Scripted::default());
        let failures = (0..9).map(|_| Outcome::temporary("timed out"));
        channel.answers.lock().expect("answers").extend(failures);
        let (post, worker) = post(&channel, &ManualClock::at(start()));
        let stop = CancellationToken::new();
        let run = tokio::spawn(worker.run(stop.clone()));
        post.post(letter()).expect("room");
        until("two tries each", || channel.count() == 4).await;
        stop.cancel();
        run.await.expect("run");
        assert_eq!(channel.count(), 4);
        assert_eq!(post.post(letter()), Err(OtpPostFull), "a stopped post takes nothing");
    }

    #[tokio::test]
    async fn that_nobody_could_be_asked_is_no_try() {
        let (channel, clock) = (Arc::new(Scripted::default()), ManualClock::at(start()));
        let failures = (0..2).map(|_| Outcome::temporary("timed out"));
        channel.answers.lock().expect("answers").extend(failures);
        let composer = Arc::new(Composer { sms: SmsTemplates::draft().expect("drafts"), return_path: None });
        let ticking: Arc<dyn Clock> = Arc::new(clock.clone());
        // After one failure each channel is left alone for five seconds: what is tried again finds nobody.
        let channels = channel.channels_left_alone_after(1, &ticking);
        let (post, worker) = OtpPost::new(channels, composer, ticking);
        post.post(letter()).expect("room");
        drop(post);
        let run = tokio::spawn(worker.run(CancellationToken::new()));
        until("both failed", || channel.count() == 2).await;
        tokio::time::sleep(BETWEEN_TRIES + Duration::from_millis(200)).await;
        clock.advance(SignedDuration::from_secs(6));
        until("each is tried once more", || channel.count() == 4).await;
        run.await.expect("run");
    }

    #[tokio::test]
    async fn the_second_time_an_otp_goes_through_another_provider() {
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(start()));
        let (failing, working) = (Arc::new(Scripted::default()), Arc::new(Scripted::default()));
        let failures = (0..200).map(|_| Outcome::temporary("timed out"));
        failing.answers.lock().expect("answers").extend(failures);
        let email: Vec<Arc<dyn EmailChannel>> = vec![failing.clone(), working.clone()];
        let sms: Vec<Arc<dyn SmsChannel>> = vec![failing, working.clone()];
        let channels = Channels {
            email: Arc::new(Road::new("email", named(email), ground(&clock))),
            sms: Arc::new(Road::new("sms", named(sms), ground(&clock))),
        };
        let composer = Arc::new(Composer { sms: SmsTemplates::draft().expect("drafts"), return_path: None });
        let (post, worker) = OtpPost::new(channels, composer, clock);
        for _ in 0..20 {
            post.post(letter()).expect("room");
        }
        drop(post);
        worker.run(CancellationToken::new()).await;
        assert_eq!(working.count(), 40, "each OTP arrives on each channel");
    }

    fn named<C: ?Sized>(channels: Vec<Arc<C>>) -> Vec<Provider<C>> {
        ["first", "second"].iter().zip(channels).map(|(name, channel)| provider(name, channel)).collect()
    }

    /// However slow the machine is: the bound of a stop passes only where nothing is left to do.
    #[tokio::test(start_paused = true)]
    async fn what_waits_at_a_stop_is_still_sent_and_a_full_queue_says_so() {
        let (channel, clock) = (Arc::new(Scripted::default()), ManualClock::at(start()));
        let (post, worker) = post(&channel, &clock);
        for _ in 0..QUEUE_MAX {
            post.post(letter()).expect("room");
        }
        assert_eq!(post.post(letter()), Err(OtpPostFull));
        let stop = CancellationToken::new();
        stop.cancel();
        worker.run(stop).await;
        assert_eq!(channel.count(), 2 * QUEUE_MAX);
    }

    #[tokio::test]
    async fn an_expired_otp_is_not_sent() {
        let (channel, clock) = (Arc::new(Scripted::default()), ManualClock::at(start()));
        let (post, worker) = post(&channel, &clock);
        post.post(letter()).expect("room");
        clock.advance(SignedDuration::from_mins(10));
        drop(post);
        worker.run(CancellationToken::new()).await;
        assert_eq!(channel.count(), 0);
    }
}
