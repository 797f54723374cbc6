//! The question before ending several consents at once, of one taxpayer or of many; and what became of each.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use crate::{
    api::{
        SELECTED_MAX, ServiceError, consents,
        me::me,
        views::{AccessList, AccessRow, Me, TaxpayerChoice},
    },
    components::{AccessTable, Choices, Done, Loaded, NotYours, Show, Tabs, WentWrong},
    model::{
        Timestamp,
        consent::Wish,
        filter::ConsentFilter,
        gstin::Gstin,
        id::ConsentId,
        role::{Move, NotYours as Reason},
    },
    paths,
    text::{use_text, words},
};

/// What the address names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    /// These.
    Chosen(Vec<(Gstin, ConsentId)>),
    /// All live ones of a taxpayer.
    AllOf(Gstin),
    /// All live ones of every taxpayer.
    Every,
}

fn use_named() -> Memo<Result<Named, ServiceError>> {
    let query = use_query_map();
    Memo::new(move |_| {
        query.with(|query| match query.get_str("all") {
            Some("every") => Ok(Named::Every),
            Some(gstin) => gstin.parse().map(Named::AllOf).map_err(|_| ServiceError::Unreadable),
            None => {
                let chosen = query.get_all("chosen").unwrap_or_default();
                let chosen = chosen.iter().take(SELECTED_MAX).map(|text| paths::read_chosen(text));
                chosen.collect::<Option<_>>().map(Named::Chosen).ok_or(ServiceError::Unreadable)
            }
        })
    })
}

/// The consents that were named, as they are now.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Several {
    as_of: Option<Timed>,
    rows: Vec<AccessRow>,
    taxpayers: Vec<TaxpayerChoice>,
    /// Where the person may end none of them: why not.
    refused: Option<Reason>,
}

/// A moment that travels in a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Timed(#[serde(with = "crate::model::moment")] Timestamp);

async fn load(named: Named) -> Result<Several, ServiceError> {
    let Me { taxpayers, .. } = me().await?;
    let (mut as_of, mut rows) = (None, Vec::new());
    match named {
        Named::Chosen(chosen) => {
            for (gstin, id) in chosen {
                let page = consents::consent(gstin, id).await?;
                as_of = Some(Timed(page.as_of));
                rows.push(page.row);
            }
        }
        Named::AllOf(_) | Named::Every => {
            let mut after = None;
            loop {
                let all = ConsentFilter::default();
                let AccessList { as_of: now, page } = match named {
                    Named::AllOf(gstin) => consents::access_now(gstin, all, after).await?,
                    _ => consents::everywhere(all, after).await?,
                };
                as_of = Some(Timed(now));
                rows.extend(page.rows);
                after = page.next;
                if after.is_none() || rows.len() >= SELECTED_MAX {
                    break;
                }
            }
            rows.truncate(SELECTED_MAX);
        }
    }
    let role = |gstin| taxpayers.iter().find(|one| one.gstin == gstin).map(|one| one.role).unwrap_or_default();
    let may = |row: &AccessRow| role(row.consent.gstin).may(Move::Tighten);
    let refused = rows.iter().find_map(|row| may(row).err()).filter(|_| rows.iter().all(|row| may(row).is_err()));
    Ok(Several { as_of, rows, taxpayers, refused })
}

/// The taxpayers to be told in a column of their own: none where all rows are one taxpayer's.
fn told(several: &Several) -> (Option<Gstin>, Vec<TaxpayerChoice>) {
    let one = several.rows.first().map(|row| row.consent.gstin);
    if several.rows.iter().all(|row| Some(row.consent.gstin) == one) {
        (one, Vec::new())
    } else {
        (None, several.taxpayers.clone())
    }
}

/// The question.
#[component]
pub(super) fn RevokeMany() -> impl IntoView {
    let named = use_named();
    let several = Resource::new(
        move || named.get(),
        async |named| {
            let named = named?;
            let mut several = load(named).await?;
            if let Some(Timed(as_of)) = several.as_of {
                several.rows.retain(|row| row.consent.may(Wish::Revoke, as_of).is_ok());
            }
            Ok(several)
        },
    );
    view! { <Loaded from=several render=question /> }
}

