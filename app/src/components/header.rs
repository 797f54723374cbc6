//! The head of every page: the brand, who is greeted, the language, the way out, the person's taxpayers.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{TaxpayerList, language_switch::LanguageSwitch};
use crate::{
    api::{ServiceError, views::Me},
    paths,
    text::use_text,
};

/// Who is signed in, asked once a page.
#[derive(Clone, Copy)]
pub(crate) struct MeResource(pub(crate) Resource<Result<Me, ServiceError>>);

/// Who is signed in.
fn use_me() -> Resource<Result<Me, ServiceError>> {
    expect_context::<MeResource>().0
}

#[component]
pub(crate) fn Header() -> impl IntoView {
    let (text, me) = (use_text(), use_me());
    view! {
        <header>
            <div class="brand">
                <span class="emblem" role="img" aria-label=text.frame.emblem>
                    <span aria-hidden="true">"?"</span>
                </span>
                <a class="name" href="/">
                    <span class="product">{text.frame.product}</span>
                    <span class="section">{text.frame.section}</span>
                </a>
                <LanguageSwitch />
            </div>
            <Suspense>{move || Suspend::new(async move { me.await.ok().map(|me| view! { <Greeting me /> }) })}</Suspense>
        </header>
    }
}

#[component]
fn Greeting(me: Me) -> impl IntoView {
    let text = use_text();
    let path = use_location().pathname;
    let Me { name, taxpayers } = me;
    let several = (taxpayers.len() > 1).then(|| taxpayers.clone());
    let greeted = move || {
        let gstin = path.with(|path| paths::gstin_of(path));
        let taxpayer = taxpayers.iter().find(|taxpayer| Some(taxpayer.gstin) == gstin);
        (text.frame.welcome)(taxpayer.map_or(&name, |taxpayer| &taxpayer.trade_name))
    };
    view! {
        <div class="greeting">
            <p>{greeted}</p>
            <form method="post" action="/api/sign-out">
                <button type="submit" class="button">
                    {text.frame.sign_out}
                </button>
            </form>
        </div>
        {several
            .map(|taxpayers| {
                view! {
                    <nav class="taxpayers" aria-label=text.frame.taxpayers>
                        <TaxpayerList taxpayers />
                    </nav>
                }
            })}
    }
}
