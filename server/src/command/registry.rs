//! `asp-access registry`: what the operator knows of GSPs, ASPs, applications and API gateways, into the store.

use std::{path::PathBuf, sync::Arc};

use anyhow::{Context, Result};
use app::model::{id::AspId, registry::Standing};
use clap::{Args, Subcommand};
use server::{
    chance::SystemChance,
    clock::{Clock, SystemClock},
    registry::{Imported, RegistryFile},
    standing, store,
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
    /// Let a party take part no longer, and tell every taxpayer whose consent it has. Interrupted, it goes on when run again
    Suspend(Change),
    /// Let a suspended party take part again
    Reinstate(Change),
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
    /// The SMS templates, which say how long a short name may be; without them, the drafts
    #[arg(long, env = "ASP_ACCESS_SMS_TEMPLATES")]
    sms_templates: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Change {
    #[command(subcommand)]
    party: Party,
}

#[derive(Debug, Subcommand)]
enum Party {
    /// An ASP
    Asp(Asp),
}

#[derive(Debug, Args)]
struct Asp {
    /// Its id in the registry
    id: AspId,
    /// The database: the path of an SQLite file, or `postgres://user@host/database`
    #[arg(long, env = "ASP_ACCESS_DATABASE")]
    database: String,
}

impl Registry {
    pub(super) async fn run(self) -> Result<()> {
        match self.deed {
            Deed::Import(import) => import.run().await,
            Deed::Suspend(Change { party: Party::Asp(asp) }) => asp.set(Standing::Suspended).await,
            Deed::Reinstate(Change { party: Party::Asp(asp) }) => asp.set(Standing::Active).await,
        }
    }
}

impl Import {
    #[expect(clippy::print_stdout, reason = "what was written is what this command prints")]
    async fn run(self) -> Result<()> {
        let file = self.file.display();
        let opened = super::private_file::open(&self.file, "secrets")?;
        let text = std::io::read_to_string(opened).with_context(|| format!("cannot read {file}"))?;
        let templates = super::templates::read(self.sms_templates.as_deref())?;
        let registry =
            RegistryFile::parse(&text, &templates).with_context(|| format!("nothing was imported from {file}"))?;
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

impl Asp {
    #[expect(clippy::print_stdout, reason = "what was done is what this command prints")]
    async fn set(self, to: Standing) -> Result<()> {
        let store = store::open(&self.database).await?;
        let (id, now) = (self.id, SystemClock.now());
        let done = async {
            standing::set(&*store, &SystemChance, id, to, now).await?;
            match to {
                Standing::Suspended => standing::tell(&*store, &SystemChance, id, now).await,
                Standing::Active => Ok(0),
            }
        };
        let told = done.await;
        store.close().await;
        let told = told.with_context(|| format!("ASP {id}"))?;
        match to {
            Standing::Suspended => println!("Suspended. {told} taxpayers with a live consent are being told."),
            Standing::Active => println!("Reinstated."),
        }
        Ok(())
    }
}
