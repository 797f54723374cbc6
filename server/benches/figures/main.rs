//! What the product reaches, each figure beside a floor that is measured in the same run, and never a bare time.
//!
//! `make bench` runs it. A figure is a file here, a line in [`run`], and a function that gives a [`figure::Figure`]: it
//! measures itself and its floor turn by turn, so that what else the machine does falls on both.

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

/// Measures; prints a table and writes it as JSON.
#[derive(Debug, Parser)]
struct Settings {
    /// Consents of the large database, for the figures of growth; the small one has 100 thousand
    #[arg(long, default_value_t = 10_000_000)]
    consents: u64,
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
    if settings.wants("list_growth") || settings.wants("history_growth") {
        figures.extend(growth::measure(settings.consents).await);
    }
    figures
}

#[tokio::main]
async fn main() {
    let settings = Settings::parse();
    let figures = run(&settings).await;
    print_table(&figures);
    write_json(&figures, &settings.json);
}
