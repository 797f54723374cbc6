//! The operator's canary: a message a minute through each provider to an address of the operator's own, so that silence is
//! noticed by its age and not by a taxpayer.

use std::{sync::Arc, time::Duration};

use app::model::{
    Timestamp,
    alert::Outcome,
    contact::{Email, Mobile},
    ist,
    language::Language,
    report::Verdict,
};
use futures::future::join_all;
use jiff::SignedDuration;
use tokio::time;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::road::Sent;
use crate::{
    alerts::{
        channels::Channels,
        message::{Mail, Sms},
    },
    chance::Chance,
    clock::Clock,
    store::{Store, StoreError, Writing, port::Reference},
};

/// How often it is looked whether a message is due; nodes take turns.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Between two messages through one provider.
const EVERY: SignedDuration = SignedDuration::from_secs(60);
/// How long one message may take.
const SEND_MAX: Duration = Duration::from_secs(25);

/// Where the canary's messages go.
#[derive(Debug, Clone, Default)]
pub struct CanarySettings {
    /// Mails go there.
    pub email: Option<Email>,
    /// SMS go there, as this registered text without variables.
    pub sms: Option<CanarySms>,
}

/// The canary's SMS: operators drop what is not registered, so its text is registered, too.
#[derive(Debug, Clone)]
pub struct CanarySms {
    /// The number.
    pub mobile: Mobile,
    /// Of the principal entity.
    pub entity_id: String,
    /// The sender's six letters.
    pub header: String,
    /// The registered template.
    pub template_id: String,
    /// Its text.
    pub text: String,
}

/// When it is told how long ago the canary's message was last known to have arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrivals {
    /// From the beginning: somebody says so, or should.
    Always,
    /// Once it was known: nobody has to say so.
    OnceKnown,
    /// Nobody says so.
    Never,
}

/// What the canary can prove of a provider of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proofs {
    /// Which.
    pub provider: Arc<str>,
    /// Besides that it takes messages over: that they arrive.
    pub arrivals: Arrivals,
}

impl CanarySettings {
    /// What it can prove. Gateways of these names report; where mails come back to a folder, the canary's can be seen there.
    pub fn proofs(&self, channels: &Channels, reporting: &[String], sees_mails: bool) -> Vec<Proofs> {
        let by_mail = if sees_mails { Arrivals::Always } else { Arrivals::OnceKnown };
        let mails = self.email.iter().flat_map(|_| channels.email.names());
        let mails = mails.map(|provider| Proofs { provider, arrivals: by_mail });
        let sms = self.sms.iter().flat_map(|_| channels.sms.names());
        let sms = sms.map(|provider| {
            let reports = reporting.iter().any(|name| **name == *provider);
            Proofs { provider, arrivals: if reports { Arrivals::Always } else { Arrivals::Never } }
        });
        mails.chain(sms).collect()
    }
}

/// The canary.
pub struct Canary {
    /// Where it sends.
    pub settings: CanarySettings,
    /// Through which providers.
    pub channels: Channels,
    /// Where its proofs are, for all nodes.
    pub store: Arc<dyn Store>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Names its messages.
    pub chance: Arc<dyn Chance>,
}

impl Canary {
    /// Sends until it is told to stop.
    pub async fn run(self, stop: CancellationToken) {
        if self.settings.email.is_none() && self.settings.sms.is_none() {
            return;
        }
        let singing = async {
            loop {
                if let Err(error) = self.sing().await {
                    tracing::warn!(%error, "the canary's proofs cannot be written down");
                }
                time::sleep(LOOK_EVERY).await;
            }
        };
        stop.run_until_cancelled(singing).await;
    }

    /// Sends what is due: through each provider, one a minute, whichever node comes first. Through all of them side by side:
    /// one that hangs must not keep the others from being proven.
    pub async fn sing(&self) -> Result<(), StoreError> {
        let (settings, channels) = (&self.settings, &self.channels);
        let mails = settings.email.iter().flat_map(|to| channels.email.names().into_iter().map(move |by| (by, to)));
        let sms = settings.sms.iter().flat_map(|to| channels.sms.names().into_iter().map(move |by| (by, to)));
        let mails = mails.map(async |(provider, to)| {
            let mail = self.mail(to);
            self.through(&provider, mail.reference, channels.email.send_through(&provider, &mail)).await
        });
        let sms = sms.map(async |(provider, to)| {
            let sms = self.sms(to);
            self.through(&provider, sms.client_ref, channels.sms.send_through(&provider, &sms)).await
        });
        let (mails, sms) = tokio::join!(join_all(mails), join_all(sms));
        mails.into_iter().chain(sms).collect()
    }

    /// `name` is our own: a mail that arrives is known by it, and an SMS at gateways that report by it. It is written before
    /// the message is sent, so that no report comes too early; the provider's own is written when it is known.
    async fn through(
        &self,
        provider: &str,
        name: Uuid,
        sending: impl Future<Output = Option<Sent>>,
    ) -> Result<(), StoreError> {
        let mut work = self.store.write().await?;
        let now = work.shared_now(self.clock.now()).await?;
        let mine = work.claim_canary(provider, &name.to_string(), now, now - EVERY).await?;
        work.commit().await?;
        if !mine {
            return Ok(());
        }
        let sent = time::timeout(SEND_MAX, sending).await.ok().flatten();
        match sent {
            Some(Sent { outcome: Outcome::Accepted { provider_ref }, reports, .. }) => {
                let mut work = self.store.write().await?;
                let theirs = provider_ref.filter(|_| reports.is_some());
                accepted(&mut *work, provider, theirs, self.clock.now()).await?;
                work.commit().await
            }
            failed => {
                tracing::warn!(provider, sent = ?failed, "the canary's message was not accepted");
                Ok(())
            }
        }
    }

