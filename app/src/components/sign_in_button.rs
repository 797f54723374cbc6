//! The link to where one can sign in, if the server knows it.

use leptos::prelude::*;

use crate::{screens::SignInLink, text::use_text};

#[component]
pub(crate) fn SignInButton() -> impl IntoView {
    let text = use_text();
    use_context::<SignInLink>().unwrap_or_default().0.map(|href| {
        view! {
            <p>
                <a class="button primary" href=href rel="external">
                    {text.notice.sign_in_link}
                </a>
            </p>
        }
    })
}
