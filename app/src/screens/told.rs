//! *What you were told*: every alert about a taxpayer's access, the newest first, and what became of each.

use leptos::prelude::*;
use leptos_meta::Title;

use super::address::{use_after, use_gstin};
use crate::{
    api::{alerts, views::ToldPage},
    components::{LiveFates, Loaded, Pager, Safety, Tab, Tabs},
    model::{gstin::Gstin, ist},
    paths,
    text::use_text,
};

#[component]
pub(super) fn Told() -> impl IntoView {
    let (text, gstin, after) = (use_text(), use_gstin(), use_after());
    let page = Resource::new(
        move || (gstin.get(), after.get()),
        async |(gstin, after)| {
            let gstin = gstin?;
            let page = alerts::told(gstin, after.clone()).await?;
            Ok((gstin, after, page))
        },
    );
    view! {
        <Title text=text.alerts.told />
        <Loaded from=page render=|(gstin, after, page)| show(gstin, after, page) />
    }
}

fn show(gstin: Gstin, after: Option<String>, told: ToldPage) -> AnyView {
    let text = use_text();
    let t = &text.alerts;
    let ToldPage { as_of, page } = told;
    let later = after.is_some();
    let look = move || {
        let seen = alerts::told(gstin, after.clone());
        async { Ok(seen.await?.page.rows) }
    };
    let body = if page.rows.is_empty() {
        let words = if later { text.access.page_empty } else { t.nothing_told };
        view! { <p class="empty strong">{words}</p> }.into_any()
    } else {
        view! {
            <p>{text.consent.alerts_lead}</p>
            <LiveFates alerts=page.rows under="told" look />
        }
        .into_any()
    };
    view! {
        <Tabs gstin current=Tab::Alerts />
        <h1 id="told">{t.told}</h1>
        <p class="lead">{t.told_lead}</p>
        {body}
        <Pager path=paths::told(gstin) later next=page.next />
        <p class="quiet">{(text.access.as_of)(&ist::minute(as_of))}</p>
        <Safety />
    }
    .into_any()
}
