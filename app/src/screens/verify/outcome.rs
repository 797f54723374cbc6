//! What a check found, as it is shown.

use leptos::prelude::*;

use crate::{
    components::Fact,
    model::{
        ist,
        merkle::PublicKeys,
        receipt::{self, Checked, Facts, Fault, HashList, Told},
    },
    text::{documents, use_text, words},
};

/// How far a check is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is being done.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser reads files"))]
    Working,
    /// The browser could not read the file.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser reads files"))]
    UnreadableFile,
    /// It is decided. With it the hash on the paper whose code led here, if one did.
    Decided(Box<Result<Checked, Fault>>, Option<String>),
}

impl Outcome {
    /// Of a document in memory.
    pub(super) fn of(document: &[u8], keys: &PublicKeys) -> Self {
        Self::decided(receipt::check(document, keys))
    }

    /// Of a check that was done.
    pub(super) fn decided(checked: Result<Checked, Fault>) -> Self {
        #[cfg(feature = "hydrate")]
        let on_paper = super::in_browser::hash_on_paper();
        #[cfg(not(feature = "hydrate"))]
        let on_paper = None;
        Self::Decided(Box::new(checked), on_paper)
    }
}

pub(super) fn shown(outcome: Outcome) -> AnyView {
    let documents = &use_text().documents;
    match outcome {
        Outcome::Working => view! { <p>{documents.check.working}</p> }.into_any(),
        Outcome::UnreadableFile => bad(documents.check.unreadable_file.to_owned()),
        Outcome::Decided(checked, on_paper) => match *checked {
            Ok(checked) => good(checked, on_paper),
            Err(fault) => bad(documents::sentence(&documents.faults, &fault)),
        },
    }
}

fn bad(sentence: String) -> AnyView {
    let check = &use_text().documents.check;
    view! {
        <section class="outcome bad">
            <h2>{check.bad}</h2>
            <p>{sentence}</p>
        </section>
    }
    .into_any()
}

fn good(checked: Checked, on_paper: Option<String>) -> AnyView {
    let check = &use_text().documents.check;
    let Checked { key, hash, told } = checked;
    let paper = on_paper.map(|on_paper| if on_paper == hash { check.as_on_paper } else { check.not_as_on_paper });
    let what = match told {
        Told::Receipt(facts) => receipt_facts(*facts),
        Told::HashList(list) => export_facts(&list),
    };
    view! {
        <section class="outcome good">
            <h2>{check.good}</h2>
            {what}
            <dl class="facts">
                <Fact label=check.hash>
                    <code>{hash}</code>
                </Fact>
                <Fact label=check.signed_with>
                    <code>{key.to_string()}</code>
                </Fact>
            </dl>
            {paper.map(|sentence| view! { <p class="strong">{sentence}</p> })}
        </section>
    }
    .into_any()
}

fn receipt_facts(facts: Facts) -> AnyView {
    let text = use_text();
    let check = &text.documents.check;
    let moment = |at| format!("{} IST", ist::second(at));
    let what = if facts.over.is_some() { check.good_ended } else { check.good_given };
    let log = facts.in_log.map_or_else(|| check.not_in_log_yet.to_owned(), check.in_log);
    let over = facts.over.map(|over| {
        let last = over.last_call_passed_at.map_or_else(|| text.receipt.never_called.to_owned(), moment);
        view! {
            <Fact label=text.receipt.ended_at>{moment(over.committed_at)}</Fact>
            <Fact label=text.receipt.effective_at>{moment(over.effective_at)}</Fact>
            <Fact label=text.receipt.last_passed>{last}</Fact>
            <Fact label=text.receipt.why>{words::reason_by_name(text, &over.reason).to_owned()}</Fact>
        }
    });
    view! {
        <p>{what} " " {log}</p>
        <dl class="facts">
            <Fact label=text.documents.paper.taxpayer>{facts.taxpayer}</Fact>
            <Fact label="GSTIN">{facts.gstin}</Fact>
            <Fact label=text.access.asp>{facts.asp}</Fact>
            <Fact label=text.access.gsp>{facts.gsp}</Fact>
            <Fact label=text.access.given_on>{moment(facts.given_at)}</Fact>
            <Fact label=text.access.valid_till>{moment(facts.valid_until)}</Fact>
            {over}
            <Fact label=text.consent.reference>
                <code>{facts.reference}</code>
            </Fact>
            <Fact label=check.issued_by>{facts.issued_by}</Fact>
        </dl>
    }
    .into_any()
}

fn export_facts(list: &HashList) -> AnyView {
    let check = &use_text().documents.check;
    let about = list
        .about
        .iter()
        .map(|(name, value)| {
            let (name, value) = (name.clone(), value.clone());
            view! {
                <div class="fact">
                    <dt>{name}</dt>
                    <dd>{value}</dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <p>{(check.good_export)(list.rows())}</p>
        <dl class="facts">{about}</dl>
    }
    .into_any()
}
