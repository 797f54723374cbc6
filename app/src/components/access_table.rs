//! A list of consents: a table where there is room, a card a consent where there is not (by CSS alone).
//!
//! The ARIA roles repeat what the elements mean, because `display: block` on a phone takes that away.

use leptos::prelude::*;

use super::{Moment, validity::Validity};
use crate::{
    api::views::{AccessRow, TaxpayerChoice},
    model::{Timestamp, decide::RefuseReason, ist},
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

/// `choose` puts a checkbox before each row; `taxpayers` are told in a column of their own.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
pub(crate) fn AccessTable(
    rows: Vec<AccessRow>,
    as_of: Timestamp,
    show: Show,
    #[prop(optional)] choose: bool,
    #[prop(optional)] taxpayers: Vec<TaxpayerChoice>,
) -> impl IntoView {
    let text = use_text();
    let t = &text.access;
    let (caption, columns) = match show {
        Show::Now => (text.frame.access_now, vec![t.gsp, t.given_on, t.valid_till, t.last_used, t.calls]),
        Show::Over => (text.frame.history, vec![t.gsp, t.given_on, t.over_on, t.status, t.last_used, t.calls]),
    };
    let of = (!taxpayers.is_empty()).then_some(text.control.find.taxpayer);
    let heads = choose
        .then_some(text.control.several.column)
        .into_iter()
        .chain([t.asp])
        .chain(of)
        .chain(columns)
        .map(|name| view! { <th role="columnheader" scope="col">{name}</th> })
        .collect_view();
    let rows = rows
        .into_iter()
        .map(|row| {
            let taxpayer = taxpayers.iter().find(|one| one.gstin == row.consent.gstin).cloned();
            view! { <Row row as_of show choose taxpayer /> }
        })
        .collect_view();
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
fn Row(row: AccessRow, as_of: Timestamp, show: Show, choose: bool, taxpayer: Option<TaxpayerChoice>) -> impl IntoView {
    let text = use_text();
    let t = &text.access;
    let AccessRow { consent, asp, gsp, usage, held_back, .. } = row;
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
    let limited = show == Show::Now && !consent.restriction.is_none();
    let checkbox = choose.then(|| {
        let label = (text.control.several.choose)(&asp, &ist::minute(consent.granted_at));
        view! {
            <td role="cell" class="choose" data-label=text.control.several.column>
                <label class="tick">
                    <input type="checkbox" name="chosen" value=paths::chosen(consent.gstin, consent.id) aria-label=label />
                </label>
            </td>
        }
    });
    let of = taxpayer.map(|taxpayer| {
        view! {
            <td role="cell" data-label=text.control.find.taxpayer>
                <div>
                    {taxpayer.trade_name} " " <span class="gstin">{taxpayer.gstin.to_string()}</span>
                </div>
            </td>
        }
    });
    view! {
        <tr role="row">
            {checkbox}
            <th role="rowheader" scope="row">
                <a class="asp" href=paths::consent(consent.gstin, consent.id)>
                    {asp}
                </a>
                <Badges held_back limited />
            </th>
            {of}
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

/// What holds a consent back, in a word each.
#[component]
pub(crate) fn Badges(held_back: Option<RefuseReason>, limited: bool) -> impl IntoView {
    let text = use_text();
    let t = &text.control.status;
    // The word without "refused": nothing was asked yet.
    let held_back = held_back.map(|why| match why {
        RefuseReason::Paused => t.paused,
        RefuseReason::Frozen => t.is_frozen,
        RefuseReason::Suspended => t.suspended,
        RefuseReason::OutsideHours => t.outside_hours,
        RefuseReason::DayFull => t.day_full,
        RefuseReason::Blocked => text.control.settings.blocked,
        _ => t.is_off,
    });
    (held_back.is_some() || limited).then(|| {
        view! {
            <div class="badges">
                {held_back.map(|words| view! { <span class="badge halted">{words}</span> })}
                {limited.then(|| view! { <span class="badge">{t.limited}</span> })}
            </div>
        }
    })
}
