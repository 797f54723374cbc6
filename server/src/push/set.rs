//! A security event token (RFC 8417): what it says of an end, signed with the server's newest key (RFC 7515, Ed25519).
//!
//! It names the consent and the application, and nobody: the subject is an opaque id (RFC 9493 §3.2.7), the one that the wire
//! gives the GSP in the header `consent-id`.

use std::sync::Arc;

use app::model::{
    Timestamp, gstin::Gstin, id::ConsentId, receipt::EndingReceipt, registry::Application,
    security_event::SecurityEvent,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::reasons;
use crate::{
    consent::Consents,
    ledger::SigningKeys,
    store::{Store, StoreError},
    vault::{Purpose, Vault},
};

/// The type of the event (CAEP 1.0 §3.1).
pub const EVENT_TYPE: &str = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
/// The media type of a token (RFC 8417 §7.2).
pub const MEDIA_TYPE: &str = "application/secevent+jwt";
/// After the consent's id, in the token's.
const JTI_SUFFIX: &str = ".ended";

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum CannotTell {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The consent has not been ended, or its application is not known: the database was changed behind our back.
    #[error("there is no such end of consent {0}")]
    NoEnd(ConsentId),
}

/// Writes tokens.
#[derive(Clone)]
pub struct SetWriter {
    /// Where ends are.
    pub store: Arc<dyn Store>,
    /// Knows, or finds out, since when an end holds everywhere.
    pub consents: Arc<Consents>,
    /// Signs.
    pub keys: Arc<SigningKeys>,
    /// Names transactions.
    pub vault: Vault,
    /// Who says it: where this server is reached.
    pub issuer: String,
}

/// The id of the token about a consent's end: a consent ends at most once.
pub fn jti(consent: ConsentId) -> String {
    format!("{consent}{JTI_SUFFIX}")
}

/// The consent that a token's id is about.
pub(super) fn consent_of(jti: &str) -> Option<ConsentId> {
    jti.strip_suffix(JTI_SUFFIX)?.parse().ok()
}

impl SetWriter {
    /// The token about an end. Written only once the end holds everywhere: where nobody knows since when it does, it is waited
    /// for. The same each time, but for a new signing key.
    ///
    /// # Errors
    /// [`CannotTell`]; then nothing may be told.
    pub async fn write(&self, event: &SecurityEvent) -> Result<String, CannotTell> {
        let no_end = || CannotTell::NoEnd(event.consent);
        let receipt = self.consents.receipt(event.gstin, event.consent).await?.ok_or_else(no_end)?;
        let application = self.store.read().await?.application(receipt.consent.application).await?;
        let claims = self.claims(&receipt, &application.ok_or_else(no_end)?);
        Ok(self.sign(&claims))
    }

    fn claims(&self, receipt: &EndingReceipt, application: &Application) -> Value {
        let (consent, ending) = (&receipt.consent, receipt.ending);
        let reason = reasons::of(ending.reason);
        json!({
            "iss": self.issuer,
            "aud": format!("urn:uuid:{}", application.gsp.id),
            // Of the moment from which it may be told: the same at each attempt.
            "iat": receipt.effective_at.as_second(),
            "jti": jti(consent.id),
            "txn": self.txn(consent.gstin, ending.at),
            "sub_id": { "format": "opaque", "id": consent.id },
            "events": { EVENT_TYPE: {
                "event_timestamp": ending.at.as_second(),
                "initiating_entity": reasons::initiating_entity(ending.by, ending.reason),
                "reason_admin": { "en": reason.admin },
                "reason_user": { "en": reason.user_en, "hi": reason.user_hi },
                "reason": reason.name,
                "client_id": application.client_id,
            } },
        })
    }

    /// The same for everything that one decision of a taxpayer ended, and told by no one who has not the server's key.
    fn txn(&self, gstin: Gstin, at: Timestamp) -> String {
        let hash = self.vault.hash(Purpose::Transaction, format!("{gstin} {}", at.as_microsecond()).as_bytes());
        hex::encode(&hash.0[..16])
    }

    fn sign(&self, claims: &Value) -> String {
        loop {
            let key = self.keys.newest_id();
            let header = json!({ "alg": "EdDSA", "kid": key.to_string(), "typ": "secevent+jwt" });
            let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
            let signed = format!("{}.{}", part(&header), part(claims));
            let (by, signature) = self.keys.sign(signed.as_bytes());
            // A token names its key: where a new one came in between, it is signed again.
            if by == key {
                return format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature));
            }
        }
    }
}
