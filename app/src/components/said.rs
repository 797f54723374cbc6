//! What a page says about the act that led to it: what was done, or what went wrong.

use leptos::{prelude::*, server_fn::error::ServerFnUrlError};
use leptos_router::hooks::use_query_map;

use super::InlineProblem;
use crate::{api::ServiceError, text::use_text};

/// A link that takes an act back, or goes on from it.
#[derive(Debug, Clone)]
pub(crate) struct Onward {
    /// Where to.
    pub(crate) href: String,
    /// Its words.
    pub(crate) words: &'static str,
}

/// What was done, in a sentence; said by a page only where it is true of what the page shows.
#[component]
pub(crate) fn Done(words: String, #[prop(default = None)] onward: Option<Onward>) -> impl IntoView {
    let onward = onward.map(|Onward { href, words }| {
        view! {
            <p>
                <a class="button" href=href>
                    {words}
                </a>
            </p>
        }
    });
    view! {
        <div class="done" role="status">
            <p class="strong">{use_text().control.done.title}</p>
            <p>{words}</p>
            {onward}
        </div>
    }
}

/// Which act the address says led here.
pub(crate) fn done() -> Option<String> {
    use_query_map().with_untracked(|query| query.get("done"))
}

/// What went wrong with the form of this page. The server leads back to the form and puts it into the address.
#[component]
pub(crate) fn WentWrong() -> impl IntoView {
    let query = use_query_map();
    move || {
        let text = query.with(|query| query.get("__err"))?;
        let error = ServerFnUrlError::<ServiceError>::decode_err(&text);
        Some(view! {
            <div role="alert">
                <InlineProblem error />
            </div>
        })
    }
}
