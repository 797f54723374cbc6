//! `serve` is killed (SIGKILL) again and again while consents are given: nothing acknowledged may be lost, and every
//! alert owed must still go out.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs,
    net::{Ipv4Addr, SocketAddr},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use app::model::{
    Timestamp,
    alert::{AlertKind, Channel, DeliveryState},
    event::Deed,
    gstin::Gstin,
    id::ApplicationId,
    taxpayer::{Signatory, Taxpayer},
};
use server::{
    chance::{Chance, SeededChance},
    clock::{Clock, SystemClock},
    demo::{
        cast::{self, Player},
        inbox::Inbox,
        seed,
    },
    ledger,
    store::{self, Store},
    vault::{Purpose, Vault},
    wire_client::{WireClient, WireClientError},
};
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use tempfile::TempDir;
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::watch,
    time,
};
use tokio_util::sync::CancellationToken;

use crate::support::{
    exim::Exim,
    process::asp_access,
    serve::{SMS_PASSWORD, SMS_SECURE_KEY, SMS_USER},
    sms_gateway,
};

const GRANTS: usize = 200;
const KILLS_MIN: u32 = 12;
/// A kill follows so many steps (OTP asked for, OTP shown, answer seen) after the restart before it, at random.
const STEPS_BETWEEN_KILLS: (u32, u32) = (10, 40);
/// And then so many milliseconds later, at random: within the transaction, the dispatch or the answer.
const MILLIS_BEFORE_KILL: u32 = 25;
const SEED: u64 = 0x5160;
const ROOT_KEY: [u8; 32] = [7; 32];
const MAIL_DOMAIN: &str = "gst.example.in";
const LOOK_EVERY: Duration = Duration::from_millis(5);
const READY_MAX: Duration = Duration::from_secs(20);
const OTP_MAX: Duration = Duration::from_secs(20);
const GRANTS_MAX: Duration = Duration::from_secs(120);
/// The leases of a killed server run for 60 s.
const DRAIN_MAX: Duration = Duration::from_secs(90);

/// A token that the wire gave out: the consent behind it may not be lost.
struct Acknowledged {
    token: String,
    gstin: Gstin,
    application: ApplicationId,
}

/// What `serve` is started with, each time the same.
struct Setup {
    folder: TempDir,
    port: u16,
    smtp_port: u16,
    ca_file: String,
    sms_url: String,
}

impl Setup {
    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn write_files(&self) {
        let secret = |name: &str, text: &str| {
            let mut options = fs::OpenOptions::new();
            let mut file = options.write(true).create_new(true).mode(0o600).open(self.path(name)).expect("file");
            std::io::Write::write_all(&mut file, text.as_bytes()).expect("secret");
        };
        let portal = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("key");
        secret("root.key", &hex::encode(ROOT_KEY));
        secret("smtp.password", "right\n");
        secret("sms.password", SMS_PASSWORD);
        secret("sms.key", SMS_SECURE_KEY);
        secret("portal.pem", &portal.public_key_pem());
    }

    fn start(&self) -> Process {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.path("server.log")).expect("log");
        let child = Command::new(env!("CARGO_BIN_EXE_asp-access"))
            .arg("serve")
            .args(["--listen", &format!("127.0.0.1:{}", self.port)])
            .args(["--database", &self.path("test.db"), "--root-key-file", &self.path("root.key")])
            .args(["--public-url", "https://access.example.in", "--hand-off-key-file", &self.path("portal.pem")])
            .args(["--site", &self.path("site")])
            .args(["--smtp-host", "127.0.0.1", "--smtp-port", &self.smtp_port.to_string()])
            .args(["--smtp-security", "starttls", "--smtp-ca-file", &self.ca_file])
            .args(["--smtp-user", "relay", "--smtp-password-file", &self.path("smtp.password")])
            .args(["--mail-from", &format!("no-reply@{MAIL_DOMAIN}")])
            .args(["--sms-url", &self.sms_url, "--sms-user", SMS_USER])
            .args(["--sms-password-file", &self.path("sms.password"), "--sms-key-file", &self.path("sms.key")])
            .args(["--otp-requests-per-taxpayer-max", "1000"])
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the server starts");
        Process(child)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("server.log")).unwrap_or_default()
    }
}

/// A running server, killed when dropped.
struct Process(Child);

impl Process {
    /// SIGKILL.
    fn kill(&mut self) {
        assert_eq!(self.0.try_wait().expect("status"), None, "the server ended by itself");
        self.0.kill().expect("kill");
        self.0.wait().expect("status");
    }

