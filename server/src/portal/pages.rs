//! The pages: rendered on the server, hydrated in the browser, with a policy that lets only our own script run.

use std::sync::Arc;

use app::{
    LANGUAGE_COOKIE, SignInLink,
    api::{SignedIn, keys::KeySource},
    model::language::Language,
    text,
};
use axum::{
    Router,
    http::{HeaderMap, HeaderValue, header::ACCEPT_LANGUAGE, request::Parts},
};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_axum::{LeptosRoutes, ResponseOptions, generate_route_list};

use super::{Portal, cookie};

fn options(portal: &Portal) -> LeptosOptions {
    let site = std::path::absolute(&portal.site).unwrap_or_else(|_| portal.site.clone());
    let hashes = site.join("hash.txt");
    LeptosOptions::builder()
        .output_name("asp-access")
        .site_root(site.to_string_lossy().into_owned())
        .site_pkg_dir("pkg")
        .hash_files(hashes.exists())
        // Leptos looks beside the executable; joined to an absolute path, that path wins.
        .hash_file(Arc::<str>::from(hashes.to_string_lossy()))
        .build()
}

/// The language that the visitor chose, else the first that the browser asks for and we speak.
pub(super) fn language(headers: &HeaderMap) -> Language {
    let chosen = cookie::find(headers, LANGUAGE_COOKIE).and_then(text::asked);
    let asked = || {
        let accepted = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
        accepted.split(',').find_map(|range| text::asked(range.split(';').next()?))
    };
    chosen.or_else(asked).unwrap_or_default()
}

/// Puts into the context of a request what the screen asks for there, and its policy into the answer.
fn provide(sign_in: Option<&String>, keys: &KeySource) {
    provide_context(keys.clone());
    provide_context(SignInLink(sign_in.cloned()));
    if let Some(parts) = use_context::<Parts>() {
        provide_context(language(&parts.headers));
        if let Some(signed_in) = parts.extensions.get::<SignedIn>() {
            provide_context(signed_in.clone());
        }
    }
    if let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) {
        let policy = format!(
            "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; \
             img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'"
        );
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            response.insert_header(axum::http::header::CONTENT_SECURITY_POLICY, policy);
        }
    }
}

pub(super) fn routes(portal: &Arc<Portal>) -> Router {
    let options = options(portal);
    let sign_in = portal.sign_in_url.clone();
    let (fallback_sign_in, shell_options, fallback_options) = (sign_in.clone(), options.clone(), options.clone());
    let receipts = portal.receipts.clone();
    let keys = KeySource(Arc::new(move || receipts.keys()));
    let fallback_keys = keys.clone();
    Router::new()
        .leptos_routes_with_context(
            &options,
            generate_route_list(app::App),
            move || provide(sign_in.as_ref(), &keys),
            move || app::shell(shell_options.clone()),
        )
        .fallback(leptos_axum::render_app_async_with_context(
            move || provide(fallback_sign_in.as_ref(), &fallback_keys),
            move || app::shell(fallback_options.clone()),
        ))
        .with_state(options)
}
