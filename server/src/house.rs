//! The house put together: one set of settings becomes one running server.

use std::{path::PathBuf, sync::Arc, time::Duration};

use app::model::{access_window::WindowSteps, alert::RetrySchedule, otp::OtpRules, unusual::Thresholds};
use axum::{
    Router, ServiceExt,
    extract::{Request, State},
    http::{Uri, header::CONNECTION},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, task::JoinSet, time};
use tokio_util::sync::CancellationToken;
use tower::{Layer, util::MapRequestLayer};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer, trace::TraceLayer};

use crate::{
    alerts::{
        bounces::{BadReturnPath, BounceSettings, ReturnPath},
        callbacks::{self, Callbacks},
        channels::{Channels, EmailChannel, SmsChannel},
        dispatcher::{Dispatcher, Limits, Wake},
        inbound,
        kept_outbox::KeptOutbox,
        message::Composer,
        otp_post::{OtpPost, OtpPostWorker},
        providers::{
            balance::BalanceRules,
            breaker::BreakerRules,
            canary::{Canary, CanarySettings, Proofs},
            config::Plan,
            road::{Ground, Provider, Road},
            tap::KeptMains,
        },
        sms_template::SmsTemplates,
    },
    bodies,
    chance::Chance,
    clock::Clock,
    consent::Consents,
    enforce::{self, Checks, Remembering, Watch},
    gateway::{
        self, Gateway,
        key_store::{KeyStore, KeyStoreError},
        wire::normalise_path,
    },
    ledger::{self, Ledger, LedgerError, SigningKeys},
    metrics::Watched,
    nodes::{Nodes, Protection},
    outgoing::{Loopback, Outgoing},
    paper::Printer,
    portal::{self, HandOffKey, Portal},
    preferences::Preferences,
    problem::Problem,
    push::{self, Bell, Polls, Pusher, SetWriter},
    receipts::Receipts,
    store::{self, Retention, Store, StoreError},
    vault::Vault,
};

/// How long a stop may take: requests in flight end, leases are given back, the database is let go.
const STOP_MAX: Duration = Duration::from_secs(10);
/// The parts of that time. Together they stay below the whole, so that whoever waits for it does not kill us.
const REQUESTS_PART: f32 = 0.45;
const WORKERS_PART: f32 = 0.4;
/// Of the workers' part: what they are sending. The rest is for giving back what they leave.
const SENDING_PART: f32 = 0.3;
const STORE_PART: f32 = 0.1;
/// How often the keys of the wire and those that sign are read again.
const RELOAD_KEYS_EVERY: Duration = Duration::from_secs(60);

/// How often room is made for the months to come.
const HOUSEKEEP_EVERY: Duration = Duration::from_secs(60 * 60);

/// What an operator decides about the control of access.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Control {
    /// From when on use is unusual.
    pub thresholds: Thresholds,
    /// The durations that API access is offered for.
    pub window_steps: WindowSteps,
}

