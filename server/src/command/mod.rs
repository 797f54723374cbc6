//! The commands, a file each.

mod adopt_events;
mod backup;
mod bounce;
mod control;
mod demo;
mod desk;
mod flow;
mod partitions;
mod private_file;
mod progress;
mod providers;
mod registry;
mod root_key;
mod seed;
mod serve;
mod signing_key;
mod taxpayers;
mod templates;
mod verify;
mod verify_file;
pub(crate) mod watched;
mod wire_key;
mod witness;

use std::{net::SocketAddr, process::ExitCode};

use anyhow::{Context, Result};
use clap::Parser;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

/// Shows a taxpayer of India who reads their GST data, and lets them stop it.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) enum Command {
    /// Run the server
    Serve(Box<serve::Serve>),
    /// Run everything on this machine with sample data: portal, ASP and providers are stand-ins
    Demo(demo::Demo),
    /// Walk the whole story against a running demo, step by step
    Flow(flow::Flow),
    /// Make a new RSA key for the GST wire; the one before stays accepted for 30 days
    RotateWireKey(wire_key::RotateWireKey),
    /// Make a new Ed25519 key that signs checkpoints and receipts; what the keys before it signed stays good
    RotateSigningKey(signing_key::RotateSigningKey),
    /// Give events from before there was a ledger their leaves: once, after an upgrade from 0.1.0
    AdoptEvents(adopt_events::AdoptEvents),
    /// Check a receipt or an export offline, or a whole database: exit code 0 for good, 1 for not, 2 for unreadable
    Verify(verify::Verify),
    /// Follow a server's ledger from outside, and tell when it is not what it was: forked, cut back or rewritten
    Witness(witness::Witness),
    /// Add GSPs, ASPs, applications and API gateways from a file
    Registry(registry::Registry),
    /// Add and change taxpayers and their signatories from the portal's feed
    Taxpayers(taxpayers::Taxpayers),
    /// Take one mail that came back, from standard input, as a mail server pipes it
    Bounce(bounce::Bounce),
    /// The SMS templates
    Templates(templates::Templates),
    /// Copy an SQLite file while a server uses it
    Backup(backup::Backup),
    /// Look after the alerts: how every delivery fares, and what needs a person
    Desk(Box<desk::Desk>),
    /// Fill an empty database with made-up data, to try and to measure with
    Seed(seed::Seed),
    /// Make and detach the partitions of a PostgreSQL database now, and print them (a server does it every hour)
    Partitions(partitions::Partitions),
}

impl Command {
    /// Does it.
    pub(crate) async fn run(self) -> Result<ExitCode> {
        match self {
            Self::Verify(verify) => return verify.run().await,
            Self::Witness(witness) => return witness.run().await,
            Self::Bounce(bounce) => return Ok(bounce.run().await),
            Self::Serve(serve) => serve.run().await,
            Self::Demo(demo) => demo.run().await,
            Self::Flow(flow) => flow.run().await,
            Self::RotateWireKey(rotate) => rotate.run().await,
            Self::RotateSigningKey(rotate) => rotate.run().await,
            Self::AdoptEvents(adopt) => adopt.run().await,
            Self::Registry(registry) => registry.run().await,
            Self::Taxpayers(taxpayers) => taxpayers.run().await,
            Self::Templates(templates) => templates.run(),
            Self::Backup(backup) => backup.run().await,
            Self::Desk(desk) => desk.run().await,
            Self::Seed(seed) => seed.run().await,
            Self::Partitions(partitions) => partitions.run().await,
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Says on standard error what went wrong, the outermost first.
#[expect(clippy::print_stderr, reason = "a command says on standard error why it failed")]
pub(crate) fn complain(error: &anyhow::Error) {
    eprintln!("asp-access: {error:#}");
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}: is another server there? Choose another port"))
}

/// Cancelled by SIGTERM or Ctrl-C.
fn stop_signal() -> Result<CancellationToken> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        told.cancel();
    });
    Ok(stop)
}
