//! The addresses of the pages: built here, so that a link and its route cannot part.

use crate::model::{
    gstin::Gstin,
    id::ConsentId,
    receipt::{FileFormat, ReceiptKind},
};

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

/// A receipt, as a file.
pub fn receipt_file(gstin: Gstin, id: ConsentId, kind: ReceiptKind, ending: &str) -> String {
    let name = match kind {
        ReceiptKind::Given => "receipt",
        ReceiptKind::Ended => "ending-receipt",
    };
    format!("{}/{name}.{ending}", consent(gstin, id))
}

/// The whole history, as a file.
pub fn history_file(gstin: Gstin, format: FileFormat) -> String {
    format!("{}.{}", history(gstin), format.ending())
}

/// Where anybody checks a receipt.
pub const VERIFY: &str = "/verify";

/// The same, for a receipt of one's own that is fetched and checked at once.
pub fn verify_now(gstin: Gstin, id: ConsentId, kind: ReceiptKind) -> String {
    format!("{VERIFY}?receipt={}", receipt_file(gstin, id, kind, "json"))
}

/// Whether a text is the address of a receipt of ours, and not of anything else that a page could be made to fetch.
pub fn is_receipt_file(path: &str) -> bool {
    let Some((gstin, rest)) = path.strip_prefix("/access/").and_then(|path| path.split_once("/consents/")) else {
        return false;
    };
    let (Ok(gstin), Some((id, _))) = (gstin.parse(), rest.split_once('/')) else { return false };
    let Ok(id) = id.parse() else { return false };
    ReceiptKind::ALL.into_iter().any(|kind| receipt_file(gstin, id, kind, "json") == path)
}

/// The taxpayer that an address is about, where it is one of the addresses above.
pub fn gstin_of(path: &str) -> Option<Gstin> {
    path.strip_prefix("/access/")?.split('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_receipts_own_address_is_fetched_and_checked_at_once() {
        let gstin: Gstin = "27GSPMH0992G1ZF".parse().expect("gstin");
        let id: ConsentId = "01900000-0000-7000-8000-000000000001".parse().expect("id");
        for kind in ReceiptKind::ALL {
            assert!(is_receipt_file(&receipt_file(gstin, id, kind, "json")));
            assert!(!is_receipt_file(&receipt_file(gstin, id, kind, "pdf")));
        }
        for other in
            ["", "/", "//evil.example/receipt.json", "https://evil.example/", "/access/27GSPMH0992G1ZF/history.csv"]
        {
            assert!(!is_receipt_file(other), "{other}");
        }
    }

    #[test]
    fn an_address_tells_which_taxpayer_it_is_about() {
        let gstin: Gstin = "27GSPMH0992G1ZF".parse().expect("gstin");
        assert_eq!(gstin_of(&access_now(gstin)), Some(gstin));
        assert_eq!(gstin_of(&history(gstin)), Some(gstin));
        for other in ["/", "/signed-out", "/access/", "/access/27AAPFU0939F1ZO", "/other/27GSPMH0992G1ZF"] {
            assert_eq!(gstin_of(other), None, "{other}");
        }
    }
}