/// Everything that an operator decides.
pub struct Settings {
    /// The address of the database (see [`store::open`]).
    pub database: String,
    /// How long rows are kept.
    pub retention: Retention,
    /// What every secret is kept under.
    pub root_key: [u8; 32],
    /// Where browsers reach this server.
    pub public_url: String,
    /// Where a person signs in.
    pub sign_in_url: Option<String>,
    /// The portal's public key, PEM.
    pub hand_off_key: Vec<u8>,
    /// The folder with the browser's half.
    pub site: PathBuf,
    /// The folder with the fonts of PDF documents.
    pub fonts: PathBuf,
    /// The mail relays and SMS gateways.
    pub providers: Plan,
    /// Where mails come back to.
    pub bounces: BounceSettings,
    /// The registered SMS templates.
    pub sms_templates: SmsTemplates,
    /// How often OTPs may be asked for and answered.
    pub otp_rules: OtpRules,
    /// Live sessions that a taxpayer may have through one GSP.
    pub sessions_per_gsp_max: u32,
    /// Thresholds and steps.
    pub control: Control,
    /// How this server is called among others, in logs and in the database.
    pub node_name: String,
    /// Whether leases are obeyed.
    pub protection: Protection,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Draws what must not be guessed.
    pub chance: Arc<dyn Chance>,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum CannotStart {
    /// The database.
    #[error("the database cannot be used")]
    Store(#[from] StoreError),
    /// The keys of the wire.
    #[error("the keys of the wire cannot be used")]
    Keys(#[from] KeyStoreError),
    /// The ledger.
    #[error("the ledger cannot be used")]
    Ledger(#[from] LedgerError),
    /// Names that no SMS could carry.
    #[error("{0:?} fits no SMS: a short name has {1} characters at most, all of them GSM-7; import the registry again")]
    ShortName(String, usize),
    /// Calling GSPs.
    #[error("HTTP cannot be set up")]
    Http(#[from] reqwest::Error),
    /// Where mails come back to.
    #[error(transparent)]
    ReturnPath(#[from] BadReturnPath),
    /// The portal's public key.
    #[error("the portal's public key cannot be used")]
    HandOffKey(#[from] jsonwebtoken::errors::Error),
}

/// A server, ready to run.
pub struct House {
    /// The store, for what is done beside serving.
    pub store: Arc<dyn Store>,
    /// The vault.
    pub vault: Vault,
    /// What happens to consents.
    pub consents: Arc<Consents>,
    /// The check.
    pub checks: Arc<Checks>,
    /// This server among others.
    pub nodes: Arc<Nodes>,
    /// The wire.
    pub gateway: Arc<Gateway>,
    /// The log over all events, and the keys that sign.
    pub ledger: Arc<Ledger>,
    portal: Arc<Portal>,
    callbacks: Callbacks,
    dispatcher: Dispatcher,
    pusher: Pusher,
    otp_worker: OtpPostWorker,
    canary: CanarySettings,
    proofs: Vec<Proofs>,
    retention: Retention,
    thresholds: Thresholds,
    clock: Arc<dyn Clock>,
    stop_max: Duration,
}

impl House {
    /// Opens the store and wires everything together.
    ///
    /// # Errors
    /// [`CannotStart`] says which part and why.
    pub async fn build(settings: Settings) -> Result<Self, CannotStart> {
        let Settings { clock, chance, public_url, .. } = settings;
        let store = store::open(&settings.database).await?;
        // Without room for today's rows nothing can be written: better not to start.
        store.housekeep(clock.now(), settings.retention).await?;
        short_names_fit(&*store, &settings.sms_templates).await?;
        let vault = Vault::new(&settings.root_key, chance.clone());
        let keys = KeyStore::open(store.clone(), vault.clone(), clock.clone(), chance.clone()).await?;
        let origin = ledger::origin(&public_url);
        let ledger = Ledger::open(store.clone(), vault.clone(), clock.clone(), chance.clone(), &origin).await?;
        let ledger = Arc::new(ledger);
        let plan = settings.providers;
        let parts = (store.clone(), clock.clone(), chance.clone());
        let channels = roads(plan.email, plan.sms, (plan.balance, plan.breaker), parts);
        let bounces = settings.bounces;
        let return_path =
            bounces.address.as_ref().map(|address| ReturnPath::new(vault.clone(), address)).transpose()?;
        let composer = Arc::new(Composer { sms: settings.sms_templates, return_path });
        let (post, otp_worker) = OtpPost::new(channels.clone(), composer.clone(), clock.clone());
        let remembering = Remembering::new(&settings.node_name, settings.protection, &store, &clock, &chance);
        let nodes = remembering.nodes.clone();
        let wake = Arc::new(Wake::default());
        let bell = wake.clone();
        let alert_owed: Arc<dyn Fn() + Send + Sync> = Arc::new(move || bell.ring());
        let preferences = Preferences {
            store: store.clone(),
            vault: vault.clone(),
            clock: clock.clone(),
            chance: chance.clone(),
            post: post.clone(),
            alert_owed: alert_owed.clone(),
        };
        let consents = Consents::new(
            store.clone(),
            vault.clone(),
            clock.clone(),
            chance.clone(),
            Arc::new(post),
            nodes.clone(),
            alert_owed,
            settings.otp_rules,
        );
        let ends = Bell::default();
        let rung = ends.clone();
        let consents = consents.with_sessions_per_gsp_max(settings.sessions_per_gsp_max);
        let consents = Arc::new(consents.telling_of_ends(Arc::new(move || rung.ring())));
        let parts = callbacks::Parts {
            store: store.clone(),
            vault: vault.clone(),
            clock: clock.clone(),
            chance: chance.clone(),
            channels: channels.clone(),
            consents: consents.clone(),
        };
        let checks = checks(&parts, remembering);
        let dispatcher = dispatcher(&parts, composer, (plan.schedule, plan.limits), wake);
        let pusher = pusher(&parts, ledger.keys().clone(), &public_url, ends)?;
        let gateway = gateway(&parts, keys);
        let receipts = receipts(&parts, &ledger, &public_url);
        let reporting: Vec<_> = plan.reports.iter().map(|door| door.provider.clone()).collect();
        let proofs = plan.canary.proofs(&dispatcher.channels, &reporting, bounces.folder.is_some());
        let callbacks = Callbacks::new(parts, plan.reports, plan.inbound, &bounces);
        let portal = Arc::new(Portal {
            store: store.clone(),
            consents: consents.clone(),
            preferences,
            receipts: Arc::new(receipts),
            printer: Printer::with_fonts_in(&settings.fonts),
            vault: vault.clone(),
            clock: clock.clone(),
            chance,
            hand_off_key: HandOffKey::from_pem(&settings.hand_off_key)?,
            public_url,
            sign_in_url: settings.sign_in_url,
            window_steps: settings.control.window_steps,
            site: settings.site,
        });
        let house = Self {
            store,
            vault,
            consents,
            checks,
            nodes,
            gateway,
            ledger,
            portal,
            callbacks,
            dispatcher,
            pusher,
            otp_worker,
            canary: plan.canary,
            proofs,
            retention: settings.retention,
            thresholds: settings.control.thresholds,
            clock,
            stop_max: STOP_MAX,
        };
        Ok(house.stopping_within(STOP_MAX))
    }

    /// Lets a stop take so long; ten seconds where this is not called.
    #[must_use]
    pub fn stopping_within(mut self, stop_max: Duration) -> Self {
        self.stop_max = stop_max;
        self.dispatcher.limits.stop = stop_max.mul_f32(SENDING_PART);
        self.otp_worker.stop_max = stop_max.mul_f32(SENDING_PART);
        self.pusher.limits.stop = stop_max.mul_f32(SENDING_PART);
        self
    }

    /// Lets GSPs be called on this machine itself, and without TLS: for the demo and for tests, where GSPs are stand-ins.
    ///
    /// # Errors
    /// Where HTTP cannot be set up.
    pub fn calling_this_machine(mut self) -> Result<Self, CannotStart> {
        self.pusher.outgoing = Outgoing::new(Loopback::Allowed)?;
        Ok(self)
    }

    /// Lets the dispatcher sleep so long when nothing is due; a second where this is not called. A ring wakes it.
    #[must_use]
    pub fn idle_for(mut self, idle: Duration) -> Self {
        self.dispatcher.limits.idle = idle;
        self.pusher.limits.idle = idle;
        self
    }

    /// What whoever watches this server looks at; it is ready until it is told to stop.
    pub fn watched(&self, stop: CancellationToken) -> Watched {
        Watched {
            store: self.store.clone(),
            channels: self.dispatcher.channels.clone(),
            proofs: self.proofs.clone(),
            nodes: self.nodes.clone(),
            clock: self.clock.clone(),
            stop,
        }
    }

    /// Serves until it is told to stop, then ends what is in flight, within ten seconds: what is not done by its part of
    /// that time is broken off.
    ///
    /// # Errors
    /// Where the listener fails.
    pub async fn run(self, listener: TcpListener, more: Router, stop: CancellationToken) -> std::io::Result<()> {
        let cut = CancellationToken::new();
        let polls = Polls::beside(&self.pusher, stop.clone());
        let router = portal::routes(&self.portal)
            .merge(gateway::routes(self.gateway.clone()))
            .merge(enforce::routes(self.checks.clone()))
            .merge(ledger::routes(self.ledger.clone()))
            .merge(push::routes(Arc::new(polls)))
            .merge(self.callbacks.routes())
            .merge(more)
            .layer(middleware::from_fn_with_state(bodies::TIME_MAX, bodies::in_time))
            .layer(middleware::from_fn_with_state(cut.clone(), until_cut))
            .layer(middleware::from_fn_with_state(self.portal.clone(), portal::for_people))
            .layer(middleware::from_fn(portal::security_headers))
            .layer(CompressionLayer::new())
            .layer(CatchPanicLayer::new())
            .layer(TraceLayer::new_for_http().make_span_with(span));
        // Before routing: a real client asks for `//taxpayerapi/…`.
        let service = MapRequestLayer::new(with_single_slashes).layer(router);

        let workers = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let canary = Canary {
            settings: self.canary,
            channels: self.dispatcher.channels.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            chance: self.dispatcher.chance.clone(),
        };
        tasks.spawn(canary.run(workers.clone()));
        if let Some(maildir) = self.callbacks.maildir {
            tasks.spawn(maildir.run(workers.clone()));
        }
        tasks.spawn(self.callbacks.stop_desk.finish(workers.clone()));
        tasks.spawn(inbound::fill_in(self.store.clone(), self.vault.clone(), workers.clone()));
        tasks.spawn(self.dispatcher.run(workers.clone()));
        tasks.spawn(self.pusher.run(workers.clone()));
        tasks.spawn(self.otp_worker.run(workers.clone()));
        tasks.spawn(self.nodes.clone().keep(workers.clone()));
        tasks.spawn(self.checks.tally.clone().keep_writing(workers.clone()));
        tasks.spawn(self.consents.clone().keep_sweeping(workers.clone()));
        let watch = Watch {
            consents: self.consents.clone(),
            notebook: self.checks.tally.notebook(),
            thresholds: self.thresholds,
        };
        tasks.spawn(watch.keep_looking(workers.clone()));
        tasks.spawn(reload_keys(self.gateway.keys.clone(), self.ledger.clone(), workers.clone()));
        tasks.spawn(self.ledger.clone().keep_growing(workers.clone()));
        tasks.spawn(housekeep(self.store.clone(), self.clock, self.retention, workers.clone()));
        let stopping = stop.clone().cancelled_owned();
        let serving =
            axum::serve(listener, ServiceExt::<Request>::into_make_service(service)).with_graceful_shutdown(stopping);
        let served = tokio::select! {
            served = async { serving.await } => served,
            () = async { stop.cancelled().await; time::sleep(self.stop_max.mul_f32(REQUESTS_PART)).await } => Ok(()),
        };
        // The tasks of connections live on without the server; what they hold must come back before the store can close.
        cut.cancel();
        workers.cancel();
        let ended = async { while tasks.join_next().await.is_some() {} };
        if time::timeout(self.stop_max.mul_f32(WORKERS_PART), ended).await.is_err() {
            tracing::warn!("workers did not stop in time; their leases end by themselves");
            tasks.abort_all();
        }
        if time::timeout(self.stop_max.mul_f32(STORE_PART), self.store.close()).await.is_err() {
            tracing::warn!("a unit of work did not end in time; the database rolls it back");
        }
        served
    }
}

/// What logs tell of a request. Not its query: gateways that can only be given an address have their secret there, and pass
/// numbers on in it.
fn span(request: &Request) -> tracing::Span {
    tracing::debug_span!("request", method = %request.method(), path = request.uri().path())
}

/// Breaks off a request that is still being answered when its time is over.
async fn until_cut(State(cut): State<CancellationToken>, request: Request, next: Next) -> Response {
    tokio::select! {
        response = next.run(request) => response,
        () = cut.cancelled() => ([(CONNECTION, "close")], Problem::UNAVAILABLE).into_response(),
    }
}

/// The channels over their providers, by these rules.
fn roads(
    email: Vec<Provider<dyn EmailChannel>>,
    sms: Vec<Provider<dyn SmsChannel>>,
    (balance, breaker): (BalanceRules, BreakerRules),
    (store, clock, chance): (Arc<dyn Store>, Arc<dyn Clock>, Arc<dyn Chance>),
) -> Channels {
    let ground = Ground { mains: Arc::new(KeptMains(store)), clock, chance, balance, breaker };
    Channels {
        email: Arc::new(Road::new("email", email, ground.clone())),
        sms: Arc::new(Road::new("sms", sms, ground)),
    }
}

/// The dispatcher over the kept outbox.
fn dispatcher(
    parts: &callbacks::Parts,
    composer: Arc<Composer>,
    (schedule, limits): (RetrySchedule, Limits),
    wake: Arc<Wake>,
) -> Dispatcher {
    let callbacks::Parts { store, vault, clock, chance, channels, .. } = parts;
    let (store, vault) = (store.clone(), vault.clone());
    Dispatcher {
        worker: hex::encode(chance.bytes::<8>()).into(),
        outbox: Arc::new(KeptOutbox { store, vault, clock: clock.clone(), chance: chance.clone() }),
        channels: channels.clone(),
        composer,
        schedule: Arc::new(schedule),
        clock: clock.clone(),
        chance: chance.clone(),
        wake,
        limits,
    }
}

/// What decides calls.
fn checks(parts: &callbacks::Parts, remembering: Remembering) -> Arc<Checks> {
    let callbacks::Parts { store, vault, clock, chance, .. } = parts;
    let Remembering { nodes, memory, tally } = remembering;
    let (store, vault, clock, chance) = (store.clone(), vault.clone(), clock.clone(), chance.clone());
    Arc::new(Checks { store, vault, clock, chance, nodes, memory, tally })
}

/// The GST wire.
fn gateway(parts: &callbacks::Parts, keys: KeyStore) -> Arc<Gateway> {
    let callbacks::Parts { store, vault, clock, consents, .. } = parts;
    let (store, consents, vault, clock) = (store.clone(), consents.clone(), vault.clone(), clock.clone());
    let openings = gateway::Openings::new(store.clone());
    Arc::new(Gateway { store, consents, keys: Arc::new(keys), openings, vault, clock })
}

/// Who gives receipts out.
fn receipts(parts: &callbacks::Parts, ledger: &Arc<Ledger>, issuer: &str) -> Receipts {
    let callbacks::Parts { store, clock, consents, .. } = parts;
    let (store, consents, clock) = (store.clone(), consents.clone(), clock.clone());
    Receipts { store, consents, ledger: ledger.clone(), clock, issuer: issuer.to_owned() }
}

/// Tells GSPs of ends.
fn pusher(
    parts: &callbacks::Parts,
    keys: Arc<SigningKeys>,
    issuer: &str,
    ends: Bell,
) -> Result<Pusher, reqwest::Error> {
    let callbacks::Parts { store, vault, clock, chance, consents, .. } = parts;
    let (store, consents, vault) = (store.clone(), consents.clone(), vault.clone());
    let sets = SetWriter { store, consents, keys, vault, issuer: issuer.to_owned() };
    Pusher::new(sets, clock.clone(), chance.clone(), ends)
}

/// What an operator would drop silently later is refused now.
async fn short_names_fit(store: &dyn Store, templates: &SmsTemplates) -> Result<(), CannotStart> {
    for application in store.read().await?.applications().await? {
        let names = [application.asp.short_name, application.gsp.short_name];
        if let Some(name) = names.into_iter().find(|name| !templates.takes_short_name(name)) {
            return Err(CannotStart::ShortName(name, templates.value_characters_max));
        }
    }
    Ok(())
}

async fn reload_keys(keys: Arc<KeyStore>, ledger: Arc<Ledger>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = time::sleep(RELOAD_KEYS_EVERY) => {}
        }
        if let Err(error) = keys.reload().await {
            tracing::error!(%error, "the keys of the wire could not be read again");
        }
        if let Err(error) = ledger.keys().reload().await {
            tracing::error!(%error, "the signing keys could not be read again");
        }
    }
}

async fn housekeep(store: Arc<dyn Store>, clock: Arc<dyn Clock>, retention: Retention, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = time::sleep(HOUSEKEEP_EVERY) => {}
        }
        match store.housekeep(clock.now(), retention).await {
            Ok(done) if done.made.is_empty() && done.detached.is_empty() => {}
            Ok(done) => tracing::info!(made = ?done.made, detached = ?done.detached, "housekeeping"),
            Err(error) => tracing::error!(%error, "housekeeping failed"),
        }
    }
}

fn with_single_slashes(mut request: Request) -> Request {
    let uri = request.uri();
    let path = normalise_path(uri.path());
    if path != uri.path() {
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        if let Ok(single) = format!("{path}{query}").parse::<Uri>() {
            *request.uri_mut() = single;
        }
    }
    request
}
