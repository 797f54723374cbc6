//! The receipt of an ending: what a taxpayer holds in hand. It can be printed and comes back the same.

use leptos::prelude::*;
use leptos_meta::Title;

use super::address::use_consent_key;
use crate::{
    api::{consents, views::ConsentPage},
    components::{Fact, Loaded, Moment, ReceiptFiles, Tabs},
    model::receipt::EndingReceipt,
    paths,
    text::{use_text, words},
};

#[component]
pub(super) fn Receipt() -> impl IntoView {
    let text = use_text();
    let key = use_consent_key();
    let receipt = Resource::new(
        move || key.get(),
        async |key| {
            let (gstin, id) = key?;
            // The receipt first: where there is none, the page does not exist.
            Ok((consents::receipt(gstin, id).await?, consents::consent(gstin, id).await?))
        },
    );
    view! {
        <Title text=text.receipt.title />
        <Loaded from=receipt render=|(receipt, page)| show(receipt, page) />
    }
}

fn show(receipt: EndingReceipt, page: ConsentPage) -> AnyView {
    let text = use_text();
    let EndingReceipt { consent, ending, last_passed_at, effective_at } = receipt;
    let ConsentPage { row, events, .. } = page;
    // The ending is the last fact of a consent: its version is the consent's own.
    let by = events.into_iter().find(|row| row.event.version == consent.version).map(|row| words::by(text, &row));
    let last_passed = match last_passed_at {
        Some(at) => view! { <Moment at seconds=true /> }.into_any(),
        None => text.receipt.never_called.into_any(),
    };
    let (gstin, given_on, id) = (consent.gstin, consent.granted_at, consent.id.to_string());
    let why = words::reason(text, ending.reason);
    let lead = (text.receipt.lead)(&row.asp);
    view! {
        <Tabs gstin />
        <h1>{text.receipt.title}</h1>
        <p class="lead">{lead}</p>
        <dl class="facts receipt">
            <Fact label=text.access.asp>{row.asp}</Fact>
            <Fact label=text.access.gsp>{row.gsp}</Fact>
            <Fact label="GSTIN">{gstin.to_string()}</Fact>
            <Fact label=text.access.given_on>
                <Moment at=given_on />
            </Fact>
            <Fact label=text.receipt.ended_at>
                <Moment at=ending.at seconds=true />
            </Fact>
            <Fact label=text.receipt.by>{by}</Fact>
            <Fact label=text.receipt.why>{why}</Fact>
            <Fact label=text.receipt.effective_at>
                <Moment at=effective_at seconds=true />
            </Fact>
            <Fact label=text.receipt.last_passed>{last_passed}</Fact>
            <Fact label=text.consent.reference>
                <code>{id}</code>
            </Fact>
        </dl>
        <ReceiptFiles gstin id=consent.id ended=true />
        <p class="screen-only">{text.receipt.keep}</p>
        <p class="screen-only">
            <a class="button" href=paths::access_now(gstin)>
                {text.receipt.back}
            </a>
        </p>
    }
    .into_any()
}