    /// SIGTERM; the server ends in good order.
    async fn stop(mut self) {
        let told = Command::new("sh").args(["-c", "kill -TERM \"$0\"", &self.0.id().to_string()]).status();
        assert!(told.expect("sh").success());
        let status = time::timeout(READY_MAX, async {
            loop {
                if let Some(status) = self.0.try_wait().expect("status") {
                    return status;
                }
                time::sleep(LOOK_EVERY).await;
            }
        });
        assert!(status.await.expect("the server stops in time").success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Already gone is as good as stopped.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the clients and the killer share.
struct Course {
    setup: Setup,
    inbox: Inbox,
    chance: Arc<dyn Chance>,
    kills: AtomicU32,
    steps: watch::Sender<u32>,
    /// AUTHTOKENs whose answer was lost with the server: given or not, the client cannot know.
    unanswered: AtomicU32,
}

impl Course {
    fn step(&self) {
        self.steps.send_modify(|steps| *steps += 1);
    }

    async fn until_listening(&self) {
        let connect = async {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, self.setup.port)).await.is_err() {
                time::sleep(LOOK_EVERY).await;
            }
        };
        let listening = time::timeout(READY_MAX, connect).await;
        assert!(listening.is_ok(), "the server does not listen; its log: {}", self.setup.log());
    }

    /// The OTP that a server sent; `None` where it was killed before.
    async fn otp(&self, signatory: &Signatory, since: Timestamp, kills: u32) -> Option<String> {
        let digits = |text: &str| {
            let mut words = text.split_whitespace();
            words.find(|word| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit())).map(str::to_owned)
        };
        let arrived = || {
            let items = self.inbox.all();
            let mut mine = items.iter().filter(|item| item.at >= since && item.to == signatory.mobile.as_str());
            mine.find_map(|item| digits(&item.text))
        };
        let look = async {
            loop {
                let killed = self.kills.load(Ordering::SeqCst) != kills;
                if let Some(otp) = arrived() {
                    return Some(otp);
                }
                if killed {
                    return None;
                }
                time::sleep(LOOK_EVERY).await;
            }
        };
        let otp = time::timeout(OTP_MAX, look).await;
        otp.unwrap_or_else(|_| panic!("a living server sent no OTP; its log: {}", self.setup.log()))
    }

    /// One attempt to obtain consent; `None` where the server was killed in its course.
    async fn attempt(&self, player: &Player, taxpayer: &Taxpayer, signatory: &Signatory) -> Option<String> {
        let kills = self.kills.load(Ordering::SeqCst);
        let mut asp = WireClient::new(
            &format!("http://127.0.0.1:{}", self.setup.port),
            &player.application.client_id,
            &player.client_secret,
            &taxpayer.username,
            taxpayer.gstin,
            self.chance.clone(),
        )
        .expect("client");
        let asked_at = SystemClock.now();
        self.step();
        match asp.otp_request().await {
            Ok(()) => {}
            Err(WireClientError::Unreachable(_)) => {
                self.until_listening().await;
                return None;
            }
            Err(error) => panic!("OTPREQUEST: {error}; the server's log: {}", self.setup.log()),
        }
        let otp = self.otp(signatory, asked_at, kills).await?;
        self.step();
        let answer = asp.auth_token(&otp).await;
        self.step();
        match answer {
            Ok(()) => Some(asp.session_token().expect("a token").expose().to_owned()),
            Err(WireClientError::Unreachable(_)) => {
                self.unanswered.fetch_add(1, Ordering::SeqCst);
                self.until_listening().await;
                None
            }
            // The SMS of a request made before a kill, arriving after the next request.
            Err(WireClientError::Refused { error_cd, .. })
                if error_cd == "AUTH4034" && self.kills.load(Ordering::SeqCst) > 0 =>
            {
                None
            }
            Err(error) => panic!("AUTHTOKEN: {error}; the server's log: {}", self.setup.log()),
        }
    }

    /// The grants of the taxpayers of one signatory, one after the other: their OTPs arrive at one number.
    async fn lane(self: Arc<Self>, taxpayers: Vec<(Taxpayer, Signatory)>, grants: usize) -> Vec<Acknowledged> {
        let players = cast::players();
        let mut acknowledged = Vec::new();
        for turn in 0..grants {
            let (taxpayer, signatory) = &taxpayers[turn % taxpayers.len()];
            let player = &players[turn / taxpayers.len() % players.len()];
            let token = loop {
                if let Some(token) = self.attempt(player, taxpayer, signatory).await {
                    break token;
                }
            };
            let application = player.application.id;
            acknowledged.push(Acknowledged { token, gstin: taxpayer.gstin, application });
        }
        acknowledged
    }

