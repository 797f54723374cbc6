//! Consents: lists, one consent's page, revoking, the receipt.
#![expect(missing_docs, reason = "the server macro makes a struct of each function's arguments, without words")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::{
    error::ServiceError,
    json::Json,
    views::{AccessList, ConsentPage},
};
use crate::model::{gstin::Gstin, id::ConsentId, page::Page, receipt::EndingReceipt, usage::Call};

/// Live consents of a taxpayer.
#[server(name = FetchAccessNow, prefix = "/api", endpoint = "access-now", input = GetUrl, output = Json)]
pub async fn access_now(gstin: Gstin, after: Option<String>) -> Result<AccessList, ServiceError> {
    super::service()?.access_now(gstin, cursor(after)?).await
}

/// Consents of a taxpayer that are over.
#[server(name = FetchHistory, prefix = "/api", endpoint = "history", input = GetUrl, output = Json)]
pub async fn history(gstin: Gstin, after: Option<String>) -> Result<AccessList, ServiceError> {
    super::service()?.history(gstin, cursor(after)?).await
}

/// Everything about one consent.
#[server(name = FetchConsent, prefix = "/api", endpoint = "consent", input = GetUrl, output = Json)]
pub async fn consent(gstin: Gstin, id: ConsentId) -> Result<ConsentPage, ServiceError> {
    super::service()?.consent(gstin, id).await
}

/// Further calls of one consent.
#[server(name = FetchCalls, prefix = "/api", endpoint = "calls", input = GetUrl, output = Json)]
pub async fn calls(gstin: Gstin, id: ConsentId, after: Option<String>) -> Result<Page<Call>, ServiceError> {
    super::service()?.calls(gstin, id, cursor(after)?).await
}

/// The receipt of a consent that was ended.
#[server(name = FetchReceipt, prefix = "/api", endpoint = "receipt", input = GetUrl, output = Json)]
pub async fn receipt(gstin: Gstin, id: ConsentId) -> Result<EndingReceipt, ServiceError> {
    super::service()?.receipt(gstin, id).await
}

/// Ends a consent, and leads to its receipt.
#[server(prefix = "/api", endpoint = "revoke", output = Json)]
pub async fn revoke(gstin: Gstin, id: ConsentId) -> Result<(), ServiceError> {
    super::service()?.revoke(gstin, id).await?;
    leptos_axum::redirect(&crate::paths::receipt(gstin, id));
    Ok(())
}

#[cfg(feature = "ssr")]
fn cursor(text: Option<String>) -> Result<Option<crate::model::page::Cursor>, ServiceError> {
    text.map(|text| text.parse().map_err(|_| ServiceError::Unreadable)).transpose()
}
