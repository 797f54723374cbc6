//! Decisions about access as a whole: the window, the freeze, blocks, the allow-list, and the look over all taxpayers.
#![expect(missing_docs, reason = "the server macro makes a struct of each function's arguments, without words")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::{
    error::ServiceError,
    json::Json,
    views::{AspRow, ControlsPage, FrozenOne, Overview},
};
use crate::model::{gstin::Gstin, id::AspId};

/// Every taxpayer of the person.
#[server(name = FetchOverview, prefix = "/api", endpoint = "overview", input = GetUrl, output = Json)]
pub async fn overview() -> Result<Overview, ServiceError> {
    super::service()?.overview().await
}

/// What a taxpayer decided.
#[server(name = FetchControls, prefix = "/api", endpoint = "controls", input = GetUrl, output = Json)]
pub async fn controls(gstin: Gstin) -> Result<ControlsPage, ServiceError> {
    super::service()?.controls(gstin).await
}

/// ASPs by a part of their name.
#[server(name = FindAsps, prefix = "/api", endpoint = "asps", input = GetUrl, output = Json)]
pub async fn find_asps(gstin: Gstin, name: String) -> Result<Vec<AspRow>, ServiceError> {
    super::service()?.find_asps(gstin, name).await
}

/// Switches API access on or off, and sets how long a consent holds.
#[server(prefix = "/api", endpoint = "set-window", output = Json)]
pub async fn set_window(gstin: Gstin, version: i64, enabled: bool, minutes: i64) -> Result<ControlsPage, ServiceError> {
    let answer = super::service()?.set_window(gstin, version, enabled, minutes).await?;
    leptos_axum::redirect(&crate::paths::after(&crate::paths::settings(gstin), "window"));
    Ok(answer)
}

/// Freezes everything: for so many hours, or until a local date and time of India; with both empty, until it is lifted.
#[server(prefix = "/api", endpoint = "freeze", output = Json)]
pub async fn freeze(
    gstin: Gstin,
    #[server(default)] hours: String,
    #[server(default)] until: String,
) -> Result<ControlsPage, ServiceError> {
    let until = super::forms::until(&hours, &until)?;
    let service = super::service()?;
    let answer = service.freeze(gstin, until.at(service.now())).await?;
    leptos_axum::redirect(&crate::paths::after(&crate::paths::access_now(gstin), "frozen"));
    Ok(answer)
}

/// Freezes several taxpayers.
#[server(prefix = "/api", endpoint = "freeze-many", output = Json)]
pub async fn freeze_many(
    #[server(default)] gstins: Vec<Gstin>,
    #[server(default)] hours: String,
    #[server(default)] until: String,
) -> Result<Vec<FrozenOne>, ServiceError> {
    let until = super::forms::until(&hours, &until)?;
    let service = super::service()?;
    let answer = service.freeze_many(gstins, until.at(service.now())).await?;
    leptos_axum::redirect(&crate::paths::after("/", "frozen"));
    Ok(answer)
}

/// Lifts a freeze.
#[server(prefix = "/api", endpoint = "thaw", output = Json)]
pub async fn thaw(gstin: Gstin, version: i64) -> Result<ControlsPage, ServiceError> {
    let answer = super::service()?.thaw(gstin, version).await?;
    leptos_axum::redirect(&crate::paths::after(&crate::paths::access_now(gstin), "thawed"));
    Ok(answer)
}

/// Switches the allow-list on or off.
#[server(prefix = "/api", endpoint = "set-allow-list", output = Json)]
pub async fn set_allow_list(gstin: Gstin, version: i64, on: bool) -> Result<ControlsPage, ServiceError> {
    let answer = super::service()?.set_allow_list(gstin, version, on).await?;
    leptos_axum::redirect(&crate::paths::after(&crate::paths::settings(gstin), "list"));
    Ok(answer)
}

/// Decides about one ASP: `blocked`, `allowed`, or nothing, which takes a decision back.
#[server(prefix = "/api", endpoint = "rule-asp", output = Json)]
pub async fn rule_asp(
    gstin: Gstin,
    version: i64,
    asp: AspId,
    #[server(default)] rule: String,
) -> Result<ControlsPage, ServiceError> {
    use crate::model::controls::AspRule;

    let (rule, done) = match rule.as_str() {
        "" => (None, "unruled"),
        "blocked" => (Some(AspRule::Blocked), "blocked"),
        "allowed" => (Some(AspRule::Allowed), "allowed"),
        _ => return Err(ServiceError::Unreadable),
    };
    let answer = super::service()?.rule_asp(gstin, version, asp, rule).await?;
    leptos_axum::redirect(&format!("{}&asp={asp}", crate::paths::after(&crate::paths::settings(gstin), done)));
    Ok(answer)
}

/// Ends consents that sleep for so many days; empty, none.
#[server(prefix = "/api", endpoint = "set-unused-days", output = Json)]
pub async fn set_unused_days(
    gstin: Gstin,
    version: i64,
    #[server(default)] days: String,
) -> Result<ControlsPage, ServiceError> {
    let days = super::forms::number(&days)?;
    let answer = super::service()?.set_unused_days(gstin, version, days).await?;
    leptos_axum::redirect(&crate::paths::after(&crate::paths::settings(gstin), "unused"));
    Ok(answer)
}