    fn mail(&self, to: &Email) -> Mail {
        let (at, reference) = self.named();
        let text = format!("A message of asp-access to itself, sent at {} IST.\n", ist::second(at));
        Mail {
            reference,
            name: "Canary".into(),
            to: to.clone(),
            return_path: None,
            subject: "asp-access: canary".into(),
            html: format!("<!doctype html><title>Canary</title><p>{}</p>", text.trim_end()),
            text,
            language: Language::En,
            at,
        }
    }

    fn sms(&self, to: &CanarySms) -> Sms {
        Sms {
            client_ref: self.named().1,
            to: to.mobile.clone(),
            entity_id: to.entity_id.clone(),
            header: to.header.clone(),
            template_id: to.template_id.clone(),
            text: to.text.clone(),
            values: Vec::new(),
        }
    }

    fn named(&self) -> (Timestamp, Uuid) {
        let now = self.clock.now();
        (now, self.chance.id(now))
    }
}

/// A provider took a message over, which it calls `theirs`. Its report may have come already.
async fn accepted(
    work: &mut dyn Writing,
    provider: &str,
    theirs: Option<String>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let now = work.shared_now(now).await?;
    let Some(reference) = theirs else { return work.canary_accepted(provider, now, None).await };
    let named = [Reference { provider: provider.into(), reference }];
    work.hold_references(&named).await?;
    work.canary_accepted(provider, now, Some(&named[0].reference)).await?;
    if work.take_early(&named).await?.iter().any(|early| early.report.verdict == Verdict::Delivered) {
        work.canary_delivered(provider, &named[0].reference, now).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        alerts::{
            channels::EmailChannel,
            memory::{Scripted, ground, provider, start, until},
            providers::road::Road,
        },
        chance::SeededChance,
        clock::ManualClock,
        store,
    };

    /// Two nodes over one store, with the same two relays.
    struct Town {
        store: Arc<dyn Store>,
        clock: ManualClock,
        relays: [Arc<Scripted>; 2],
        nodes: [Canary; 2],
        _folder: tempfile::TempDir,
    }

    impl Town {
        async fn new(relays: [Scripted; 2]) -> Self {
            let folder = tempfile::tempdir().expect("folder");
            let store = store::open(&folder.path().join("canary.db").display().to_string()).await.expect("database");
            let (clock, relays) = (ManualClock::at(start()), relays.map(Arc::new));
            let node = |seed| {
                let clock: Arc<dyn Clock> = Arc::new(clock.clone());
                let [a, b] = relays.clone().map(|relay| relay as Arc<dyn EmailChannel>);
                let road = Road::new("email", vec![provider("a", a), provider("b", b)], ground(&clock));
                Canary {
                    settings: CanarySettings { email: Some("canary@gst.example".parse().expect("address")), sms: None },
                    channels: Channels { email: Arc::new(road), ..Arc::new(Scripted::default()).channels(&clock) },
                    store: store.clone(),
                    clock,
                    chance: Arc::new(SeededChance::new(seed)),
                }
            };
            let nodes = [node(1), node(2)];
            Self { store, clock, relays, nodes, _folder: folder }
        }

        async fn both_sing(&self) {
            for node in &self.nodes {
                node.sing().await.expect("sung");
            }
        }

        fn sent(&self) -> [usize; 2] {
            self.relays.each_ref().map(|relay| relay.count())
        }
    }

    #[tokio::test]
    async fn nodes_together_send_one_message_a_minute_through_each_provider() {
        let town = Town::new([Scripted::default(), Scripted::default()]).await;
        for minute in 1..=3 {
            town.both_sing().await;
            assert_eq!(town.sent(), [minute; 2]);
            town.clock.advance(SignedDuration::from_secs(59));
            town.both_sing().await;
            assert_eq!(town.sent(), [minute; 2], "a second too early");
            town.clock.advance(SignedDuration::from_secs(1));
        }
    }

    #[tokio::test]
    async fn a_provider_that_hangs_keeps_neither_the_other_nor_the_next_minute_from_being_sung() {
        let town = Town::new([Scripted { hangs: true, ..Scripted::default() }, Scripted::default()]).await;
        let [node, _] = town.nodes;
        let (store, clock, relays) = (town.store, town.clock, town.relays);
        let accepted = async |at: Timestamp| {
            let proven = async {
                while store
                    .read()
                    .await
                    .expect("read")
                    .canaries()
                    .await
                    .expect("read")
                    .iter()
                    .all(|canary| canary.accepted_at != Some(at))
                {
                    time::sleep(Duration::from_millis(2)).await;
                }
            };
            assert!(time::timeout(Duration::from_secs(5), proven).await.is_ok(), "the other one is proven meanwhile");
        };
        let node = Arc::new(node);
        for minute in 1..=2 {
            let singing = tokio::spawn({
                let node = node.clone();
                async move { node.sing().await }
            });
            until("both are asked", || relays.iter().all(|relay| relay.count() == minute)).await;
            accepted(clock.now()).await;
            // With nothing left to do but to wait for the one that hangs, time goes by itself.
            time::pause();
            let sung = time::timeout(Duration::from_secs(60), singing).await.expect("it is given up on");
            sung.expect("no panic").expect("sung");
            time::resume();
            clock.advance(SignedDuration::from_mins(1));
        }
    }
}
