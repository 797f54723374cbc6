//! What a GSP's answer to a push means (RFC 8935 §2.2 to §2.4), and its words, cut short.

use app::model::alert::Outcome;
use serde::Deserialize;

/// Characters of what a GSP says that are kept.
const DESCRIPTION_CHARACTERS_MAX: usize = 200;
/// Errors after which it is worth trying again: the GSP may not have read the new key yet, or somebody has to repair what
/// lets us in. The schedule ends that, too.
const CURABLE: [&str; 3] = ["invalid_key", "authentication_failed", "access_denied"];

/// What a GSP says of a token that it does not take.
#[derive(Debug, Default, Deserialize)]
pub(super) struct SetError {
    #[serde(default)]
    err: String,
    #[serde(default)]
    description: String,
}

impl SetError {
    /// As it is recorded: without control characters, and not long.
    pub(super) fn told(&self) -> String {
        let told = match (self.err.as_str(), self.description.as_str()) {
            ("", "") => "refused without a reason".to_owned(),
            (err, "") => err.to_owned(),
            (err, description) => format!("{err}: {description}"),
        };
        told.chars().filter(|letter| !letter.is_control()).take(DESCRIPTION_CHARACTERS_MAX).collect()
    }
}

/// What became of an event, by the status and the beginning of the body.
pub(super) fn outcome(status: u16, body: &str, retry_after_s: Option<u32>) -> Outcome {
    match status {
        200..300 => Outcome::Accepted { provider_ref: None },
        400 => {
            let error: SetError = serde_json::from_str(body).unwrap_or_default();
            let detail = format!("HTTP 400, {}", error.told());
            if CURABLE.contains(&error.err.as_str()) {
                Outcome::Temporary { detail, retry_after_s }
            } else {
                Outcome::Permanent { detail }
            }
        }
        status => Outcome::Temporary { detail: format!("HTTP {status}"), retry_after_s },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_cured_is_not_tried_again() {
        let temporary = |detail: &str, retry_after_s| Outcome::Temporary { detail: detail.into(), retry_after_s };
        let permanent = |detail: &str| Outcome::Permanent { detail: detail.into() };
        for (status, body, wanted) in [
            (202, "", Outcome::Accepted { provider_ref: None }),
            (200, "thanks", Outcome::Accepted { provider_ref: None }),
            (
                400,
                r#"{"err":"invalid_audience","description":"not us"}"#,
                permanent("HTTP 400, invalid_audience: not us"),
            ),
            (400, r#"{"err":"invalid_request"}"#, permanent("HTTP 400, invalid_request")),
            (400, r#"{"err":"invalid_key","description":"?"}"#, temporary("HTTP 400, invalid_key: ?", Some(9))),
            (400, r#"{"err":"access_denied"}"#, temporary("HTTP 400, access_denied", Some(9))),
            (400, "<html>", permanent("HTTP 400, refused without a reason")),
            (302, "", temporary("HTTP 302", Some(9))),
            (401, "", temporary("HTTP 401", Some(9))),
            (404, "", temporary("HTTP 404", Some(9))),
            (429, "", temporary("HTTP 429", Some(9))),
            (503, "", temporary("HTTP 503", Some(9))),
        ] {
            assert_eq!(outcome(status, body, Some(9)), wanted, "{status} {body}");
        }
    }

    #[test]
    fn what_a_gsp_says_is_cut_and_cleaned() {
        let body = serde_json::json!({ "err": "x", "description": format!("a\n\u{1b}[31m{}", "b".repeat(999)) });
        let Outcome::Permanent { detail } = outcome(400, &body.to_string(), None) else { panic!("refused") };
        assert!(detail.starts_with("HTTP 400, x: a[31mbbb") && detail.len() < 220, "{detail}");
    }
}
