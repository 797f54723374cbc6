//! A problem as a person meets it: where a browser asks for a page, its answer is a sentence that says what to do next.
//!
//! A page of its own and not one of the screen's: it must also be there when the store is not, and needs no script.

use std::{path::Path, sync::Arc};

use app::{
    model::language::Language,
    text::{self, Text},
};
use askama::Template;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header::ACCEPT},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};

use super::{Portal, pages::language};
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    language: Language,
    text: &'a Text,
    title: &'a str,
    sentence: &'a str,
    sign_in: Option<&'a str>,
    stylesheet: &'a str,
}

/// Puts a page in the place of a problem, under the same status, where a page was asked for.
pub async fn for_people(State(portal): State<Arc<Portal>>, request: Request, next: Next) -> Response {
    let (wants_page, language) = (wants_page(request.headers()), language(request.headers()));
    let response = next.run(request).await;
    match response.extensions().get::<Problem>().copied() {
        Some(problem) if wants_page => {
            let page = page(&portal, problem, language).await;
            // What else the answer says of itself (that the connection ends, for one) stays true.
            let mut headers = response.headers().clone();
            headers.remove("content-type");
            headers.remove("content-length");
            headers.insert("cache-control", axum::http::HeaderValue::from_static("no-store"));
            (problem.status, headers, page).into_response()
        }
        _ => response,
    }
}

fn wants_page(headers: &HeaderMap) -> bool {
    headers.get_all(ACCEPT).iter().any(|value| value.to_str().is_ok_and(|kinds| kinds.contains("text/html")))
}

fn words(text: &Text, problem: Problem) -> (&'static str, &'static str) {
    let t = &text.problem;
    match problem.kind {
        "hand-off-not-accepted" => (t.hand_off_title, t.hand_off),
        "cross-site" => (t.cross_site_title, t.cross_site),
        _ if problem.status.is_server_error() || problem.status == StatusCode::REQUEST_TIMEOUT => {
            (t.later_title, t.later)
        }
        _ => (t.other_title, t.other),
    }
}

async fn page(portal: &Portal, problem: Problem, language: Language) -> Response {
    let text = text::of(language);
    let (title, sentence) = words(text, problem);
    let (stylesheet, sign_in) = (stylesheet(&portal.site).await, portal.sign_in_url.as_deref());
    let page = ProblemPage { language, text, title, sentence, sign_in, stylesheet: &stylesheet };
    match page.render() {
        Ok(html) => Html(html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a problem's page could not be rendered");
            problem.into_response()
        }
    }
}

/// Where the stylesheet is: its name carries the hash that the bundle tool wrote down.
async fn stylesheet(site: &Path) -> String {
    let hashes = tokio::fs::read_to_string(site.join("hash.txt")).await.unwrap_or_default();
    let hash = hashes.lines().find_map(|line| line.strip_prefix("css:")).map(|hash| format!(".{}", hash.trim()));
    format!("/pkg/asp-access{}.css", hash.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_for_whoever_asks_for_one() {
        let asked = |accept: Option<&'static str>| {
            let accept = accept.map(|accept| (ACCEPT, axum::http::HeaderValue::from_static(accept)));
            wants_page(&accept.into_iter().collect())
        };
        assert!(asked(Some("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")));
        assert!(!asked(Some("*/*")) && !asked(Some("application/json")) && !asked(None));
    }

    #[test]
    fn a_problem_has_words_that_fit_it_in_every_language() {
        for language in text::spoken() {
            let text = text::of(language);
            let said = |kind, status| words(text, Problem { status, kind, title: "" });
            assert_eq!(said("hand-off-not-accepted", StatusCode::UNAUTHORIZED).0, text.problem.hand_off_title);
            assert_eq!(said("cross-site", StatusCode::FORBIDDEN).0, text.problem.cross_site_title);
            assert_eq!(said("unavailable", StatusCode::SERVICE_UNAVAILABLE).0, text.problem.later_title);
            assert_eq!(said("body-too-slow", StatusCode::REQUEST_TIMEOUT).0, text.problem.later_title);
            assert_eq!(said("unreadable-form", StatusCode::BAD_REQUEST).0, text.problem.other_title);
        }
    }
}
