//! What every language must say about control: settings, limits, freezes, blocks, what was fetched, finding.

mod asked;
mod en;
mod hi;
pub mod words;

pub use asked::{Asked, Questions};
pub(super) use en::TEXT as EN;
pub(super) use hi::TEXT as HI;

/// All of it.
pub struct ControlText {
    pub status: StatusText,
    pub several: SeveralText,
    pub find: FindText,
    pub freeze: FreezeText,
    pub settings: SettingsText,
    pub limits: LimitsText,
    pub fetched: FetchedText,
    pub unusual: UnusualText,
    pub report: ReportText,
    pub roles: RolesText,
    pub done: DoneText,
    pub asked: Questions,
    pub returns: ReturnNames,
}

/// How a taxpayer's access stands, in a few lines above the list.
pub struct StatusText {
    pub title: &'static str,
    pub is_on: &'static str,
    pub is_off: &'static str,
    pub is_frozen: &'static str,
    pub on: fn(&str) -> String,
    pub off: &'static str,
    pub frozen: &'static str,
    pub frozen_until: fn(&str, &str) -> String,
    pub only_allowed: &'static str,
    pub unused: fn(u16) -> String,
    pub settings: &'static str,
    pub freeze: &'static str,
    pub thaw: &'static str,
    pub paused: &'static str,
    pub suspended: &'static str,
    pub outside_hours: &'static str,
    pub day_full: &'static str,
    pub limited: &'static str,
    pub unusual: &'static str,
}

/// Acting on several consents, and the overview of several taxpayers.
pub struct SeveralText {
    pub choose: fn(&str, &str) -> String,
    pub column: &'static str,
    pub revoke_chosen: &'static str,
    pub revoke_all: &'static str,
    pub title: fn(usize) -> String,
    pub none_title: &'static str,
    pub none: &'static str,
    pub lead: fn(usize) -> String,
    pub more: &'static str,
    pub each: &'static str,
    pub final_word: &'static str,
    pub told: &'static str,
    pub button: fn(usize) -> String,
    pub cancel: &'static str,
    pub listed: &'static str,
    pub result_title: &'static str,
    pub all_ended: fn(usize) -> String,
    pub receipts_below: &'static str,
    pub some_ended: fn(usize, usize) -> String,
    pub outcome: &'static str,
    pub ended: &'static str,
    pub not_ended: &'static str,
    pub again: &'static str,
    pub receipt_of: fn(&str) -> String,
    pub overview: &'static str,
    pub overview_lead: fn(usize) -> String,
    pub overview_empty: &'static str,
    pub access: &'static str,
    pub state: &'static str,
    pub open: &'static str,
    pub next_end: &'static str,
    pub act_for: &'static str,
    pub freeze_all: &'static str,
    pub freeze_all_title: fn(usize) -> String,
    pub frozen_of: fn(&str) -> String,
}

/// Finding in a list.
pub struct FindText {
    pub title: &'static str,
    pub taxpayer: &'static str,
    pub any: &'static str,
    pub asp: &'static str,
    pub gsp: &'static str,
    pub from: &'static str,
    pub to: &'static str,
    pub state: &'static str,
    pub never_used: &'static str,
    pub returns: &'static str,
    pub sort: &'static str,
    pub newest: &'static str,
    pub oldest: &'static str,
    pub ends_first: &'static str,
    pub last_used: &'static str,
    pub ends_last: &'static str,
    pub find: &'static str,
    pub active: &'static str,
    pub clear: &'static str,
    pub without: fn(&str) -> String,
    pub nothing: &'static str,
    pub nothing_more: &'static str,
}

/// The freeze.
pub struct FreezeText {
    pub title: &'static str,
    pub lead: &'static str,
    pub nobody_asks: &'static str,
    pub nothing_ends: &'static str,
    pub lift: &'static str,
    pub how_long: &'static str,
    pub hours: fn(i64) -> String,
    pub morning: &'static str,
    pub days: fn(i64) -> String,
    pub open: &'static str,
    pub button: &'static str,
    pub cancel: &'static str,
}

