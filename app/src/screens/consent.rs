//! A consent's own page: its facts, what can be done about it, its limits, what was fetched, what happened and was told.

use leptos::prelude::*;
use leptos_meta::Title;

use super::address::{use_after, use_consent_key};
use crate::{
    api::{
        consents,
        views::{AccessRow, ConsentPage},
    },
    components::{
        AlertTable, Badges, CallTable, ConsentFacts, Done, EventTable, FetchedOf, Loaded, Onward, Pager, ReceiptFiles,
        Safety, Tabs, Unusual, WentWrong, done, why_not,
    },
    model::{
        Timestamp,
        consent::Wish,
        controls::AspRule,
        ist,
        role::{Move, Role},
    },
    paths,
    text::{control::words as control_words, use_text},
};

#[component]
pub(super) fn ConsentScreen() -> impl IntoView {
    let (key, after) = (use_consent_key(), use_after());
    let page = Resource::new(
        move || (key.get(), after.get()),
        async |(key, after)| {
            let ((gstin, id), later) = (key?, after.is_some());
            let mut page = consents::consent(gstin, id).await?;
            if later {
                page.calls = consents::calls(gstin, id, after).await?;
            }
            Ok((later, page))
        },
    );
    view! { <Loaded from=page render=|(later, page)| show(later, page) /> }
}

fn show(later: bool, page: ConsentPage) -> AnyView {
    let text = use_text();
    let ConsentPage { as_of, role, row, rule, reported, unusual, usage, fetched, events, alerts, calls } = page;
    let (gstin, id) = (row.consent.gstin, row.consent.id);
    let title = (text.consent.title)(&row.asp);
    let restriction = row.consent.restriction;
    let has_receipt = row.consent.ended.is_some();
    let next = calls.next.clone();
    let held_back = row.held_back;
    view! {
        <Title text=title.clone() />
        <Tabs gstin />
        <h1>{title}</h1>
        <WentWrong />
        {said(&row, role, as_of)}
        <Badges held_back limited=false />
        <Unusual gstin signs=unusual may_say=role.may(Move::Loosen).is_ok() />
        <ConsentFacts row=row.clone() as_of />
        <Acts row=row.clone() role rule reported=reported.is_some() as_of />
        <ReceiptFiles gstin id ended=has_receipt />
        <Limits row as_of />
        <FetchedOf usage fetched restriction />
        <EventTable events />
        <AlertTable gstin id alerts />
        <CallTable calls=calls.rows />
        <Pager path=paths::consent(gstin, id) later next />
        <p class="quiet">{(text.access.as_of)(&ist::minute(as_of))}</p>
        <Safety />
    }
    .into_any()
}

/// What the act that led here did, where the consent bears it out.
fn said(row: &AccessRow, role: Role, as_of: Timestamp) -> impl IntoView + use<> {
    let text = use_text();
    let t = &text.control.done;
    let consent = &row.consent;
    let (gstin, id) = (consent.gstin, consent.id);
    let said = match done().as_deref() {
        Some("paused") if consent.may(Wish::Resume, as_of).is_ok() => {
            let resume = || Onward { href: paths::ask_consent(gstin, id, "resume"), words: t.undo_pause };
            Some((t.paused, role.may(Move::Loosen).is_ok().then(resume)))
        }
        Some("resumed") if consent.may(Wish::Pause, as_of).is_ok() => Some((t.resumed, None)),
        Some("limited") if consent.may(Wish::Restrict, as_of).is_ok() => {
            let words = if consent.restriction.is_none() { t.unlimited } else { t.limited };
            Some((words, Some(Onward { href: paths::limits(gstin, id), words: t.edit_limits })))
        }
        _ => None,
    };
    said.map(|(words, onward)| view! { <Done words=words.to_owned() onward /> })
}

/// What can be done about it, each by a link to its question.
#[component]
fn Acts(row: AccessRow, role: Role, rule: Option<AspRule>, reported: bool, as_of: Timestamp) -> impl IntoView {
    let text = use_text();
    let t = &text.control.limits;
    let AccessRow { consent, asp_id, asp, .. } = row;
    let (gstin, id) = (consent.gstin, consent.id);
    let may = |wish, made| consent.may(wish, as_of).is_ok() && role.may(made).is_ok();
    let revoke = may(Wish::Revoke, Move::Tighten)
        .then(|| ("button danger", paths::revoke(gstin, id), text.consent.revoke.to_owned()));
    let pause =
        may(Wish::Pause, Move::Tighten).then(|| ("button", paths::ask_consent(gstin, id, "pause"), t.pause.to_owned()));
    let resume = may(Wish::Resume, Move::Loosen)
        .then(|| ("button", paths::ask_consent(gstin, id, "resume"), t.resume.to_owned()));
    let limits = may(Wish::Restrict, Move::Tighten).then(|| ("button", paths::limits(gstin, id), t.change.to_owned()));
    let disown = may(Wish::Revoke, Move::Tighten)
        .then(|| ("button", paths::ask_consent(gstin, id, "disown"), t.disown.to_owned()));
    let block = (rule != Some(AspRule::Blocked) && role.may(Move::Tighten).is_ok())
        .then(|| ("button", paths::ask_asp(gstin, "block", asp_id, &asp), (t.block_asp)(&asp)));
    let receipt =
        consent.ended.is_some().then(|| ("button", paths::receipt(gstin, id), text.consent.see_receipt.to_owned()));
    let report = reported.then(|| ("button", paths::report(gstin, id), text.control.report.title.to_owned()));
    let acts = [revoke, pause, resume, limits, disown, block, receipt, report]
        .into_iter()
        .flatten()
        .map(|(class, href, words)| {
            view! {
                <a class=class href=href>
                    {words}
                </a>
            }
        })
        .collect_view();
    let why = role.may(Move::Loosen).err().filter(|_| consent.is_open(as_of)).map(|why| why_not(text, why));
    view! {
        <section aria-labelledby="acts">
            <h2 id="acts">{t.you_can}</h2>
            {why.map(|why| view! { <p>{why}</p> })}
            <div class="acts">{acts}</div>
        </section>
    }
}

/// The limits in words, and since when it is paused.
#[component]
fn Limits(row: AccessRow, as_of: Timestamp) -> impl IntoView {
    let text = use_text();
    let t = &text.control.limits;
    let paused =
        row.consent.paused_at.filter(|_| row.consent.is_open(as_of)).map(|at| (t.paused_since)(&ist::minute(at)));
    let lines = paused
        .into_iter()
        .chain(control_words::limits(text, &row.consent.restriction))
        .map(|words| view! { <li>{words}</li> })
        .collect_view();
    view! {
        <section aria-labelledby="limits">
            <h2 id="limits">{t.section}</h2>
            <ul>{lines}</ul>
        </section>
    }
}
