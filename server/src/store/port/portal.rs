//! Who is signed in at the screen.

use std::collections::BTreeMap;

use app::model::{Timestamp, gstin::Gstin, id::SignatoryId, role::Role};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::vault::KeyedHash;

/// The person that a hand-off brought, and the taxpayers the portal says this person acts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The person.
    pub signatory: SignatoryId,
    /// The person's name.
    pub name: String,
    /// The registrations.
    pub gstins: Vec<Gstin>,
    /// In which part the person comes for a registration; a signatory where nothing is said.
    #[serde(default)]
    pub roles: BTreeMap<Gstin, Role>,
}

/// Reads of the portal.
#[async_trait]
pub trait ReadPortal: Send {
    /// The person whose cookie has this keyed hash, if the session is neither over nor ended.
    async fn portal_session(&mut self, cookie: KeyedHash, now: Timestamp) -> Result<Option<Person>, StoreError>;
}

/// Writes of the portal.
#[async_trait]
pub trait WritePortal: Send {
    /// Uses up a hand-off; `false` where it had been used before.
    async fn use_hand_off(&mut self, jti: &str, expires_at: Timestamp) -> Result<bool, StoreError>;

    /// Adds a session.
    async fn add_portal_session(
        &mut self,
        cookie: KeyedHash,
        person: &Person,
        created_at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Ends a session. One that is over or unknown stays so.
    async fn end_portal_session(&mut self, cookie: KeyedHash, at: Timestamp) -> Result<(), StoreError>;
}
