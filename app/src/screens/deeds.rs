//! Who did what: every decision about a taxpayer's access, the newest first.

use leptos::prelude::*;
use leptos_meta::Title;

use super::address::{use_gstin, use_query};
use crate::{
    api::{usage, views::DeedsPage},
    components::{EventTable, Loaded, Tab, Tabs},
    model::gstin::Gstin,
    paths,
    text::use_text,
};

#[component]
pub(super) fn Deeds() -> impl IntoView {
    let (text, gstin, before) = (use_text(), use_gstin(), use_query("before"));
    let page = Resource::new(
        move || (gstin.get(), before.get()),
        async |(gstin, before)| {
            let gstin = gstin?;
            let before = before.and_then(|before| before.parse().ok());
            Ok((gstin, usage::deeds(gstin, before).await?))
        },
    );
    view! {
        <Title text=text.control.settings.what_changed />
        <Loaded from=page render=|(gstin, page)| show(gstin, page) />
    }
}

fn show(gstin: Gstin, page: DeedsPage) -> AnyView {
    let text = use_text();
    let t = &text.control.settings;
    let DeedsPage { rows, before } = page;
    let older = before.map(|before| {
        view! {
            <nav class="pager" aria-label=text.access.pages>
                <a class="button" href=paths::deeds(gstin)>
                    {text.access.first_page}
                </a>
                <a class="button" rel="next" href=format!("{}?before={before}", paths::deeds(gstin))>
                    {t.older}
                </a>
            </nav>
        }
    });
    let body = if rows.is_empty() {
        view! { <p class="empty">{t.nothing_changed}</p> }.into_any()
    } else {
        view! { <EventTable events=rows /> }.into_any()
    };
    view! {
        <Tabs gstin current=Tab::History />
        <h1>{t.what_changed}</h1>
        <p class="lead">{t.deeds_lead}</p>
        {body}
        {older}
    }
    .into_any()
}
