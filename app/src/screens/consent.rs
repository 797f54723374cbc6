//! A consent's own page: its facts, what happened to it, what was told about it, its calls.

use leptos::prelude::*;
use leptos_meta::Title;

use super::address::{use_after, use_consent_key};
use crate::{
    api::{consents, views::ConsentPage},
    components::{AlertTable, CallTable, ConsentFacts, EventTable, Loaded, Pager, ReceiptFiles, Safety, Tabs},
    model::{consent::Wish, ist},
    paths,
    text::use_text,
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
    let ConsentPage { as_of, row, events, alerts, calls, .. } = page;
    let (gstin, id) = (row.consent.gstin, row.consent.id);
    let title = (text.consent.title)(&row.asp);
    let may_revoke = row.consent.may(Wish::Revoke, as_of).is_ok();
    let has_receipt = row.consent.ended.is_some();
    let next = calls.next.clone();
    view! {
        <Title text=title.clone() />
        <Tabs gstin />
        <h1>{title}</h1>
        <ConsentFacts row as_of />
        {may_revoke
            .then(|| {
                view! {
                    <p>
                        <a class="button danger" href=paths::revoke(gstin, id)>
                            {text.consent.revoke}
                        </a>
                    </p>
                }
            })}
        {has_receipt
            .then(|| {
                view! {
                    <p>
                        <a class="button" href=paths::receipt(gstin, id)>
                            {text.consent.see_receipt}
                        </a>
                    </p>
                }
            })}
        <ReceiptFiles gstin id ended=has_receipt />
        <EventTable events />
        <AlertTable alerts />
        <CallTable calls=calls.rows />
        <Pager path=paths::consent(gstin, id) later next />
        <p class="quiet">{(text.access.as_of)(&ist::minute(as_of))}</p>
        <Safety />
    }
    .into_any()
}
