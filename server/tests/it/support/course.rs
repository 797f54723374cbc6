//! ASPs that obtain consents and taxpayers who end them, for as long as servers and databases fail around them. What
//! was acknowledged is remembered, and looked for in the end.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use app::model::{
    Timestamp,
    alert::{AlertKind, Channel, DeliveryState, Outcome},
    consent::Consent,
    event::Deed,
};
use reqwest::{Client, redirect};
use server::{
    chance::SystemChance,
    clock::{Clock, SystemClock},
    demo::{cast::Player, inbox::Inbox, smtp_sink::SmtpSink},
    store::{Store, port::DeliverySearch},
    vault::Purpose,
    wire_client::{WireClient, WireClientError},
};
use tokio::{
    sync::{RwLock, watch},
    task::spawn_blocking,
    time,
};
use tokio_util::sync::CancellationToken;

use super::{
    fleet::Fleet,
    lane::{self, Lane},
    process::asp_access,
    serve::Providers,
    sms_gateway::{self, Taken},
};

/// Taxpayers at once.
const LANES: usize = 6;
/// An OTP that takes longer was lost with the server that should have sent it.
const OTP_MAX: Duration = Duration::from_secs(5);
/// How long a step may be waited for: longer than any failure of a test lasts.
const STEP_MAX: Duration = Duration::from_secs(90);
/// Until everything owed is sent: the leases of a killed server run for 60 s.
const DRAIN_MAX: Duration = Duration::from_secs(120);
/// SMS owed to one taxpayer: more than a course comes to.
const SMS_MAX: u32 = 20_000;
/// Between two looks, and between an attempt that failed and the next.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A consent that was acknowledged to an ASP by its token.
pub(crate) struct Acknowledged {
    token: String,
    lane: usize,
    /// Its end was acknowledged to the taxpayer.
    revoked: bool,
}

/// Everything that the relay and the SMS gateway took in; the inbox keeps only the newest.
#[derive(Clone, Default)]
struct Arrived(Arc<Mutex<HashSet<Message>>>);

/// By which road, to whom, and what.
type Message = (Channel, String, String);

impl Arrived {
    async fn gather(self, inbox: Inbox) {
        loop {
            let items = inbox.all().into_iter().map(|item| (item.channel, item.to, item.text));
            self.0.lock().expect("lock").extend(items);
            time::sleep(LOOK_EVERY).await;
        }
    }

    /// Different texts that reached somebody on a channel and hold this.
    fn texts(&self, channel: Channel, to: &str, holding: &str) -> usize {
        let arrived = self.0.lock().expect("lock");
        arrived.iter().filter(|(by, whom, text)| *by == channel && whom == to && text.contains(holding)).count()
    }
}

/// The servers and everybody around them.
pub(crate) struct Course {
    pub(crate) fleet: RwLock<Fleet>,
    pub(crate) http: Client,
    pub(crate) lanes: Vec<Lane>,
    /// Leads to wherever the database is.
    store: Arc<dyn Store>,
    /// The same, as an address.
    address: String,
    player: Player,
    inbox: Inbox,
    arrived: Arrived,
    /// What the SMS gateway took.
    taken: Taken,
    began: Timestamp,
    attempts: AtomicUsize,
    steps: watch::Sender<usize>,
    done: CancellationToken,
    _relay: SmtpSink,
}

impl Course {
    /// Starts one server for each of these addresses of one database, which `store` leads to as well.
    pub(crate) async fn start(databases: &[String], store: Arc<dyn Store>) -> Arc<Self> {
        let inbox = Inbox::default();
        let relay = SmtpSink::start(inbox.clone(), Arc::new(SystemClock), 0).await.expect("relay");
        let (taken, began) = (Taken::default(), SystemClock.now());
        let sms_url = sms_gateway::start_noting(inbox.clone(), Arc::new(SystemChance), taken.clone()).await;
        let player = lane::register(&*store).await;
        let mut lanes = Vec::new();
        for number in 0..LANES {
            lanes.push(Lane::open(number, &*store).await);
        }
        let arguments = ["--otp-requests-per-taxpayer-max", "100000", "--smtp-security", "plain"];
        let providers = Providers { smtp_port: relay.address.port(), sms_url };
        let arrived = Arrived::default();
        tokio::spawn(arrived.clone().gather(inbox.clone()));
        let fleet = RwLock::new(Fleet::start(databases, providers, &arguments).await);
        let client = Client::builder().redirect(redirect::Policy::none()).timeout(Duration::from_secs(20));
        Arc::new(Self {
            fleet,
            http: client.build().expect("client"),
            lanes,
            store,
            address: databases[0].clone(),
            player,
            inbox,
            arrived,
            taken,
            began,
            attempts: AtomicUsize::new(0),
            steps: watch::Sender::new(0),
            done: CancellationToken::new(),
            _relay: relay,
        })
    }

