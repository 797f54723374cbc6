//! The forms of delivery reports, a gateway each. MSG91 and Gupshup publish theirs; of C-DAC's and NIC's there is no public
//! document, so that theirs, like any other, is told by the names of its fields.

use app::model::{id::DeliveryId, report::Verdict};
use serde::Deserialize;
use serde_json::Value;

use super::{
    record::Record,
    said::{Means, Named, REPORTS_MAX, Read, Said, Unreadable},
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
    /// States that mean that it is on its way. Any other is logged, as one that nobody knows.
    pub waiting: Vec<String>,
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
            waiting: words(&[
                "ENROUTE",
                "ACCEPTD",
                "ACCEPTED",
                "SUBMITTED",
                "SENT",
                "BUFFERED",
                "QUEUED",
                "PENDING",
                "DELAYED",
            ]),
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
    /// What a request says, as far as it can be read.
    ///
    /// # Errors
    /// [`Unreadable`] where nothing of it is a report in this form, or there is too much of it.
    pub fn read(&self, query: &str, body: &str) -> Result<Read<Said>, Unreadable> {
        let records = Record::read(query, body)?;
        let each: Vec<_> = match self {
            Self::Msg91 => msg91(records),
            Self::Gupshup => records.iter().map(gupshup).collect(),
            Self::Fields(fields) => records.iter().map(|record| fields.read(record)).collect(),
        };
        if each.len() > REPORTS_MAX { Err(Unreadable::TooMany) } else { Read::of(each) }
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
        Ok(Said::new(about, self.means(&state), &state, &words))
    }

    fn means(&self, state: &str) -> Means {
        let is_one = |words: &[String]| words.iter().any(|word| word.eq_ignore_ascii_case(state.trim()));
        [
            (&self.delivered, Means::End(Verdict::Delivered)),
            (&self.failed, Means::End(Verdict::Failed)),
            (&self.expired, Means::End(Verdict::Expired)),
            (&self.waiting, Means::NotYet),
        ]
        .into_iter()
        .find_map(|(words, means)| is_one(words).then_some(means))
        .unwrap_or(Means::Nothing)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Msg91Request {
    request_id: String,
    report: Vec<Value>,
}

#[derive(Deserialize)]
struct Msg91Report {
    #[serde(default)]
    status: Value,
    #[serde(default)]
    desc: String,
}

/// A form with JSON in its field `data`, or that JSON alone.
fn msg91(records: Vec<Record>) -> Vec<Result<Said, Unreadable>> {
    let requests = records.into_iter().flat_map(|record| match record {
        Record::Json(one) => vec![one],
        // What is no list there is no request either.
        form @ Record::Pairs(_) => {
            form.get("data").and_then(|data| serde_json::from_str(&data).ok()).unwrap_or(vec![Value::Null])
        }
    });
    let each = requests.flat_map(|request| match serde_json::from_value(request) {
        Ok(Msg91Request { request_id, report }) => {
            report.into_iter().map(|one| msg91_report(&request_id, one)).collect()
        }
        Err(_) => vec![Err(Unreadable::Missing)],
    });
    each.collect()
}

fn msg91_report(request_id: &str, report: Value) -> Result<Said, Unreadable> {
    let Msg91Report { status, desc } = serde_json::from_value(report).map_err(|_| Unreadable::Missing)?;
    let status = status.as_str().map_or_else(|| status.to_string(), str::to_owned);
    let means = match status.as_str() {
        "1" => Means::End(Verdict::Delivered),
        // Failed, on the do-not-disturb list, refused by the operator, a blocked number.
        "2" | "9" | "16" | "17" | "25" | "26" => Means::End(Verdict::Failed),
        // Submitted.
        "8" => Means::NotYet,
        _ => Fields::default().means(&desc),
    };
    Ok(Said::new(theirs(request_id)?, means, &status, &desc))
}

fn gupshup(record: &Record) -> Result<Said, Unreadable> {
    let field = |name: &str| record.get(name).ok_or(Unreadable::Missing);
    let (id, event) = (field("externalId")?, field("eventType")?);
    let cause = record.get("cause").unwrap_or_default();
    let means = match event.to_ascii_uppercase().as_str() {
        "DELIVERED" => Means::End(Verdict::Delivered),
        // Its word for a telephone that is off: it tried until the message's time was over.
        "FAILED" if cause.to_ascii_uppercase().contains("ABSENT") => Means::End(Verdict::Expired),
        "FAILED" => Means::End(Verdict::Failed),
        "SENT" | "SUBMITTED" | "ENQUEUED" => Means::NotYet,
        _ => Means::Nothing,
    };
    Ok(Said::new(theirs(&id)?, means, &event, &cause))
}

#[cfg(test)]
mod tests;
