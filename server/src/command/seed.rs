//! `asp-access seed`: fills an empty database with made-up data, to try and to measure with.

use std::{path::PathBuf, sync::Arc};

use anyhow::Result;
use clap::Args;
use server::{
    chance::SystemChance,
    clock::{Clock, SystemClock},
    seed::{Plan, Seeded, seed},
    store,
    vault::Vault,
};

use super::progress::Progress;

/// How much of it, and where to.
#[derive(Debug, Args)]
pub(crate) struct Seed {
    /// The database: the path of an SQLite file, or `postgres://user@host/database`; it must not hold data
    #[arg(long, env = "ASP_ACCESS_DATABASE")]
    database: String,
    /// The file with the root key; made where it does not exist
    #[arg(long, env = "ASP_ACCESS_ROOT_KEY_FILE")]
    root_key_file: PathBuf,
    /// Taxpayers
    #[arg(long, default_value_t = 10_000)]
    taxpayers: u64,
    /// Consents over all taxpayers: most have few, one in two hundred has forty times as many
    #[arg(long, default_value_t = 100_000)]
    consents: u64,
    /// The same number makes the same data, but for the moment it is made at
    #[arg(long = "seed", value_name = "NUMBER", default_value_t = 1)]
    chance: u64,
}

impl Seed {
    #[expect(clippy::print_stdout, reason = "what was made is what this command prints")]
    pub(super) async fn run(self) -> Result<()> {
        let vault = Vault::new(&super::root_key::read_or_make(&self.root_key_file)?, Arc::new(SystemChance));
        let store = store::open(&self.database).await?;
        let plan = Plan {
            taxpayers: self.taxpayers,
            consents: self.consents,
            seed: self.chance,
            now: SystemClock.now(),
            logs_since: None,
        };
        let (began, mut progress) = (server::clock::stopwatch(), Progress::new());
        let mut each = |seeded: Seeded| {
            let rate = seeded.consents / began.elapsed().as_secs().max(1);
            progress.tell(seeded.consents, plan.consents, || {
                format!("{} consents, {} rows, {rate} consents/s", seeded.consents, seeded.rows)
            });
        };
        let Seeded { consents, rows } = seed(store.clone(), &vault, plan, &mut each).await?;
        store.close().await;
        let spent = began.elapsed();
        println!("{} taxpayers, {consents} consents, {rows} rows in {:.1} s.", plan.taxpayers, spent.as_secs_f64());
        Ok(())
    }
}
