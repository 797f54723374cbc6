//! `asp-access verify`: checks a receipt or an export, or reads a whole database and says which rows break a rule. Changes
//! nothing.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use serde::Serialize;
use server::{
    clock::{Clock, SystemClock},
    store,
    verify::{Counted, Page, Violation, verify},
};

use super::{progress::Progress, verify_file};

/// Exit code where a rule is broken, or a file is not accepted.
const VIOLATIONS: u8 = 1;
/// Exit code where the database or the file cannot be read.
const UNREADABLE: u8 = 2;
/// Violations that `--json` lists; the count goes on.
const LISTED_MAX: usize = 10_000;

/// Which file, or which database.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// A receipt (JSON) or an exported history (CSV, JSON Lines, PDF), to be checked offline
    #[arg(requires = "keys")]
    file: Option<PathBuf>,
    /// The public keys to check the file with, as /ledger/keys gives them out
    #[arg(long, requires = "file")]
    keys: Option<PathBuf>,
    /// The database: the path of an SQLite file, or `postgres://user@host/database`
    #[arg(long, env = "ASP_ACCESS_DATABASE", required_unless_present = "file")]
    database: Option<String>,
    /// Of a database: one JSON document instead of lines
    #[arg(long, conflicts_with = "file")]
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
        let good = match (&self.file, &self.keys, &self.database) {
            (Some(file), Some(keys), _) => verify_file::check(file, keys),
            (_, _, Some(database)) => self.look(database).await.map(|counted| counted.violations == 0),
            _ => Err(anyhow!("neither a file with its keys nor a database was named")),
        };
        match good {
            Ok(true) => Ok(ExitCode::SUCCESS),
            Ok(false) => Ok(ExitCode::from(VIOLATIONS)),
            Err(error) => {
                super::complain(&error);
                Ok(ExitCode::from(UNREADABLE))
            }
        }
    }

    #[expect(clippy::print_stdout, reason = "what is broken is what this command prints")]
    async fn look(&self, database: &str) -> Result<Counted> {
        let store = store::open_to_read(database).await.context("cannot open the database to read it")?;
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
