//! The page after "I did not give this": the reference number, and what happens next.

use leptos::prelude::*;
use leptos_meta::Title;

use super::address::use_consent_key;
use crate::{
    api::{ServiceError, consents, views::ConsentPage},
    components::{Fact, Loaded, Moment, Safety, Tabs},
    paths,
    text::use_text,
};

#[component]
pub(super) fn Report() -> impl IntoView {
    let text = use_text();
    let key = use_consent_key();
    let report = Resource::new(
        move || key.get(),
        async |key| {
            let (gstin, id) = key?;
            let page = consents::consent(gstin, id).await?;
            // Where nothing was reported, the page does not exist.
            let reference = page.reported.clone().ok_or(ServiceError::NotFound)?;
            Ok((reference, page))
        },
    );
    view! {
        <Title text=text.control.report.title />
        <Loaded from=report render=|(reference, page)| show(reference, page) />
    }
}

fn show(reference: String, page: ConsentPage) -> AnyView {
    let text = use_text();
    let t = &text.control.report;
    let (consent, asp) = (page.row.consent, page.row.asp);
    let (gstin, id) = (consent.gstin, consent.id);
    let at = consent.ended.map(|ending| {
        view! {
            <Fact label=t.at>
                <Moment at=ending.at seconds=true />
            </Fact>
        }
    });
    view! {
        <Tabs gstin />
        <h1>{t.title}</h1>
        <p class="lead">{(t.lead)(&asp)}</p>
        <dl class="facts receipt">
            <Fact label=t.number>
                <code>{reference}</code>
            </Fact>
            <Fact label=text.access.asp>{asp}</Fact>
            <Fact label=text.access.gsp>{page.row.gsp}</Fact>
            <Fact label="GSTIN">{gstin.to_string()}</Fact>
            {at}
        </dl>
        <p>{t.next}</p>
        <p class="strong">{t.call}</p>
        <div class="choices screen-only">
            <a class="button" href=paths::receipt(gstin, id)>
                {t.receipt}
            </a>
            <a class="button" href=paths::access_now(gstin)>
                {t.back}
            </a>
        </div>
        <Safety />
    }
    .into_any()
}
