//! `asp-access desk`: what an officer asks about alerts, and says about notices. All but `handled` only read.

use std::{
    io::{self, Write},
    sync::Arc,
};

use anyhow::{Result, anyhow};
use app::model::{
    alert::{AlertKind, Channel, DeliveryState},
    gstin::Gstin,
    id::DeliveryId,
    ist,
    page::Cursor,
};
use clap::{Args, Subcommand, value_parser};
use serde::{Serialize, de::DeserializeOwned};
use server::{
    clock::{Clock, SystemClock},
    desk::{self, NotHandled, When},
    store::{
        self, Store, StoreError,
        port::{DeliverySearch, FAILED, TAKEN_OVER, WAITING},
    },
};
use uuid::Uuid;

/// Letters of an officer's name.
const NAME_MAX: usize = 100;

/// What an officer wants.
#[derive(Debug, Args)]
pub(crate) struct Desk {
    #[command(subcommand)]
    deed: Deed,
}

#[derive(Debug, Subcommand)]
enum Deed {
    /// List deliveries, the newest first, with what became of each
    Deliveries(Deliveries),
    /// Count deliveries by channel and state; what needs a person stands first
    Summary(Summary),
    /// List what a machine could not set right and nobody has handled, the oldest first
    Notices(Notices),
    /// Say that you have dealt with a notice
    Handled(Handled),
}

/// Where.
#[derive(Debug, Args)]
struct Where {
    /// The database: the path of an SQLite file, or `postgres://user@host/database`
    #[arg(long, env = "ASP_ACCESS_DATABASE")]
    database: String,
}

#[derive(Debug, Args)]
struct Deliveries {
    #[command(flatten)]
    at: Where,
    /// Owed from then on: 90m, 24h, 7d, or a moment such as 2026-11-28T17:40 on India's clock
    #[arg(long, value_name = "WHEN", default_value = "7d")]
    since: When,
    /// Owed before then
    #[arg(long, value_name = "WHEN")]
    until: Option<When>,
    /// In this state; may be given several times
    #[arg(long, value_parser = state)]
    state: Vec<DeliveryState>,
    /// Those that need a person: `permanent_failure`, `technical_failure` and `expired`
    #[arg(long, conflicts_with = "state")]
    failed: bool,
    /// By this channel: email, sms
    #[arg(long, value_parser = channel)]
    channel: Option<Channel>,
    /// Of alerts of this kind, such as `consent_given`
    #[arg(long, value_parser = kind)]
    kind: Option<AlertKind>,
    /// Of this taxpayer
    #[arg(long)]
    gstin: Option<Gstin>,
    /// Lines of a page, at most 1000
    #[arg(long, default_value_t = 50, value_parser = value_parser!(u32).range(1..=1_000))]
    limit: u32,
    /// The page after this delivery
    #[arg(long, value_name = "ID")]
    after: Option<DeliveryId>,
    /// A JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Summary {
    #[command(flatten)]
    at: Where,
    /// Owed from then on: 90m, 24h, 7d, or a moment such as 2026-11-28T17:40 on India's clock
    #[arg(long, value_name = "WHEN", default_value = "24h")]
    since: When,
    /// Owed before then
    #[arg(long, value_name = "WHEN")]
    until: Option<When>,
}

#[derive(Debug, Args)]
struct Notices {
    #[command(flatten)]
    at: Where,
    /// The page after this place, as the page before names it
    #[arg(long, value_name = "PLACE")]
    after: Option<Cursor>,
    /// A JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Handled {
    #[command(flatten)]
    at: Where,
    /// The taxpayer that the notice is about
    gstin: Gstin,
    /// The notice
    id: Uuid,
    /// Your name: it is kept with the notice
    #[arg(long, value_name = "NAME", value_parser = name)]
    by: String,
}

impl Desk {
    pub(super) async fn run(self) -> Result<()> {
        match self.deed {
            Deed::Deliveries(deliveries) => deliveries.run().await,
            Deed::Summary(summary) => summary.run().await,
            Deed::Notices(notices) => notices.run().await,
            Deed::Handled(handled) => handled.run().await,
        }
    }
}

impl Where {
    async fn to_read(&self) -> Result<Arc<dyn Store>> {
        store::open_to_read(&self.database).await.map_err(unreadable)
    }
}

