//! *Settings*: the rules that hold for all of a taxpayer's access, each saying what a change of it means before it is made.

use leptos::prelude::*;
use leptos_meta::Title;

use super::address::{use_gstin, use_query};
use crate::{
    api::{
        controls,
        views::{AspRow, ControlsPage},
    },
    components::{Done, Hidden, Loaded, Onward, Select, Tab, Tabs, WentWrong, done, frozen, why_not},
    model::{
        Timestamp,
        controls::{AspRule, Controls},
        gstin::Gstin,
        ist,
        role::{Move, Role},
    },
    paths,
    text::use_text,
};

/// The steps of "end what was not used", in days.
const UNUSED_STEPS: [u16; 5] = [3, 7, 14, 21, 29];

#[component]
pub(super) fn Settings() -> impl IntoView {
    let (text, gstin, name, asp) = (use_text(), use_gstin(), use_query("name"), use_query("asp"));
    let page = Resource::new(
        move || (gstin.get(), name.get(), asp.get()),
        async |(gstin, name, asp)| {
            let mut page = controls::controls(gstin?).await?;
            let name = name.unwrap_or_default().trim().to_owned();
            if !name.is_empty() {
                page.asps = controls::find_asps(page.controls.window.gstin, name.clone()).await?;
            }
            Ok((name, asp, page))
        },
    );
    view! {
        <Title text=text.control.settings.title />
        <Loaded from=page render=|(name, asp, page)| show(name, asp.as_deref(), page) />
    }
}

fn show(name: String, asp: Option<&str>, page: ControlsPage) -> AnyView {
    let text = use_text();
    let t = &text.control.settings;
    let ControlsPage { as_of, role, controls, window_steps, open, asps } = page;
    let gstin = controls.window.gstin;
    let why = role.may(Move::Loosen).err().map(|why| why_not(text, why));
    view! {
        <Tabs gstin current=Tab::Settings />
        <h1>{t.title}</h1>
        <WentWrong />
        {said(&controls, role, &asps, asp)}
        <p class="lead">{t.lead}</p>
        {why.map(|why| view! { <p class="strong">{why}</p> })}
        <Window controls=controls.clone() role steps=window_steps open />
        <FreezePart controls=controls.clone() role as_of />
        <Unused controls=controls.clone() role />
        <Asps controls role asps name />
        <p>
            <a class="button" href=paths::deeds(gstin)>
                {t.what_changed}
            </a>
        </p>
        <p class="quiet">{(text.access.as_of)(&ist::minute(as_of))}</p>
    }
    .into_any()
}

/// What the act that led here did, where the settings bear it out.
fn said(controls: &Controls, role: Role, asps: &[AspRow], asp: Option<&str>) -> impl IntoView + use<> {
    let text = use_text();
    let t = &text.control.done;
    let window = &controls.window;
    let about = asp.and_then(|asp| asps.iter().find(|row| row.asp.to_string() == asp));
    let ruled = about.map(|row| row.rule);
    let plain = |words: &str| Some((words.to_owned(), None));
    let said = match done()?.as_str() {
        "window" if window.enabled => plain(&(t.window_on)(&(text.words.span)(window.minutes()))),
        "window" => plain(t.window_off),
        "unused" => plain(&controls.unused_days.map_or_else(|| t.unused_never.to_owned(), t.unused)),
        "list" => plain(if controls.only_allowed { t.list_on } else { t.list_off }),
        "blocked" if ruled == Some(Some(AspRule::Blocked)) => {
            let undo = about.filter(|_| role.may(Move::Loosen).is_ok()).map(|row| Onward {
                href: paths::ask_asp(window.gstin, "unblock", row.asp, &row.name),
                words: t.undo_block,
            });
            Some((t.blocked.to_owned(), undo))
        }
        // An ASP without access and without a rule is in no list any more.
        "unruled" if ruled.is_none_or(|rule| rule.is_none()) => plain(t.unruled),
        "allowed" if ruled == Some(Some(AspRule::Allowed)) => plain(t.allowed),
        _ => None,
    };
    said.map(|(words, onward)| view! { <Done words onward /> })
}

