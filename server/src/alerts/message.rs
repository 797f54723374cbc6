//! From a notice to what a channel sends: a mail in two parts, or the filled text of a registered SMS template.

use std::fmt;

use app::model::{
    Timestamp,
    alert::AlertKind,
    contact::{Email, Mobile},
    gstin::Gstin,
    id::{DeliveryId, OtpRequestId},
    ist,
    language::Language,
};
use askama::Template;
use jiff::SignedDuration;
use uuid::Uuid;

use super::{
    outbox::{Notice, Recipient},
    secret::Secret,
    sms_template::{BadSms, SmsTemplates},
    text::{self, Letter},
};

/// A mail, ready for its channel. `Debug` shows neither the recipient's name nor the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The root of the `Message-ID`: the same in each attempt.
    pub reference: Uuid,
    /// The recipient's name.
    pub name: String,
    /// The recipient's address.
    pub to: Email,
    /// The `Subject`.
    pub subject: String,
    /// The complete text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// The language that both parts are in.
    pub language: Language,
    /// The `Date`: the moment of the event, so that a second attempt is the same mail to the byte.
    pub at: Timestamp,
}

/// An SMS, ready for its channel. `Debug` does not show the text, which may hold an OTP.
#[derive(Clone, PartialEq, Eq)]
pub struct Sms {
    /// The delivery's id, for gateways that take a reference of ours.
    pub client_ref: Uuid,
    /// The recipient.
    pub to: Mobile,
    /// The principal entity that the operators know.
    pub entity_id: String,
    /// The sender's six letters.
    pub header: String,
    /// The registered template.
    pub template_id: String,
    /// The template's text, filled.
    pub text: String,
}

/// An OTP that somebody asked for. Lives in memory only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtpNotice {
    /// The request it belongs to; the root of `Message-ID` and `client_ref`.
    pub request: OtpRequestId,
    /// The six digits.
    pub otp: Secret,
    /// Whose data.
    pub gstin: Gstin,
    /// The taxpayer's trade name.
    pub trade_name: String,
    /// The ASP, as mails show it.
    pub asp_name: String,
    /// The ASP, as it fits a DLT variable.
    pub asp_short: String,
    /// The GSP, as mails show it.
    pub gsp_name: String,
    /// The GSP, as it fits a DLT variable.
    pub gsp_short: String,
    /// How long the consent would hold.
    pub access_for: SignedDuration,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// From this moment on the OTP is refused.
    pub expires_at: Timestamp,
}

/// A message that could not be put into words: an operator's matter, worth trying again later.
#[derive(Debug, thiserror::Error)]
pub enum BadMessage {
    /// A value does not fit the registered SMS template.
    #[error(transparent)]
    Sms(#[from] BadSms),
    /// Nothing is written for this kind of alert.
    #[error("there are no words for {0:?}")]
    NoWords(AlertKind),
    /// A mail template failed.
    #[error("the mail template failed: {0}")]
    Template(#[from] askama::Error),
}

/// Puts notices into words.
#[derive(Debug, Clone)]
pub struct Composer {
    /// The registered English SMS templates; other languages follow once theirs are registered.
    pub sms: SmsTemplates,
}

#[derive(Template)]
#[template(path = "letter.txt")]
struct TextPart<'a> {
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "letter.html")]
struct HtmlPart<'a> {
    letter: &'a Letter,
}

impl Composer {
    /// The mail of an alert.
    pub fn alert_mail(&self, id: DeliveryId, to: &Recipient, notice: &Notice) -> Result<Mail, BadMessage> {
        let letter = text::alert(to.language, &to.name, notice).ok_or(BadMessage::NoWords(notice.kind))?;
        mail(id.0, to, &letter, notice.happened_at)
    }

    /// The SMS of an alert.
    pub fn alert_sms(&self, id: DeliveryId, to: &Recipient, notice: &Notice) -> Result<Sms, BadMessage> {
        use app::model::alert::AlertKind::{ConsentEnded, ConsentGiven};
        let (gstin, at, until) =
            (notice.gstin.to_string(), ist::minute(notice.happened_at), ist::minute(notice.valid_until));
        let (asp, gsp) = (notice.asp_short.as_str(), notice.gsp_short.as_str());
        let (template, values) = match notice.kind {
            ConsentGiven => (&self.sms.consent_given, &[&gstin, asp, gsp, &at, &until][..]),
            ConsentEnded => (&self.sms.consent_ended, &[&gstin, asp, gsp, &at][..]),
            kind => return Err(BadMessage::NoWords(kind)),
        };
        Ok(sms(id.0, to, template, template.fill(values)?))
    }

    /// The mail of an OTP.
    pub fn otp_mail(&self, to: &Recipient, notice: &OtpNotice) -> Result<Mail, BadMessage> {
        mail(notice.request.0, to, &text::otp(to.language, &to.name, notice), notice.requested_at)
    }

    /// The SMS of an OTP.
    pub fn otp_sms(&self, to: &Recipient, notice: &OtpNotice) -> Result<Sms, BadMessage> {
        let (gstin, span) = (notice.gstin.to_string(), text::span(to.language, notice.access_for));
        let (asp, gsp, until) = (&notice.asp_short, &notice.gsp_short, ist::minute(notice.expires_at));
        let template = &self.sms.otp;
        let filled = template.fill(&[notice.otp.reveal(), asp, gsp, &gstin, &span, &until])?;
        Ok(sms(notice.request.0, to, template, filled))
    }
}

fn mail(reference: Uuid, to: &Recipient, letter: &Letter, at: Timestamp) -> Result<Mail, BadMessage> {
    Ok(Mail {
        reference,
        name: to.name.clone(),
        to: to.email.clone(),
        subject: one_line(&letter.subject),
        text: TextPart { letter }.render()?,
        html: HtmlPart { letter }.render()?,
        language: letter.language,
        at,
    })
}

fn sms(reference: Uuid, to: &Recipient, template: &super::sms_template::SmsTemplate, text: String) -> Sms {
    Sms {
        client_ref: reference,
        to: to.mobile.clone(),
        entity_id: template.entity_id.clone(),
        header: template.header.clone(),
        template_id: template.template_id.clone(),
        text,
    }
}

/// A name from the registry may hold anything; a header is one line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail").field("reference", &self.reference).field("to", &self.to).finish_non_exhaustive()
    }
}

impl fmt::Debug for Sms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sms").field("client_ref", &self.client_ref).field("to", &self.to).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
