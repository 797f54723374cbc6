//! `asp-access verify`: reads a whole database and says which rows break a rule. Changes nothing.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;
use server::{
    clock::{Clock, SystemClock},
    store,
    verify::{Counted, Page, Violation, verify},
};

use super::progress::Progress;

/// Exit code where a rule is broken.
const VIOLATIONS: u8 = 1;
/// Exit code where the database cannot be read.
const UNREADABLE: u8 = 2;
/// Violations that `--json` lists; the count goes on.
const LISTED_MAX: usize = 10_000;

/// Which database.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The database: the path of an SQLite file, or `postgres://user@host/database`
    #[arg(long, env = "ASP_ACCESS_DATABASE")]
    database: String,
    /// One JSON document instead of lines
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    clean: bool,
    #[serde(flatten)]
    counted: Counted,
    seconds: f64,
    listed: Vec<Violation>,
}

impl Verify {
    pub(super) async fn run(self) -> Result<ExitCode> {
        match self.look().await {
            Ok(counted) if counted.violations == 0 => Ok(ExitCode::SUCCESS),
            Ok(_) => Ok(ExitCode::from(VIOLATIONS)),
            Err(error) => {
                super::complain(&error);
                Ok(ExitCode::from(UNREADABLE))
            }
        }
    }

    #[expect(clippy::print_stdout, reason = "what is broken is what this command prints")]
    async fn look(&self) -> Result<Counted> {
        let store = store::open_to_read(&self.database).await.context("cannot open the database to read it")?;
        let (began, mut progress, mut listed) = (server::clock::stopwatch(), Progress::new(), Vec::new());
        let mut each = |page: &Page<'_>| {
            if self.json {
                let room = LISTED_MAX - listed.len();
                listed.extend(page.violations.iter().take(room).cloned());
            } else {
                for violation in page.violations {
                    println!("{violation}");
                }
            }
            let Counted { taxpayers, rows, leaves, .. } = page.counted;
            let (done, in_all) = (taxpayers + leaves, page.taxpayers_in_all + page.leaves_in_all);
            progress
                .tell(done, in_all, || format!("{taxpayers} taxpayers, {rows} rows, {leaves} leaves of the ledger"));
        };
        let counted = verify(&*store, SystemClock.now(), &mut each).await.context("the database could not be read")?;
        store.close().await;
        if self.json {
            let (clean, seconds) = (counted.violations == 0, seconds(began.elapsed()));
            println!("{}", serde_json::to_string_pretty(&Report { clean, counted, seconds, listed })?);
        } else {
            let Counted { taxpayers, consents, leaves, rows, violations } = counted;
            println!(
                "{violations} violations in {taxpayers} taxpayers, {consents} consents, {rows} rows, {leaves} leaves of the \
                 ledger, read in {:.1} s.",
                seconds(began.elapsed())
            );
        }
        Ok(counted)
    }
}

fn seconds(spent: Duration) -> f64 {
    spent.as_secs_f64()
}
