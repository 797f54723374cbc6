//! The signed-in person: who it is, which language, and signing out.
#![expect(missing_docs, reason = "the server macro makes a struct of each function's arguments, without words")]

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::{error::ServiceError, json::Json, views::Me};
use crate::model::language::Language;

/// Who is signed in.
#[server(name = FetchMe, prefix = "/api", endpoint = "me", input = GetUrl, output = Json)]
pub async fn me() -> Result<Me, ServiceError> {
    super::service()?.me().await
}

/// Ends the portal session and leads to the page that says so.
#[server(prefix = "/api", endpoint = "sign-out", output = Json)]
pub async fn sign_out() -> Result<(), ServiceError> {
    super::service()?.sign_out().await?;
    leptos_axum::redirect("/signed-out");
    Ok(())
}

/// Remembers the language in a cookie, for a year, and shows the same page again.
#[server(prefix = "/api", endpoint = "choose-language", output = Json)]
pub async fn choose_language(language: Language) -> Result<(), ServiceError> {
    use leptos_axum::ResponseOptions;

    const SECONDS_OF_A_YEAR: u32 = 365 * 24 * 3600;
    let cookie =
        format!("{}={}; Path=/; Max-Age={SECONDS_OF_A_YEAR}; SameSite=Lax", crate::LANGUAGE_COOKIE, language.tag());
    if let (Some(response), Ok(value)) = (use_context::<ResponseOptions>(), cookie.parse()) {
        response.append_header(http::header::SET_COOKIE, value);
    }
    Ok(())
}
