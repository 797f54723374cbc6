//! What officers have to look at.

use app::model::{Timestamp, gstin::Gstin, notice::OfficerNotice};
use async_trait::async_trait;
use uuid::Uuid;

use super::StoreError;

/// Rows of a page of notices.
pub const NOTICES_MAX: u32 = 50;

/// Reads of notices.
#[async_trait]
pub trait ReadNotices: Send {
    /// A page of those that nobody has handled, the oldest first, after the one of this moment and id.
    async fn open_notices(&mut self, after: Option<(Timestamp, Uuid)>) -> Result<Vec<OfficerNotice>, StoreError>;

    /// How many nobody has handled, counted up to a bound.
    async fn count_open_notices(&mut self, up_to: u32) -> Result<u32, StoreError>;

    /// One, whether it was handled or not.
    async fn notice(&mut self, gstin: Gstin, id: Uuid) -> Result<Option<OfficerNotice>, StoreError>;
}

/// Writes of notices.
#[async_trait]
pub trait WriteNotices: Send {
    /// Adds notices. One of the same kind about the same row that is there already stays as it is. The ids of those that
    /// were new.
    async fn add_notices(&mut self, notices: &[OfficerNotice]) -> Result<Vec<Uuid>, StoreError>;

    /// An officer has dealt with it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where somebody has already, or there is no such notice.
    async fn handle_notice(&mut self, gstin: Gstin, id: Uuid, at: Timestamp, by: &str) -> Result<(), StoreError>;
}
