//! *Access now*: the live consents of a taxpayer.

use leptos::prelude::*;
use leptos_meta::Title;

use super::address::{use_after, use_gstin};
use crate::{
    api::{consents, views::AccessList},
    components::{AccessTable, Loaded, Pager, Safety, Show, Tab, Tabs},
    model::{gstin::Gstin, ist},
    paths,
    text::use_text,
};

#[component]
pub(super) fn AccessNow() -> impl IntoView {
    let (text, gstin, after) = (use_text(), use_gstin(), use_after());
    let list = Resource::new(
        move || (gstin.get(), after.get()),
        async |(gstin, after)| {
            let (gstin, later) = (gstin?, after.is_some());
            Ok((gstin, later, consents::access_now(gstin, Default::default(), after).await?))
        },
    );
    view! {
        <Title text=text.frame.access_now />
        <Loaded from=list render=|(gstin, later, list)| page(gstin, later, list) />
    }
}

fn page(gstin: Gstin, later: bool, list: AccessList) -> AnyView {
    let text = use_text();
    let (as_of, next) = (list.as_of, list.page.next.clone());
    let body = if list.page.rows.is_empty() {
        let words = if later { text.access.page_empty } else { text.access.now_empty };
        view! {
            <div class="empty">
                <p class="strong">{words}</p>
                <p>{text.access.now_empty_more}</p>
            </div>
        }
        .into_any()
    } else {
        view! {
            <p class="lead">{text.access.now_lead}</p>
            <AccessTable list show=Show::Now />
        }
        .into_any()
    };
    view! {
        <Tabs gstin current=Tab::Now />
        <h1>{text.frame.access_now}</h1>
        {body}
        <Pager path=paths::access_now(gstin) later next />
        <p class="quiet">{(text.access.as_of)(&ist::minute(as_of))}</p>
        <Safety />
    }
    .into_any()
}
