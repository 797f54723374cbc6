//! `asp-access taxpayers`: the portal's feed of taxpayers and signatories, into the store.

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    sync::Arc,
};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use server::{
    chance::SystemChance,
    clock::{Clock, SystemClock},
    store::{self, Store},
    taxpayers::{Fed, Feed},
    vault::Vault,
};

/// What is to be done with it.
#[derive(Debug, Args)]
pub(crate) struct Taxpayers {
    #[command(subcommand)]
    deed: Deed,
}

#[derive(Debug, Subcommand)]
enum Deed {
    /// Add and change what a file names, a JSON object a line; who gets another contact is told, and so is the old contact
    Import(Import),
}

#[derive(Debug, Args)]
struct Import {
    /// The file; it holds contact data, so that only its owner may read it (mode 600)
    file: PathBuf,
    /// The database: the path of an SQLite file, or `postgres://user@host/database`
    #[arg(long, env = "ASP_ACCESS_DATABASE")]
    database: String,
    /// The file with the root key
    #[arg(long, env = "ASP_ACCESS_ROOT_KEY_FILE")]
    root_key_file: PathBuf,
}

impl Taxpayers {
    pub(super) async fn run(self) -> Result<()> {
        let Deed::Import(import) = self.deed;
        let vault = Vault::new(&super::root_key::read(&import.root_key_file)?, Arc::new(SystemChance));
        let store = store::open(&import.database).await?;
        let done = import.run(&*store, &vault).await;
        store.close().await;
        done
    }
}

impl Import {
    #[expect(clippy::print_stdout, reason = "what was written is what this command prints")]
    async fn run(&self, store: &dyn Store, vault: &Vault) -> Result<()> {
        let name = self.file.display();
        let file = super::private_file::open(&self.file, "contact data")?;
        let feed = Feed { store, vault, chance: &SystemChance };
        let (mut added, mut changed, mut same) = (0_u64, 0_u64, 0_u64);
        for (number, line) in (1..).zip(BufReader::new(file).lines()) {
            let line = line.with_context(|| format!("cannot read {name}"))?;
            if line.trim().is_empty() {
                continue;
            }
            let taken = feed.take(&line, SystemClock.now()).await;
            match taken.with_context(|| format!("{name}, line {number}; the lines before it are imported"))? {
                Fed::Added => added += 1,
                Fed::Changed => changed += 1,
                Fed::Same => same += 1,
            }
        }
        println!("Imported {added} new taxpayers and {changed} changed ones; {same} were so already.");
        Ok(())
    }
}
