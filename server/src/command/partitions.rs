//! `asp-access partitions`: does the housekeeping of the database now, and prints what is there.

use std::io::Write;

use anyhow::Result;
use clap::Args;
use server::{
    clock::{Clock, SystemClock},
    store::{self, Retention},
};

/// How long rows are kept.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct RetentionYears {
    /// Years that consents, their events and totals are kept; at least one (PostgreSQL only)
    #[arg(long, env = "ASP_ACCESS_RETAIN_CONSENTS_YEARS", default_value_t = Retention::default().consents_years())]
    retain_consents_years: u16,
    /// Years that alerts, deliveries, attempts and calls are kept; at least one (PostgreSQL only)
    #[arg(long, env = "ASP_ACCESS_RETAIN_LOGS_YEARS", default_value_t = Retention::default().logs_years())]
    retain_logs_years: u16,
}

impl RetentionYears {
    pub(super) fn parse(self) -> Result<Retention> {
        Ok(Retention::new(self.retain_consents_years, self.retain_logs_years)?)
    }
}

/// Where, and how long rows are kept.
#[derive(Debug, Args)]
pub(crate) struct Partitions {
    /// The database: the path of an SQLite file, or `postgres://user@host/database`
    #[arg(long, env = "ASP_ACCESS_DATABASE")]
    database: String,
    #[command(flatten)]
    retention: RetentionYears,
}

impl Partitions {
    pub(super) async fn run(self) -> Result<()> {
        let retention = self.retention.parse()?;
        let store = store::open(&self.database).await?;
        let done = store.housekeep(SystemClock.now(), retention).await?;
        store.close().await;
        let made = |name| if done.made.contains(name) { " (made now)" } else { "" };
        let mut lines: Vec<_> = done.present.iter().map(|name| format!("{name}{}\n", made(name))).collect();
        if lines.is_empty() {
            lines.push("This database has no partitions: each table holds all time.\n".into());
        }
        lines.extend(done.detached.iter().map(|name| format!("{name} (detached now: archive it, then drop it)\n")));
        // Not by `println!`, which panics where the reader (`head`, say) has seen enough.
        std::io::stdout().write_all(lines.concat().as_bytes())?;
        Ok(())
    }
}
