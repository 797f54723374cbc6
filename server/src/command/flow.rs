//! `asp-access flow`: walks the story against a running demo.

use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use server::{chance::SystemChance, demo::flow};

/// Where to walk.
#[derive(Debug, Args)]
pub(crate) struct Flow {
    /// The running demo
    #[arg(long, default_value = "http://127.0.0.1:3000")]
    url: String,
}

impl Flow {
    pub(super) async fn run(self) -> Result<()> {
        flow::walk(&self.url, Arc::new(SystemChance)).await
    }
}