    /// Kills and restarts the server until the clients are done; gives the last one back.
    async fn kill_again_and_again(self: Arc<Self>, mut server: Process, done: CancellationToken) -> Process {
        let chance: &dyn Chance = &SeededChance::new(SEED);
        let mut steps = self.steps.subscribe();
        loop {
            let (least, most) = STEPS_BETWEEN_KILLS;
            let until = *steps.borrow_and_update() + least + chance.below(most - least + 1);
            tokio::select! {
                () = done.cancelled() => return server,
                reached = steps.wait_for(|steps| *steps >= until) => drop(reached.expect("the clients count steps")),
            }
            time::sleep(Duration::from_millis(chance.below(MILLIS_BEFORE_KILL).into())).await;
            server.kill();
            self.kills.fetch_add(1, Ordering::SeqCst);
            server = self.setup.start();
            self.until_listening().await;
        }
    }
}

async fn look_at(database: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new().filename(database).read_only(true);
    SqlitePoolOptions::new().max_connections(1).connect_with(options).await.expect("database")
}

/// Waits until no delivery waits any more.
async fn drained(pool: &SqlitePool, log: impl Fn() -> String) {
    let began = server::clock::stopwatch();
    loop {
        let left: i64 = sqlx::query_scalar(
            "select count(*) from delivery where state in ('queued', 'sending', 'temporary_failure')",
        )
        .fetch_one(pool)
        .await
        .expect("count");
        if left == 0 {
            return;
        }
        assert!(began.elapsed() < DRAIN_MAX, "{left} deliveries still wait; the server's log: {}", log());
        time::sleep(Duration::from_millis(200)).await;
    }
}

/// Every acknowledged token has its consent, and that its event.
async fn check_acknowledged(store: &dyn Store, vault: &Vault, acknowledged: &[Acknowledged]) {
    let mut work = store.read().await.expect("read");
    for Acknowledged { token, gstin, application } in acknowledged {
        let row = work.session(vault.hash(Purpose::Token, token.as_bytes())).await.expect("read");
        let session = row.expect("the session of an acknowledged token").session;
        let consent = work.consent(*gstin, session.consent).await.expect("read").expect("its consent");
        assert_eq!(consent.application, *application);
        let events = work.events(*gstin, consent.id).await.expect("read");
        let granted = events.iter().filter(|event| matches!(event.deed, Deed::Granted { .. })).count();
        assert_eq!(granted, 1, "an acknowledged consent has its event");
    }
}

/// Every chain holds, and each consent given was told of once on each channel. The e-mail deliveries since `start`,
/// and how many consents were given in all.
async fn check_chains_and_alerts(store: &dyn Store, start: Timestamp) -> (HashSet<String>, i64) {
    let (mut mails, mut grants) = (HashSet::new(), 0);
    let mut work = store.read().await.expect("read");
    for (Taxpayer { gstin, .. }, _, _) in cast::taxpayers() {
        let mut last = None;
        loop {
            let chain = work.chain(gstin, last.map_or(0, |link: server::store::port::ChainLink| link.seq)).await;
            let chain = chain.expect("chain");
            if chain.is_empty() {
                break;
            }
            assert_eq!(ledger::broken_at(last, &chain).expect("hashes"), None, "the chain of {gstin} is broken");
            for (event, _) in chain.iter().filter(|(event, _)| matches!(event.deed, Deed::Granted { .. })) {
                grants += 1;
                let told = work.alerts_of_consent(gstin, event.consent.expect("of a consent")).await.expect("alerts");
                let given: Vec<_> =
                    told.iter().filter(|told| told.alert.matter.kind() == AlertKind::ConsentGiven).collect();
                let deliveries: Vec<_> = given.iter().flat_map(|told| &told.deliveries).collect();
                let channels: HashSet<_> = deliveries.iter().map(|delivery| delivery.channel).collect();
                assert_eq!((given.len(), deliveries.len(), channels.len()), (1, 2, 2), "{told:?}");
                assert!(deliveries.iter().all(|delivery| delivery.state == DeliveryState::Accepted), "{told:?}");
                let by_mail =
                    deliveries.iter().filter(|delivery| delivery.channel == Channel::Email && event.at >= start);
                mails.extend(by_mail.map(|delivery| delivery.id.0.to_string()));
            }
            last = chain.last().map(|(_, link)| *link);
        }
    }
    (mails, grants)
}

