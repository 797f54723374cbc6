//! `asp-access backup`: a copy of a SQLite file while a server uses it.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use server::store;

/// From where and to where.
#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The path of the SQLite file
    #[arg(long, env = "ASP_ACCESS_DATABASE")]
    database: String,
    /// The new file; nothing is overwritten
    #[arg(long)]
    to: PathBuf,
}

impl Backup {
    #[expect(clippy::print_stdout, reason = "where the copy is, is what this command prints")]
    pub(super) async fn run(self) -> Result<()> {
        store::backup(&self.database, &self.to).await?;
        println!("Copied into {}. Look at it: asp-access verify --database {0}", self.to.display());
        Ok(())
    }
}
