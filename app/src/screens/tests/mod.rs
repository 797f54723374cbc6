//! The pages as the server renders them, without a server behind them: what each role is offered, and what no page may have.

mod stand_in;

use std::{collections::BTreeSet, sync::Arc};

use axum::body::{Body, to_bytes};
use http::{Request, StatusCode};
use leptos::prelude::*;
use leptos_meta::MetaTags;

use self::stand_in::{ASPS, DISOWNED, LIMITED, PAUSED, PLAIN, StandIn, TO, gstins};
use super::App;
use crate::{
    api::SignedIn,
    model::{
        alert::{Channel, DeliveryState},
        gstin::Gstin,
        language::Language,
        role::Role,
    },
    paths,
    text::{self, words},
};

const SIGNATORY: StandIn = StandIn { role: Role::Signatory, taxpayers: 2, frozen: false, empty: false };

/// A page as a browser gets it.
async fn page(service: StandIn, language: Language, path: &str) -> (StatusCode, String) {
    // The first test starts it for all.
    drop(any_spawner::Executor::init_tokio());
    let contexts = move || {
        provide_context(SignedIn(Arc::new(service)));
        provide_context(language);
    };
    let document = || view! { <html><head><MetaTags /></head><body><App /></body></html> };
    let render = leptos_axum::render_app_async_with_context(contexts, document);
    let request = Request::get(path).header("accept", "text/html").body(Body::empty()).expect("a request");
    let response = render(request).await;
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 4 << 20).await.expect("a body");
    (status, String::from_utf8(bytes.to_vec()).expect("text"))
}

async fn english(service: StandIn, path: &str) -> String {
    page(service, Language::En, path).await.1
}

/// Every page of control that there is.
fn all(gstin: Gstin) -> Vec<String> {
    let (asp, name, _) = ASPS[0];
    let mut pages = vec![
        "/".to_owned(),
        paths::FREEZE_MANY.to_owned(),
        paths::access_now(gstin),
        paths::history(gstin),
        paths::deeds(gstin),
        paths::fetched(gstin),
        paths::settings(gstin),
        paths::alerts(gstin),
        paths::told(gstin),
        paths::freeze(gstin),
        paths::revoke_all(None),
        paths::revoke_all(Some(gstin)),
        format!("{}?chosen={}", paths::REVOKE_MANY, paths::chosen(gstin, PLAIN)),
        paths::revoked_many(&[(gstin, DISOWNED), (gstin, PLAIN)]),
        paths::ask_asp(gstin, "block", asp, name),
        paths::ask_asp(gstin, "unblock", ASPS[1].0, ASPS[1].1),
        paths::ask_asp(gstin, "allow", asp, name),
        paths::ask_asp(gstin, "disallow", ASPS[2].0, ASPS[2].1),
        paths::ask_consent(gstin, PLAIN, "pause"),
        paths::ask_consent(gstin, PAUSED, "resume"),
        paths::ask_consent(gstin, PLAIN, "disown"),
        paths::limits(gstin, LIMITED),
        paths::revoke(gstin, PLAIN),
        paths::report(gstin, DISOWNED),
        paths::receipt(gstin, DISOWNED),
    ];
    pages.extend(["switch-off", "thaw", "only-allowed", "every-asp"].map(|what| paths::ask(gstin, what)));
    pages.extend([PLAIN, LIMITED, PAUSED, DISOWNED].map(|id| paths::consent(gstin, id)));
    pages
}

/// The forms of a page that change something, by where they go; signing out and the language are on every page.
fn posts(html: &str) -> Vec<&str> {
    let actions = html.split("<form ").skip(1).filter_map(|form| {
        let head = form.split_once('>')?.0;
        let post = head.contains("method=\"post\"");
        post.then(|| head.split_once("action=\"")?.1.split_once('"').map(|(action, _)| action))?
    });
    actions.filter(|action| !matches!(*action, "/api/sign-out" | "/api/choose-language")).collect()
}