/// The relay holds each mail owed at least once, and none that nobody knows of. How many came more than once.
fn check_mails(mails: &[String], owed: &HashSet<String>, otps: &HashSet<String>) -> usize {
    let mut counts = HashMap::<&str, usize>::new();
    for mail in mails {
        let id = mail.lines().find_map(|line| line.strip_prefix("Message-ID: <")).expect("a Message-ID");
        let (id, domain) = id.trim_end_matches('>').split_once('@').expect("a Message-ID with a domain");
        assert_eq!(domain, MAIL_DOMAIN);
        assert!(owed.contains(id) || otps.contains(id), "a mail of no delivery and no OTP: {id}");
        *counts.entry(id).or_default() += 1;
    }
    let missing: Vec<_> = owed.iter().filter(|id| !counts.contains_key(id.as_str())).collect();
    assert!(missing.is_empty(), "accepted, but not at the relay: {missing:?}");
    owed.iter().map(|id| counts[id.as_str()] - 1).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "how often a mail was repeated is worth knowing, and is not asserted")]
async fn nothing_acknowledged_is_lost_however_often_the_server_is_killed() {
    let (began, exim, inbox) = (server::clock::stopwatch(), Exim::start(), Inbox::default());
    let chance: Arc<dyn Chance> = Arc::new(SeededChance::new(SEED));
    // Bound for as long as the test runs, so that nobody else is given the port while the server is down.
    let held = TcpSocket::new_v4().expect("socket");
    held.set_reuseaddr(true).expect("option");
    held.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("port");
    let setup = Setup {
        folder: tempfile::tempdir().expect("folder"),
        port: held.local_addr().expect("address").port(),
        smtp_port: exim.port,
        ca_file: exim.ca_file().display().to_string(),
        sms_url: sms_gateway::start(inbox.clone(), chance.clone()).await,
    };
    setup.write_files();
    let database = setup.folder.path().join("test.db");
    let vault = Vault::new(&ROOT_KEY, chance.clone());
    let store = store::open(database.to_str().expect("a path of text")).await.expect("database");
    let start = SystemClock.now();
    assert!(seed::seed(&*store, &vault, &*chance, start).await.expect("seed"));
    store.close().await;

    let course = Arc::new(Course {
        setup,
        inbox,
        chance,
        kills: AtomicU32::new(0),
        steps: watch::Sender::new(0),
        unanswered: AtomicU32::new(0),
    });
    let server = course.setup.start();
    course.until_listening().await;
    let done = CancellationToken::new();
    let killer = tokio::spawn(course.clone().kill_again_and_again(server, done.clone()));
    let mut people = BTreeMap::<_, Vec<_>>::new();
    for (taxpayer, _, signatory) in cast::taxpayers() {
        people.entry(signatory.id.0).or_default().push((taxpayer, signatory));
    }
    let lanes = people.len();
    let lanes = people.into_values().enumerate().map(|(number, taxpayers)| {
        let grants = GRANTS / lanes + usize::from(number < GRANTS % lanes);
        course.clone().lane(taxpayers, grants)
    });
    let acknowledged = time::timeout(GRANTS_MAX, futures::future::join_all(lanes)).await;
    let acknowledged: Vec<_> = acknowledged.expect("the grants are made in time").into_iter().flatten().collect();
    done.cancel();
    let server = killer.await.expect("killer");
    let granted_in = began.elapsed();
    let looking = look_at(&database).await;
    drained(&looking, || course.setup.log()).await;
    server.stop().await;
    let otps: Vec<String> =
        sqlx::query_scalar("select lower(hex(id)) from otp_request").fetch_all(&looking).await.expect("OTPs");
    let otps = otps.iter().map(|id| uuid::Uuid::try_parse(id).expect("id").to_string()).collect();
    let consents: i64 = sqlx::query_scalar("select count(*) from consent").fetch_one(&looking).await.expect("count");
    looking.close().await;

    let store = store::open(database.to_str().expect("a path of text")).await.expect("database");
    assert_eq!(acknowledged.len(), GRANTS);
    check_acknowledged(&*store, &vault, &acknowledged).await;
    let (owed, grants) = check_chains_and_alerts(&*store, start).await;
    assert_eq!(grants, consents, "each consent has the event of its grant, and no event is without one");
    store.close().await;
    let verified = asp_access().args(["verify", "--database"]).arg(&database).output().expect("runs");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
    assert!(owed.len() >= GRANTS);
    let mails = exim.mails();
    let repeats = check_mails(&mails, &owed, &otps);
    let (kills, unanswered) = (course.kills.load(Ordering::SeqCst), course.unanswered.load(Ordering::SeqCst));
    println!(
        "{kills} kills, {GRANTS} grants acknowledged, {unanswered} unanswered, {} consents given; {} mails, {repeats} \
         alerts repeated under their Message-ID; granted in {granted_in:?}, all in {:?}",
        owed.len(),
        mails.len(),
        began.elapsed()
    );
    assert!(kills >= KILLS_MIN, "only {kills} kills");
}
