//! The addresses of the pages: built here, so that a link and its route cannot part.

use crate::model::{
    gstin::Gstin,
    id::{AspId, ConsentId},
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

/// Who did what with a taxpayer's access.
pub fn deeds(gstin: Gstin) -> String {
    format!("/access/{gstin}/deeds")
}

/// What was fetched of a taxpayer's data, by all ASPs together.
pub fn fetched(gstin: Gstin) -> String {
    format!("/access/{gstin}/fetched")
}

/// The rules that hold for all of a taxpayer's access.
pub fn settings(gstin: Gstin) -> String {
    format!("/access/{gstin}/settings")
}

/// The question before a freeze of one taxpayer.
pub fn freeze(gstin: Gstin) -> String {
    format!("/access/{gstin}/freeze")
}

/// The question before a freeze of several taxpayers.
pub const FREEZE_MANY: &str = "/freeze";

/// The question before ending several consents, chosen by [`chosen`].
pub const REVOKE_MANY: &str = "/revoke";

/// The question before ending all live consents of a taxpayer, or of all taxpayers.
pub fn revoke_all(gstin: Option<Gstin>) -> String {
    gstin.map_or_else(|| format!("{REVOKE_MANY}?all=every"), |gstin| format!("{REVOKE_MANY}?all={gstin}"))
}

/// Consents that an address can name: proxies cut off what is longer than 8 kB.
const NAMED_MAX: usize = 100;

/// What became of several that were to be ended. Where they are too many to be named, the history of the first's taxpayer.
pub fn revoked_many(chosen: &[(Gstin, ConsentId)]) -> String {
    if let ([(gstin, _), ..], true) = (chosen, chosen.len() > NAMED_MAX) {
        return format!("{}?state=revoked&sort=ends_last", history(*gstin));
    }
    let chosen: Vec<String> = chosen.iter().map(|(gstin, id)| format!("chosen={gstin}/{id}")).collect();
    format!("/revoked?{}", chosen.join("&"))
}

/// A consent among several, of any taxpayer: what a checkbox carries.
pub fn chosen(gstin: Gstin, id: ConsentId) -> String {
    format!("{gstin}/{id}")
}

/// The same, read back.
pub fn read_chosen(text: &str) -> Option<(Gstin, ConsentId)> {
    let (gstin, id) = text.split_once('/')?;
    Some((gstin.parse().ok()?, id.parse().ok()?))
}

/// The question before an act on a taxpayer's settings.
pub fn ask(gstin: Gstin, what: &str) -> String {
    format!("/access/{gstin}/ask/{what}")
}

/// A digit of a byte in an address.
fn hex(half: u8) -> char {
    char::from_digit(half.into(), 16).map_or('0', |digit| digit.to_ascii_uppercase())
}

/// The question before an act on one ASP.
pub fn ask_asp(gstin: Gstin, what: &str, asp: AspId, name: &str) -> String {
    let name: String = name.bytes().flat_map(|byte| ['%', hex(byte >> 4), hex(byte & 15)]).collect();
    format!("/access/{gstin}/ask/{what}?asp={asp}&name={name}")
}

/// The question before an act on one consent.
pub fn ask_consent(gstin: Gstin, id: ConsentId, what: &str) -> String {
    format!("{}/ask/{what}", consent(gstin, id))
}

/// The form of a consent's limits.
pub fn limits(gstin: Gstin, id: ConsentId) -> String {
    format!("{}/limits", consent(gstin, id))
}

/// The page after "I did not give this".
pub fn report(gstin: Gstin, id: ConsentId) -> String {
    format!("{}/report", consent(gstin, id))
}

/// A page, and what was just done that led to it.
pub fn after(page: &str, done: &str) -> String {
    format!("{page}?done={done}")
}

/// A person's own alerts about a taxpayer.
pub fn alerts(gstin: Gstin) -> String {
    format!("/access/{gstin}/alerts")
}

/// Every alert about a taxpayer's access, and what became of each.
pub fn told(gstin: Gstin) -> String {
    format!("/access/{gstin}/told")
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
        let pages = [history, settings, deeds, fetched, told, freeze].map(|page| page(gstin));
        for page in pages.into_iter().chain([ask(gstin, "thaw")]) {
            assert_eq!(gstin_of(&page), Some(gstin), "{page}");
        }
        for other in ["/", "/signed-out", "/access/", "/access/27AAPFU0939F1ZO", "/other/27GSPMH0992G1ZF"] {
            assert_eq!(gstin_of(other), None, "{other}");
        }
    }

    #[test]
    fn what_a_checkbox_carries_is_read_back() {
        let gstin: Gstin = "27GSPMH0992G1ZF".parse().expect("gstin");
        let id: ConsentId = "01890000-0000-7000-8000-000000000000".parse().expect("id");
        assert_eq!(read_chosen(&chosen(gstin, id)), Some((gstin, id)));
        assert_eq!(revoked_many(&[(gstin, id)]), format!("/revoked?chosen={gstin}/{id}"));
        assert_eq!(read_chosen("27GSPMH0992G1ZF"), None);
        let many = vec![(gstin, id); NAMED_MAX + 1];
        assert_eq!(revoked_many(&many), format!("/access/{gstin}/history?state=revoked&sort=ends_last"));
    }
}
