//! *Access now*: how a taxpayer's access stands, and its live consents, to be looked through and acted on.

use leptos::prelude::*;
use leptos_meta::Title;

use super::address::{use_after, use_filter, use_gstin};
use crate::{
    api::{
        consents, controls,
        views::{AccessList, ControlsPage},
    },
    components::{AccessTable, Done, Find, Loaded, Onward, Pager, Safety, Show, Stands, Tab, Tabs, address, done},
    model::{
        filter::{ConsentFilter, StateFilter},
        ist,
        role::Move,
    },
    paths,
    text::use_text,
};

#[component]
pub(super) fn AccessNow() -> impl IntoView {
    let (text, gstin, filter, after) = (use_text(), use_gstin(), use_filter(), use_after());
    let list = Resource::new(
        move || (gstin.get(), filter.get(), after.get()),
        async |(gstin, filter, after)| {
            let (gstin, filter, later) = (gstin?, filter?, after.is_some());
            let list = consents::access_now(gstin, filter.clone(), after).await?;
            // The ASPs belong to the settings' page: a thousand of them need not travel with this one.
            let stands = ControlsPage { asps: Vec::new(), ..controls::controls(gstin).await? };
            Ok((filter, later, list, stands))
        },
    );
    view! {
        <Title text=text.frame.access_now />
        <Loaded from=list render=|(filter, later, list, stands)| page(&filter, later, list, stands) />
    }
}

fn page(filter: &ConsentFilter, later: bool, list: AccessList, stands: ControlsPage) -> AnyView {
    let text = use_text();
    let t = &text.control.several;
    let ControlsPage { role, controls, open, .. } = stands;
    let AccessList { as_of, page } = list;
    let gstin = controls.window.gstin;
    let path = paths::access_now(gstin);
    let next = page.next.clone();
    let thaw = || Onward { href: paths::ask(gstin, "thaw"), words: text.control.done.undo_freeze };
    let said = match done().as_deref() {
        Some("frozen") if controls.is_frozen(as_of) => {
            Some((text.control.done.frozen, role.may(Move::Loosen).is_ok().then(thaw)))
        }
        Some("thawed") if !controls.is_frozen(as_of) => Some((text.control.done.thawed, None)),
        _ => None,
    };
    let said = said.map(|(words, onward)| view! { <Done words=words.to_owned() onward /> });
    let body = if page.rows.is_empty() {
        nothing(filter, later)
    } else {
        let choose = role.may(Move::Tighten).is_ok();
        let table = view! { <AccessTable rows=page.rows as_of show=Show::Now choose /> };
        let body = if choose {
            view! {
                <form method="get" action=paths::REVOKE_MANY>
                    {table}
                    <div class="choices">
                        <button class="button danger" type="submit">
                            {t.revoke_chosen}
                        </button>
                        <a class="button" rel="external" href=paths::revoke_all(Some(gstin))>
                            {t.revoke_all}
                        </a>
                    </div>
                </form>
            }
            .into_any()
        } else {
            table.into_any()
        };
        view! {
            <p class="lead">{text.access.now_lead}</p>
            {body}
        }
        .into_any()
    };
    let find = (open > 0 || !filter.is_everything())
        .then(|| view! { <Find path=path.clone() filter=filter.clone() states=&StateFilter::NOW /> });
    view! {
        <Tabs gstin current=Tab::Now />
        <h1>{text.frame.access_now}</h1>
        {said}
        <Stands controls role as_of />
        {find}
        {body}
        <Pager path=address(&path, filter) later next />
        <p class="quiet">{(text.access.as_of)(&ist::minute(as_of))}</p>
        <Safety />
    }
    .into_any()
}

/// In place of an empty list: whether nothing is there, or nothing matches.
fn nothing(filter: &ConsentFilter, later: bool) -> AnyView {
    let text = use_text();
    let (words, more) = if !filter.is_everything() {
        (text.control.find.nothing, text.control.find.nothing_more)
    } else if later {
        (text.access.page_empty, text.access.now_empty_more)
    } else {
        (text.access.now_empty, text.access.now_empty_more)
    };
    view! {
        <div class="empty">
            <p class="strong">{words}</p>
            <p>{more}</p>
        </div>
    }
    .into_any()
}
