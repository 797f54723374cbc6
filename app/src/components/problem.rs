//! Why there is nothing to see, and what to do next. On the server it sets the status of the answer as well.

use leptos::prelude::*;
use leptos_meta::Title;

use super::{SignInButton, footer::HelpDesk};
use crate::{
    api::ServiceError,
    model::{consent::Refusal, role::NotYours},
    text::{Text, use_text},
};

/// In place of a page.
#[component]
pub(crate) fn Problem(error: ServiceError) -> impl IntoView {
    #[cfg(feature = "ssr")]
    answer_with(&error);
    let text = use_text();
    let (title, sentence) = words(text, &error);
    let next = if error == ServiceError::NotSignedIn {
        view! { <SignInButton /> }.into_any()
    } else {
        view! {
            <p>
                <a class="button" href="/">
                    {text.notice.home}
                </a>
            </p>
        }
        .into_any()
    };
    view! {
        <Title text=title />
        <section class="notice">
            <h1>{title}</h1>
            <p>{sentence}</p>
            <RequestId error />
            {next}
            <p>{text.frame.never_asks}</p>
            <p>
                <HelpDesk />
            </p>
        </section>
    }
}

/// Beside what a person just tried.
#[component]
pub(crate) fn InlineProblem(error: ServiceError) -> impl IntoView {
    let (title, sentence) = words(use_text(), &error);
    view! {
        <div class="inline-problem">
            <p class="strong">{title}</p>
            <p>{sentence}</p>
            <RequestId error />
        </div>
    }
}

#[component]
fn RequestId(error: ServiceError) -> impl IntoView {
    let text = use_text();
    let ServiceError::Unavailable { request_id } = error else { return None };
    Some(view! {
        <p>
            {text.notice.request_id} ": " <code>{request_id}</code>
        </p>
    })
}

fn words(text: &Text, error: &ServiceError) -> (&'static str, &'static str) {
    let t = &text.notice;
    match error {
        ServiceError::NotSignedIn => (t.sign_in_title, t.sign_in),
        ServiceError::NotFound => (t.not_found_title, t.not_found),
        ServiceError::Unreadable => (t.unreadable_title, t.unreadable),
        ServiceError::Conflict => (t.conflict_title, t.conflict),
        ServiceError::NotYours { why: NotYours::OnlyLook } => (t.not_yours_title, t.only_look),
        ServiceError::NotYours { why: NotYours::OnlyTighten } => (t.not_yours_title, t.only_tighten),
        ServiceError::NotYours { why: NotYours::SignatorysOwn } => (t.not_yours_title, t.signatorys_own),
        ServiceError::NotPossible { why } => (
            t.not_possible_title,
            match why {
                Refusal::Ended | Refusal::Expired => t.is_over,
                Refusal::Paused => t.is_paused,
                Refusal::NotPaused => t.is_not_paused,
                Refusal::BadLimits => t.bad_limits,
            },
        ),
        ServiceError::Unavailable { .. } => (t.unavailable_title, t.unavailable),
        ServiceError::NoConnection => (t.no_connection_title, t.no_connection),
    }
}

#[cfg(feature = "ssr")]
fn answer_with(error: &ServiceError) {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(error.status());
    }
}
