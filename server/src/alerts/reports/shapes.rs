//! The forms of delivery reports, a gateway each. MSG91 and Gupshup publish theirs; of C-DAC's and NIC's there is no public
//! document, so that theirs, like any other, is told by the names of its fields.

use app::model::{id::DeliveryId, report::Verdict};
use serde::Deserialize;
use serde_json::Value;

use super::{
    record::Record,
    said::{Named, REPORTS_MAX, Said, Unreadable},
};
use crate::alerts::channels::answer::reference;

/// Whose reference stands in a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// The gateway's.
    #[default]
    Theirs,
    /// Ours: what `{reference}` stood for in the call.
    Ours,
}

/// A form that is told by the names of its fields; see [`Record::get`] for what a name may be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fields {
    /// Where the reference stands.
    pub reference: String,
    /// Whose it is.
    pub whose: Whose,
    /// Where the state stands.
    pub state: String,
    /// Where words about a failure stand, if anywhere.
    pub reason: Option<String>,
    /// States that mean that it arrived. Small and capital letters are the same.
    pub delivered: Vec<String>,
    /// States that mean that it never will.
    pub failed: Vec<String>,
    /// States that mean that the gateway gave up.
    pub expired: Vec<String>,
}

impl Default for Fields {
    /// The states of SMPP 3.4 (§5.2.28), which most gateways pass on, and their whole words.
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self {
            reference: "msgid".into(),
            whose: Whose::Theirs,
            state: "status".into(),
            reason: None,
            delivered: words(&["DELIVRD", "DELIVERED"]),
            failed: words(&["UNDELIV", "UNDELIVERED", "FAILED", "REJECTD", "REJECTED", "DELETED"]),
            expired: words(&["EXPIRED"]),
        }
    }
}

/// How a gateway writes its reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// `data=[{"requestId","report":[{"status","desc"}]}]`.
    Msg91,
    /// `[{"externalId","eventType","cause"}]`.
    Gupshup,
    /// By the names of fields.
    Fields(Fields),
}

impl Shape {
    /// What a request says.
    ///
    /// # Errors
    /// [`Unreadable`] where it is no report in this form; nothing of it is taken then.
    pub fn read(&self, query: &str, body: &str) -> Result<Vec<Said>, Unreadable> {
        let records = Record::read(query, body)?;
        let said = match self {
            Self::Msg91 => msg91(records)?,
            Self::Gupshup => records.iter().map(gupshup).collect::<Result<_, _>>()?,
            Self::Fields(fields) => records.iter().map(|record| fields.read(record)).collect::<Result<_, _>>()?,
        };
        if said.len() > REPORTS_MAX { Err(Unreadable::TooMany) } else { Ok(said) }
    }
}

fn theirs(text: &str) -> Result<Named, Unreadable> {
    reference(text).map(Named::Theirs).ok_or(Unreadable::Missing)
}

impl Fields {
    fn read(&self, record: &Record) -> Result<Said, Unreadable> {
        let field = |name: &str| record.get(name).ok_or(Unreadable::Missing);
        let (named, state) = (field(&self.reference)?, field(&self.state)?);
        let about = match self.whose {
            Whose::Theirs => theirs(&named)?,
            Whose::Ours => Named::Ours(DeliveryId(named.trim().parse().map_err(|_| Unreadable::Missing)?)),
        };
        let words = self.reason.as_ref().and_then(|name| record.get(name)).unwrap_or_default();
        Ok(Said::new(about, self.verdict(&state), &words))
    }

    fn verdict(&self, state: &str) -> Option<Verdict> {
        let means = |words: &[String]| words.iter().any(|word| word.eq_ignore_ascii_case(state.trim()));
        [(&self.delivered, Verdict::Delivered), (&self.failed, Verdict::Failed), (&self.expired, Verdict::Expired)]
            .into_iter()
            .find_map(|(words, verdict)| means(words).then_some(verdict))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Msg91Request {
    request_id: String,
    report: Vec<Msg91Report>,
}

#[derive(Deserialize)]
struct Msg91Report {
    #[serde(default)]
    status: Value,
    #[serde(default)]
    desc: String,
}

/// A form with JSON in its field `data`, or that JSON alone.
fn msg91(records: Vec<Record>) -> Result<Vec<Said>, Unreadable> {
    let mut said = Vec::new();
    for record in records {
        let requests: Vec<Msg91Request> = match record {
            Record::Json(one) => vec![serde_json::from_value(one).map_err(|_| Unreadable::Missing)?],
            form @ Record::Pairs(_) => {
                let data = form.get("data").ok_or(Unreadable::Missing)?;
                serde_json::from_str(&data).map_err(|_| Unreadable::Missing)?
            }
        };
        for Msg91Request { request_id, report } in requests {
            for Msg91Report { status, desc } in report {
                let status = status.as_str().map_or_else(|| status.to_string(), str::to_owned);
                let verdict = match status.as_str() {
                    "1" => Some(Verdict::Delivered),
                    // Failed, on the do-not-disturb list, refused by the operator, a blocked number.
                    "2" | "9" | "16" | "17" | "25" | "26" => Some(Verdict::Failed),
                    _ => Fields::default().verdict(&desc),
                };
                said.push(Said::new(theirs(&request_id)?, verdict, &desc));
            }
        }
    }
    Ok(said)
}

fn gupshup(record: &Record) -> Result<Said, Unreadable> {
    let field = |name: &str| record.get(name).ok_or(Unreadable::Missing);
    let (id, event) = (field("externalId")?, field("eventType")?);
    let cause = record.get("cause").unwrap_or_default();
    let verdict = match event.to_ascii_uppercase().as_str() {
        "DELIVERED" => Some(Verdict::Delivered),
        // Its word for a telephone that is off: it tried until the message's time was over.
        "FAILED" if cause.to_ascii_uppercase().contains("ABSENT") => Some(Verdict::Expired),
        "FAILED" => Some(Verdict::Failed),
        _ => None,
    };
    Ok(Said::new(theirs(&id)?, verdict, &cause))
}

#[cfg(test)]
mod tests;