    pub(crate) async fn urls(&self) -> Vec<String> {
        self.fleet.read().await.urls()
    }

    /// Waits until so many more grants and revokes were acknowledged.
    pub(crate) async fn after(&self, steps: usize) {
        let mut reached = self.steps.subscribe();
        let until = *reached.borrow_and_update() + steps;
        let waited = time::timeout(STEP_MAX, reached.wait_for(|reached| *reached >= until)).await;
        waited.expect("the servers go on working").expect("the course counts");
    }

    /// Runs the lanes for as long as the failures take; then everything that was acknowledged.
    pub(crate) async fn during(self: &Arc<Self>, failures: impl Future<Output = ()>) -> Vec<Acknowledged> {
        let lanes: Vec<_> = (0..LANES).map(|lane| tokio::spawn(self.clone().lane(lane))).collect();
        failures.await;
        self.done.cancel();
        let mut acknowledged = Vec::new();
        for lane in lanes {
            acknowledged.extend(lane.await.expect("a lane"));
        }
        acknowledged
    }

    async fn lane(self: Arc<Self>, number: usize) -> Vec<Acknowledged> {
        let lane = &self.lanes[number];
        let mut acknowledged = Vec::new();
        while !self.done.is_cancelled() {
            let Some(token) = self.grant(lane).await else {
                time::sleep(LOOK_EVERY).await;
                continue;
            };
            self.steps.send_modify(|steps| *steps += 1);
            let revoked = acknowledged.len() % 2 == 0;
            if revoked {
                let consent = self.consent(lane, &token).await;
                let first = self.attempts.fetch_add(1, Ordering::Relaxed);
                lane.revoke(&self.urls().await, &self.http, consent.id, first).await;
                self.steps.send_modify(|steps| *steps += 1);
            }
            acknowledged.push(Acknowledged { token, lane: number, revoked });
        }
        acknowledged
    }

    /// One attempt to obtain consent, on the next server; `None` where a failure came in between.
    async fn grant(&self, lane: &Lane) -> Option<String> {
        let urls = self.urls().await;
        let url = &urls[self.attempts.fetch_add(1, Ordering::Relaxed) % urls.len()];
        let (id, secret) = (&self.player.application.client_id, &self.player.client_secret);
        let (user, gstin) = (&lane.taxpayer.username, lane.taxpayer.gstin);
        let mut asp = WireClient::new(url, id, secret, user, gstin, Arc::new(SystemChance)).expect("a client");
        let asked_at = SystemClock.now();
        answered(asp.otp_request().await)?;
        let sent = self.inbox.first(|item| {
            item.channel == Channel::Sms
                && item.at >= asked_at
                && item.to == lane.signatory.mobile.as_str()
                && item.text.contains("is the OTP")
        });
        let sent = time::timeout(OTP_MAX, sent).await.ok()?;
        let otp = sent.text.split_whitespace().next().expect("an OTP").to_owned();
        answered(asp.auth_token(&otp).await)?;
        Some(asp.session_token().expect("a token").expose().to_owned())
    }

    /// The consent behind a token that was given out; asks again for as long as the database is away.
    async fn consent(&self, lane: &Lane, token: &str) -> Consent {
        let began = server::clock::stopwatch();
        let hash = lane::vault().hash(Purpose::Token, token.as_bytes());
        loop {
            let found = async {
                let mut work = self.store.read().await?;
                let session = work.session(hash).await?.expect("the session of an acknowledged token");
                work.consent(lane.taxpayer.gstin, session.session.consent).await
            };
            match found.await {
                Ok(consent) => return consent.expect("its consent"),
                Err(error) => assert!(began.elapsed() < STEP_MAX, "the database stays away: {error}"),
            }
            time::sleep(LOOK_EVERY).await;
        }
    }

