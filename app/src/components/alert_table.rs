//! What was told, and what became of each message.

use leptos::prelude::*;

use super::{LiveFates, Moment};
use crate::{
    api::{
        alerts::told_of_consent,
        views::{About, AlertRow, DeliveryRow},
    },
    model::{Timestamp, gstin::Gstin, id::ConsentId, ist},
    paths,
    text::{Text, use_text, words},
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

/// What became of each alert, in a table under the heading of that id. Only what changes of a row is written anew, so that
/// a screen reader tells that and not the table.
#[component]
pub(crate) fn Fates(alerts: Vec<RwSignal<AlertRow>>, under: &'static str) -> impl IntoView {
    let t = &use_text().consent;
    view! {
        <table class="cards" role="table" aria-labelledby=under>
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">{t.when}</th>
                    <th role="columnheader" scope="col">{t.what}</th>
                    <th role="columnheader" scope="col">{t.state}</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{alerts.into_iter().map(|row| view! { <Told row /> }).collect_view()}</tbody>
        </table>
    }
}

/// An alert: when it was owed, what it tells, and how each of its messages fares.
#[component]
fn Told(row: RwSignal<AlertRow>) -> impl IntoView {
    let text = use_text();
    let t = &text.consent;
    let AlertRow { kind, owed_at, about, .. } = row.get_untracked();
    let about = about.map(|About { asp, consent }| match consent {
        Some((gstin, id)) => view! { ": " <a href=paths::consent(gstin, id)>{asp}</a> }.into_any(),
        None => view! { ": " {asp} }.into_any(),
    });
    view! {
        <tr role="row">
            <td role="cell" data-label=t.when>
                <Moment at=owed_at seconds=true />
            </td>
            <td role="cell" data-label=t.what>
                <div>{words::alert(text, kind)} {about}</div>
            </td>
            <td role="cell" data-label=t.state>
                {move || row.with(became)}
            </td>
        </tr>
    }
}

/// A line for each message of an alert, or why there is none.
fn became(alert: &AlertRow) -> AnyView {
    let text = use_text();
    if alert.deliveries.is_empty() {
        return view! { <div>{words::not_sent(text, alert.kind)}</div> }.into_any();
    }
    let lines = alert.deliveries.iter().map(|delivery| line(text, alert.owed_at, delivery)).collect_view();
    view! { <ul class="fates">{lines}</ul> }.into_any()
}

fn line(text: &'static Text, owed_at: Timestamp, delivery: &DeliveryRow) -> impl IntoView + use<> {
    let at = delivery.heard_at.or(delivery.accepted_at).map(|at| {
        view! {
            ", "
            <time datetime=ist::machine(at)>{ist::second_after(owed_at, at)} " IST"</time>
        }
    });
    let next = delivery.next_attempt_at.filter(|_| !delivery.state.is_final());
    let next = next.map(|at| format!(", {}", (text.consent.next_attempt)(&ist::second_after(owed_at, at))));
    view! {
        <li>
            <span class="road">{words::sent_to(text, delivery)}</span>
            <span>{words::fate(text, delivery)} {at} {next}</span>
        </li>
    }
}
