//! `asp-access registry`: what the operator knows of GSPs, ASPs, applications and API gateways, into the store.

use std::{os::unix::fs::PermissionsExt, path::PathBuf, sync::Arc};

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use server::{
    chance::SystemChance,
    clock::SystemClock,
    registry::{Imported, RegistryFile},
    store,
    vault::Vault,
};

/// What is to be done with it.
#[derive(Debug, Args)]
pub(crate) struct Registry {
    #[command(subcommand)]
    deed: Deed,
}

#[derive(Debug, Subcommand)]
enum Deed {
    /// Add and change what a JSON file names; what it does not name stays as it is
    Import(Import),
}

#[derive(Debug, Args)]
struct Import {
    /// The file; it holds secrets, so that only its owner may read it (mode 600)
    file: PathBuf,
    /// The database: the path of an SQLite file, or `postgres://user@host/database`
    #[arg(long, env = "ASP_ACCESS_DATABASE")]
    database: String,
    /// The file with the root key
    #[arg(long, env = "ASP_ACCESS_ROOT_KEY_FILE")]
    root_key_file: PathBuf,
}

impl Registry {
    pub(super) async fn run(self) -> Result<()> {
        let Deed::Import(import) = self.deed;
        import.run().await
    }
}

impl Import {
    #[expect(clippy::print_stdout, reason = "what was written is what this command prints")]
    async fn run(self) -> Result<()> {
        let file = self.file.display();
        let text = std::fs::read_to_string(&self.file).with_context(|| format!("cannot read {file}"))?;
        let mode = std::fs::metadata(&self.file)?.permissions().mode();
        ensure!(mode & 0o077 == 0, "others may read {file}, which holds secrets: chmod 600 it");
        let registry = RegistryFile::parse(&text).with_context(|| format!("nothing was imported from {file}"))?;
        let vault = Vault::new(&super::root_key::read(&self.root_key_file)?, Arc::new(SystemChance));
        let store = store::open(&self.database).await?;
        let imported = registry.import(&*store, &vault, &SystemClock, &SystemChance).await;
        store.close().await;
        let Imported { gsps, asps, applications, gateways } =
            imported.with_context(|| format!("nothing was imported from {file}"))?;
        println!("Imported {gsps} GSPs, {asps} ASPs, {applications} applications, {gateways} gateways.");
        Ok(())
    }
}
