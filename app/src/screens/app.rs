//! The frame that stands around every page, and the routes.

use leptos::{html, prelude::*};
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    hooks::use_location,
    path,
};

use super::{
    access_now::AccessNow,
    alerts::AlertsScreen,
    ask::Ask,
    ask_consent::AskConsent,
    consent::ConsentScreen,
    deeds::Deeds,
    fetched::FetchedScreen,
    freeze::{FreezeMany, FreezeOne},
    history::History,
    home::Home,
    limits::LimitsScreen,
    receipt::Receipt,
    report::Report,
    revoke::RevokeScreen,
    revoke_many::{RevokeMany, RevokedMany},
    settings::Settings,
    signed_out::SignedOut,
    told::Told,
    verify::Verify,
};
use crate::{
    api::{ServiceError, me::me},
    components::{Footer, Header, MeResource, Problem},
    model::language::Language,
    text,
};

/// Where somebody who is not signed in can sign in. The server may provide it as a context.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SignInLink(pub Option<String>);

/// The screen: rendered whole by the server, then brought to life in the browser.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let language = use_context::<Language>().unwrap_or_else(language_of_page);
    provide_context(language);
    // Travels inside the page: the browser does not know the server's contexts.
    provide_context(SharedValue::<SignInLink>::new(|| use_context::<SignInLink>().unwrap_or_default()).into_inner());
    provide_context(MeResource(Resource::new_blocking(|| (), |()| me())));
    let text = text::of(language);

    view! {
        <Title formatter=move |title: String| {
            title_text(format!("{title} · {} · {}", text.frame.section, text.frame.product))
        } />
        <a class="skip" href="#content" rel="external">
            {text.frame.skip}
        </a>
        <Router>
            <Header />
            <Main />
            <Footer />
        </Router>
    }
}

#[component]
fn Main() -> impl IntoView {
    let main = NodeRef::<html::Main>::new();
    let path = use_location().pathname;
    // A browser that loads a page reads it from the top; navigation inside the page has to do that itself.
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        if before.is_some_and(|before| before != now)
            && let Some(main) = main.get_untracked()
        {
            drop(main.focus());
        }
        now
    });
    // Async: the page leaves the server complete, so that it needs no script.
    view! {
        <main id="content" tabindex="-1" node_ref=main>
            <Routes fallback=|| view! { <Problem error=ServiceError::NotFound /> }>
                <Route path=path!("/") view=Home ssr=SsrMode::Async />
                <Route path=path!("/signed-out") view=SignedOut ssr=SsrMode::Async />
                <Route path=path!("/verify") view=Verify ssr=SsrMode::Async />
                <Route path=path!("/access/:gstin") view=AccessNow ssr=SsrMode::Async />
                <Route path=path!("/access/:gstin/history") view=History ssr=SsrMode::Async />
                <Route path=path!("/access/:gstin/deeds") view=Deeds ssr=SsrMode::Async />
                <Route path=path!("/access/:gstin/fetched") view=FetchedScreen ssr=SsrMode::Async />
                <Route path=path!("/access/:gstin/settings") view=Settings ssr=SsrMode::Async />
                <Route path=path!("/access/:gstin/freeze") view=FreezeOne ssr=SsrMode::Async />
                <Route path=path!("/access/:gstin/ask/:what") view=Ask ssr=SsrMode::Async />
                <Route path=path!("/access/:gstin/alerts") view=AlertsScreen ssr=SsrMode::Async />
                <Route path=path!("/access/:gstin/told") view=Told ssr=SsrMode::Async />
                <Route path=path!("/access/:gstin/consents/:id") view=ConsentScreen ssr=SsrMode::Async />
                <Route path=path!("/access/:gstin/consents/:id/revoke") view=RevokeScreen ssr=SsrMode::Async />
                <Route path=path!("/access/:gstin/consents/:id/receipt") view=Receipt ssr=SsrMode::Async />
                <Route path=path!("/access/:gstin/consents/:id/limits") view=LimitsScreen ssr=SsrMode::Async />
                <Route path=path!("/access/:gstin/consents/:id/report") view=Report ssr=SsrMode::Async />
                <Route path=path!("/access/:gstin/consents/:id/ask/:what") view=AskConsent ssr=SsrMode::Async />
                <Route path=path!("/revoke") view=RevokeMany ssr=SsrMode::Async />
                <Route path=path!("/revoked") view=RevokedMany ssr=SsrMode::Async />
                <Route path=path!("/freeze") view=FreezeMany ssr=SsrMode::Async />
            </Routes>
        </main>
    }
}

/// Every title passes here, because the server writes titles into the page as they are, and an ASP chose its name.
/// The browser sets them as plain text instead.
fn title_text(title: String) -> String {
    if cfg!(feature = "ssr") { title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;") } else { title }
}

/// In the browser the page itself says which language it was written in.
#[cfg(feature = "hydrate")]
fn language_of_page() -> Language {
    let tag = document().document_element().and_then(|root| root.get_attribute("lang"));
    tag.and_then(|tag| text::asked(&tag)).unwrap_or_default()
}

#[cfg(not(feature = "hydrate"))]
fn language_of_page() -> Language {
    Language::default()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn an_asps_name_cannot_break_out_of_the_title() {
        let title = title_text("A & B</title><script>alert(1)</script>".to_owned());
        assert_eq!(title, "A &amp; B&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;");
    }
}
