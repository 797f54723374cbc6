//! `asp-access templates`: the SMS templates, checked as at the start of a server.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use server::alerts::sms_template::SmsTemplates;

/// What is to be done with them.
#[derive(Debug, Args)]
pub(crate) struct Templates {
    #[command(subcommand)]
    deed: Deed,
}

#[derive(Debug, Subcommand)]
enum Deed {
    /// Check a file, and print each template with the length and the parts of its longest SMS
    Check {
        /// The file; without it, the drafts
        #[arg(env = "ASP_ACCESS_SMS_TEMPLATES")]
        file: Option<PathBuf>,
    },
    /// Print the drafts as a file, for the operators' ids to be put into
    Draft,
}

impl Templates {
    #[expect(clippy::print_stdout, reason = "it is what this command is for")]
    pub(super) fn run(self) -> Result<()> {
        match self.deed {
            Deed::Check { file } => print!("{}", read(file.as_deref())?.table()),
            Deed::Draft => println!("{}", SmsTemplates::draft_file()?),
        }
        Ok(())
    }
}

/// The templates of a file, or the drafts.
pub(super) fn read(file: Option<&Path>) -> Result<SmsTemplates> {
    let Some(file) = file else { return Ok(SmsTemplates::draft()?) };
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    SmsTemplates::parse(&text).with_context(|| file.display().to_string())
}
