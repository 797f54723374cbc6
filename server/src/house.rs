//! The house put together: one set of settings becomes one running server.

use std::{path::PathBuf, sync::Arc, time::Duration};

use app::model::otp::OtpRules;
use axum::{Router, ServiceExt, extract::Request, http::Uri, middleware};
use tokio::{net::TcpListener, task::JoinSet, time};
use tokio_util::sync::CancellationToken;
use tower::{Layer, util::MapRequestLayer};
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer, trace::TraceLayer};

use crate::{
    alerts::{
        channels::Channels,
        dispatcher::{Dispatcher, Limits, Wake},
        kept_outbox::KeptOutbox,
        message::Composer,
        otp_post::{OtpPost, OtpPostWorker},
        providers::{
            canary::{Canary, CanarySettings},
            config::Plan,
            road::{Ground, Road},
            tap::KeptMains,
        },
        sms_template::SmsTemplates,
    },
    bodies,
    chance::Chance,
    clock::Clock,
    consent::Consents,
    enforce::{self, Checks, Remembering},
    gateway::{
        self, Gateway,
        key_store::{KeyStore, KeyStoreError},
        wire::normalise_path,
    },
    metrics::Watched,
    nodes::{Nodes, Protection},
    portal::{self, HandOffKey, Portal},
    preferences::Preferences,
    store::{self, Retention, Store, StoreError},
    vault::Vault,
};

/// How long a stop may take: requests in flight end, leases are given back.
const STOP_MAX: Duration = Duration::from_secs(10);
/// How often the keys of the wire are read again.
const RELOAD_KEYS_EVERY: Duration = Duration::from_secs(60);

