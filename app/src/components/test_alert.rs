//! A test that a person sends to themselves, and watches arrive.

use std::time::Duration;

use leptos::prelude::*;

use super::{Fates, InlineProblem};
use crate::{
    api::{alerts, views::AlertRow},
    model::{alert::DeliveryState, gstin::Gstin, ist},
    paths,
    text::use_text,
};

/// How often the page looks by itself: two minutes, after which the link is there.
const LOOKS_MAX: u32 = 60;
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Whether a delivery may still change soon: one that a provider took over waits for its report.
fn moves(row: &AlertRow) -> bool {
    row.deliveries.iter().any(|one| !one.state.is_final() || one.state == DeliveryState::Accepted)
}

#[component]
pub(crate) fn TestAlert(gstin: Gstin) -> impl IntoView {
    let text = use_text();
    let t = &text.alerts;
    let looks = RwSignal::new(0_u32);
    let newest = Resource::new(move || looks.get(), move |_| async move { alerts::test_alert(gstin).await });
    Effect::new(move |_| {
        let unsettled = matches!(newest.get(), Some(Ok(Some(row))) if moves(&row));
        if unsettled && looks.get_untracked() < LOOKS_MAX {
            set_timeout(move || looks.try_update(|looks| *looks += 1).unwrap_or_default(), LOOK_EVERY);
        }
    });
    let fares = move || {
        Suspend::new(async move {
            match newest.await {
                Ok(Some(row)) => view! { <Fares gstin row /> }.into_any(),
                Ok(None) => ().into_any(),
                Err(error) => view! { <InlineProblem error /> }.into_any(),
            }
        })
    };
    view! {
        <section class="panel" aria-labelledby="test">
            <h2 id="test">{t.test}</h2>
            <p>{t.test_lead}</p>
            <form method="post" action="/api/send-test">
                <input type="hidden" name="gstin" value=gstin.to_string() />
                <button class="button" type="submit">
                    {t.send_test}
                </button>
            </form>
            <div aria-live="polite">
                <Transition>{fares}</Transition>
            </div>
        </section>
    }
}

#[component]
fn Fares(gstin: Gstin, row: AlertRow) -> impl IntoView {
    let text = use_text();
    let sent = (text.alerts.test_sent)(&ist::second(row.owed_at));
    view! {
        <p>{sent}</p>
        <Fates alerts=vec![row] under="test" />
        <p>
            <a href=paths::alerts(gstin) rel="external">
                {text.alerts.look_again}
            </a>
        </p>
    }
}
