//! `asp-access bounce`: takes one mail that came back, from standard input, as a mail server pipes it.

use std::{io::Read, path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Context, Result};
use clap::Args;
use server::{
    alerts::bounces::{BounceDesk, MAIL_BYTES_MAX, Taken},
    chance::SystemChance,
    clock::SystemClock,
    store,
    vault::Vault,
};

/// What a mail server takes for "try again later" (`sysexits.h`: `EX_TEMPFAIL`).
const TRY_AGAIN: u8 = 75;

/// The settings.
#[derive(Debug, Args)]
pub(crate) struct Bounce {
    /// The database: the path of an SQLite file, or `postgres://user@host/database`
    #[arg(long, env = "ASP_ACCESS_DATABASE")]
    database: String,
    /// The file with the root key
    #[arg(long, env = "ASP_ACCESS_ROOT_KEY_FILE")]
    root_key_file: PathBuf,
    /// Whom the mail was for, where the mail server says so; otherwise its headers are asked
    #[arg(long)]
    to: Option<String>,
}

impl Bounce {
    /// Whatever is wrong with the mail itself is no failure: to send it back would make another bounce.
    pub(super) async fn run(self) -> ExitCode {
        match self.take().await {
            Ok(Taken::Heard | Taken::Nothing) => ExitCode::SUCCESS,
            Ok(Taken::NotNow) => ExitCode::from(TRY_AGAIN),
            Err(error) => {
                super::complain(&error);
                ExitCode::from(TRY_AGAIN)
            }
        }
    }

    async fn take(self) -> Result<Taken> {
        let mut mail = Vec::new();
        let limit = u64::try_from(MAIL_BYTES_MAX)?;
        std::io::stdin().lock().take(limit).read_to_end(&mut mail).context("cannot read the mail")?;
        let chance = Arc::new(SystemChance);
        let vault = Vault::new(&super::root_key::read(&self.root_key_file)?, chance.clone());
        let store = store::open(&self.database).await.context("the database cannot be used")?;
        let desk = BounceDesk { store: store.clone(), vault, clock: Arc::new(SystemClock), chance };
        let taken = desk.take(&mail, self.to.as_deref()).await.context("the bounce could not be written down")?;
        store.close().await;
        Ok(taken)
    }
}
