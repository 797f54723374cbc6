//! The HTML document around the screen. Only the server renders it.

use leptos::{config::LeptosOptions, hydration::HydrationScripts, prelude::*};
use leptos_meta::{HashedStylesheet, MetaTags};

use crate::{model::language::Language, screens::App};

/// The whole document. The server provides `Language` and, where someone signed in, `SignedIn` as contexts, and
/// Leptos' nonce for the only two kinds of script there are: hydration and serialized data.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let language = use_context::<Language>().unwrap_or_default();
    view! {
        <!DOCTYPE html>
        <html lang=language.tag() dir=language.direction()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light" />
                <meta name="format-detection" content="telephone=no" />
                <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
                <HashedStylesheet options=options.clone() id="leptos" />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
