//! The registry: GSPs, ASPs, applications, gateways, and the keys of the wire.

use app::model::{
    Timestamp,
    id::{ApplicationId, AspId},
    registry::{Application, Asp, Gsp},
};
use async_trait::async_trait;

use super::StoreError;
use crate::vault::KeyedHash;

/// An application with what proves it.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The application, its ASP and its GSP.
    pub application: Application,
    /// The keyed hash of its client secret.
    pub secret_hash: KeyedHash,
}

/// A key of the wire as it lies in the store.
#[derive(Debug, Clone)]
pub struct StoredWireKey {
    /// Names the key.
    pub id: String,
    /// The private key, sealed.
    pub pkcs8_sealed: Vec<u8>,
    /// The certificate that GSPs download.
    pub certificate_pem: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Until when a replaced key is still accepted; `None` for the current one.
    pub accepted_until: Option<Timestamp>,
}

/// Reads of the registry.
#[async_trait]
pub trait ReadRegistry: Send {
    /// The application that the wire calls by this client id.
    async fn application_by_client_id(&mut self, client_id: &str) -> Result<Option<Registered>, StoreError>;

    /// The application of this id.
    async fn application(&mut self, id: ApplicationId) -> Result<Option<Application>, StoreError>;

    /// These applications, in any order.
    async fn applications_of(&mut self, ids: &[ApplicationId]) -> Result<Vec<Application>, StoreError>;

    /// These ASPs, in any order.
    async fn asps(&mut self, ids: &[AspId]) -> Result<Vec<Asp>, StoreError>;

    /// Every application, by ASP and GSP name. The registry is small: about sixty GSPs, some thousand ASPs.
    async fn applications(&mut self) -> Result<Vec<Application>, StoreError>;

    /// The name of the gateway whose secret has this keyed hash.
    async fn gateway(&mut self, secret: KeyedHash) -> Result<Option<String>, StoreError>;

    /// The keys of the wire, the newest first.
    async fn wire_keys(&mut self) -> Result<Vec<StoredWireKey>, StoreError>;
}

/// Writes of the registry.
#[async_trait]
pub trait WriteRegistry: Send {
    /// Adds a GSP, or changes it.
    async fn put_gsp(&mut self, gsp: &Gsp) -> Result<(), StoreError>;

    /// Adds an ASP, or changes it.
    async fn put_asp(&mut self, asp: &Asp) -> Result<(), StoreError>;

    /// Adds an application whose ASP and GSP are known, or changes it.
    async fn put_application(&mut self, registered: &Registered) -> Result<(), StoreError>;

    /// Adds a gateway, or changes its secret.
    async fn put_gateway(&mut self, name: &str, secret: KeyedHash) -> Result<(), StoreError>;

    /// Adds a key; the keys before it are accepted until `others_until` at the latest.
    async fn add_wire_key(&mut self, key: &StoredWireKey, others_until: Timestamp) -> Result<(), StoreError>;
}
