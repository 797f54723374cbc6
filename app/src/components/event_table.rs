//! What happened to a consent, the oldest first.

use leptos::prelude::*;

use super::Moment;
use crate::{
    api::views::EventRow,
    text::{use_text, words},
};

#[component]
pub(crate) fn EventTable(events: Vec<EventRow>) -> impl IntoView {
    let text = use_text();
    let t = &text.consent;
    let rows = events
        .into_iter()
        .map(|row| {
            let by = words::by(text, &row);
            let event = row.event;
            view! {
                <tr role="row">
                    <td role="cell" data-label=t.when>
                        <Moment at=event.at seconds=true />
                    </td>
                    <td role="cell" data-label=t.what>{words::deed(text, event.deed)}</td>
                    <td role="cell" data-label=t.by>{by}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section aria-labelledby="events">
            <h2 id="events">{t.events}</h2>
            <table class="cards" role="table" aria-labelledby="events">
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">{t.when}</th>
                        <th role="columnheader" scope="col">{t.what}</th>
                        <th role="columnheader" scope="col">{t.by}</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        </section>
    }
}
