//! A test that a person sends to themselves, and watches arrive.

use leptos::prelude::*;

use super::{InlineProblem, LiveFates};
use crate::{
    api::{alerts, views::AlertRow},
    model::{gstin::Gstin, ist},
    paths,
    text::use_text,
};

#[component]
pub(crate) fn TestAlert(gstin: Gstin) -> impl IntoView {
    let text = use_text();
    let t = &text.alerts;
    let newest = Resource::new(|| (), move |()| alerts::test_alert(gstin));
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
            <Suspense>{fares}</Suspense>
        </section>
    }
}

#[component]
fn Fares(gstin: Gstin, row: AlertRow) -> impl IntoView {
    let text = use_text();
    let sent = (text.alerts.test_sent)(&ist::second(row.owed_at));
    let look = move || async move { Ok(alerts::test_alert(gstin).await?.into_iter().collect()) };
    view! {
        <p>{sent}</p>
        <LiveFates alerts=vec![row] under="test" look />
        <p>
            <a href=paths::alerts(gstin) rel="external">
                {text.alerts.look_again}
            </a>
        </p>
    }
}
