//! Signals within one process: a file has one server, and another process on it learns by renewing.

use async_trait::async_trait;
use tokio::sync::broadcast;

use crate::store::{
    StoreError,
    port::{Signal, Signals},
};

/// Signals that a slow listener may be behind; it misses the older ones then.
const BEHIND_MAX: usize = 1024;

/// The line of a store.
#[derive(Debug, Clone)]
pub(super) struct Line(broadcast::Sender<Signal>);

impl Default for Line {
    fn default() -> Self {
        Self(broadcast::channel(BEHIND_MAX).0)
    }
}

impl Line {
    pub(super) fn send(&self, signals: &[Signal]) {
        for signal in signals {
            // Nobody listens: nobody has to know.
            let _ = self.0.send(*signal);
        }
    }

    pub(super) fn listen(&self) -> Listener {
        Listener(self.0.subscribe())
    }
}

/// One end of the line.
pub(super) struct Listener(broadcast::Receiver<Signal>);

#[async_trait]
impl Signals for Listener {
    async fn next(&mut self) -> Result<Signal, StoreError> {
        loop {
            match self.0.recv().await {
                Ok(signal) => return Ok(signal),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return std::future::pending().await,
            }
        }
    }
}
