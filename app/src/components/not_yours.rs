//! In place of a question: what this person may not do, or what needs no doing.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{
    model::role,
    text::{Text, use_text},
};

/// The sentence for a part that may not.
pub(crate) fn why_not(text: &Text, reason: role::NotYours) -> &'static str {
    match reason {
        role::NotYours::OnlyLook => text.control.roles.viewer,
        role::NotYours::OnlyTighten => text.control.roles.accountant,
        role::NotYours::SignatorysOwn => text.notice.signatorys_own,
    }
}

#[component]
pub(crate) fn NotYours(title: String, reason: role::NotYours, back: String) -> impl IntoView {
    let text = use_text();
    let words = vec![text.control.roles.only_signatory, why_not(text, reason)];
    view! { <Instead title words back /> }
}

#[component]
pub(crate) fn Moot(title: String, back: String) -> impl IntoView {
    view! { <Instead title words=vec![use_text().control.asked.moot] back /> }
}

#[component]
fn Instead(title: String, words: Vec<&'static str>, back: String) -> impl IntoView {
    let text = use_text();
    view! {
        <Title text=title.clone() />
        <h1>{title}</h1>
        <div class="empty">{words.into_iter().map(|words| view! { <p>{words}</p> }).collect_view()}</div>
        <p>
            <a class="button" href=back>
                {text.control.asked.back}
            </a>
        </p>
    }
}