/// Fields that each form of this page sends: whose, and the version that was seen.
fn seen(controls: &Controls) -> Vec<(&'static str, String)> {
    vec![("gstin", controls.window.gstin.to_string()), ("version", controls.window.version.to_string())]
}

/// On or off, and for how long a consent holds.
#[component]
fn Window(controls: Controls, role: Role, steps: Vec<i64>, open: i64) -> impl IntoView {
    let text = use_text();
    let t = &text.control.settings;
    let window = &controls.window;
    let now = window.minutes();
    let may = |enabled, minutes| role.may(Move::window(window, enabled, minutes)).is_ok();
    let mut steps = steps;
    if !steps.contains(&now) {
        steps.push(now);
        steps.sort_unstable();
    }
    let options: Vec<_> = steps
        .into_iter()
        .filter(|minutes| may(true, *minutes))
        .map(|minutes| (minutes.to_string(), (text.words.span)(minutes)))
        .collect();
    let (state, note, button) = if window.enabled {
        (t.window_on, t.duration_note, t.save_duration)
    } else {
        (t.window_off, t.switch_on_note, t.switch_on)
    };
    let fields = seen(&controls).into_iter().chain([("enabled", "true".to_owned())]).collect();
    let form = (!options.is_empty()).then(|| {
        view! {
            <form method="post" action="/api/set-window">
                <Hidden fields />
                <div class="field">
                    <Select label=t.duration name="minutes" options chosen=now.to_string() any=None />
                    <p class="quiet">{note}</p>
                </div>
                <button class="button primary" type="submit">
                    {button}
                </button>
            </form>
        }
    });
    let off = (window.enabled && may(false, now)).then(|| {
        view! {
            <p>{(t.switch_off_note)(open)}</p>
            <p>
                <a class="button danger" href=paths::ask(window.gstin, "switch-off")>
                    {t.switch_off}
                </a>
            </p>
        }
    });
    view! {
        <section class="panel" aria-labelledby="window">
            <h2 id="window">{t.window}</h2>
            <p class="strong">{state}</p>
            {form}
            {off}
        </section>
    }
}

/// Whether everything is frozen.
#[component]
fn FreezePart(controls: Controls, role: Role, as_of: Timestamp) -> impl IntoView {
    let text = use_text();
    let gstin = controls.window.gstin;
    let frozen = frozen(text, &controls, as_of);
    let (made, href, words) = if frozen.is_some() {
        (Move::Loosen, paths::ask(gstin, "thaw"), text.control.status.thaw)
    } else {
        (Move::Tighten, paths::freeze(gstin), text.control.status.freeze)
    };
    let state = frozen.unwrap_or_else(|| text.control.settings.not_frozen.to_owned());
    view! {
        <section class="panel" aria-labelledby="freeze">
            <h2 id="freeze">{text.control.settings.freeze}</h2>
            <p>{state}</p>
            {role
                .may(made)
                .is_ok()
                .then(|| {
                    view! {
                        <p>
                            <a class="button" href=href>
                                {words}
                            </a>
                        </p>
                    }
                })}
        </section>
    }
}

/// The rule about access that sleeps.
#[component]
fn Unused(controls: Controls, role: Role) -> impl IntoView {
    let text = use_text();
    let t = &text.control.settings;
    let now = controls.unused_days;
    let may = |days| role.may(Move::unused_days(now, days)).is_ok();
    let mut steps: Vec<_> = UNUSED_STEPS.into_iter().chain(now).collect();
    steps.sort_unstable();
    steps.dedup();
    let options: Vec<_> = may(None)
        .then(|| (String::new(), t.never.to_owned()))
        .into_iter()
        .chain(steps.into_iter().filter(|days| may(Some(*days))).map(|days| (days.to_string(), (t.days)(days))))
        .collect();
    let chosen = now.map(|days| days.to_string()).unwrap_or_default();
    let state = now.map_or_else(|| t.never.to_owned(), text.control.status.unused);
    let form = (!options.is_empty()).then(|| {
        view! {
            <form method="post" action="/api/set-unused-days">
                <Hidden fields=seen(&controls) />
                <div class="field">
                    <Select label=t.unused_days name="days" options chosen any=None />
                    <p class="quiet">{t.unused_note}</p>
                </div>
                <button class="button primary" type="submit">
                    {t.save}
                </button>
            </form>
        }
    });
    view! {
        <section class="panel" aria-labelledby="unused">
            <h2 id="unused">{t.unused}</h2>
            <p>{t.unused_lead}</p>
            <p class="strong">{state}</p>
            {form}
        </section>
    }
}

