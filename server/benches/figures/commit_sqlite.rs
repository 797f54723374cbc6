//! `commit_sqlite`: a grant, from the read of the taxpayer to the commit, against the same rows written by bare prepared
//! statements on one connection with the same pragmas.
//!
//! Both go back and forth between this thread and the one that the driver gives a connection, and both on one core: where the
//! machine puts two threads that wait for each other decides more than what they do, and differs from connection to
//! connection. Apart, on two virtual cores, each hop was ten times as long as together.
//!
//! The floor says a statement a row, as somebody would who writes these rows and nothing else; the store says some of them
//! together. What that saves is in the ratio.

use std::path::Path;

use app::model::{
    Timestamp,
    access_window::AccessWindow,
    alert::Channel,
    consent::Consent,
    id::{ApplicationId, ConsentId},
    merkle::SALT_BYTES,
    session::Session,
};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use server::{
    chance::{Chance, SystemChance},
    ledger,
    seed::gstin,
    store::open,
};
use sqlx::{
    Connection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use uuid::Uuid;

use super::{
    figure::{Figure, Goal},
    givers::{Givers, now},
    turns::{Spread, rate},
};

const TURNS: u64 = 9;
const GRANTS_PER_TURN: u64 = 300;
const TAXPAYERS: u64 = TURNS * GRANTS_PER_TURN;

/// The rows of a grant, ready to be bound.
struct Rows {
    gstin: String,
    otp_request: Vec<u8>,
    application: Vec<u8>,
    consent: Vec<u8>,
    granted_at: i64,
    valid_until: i64,
    actor: String,
    deed: String,
    hash: Vec<u8>,
    alert: Vec<u8>,
    deliveries: [(Vec<u8>, &'static str); 2],
    recipient: Vec<u8>,
    token: Vec<u8>,
    key_sealed: Vec<u8>,
    session_until: i64,
}

pub(crate) async fn measure() -> Figure {
    let everywhere = sched_getaffinity(None).expect("cores");
    let mut one = CpuSet::new();
    one.set((0..CpuSet::MAX_CPU).find(|core| everywhere.is_set(*core)).expect("a core"));
    // The threads of connections that are opened from here on stay there, too.
    sched_setaffinity(None, &one).expect("one core");
    let figure = on_one_core().await;
    sched_setaffinity(None, &everywhere).expect("every core");
    figure
}

async fn on_one_core() -> Figure {
    let folder = tempfile::tempdir().expect("folder");
    let (whole, bare) = (folder.path().join("whole.db"), folder.path().join("bare.db"));
    let givers = Givers::new(open(whole.to_str().expect("text")).await.expect("database"), TAXPAYERS).await;
    let others = Givers::new(open(bare.to_str().expect("text")).await.expect("database"), TAXPAYERS).await;
    for n in 0..TAXPAYERS {
        givers.ask(n).await;
        others.ask(n).await;
    }
    others.store.close().await;
    let mut bare = connect(&bare).await;
    let (mut values, mut floors) = (Vec::new(), Vec::new());
    for turn in 0..TURNS {
        let taxpayers = turn * GRANTS_PER_TURN..(turn + 1) * GRANTS_PER_TURN;
        let began = server::clock::stopwatch();
        for n in taxpayers.clone() {
            givers.give(n).await;
        }
        values.push(rate(usize::try_from(GRANTS_PER_TURN).expect("few"), began));
        let mut rows = Vec::new();
        for n in taxpayers {
            rows.push(rows_of(&mut bare, n, givers.application.id).await);
        }
        let began = server::clock::stopwatch();
        for rows in &rows {
            write(&mut bare, rows).await.expect("written");
        }
        floors.push(rate(rows.len(), began));
    }
    givers.store.close().await;
    Figure {
        name: "commit_sqlite",
        unit: "grants/s",
        value: Spread::of(values),
        floor: Spread::of(floors),
        goal: Goal::AtLeast(0.6),
        how: format!(
            "a whole grant, one after the other, against its rows by bare statements, on one core; {TURNS} × {GRANTS_PER_TURN}"
        ),
    }
}

/// As the store opens its own.
async fn connect(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    SqliteConnection::connect_with(&options).await.expect("database")
}

async fn rows_of(bare: &mut SqliteConnection, n: u64, application: ApplicationId) -> Rows {
    let chance: &dyn Chance = &SystemChance;
    let at: Timestamp = now();
    let gstin = gstin(n, TAXPAYERS);
    let window = AccessWindow::new(gstin, true, 30 * 24 * 60, 1).expect("a window");
    let granted = Consent::grant(ConsentId(chance.id(at)), &window, application, at);
    let link = ledger::link(None, &granted.event).expect("a link");
    let session = Session::open(&granted.consent, at);
    let id = |id: Uuid| id.as_bytes().to_vec();
    let one = |statement: &'static str| sqlx::query_scalar(statement).bind(gstin.to_string());
    Rows {
        gstin: gstin.to_string(),
        otp_request: one("select id from otp_request where gstin = ?").fetch_one(&mut *bare).await.expect("asked"),
        recipient: one("select id from signatory where gstin = ?").fetch_one(&mut *bare).await.expect("signatory"),
        application: id(application.0),
        consent: id(granted.consent.id.0),
        granted_at: at.as_microsecond(),
        valid_until: granted.consent.valid_until.as_microsecond(),
        actor: serde_json::to_string(&granted.event.actor).expect("JSON"),
        deed: serde_json::to_string(&granted.event.deed).expect("JSON"),
        hash: link.hash.to_vec(),
        alert: id(chance.id(at)),
        deliveries: Channel::ALL.map(|channel| {
            let name = match channel {
                Channel::Email => "email",
                Channel::Sms => "sms",
            };
            (id(chance.id(at)), name)
        }),
        token: chance.bytes::<32>().to_vec(),
        key_sealed: chance.bytes::<60>().to_vec(),
        session_until: session.expires_at.as_microsecond(),
    }
}

/// The statements of a grant that write, and nothing else.
async fn write(bare: &mut SqliteConnection, rows: &Rows) -> Result<(), sqlx::Error> {
    let mut work = bare.begin_with("begin immediate").await?;
    sqlx::query(
        "update otp_request set tries_left = ?1, state = ?2, version = ?3 where gstin = ?4 and id = ?5 and version = ?3 - 1",
    )
    .bind(3)
    .bind("used")
    .bind(2)
    .bind(&rows.gstin)
    .bind(&rows.otp_request)
    .execute(&mut *work)
    .await?;
    sqlx::query(
        "insert into consent (gstin, id, application_id, granted_at, valid_until, version) values (?, ?, ?, ?, ?, ?)",
    )
    .bind(&rows.gstin)
    .bind(&rows.consent)
    .bind(&rows.application)
    .bind(rows.granted_at)
    .bind(rows.valid_until)
    .bind(1)
    .execute(&mut *work)
    .await?;
    sqlx::query("update chain_head set seq = ?1, hash = ?2 where gstin = ?3 and seq = ?1 - 1")
        .bind(1)
        .bind(&rows.hash)
        .bind(&rows.gstin)
        .execute(&mut *work)
        .await?;
    sqlx::query(
        "insert into event (gstin, seq, consent_id, version, at, actor, deed, hash) values (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&rows.gstin)
    .bind(1)
    .bind(&rows.consent)
    .bind(1)
    .bind(rows.granted_at)
    .bind(&rows.actor)
    .bind(&rows.deed)
    .bind(&rows.hash)
    .execute(&mut *work)
    .await?;
    sqlx::query(
        "insert into owed_leaf (position, gstin, seq, at, hash, salt)
         values ((select coalesce(max(position), 0) + 1 from owed_leaf), ?1, ?2, ?3, ?4, ?5)",
    )
    .bind(&rows.gstin)
    .bind(1)
    .bind(rows.granted_at)
    .bind(&rows.hash)
    .bind(&rows.hash[..SALT_BYTES])
    .execute(&mut *work)
    .await?;
    sqlx::query("insert into alert (gstin, id, consent_id, kind, owed_at) values (?, ?, ?, ?, ?)")
        .bind(&rows.gstin)
        .bind(&rows.alert)
        .bind(&rows.consent)
        .bind("consent_given")
        .bind(rows.granted_at)
        .execute(&mut *work)
        .await?;
    for (id, channel) in &rows.deliveries {
        sqlx::query(
            "insert into delivery (gstin, id, alert_id, channel, recipient_id, state, due_at, attempts, accepted_at)
             values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&rows.gstin)
        .bind(id)
        .bind(&rows.alert)
        .bind(channel)
        .bind(&rows.recipient)
        .bind("queued")
        .bind(rows.granted_at)
        .bind(0)
        .bind(None::<i64>)
        .execute(&mut *work)
        .await?;
    }
    sqlx::query(
        "insert into session (gstin, token_hash, consent_id, key_sealed, issued_at, expires_at) values (?, ?, ?, ?, ?, ?)",
    )
    .bind(&rows.gstin)
    .bind(&rows.token)
    .bind(&rows.consent)
    .bind(&rows.key_sealed)
    .bind(rows.granted_at)
    .bind(rows.session_until)
    .execute(&mut *work)
    .await?;
    work.commit().await
}
