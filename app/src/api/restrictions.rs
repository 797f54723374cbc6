//! Limits on one consent, and its pause. Each leads to the consent's page, and answers with what holds now.
#![expect(clippy::too_many_arguments, reason = "one argument a field of the form, which must work without scripts")]
#![expect(missing_docs, reason = "the server macro makes a struct of each function's arguments, without words")]

use leptos::prelude::*;

use super::{error::ServiceError, json::Json};
use crate::model::{consent::Consent, gstin::Gstin, id::ConsentId, return_type::ReturnType};

/// Puts limits on a consent. `until` is a local date and time of India (`2026-11-30T18:00`), `from` and `to` are times of
/// day (`09:00`); what is empty is no limit, and so is an empty list of returns, unless the form listed every kind: then no
/// tick is a mistake, and every tick no limit.
#[server(prefix = "/api", endpoint = "restrict", output = Json)]
pub async fn restrict(
    gstin: Gstin,
    id: ConsentId,
    version: i64,
    #[server(default)] until: String,
    #[server(default)] returns: Vec<ReturnType>,
    #[server(default)] calls_a_day: String,
    #[server(default)] from: String,
    #[server(default)] to: String,
    #[server(default)] kinds_listed: bool,
) -> Result<Consent, ServiceError> {
    let mut restriction = super::forms::limits(&until, &returns, &calls_a_day, &from, &to)?;
    if kinds_listed {
        restriction.returns = super::forms::ticked(&returns);
    }
    let consent = super::service()?.restrict(gstin, id, version, restriction).await?;
    leptos_axum::redirect(&crate::paths::after(&crate::paths::consent(gstin, id), "limited"));
    Ok(consent)
}

/// Lets nothing pass on a consent for now.
#[server(prefix = "/api", endpoint = "pause", output = Json)]
pub async fn pause(gstin: Gstin, id: ConsentId) -> Result<Consent, ServiceError> {
    let consent = super::service()?.pause(gstin, id).await?;
    leptos_axum::redirect(&crate::paths::after(&crate::paths::consent(gstin, id), "paused"));
    Ok(consent)
}

/// Lets a paused consent go on.
#[server(prefix = "/api", endpoint = "resume", output = Json)]
pub async fn resume(gstin: Gstin, id: ConsentId, version: i64) -> Result<Consent, ServiceError> {
    let consent = super::service()?.resume(gstin, id, version).await?;
    leptos_axum::redirect(&crate::paths::after(&crate::paths::consent(gstin, id), "resumed"));
    Ok(consent)
}