#[tokio::test]
async fn every_page_is_found_in_every_language_with_one_heading_and_no_inline_style_and_every_name_is_text() {
    for language in text::spoken() {
        for frozen in [false, true] {
            for path in all(gstins()[0]) {
                let (status, html) = page(StandIn { frozen, ..SIGNATORY }, language, &path).await;
                assert_eq!(status, StatusCode::OK, "{path}");
                assert_eq!(html.matches("<h1").count(), 1, "headings of {path}");
                assert!(!html.contains(" style="), "{path} has an inline style");
                for name in ["<i>Sons", "<b>FileFast"] {
                    assert!(!html.split("<script").next().is_some_and(|shown| shown.contains(name)), "{path}: {name}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_viewer_is_offered_nothing_that_changes_anything_and_is_told_why() {
    let viewer = StandIn { role: Role::Viewer, ..SIGNATORY };
    let gstin = gstins()[0];
    for path in all(gstin) {
        let html = english(viewer, &path).await;
        assert_eq!(posts(&html), Vec::<&str>::new(), "{path}");
        assert!(!html.contains("type=\"checkbox\""), "{path}");
    }
    for path in [paths::settings(gstin), paths::consent(gstin, PLAIN), paths::ask_consent(gstin, PLAIN, "pause")] {
        assert!(english(viewer, &path).await.contains("Only the authorised signatory"), "{path}");
    }
}

#[tokio::test]
async fn an_accountant_may_take_away_and_not_give_back() {
    let accountant = StandIn { role: Role::Accountant, ..SIGNATORY };
    let gstin = gstins()[0];
    for (path, action) in [
        (paths::ask_consent(gstin, PLAIN, "pause"), Some("/api/pause")),
        (paths::ask_consent(gstin, PAUSED, "resume"), None),
        (paths::ask(gstin, "switch-off"), Some("/api/set-window")),
        (paths::ask_asp(gstin, "block", ASPS[0].0, ASPS[0].1), Some("/api/rule-asp")),
        (paths::ask_asp(gstin, "unblock", ASPS[1].0, ASPS[1].1), None),
        (paths::freeze(gstin), Some("/api/freeze")),
        (paths::limits(gstin, LIMITED), Some("/api/restrict")),
    ] {
        let html = english(accountant, &path).await;
        assert_eq!(posts(&html).first().copied(), action, "{path}");
    }
    let frozen = StandIn { frozen: true, ..accountant };
    assert!(posts(&english(frozen, &paths::ask(gstin, "thaw")).await).is_empty());
    let settings = english(accountant, &paths::settings(gstin)).await;
    assert!(settings.contains("ask/only-allowed") && !settings.contains("ask/unblock"));
}

#[tokio::test]
async fn a_question_says_how_many_accesses_end_before_they_do() {
    let gstin = gstins()[0];
    let off = english(SIGNATORY, &paths::ask(gstin, "switch-off")).await;
    assert!(off.contains("3 accesses that are live now end at once."));
    let block = english(SIGNATORY, &paths::ask_asp(gstin, "block", ASPS[0].0, ASPS[0].1)).await;
    assert!(block.contains("2 accesses that are live now end at once."));
    let all = english(SIGNATORY, &paths::revoke_all(Some(gstin))).await;
    assert!(all.contains("Revoke 3 accesses?") && all.matches("name=\"chosen[]\"").count() == 3);
}

#[tokio::test]
async fn what_was_done_is_said_only_where_it_is_so() {
    let gstin = gstins()[0];
    let says = async |path: String, done: &str| {
        english(SIGNATORY, &paths::after(&path, done)).await.contains("class=\"done\"")
    };
    assert!(says(paths::consent(gstin, PAUSED), "paused").await);
    assert!(!says(paths::consent(gstin, PLAIN), "paused").await);
    assert!(!says(paths::access_now(gstin), "frozen").await);
    assert!(says(paths::access_now(gstin), "thawed").await);
    assert!(!says(paths::settings(gstin), "blocked").await);
}

#[tokio::test]
async fn what_became_of_each_message_is_told_in_words_of_its_own_and_by_a_masked_address() {
    let gstin = gstins()[0];
    for language in text::spoken() {
        let text = text::of(language);
        let fates: BTreeSet<_> = DeliveryState::ALL.map(|state| words::delivery(text, Channel::Email, state)).into();
        assert_eq!(fates.len(), DeliveryState::ALL.len());
        for path in [paths::told(gstin), paths::consent(gstin, PLAIN)] {
            let (_, html) = page(SIGNATORY, language, &path).await;
            for fate in &fates {
                assert!(html.contains(&format!("</span><span>{fate}")), "{path}: {fate}");
            }
            let to = format!(">{}<", (text.consent.sent_to)(words::channel(text, Channel::Email), TO));
            assert!(html.matches(&to).count() >= DeliveryState::ALL.len(), "{path}");
            for words in [text.words.switched_off, text.words.not_sent] {
                assert_eq!(html.matches(&format!(">{words}<")).count(), 1, "{path}: {words}");
            }
        }
    }
}

#[tokio::test]
async fn an_alert_names_what_it_is_about_and_older_ones_are_a_link_away() {
    let gstin = gstins()[0];
    let told = english(SIGNATORY, &paths::told(gstin)).await;
    assert!(told.contains(&format!("<a href=\"{}\">LedgerLeaf", paths::consent(gstin, PAUSED))));
    assert_eq!(told.matches("LedgerLeaf &amp; ").count(), 3);
    let older = told.split_once("rel=\"next\" href=\"").and_then(|(_, rest)| rest.split_once('"')).expect("a link").0;
    let last = english(SIGNATORY, older).await;
    assert!(last.contains(&format!("href=\"{}\"", paths::told(gstin))) && !last.contains("rel=\"next\""));
    for path in [paths::alerts(gstin), paths::history(gstin)] {
        assert!(english(SIGNATORY, &path).await.contains(&paths::told(gstin)), "{path}");
    }
    let marked = told.split_once("aria-current=\"page\"").expect("the tab that is open").1;
    assert!(marked.split_once("</a>").is_some_and(|(tab, _)| tab.contains("Alerts")));
}

#[tokio::test]
async fn empty_lists_say_what_to_do() {
    let empty = StandIn { empty: true, ..SIGNATORY };
    let gstin = gstins()[0];
    for (path, words) in [
        (paths::access_now(gstin), "No application can fetch your GST data now."),
        (format!("{}?asp=nobody", paths::access_now(gstin)), "Nothing matches what you are looking for."),
        (format!("{}?asp=nobody", paths::history(gstin)), "Nothing matches what you are looking for."),
        (paths::fetched(gstin), "Nothing was fetched"),
        (paths::told(gstin), "You were told nothing yet."),
        (paths::REVOKE_MANY.to_owned(), "Nothing is chosen"),
        ("/".to_owned(), "any of your taxpayers now"),
    ] {
        assert!(english(empty, &path).await.contains(words), "{path}");
    }
    let (status, _) = page(SIGNATORY, Language::En, &format!("{}?state=asleep", paths::history(gstin))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}
