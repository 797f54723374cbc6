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

/// A person's own alerts about a taxpayer.
pub fn alerts(gstin: Gstin) -> String {
    format!("/access/{gstin}/alerts")
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

/// The taxpayer that an address is about, where it is one of the addresses above.
pub fn gstin_of(path: &str) -> Option<Gstin> {
    path.strip_prefix("/access/")?.split('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

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
