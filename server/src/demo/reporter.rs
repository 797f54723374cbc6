//! The delivery reports that the demo's SMS gateway sends, in the form of C-DAC's, and the SMS that it passes on.

use std::time::Duration;

use reqwest::Client;

use crate::alerts::secret::Secret;

/// From taking a message over to the report: long enough to see the difference on the screen.
const REPORT_AFTER: Duration = Duration::from_secs(2);

/// Sends reports to the server.
#[derive(Debug, Clone)]
pub struct Reporter {
    /// Where the server is reached.
    pub server_url: String,
    /// How the server calls this gateway.
    pub provider: String,
    /// What it shows with its reports.
    pub reports: Secret,
    /// What it shows with SMS that it passes on.
    pub inbound: Secret,
    /// Calls.
    pub http: Client,
}

impl Reporter {
    /// Reports a message's state in a while, beside whatever else is done.
    pub(super) fn report_later(&self, reference: String, state: &'static str) {
        let reporter = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(REPORT_AFTER).await;
            let url = format!("{}/v1/reports/{}", reporter.server_url, reporter.provider);
            let call = reporter.http.post(url).bearer_auth(reporter.reports.reveal());
            if let Err(error) = call.form(&[("msgid", reference.as_str()), ("status", state)]).send().await {
                tracing::warn!(%error, "the demo's gateway could not send its report");
            }
        });
    }

    /// Passes an SMS on; whether the server took it.
    pub(super) async fn pass_on(&self, from: &str, text: &str) -> bool {
        let url = format!("{}/v1/inbound/{}", self.server_url, self.provider);
        let call = self.http.post(url).bearer_auth(self.inbound.reveal());
        let answer = call.form(&[("mobileno", from), ("message", text)]).send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }
}
