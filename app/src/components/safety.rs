//! What people who were phished need to read.

use leptos::prelude::*;

use super::footer::HelpDesk;
use crate::text::use_text;

#[component]
pub(crate) fn Safety() -> impl IntoView {
    let text = use_text();
    view! {
        <aside class="safety" aria-label=text.frame.help_desk>
            <p>{text.frame.never_asks}</p>
            <p>
                <HelpDesk />
            </p>
        </aside>
    }
}
