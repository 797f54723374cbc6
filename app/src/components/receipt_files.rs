//! Files that a person takes along: plain links, which work without scripts.

use leptos::prelude::*;

use super::address;
use crate::{
    model::{
        filter::ConsentFilter,
        gstin::Gstin,
        id::ConsentId,
        language::Language,
        receipt::{FileFormat, ReceiptKind},
    },
    paths,
    text::{self, use_text},
};

/// The receipts of a consent.
#[component]
pub(crate) fn ReceiptFiles(gstin: Gstin, id: ConsentId, ended: bool) -> impl IntoView {
    let offer = &use_text().documents.offer;
    let kinds = if ended { &ReceiptKind::ALL[..] } else { &[ReceiptKind::Given] };
    let receipts = kinds
        .iter()
        .map(|kind| {
            let name = match kind {
                ReceiptKind::Given => offer.given,
                ReceiptKind::Ended => offer.ended,
            };
            let papers = text::spoken()
                .map(|language| {
                    let path = paths::receipt_file(gstin, id, *kind, "pdf");
                    paper(&path, language, (offer.to_print)(language.own_name()))
                })
                .collect_view();
            view! {
                <li>
                    <span class="strong">{name}</span>
                    <ul class="files">
                        <li>
                            <a href=paths::receipt_file(gstin, id, *kind, "json") rel="external" download>
                                {offer.signed_file}
                            </a>
                        </li>
                        {papers}
                        <li>
                            <a href=paths::verify_now(gstin, id, *kind) rel="external">
                                {offer.check_now}
                            </a>
                        </li>
                    </ul>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="screen-only" aria-labelledby="receipts">
            <h2 id="receipts">{offer.receipts}</h2>
            <p>{offer.lead}</p>
            <ul class="receipts">{receipts}</ul>
            <p>
                <a href=paths::VERIFY>{offer.how_to_check}</a>
            </p>
        </section>
    }
}

/// The history as files: all of it, or what was found.
#[component]
pub(crate) fn HistoryFiles(gstin: Gstin, filter: ConsentFilter) -> impl IntoView {
    let offer = &use_text().documents.offer;
    let filter = filter.for_file();
    let file = |format| address(&paths::history_file(gstin, format), &filter);
    let papers = text::spoken()
        .map(|language| paper(&file(FileFormat::Pdf), language, (offer.to_print)(language.own_name())))
        .collect_view();
    let (csv, json_lines) = (file(FileFormat::Csv), file(FileFormat::JsonLines));
    let heading = if filter.is_everything() { offer.history } else { offer.history_found };
    view! {
        <section class="screen-only" aria-labelledby="whole-history">
            <h2 id="whole-history">{heading}</h2>
            <p>{offer.history_lead}</p>
            <ul class="files">
                <li>
                    <a href=csv rel="external" download>
                        {offer.csv}
                    </a>
                </li>
                <li>
                    <a href=json_lines rel="external" download>
                        {offer.json_lines}
                    </a>
                </li>
                {papers}
            </ul>
            <p>
                <a href=paths::VERIFY>{offer.how_to_check}</a>
            </p>
        </section>
    }
}

fn paper(path: &str, language: Language, words: String) -> impl IntoView + use<> {
    let separator = if path.contains('?') { '&' } else { '?' };
    view! {
        <li>
            <a href=format!("{path}{separator}language={}", language.tag()) hreflang=language.tag() rel="external" download>
                {words}
            </a>
        </li>
    }
}