impl Deliveries {
    async fn run(self) -> Result<()> {
        let (since, until) = desk::span(self.since, self.until, SystemClock.now())?;
        let states = if self.failed { FAILED.to_vec() } else { self.state };
        let Self { channel, kind, gstin, after, limit, .. } = self;
        let search = DeliverySearch { since, until, states, channel, kind, gstin, after, limit };
        let store = self.at.to_read().await?;
        let page = desk::deliveries(&*store, &search).await.map_err(unreadable)?;
        store.close().await;
        let span = match until {
            None => format!("owed since {} IST", ist::minute(since)),
            Some(until) => format!("owed from {} to {} IST", ist::minute(since), ist::minute(until)),
        };
        let end = match page.next() {
            Some(next) => format!("There are more: ask again with --after {next}"),
            None if page.is_empty() && after.is_some() => format!("No delivery follows, of those {span}."),
            None if page.is_empty() => format!("No delivery {span} is like that; --since looks further back."),
            None if after.is_some() => format!("These are the last, of those {span}."),
            None => format!("These are all, of those {span}; --since looks further back."),
        };
        if self.json { tell_apart(&page.json_lines()?, &end) } else { say(&page.table(), page.is_empty(), &end) }
    }
}

impl Summary {
    async fn run(self) -> Result<()> {
        let now = SystemClock.now();
        let (since, until) = desk::span(self.since, self.until, now)?;
        let store = self.at.to_read().await?;
        let summary = desk::summary(&*store, since, until, now).await.map_err(unreadable)?;
        store.close().await;
        print(&summary.to_string())
    }
}

impl Notices {
    async fn run(self) -> Result<()> {
        let store = self.at.to_read().await?;
        let page = desk::open_notices(&*store, self.after).await.map_err(unreadable)?;
        store.close().await;
        let end = match page.next() {
            Some(next) => format!("There are more: ask again with --after {next}"),
            None if page.is_empty() && self.after.is_some() => "No open notice follows.".to_owned(),
            None if page.is_empty() => "No notice is open.".to_owned(),
            None if self.after.is_some() => "These are the last.".to_owned(),
            None => {
                "These are all. `asp-access desk handled GSTIN NOTICE --by NAME` says that one is dealt with.".into()
            }
        };
        if self.json { tell_apart(&page.json_lines()?, &end) } else { say(&page.table(), page.is_empty(), &end) }
    }
}

impl Handled {
    async fn run(self) -> Result<()> {
        let Self { at, gstin, id, by } = self;
        // Opening a database to write makes one where there is none, and brings an old one up to date: not for a notice that
        // is not there.
        let store = at.to_read().await?;
        desk::look_up(&*store, gstin, id).await.map_err(not_handled)?;
        store.close().await;
        let store = store::open(&at.database).await.map_err(unreadable)?;
        let done = desk::handle(&*store, gstin, id, &by, SystemClock.now()).await;
        store.close().await;
        done.map_err(not_handled)?;
        print(&format!("Notice {id} about {gstin} is handled, by {by}.\n"))
    }
}

fn not_handled(error: NotHandled) -> anyhow::Error {
    match error {
        NotHandled::Store(error) => unreadable(error),
        refused => refused.into(),
    }
}

/// A sentence that says what to do, before what the database said.
fn unreadable(error: StoreError) -> anyhow::Error {
    if error.is_not_ours() {
        return anyhow!(
            "this is no database of asp-access, or no server of this version has served it yet: name the one that your \
             servers use"
        );
    }
    let asks_for_an_address = matches!(error, StoreError::Address(_));
    let error = anyhow::Error::new(error);
    if asks_for_an_address {
        return error;
    }
    error.context("the database cannot be reached: look whether its address is right, and whether it runs")
}

/// What was found for a person, and below it how to go on.
fn say(table: &str, is_empty: bool, end: &str) -> Result<()> {
    if is_empty { print(&format!("{end}\n")) } else { print(&format!("{table}\n{end}\n")) }
}

/// What was found for a program; how to go on is for who watches it.
#[expect(clippy::print_stderr, reason = "standard output holds JSON and nothing else")]
fn tell_apart(lines: &str, end: &str) -> Result<()> {
    print(lines)?;
    eprintln!("{end}");
    Ok(())
}

/// Not by `print!`, which panics where the reader (`head`, say) has seen enough.
fn print(text: &str) -> Result<()> {
    Ok(io::stdout().write_all(text.as_bytes())?)
}

fn state(text: &str) -> Result<DeliveryState, String> {
    word(text, "state of a delivery", &[&FAILED[..], &WAITING[..], &TAKEN_OVER[..]].concat())
}

fn channel(text: &str) -> Result<Channel, String> {
    word(text, "channel", &Channel::ALL)
}

fn kind(text: &str) -> Result<AlertKind, String> {
    word(text, "kind of alert", AlertKind::ALL)
}

/// One of the model's words.
fn word<T: Serialize + DeserializeOwned>(text: &str, what: &str, all: &[T]) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|_| {
        let names = all.iter().filter_map(|one| Some(serde_json::to_value(one).ok()?.as_str()?.to_owned()));
        format!("this is no {what}; choose one of {}", names.collect::<Vec<_>>().join(", "))
    })
}

/// A name that can be read on one line.
fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    let fits = (1..=NAME_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned()).ok_or_else(|| format!("give your name, in {NAME_MAX} letters at most"))
}
