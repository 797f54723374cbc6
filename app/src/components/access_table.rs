//! A list of consents: a table where there is room, a card a consent where there is not (by CSS alone).
//!
//! The ARIA roles repeat what the elements mean, because `display: block` on a phone takes that away.

use leptos::prelude::*;

use super::{Moment, validity::Validity};
use crate::{
    api::views::{AccessList, AccessRow},
    model::Timestamp,
    paths,
    text::{use_text, words},
};

/// Which of the two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Show {
    /// Live consents.
    Now,
    /// Those that are over.
    Over,
}

#[component]
pub(crate) fn AccessTable(list: AccessList, show: Show) -> impl IntoView {
    let text = use_text();
    let t = &text.access;
    let (caption, columns) = match show {
        Show::Now => (text.frame.access_now, vec![t.asp, t.gsp, t.given_on, t.valid_till, t.last_used, t.calls]),
        Show::Over => (text.frame.history, vec![t.asp, t.gsp, t.given_on, t.over_on, t.status, t.last_used, t.calls]),
    };
    let as_of = list.as_of;
    let heads =
        columns.into_iter().map(|name| view! { <th role="columnheader" scope="col">{name}</th> }).collect_view();
    let rows = list.page.rows.into_iter().map(|row| view! { <Row row as_of show /> }).collect_view();
    view! {
        <table class="cards" role="table">
            <caption>{caption}</caption>
            <thead role="rowgroup">
                <tr role="row">{heads}</tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
}

#[component]
fn Row(row: AccessRow, as_of: Timestamp, show: Show) -> impl IntoView {
    let text = use_text();
    let t = &text.access;
    let AccessRow { consent, asp, gsp, usage, .. } = row;
    let until = match show {
        Show::Now => view! {
            <td role="cell" data-label=t.valid_till>
                <div><Validity consent=consent.clone() as_of /></div>
            </td>
        }
        .into_any(),
        Show::Over => view! {
            <td role="cell" data-label=t.over_on>
                <Moment at=words::over_at(&consent) />
            </td>
            <td role="cell" data-label=t.status>
                <span class="badge">{words::status(text, &consent, as_of)}</span>
            </td>
        }
        .into_any(),
    };
    let used = match usage.last_passed_at {
        Some(at) => view! { <Moment at /> }.into_any(),
        None => text.words.never.into_any(),
    };
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">
                <a class="asp" href=paths::consent(consent.gstin, consent.id)>
                    {asp}
                </a>
            </th>
            <td role="cell" data-label=t.gsp>{gsp}</td>
            <td role="cell" data-label=t.given_on>
                <Moment at=consent.granted_at />
            </td>
            {until}
            <td role="cell" data-label=t.last_used>{used}</td>
            <td role="cell" class="number" data-label=t.calls>{usage.passed}</td>
        </tr>
    }
}
