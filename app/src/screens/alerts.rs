//! *Alerts*: what a person is told, in which language, who else is, and whether it arrives.

use leptos::prelude::*;
use leptos_meta::Title;

use super::address::use_gstin;
use crate::{
    api::{
        alerts::{self, ChooseAlerts},
        views::{AlertChoice, AlertsPage},
    },
    components::{InlineProblem, LanguageSelect, Loaded, Safety, SecondContacts, Tab, Tabs, TestAlert},
    model::alert::{AlertKind, Channel},
    text::{use_text, words},
};

#[component]
pub(super) fn AlertsScreen() -> impl IntoView {
    let gstin = use_gstin();
    let page = Resource::new(move || gstin.get(), async |gstin| alerts::alerts(gstin?).await);
    let choose = ServerAction::<ChooseAlerts>::new();
    view! { <Loaded from=page render=move |page| show(page, choose) /> }
}

fn show(page: AlertsPage, choose: ServerAction<ChooseAlerts>) -> AnyView {
    let text = use_text();
    let t = &text.alerts;
    let AlertsPage { as_of: _, gstin, language, email, mobile, choices, version, contacts } = page;
    view! {
        <Title text=t.title />
        <Tabs gstin current=Tab::Alerts />
        <h1>{t.title}</h1>
        <p class="lead">{(t.lead)(&email, &mobile)}</p>
        <TestAlert gstin />
        <section aria-labelledby="choice">
            <h2 id="choice">{t.choice}</h2>
            <ActionForm action=choose>
                <input type="hidden" name="gstin" value=gstin.to_string() />
                <input type="hidden" name="version" value=version.to_string() />
                <p>
                    <label for="language">{t.language}</label>
                    " "
                    <LanguageSelect id="language" chosen=language />
                </p>
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
                <p>
                    <button class="button" type="submit" disabled=move || choose.pending().get()>
                        {t.save}
                    </button>
                </p>
            </ActionForm>
            <div aria-live="assertive">
                {move || choose.value().get().and_then(Result::err).map(|error| view! { <InlineProblem error /> })}
            </div>
            <p>{t.always}</p>
            <ul>
                {AlertKind::ALL
                    .iter()
                    .filter(|kind| !kind.is_optional() && **kind != AlertKind::Test)
                    .map(|kind| view! { <li>{words::alert(text, *kind)}</li> })
                    .collect_view()}
            </ul>
        </section>
        <SecondContacts gstin contacts />
        <Safety />
    }
    .into_any()
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
                <input
                    type="checkbox"
                    name="wanted[]"
                    value=value(kind, channel)
                    checked=wanted
                    aria-label=format!("{what}: {road}")
                />
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
