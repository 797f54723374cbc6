//! `asp-access rotate-signing-key`: a new Ed25519 key that signs checkpoints and receipts, while servers go on running.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, Result};
use clap::Args;
use server::{
    chance::{Chance, SystemChance},
    clock::SystemClock,
    ledger::SigningKeys,
    store,
    vault::Vault,
};

/// Where the keys are.
#[derive(Debug, Args)]
pub(crate) struct RotateSigningKey {
    /// The database: the path of an SQLite file, or `postgres://user@host/database`
    #[arg(long, env = "ASP_ACCESS_DATABASE")]
    database: String,
    /// The file with the root key
    #[arg(long, env = "ASP_ACCESS_ROOT_KEY_FILE")]
    root_key_file: PathBuf,
}

impl RotateSigningKey {
    #[expect(clippy::print_stdout, reason = "the public keys are what this command prints")]
    pub(super) async fn run(self) -> Result<()> {
        let chance: Arc<dyn Chance> = Arc::new(SystemChance);
        let vault = Vault::new(&super::root_key::read(&self.root_key_file)?, chance.clone());
        let store = store::open(&self.database).await?;
        let origin = store.read().await?.ledger().await?.origin;
        let origin = origin.context("no server has run on this database yet: its first start makes the first key")?;
        let keys = SigningKeys::open(store.clone(), vault, Arc::new(SystemClock), chance, origin).await?;
        keys.rotate().await?;
        println!("{}", serde_json::to_string_pretty(&keys.published())?);
        store.close().await;
        Ok(())
    }
}
