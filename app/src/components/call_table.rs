//! The calls made on a consent, the newest first.

use leptos::prelude::*;

use super::Moment;
use crate::{
    model::usage::Call,
    text::{use_text, words},
};

#[component]
pub(crate) fn CallTable(calls: Vec<Call>) -> impl IntoView {
    let text = use_text();
    let t = &text.consent;
    let body = if calls.is_empty() {
        view! { <p class="empty">{t.no_calls}</p> }.into_any()
    } else {
        let rows = calls.into_iter().map(|call| view! { <Row call /> }).collect_view();
        view! {
            <table class="cards" role="table" aria-labelledby="calls">
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">{t.when}</th>
                        <th role="columnheader" scope="col">{t.api}</th>
                        <th role="columnheader" scope="col">{t.period}</th>
                        <th role="columnheader" scope="col">{t.outcome}</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <section aria-labelledby="calls">
            <h2 id="calls">{t.calls}</h2>
            {body}
        </section>
    }
}

#[component]
fn Row(call: Call) -> impl IntoView {
    let text = use_text();
    let t = &text.consent;
    let Call { at, api, action, period, refused, .. } = call;
    view! {
        <tr role="row">
            <td role="cell" data-label=t.when>
                <Moment at seconds=true />
            </td>
            <td role="cell" data-label=t.api>
                <code>{format!("{api} {action}")}</code>
            </td>
            <td role="cell" data-label=t.period>{period.unwrap_or_else(|| text.words.none.to_owned())}</td>
            <td role="cell" data-label=t.outcome>{words::outcome(text, refused)}</td>
        </tr>
    }
}