fn question(several: Several) -> AnyView {
    let text = use_text();
    let t = &text.control.several;
    let (gstin, taxpayers) = told(&several);
    let count = several.rows.len();
    let back = gstin.map_or_else(|| "/".to_owned(), paths::access_now);
    let title = if count == 0 { t.none_title.to_owned() } else { (t.title)(count) };
    let tabs = gstin.map(|gstin| view! { <Tabs gstin /> });
    let body = match (several.refused, several.as_of) {
        (Some(reason), _) => view! { <NotYours title reason back /> }.into_any(),
        (None, Some(Timed(as_of))) if count > 0 => {
            let fields = several
                .rows
                .iter()
                .map(|row| {
                    let value = paths::chosen(row.consent.gstin, row.consent.id);
                    view! { <input type="hidden" name="chosen[]" value=value /> }
                })
                .collect_view();
            view! {
                <Title text=title.clone() />
                <h1>{title}</h1>
                <WentWrong />
                <ul class="plain-words">
                    <li class="strong">{t.each}</li>
                    <li class="strong">{t.final_word}</li>
                    <li>{t.told}</li>
                    {(count >= SELECTED_MAX).then(|| view! { <li>{t.more}</li> })}
                </ul>
                <form method="post" action="/api/revoke-many">
                    {fields}
                    <Choices button=(t.button)(count) takes_away=true cancel=back cancel_words=t.cancel />
                </form>
                <h2>{t.listed}</h2>
                <AccessTable rows=several.rows as_of show=Show::Now taxpayers />
            }
            .into_any()
        }
        _ => view! {
            <Title text=title.clone() />
            <h1>{title}</h1>
            <div class="empty">
                <p>{t.none}</p>
            </div>
            <p>
                <a class="button" href=back>
                    {text.control.asked.back}
                </a>
            </p>
        }
        .into_any(),
    };
    view! {
        {tabs}
        {body}
    }
    .into_any()
}

/// What became of each.
#[component]
pub(super) fn RevokedMany() -> impl IntoView {
    let named = use_named();
    let several = Resource::new(move || named.get(), async |named| load(named?).await);
    view! { <Loaded from=several render=results /> }
}

fn results(several: Several) -> AnyView {
    let text = use_text();
    let t = &text.control.several;
    let (gstin, _) = told(&several);
    let Some(Timed(as_of)) = several.as_of else { return question(several) };
    let count = several.rows.len();
    let open: Vec<_> = several
        .rows
        .iter()
        .filter(|row| row.consent.is_open(as_of))
        .map(|row| format!("chosen={}", paths::chosen(row.consent.gstin, row.consent.id)))
        .collect();
    let words = if open.is_empty() { (t.all_ended)(count) } else { (t.some_ended)(count - open.len(), count) };
    let again = (!open.is_empty()).then(|| {
        view! {
            <a class="button danger" href=format!("{}?{}", paths::REVOKE_MANY, open.join("&"))>
                {t.again}
            </a>
        }
    });
    let rows = several.rows.into_iter().map(|row| view! { <Outcome row as_of /> }).collect_view();
    view! {
        <Title text=t.result_title />
        {gstin.map(|gstin| view! { <Tabs gstin /> })}
        <h1>{t.result_title}</h1>
        <Done words />
        <table class="cards" role="table">
            <caption>{t.result_title}</caption>
            <thead role="rowgroup">
                <tr role="row">
                    <th role="columnheader" scope="col">{text.access.asp}</th>
                    <th role="columnheader" scope="col">{text.access.gsp}</th>
                    <th role="columnheader" scope="col">"GSTIN"</th>
                    <th role="columnheader" scope="col">{t.outcome}</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{rows}</tbody>
        </table>
        <div class="choices">
            {again}
            <a class="button" href=gstin.map_or_else(|| "/".to_owned(), paths::access_now)>
                {text.receipt.back}
            </a>
        </div>
    }
    .into_any()
}

#[component]
fn Outcome(row: AccessRow, as_of: Timestamp) -> impl IntoView {
    let text = use_text();
    let t = &text.control.several;
    let AccessRow { consent, asp, gsp, .. } = row;
    let outcome = if consent.is_open(as_of) {
        view! { <span class="badge halted">{t.not_ended}</span> }.into_any()
    } else if consent.ended.is_some() {
        view! {
            <div>
                <span class="badge kept">{t.ended}</span>
                " "
                <a class="asp" href=paths::receipt(consent.gstin, consent.id)>
                    {(t.receipt_of)(&asp)}
                </a>
            </div>
        }
        .into_any()
    } else {
        view! { <span class="badge">{words::status(text, &consent, as_of)}</span> }.into_any()
    };
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">{asp.clone()}</th>
            <td role="cell" data-label=text.access.gsp>{gsp}</td>
            <td role="cell" data-label="GSTIN">{consent.gstin.to_string()}</td>
            <td role="cell" data-label=t.outcome>{outcome}</td>
        </tr>
    }
}
