//! What all ASPs fetched of a taxpayer's data: by day, and by return.

use leptos::prelude::*;
use leptos_meta::Title;

use super::address::use_gstin;
use crate::{
    api::{usage, views::UsagePage},
    components::{DayChart, Loaded, Tab, Tabs},
    model::{gstin::Gstin, ist, return_type::ReturnType},
    text::{control::words as control_words, use_text},
};

#[component]
pub(super) fn FetchedScreen() -> impl IntoView {
    let (text, gstin) = (use_text(), use_gstin());
    let page = Resource::new(
        move || gstin.get(),
        async |gstin| {
            let gstin = gstin?;
            Ok((gstin, usage::usage_by_day(gstin, None).await?))
        },
    );
    view! {
        <Title text=text.control.fetched.title />
        <Loaded from=page render=|(gstin, page)| show(gstin, page) />
    }
}

fn show(gstin: Gstin, page: UsagePage) -> AnyView {
    let text = use_text();
    let t = &text.control.fetched;
    let UsagePage { as_of, days } = page;
    let rows = ReturnType::ALL
        .into_iter()
        .filter_map(|kind| {
            let of = || days.iter().filter(|day| day.returns == kind);
            let (passed, refused) = of().fold((0, 0), |sum, day| (sum.0 + day.passed, sum.1 + day.refused));
            let last = of().map(|day| day.day).max()?;
            Some(view! {
                <tr role="row">
                    <th role="rowheader" scope="row">{control_words::kind(text, kind)}</th>
                    <td role="cell" class="number" data-label=t.passed>{passed}</td>
                    <td role="cell" class="number" data-label=t.refused>{refused}</td>
                    <td role="cell" data-label=t.last>
                        {crate::model::restriction::start_of(last).map(ist::date)}
                    </td>
                </tr>
            })
        })
        .collect_view();
    let body = if days.is_empty() {
        view! { <p class="empty">{t.nothing}</p> }.into_any()
    } else {
        view! {
            <DayChart usage=days />
            <h2 id="kinds">{t.what}</h2>
            <table class="cards" role="table" aria-labelledby="kinds">
                <thead role="rowgroup">
                    <tr role="row">
                        <th role="columnheader" scope="col">{t.what}</th>
                        <th role="columnheader" scope="col" class="number">{t.passed}</th>
                        <th role="columnheader" scope="col" class="number">{t.refused}</th>
                        <th role="columnheader" scope="col">{t.last}</th>
                    </tr>
                </thead>
                <tbody role="rowgroup">{rows}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <Tabs gstin current=Tab::Fetched />
        <h1>{t.title}</h1>
        <p class="lead">{t.lead_all}</p>
        {body}
        <p class="quiet">{(text.access.as_of)(&ist::minute(as_of))}</p>
    }
    .into_any()
}
