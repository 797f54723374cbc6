//! How a taxpayer's access stands: on or off, frozen until when, who may ask, what sleeps. And the two ways to change it.

use leptos::prelude::*;

use crate::{
    model::{
        Timestamp,
        controls::Controls,
        ist,
        role::{Move, Role},
    },
    paths,
    text::{Text, use_text},
};

/// The freeze in a sentence, with the time that is left, where it holds.
pub(crate) fn frozen(text: &Text, controls: &Controls, as_of: Timestamp) -> Option<String> {
    let freeze = controls.freeze.filter(|freeze| freeze.holds(as_of))?;
    let t = &text.control.status;
    Some(match freeze.until {
        None => t.frozen.to_owned(),
        Some(until) => (t.frozen_until)(&ist::minute(until), &(text.words.left)(ist::left(until, as_of))),
    })
}

#[component]
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
pub(crate) fn Stands(controls: Controls, role: Role, as_of: Timestamp) -> impl IntoView {
    let text = use_text();
    let t = &text.control.status;
    let gstin = controls.window.gstin;
    let frozen = frozen(text, &controls, as_of);
    let stopped = frozen.is_some() || !controls.window.enabled;
    let on =
        if controls.window.enabled { (t.on)(&(text.words.span)(controls.window.minutes())) } else { t.off.to_owned() };
    let only = controls.only_allowed.then(|| t.only_allowed.to_owned());
    let unused = controls.unused_days.map(t.unused);
    let freeze = if frozen.is_some() {
        role.may(Move::Loosen).is_ok().then(|| (paths::ask(gstin, "thaw"), t.thaw))
    } else {
        role.may(Move::Tighten).is_ok().then(|| (paths::freeze(gstin), t.freeze))
    };
    let lines = frozen
        .map(|words| view! { <p class="strong">{words}</p> })
        .into_iter()
        .chain([Some(on), only, unused].into_iter().flatten().map(|words| view! { <p class="">{words}</p> }))
        .collect_view();
    view! {
        <section class="stands" class:stopped=stopped aria-labelledby="stands">
            <h2 id="stands">{t.title}</h2>
            {lines}
            <div class="choices">
                {freeze
                    .map(|(href, words)| {
                        view! {
                            <a class="button" href=href>
                                {words}
                            </a>
                        }
                    })}
                <a class="button" href=paths::settings(gstin)>
                    {t.settings}
                </a>
            </div>
        </section>
    }
}
