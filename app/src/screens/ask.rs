//! The questions before an act on all of a taxpayer's access, or on one ASP.

use leptos::prelude::*;

use super::address::{use_gstin, use_param, use_query};
use crate::{
    api::{
        ServiceError, controls,
        views::{AspRow, ControlsPage},
    },
    components::{Loaded, Moot, NotYours, Post, Question, Tab, Tabs},
    model::{
        controls::{AspRule, Controls},
        role::Move,
    },
    paths,
    text::{control::Asked, use_text},
};

#[component]
pub(super) fn Ask() -> impl IntoView {
    let (gstin, what) = (use_gstin(), use_param("what"));
    let (asp, name) = (use_query("asp"), use_query("name"));
    let page = Resource::new(
        move || (gstin.get(), what.get().unwrap_or_default(), asp.get(), name.get()),
        async |(gstin, what, asp, name)| {
            let mut page = controls::controls(gstin?).await?;
            let mut about = None;
            if let Some(asp) = asp {
                let is_it = |row: &AspRow| row.asp.to_string() == asp;
                about = page.asps.iter().find(|row| is_it(row)).cloned();
                if about.is_none() {
                    // One that never asked: it is looked for by the name that the list showed.
                    let found = controls::find_asps(page.controls.window.gstin, name.unwrap_or_default()).await?;
                    about = found.into_iter().find(is_it);
                }
            }
            page.asps = about.into_iter().collect();
            act(&what, &page).ok_or(ServiceError::NotFound)?;
            Ok((what, page))
        },
    );
    view! { <Loaded from=page render=|(what, page)| question(&what, &page) /> }
}

/// One act: its words, whether it changes anything, which way it goes, and what its form posts.
struct Act {
    asked: &'static Asked,
    changes: bool,
    made: Move,
    ends: Option<i64>,
    action: &'static str,
    fields: Vec<(&'static str, String)>,
}

fn act(what: &str, page: &ControlsPage) -> Option<Act> {
    let t = &use_text().control.asked;
    let ControlsPage { as_of, controls, open, asps, .. } = page;
    let Controls { window, only_allowed, .. } = controls;
    let list = |asked, on: bool| Act {
        asked,
        changes: *only_allowed != on,
        made: Move::allow_list(*only_allowed, on),
        ends: None,
        action: "/api/set-allow-list",
        fields: vec![("on", on.to_string())],
    };
    let rule = |asked, after: Option<AspRule>, word: &str| {
        let row = asps.first()?;
        Some(Act {
            asked,
            changes: row.rule != after,
            made: Move::rule(row.rule, after),
            ends: (after == Some(AspRule::Blocked)).then_some(row.open),
            action: "/api/rule-asp",
            fields: vec![("asp", row.asp.to_string()), ("rule", word.to_owned())],
        })
    };
    match what {
        "switch-off" => Some(Act {
            asked: &t.switch_off,
            changes: window.enabled,
            made: Move::window(window, false, window.minutes()),
            ends: Some(*open),
            action: "/api/set-window",
            fields: vec![("enabled", "false".to_owned()), ("minutes", window.minutes().to_string())],
        }),
        "thaw" => Some(Act {
            asked: &t.thaw,
            changes: controls.is_frozen(*as_of),
            made: Move::Loosen,
            ends: None,
            action: "/api/thaw",
            fields: Vec::new(),
        }),
        "only-allowed" => Some(list(&t.only_allowed, true)),
        "every-asp" => Some(list(&t.every_asp, false)),
        "block" => rule(&t.block, Some(AspRule::Blocked), "blocked"),
        "allow" => rule(&t.allow, Some(AspRule::Allowed), "allowed"),
        "unblock" => rule(&t.unblock, None, ""),
        "disallow" => rule(&t.disallow, None, ""),
        _ => None,
    }
}

fn question(what: &str, page: &ControlsPage) -> AnyView {
    let text = use_text();
    let Some(Act { asked, changes, made, ends, action, mut fields }) = act(what, page) else { return ().into_any() };
    let window = &page.controls.window;
    let name = page.asps.first().map(|row| row.name.clone()).unwrap_or_default();
    let back = paths::settings(window.gstin);
    fields.extend([("gstin", window.gstin.to_string()), ("version", window.version.to_string())]);
    let body = if let Err(reason) = page.role.may(made) {
        view! { <NotYours title=(asked.title)(&name) reason back /> }.into_any()
    } else if changes {
        let first = ends.map(text.control.asked.ends);
        let takes_away = made == Move::Tighten;
        view! { <Question asked name first takes_away post=Post { action, fields } cancel=back /> }.into_any()
    } else {
        view! { <Moot title=(asked.title)(&name) back /> }.into_any()
    };
    view! {
        <Tabs gstin=window.gstin current=Tab::Settings />
        {body}
    }
    .into_any()
}
