//! Signals between servers: LISTEN and NOTIFY on one channel.

use app::model::gstin::Gstin;
use async_trait::async_trait;
use sqlx::{Executor, PgPool, postgres::PgListener};
use tokio::time::timeout;
use uuid::Uuid;

use super::{
    bounded::{Bounded, unanswered},
    connect,
};
use crate::store::{
    StoreError,
    port::{Change, Signal, Signals},
};

const CHANNEL: &str = "asp_access";

/// Sends signals. The pool's connections do not wait for the disk (`synchronous_commit = off`): a signal that a crash
/// loses is learnt by renewing.
pub(super) async fn send(pool: &PgPool, signals: &[Signal]) -> Result<(), StoreError> {
    let texts: Vec<String> = signals.iter().map(to_text).collect();
    sqlx::query("select pg_notify($1, text) from unnest($2::text[]) as text")
        .bind(CHANNEL)
        .bind(texts)
        .execute(&mut Bounded::lent(pool, connect::SIGNAL_MAX).await?)
        .await?;
    Ok(())
}

/// One end of the line.
pub(super) struct Line(PgListener);

impl Line {
    /// A connection of its own, for as long as somebody listens.
    pub(super) async fn open(like: &PgPool) -> Result<Self, StoreError> {
        let mut listener = PgListener::connect_with(&connect::line_like(like)).await?;
        listener.listen(CHANNEL).await?;
        Ok(Self(listener))
    }
}

#[async_trait]
impl Signals for Line {
    async fn next(&mut self) -> Result<Signal, StoreError> {
        loop {
            match timeout(connect::QUIET_MAX, self.0.try_recv()).await {
                // `None`: the link broke and a new one stands. What was missed meanwhile is learnt by renewing.
                Ok(heard) => {
                    if let Some(notice) = heard?
                        && let Some(signal) = from_text(notice.payload())
                    {
                        return Ok(signal);
                    }
                }
                // Nobody spoke, or a mute link carries nothing: only the latter answers no question.
                Err(_) => match timeout(connect::SIGNAL_MAX, self.0.execute("select 1 as alive")).await {
                    Ok(answer) => _ = answer?,
                    Err(_) => return Err(unanswered().into()),
                },
            }
        }
    }
}

/// `changed <id> <gstin or ->` or `done <id> <node>`.
fn to_text(signal: &Signal) -> String {
    match signal {
        Signal::Changed(Change { id, gstin: Some(gstin) }) => format!("changed {id} {gstin}"),
        Signal::Changed(Change { id, gstin: None }) => format!("changed {id} -"),
        Signal::Done { change, node } => format!("done {change} {node}"),
    }
}

fn from_text(text: &str) -> Option<Signal> {
    let mut words = text.split(' ');
    let (kind, id) = (words.next()?, words.next()?.parse::<Uuid>().ok()?);
    match (kind, words.next()?) {
        ("changed", "-") => Some(Signal::Changed(Change { id, gstin: None })),
        ("changed", gstin) => Some(Signal::Changed(Change { id, gstin: Some(gstin.parse::<Gstin>().ok()?) })),
        ("done", node) => Some(Signal::Done { change: id, node: node.parse().ok()? }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_comes_back_from_its_text_and_any_other_text_is_no_signal() {
        let [change, node] = [1, 2].map(Uuid::from_u128);
        for signal in [
            Signal::Changed(Change { id: change, gstin: None }),
            Signal::Changed(Change { id: change, gstin: "27GSPMH0992G1ZF".parse().ok() }),
            Signal::Done { change, node },
        ] {
            assert_eq!(from_text(&to_text(&signal)), Some(signal));
        }
        for text in ["", "changed", "changed x -", &format!("changed {change} 27"), &format!("gone {change} {node}")] {
            assert_eq!(from_text(text), None, "{text}");
        }
    }
}
