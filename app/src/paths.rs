//! The addresses of the pages: built here, so that a link and its route cannot part.

use crate::model::{gstin::Gstin, id::ConsentId};

/// *Access now* of a taxpayer.
pub fn access_now(gstin: Gstin) -> String {
    format!("/access/{gstin}")
}

/// *History* of a taxpayer.
pub fn history(gstin: Gstin) -> String {
    format!("/access/{gstin}/history")
}

/// A consent's own page.
pub fn consent(gstin: Gstin, id: ConsentId) -> String {
    format!("/access/{gstin}/consents/{id}")
}

/// The question before a revoke.
pub fn revoke(gstin: Gstin, id: ConsentId) -> String {
    format!("{}/revoke", consent(gstin, id))
}

/// The receipt after it.
pub fn receipt(gstin: Gstin, id: ConsentId) -> String {
    format!("{}/receipt", consent(gstin, id))
}
