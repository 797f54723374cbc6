//! Receipts: made and signed when they are first asked for, kept, and given out the same ever after.

use std::sync::Arc;

use app::model::{
    gstin::Gstin,
    id::ConsentId,
    merkle::{PublicKeys, Signature},
    receipt::{
        Checked, Fault, Linked, ReceiptKind, Subject, check, consent_receipt, ending_receipt, json::Json, seal,
        with_proof,
    },
};

use crate::{
    clock::Clock,
    consent::Consents,
    ledger::{Ledger, LedgerError},
    store::{
        Store, StoreError,
        port::{KeptReceipt, LinkedEvent},
    },
};

/// Why there is no receipt.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger cannot prove.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// What lies in the store is not what was signed: it was tampered with, and is not given out.
    #[error("the receipt of consent {consent} in the store is not what was signed: {fault:?}")]
    Tampered {
        /// Whose receipt.
        consent: ConsentId,
        /// What is wrong with it.
        fault: Fault,
    },
}

/// Gives receipts out.
pub struct Receipts {
    /// Where they are kept.
    pub store: Arc<dyn Store>,
    /// Knows when an end held everywhere.
    pub consents: Arc<Consents>,
    /// Signs, and proves.
    pub ledger: Arc<Ledger>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Who gives them out: the server's public address.
    pub issuer: String,
}

impl Receipts {
    /// The receipt of a consent as a signed document, and what it says; `None` where there is no such consent, or it was
    /// not ended. Asked for again, it is the same; only the proof joins it, when the log has its event.
    ///
    /// # Errors
    /// [`ReceiptError`].
    pub async fn document(
        &self,
        gstin: Gstin,
        id: ConsentId,
        kind: ReceiptKind,
    ) -> Result<Option<(String, Checked)>, ReceiptError> {
        let mut kept = self.store.read().await?.kept_receipt(gstin, id, kind).await?;
        if kept.is_none() {
            let Some(made) = self.make(gstin, id, kind).await? else { return Ok(None) };
            kept = self.keep(gstin, id, kind, &made).await?;
        }
        let tampered = |fault| ReceiptError::Tampered { consent: id, fault };
        let Some(KeptReceipt { document, proof }) = kept else { return Ok(None) };
        let document = Json::parse(document.as_bytes()).map_err(|bad| tampered(bad.into()))?;
        let proof = match proof {
            Some(proof) => Some(proof),
            None => self.prove(gstin, id, kind, &document).await?,
        };
        let document = match proof.map(|proof| Json::parse(proof.as_bytes())).transpose() {
            Ok(Some(proof)) => with_proof(document, proof),
            Ok(None) => document,
            Err(bad) => return Err(tampered(bad.into())),
        };
        let document = document.canonical();
        // Nothing leaves that would not be accepted.
        let checked = self.checked(&document).await?.map_err(tampered)?;
        Ok(Some((document, checked)))
    }

    /// The public keys that receipts are checked with.
    pub fn keys(&self) -> PublicKeys {
        self.ledger.keys().published()
    }

    /// Signs content with the newest key.
    pub fn sign(&self, content: &Json) -> Json {
        let keys = self.ledger.keys();
        loop {
            let key = keys.newest_id();
            let mut signed_by = key;
            let document = seal(content.clone(), key, |bytes| {
                let (by, signature) = keys.sign(bytes);
                signed_by = by;
                Signature(signature)
            });
            // A document names its key: where a new one came in between, it is signed again.
            if signed_by == key {
                return document;
            }
        }
    }

    /// What a document says, where it would be accepted.
    async fn checked(&self, document: &str) -> Result<Result<Checked, Fault>, ReceiptError> {
        match check(document.as_bytes(), &self.keys()) {
            // Signed by another server with a key that was made a moment ago.
            Err(Fault::UnknownKey { .. }) => {
                self.ledger.keys().reload().await.map_err(LedgerError::from)?;
                Ok(check(document.as_bytes(), &self.keys()))
            }
            checked => Ok(checked),
        }
    }

    async fn make(&self, gstin: Gstin, id: ConsentId, kind: ReceiptKind) -> Result<Option<Json>, ReceiptError> {
        let ending = match kind {
            ReceiptKind::Given => None,
            // Waits until the end holds everywhere: no receipt says so before.
            ReceiptKind::Ended => match self.consents.receipt(gstin, id).await? {
                Some(ending) => Some(ending),
                None => return Ok(None),
            },
        };
        let mut work = self.store.read().await?;
        let Some(consent) = work.consent(gstin, id).await? else { return Ok(None) };
        // Nothing happens to a consent after its end: its version is that of the end.
        let version = if ending.is_some() { consent.version } else { 1 };
        let missing = |what: &str| StoreError::Unreadable(format!("consent {id} without its {what}"));
        let found = work.linked_event(gstin, id, version).await?.ok_or_else(|| missing("event"))?;
        let application = work.application(consent.application).await?.ok_or_else(|| missing("application"))?;
        let taxpayer = work.taxpayer(gstin).await?.ok_or_else(|| missing("taxpayer"))?;
        let subject = Subject {
            consent: &consent,
            application: &application,
            trade_name: &taxpayer.trade_name,
            issuer: &self.issuer,
            event: &found.event,
            linked: &linked(&found)?,
        };
        let said = match &ending {
            None => consent_receipt(&subject),
            Some(ending) => ending_receipt(&subject, ending),
        };
        Ok(Some(self.sign(&said)))
    }

    /// Keeps what was made, unless another server was first; what is kept then.
    async fn keep(
        &self,
        gstin: Gstin,
        id: ConsentId,
        kind: ReceiptKind,
        made: &Json,
    ) -> Result<Option<KeptReceipt>, StoreError> {
        let mut work = self.store.write().await?;
        work.add_receipt(gstin, id, kind, self.clock.now(), &made.canonical()).await?;
        let kept = work.kept_receipt(gstin, id, kind).await?;
        work.commit().await?;
        Ok(kept)
    }

    /// The proof of a receipt that has none yet, kept from now on; none where the log does not have the event yet.
    async fn prove(
        &self,
        gstin: Gstin,
        id: ConsentId,
        kind: ReceiptKind,
        document: &Json,
    ) -> Result<Option<String>, ReceiptError> {
        let Some(seq) = document.number_at("/content/ledger/seq") else { return Ok(None) };
        let mut reading = self.store.read().await?;
        let Some(inclusion) = self.ledger.inclusion(&mut *reading, gstin, seq).await? else { return Ok(None) };
        drop(reading);
        let proof = serde_json::to_vec(&inclusion).ok().and_then(|proof| Json::parse(&proof).ok());
        let proof = proof.ok_or_else(|| StoreError::Unreadable("a proof with no JSON".into()))?.canonical();
        let mut work = self.store.write().await?;
        work.add_proof(gstin, id, kind, &proof).await?;
        let kept = work.kept_receipt(gstin, id, kind).await?;
        work.commit().await?;
        Ok(kept.and_then(|kept| kept.proof))
    }
}

fn linked(found: &LinkedEvent) -> Result<Linked, StoreError> {
    let event = serde_json::to_string(&found.event);
    let event = event.map_err(|_| StoreError::Unreadable("an event with no JSON".into()))?;
    // A taxpayer's first event is linked to nothing.
    Ok(Linked { seq: found.link.seq, before: found.before.unwrap_or([0; 32]), hash: found.link.hash, event })
}
