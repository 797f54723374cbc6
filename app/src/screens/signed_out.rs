//! The page after signing out.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{components::SignInButton, text::use_text};

#[component]
pub(super) fn SignedOut() -> impl IntoView {
    let text = use_text();
    view! {
        <Title text=text.notice.signed_out_title />
        <section class="notice">
            <h1>{text.notice.signed_out_title}</h1>
            <p>{text.notice.signed_out}</p>
            <SignInButton />
        </section>
    }
}
