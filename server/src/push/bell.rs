//! Rung when an end holds: whoever tells GSPs, and whoever waits for a GSP's next event, looks at once.

use std::sync::Arc;

use tokio::sync::watch;

/// A bell that everybody hears who listens. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bell(Arc<watch::Sender<()>>);

impl Default for Bell {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(())))
    }
}

impl Bell {
    /// Something may be told now.
    pub fn ring(&self) {
        self.0.send_replace(());
    }

    /// Hears every ring from now on; those that come while nobody waits are kept as one.
    pub(super) fn listen(&self) -> watch::Receiver<()> {
        self.0.subscribe()
    }
}
