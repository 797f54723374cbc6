//! One consent of the history in a file for machines: the same fields in both formats.

use app::{
    model::{
        Timestamp,
        consent::Consent,
        ist,
        receipt::{FileFormat, json::Json},
    },
    text::words,
};

use super::spreadsheet;
use crate::store::port::ListedConsent;

/// The names of the fields. A field is never renamed or moved; new ones come last.
const FIELDS: [&str; 11] = [
    "consent_id",
    "asp",
    "gsp",
    "given_at",
    "valid_until",
    "over_since",
    "how",
    "calls_passed",
    "calls_refused",
    "last_call_passed_at",
    "application_id",
];

/// What a file begins with. Excel takes a file for UTF-8 only where it begins with this mark.
pub(super) fn head(format: FileFormat) -> String {
    match format {
        FileFormat::Csv => format!("\u{feff}{}", spreadsheet::row(&FIELDS)),
        FileFormat::JsonLines | FileFormat::Pdf => String::new(),
    }
}

/// A consent as a row.
pub(super) fn row(format: FileFormat, listed: &ListedConsent) -> String {
    let values = values(listed);
    match format {
        FileFormat::Csv => spreadsheet::row(&values.each_ref().map(String::as_str)),
        FileFormat::JsonLines | FileFormat::Pdf => {
            let fields = FIELDS.into_iter().zip(values).map(|(name, value)| {
                let value = match name {
                    "calls_passed" | "calls_refused" => value.parse().map_or(Json::Null, Json::Number),
                    _ if value.is_empty() => Json::Null,
                    _ => Json::Text(value),
                };
                (name.to_owned(), value)
            });
            format!("{}\n", Json::Object(fields.collect()).canonical())
        }
    }
}

fn values(listed: &ListedConsent) -> [String; FIELDS.len()] {
    let ListedConsent { consent, asp, gsp, usage, .. } = listed;
    let (over_since, how) = over(consent);
    [
        consent.id.to_string(),
        asp.clone(),
        gsp.clone(),
        ist::machine(consent.granted_at),
        ist::machine(consent.valid_until),
        ist::machine(over_since),
        how.to_owned(),
        usage.passed.to_string(),
        usage.refused.to_string(),
        usage.last_passed_at.map(ist::machine).unwrap_or_default(),
        consent.application.to_string(),
    ]
}

fn over(consent: &Consent) -> (Timestamp, &'static str) {
    let how = consent.ended.map_or("expired", |ending| ending.reason.deed().name());
    (words::over_at(consent), how)
}
