//! What is said of receipts and exports: on the pages that give them out, on paper, and where they are checked.

mod faults;

pub use self::faults::sentence;

/// Everything about documents.
pub struct DocumentsText {
    pub offer: OfferText,
    pub paper: PaperText,
    pub check: CheckText,
    pub faults: FaultText,
}

/// Where documents are offered.
pub struct OfferText {
    pub receipts: &'static str,
    pub lead: &'static str,
    pub given: &'static str,
    pub ended: &'static str,
    pub to_print: fn(&str) -> String,
    pub signed_file: &'static str,
    pub how_to_check: &'static str,
    pub check_now: &'static str,
    pub history: &'static str,
    pub history_found: &'static str,
    pub history_lead: &'static str,
    pub csv: &'static str,
    pub json_lines: &'static str,
    pub no_pdf: &'static str,
}

/// What stands on paper.
pub struct PaperText {
    pub issuer: &'static str,
    pub given_title: &'static str,
    pub given_lead: fn(&str, &str) -> String,
    pub ended_title: &'static str,
    pub ended_lead: fn(&str) -> String,
    pub history_title: &'static str,
    pub history_lead: fn(&str) -> String,
    pub history_filtered: fn(&str) -> String,
    pub history_part: fn(usize) -> String,
    pub history_next: &'static str,
    pub taxpayer: &'static str,
    pub committed_at: &'static str,
    pub obtained_by_otp: &'static str,
    pub place_in_ledger: &'static str,
    pub hash: &'static str,
    pub to_check: fn(&str) -> String,
    pub not_the_original: &'static str,
    pub page: fn(usize, usize) -> String,
}

/// The page that checks.
pub struct CheckText {
    pub title: &'static str,
    pub lead: &'static str,
    pub stays_here: &'static str,
    pub choose: &'static str,
    pub paste: &'static str,
    pub button: &'static str,
    pub without_scripts: &'static str,
    pub keys: &'static str,
    pub good: &'static str,
    pub bad: &'static str,
    pub good_given: &'static str,
    pub good_ended: &'static str,
    pub good_export: fn(u64) -> String,
    pub in_log: fn(u64) -> String,
    pub not_in_log_yet: &'static str,
    pub signed_with: &'static str,
    pub issued_by: &'static str,
    pub unreadable_file: &'static str,
    pub working: &'static str,
    pub by_command: &'static str,
    pub hash: &'static str,
    pub as_on_paper: &'static str,
    pub not_as_on_paper: &'static str,
}

/// Why a document is not accepted, a sentence each.
pub struct FaultText {
    pub too_large: fn(u64) -> String,
    pub truncated: fn(u64) -> String,
    pub not_text: fn(u64) -> String,
    pub syntax: fn(u64) -> String,
    pub duplicate: fn(&str, u64) -> String,
    pub too_deep: fn(u64) -> String,
    pub number: fn(u64) -> String,
    pub name: fn(u64) -> String,
    pub more: fn(u64) -> String,
    pub other_system: &'static str,
    pub other_version: fn(&str) -> String,
    pub reformatted: fn(u64) -> String,
    pub missing: fn(&str) -> String,
    pub misplaced: fn(&str) -> String,
    pub unknown_key: fn(&str) -> String,
    pub changed: fn(&str) -> String,
    pub signature: &'static str,
    pub chain: &'static str,
    pub proof: &'static str,
    pub no_seal: &'static str,
    pub bytes: fn(u64, u64) -> String,
    pub rows: fn(u64, u64, u64, u64) -> String,
    pub length: fn(u64, u64) -> String,
}
