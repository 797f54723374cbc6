//! The facts of one consent.

use leptos::prelude::*;

use super::{Fact, Moment, validity::Validity};
use crate::{
    api::views::AccessRow,
    model::Timestamp,
    text::{use_text, words},
};

#[component]
pub(crate) fn ConsentFacts(row: AccessRow, as_of: Timestamp) -> impl IntoView {
    let text = use_text();
    let AccessRow { consent, asp, gsp, usage, .. } = row;
    let (status, given_on, id) = (words::status(text, &consent, as_of), consent.granted_at, consent.id.to_string());
    let used = match usage.last_passed_at {
        Some(at) => view! { <Moment at /> }.into_any(),
        None => text.words.never.into_any(),
    };
    view! {
        <section aria-labelledby="facts">
            <h2 id="facts">{text.consent.facts}</h2>
            <dl class="facts">
                <Fact label=text.access.status>
                    <span class="badge">{status}</span>
                </Fact>
                <Fact label=text.access.asp>{asp}</Fact>
                <Fact label=text.access.gsp>{gsp}</Fact>
                <Fact label=text.access.given_on>
                    <Moment at=given_on />
                </Fact>
                <Fact label=text.access.valid_till>
                    <Validity consent as_of />
                </Fact>
                <Fact label=text.access.last_used>{used}</Fact>
                <Fact label=text.consent.passed>{usage.passed}</Fact>
                <Fact label=text.consent.refused>{usage.refused}</Fact>
                <Fact label=text.consent.reference>
                    <code>{id}</code>
                </Fact>
            </dl>
        </section>
    }
}
