//! What the product reaches, each figure beside a floor that is measured in the same run, and never a bare time.
//!
//! `make bench` runs it. A figure is a file here, a line in [`run`], and a function that gives a [`figure::Figure`]: it
//! measures itself and its floor turn by turn, so that what else the machine does falls on both.

mod alerts;
mod check_throughput;
mod commit_postgres;
mod commit_sqlite;
mod figure;
mod givers;
mod growth;
mod ledger_cost;
mod revocation;
#[path = "../../tests/it/support/mod.rs"]
#[expect(dead_code, unused_imports, unused_macros, reason = "the tests need more of it")]
mod support;
mod turns;

use std::path::PathBuf;

use clap::Parser;

use self::figure::{Figure, print_table, write_json};

/// What must be in the table and the JSON, each with a floor.
const PROMISED: [&str; 12] = [
    "commit_sqlite",
    "commit_postgres",
    "list_growth",
    "history_growth",
    "revoke_effective_ms",
    "revoke_effective_paused_ms",
    "stale_accepts",
    "seed_10m_s",
    "alert_throughput",
    "alert_latency_p95_ms",
    "alert_burst_waiting",
    "alert_backlog_drain",
];

/// Measures; prints a table and writes it as JSON.
#[derive(Debug, Parser)]
struct Settings {
    /// Consents of the large database, for the figures of growth; the small one has 100 thousand
    #[arg(long, default_value_t = 10_000_000)]
    consents: u64,
    /// Alerts of the backlog that is drained
    #[arg(long, default_value_t = 1_000_000)]
    alerts: usize,
    /// Only figures whose names contain this
    #[arg(long, default_value = "")]
    only: String,
    /// Where the JSON goes
    #[arg(long, default_value = "target/bench.json")]
    json: PathBuf,
    /// What cargo says to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

impl Settings {
    fn wants(&self, name: &str) -> bool {
        name.contains(&self.only)
    }
}

async fn run(settings: &Settings) -> Vec<Figure> {
    let mut figures = Vec::new();
    if settings.wants("commit_sqlite") {
        figures.push(commit_sqlite::measure().await);
    }
    if settings.wants("check_throughput") {
        figures.push(check_throughput::measure().await);
    }
    if settings.wants("commit_postgres") {
        figures.push(commit_postgres::measure().await);
    }
    if settings.wants("ledger_cost") {
        figures.extend(ledger_cost::measure().await);
    }
    if ["revoke_effective_ms", "revoke_effective_paused_ms", "stale_accepts"].iter().any(|name| settings.wants(name)) {
        figures.extend(revocation::measure().await);
    }
    if settings.wants("alert_throughput") {
        figures.push(alerts::throughput::measure().await);
    }
    if settings.wants("alert_latency_p95_ms") {
        figures.push(alerts::latency::measure().await);
    }
    if settings.wants("alert_burst_waiting") {
        figures.push(alerts::burst::measure().await);
    }
    if settings.wants("alert_backlog_drain") {
        figures.push(alerts::backlog::measure(settings.alerts).await);
    }
    if ["list_growth", "history_growth", "seed_10m_s"].iter().any(|name| settings.wants(name)) {
        figures.extend(growth::measure(settings.consents).await);
    }
    figures
}

#[tokio::main]
async fn main() {
    let settings = Settings::parse();
    let figures = run(&settings).await;
    for promised in PROMISED.iter().filter(|name| settings.wants(name)) {
        assert!(figures.iter().any(|figure| figure.name == *promised), "{promised} was not measured");
    }
    print_table(&figures);
    write_json(&figures, &settings.json);
}
