//! What was fetched by day, what happened and who did it, and what the taxpayer says to unusual use.
#![expect(missing_docs, reason = "the server macro makes a struct of each function's arguments, without words")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::{
    error::ServiceError,
    json::Json,
    views::{DeedsPage, UsagePage},
};
use crate::model::{
    gstin::Gstin,
    id::{AlertId, ConsentId},
};

/// What was fetched day by day, of one consent or of all.
#[server(name = FetchUsage, prefix = "/api", endpoint = "usage", input = GetUrl, output = Json)]
pub async fn usage_by_day(gstin: Gstin, consent: Option<ConsentId>) -> Result<UsagePage, ServiceError> {
    super::service()?.usage_by_day(gstin, consent).await
}

/// What happened to a taxpayer's access, the newest first.
#[server(name = FetchDeeds, prefix = "/api", endpoint = "deeds", input = GetUrl, output = Json)]
pub async fn deeds(gstin: Gstin, before: Option<i64>) -> Result<DeedsPage, ServiceError> {
    super::service()?.deeds(gstin, before).await
}

/// "This is fine" to a sign of unusual use.
#[server(prefix = "/api", endpoint = "this-is-fine", output = Json)]
pub async fn this_is_fine(gstin: Gstin, alert: AlertId) -> Result<(), ServiceError> {
    super::service()?.this_is_fine(gstin, alert).await
}
