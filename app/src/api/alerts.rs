//! Alerts: what was told, and a person's own: which, in which language, to whom else, and a test.
#![expect(missing_docs, reason = "the server macro makes a struct of each function's arguments, without words")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::{
    error::ServiceError,
    json::Json,
    views::{AlertRow, AlertsPage, ToldPage},
};
use crate::model::{
    gstin::Gstin,
    id::{ConsentId, ContactId},
    language::Language,
};

/// What was told about a taxpayer's access, and what became of it.
#[server(name = FetchTold, prefix = "/api", endpoint = "told", input = GetUrl, output = Json)]
pub async fn told(gstin: Gstin, after: Option<String>) -> Result<ToldPage, ServiceError> {
    super::service()?.told(gstin, super::forms::cursor(after)?).await
}

/// What was told about a consent, and what became of it.
#[server(name = FetchToldOfConsent, prefix = "/api", endpoint = "told-of-consent", input = GetUrl, output = Json)]
pub async fn told_of_consent(gstin: Gstin, id: ConsentId) -> Result<Vec<AlertRow>, ServiceError> {
    super::service()?.told_of_consent(gstin, id).await
}

/// What the person decided.
#[server(name = FetchAlerts, prefix = "/api", endpoint = "alerts", input = GetUrl, output = Json)]
pub async fn alerts(gstin: Gstin) -> Result<AlertsPage, ServiceError> {
    super::service()?.alerts(gstin).await
}

/// How the newest test fares.
#[server(name = FetchTestAlert, prefix = "/api", endpoint = "test-alert", input = GetUrl, output = Json)]
pub async fn test_alert(gstin: Gstin) -> Result<Option<AlertRow>, ServiceError> {
    super::service()?.test_alert(gstin).await
}

/// Decides language and optional alerts; each of `wanted` is a kind and a road, `near_expiry:email`.
#[server(prefix = "/api", endpoint = "choose-alerts", output = Json)]
pub async fn choose_alerts(
    gstin: Gstin,
    language: Language,
    version: i64,
    #[server(default)] wanted: Vec<String>,
) -> Result<(), ServiceError> {
    let wanted = wanted.iter().map(|text| choice(text)).collect::<Result<_, _>>()?;
    super::service()?.choose_alerts(gstin, super::ChosenAlerts { language, wanted, version }).await?;
    leptos_axum::redirect(&crate::paths::after(&crate::paths::alerts(gstin), "chosen"));
    Ok(())
}

/// Names a second contact.
#[server(prefix = "/api", endpoint = "name-contact", output = Json)]
pub async fn name_contact(
    gstin: Gstin,
    name: String,
    email: String,
    mobile: String,
    language: Language,
) -> Result<(), ServiceError> {
    let name = name.trim().to_owned();
    if name.is_empty() || name.chars().count() > NAME_CHARACTERS_MAX || name.chars().any(char::is_control) {
        return Err(ServiceError::Unreadable);
    }
    let email = email.trim().parse().map_err(|_| ServiceError::Unreadable)?;
    let mobile = mobile.trim().parse().map_err(|_| ServiceError::Unreadable)?;
    super::service()?.name_contact(gstin, super::NamedContact { name, email, mobile, language }).await?;
    leptos_axum::redirect(&crate::paths::after(&crate::paths::alerts(gstin), "named"));
    Ok(())
}

/// Answers the codes of a second contact.
#[server(prefix = "/api", endpoint = "confirm-contact", output = Json)]
pub async fn confirm_contact(
    gstin: Gstin,
    id: ContactId,
    email_code: String,
    mobile_code: String,
) -> Result<(), ServiceError> {
    super::service()?.confirm_contact(gstin, id, email_code, mobile_code).await?;
    leptos_axum::redirect(&crate::paths::after(&crate::paths::alerts(gstin), "confirmed"));
    Ok(())
}

/// Removes a second contact.
#[server(prefix = "/api", endpoint = "remove-contact", output = Json)]
pub async fn remove_contact(gstin: Gstin, id: ContactId) -> Result<(), ServiceError> {
    super::service()?.remove_contact(gstin, id).await?;
    leptos_axum::redirect(&crate::paths::after(&crate::paths::alerts(gstin), "removed"));
    Ok(())
}

/// Sends a test.
#[server(prefix = "/api", endpoint = "send-test", output = Json)]
pub async fn send_test(gstin: Gstin) -> Result<(), ServiceError> {
    super::service()?.send_test(gstin).await?;
    leptos_axum::redirect(&crate::paths::after(&crate::paths::alerts(gstin), "test"));
    Ok(())
}

/// Characters of a second contact's name.
#[cfg(feature = "ssr")]
const NAME_CHARACTERS_MAX: usize = 100;

#[cfg(feature = "ssr")]
fn choice(text: &str) -> Result<(crate::model::alert::AlertKind, crate::model::alert::Channel), ServiceError> {
    let word = |word: &str| serde_json::Value::String(word.to_owned());
    let (kind, channel) = text.split_once(':').ok_or(ServiceError::Unreadable)?;
    let kind = serde_json::from_value(word(kind)).map_err(|_| ServiceError::Unreadable)?;
    let channel = serde_json::from_value(word(channel)).map_err(|_| ServiceError::Unreadable)?;
    Ok((kind, channel))
}
