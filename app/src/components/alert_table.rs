//! What was told, and what became of each message.

use leptos::prelude::*;

use super::{LiveFates, Moment};
use crate::{
    api::{
        alerts::told_of_consent,
        views::{About, AlertRow, DeliveryRow},
    },
    model::{Timestamp, alert::AlertKind, gstin::Gstin, id::ConsentId, ist},
    paths,
    text::{use_text, words},
};

#[component]
pub(crate) fn AlertTable(gstin: Gstin, id: ConsentId, alerts: Vec<AlertRow>) -> impl IntoView {
    let text = use_text();
    let t = &text.consent;
    let body = if alerts.is_empty() {
        view! { <p class="empty">{t.no_alerts}</p> }.into_any()
    } else {
        view! {
            <p>{t.alerts_lead}</p>
            <LiveFates alerts under="alerts" look=move || told_of_consent(gstin, id) />
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
    view! {
        <table class="cards" role="table" aria-labelledby=under>
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">{t.when}</th>
                    <th role="columnheader" scope="col">{t.what}</th>
                    <th role="columnheader" scope="col">{t.channel}</th>
                    <th role="columnheader" scope="col">{t.to}</th>
                    <th role="columnheader" scope="col">{t.state}</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{alerts.into_iter().flat_map(fates).collect_view()}</tbody>
        </table>
    }
}

/// A row for each message of an alert, or the one that says why there is none.
fn fates(alert: AlertRow) -> Vec<AnyView> {
    let AlertRow { kind, owed_at, about, deliveries, .. } = alert;
    if deliveries.is_empty() {
        return vec![view! { <NotSent kind owed_at about /> }.into_any()];
    }
    deliveries
        .into_iter()
        .map(|delivery| view! { <Fate kind owed_at about=about.clone() delivery /> }.into_any())
        .collect()
}

#[component]
fn Fate(kind: AlertKind, owed_at: Timestamp, about: Option<About>, delivery: DeliveryRow) -> impl IntoView {
    let text = use_text();
    let t = &text.consent;
    let fate = words::fate(text, &delivery);
    let DeliveryRow { channel, to, state, accepted_at, heard_at, next_attempt_at, .. } = delivery;
    view! {
        <tr role="row">
            <Matter kind owed_at about />
            <td role="cell" class="channel" data-label=t.channel>{words::channel(text, channel)}</td>
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

#[component]
fn NotSent(kind: AlertKind, owed_at: Timestamp, about: Option<About>) -> impl IntoView {
    let text = use_text();
    let t = &text.consent;
    view! {
        <tr role="row">
            <Matter kind owed_at about />
            <td role="cell" data-label=t.channel>{text.words.none}</td>
            <td role="cell" data-label=t.to>{text.words.none}</td>
            <td role="cell" data-label=t.state>{words::not_sent(text, kind)}</td>
        </tr>
    }
}

/// When an alert was owed, and what it tells.
#[component]
fn Matter(kind: AlertKind, owed_at: Timestamp, about: Option<About>) -> impl IntoView {
    let text = use_text();
    let t = &text.consent;
    let about = about.map(|About { asp, consent }| match consent {
        Some((gstin, id)) => view! { ": " <a href=paths::consent(gstin, id)>{asp}</a> }.into_any(),
        None => view! { ": " {asp} }.into_any(),
    });
    view! {
        <td role="cell" data-label=t.when>
            <Moment at=owed_at seconds=true />
        </td>
        <td role="cell" data-label=t.what>
            <div>{words::alert(text, kind)} {about}</div>
        </td>
    }
}