/// Who may ask: the allow-list, and the rule about each ASP.
#[component]
fn Asps(controls: Controls, role: Role, asps: Vec<AspRow>, name: String) -> impl IntoView {
    let text = use_text();
    let t = &text.control.settings;
    let gstin = controls.window.gstin;
    let on = controls.only_allowed;
    let toggle = role.may(Move::allow_list(on, !on)).is_ok().then(|| {
        let (what, words) = if on { ("every-asp", t.every_asp) } else { ("only-allowed", t.only_allowed) };
        view! {
            <p>
                <a class="button" href=paths::ask(gstin, what)>
                    {words}
                </a>
            </p>
        }
    });
    let list = if asps.is_empty() {
        (!name.is_empty()).then(|| view! { <p class="empty">{t.no_asps}</p> }.into_any())
    } else {
        let rows = asps.into_iter().map(|row| view! { <AspLine gstin role row /> }).collect_view();
        Some(
            view! {
                <table class="cards" role="table" aria-labelledby="asps">
                    <thead role="rowgroup">
                        <tr role="row">
                            <th role="columnheader" scope="col">{text.access.asp}</th>
                            <th role="columnheader" scope="col">{t.asp_rule}</th>
                            <th role="columnheader" scope="col" class="number">{t.live}</th>
                            <th role="columnheader" scope="col">{t.actions}</th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">{rows}</tbody>
                </table>
            }
            .into_any(),
        )
    };
    view! {
        <section class="panel" aria-labelledby="asps">
            <h2 id="asps">{t.asps}</h2>
            <p>{t.asps_lead}</p>
            <p class="strong">{if on { t.list_on } else { t.list_off }}</p>
            {toggle}
            <form method="get" action=format!("{}#asps", paths::settings(gstin)) role="search">
                <div class="field">
                    <label for="name">{t.find_asp}</label>
                    <input type="search" id="name" name="name" maxlength="60" aria-describedby="name-note" value=name />
                    <p class="quiet" id="name-note">
                        {t.find_asp_note}
                    </p>
                </div>
                <button class="button" type="submit">
                    {text.control.find.find}
                </button>
            </form>
            {list}
        </section>
    }
}

/// One ASP: its rule, what is live, and what can be decided.
#[component]
fn AspLine(gstin: Gstin, role: Role, row: AspRow) -> impl IntoView {
    let text = use_text();
    let t = &text.control.settings;
    let AspRow { asp, name, rule, since, open } = row;
    let (class, words) = match rule {
        Some(AspRule::Blocked) => ("badge halted", t.blocked),
        Some(AspRule::Allowed) => ("badge kept", t.allowed),
        None => ("", t.no_rule),
    };
    let acts: &[_] = match rule {
        Some(AspRule::Blocked) => &[("unblock", t.unblock, None)],
        Some(AspRule::Allowed) => &[("disallow", t.disallow, None), ("block", t.block, Some(AspRule::Blocked))],
        None => &[("allow", t.allow, Some(AspRule::Allowed)), ("block", t.block, Some(AspRule::Blocked))],
    };
    let acts = acts
        .iter()
        .filter(|(_, _, after)| role.may(Move::rule(rule, *after)).is_ok())
        .map(|(what, words, _)| {
            view! {
                <a class="button" href=paths::ask_asp(gstin, what, asp, &name) aria-label=(t.of_asp)(words, &name)>
                    {*words}
                </a>
            }
        })
        .collect_view();
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">{name.clone()}</th>
            <td role="cell" data-label=t.asp_rule>
                <div>
                    <span class=class>{words}</span>
                    {since.map(|since| view! { <span class="left quiet">{(t.since)(&ist::minute(since))}</span> })}
                </div>
            </td>
            <td role="cell" class="number" data-label=t.live>{open}</td>
            <td role="cell" data-label=t.actions>
                <div class="acts">{acts}</div>
            </td>
        </tr>
    }
}