/// How often room is made for the months to come.
const HOUSEKEEP_EVERY: Duration = Duration::from_secs(60 * 60);

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
    /// The mail relays and SMS gateways.
    pub providers: Plan,
    /// The registered SMS templates.
    pub sms_templates: SmsTemplates,
    /// How often OTPs may be asked for and answered.
    pub otp_rules: OtpRules,
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
    /// Names that no SMS could carry.
    #[error("{0:?} fits no SMS: a short name has {1} characters at most, all of them GSM-7; import the registry again")]
    ShortName(String, usize),
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
    portal: Arc<Portal>,
    dispatcher: Dispatcher,
    otp_worker: OtpPostWorker,
    canary: CanarySettings,
    retention: Retention,
    clock: Arc<dyn Clock>,
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
        let plan = settings.providers;
        let ground = Ground {
            mains: Arc::new(KeptMains(store.clone())),
            clock: clock.clone(),
            chance: chance.clone(),
            balance: plan.balance,
            breaker: plan.breaker,
        };
        let channels = Channels {
            email: Arc::new(Road::new("email", plan.email, ground.clone())),
            sms: Arc::new(Road::new("sms", plan.sms, ground)),
        };
        let composer = Arc::new(Composer { sms: settings.sms_templates });
        let (post, otp_worker) = OtpPost::new(channels.clone(), composer.clone(), clock.clone());
        let Remembering { nodes, memory, tally } =
            Remembering::new(&settings.node_name, settings.protection, &store, &clock, &chance);
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
        let consents = Arc::new(Consents::new(
            store.clone(),
            vault.clone(),
            clock.clone(),
            chance.clone(),
            Arc::new(post),
            nodes.clone(),
            alert_owed,
            settings.otp_rules,
        ));
        let checks = Arc::new(Checks {
            store: store.clone(),
            vault: vault.clone(),
            clock: clock.clone(),
            chance: chance.clone(),
            nodes: nodes.clone(),
            memory,
            tally,
        });
        let outbox =
            KeptOutbox { store: store.clone(), vault: vault.clone(), clock: clock.clone(), chance: chance.clone() };
        let dispatcher = Dispatcher {
            worker: hex::encode(chance.bytes::<8>()).into(),
            outbox: Arc::new(outbox),
            channels,
            composer,
            schedule: Arc::new(plan.schedule),
            clock: clock.clone(),
            chance: chance.clone(),
            wake,
            // Below the bound of the whole stop, so that what is left can still be given back.
            limits: Limits { stop: STOP_MAX.mul_f32(0.4), ..plan.limits },
        };
        let gateway = Arc::new(Gateway {
            store: store.clone(),
            consents: consents.clone(),
            keys: Arc::new(keys),
            vault: vault.clone(),
            clock: clock.clone(),
        });
        let portal = Arc::new(Portal {
            store: store.clone(),
            consents: consents.clone(),
            preferences,
            vault: vault.clone(),
            clock: clock.clone(),
            chance,
            hand_off_key: HandOffKey::from_pem(&settings.hand_off_key)?,
            public_url,
            sign_in_url: settings.sign_in_url,
            site: settings.site,
        });
        let (retention, canary) = (settings.retention, plan.canary);
        Ok(Self {
            store,
            vault,
            consents,
            checks,
            nodes,
            gateway,
            portal,
            dispatcher,
            otp_worker,
            canary,
            retention,
            clock,
        })
    }

    /// Lets the dispatcher sleep so long when nothing is due; a second where this is not called. A ring wakes it.
    #[must_use]
    pub fn idle_for(mut self, idle: Duration) -> Self {
        self.dispatcher.limits.idle = idle;
        self
    }

    /// What whoever watches this server looks at; it is ready until it is told to stop.
    pub fn watched(&self, stop: CancellationToken) -> Watched {
        Watched {
            store: self.store.clone(),
            channels: self.dispatcher.channels.clone(),
            nodes: self.nodes.clone(),
            clock: self.clock.clone(),
            stop,
        }
    }

    /// Serves until it is told to stop, then ends what is in flight, within ten seconds.
    ///
    /// # Errors
    /// Where the listener fails.
    pub async fn run(self, listener: TcpListener, more: Router, stop: CancellationToken) -> std::io::Result<()> {
        let router = portal::routes(&self.portal)
            .merge(gateway::routes(self.gateway.clone()))
            .merge(enforce::routes(self.checks.clone()))
            .merge(more)
            .layer(middleware::from_fn_with_state(bodies::TIME_MAX, bodies::in_time))
            .layer(middleware::from_fn(portal::security_headers))
            .layer(CompressionLayer::new())
            .layer(CatchPanicLayer::new())
            .layer(TraceLayer::new_for_http());
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
        tasks.spawn(self.dispatcher.run(workers.clone()));
        tasks.spawn(self.otp_worker.run(workers.clone()));
        tasks.spawn(self.nodes.clone().keep(workers.clone()));
        tasks.spawn(self.checks.tally.clone().keep_writing(workers.clone()));
        tasks.spawn(reload_keys(self.gateway.keys.clone(), workers.clone()));
        tasks.spawn(housekeep(self.store.clone(), self.clock, self.retention, workers.clone()));
        let stopping = stop.clone().cancelled_owned();
        let serving =
            axum::serve(listener, ServiceExt::<Request>::into_make_service(service)).with_graceful_shutdown(stopping);
        let served = tokio::select! {
            served = async { serving.await } => served,
            () = async { stop.cancelled().await; time::sleep(STOP_MAX / 2).await } => Ok(()),
        };
        workers.cancel();
        if time::timeout(STOP_MAX / 2, async { while tasks.join_next().await.is_some() {} }).await.is_err() {
            tracing::warn!("workers did not stop in time; their leases end by themselves");
        }
        self.store.close().await;
        served
    }
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

async fn reload_keys(keys: Arc<KeyStore>, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = time::sleep(RELOAD_KEYS_EVERY) => {}
        }
        if let Err(error) = keys.reload().await {
            tracing::error!(%error, "the keys of the wire could not be read again");
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
    if uri.path().contains("//") {
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        if let Ok(single) = format!("{}{query}", normalise_path(uri.path())).parse::<Uri>() {
            *request.uri_mut() = single;
        }
    }
    request
}
