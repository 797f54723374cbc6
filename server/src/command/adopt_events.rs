//! `asp-access adopt-events`: gives events from before the ledger their leaves, beside running servers.

use std::{path::PathBuf, sync::Arc};

use anyhow::Result;
use clap::Args;
use server::{chance::SystemChance, ledger, store, vault::Vault};

use super::progress::Progress;

/// Whose events.
#[derive(Debug, Args)]
pub(crate) struct AdoptEvents {
    /// The database: the path of an SQLite file, or `postgres://user@host/database`
    #[arg(long, env = "ASP_ACCESS_DATABASE")]
    database: String,
    /// The file with the root key
    #[arg(long, env = "ASP_ACCESS_ROOT_KEY_FILE")]
    root_key_file: PathBuf,
}

impl AdoptEvents {
    #[expect(clippy::print_stdout, reason = "what was done is what this command prints")]
    pub(super) async fn run(self) -> Result<()> {
        let vault = Vault::new(&super::root_key::read(&self.root_key_file)?, Arc::new(SystemChance));
        let store = store::open(&self.database).await?;
        let (in_all, mut progress) = (store.read().await?.taxpayers_count().await?, Progress::new());
        let mut each = |taxpayers, adopted| {
            progress.tell(taxpayers, in_all, || format!("{taxpayers} taxpayers, {adopted} leaves owed"));
        };
        let adopted = ledger::adopt(&*store, &vault, &mut each).await?;
        println!("{adopted} events had no leaf; a running server gives them their places.");
        store.close().await;
        Ok(())
    }
}
