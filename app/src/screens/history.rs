//! *History*: the consents of a taxpayer that are over.

use leptos::prelude::*;
use leptos_meta::Title;

use super::address::{use_after, use_gstin};
use crate::{
    api::{consents, views::AccessList},
    components::{AccessTable, HistoryFiles, Loaded, Pager, Show, Tab, Tabs},
    model::{gstin::Gstin, ist},
    paths,
    text::use_text,
};

#[component]
pub(super) fn History() -> impl IntoView {
    let (text, gstin, after) = (use_text(), use_gstin(), use_after());
    let list = Resource::new(
        move || (gstin.get(), after.get()),
        async |(gstin, after)| {
            let (gstin, later) = (gstin?, after.is_some());
            Ok((gstin, later, consents::history(gstin, Default::default(), after).await?))
        },
    );
    view! {
        <Title text=text.frame.history />
        <Loaded from=list render=|(gstin, later, list)| page(gstin, later, list) />
    }
}

fn page(gstin: Gstin, later: bool, list: AccessList) -> AnyView {
    let text = use_text();
    let (as_of, next) = (list.as_of, list.page.next.clone());
    let body = if list.page.rows.is_empty() {
        let words = if later { text.access.page_empty } else { text.access.history_empty };
        view! { <p class="empty strong">{words}</p> }.into_any()
    } else {
        view! {
            <p class="lead">{text.access.history_lead}</p>
            <AccessTable list show=Show::Over />
        }
        .into_any()
    };
    view! {
        <Tabs gstin current=Tab::History />
        <h1>{text.frame.history}</h1>
        {body}
        <Pager path=paths::history(gstin) later next />
        <HistoryFiles gstin />
        <p class="quiet">{(text.access.as_of)(&ist::minute(as_of))}</p>
    }
    .into_any()
}
