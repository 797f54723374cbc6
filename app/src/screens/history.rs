//! *History*: the consents of a taxpayer that are over, to be looked through.

use leptos::prelude::*;
use leptos_meta::Title;

use super::address::{use_after, use_filter, use_gstin};
use crate::{
    api::{consents, views::AccessList},
    components::{AccessTable, Find, HistoryFiles, Loaded, Pager, Show, Tab, Tabs, address},
    model::{
        filter::{ConsentFilter, StateFilter},
        gstin::Gstin,
        ist,
    },
    paths,
    text::use_text,
};

#[component]
pub(super) fn History() -> impl IntoView {
    let (text, gstin, filter, after) = (use_text(), use_gstin(), use_filter(), use_after());
    let list = Resource::new(
        move || (gstin.get(), filter.get(), after.get()),
        async |(gstin, filter, after)| {
            let (gstin, filter, later) = (gstin?, filter?, after.is_some());
            let list = consents::history(gstin, filter.clone(), after).await?;
            Ok((gstin, filter, later, list))
        },
    );
    view! {
        <Title text=text.frame.history />
        <Loaded from=list render=|(gstin, filter, later, list)| page(gstin, &filter, later, list) />
    }
}

fn page(gstin: Gstin, filter: &ConsentFilter, later: bool, list: AccessList) -> AnyView {
    let text = use_text();
    let AccessList { as_of, page } = list;
    let next = page.next.clone();
    let path = paths::history(gstin);
    let empty = page.rows.is_empty();
    let body = if !empty {
        view! {
            <p class="lead">{text.access.history_lead}</p>
            <AccessTable rows=page.rows as_of show=Show::Over />
        }
        .into_any()
    } else if filter.is_everything() {
        let words = if later { text.access.page_empty } else { text.access.history_empty };
        view! { <p class="empty strong">{words}</p> }.into_any()
    } else {
        view! {
            <div class="empty">
                <p class="strong">{text.control.find.nothing}</p>
                <p>{text.control.find.nothing_more}</p>
            </div>
        }
        .into_any()
    };
    let find = (!empty || !filter.is_everything())
        .then(|| view! { <Find path=path.clone() filter=filter.clone() states=&StateFilter::OVER /> });
    view! {
        <Tabs gstin current=Tab::History />
        <h1>{text.frame.history}</h1>
        <div class="acts">
            <a class="button" href=paths::deeds(gstin)>
                {text.control.settings.what_changed}
            </a>
            <a class="button" href=paths::told(gstin)>
                {text.alerts.told}
            </a>
        </div>
        {find}
        {body}
        <Pager path=address(&path, filter) later next />
        <HistoryFiles gstin filter=filter.clone() />
        <p class="quiet">{(text.access.as_of)(&ist::minute(as_of))}</p>
    }
    .into_any()
}
