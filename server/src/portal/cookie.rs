//! The session cookie: a random id that the browser holds and the store knows as a keyed hash.

use std::sync::Arc;

use app::api::SignedIn;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header::COOKIE},
    middleware::Next,
    response::{IntoResponse, Response},
};
use jiff::SignedDuration;

use super::{
    Portal,
    service::{PersonsService, Visitor},
};
use crate::{
    problem::Problem,
    vault::{KeyedHash, Purpose},
};

/// How long a person stays signed in. The portal's own sessions are short, too.
pub(super) const SESSION: SignedDuration = SignedDuration::from_mins(30);
/// Bytes of a cookie's id.
pub(super) const ID_BYTES: usize = 32;

/// The cookie's name and attributes. `__Host-` and `Secure` wherever the product is reached over TLS; the demo on
/// `http://127.0.0.1` has neither, because not every browser keeps such a cookie there.
fn is_secure(public_url: &str) -> bool {
    public_url.starts_with("https://")
}

fn name(public_url: &str) -> &'static str {
    if is_secure(public_url) { "__Host-asp-access" } else { "asp-access" }
}

/// The header that gives a browser its cookie.
pub(super) fn set(public_url: &str, id: &str) -> String {
    let secure = if is_secure(public_url) { "; Secure" } else { "" };
    format!("{}={id}; Path=/; HttpOnly; SameSite=Lax{secure}; Max-Age={}", name(public_url), SESSION.as_secs())
}

/// The header that takes it away.
pub(super) fn unset(public_url: &str) -> String {
    let secure = if is_secure(public_url) { "; Secure" } else { "" };
    format!("{}=; Path=/; HttpOnly; SameSite=Lax{secure}; Max-Age=0", name(public_url))
}

/// A cookie of the request, by name.
pub(super) fn find<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Recognises who asks, and puts the service that is bound to this person into the request.
pub(super) async fn recognise(State(portal): State<Arc<Portal>>, mut request: Request, next: Next) -> Response {
    let Some(id) = find(request.headers(), name(&portal.public_url)) else { return next.run(request).await };
    let cookie: KeyedHash = portal.vault.hash(Purpose::Cookie, id.as_bytes());
    let person = match portal.store.read().await {
        Ok(mut work) => work.portal_session(cookie, portal.clock.now()).await,
        Err(error) => Err(error),
    };
    match person {
        Ok(Some(person)) => {
            let service = Arc::new(PersonsService { portal, person, cookie });
            request.extensions_mut().insert(Visitor(service.clone()));
            request.extensions_mut().insert(SignedIn(service));
        }
        Ok(None) => {}
        Err(error) => {
            tracing::error!(%error, "a session could not be read");
            return Problem::UNAVAILABLE.into_response();
        }
    }
    let mut response = next.run(request).await;
    // What a person sees of their own is nobody else's, and not for a cache to keep.
    response.headers_mut().insert("cache-control", HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("not-asp-access=1; asp-access-2=2; asp-access=3"));
        assert_eq!(find(&headers, "asp-access"), Some("3"));
        assert_eq!(find(&headers, "asp"), None);
    }

    #[test]
    fn over_tls_the_cookie_is_bound_to_the_host() {
        assert_eq!(
            set("https://consent.example.in", "x"),
            "__Host-asp-access=x; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=1800"
        );
        assert_eq!(set("http://127.0.0.1:3000", "x"), "asp-access=x; Path=/; HttpOnly; SameSite=Lax; Max-Age=1800");
        assert!(unset("https://consent.example.in").ends_with("; Secure; Max-Age=0"));
    }
}