    /// Waits until everything owed was taken over by its provider, then looks for everything acknowledged and reads the
    /// whole database for what must not be.
    pub(crate) async fn check(&self, acknowledged: &[Acknowledged]) {
        self.drained().await;
        // What was taken over last is gathered, too.
        time::sleep(2 * LOOK_EVERY).await;
        assert!(acknowledged.len() > LANES, "only {} consents were given", acknowledged.len());
        for Acknowledged { token, lane, revoked } in acknowledged {
            let lane = &self.lanes[*lane];
            let consent = self.consent(lane, token).await;
            let mut work = self.store.read().await.expect("read");
            let events = work.events(consent.gstin, consent.id).await.expect("events");
            let count = |of: fn(&Deed) -> bool| events.iter().filter(|event| of(&event.deed)).count();
            assert_eq!(count(|deed| matches!(deed, Deed::Granted { .. })), 1, "given once: {events:?}");
            assert_eq!(count(|deed| matches!(deed, Deed::Revoked)), usize::from(*revoked), "ended once: {events:?}");
            assert!(!revoked || consent.ended.is_some(), "its end was acknowledged");
            let told = work.alerts_of_consent(consent.gstin, consent.id).await.expect("alerts");
            let given: Vec<_> =
                told.iter().filter(|told| told.alert.matter.kind() == AlertKind::ConsentGiven).collect();
            let channels: Vec<_> = given.iter().flat_map(|told| &told.deliveries).map(|one| one.channel).collect();
            let each: HashSet<_> = channels.iter().collect();
            assert_eq!((given.len(), channels.len(), each.len()), (1, 2, 2), "told once on each channel: {told:?}");
            let deliveries: Vec<_> = told.iter().flat_map(|told| &told.deliveries).collect();
            assert!(deliveries.iter().all(|delivery| delivery.state == DeliveryState::Accepted), "{told:?}");
            // Not what the database says alone: what really arrived. Mails name the consent.
            let by = |channel: Channel| deliveries.iter().filter(|delivery| delivery.channel == channel).count();
            let mails = self.arrived.texts(Channel::Email, lane.signatory.email.as_str(), &consent.id.to_string());
            assert!(mails >= by(Channel::Email), "{mails} mails arrived about {}: {told:?}", consent.id);
        }
        for lane in &self.lanes {
            self.sms_arrived(lane).await;
        }
        self.verified().await;
    }

    /// That the gateway took every SMS that the database says it took. An SMS names the minute of a consent only: it is known
    /// by the reference that the gateway gave to it, and one that went out twice has two.
    async fn sms_arrived(&self, lane: &Lane) {
        let search = DeliverySearch {
            since: self.began,
            until: None,
            states: Vec::new(),
            channel: Some(Channel::Sms),
            kind: None,
            gstin: Some(lane.taxpayer.gstin),
            after: None,
            limit: SMS_MAX,
        };
        let owed = self.store.read().await.expect("read").find_deliveries(&search).await.expect("deliveries");
        assert!(!owed.is_empty() && owed.len() < SMS_MAX as usize, "{} SMS owed", owed.len());
        let references: HashSet<_> = owed
            .iter()
            .map(|owed| match owed.last.as_ref().map(|last| &last.outcome) {
                Some(Outcome::Accepted { provider_ref: Some(reference) }) => reference,
                _ => panic!("not taken over: {owed:?}"),
            })
            .collect();
        assert_eq!(references.len(), owed.len(), "each has its own");
        assert!(references.into_iter().all(|reference| self.taken.holds(reference)), "the gateway took it");
    }

    /// That the command which looks for broken rules finds none.
    async fn verified(&self) {
        let mut verify = asp_access();
        verify.args(["verify", "--database", &self.address]);
        let said = spawn_blocking(move || verify.output().expect("runs")).await.expect("ended");
        assert!(
            said.status.success(),
            "{}\n{}",
            String::from_utf8_lossy(&said.stdout),
            String::from_utf8_lossy(&said.stderr)
        );
    }

    async fn drained(&self) {
        let began = server::clock::stopwatch();
        loop {
            let mut work = self.store.read().await.expect("read");
            let mut due = Vec::new();
            for channel in Channel::ALL {
                due.extend(work.next_delivery_due(channel).await.expect("read"));
            }
            drop(work);
            if due.is_empty() {
                return;
            }
            assert!(began.elapsed() < DRAIN_MAX, "alerts are still owed: {due:?}");
            time::sleep(LOOK_EVERY).await;
        }
    }
}

/// `None` where a failure is allowed to show: nobody answers, the server says that it cannot, or the OTP is one that
/// a failure made old.
fn answered(answer: Result<(), WireClientError>) -> Option<()> {
    match answer {
        Ok(()) => Some(()),
        Err(WireClientError::Unreachable(_)) => None,
        Err(WireClientError::Refused { error_cd, .. }) if ["TEC4001", "AUTH4034"].contains(&error_cd.as_str()) => None,
        Err(error) => panic!("{error}"),
    }
}
