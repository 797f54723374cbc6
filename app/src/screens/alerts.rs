//! *Alerts*: what a person is told, in which language, who else is, and whether it arrives.

use leptos::prelude::*;
use leptos_meta::Title;

use super::address::use_gstin;
use crate::{
    api::{
        alerts,
        views::{AlertChoice, AlertsPage, SecondContact},
    },
    components::{Done, LanguageSelect, Loaded, Safety, SecondContacts, Tab, Tabs, TestAlert, WentWrong, done},
    model::alert::{AlertKind, Channel},
    paths,
    text::{use_text, words},
};

#[component]
pub(super) fn AlertsScreen() -> impl IntoView {
    let gstin = use_gstin();
    let page = Resource::new(move || gstin.get(), async |gstin| alerts::alerts(gstin?).await);
    view! { <Loaded from=page render=show /> }
}

fn show(page: AlertsPage) -> AnyView {
    let text = use_text();
    let t = &text.alerts;
    let AlertsPage { as_of: _, gstin, language, languages, email, mobile, choices, version, contacts, test } = page;
    view! {
        <Title text=t.title />
        <Tabs gstin current=Tab::Alerts />
        <h1>{t.title}</h1>
        <p class="lead">{(t.lead)(&email, &mobile)}</p>
        <p>
            <a class="button" href=paths::told(gstin)>
                {t.told}
            </a>
        </p>
        <WentWrong />
        {said(&contacts)}
        <TestAlert gstin newest=test />
        <section class="panel" aria-labelledby="choice">
            <h2 id="choice">{t.choice}</h2>
            <form method="post" action="/api/choose-alerts">
                <input type="hidden" name="gstin" value=gstin.to_string() />
                <input type="hidden" name="version" value=version.to_string() />
                <div class="field">
                    <label for="language">{t.language}</label>
                    <LanguageSelect id="language" languages=languages.clone() chosen=language />
                </div>
                <table class="cards" role="table" aria-labelledby="choice">
                    <thead role="rowgroup">
                        <tr role="row">
                            <th role="columnheader" scope="col">{text.consent.what}</th>
                            <th role="columnheader" scope="col">{text.words.email}</th>
                            <th role="columnheader" scope="col">{text.words.sms}</th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">
                        {choices.into_iter().map(|choice| view! { <Choice choice /> }).collect_view()}
                    </tbody>
                </table>
                <button class="button primary" type="submit">
                    {t.save}
                </button>
            </form>
            <p>{t.always}</p>
            <ul>
                {AlertKind::ALL
                    .iter()
                    .filter(|kind| !kind.is_optional() && **kind != AlertKind::Test)
                    .map(|kind| view! { <li>{words::alert(text, *kind)}</li> })
                    .collect_view()}
            </ul>
        </section>
        <SecondContacts gstin languages contacts />
        <Safety />
    }
    .into_any()
}

/// What the act that led here did, where the page bears it out.
fn said(contacts: &[SecondContact]) -> Option<impl IntoView + use<>> {
    let t = &use_text().alerts;
    let words = match done()?.as_str() {
        "chosen" => t.done_chosen,
        "named" if contacts.iter().any(|contact| contact.waits_until.is_some()) => t.done_named,
        "confirmed" if contacts.iter().any(|contact| contact.confirmed_at.is_some()) => t.done_confirmed,
        "removed" => t.done_removed,
        "test" => t.done_test,
        _ => return None,
    };
    Some(view! { <Done words=words.to_owned() /> })
}

#[component]
fn Choice(choice: AlertChoice) -> impl IntoView {
    let text = use_text();
    let AlertChoice { kind, email, sms } = choice;
    let what = words::alert(text, kind);
    let tick = move |channel: Channel, wanted: bool| {
        let road = words::channel(text, channel);
        view! {
            <td role="cell" data-label=road>
                <span class="tick">
                    <input
                        type="checkbox"
                        name="wanted[]"
                        value=value(kind, channel)
                        checked=wanted
                        aria-label=format!("{what}: {road}")
                    />
                </span>
            </td>
        }
    };
    view! {
        <tr role="row">
            <td role="cell" data-label=text.consent.what>{what}</td>
            {tick(Channel::Email, email)}
            {tick(Channel::Sms, sms)}
        </tr>
    }
}

/// A kind and a road as the form sends them.
fn value(kind: AlertKind, channel: Channel) -> String {
    let word = |value: serde_json::Result<serde_json::Value>| {
        value.ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
    };
    format!("{}:{}", word(serde_json::to_value(kind)), word(serde_json::to_value(channel)))
}
