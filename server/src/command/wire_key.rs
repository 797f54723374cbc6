//! `asp-access rotate-wire-key`: a new RSA key for the wire, while servers go on running.

use std::{path::PathBuf, sync::Arc};

use anyhow::Result;
use clap::Args;
use server::{
    chance::{Chance, SystemChance},
    clock::SystemClock,
    gateway::key_store::KeyStore,
    store,
    vault::Vault,
};

/// Where the keys are.
#[derive(Debug, Args)]
pub(crate) struct RotateWireKey {
    /// The database: the path of an SQLite file, or `postgres://user@host/database`
    #[arg(long, env = "ASP_ACCESS_DATABASE")]
    database: String,
    /// The file with the root key
    #[arg(long, env = "ASP_ACCESS_ROOT_KEY_FILE")]
    root_key_file: PathBuf,
}

impl RotateWireKey {
    #[expect(clippy::print_stdout, reason = "the new certificate is what this command prints")]
    pub(super) async fn run(self) -> Result<()> {
        let chance: Arc<dyn Chance> = Arc::new(SystemChance);
        let vault = Vault::new(&super::root_key::read(&self.root_key_file)?, chance.clone());
        let store = store::open(&self.database).await?;
        let keys = KeyStore::open(store.clone(), vault, Arc::new(SystemClock), chance).await?;
        keys.rotate().await?;
        print!("{}", keys.ring().certificate_pem());
        store.close().await;
        Ok(())
    }
}
