//! Consents: lists, one consent's page, revoking, the receipt.
#![expect(missing_docs, reason = "the server macro makes a struct of each function's arguments, without words")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::{
    error::ServiceError,
    json::Json,
    views::{AccessList, ConsentPage, EndedOne},
};
use crate::model::{
    filter::ConsentFilter, gstin::Gstin, id::ConsentId, page::Page, receipt::EndingReceipt, usage::Call,
};

/// Live consents of a taxpayer.
#[server(name = FetchAccessNow, prefix = "/api", endpoint = "access-now", input = GetUrl, output = Json)]
pub async fn access_now(
    gstin: Gstin,
    #[server(default)] filter: ConsentFilter,
    after: Option<String>,
) -> Result<AccessList, ServiceError> {
    super::service()?.access_now(gstin, filter, super::forms::cursor(after)?).await
}

/// Live consents of every taxpayer of the person.
#[server(name = FetchEverywhere, prefix = "/api", endpoint = "everywhere", input = GetUrl, output = Json)]
pub async fn everywhere(
    #[server(default)] filter: ConsentFilter,
    after: Option<String>,
) -> Result<AccessList, ServiceError> {
    super::service()?.everywhere(filter, super::forms::cursor(after)?).await
}

/// Consents of a taxpayer that are over.
#[server(name = FetchHistory, prefix = "/api", endpoint = "history", input = GetUrl, output = Json)]
pub async fn history(
    gstin: Gstin,
    #[server(default)] filter: ConsentFilter,
    after: Option<String>,
) -> Result<AccessList, ServiceError> {
    super::service()?.history(gstin, filter, super::forms::cursor(after)?).await
}

/// Everything about one consent.
#[server(name = FetchConsent, prefix = "/api", endpoint = "consent", input = GetUrl, output = Json)]
pub async fn consent(gstin: Gstin, id: ConsentId) -> Result<ConsentPage, ServiceError> {
    super::service()?.consent(gstin, id).await
}

/// Further calls of one consent.
#[server(name = FetchCalls, prefix = "/api", endpoint = "calls", input = GetUrl, output = Json)]
pub async fn calls(gstin: Gstin, id: ConsentId, after: Option<String>) -> Result<Page<Call>, ServiceError> {
    super::service()?.calls(gstin, id, super::forms::cursor(after)?).await
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

/// Ends several. Each is named as `GSTIN/consent`, which is what a checkbox of a list over several taxpayers carries.
/// Leads to what became of each.
#[server(prefix = "/api", endpoint = "revoke-many", output = Json)]
pub async fn revoke_many(#[server(default)] chosen: Vec<String>) -> Result<Vec<EndedOne>, ServiceError> {
    let chosen = chosen.iter().map(|one| super::forms::consent(one)).collect::<Result<Vec<_>, _>>()?;
    let ended = super::service()?.revoke_many(chosen.clone()).await?;
    leptos_axum::redirect(&crate::paths::revoked_many(&chosen));
    Ok(ended)
}

/// "I did not give this": ends it, blocks its ASP, reports both; leads to what to quote.
#[server(prefix = "/api", endpoint = "disown", output = Json)]
pub async fn disown(gstin: Gstin, id: ConsentId) -> Result<String, ServiceError> {
    let reference = super::service()?.disown(gstin, id).await?;
    leptos_axum::redirect(&crate::paths::report(gstin, id));
    Ok(reference)
}
