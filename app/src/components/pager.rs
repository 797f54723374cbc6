//! The way through a list that is paged by key: on, and back to its start.

use leptos::prelude::*;

use crate::text::use_text;

#[component]
pub(crate) fn Pager(path: String, later: bool, next: Option<String>) -> impl IntoView {
    let text = use_text();
    // What is looked for stands in the path already.
    let joint = if path.contains('?') { '&' } else { '?' };
    let next = next.map(|after| format!("{path}{joint}after={after}"));
    (later || next.is_some()).then(|| {
        view! {
            <nav class="pager" aria-label=text.access.pages>
                {later
                    .then(|| {
                        view! {
                            <a class="button" href=path>
                                {text.access.first_page}
                            </a>
                        }
                    })}
                {next
                    .map(|href| {
                        view! {
                            <a class="button" rel="next" href=href>
                                {text.access.next_page}
                            </a>
                        }
                    })}
            </nav>
        }
    })
}
