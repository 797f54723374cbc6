//! One line of a list of facts.

use leptos::prelude::*;

#[component]
pub(crate) fn Fact(label: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="fact">
            <dt>{label}</dt>
            <dd>{children()}</dd>
        </div>
    }
}
