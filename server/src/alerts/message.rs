//! From a notice to what a channel sends: a mail in two parts, or the filled text of a registered SMS template.

use std::fmt;

use app::model::{
    Timestamp,
    contact::{Email, Mobile},
    gstin::Gstin,
    id::{ContactId, DeliveryId, OtpRequestId},
    language::Language,
};
use askama::Template;
use jiff::SignedDuration;
use uuid::Uuid;

use super::{
    bounces::ReturnPath,
    outbox::{Notice, Recipient},
    secret::Secret,
    sms_template::{self, BadSms, SmsKind, SmsTemplates, Value},
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
    /// Where it comes back to if it cannot be delivered; `None` for the sender's address.
    pub return_path: Option<String>,
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
    /// What it was filled with, in its order, for gateways that fill it themselves.
    pub values: Vec<String>,
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

/// The codes by which somebody agrees to be a second contact. Live in memory only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeNotice {
    /// The contact; the root of `Message-ID` and `client_ref`.
    pub contact: ContactId,
    /// Whose alerts it would get.
    pub gstin: Gstin,
    /// The taxpayer's trade name.
    pub trade_name: String,
    /// Who named the contact.
    pub asked_by: String,
    /// Six digits that go to the address.
    pub email_code: Secret,
    /// Six others that go to the number.
    pub mobile_code: Secret,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// From this moment on the codes are refused.
    pub expires_at: Timestamp,
}

/// A message that could not be put into words: an operator's matter, worth trying again later.
#[derive(Debug, thiserror::Error)]
pub enum BadMessage {
    /// A value does not fit the registered SMS template.
    #[error(transparent)]
    Sms(#[from] BadSms),
    /// A mail template failed.
    #[error("the mail template failed: {0}")]
    Template(#[from] askama::Error),
}

/// Puts notices into words.
#[derive(Debug, Clone)]
pub struct Composer {
    /// The registered SMS templates of every kind and language.
    pub sms: SmsTemplates,
    /// Makes each alert's mail a return path of its own, where mails come back to us.
    pub return_path: Option<ReturnPath>,
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
        let mail = mail(id.0, to, &text::alert(to, notice, &self.sms.inbound_number), notice.happened_at)?;
        Ok(Mail { return_path: self.return_path.as_ref().map(|path| path.of(id)), ..mail })
    }

    /// The SMS of an alert.
    pub fn alert_sms(&self, id: DeliveryId, to: &Recipient, notice: &Notice) -> Result<Sms, BadMessage> {
        let number = &self.sms.inbound_number;
        self.sms(id.0, to, SmsKind::told_to(to.role, notice.matter.kind()), |value| {
            sms_template::of_alert(value, to.language, notice, number)
        })
    }

    /// The mail of an OTP.
    pub fn otp_mail(&self, to: &Recipient, notice: &OtpNotice) -> Result<Mail, BadMessage> {
        mail(notice.request.0, to, &text::otp(to, notice), notice.requested_at)
    }

    /// The SMS of an OTP.
    pub fn otp_sms(&self, to: &Recipient, notice: &OtpNotice) -> Result<Sms, BadMessage> {
        self.sms(notice.request.0, to, SmsKind::OTP, |value| sms_template::of_otp(value, to.language, notice))
    }

    /// The mail that asks a second contact.
    pub fn code_mail(&self, to: &Recipient, notice: &CodeNotice) -> Result<Mail, BadMessage> {
        mail(notice.contact.0, to, &text::contact_code(to, notice), notice.requested_at)
    }

    /// The SMS that asks a second contact.
    pub fn code_sms(&self, to: &Recipient, notice: &CodeNotice) -> Result<Sms, BadMessage> {
        self.sms(notice.contact.0, to, SmsKind::CONTACT_CODE, |value| sms_template::of_contact_code(value, notice))
    }

    fn sms(
        &self,
        reference: Uuid,
        to: &Recipient,
        kind: SmsKind,
        value: impl Fn(Value) -> String,
    ) -> Result<Sms, BadMessage> {
        let template = self.sms.of(kind, to.language);
        let values: Vec<String> = template.values.iter().copied().map(value).collect();
        Ok(Sms {
            client_ref: reference,
            to: to.mobile.clone(),
            entity_id: template.entity_id.clone(),
            header: template.header.clone(),
            template_id: template.template_id.clone(),
            text: template.fill(&values)?,
            values,
        })
    }
}

fn mail(reference: Uuid, to: &Recipient, letter: &Letter, at: Timestamp) -> Result<Mail, BadMessage> {
    Ok(Mail {
        reference,
        name: to.name.clone(),
        to: to.email.clone(),
        return_path: None,
        subject: one_line(&letter.subject),
        text: TextPart { letter }.render()?,
        html: HtmlPart { letter }.render()?,
        language: letter.language,
        at,
    })
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