/// The page "Manage API access".
pub struct SettingsText {
    pub title: &'static str,
    pub tab: &'static str,
    pub lead: &'static str,
    pub window: &'static str,
    pub window_on: &'static str,
    pub window_off: &'static str,
    pub duration: &'static str,
    pub duration_note: &'static str,
    pub save_duration: &'static str,
    pub switch_on: &'static str,
    pub switch_on_note: &'static str,
    pub switch_off: &'static str,
    pub switch_off_note: fn(i64) -> String,
    pub unused: &'static str,
    pub unused_lead: &'static str,
    pub unused_days: &'static str,
    pub never: &'static str,
    pub days: fn(u16) -> String,
    pub unused_note: &'static str,
    pub save: &'static str,
    pub asps: &'static str,
    pub asps_lead: &'static str,
    pub only_allowed: &'static str,
    pub every_asp: &'static str,
    pub list_on: &'static str,
    pub list_off: &'static str,
    pub asp_rule: &'static str,
    pub since: fn(&str) -> String,
    pub live: &'static str,
    pub actions: &'static str,
    pub blocked: &'static str,
    pub allowed: &'static str,
    pub no_rule: &'static str,
    pub block: &'static str,
    pub unblock: &'static str,
    pub allow: &'static str,
    pub disallow: &'static str,
    pub of_asp: fn(&str, &str) -> String,
    pub no_asps: &'static str,
    pub find_asp: &'static str,
    pub find_asp_note: &'static str,
    pub freeze: &'static str,
    pub not_frozen: &'static str,
    pub what_changed: &'static str,
    pub nothing_changed: &'static str,
    pub deeds_lead: &'static str,
    pub older: &'static str,
}

/// The limits on one consent.
pub struct LimitsText {
    pub title: fn(&str) -> String,
    pub section: &'static str,
    pub none: &'static str,
    pub until: fn(&str) -> String,
    pub returns: fn(&str) -> String,
    pub calls: fn(u32) -> String,
    pub hours: fn(&str, &str) -> String,
    pub change: &'static str,
    pub lead: fn(&str) -> String,
    pub end: &'static str,
    pub end_note: fn(&str) -> String,
    pub which: &'static str,
    pub which_note: &'static str,
    pub a_day: &'static str,
    pub a_day_note: &'static str,
    pub between: &'static str,
    pub from: &'static str,
    pub to: &'static str,
    pub between_note: &'static str,
    pub save: &'static str,
    pub cancel: &'static str,
    pub only_tighter: &'static str,
    pub pause: &'static str,
    pub resume: &'static str,
    pub disown: &'static str,
    pub block_asp: fn(&str) -> String,
    pub paused_since: fn(&str) -> String,
    pub you_can: &'static str,
}

/// What was fetched.
pub struct FetchedText {
    pub title: &'static str,
    pub lead_all: &'static str,
    pub nothing: &'static str,
    pub chart: &'static str,
    pub chart_words: fn(i64, i64, &str) -> String,
    pub table: &'static str,
    pub day: &'static str,
    pub passed: &'static str,
    pub refused: &'static str,
    pub matrix: &'static str,
    pub what: &'static str,
    pub period: &'static str,
    pub no_period: &'static str,
    pub last: &'static str,
    pub refusals: &'static str,
    pub reason: &'static str,
    pub times: &'static str,
    pub never_used: fn(&str) -> String,
    pub all_calls: &'static str,
}

/// Unusual use.
pub struct UnusualText {
    pub title: &'static str,
    pub lead: &'static str,
    pub at_night: fn(&str) -> String,
    pub volume: fn(u32, u32) -> String,
    pub new_gsp: fn(&str) -> String,
    pub after_sleep: fn(u16) -> String,
    pub new_network: fn(&str, &str) -> String,
    pub seen: fn(&str) -> String,
    pub fine: &'static str,
    pub is_fine: fn(&str) -> String,
    pub not_fine: &'static str,
}

/// The page after "I did not give this".
pub struct ReportText {
    pub title: &'static str,
    pub lead: fn(&str) -> String,
    pub number: &'static str,
    pub at: &'static str,
    pub next: &'static str,
    pub call: &'static str,
    pub receipt: &'static str,
    pub back: &'static str,
}

/// Who may do what, and why not.
pub struct RolesText {
    pub viewer: &'static str,
    pub accountant: &'static str,
    pub only_signatory: &'static str,
}

/// What just happened.
pub struct DoneText {
    pub title: &'static str,
    pub paused: &'static str,
    pub resumed: &'static str,
    pub limited: &'static str,
    pub unlimited: &'static str,
    pub blocked: &'static str,
    pub allowed: &'static str,
    pub unruled: &'static str,
    pub list_on: &'static str,
    pub list_off: &'static str,
    pub window_on: fn(&str) -> String,
    pub window_off: &'static str,
    pub frozen: &'static str,
    pub thawed: &'static str,
    pub unused: fn(u16) -> String,
    pub unused_never: &'static str,
    pub fine: &'static str,
    pub undo_pause: &'static str,
    pub undo_block: &'static str,
    pub undo_freeze: &'static str,
    pub edit_limits: &'static str,
}

/// The kinds of data, as a taxpayer knows them.
pub struct ReturnNames {
    pub ledgers: &'static str,
    pub e_invoice: &'static str,
    pub e_way_bill: &'static str,
    pub other: &'static str,
}
