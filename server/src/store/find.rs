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
    // An id is of the moment of its grant: bounds on ids leave out the parts of a table that hold nothing of those days.
    let (from, to) = filter.granted_within();
    if let Some(from) = from {
        query.push(" and consent.id >= ").push_bind(id(id_order::first_id(from)));
    }
    if let Some(to) = to {
        query.push(" and consent.id < ").push_bind(id(id_order::first_id(to)));
    }
    if let Some(returns) = filter.returns {
        query.push(
            " and exists (select 1 from usage_of_day where usage_of_day.gstin = consent.gstin
                and usage_of_day.consent_id = consent.id and return_type = ",
        );
        query.push_bind(value::name(returns)?).push(")");
    }
    // By grant is by id: an index has them in that order, so that a page is read and not the years behind it.
    let (key, down) = match filter.sort {
        Sort::Newest => (None, true),
        Sort::Oldest => (None, false),
        Sort::EndsFirst => (Some(ENDS), false),
        Sort::EndsLast => (Some(ENDS), true),
        Sort::LastUsed => (Some(LAST_USED), true),
    };
    if let Some(after) = after {
        let beyond = if down { "<" } else { ">" };
        if let Some(key) = key {
            query.push(format!(" and ({key}, consent.id) {beyond} ("));
            query.push_bind(value::micros(after.at)).push(", ").push_bind(id(after.id)).push(")");
        } else {
            query.push(format!(" and consent.id {beyond} ")).push_bind(id(after.id));
        }
    }
    let way = if down { "desc" } else { "asc" };
    let key = key.map(|key| format!("{key} {way}, ")).unwrap_or_default();
    query.push(format!(" order by {key}consent.id {way} limit {}", ROWS_MAX + 1));
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
