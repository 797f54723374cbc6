//! A search over consents, put together from what is asked for, in words that both engines understand. Every part is ours;
//! every value is bound.

use app::model::{
    filter::{Sort, StateFilter},
    page::ROWS_MAX,
};
use sqlx::{Database, Encode, QueryBuilder, Type};
use uuid::Uuid;

use super::{StoreError, id_order, port::Search, value};

/// When a consent ends or ended.
const ENDS: &str = "coalesce(consent.ended_at, consent.restricted_until, consent.valid_until)";
/// When it was last used; the epoch where it never was.
const LAST_USED: &str = "coalesce(usage.last_passed_at, 0)";

/// `select` is all before `where`; `id` is how an engine keeps an id.
pub(super) fn query<DB, I>(select: &str, search: &Search, id: fn(Uuid) -> I) -> Result<QueryBuilder<DB>, StoreError>
where
    DB: Database,
    String: for<'q> Encode<'q, DB> + Type<DB>,
    i64: for<'q> Encode<'q, DB> + Type<DB>,
    I: for<'q> Encode<'q, DB> + Type<DB>,
{
    let Search { gstins, open, filter, now, after } = search;
    let mut query = QueryBuilder::new(select);
    query.push("where consent.gstin in (");
    let mut all = query.separated(", ");
    for gstin in gstins {
        all.push_bind(gstin.to_string());
    }
    query.push(")");
    if *open {
        query
            .push(" and ended_at is null and coalesce(restricted_until, valid_until) > ")
            .push_bind(value::micros(*now));
        query.push(" and consent.id >= ").push_bind(id(id_order::oldest_live(*now)));
    } else {
        query.push(" and (ended_at is not null or coalesce(restricted_until, valid_until) <= ");
        query.push_bind(value::micros(*now)).push(")");
    }
    for (column, name) in [("asp.name", &filter.asp), ("gsp.name", &filter.gsp)] {
        if let Some(name) = name {
            query.push(format!(" and lower({column}) like ")).push_bind(like(name)).push(" escape '!'");
        }
    }
    match filter.state {
        None => {}
        Some(StateFilter::Live) => _ = query.push(" and paused_at is null"),
        Some(StateFilter::Paused) => _ = query.push(" and paused_at is not null"),
        Some(StateFilter::NeverUsed) => _ = query.push(" and last_passed_at is null"),
        Some(StateFilter::Expired) => _ = query.push(" and ended_at is null"),
        Some(ended) => {
            let reason = value::name(ended)?;
            query.push(" and end_reason like ").push_bind(format!("{{\"why\":\"{reason}\"%"));
        }
    }
    let (from, to) = filter.granted_within();
    if let Some(from) = from {
        query.push(" and granted_at >= ").push_bind(value::micros(from));
    }
    if let Some(to) = to {
        query.push(" and granted_at < ").push_bind(value::micros(to));
    }
    if let Some(returns) = filter.returns {
        query.push(
            " and exists (select 1 from usage_of_day where usage_of_day.gstin = consent.gstin
                and usage_of_day.consent_id = consent.id and return_type = ",
        );
        query.push_bind(value::name(returns)?).push(")");
    }
    let (key, down) = match filter.sort {
        Sort::Newest => ("consent.granted_at", true),
        Sort::Oldest => ("consent.granted_at", false),
        Sort::EndsFirst => (ENDS, false),
        Sort::EndsLast => (ENDS, true),
        Sort::LastUsed => (LAST_USED, true),
    };
    if let Some(after) = after {
        query.push(format!(" and ({key}, consent.id) {} (", if down { "<" } else { ">" }));
        query.push_bind(value::micros(after.at)).push(", ").push_bind(id(after.id)).push(")");
    }
    let way = if down { "desc" } else { "asc" };
    query.push(format!(" order by {key} {way}, consent.id {way} limit {}", ROWS_MAX + 1));
    Ok(query)
}

/// A pattern for a name that has this in it.
pub(super) fn like(name: &str) -> String {
    let mut pattern = String::from("%");
    for letter in name.to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}
