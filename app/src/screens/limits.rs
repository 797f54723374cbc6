//! The form of one consent's limits. It shows what holds now; what is saved takes its place.

use leptos::prelude::*;
use leptos_meta::Title;

use super::address::use_consent_key;
use crate::{
    api::{consents, views::ConsentPage},
    components::{Choices, ConsentFacts, Hidden, Loaded, Moot, NotYours, Tabs, WentWrong},
    model::{
        consent::{Consent, Wish},
        ist,
        restriction::{CALLS_A_DAY_MAX, Hours},
        return_type::ReturnType,
        role::{Move, Role},
    },
    paths,
    text::{control::words as control_words, use_text},
};

#[component]
pub(super) fn LimitsScreen() -> impl IntoView {
    let key = use_consent_key();
    let page = Resource::new(
        move || key.get(),
        async |key| {
            let (gstin, id) = key?;
            consents::consent(gstin, id).await
        },
    );
    view! { <Loaded from=page render=show /> }
}

fn show(page: ConsentPage) -> AnyView {
    let text = use_text();
    let ConsentPage { as_of, role, row, .. } = page;
    let (gstin, id) = (row.consent.gstin, row.consent.id);
    let title = (text.control.limits.title)(&row.asp);
    let back = paths::consent(gstin, id);
    let body = if let Err(reason) = role.may(Move::Tighten) {
        view! { <NotYours title reason back /> }.into_any()
    } else if row.consent.may(Wish::Restrict, as_of).is_err() {
        view! { <Moot title back /> }.into_any()
    } else {
        let lead = (text.control.limits.lead)(&row.asp);
        view! {
            <Title text=title.clone() />
            <h1>{title}</h1>
            <WentWrong />
            <p class="lead">{lead}</p>
            <Form consent=row.consent.clone() role earliest=ist::form(as_of) />
        }
        .into_any()
    };
    view! {
        <Tabs gstin />
        {body}
        <ConsentFacts row as_of />
    }
    .into_any()
}

#[component]
fn Form(consent: Consent, role: Role, earliest: String) -> impl IntoView {
    let text = use_text();
    let t = &text.control.limits;
    let limits = consent.restriction;
    let fields = vec![
        ("gstin", consent.gstin.to_string()),
        ("id", consent.id.to_string()),
        ("version", consent.version.to_string()),
        // A form on which every tick was taken away is a mistake, not "no limit".
        ("kinds_listed", "true".to_owned()),
    ];
    let ticks = ReturnType::ALL
        .map(|kind| {
            let ticked = limits.returns.is_none_or(|returns| returns.contains(kind));
            view! {
                <label class="tick">
                    <input type="checkbox" name="returns[]" value=control_words::name(kind) checked=ticked />
                    {control_words::kind(text, kind)}
                </label>
            }
        })
        .collect_view();
    let clock = |minute: Option<u16>| minute.map(control_words::clock).unwrap_or_default();
    view! {
        <form class="panel" method="post" action="/api/restrict">
            <Hidden fields />
            {role.may(Move::Loosen).is_err().then(|| view! { <p class="strong">{t.only_tighter}</p> })}
            <div class="field">
                <label for="until">{t.end}</label>
                <input
                    type="datetime-local"
                    id="until"
                    name="until"
                    aria-describedby="until-note"
                    min=earliest
                    max=ist::form(consent.valid_until)
                    value=limits.until.map(ist::form).unwrap_or_default()
                />
                <p class="quiet" id="until-note">
                    {(t.end_note)(&ist::minute(consent.valid_until))}
                </p>
            </div>
            <fieldset aria-describedby="which-note">
                <legend>{t.which}</legend>
                <div class="ticks">{ticks}</div>
                <p class="quiet" id="which-note">
                    {t.which_note}
                </p>
            </fieldset>
            <div class="field">
                <label for="calls">{t.a_day}</label>
                <input
                    type="number"
                    id="calls"
                    name="calls_a_day"
                    aria-describedby="calls-note"
                    inputmode="numeric"
                    min="0"
                    max=CALLS_A_DAY_MAX.to_string()
                    value=limits.calls_a_day.map(|most| most.to_string()).unwrap_or_default()
                />
                <p class="quiet" id="calls-note">
                    {t.a_day_note}
                </p>
            </div>
            <fieldset aria-describedby="hours-note">
                <legend>{t.between}</legend>
                <div class="pair">
                    <label>
                        {t.from}
                        <input type="time" name="from" value=clock(limits.hours.map(Hours::from)) />
                    </label>
                    <label>
                        {t.to} <input type="time" name="to" value=clock(limits.hours.map(Hours::to)) />
                    </label>
                </div>
                <p class="quiet" id="hours-note">
                    {t.between_note}
                </p>
            </fieldset>
            <Choices
                button=t.save.to_owned()
                takes_away=false
                cancel=paths::consent(consent.gstin, consent.id)
                cancel_words=t.cancel
            />
        </form>
    }
}
