//! The question before an act: what it means in plain words, the button that does it, and the way back.
//!
//! A plain form: it is posted the same with and without scripts, and the server leads to the page that says what happened.

use leptos::prelude::*;
use leptos_meta::Title;

use super::WentWrong;
use crate::text::{control::Asked, use_text};

/// What the form of a question posts, and where.
#[derive(Debug, Clone)]
pub(crate) struct Post {
    /// The server function's address.
    pub(crate) action: &'static str,
    /// Hidden fields.
    pub(crate) fields: Vec<(&'static str, String)>,
}

/// `name` is the ASP's, where the question is about one; `first` is a sentence that comes before the others.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
pub(crate) fn Question(
    asked: &'static Asked,
    name: String,
    first: Option<String>,
    takes_away: bool,
    post: Post,
    cancel: String,
) -> impl IntoView {
    let text = use_text();
    let title = (asked.title)(&name);
    let points = first
        .map(|first| view! { <li class="strong">{first}</li> })
        .into_iter()
        .chain(asked.points.iter().map(|point| view! { <li class="">{point(&name)}</li> }))
        .collect_view();
    view! {
        <Title text=title.clone() />
        <h1>{title}</h1>
        <WentWrong />
        <ul class="plain-words" class:gives=!takes_away>
            {points}
        </ul>
        <form method="post" action=post.action>
            <Hidden fields=post.fields />
            <Choices button=(asked.button)(&name) takes_away cancel cancel_words=text.control.asked.cancel />
        </form>
    }
}

/// Fields that nobody sees.
#[component]
pub(crate) fn Hidden(fields: Vec<(&'static str, String)>) -> impl IntoView {
    fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view()
}

/// The button that does it, and the link that does not.
#[component]
pub(crate) fn Choices(button: String, takes_away: bool, cancel: String, cancel_words: &'static str) -> impl IntoView {
    view! {
        <div class="choices">
            <button class="button" class:danger=takes_away class:primary=!takes_away type="submit">
                {button}
            </button>
            <a class="button" href=cancel>
                {cancel_words}
            </a>
        </div>
    }
}
