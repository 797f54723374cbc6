//! `alert_throughput`: alerts a second out of the durable queue, put into words, handed to a relay and written down,
//! against the library's own pooled sender with as many mails at once that are ready to be sent.

use std::sync::Arc;

use app::model::alert::Channel;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor, message::MultiPart, transport::smtp::PoolConfig,
};
use server::{
    alerts::{channels::email::CONNECTIONS_MAX, dispatcher::Wake},
    chance::SystemChance,
    seed::{Plan, seed},
    store::open,
    vault::Vault,
};
use tokio::task::JoinSet;

use super::{Running, consents, dispatcher, drained, no_gateway, owe_mails, relay::CountingRelay};
use crate::{
    figure::{Figure, Goal},
    givers::{SEED, now},
    turns::{Spread, rate},
};

const TURNS: usize = 7;
const ALERTS_PER_TURN: usize = 3_000;
const TAXPAYERS: u64 = 1_000;

pub(crate) async fn measure() -> Figure {
    let folder = tempfile::tempdir().expect("folder");
    let store = open(folder.path().join("alerts.db").to_str().expect("text")).await.expect("database");
    let vault = Vault::new(&[7; 32], Arc::new(SystemChance));
    let plan = Plan { taxpayers: TAXPAYERS, consents: TAXPAYERS * 3, seed: SEED, now: now(), logs_since: Some(now()) };
    seed(store.clone(), &vault, plan, &mut |_| ()).await.expect("seed");
    let about = consents(&*store, TAXPAYERS, TAXPAYERS).await;
    let about: Vec<_> = about.iter().cycle().take(ALERTS_PER_TURN).cloned().collect();
    let relay = CountingRelay::start().await;
    let (mut values, mut floors) = (Vec::new(), Vec::new());
    // The first turn opens connections and fills caches on both sides.
    for turn in 0..=TURNS {
        owe_mails(&*store, &about, now()).await;
        let before = relay.taken();
        let began = server::clock::stopwatch();
        let running = Running::start(dispatcher(&store, &vault, Arc::new(Wake::default()), relay.port, no_gateway()));
        drained(&*store, Channel::Email).await;
        let value = rate(ALERTS_PER_TURN, began);
        running.stop().await;
        assert_eq!(relay.taken() - before, ALERTS_PER_TURN, "each once");
        let floor = bare(relay.port).await;
        if turn > 0 {
            values.push(value);
            floors.push(floor);
        }
    }
    store.close().await;
    Figure {
        name: "alert_throughput",
        unit: "alerts/s",
        value: Spread::of(values),
        floor: Spread::of(floors),
        goal: Goal::AtLeast(0.6),
        how: format!(
            "out of the durable queue through SMTP on loopback (SQLite) against a bare pooled sender; {TURNS} × \
             {ALERTS_PER_TURN}, {CONNECTIONS_MAX} at once"
        ),
    }
}

/// As many mails, made before, through the library alone.
async fn bare(port: u16) -> f64 {
    let pool = PoolConfig::new().max_size(CONNECTIONS_MAX);
    let sender: AsyncSmtpTransport<Tokio1Executor> =
        AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1").port(port).pool_config(pool).build();
    let text = "A line of some words, as many as an alert has.\n".repeat(20);
    let mails: Vec<_> = (0..ALERTS_PER_TURN)
        .map(|n| {
            Message::builder()
                .from("GST Network <no-reply@gst.example>".parse().expect("address"))
                .to(format!("Somebody <somebody.{n}@example.in>").parse().expect("address"))
                .subject("An application can now access your GST data")
                .multipart(MultiPart::alternative_plain_html(text.clone(), format!("<p>{text}</p>")))
                .expect("a mail")
        })
        .collect();
    let began = server::clock::stopwatch();
    let mut flights = JoinSet::new();
    for mail in mails {
        if flights.len() >= CONNECTIONS_MAX as usize {
            flights.join_next().await.expect("one").expect("sent");
        }
        let sender = sender.clone();
        flights.spawn(async move {
            sender.send(mail).await.expect("accepted");
        });
    }
    while let Some(sent) = flights.join_next().await {
        sent.expect("sent");
    }
    rate(ALERTS_PER_TURN, began)
}
