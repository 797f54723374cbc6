//! The question before a freeze, of one taxpayer or of several: what it means, and a button for each length of time.

use jiff::SignedDuration;
use leptos::prelude::*;
use leptos_meta::Title;

use super::address::use_gstin;
use crate::{
    api::{
        ServiceError, controls,
        views::{Overview, TaxpayerChoice},
    },
    components::{Hidden, Loaded, Moot, NotYours, Tabs, WentWrong},
    model::{Timestamp, ist, restriction, role::Move},
    paths,
    text::use_text,
};

/// One taxpayer.
#[component]
pub(super) fn FreezeOne() -> impl IntoView {
    let gstin = use_gstin();
    let page = Resource::new(
        move || gstin.get(),
        async |gstin| {
            let page = controls::controls(gstin?).await?;
            Ok((page.as_of, page.role, page.controls))
        },
    );
    let render = |(as_of, role, controls): (Timestamp, crate::model::role::Role, crate::model::controls::Controls)| {
        let text = use_text();
        let gstin = controls.window.gstin;
        let (title, back) = (text.control.freeze.title.to_owned(), paths::access_now(gstin));
        let body = if let Err(reason) = role.may(Move::Tighten) {
            view! { <NotYours title reason back /> }.into_any()
        } else if controls.is_frozen(as_of) {
            view! { <Moot title back /> }.into_any()
        } else {
            let whose = view! { <Hidden fields=vec![("gstin", gstin.to_string())] /> }.into_any();
            view! { <Form title action="/api/freeze" whose back as_of /> }.into_any()
        };
        view! {
            <Tabs gstin />
            {body}
        }
        .into_any()
    };
    view! { <Loaded from=page render /> }
}

/// Several taxpayers.
#[component]
pub(super) fn FreezeMany() -> impl IntoView {
    let page = Resource::new(
        || (),
        async |()| {
            let Overview { as_of, rows } = controls::overview().await?;
            let may: Vec<_> = rows
                .into_iter()
                .filter(|row| row.taxpayer.role.may(Move::Tighten).is_ok() && !row.controls.is_frozen(as_of))
                .map(|row| row.taxpayer)
                .collect();
            Ok::<_, ServiceError>((as_of, may))
        },
    );
    let render = |(as_of, taxpayers): (Timestamp, Vec<TaxpayerChoice>)| {
        let text = use_text();
        let t = &text.control.several;
        let (title, back) = ((t.freeze_all_title)(taxpayers.len()), "/".to_owned());
        if taxpayers.is_empty() {
            return view! { <Moot title=text.control.freeze.title.to_owned() back /> }.into_any();
        }
        let ticks = taxpayers
            .into_iter()
            .map(|TaxpayerChoice { gstin, trade_name, .. }| {
                view! {
                    <label class="tick">
                        <input type="checkbox" name="gstins[]" value=gstin.to_string() checked=true />
                        <span>
                            {trade_name} " " <span class="gstin">{gstin.to_string()}</span>
                        </span>
                    </label>
                }
            })
            .collect_view();
        let whose = view! {
            <fieldset>
                <legend>{t.act_for}</legend>
                {ticks}
            </fieldset>
        }
        .into_any();
        view! { <Form title action="/api/freeze-many" whose back as_of /> }.into_any()
    };
    view! { <Loaded from=page render /> }
}

/// Eight in the morning of tomorrow, in India.
fn morning(now: Timestamp) -> Option<Timestamp> {
    Some(restriction::start_of(restriction::day_of(now) + 1)? + SignedDuration::from_hours(8))
}

#[component]
fn Form(title: String, action: &'static str, whose: AnyView, back: String, as_of: Timestamp) -> impl IntoView {
    let text = use_text();
    let t = &text.control.freeze;
    // One press freezes: each length of time is a button of its own.
    let button = |name: &'static str, value: String, words: String| {
        view! {
            <button class="button danger" type="submit" name=name value=value>
                {words}
            </button>
        }
    };
    let until = morning(as_of).map(|at| button("until", ist::form(at), t.morning.to_owned()));
    view! {
        <Title text=title.clone() />
        <h1>{title}</h1>
        <WentWrong />
        <ul class="plain-words">
            <li class="strong">{t.lead}</li>
            <li>{t.nobody_asks}</li>
            <li>{t.nothing_ends}</li>
            <li>{t.lift}</li>
        </ul>
        <form class="panel freeze" method="post" action=action>
            {whose}
            <fieldset>
                <legend>{t.how_long}</legend>
                <div class="acts">
                    {button("hours", "8".to_owned(), (t.hours)(8))} {until}
                    {button("hours", (7 * 24).to_string(), (t.days)(7))}
                    {button("hours", String::new(), t.open.to_owned())}
                </div>
            </fieldset>
            <a class="button" href=back>
                {t.cancel}
            </a>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tomorrow_morning_is_indias() {
        let at = |text: &str| text.parse::<Timestamp>().expect("moment");
        for (now, expected) in [
            ("2026-11-25T00:00:00+05:30", "2026-11-26T08:00:00+05:30"),
            ("2026-11-25T23:59:59+05:30", "2026-11-26T08:00:00+05:30"),
        ] {
            assert_eq!(morning(at(now)), Some(at(expected)));
        }
    }
}
