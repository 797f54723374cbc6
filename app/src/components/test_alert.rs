//! A test that a person sends to themselves, and watches arrive.

use leptos::prelude::*;

use super::LiveFates;
use crate::{
    api::{alerts, views::AlertRow},
    model::{gstin::Gstin, ist},
    paths,
    text::use_text,
};

/// `newest` comes with the page, in one reading: a second one would find the test further than the page says.
#[component]
pub(crate) fn TestAlert(gstin: Gstin, newest: Option<AlertRow>) -> impl IntoView {
    let text = use_text();
    let t = &text.alerts;
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
            {newest.map(|row| view! { <Fares gstin row /> })}
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
