//! The command line: serve · demo · flow · rotate-wire-key · rotate-signing-key · verify · witness · registry · backup ·
//! seed.

mod command;

use clap::Parser;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| "warn,server=info,asp_access=info".into()),
        )
        .with_writer(std::io::stderr)
        // Its complaint about a line that could not be written would go the same way, and panic on a full disk.
        .log_internal_errors(false)
        .init();
    match command::Command::parse().run().await {
        Ok(code) => code,
        Err(error) => {
            command::complain(&error);
            std::process::ExitCode::FAILURE
        }
    }
}
