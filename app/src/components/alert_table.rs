//! What was told about a consent, and what became of each message.

use leptos::prelude::*;

use super::Moment;
use crate::{
    api::views::{AlertRow, DeliveryRow},
    model::{alert::AlertKind, ist},
    text::{use_text, words},
};

#[component]
pub(crate) fn AlertTable(alerts: Vec<AlertRow>) -> impl IntoView {
    let text = use_text();
    let t = &text.consent;
    let body = if alerts.is_empty() {
        view! { <p class="empty">{t.no_alerts}</p> }.into_any()
    } else {
        view! {
            <p>{t.alerts_lead}</p>
            <Fates alerts under="alerts" />
        }
        .into_any()
    };
    view! {
        <section aria-labelledby="alerts">
            <h2 id="alerts">{t.alerts}</h2>
            {body}
        </section>
    }
}

/// What became of each message, in a table under the heading of that id.
#[component]
pub(crate) fn Fates(alerts: Vec<AlertRow>, under: &'static str) -> impl IntoView {
    let t = &use_text().consent;
    let rows = alerts
        .into_iter()
        .flat_map(|AlertRow { kind, deliveries, .. }| deliveries.into_iter().map(move |delivery| (kind, delivery)))
        .map(|(kind, delivery)| view! { <Fate kind delivery /> })
        .collect_view();
    view! {
        <table class="cards" role="table" aria-labelledby=under>
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">{t.what}</th>
                    <th role="columnheader" scope="col">{t.channel}</th>
                    <th role="columnheader" scope="col">{t.to}</th>
                    <th role="columnheader" scope="col">{t.state}</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
    }
}

#[component]
fn Fate(kind: AlertKind, delivery: DeliveryRow) -> impl IntoView {
    let text = use_text();
    let t = &text.consent;
    let fate = words::fate(text, &delivery);
    let DeliveryRow { channel, to, state, accepted_at, heard_at, next_attempt_at, .. } = delivery;
    view! {
        <tr role="row">
            <td role="cell" data-label=t.what>{words::alert(text, kind)}</td>
            <td role="cell" data-label=t.channel>{words::channel(text, channel)}</td>
            <td role="cell" class="address" data-label=t.to>{to}</td>
            <td role="cell" data-label=t.state>
                <div>
                    {fate}
                    {heard_at.or(accepted_at).map(|at| view! { ", " <Moment at seconds=true /> })}
                    {next_attempt_at
                        .filter(|_| !state.is_final())
                        .map(|at| view! { ", " {(t.next_attempt)(&ist::second(at))} })}
                </div>
            </td>
        </tr>
    }
}
