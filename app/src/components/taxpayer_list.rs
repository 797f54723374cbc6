//! The person's taxpayers, as links to *Access now* of each.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::{api::views::TaxpayerChoice, paths};

#[component]
pub(crate) fn TaxpayerList(taxpayers: Vec<TaxpayerChoice>) -> impl IntoView {
    let path = use_location().pathname;
    let links = taxpayers
        .into_iter()
        .map(|TaxpayerChoice { gstin, trade_name, .. }| {
            let current = move || path.with(|path| paths::gstin_of(path) == Some(gstin)).then_some("true");
            view! {
                <li>
                    <a href=paths::access_now(gstin) aria-current=current>
                        {trade_name}
                        " "
                        <span class="gstin">{gstin.to_string()}</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="taxpayer-list">{links}</ul> }
}
