//! `asp-access witness`: follows a log from outside, and tells when it is not the one that it was.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::Result;
use app::model::merkle::PublicKey;
use clap::Args;
use server::witness::{LookError, Memory, Source, look};
use tokio::time;

/// Exit code where the log is not what it was.
const ALARM: u8 = 1;
/// Exit code where it could not be looked at.
const UNREADABLE: u8 = 2;

/// Which log, and where what was seen of it is remembered.
#[derive(Debug, Args)]
pub(crate) struct Witness {
    /// The server's address, as browsers see it
    #[arg(long)]
    url: String,
    /// The file to remember in; made at the first look
    #[arg(long)]
    state: PathBuf,
    /// The log's public key (64 hexadecimal digits), where you have it from elsewhere; else the first one seen is believed
    #[arg(long)]
    key: Option<PublicKey>,
    /// Seconds between two looks
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,
    /// Look once: exit code 0 where all is well, 1 where the log is not what it was, 2 where it cannot be looked at
    #[arg(long)]
    once: bool,
}

impl Witness {
    #[expect(clippy::print_stdout, reason = "what was seen is what this command prints")]
    pub(super) async fn run(self) -> Result<ExitCode> {
        let (source, stop) = (Source::new(&self.url)?, super::stop_signal()?);
        loop {
            match self.look(&source).await {
                Ok(seen) => println!("{seen}"),
                Err(error) => {
                    super::complain(&error);
                    let alarm = matches!(error.downcast_ref(), Some(LookError::Alarm(_)));
                    let can_go_on = matches!(error.downcast_ref(), Some(LookError::CannotRead(_))) && !self.once;
                    if !can_go_on {
                        return Ok(ExitCode::from(if alarm { ALARM } else { UNREADABLE }));
                    }
                }
            }
            if self.once {
                return Ok(ExitCode::SUCCESS);
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(ExitCode::SUCCESS),
                () = time::sleep(Duration::from_secs(self.every)) => {}
            }
        }
    }

    async fn look(&self, source: &Source) -> Result<String> {
        let remembered = Memory::read(&self.state)?;
        let seen = look(source, remembered.as_ref(), self.key).await?;
        seen.memory().write(&self.state)?;
        Ok(seen.to_string())
    }
}
