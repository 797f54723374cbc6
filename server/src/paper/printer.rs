//! Writing on paper beside the traffic: on a thread of its own, so many documents at once and no more.

use std::{path::Path, sync::Arc};

use tokio::{sync::Semaphore, task};

use super::{Fonts, NoFonts, NotWritten};

/// Documents that are written at once; others wait. Each keeps a core busy while it is written.
const AT_ONCE: usize = 2;

/// Writes documents, where the fonts are there.
#[derive(Clone)]
pub struct Printer {
    fonts: Option<Arc<Fonts>>,
    turns: Arc<Semaphore>,
}

impl Printer {
    /// With the fonts of a folder. Where they are missing, the log says what to install, and only PDF is not offered.
    pub fn with_fonts_in(folder: &Path) -> Self {
        let fonts = Fonts::read(folder).inspect_err(|missing: &NoFonts| tracing::warn!("{missing}")).ok();
        Self { fonts: fonts.map(Arc::new), turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Writes a document.
    ///
    /// # Errors
    /// [`NotWritten`]; [`NotWritten::Font`] where the fonts are missing.
    pub async fn write(
        &self,
        what: impl FnOnce(&Fonts) -> Result<Vec<u8>, NotWritten> + Send + 'static,
    ) -> Result<Vec<u8>, NotWritten> {
        let fonts = self.fonts.clone().ok_or(NotWritten::Font)?;
        let turn = self.turns.clone().acquire_owned().await;
        let written = task::spawn_blocking(move || {
            let _turn = turn;
            what(&fonts)
        });
        written.await.unwrap_or_else(|error| Err(NotWritten::Pdf(error.to_string())))
    }
}
