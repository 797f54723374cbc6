//! The overview of who acts for several taxpayers: how each stands, and all live access together. With only one taxpayer
//! there is nothing to choose.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{NavigateOptions, components::Redirect};

use super::address::{use_after, use_filter};
use crate::{
    api::{
        consents, controls,
        me::me,
        views::{AccessList, Overview, OverviewRow, TaxpayerChoice},
    },
    components::{AccessTable, Done, Find, Loaded, Moment, Pager, Safety, Show, address, done},
    model::{
        Timestamp,
        filter::{ConsentFilter, StateFilter},
        gstin::Gstin,
        ist,
        role::Move,
    },
    paths,
    text::use_text,
};

/// Where there is only one taxpayer, it; else all of them, with what is looked for in their live access.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
enum Found {
    Only(Gstin),
    Several { overview: Overview, list: AccessList, filter: ConsentFilter, later: bool },
}

#[component]
pub(super) fn Home() -> impl IntoView {
    let (filter, after) = (use_filter(), use_after());
    let found = Resource::new_blocking(
        move || (filter.get(), after.get()),
        async |(filter, after)| {
            if let [only] = me().await?.taxpayers.as_slice() {
                return Ok(Found::Only(only.gstin));
            }
            let (filter, later) = (filter?, after.is_some());
            let list = consents::everywhere(filter.clone(), after).await?;
            Ok(Found::Several { overview: controls::overview().await?, list, filter, later })
        },
    );
    view! { <Loaded from=found render=show /> }
}

fn show(found: Found) -> AnyView {
    let text = use_text();
    let t = &text.control.several;
    let (overview, list, filter, later) = match found {
        Found::Only(gstin) => {
            let options = NavigateOptions { replace: true, ..NavigateOptions::default() };
            return view! { <Redirect path=paths::access_now(gstin) options /> }.into_any();
        }
        Found::Several { overview, list, filter, later } => (overview, list, filter, later),
    };
    let AccessList { as_of, page } = list;
    let next = page.next.clone();
    let taxpayers: Vec<TaxpayerChoice> = overview.rows.iter().map(|row| row.taxpayer.clone()).collect();
    let may = taxpayers.iter().any(|taxpayer| taxpayer.role.may(Move::Tighten).is_ok());
    let can_freeze =
        overview.rows.iter().any(|row| row.taxpayer.role.may(Move::Tighten).is_ok() && !row.controls.is_frozen(as_of));
    let frozen: Vec<_> = overview
        .rows
        .iter()
        .filter(|row| row.controls.is_frozen(as_of))
        .map(|row| (t.frozen_of)(&row.taxpayer.trade_name))
        .collect();
    let said = (done().as_deref() == Some("frozen") && !frozen.is_empty())
        .then(|| view! { <Done words=format!("{}.", frozen.join(". ")) /> });
    let lead = (t.overview_lead)(taxpayers.len());
    let count: i64 = overview.rows.iter().map(|row| row.open).sum();
    let rows = overview.rows.into_iter().map(|row| view! { <Line row as_of /> }).collect_view();
    let body = if page.rows.is_empty() {
        let (words, more) = if filter.is_everything() {
            (if later { text.access.page_empty } else { t.overview_empty }, text.access.now_empty_more)
        } else {
            (text.control.find.nothing, text.control.find.nothing_more)
        };
        view! {
            <div class="empty">
                <p class="strong">{words}</p>
                <p>{more}</p>
            </div>
        }
        .into_any()
    } else {
        view! {
            <form method="get" action=paths::REVOKE_MANY>
                <AccessTable rows=page.rows as_of show=Show::Now choose=may taxpayers=taxpayers.clone() />
                {may
                    .then(|| {
                        view! {
                            <div class="choices">
                                <button class="button danger" type="submit">
                                    {t.revoke_chosen}
                                </button>
                                <a class="button" rel="external" href=paths::revoke_all(None)>
                                    {t.revoke_all}
                                </a>
                            </div>
                        }
                    })}
            </form>
        }
        .into_any()
    };
    let find = (count > 0 || !filter.is_everything()).then(|| {
        view! { <Find path="/".to_owned() filter=filter.clone() states=&StateFilter::NOW taxpayers=taxpayers.clone() /> }
    });
    view! {
        <Title text=t.overview />
        <h1>{t.overview}</h1>
        {said}
        <p class="lead">{lead}</p>
        <table class="cards" role="table" aria-label=t.overview>
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">{text.control.find.taxpayer}</th>
                    <th role="columnheader" scope="col">{t.state}</th>
                    <th role="columnheader" scope="col">{t.open}</th>
                    <th role="columnheader" scope="col">{t.next_end}</th>
                    <th role="columnheader" scope="col">{text.access.last_used}</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
        {can_freeze
            .then(|| {
                view! {
                    <div class="choices">
                        <a class="button" href=paths::FREEZE_MANY>
                            {t.freeze_all}
                        </a>
                    </div>
                }
            })}
        <h2>{t.access}</h2>
        {find}
        {body}
        <Pager path=address("/", &filter) later next />
        <p class="quiet">{(text.access.as_of)(&ist::minute(as_of))}</p>
        <Safety />
    }
    .into_any()
}

/// One taxpayer among several.
#[component]
fn Line(row: OverviewRow, as_of: Timestamp) -> impl IntoView {
    let text = use_text();
    let (t, s) = (&text.control.several, &text.control.status);
    let OverviewRow { taxpayer, controls, open, paused, next_end, last_passed_at } = row;
    let (class, state) = if controls.is_frozen(as_of) {
        ("badge halted", s.is_frozen)
    } else if controls.window.enabled {
        ("badge kept", s.is_on)
    } else {
        ("badge halted", s.is_off)
    };
    let moment = |at: Option<Timestamp>| match at {
        Some(at) => view! { <Moment at /> }.into_any(),
        None => text.words.none.into_any(),
    };
    let paused = (paused > 0).then(|| format!(" ({}: {paused})", s.paused));
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">
                <a class="asp" href=paths::access_now(taxpayer.gstin)>
                    {taxpayer.trade_name}
                </a>
                <div class="gstin">{taxpayer.gstin.to_string()}</div>
            </th>
            <td role="cell" data-label=t.state>
                <span class=class>{state}</span>
            </td>
            <td role="cell" data-label=t.open>
                <span>{open} {paused}</span>
            </td>
            <td role="cell" data-label=t.next_end>{moment(next_end)}</td>
            <td role="cell" data-label=text.access.last_used>{moment(last_passed_at)}</td>
        </tr>
    }
}
