//! The overview: which taxpayer? With only one there is nothing to choose.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{NavigateOptions, components::Redirect};

use crate::{
    api::views::Me,
    components::{Loaded, TaxpayerList, use_me},
    paths,
    text::use_text,
};

#[component]
pub(super) fn Home() -> impl IntoView {
    view! { <Loaded from=use_me() render=|me| choice(me) /> }
}

fn choice(me: Me) -> AnyView {
    let text = use_text();
    if let [only] = me.taxpayers.as_slice() {
        let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
        return view! { <Redirect path=paths::access_now(only.gstin) options /> }.into_any();
    }
    view! {
        <Title text=text.access.home_title />
        <h1>{text.access.home_title}</h1>
        <p class="lead">{text.access.home_lead}</p>
        <TaxpayerList taxpayers=me.taxpayers />
    }
    .into_any()
}
