//! The command line: serve · demo · flow · rotate-wire-key · rotate-signing-key · verify · witness · registry · backup ·
//! desk · seed.

mod command;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| "warn,server=info,asp_access=info".into()),
        )
        .with_writer(std::io::stderr)
        // Its complaint about a line that could not be written would go the same way, and panic on a full disk.
        .log_internal_errors(false)
        .init();
    let arguments = command::watched::arguments(std::env::args_os().collect(), |name| std::env::var(name).ok());
    let run = || {
        let runtime = tokio::runtime::Runtime::new()?;
        let code = runtime.block_on(command::Command::parse_from(arguments).run());
        // A name that is still being looked up cannot be broken off, and must not hold a stop up.
        runtime.shutdown_background();
        code
    };
    run().unwrap_or_else(|error: anyhow::Error| {
        command::complain(&error);
        ExitCode::FAILURE
    })
}
