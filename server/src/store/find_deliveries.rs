//! A search over the deliveries of all taxpayers, and what both engines make of their counts. In words that both
//! understand; every value is bound.

use app::model::{
    Timestamp,
    alert::{Channel, DeliveryState},
};
use sqlx::{Database, Encode, QueryBuilder, Type};
use uuid::Uuid;

use super::{
    StoreError, id_order,
    port::{DeliveryCount, DeliverySearch, FAILED, TAKEN_OVER, WAITING},
    value,
};

/// The page is cut before anything is joined to it: a row has one alert and one newest attempt, each found by its key.
const SELECT: &str = "select delivery.gstin, delivery.id, delivery.alert_id, channel, recipient_id, contact_id, state,
        due_at, attempts, accepted_at, verdict, reason, heard_at, report_due_at, repeated_at, consent_id, kind, matter,
        owed_at, attempt.at as attempted_at, provider, outcome
     from (select * from delivery where id >= ";
const JOIN_ALERT: &str = ") as delivery
     join alert on alert.gstin = delivery.gstin and alert.id = delivery.alert_id and alert.id >= ";
const JOIN_LAST_ATTEMPT: &str =
    " left join attempt on attempt.gstin = delivery.gstin and attempt.delivery_id = delivery.id
        and attempt.number = delivery.attempts and attempt.delivery_id >= ";
/// A value and not a join: what a page is made of is read in its order, and no further than the page.
const KIND_OF_ALERT: &str = " and (select kind from alert where alert.gstin = delivery.gstin
        and alert.id = delivery.alert_id and alert.id >= ";
/// Word for word what the indexes of these states are made for.
const AMONG_FAILED: &str = " and state in ('permanent_failure', 'technical_failure', 'expired')";
const AMONG_WAITING: &str = " and state in ('queued', 'sending', 'temporary_failure')";

/// The ids of what was owed in a span: from the first one on, below the second one.
pub(super) fn owed_within(since: Timestamp, until: Option<Timestamp>) -> (Uuid, Uuid) {
    (id_order::first_id(since), until.map_or(Uuid::max(), id_order::first_id))
}

/// The statement; `id` is how an engine keeps an id.
pub(super) fn query<DB, I>(search: &DeliverySearch, id: fn(Uuid) -> I) -> Result<QueryBuilder<DB>, StoreError>
where
    DB: Database,
    String: for<'q> Encode<'q, DB> + Type<DB>,
    I: for<'q> Encode<'q, DB> + Type<DB>,
{
    let DeliverySearch { since, until, states, channel, kind, gstin, after, limit } = search;
    let (from, below) = owed_within(*since, *until);
    let below = after.map_or(below, |after| below.min(after.0));
    // Bounds on each table's own ids, by which PostgreSQL leaves out the parts that hold nothing of that span.
    let of_alerts = id_order::around(from);
    let mut query = QueryBuilder::new(SELECT);
    query.push_bind(id(from)).push(" and id < ").push_bind(id(below));
    if let Some(gstin) = gstin {
        query.push(" and gstin = ").push_bind(gstin.to_string());
    }
    if let Some(channel) = channel {
        query.push(" and channel = ").push_bind(value::name(channel)?);
    }
    if !states.is_empty() {
        for (set, among) in [(FAILED, AMONG_FAILED), (WAITING, AMONG_WAITING)] {
            if states.iter().all(|state| set.contains(state)) {
                query.push(among);
            }
        }
        query.push(" and state in (");
        let mut all = query.separated(", ");
        for state in states {
            all.push_bind(value::name(state)?);
        }
        query.push(")");
    }
    if let Some(kind) = kind {
        query.push(KIND_OF_ALERT).push_bind(id(of_alerts)).push(") = ").push_bind(value::name(kind)?);
    }
    query.push(format!(" order by id desc limit {limit}"));
    query.push(JOIN_ALERT).push_bind(id(of_alerts));
    query.push(JOIN_LAST_ATTEMPT).push_bind(id(from)).push(" and attempt.delivery_id < ").push_bind(id(below));
    query.push(" order by delivery.id desc");
    Ok(query)
}

/// What one pass over the deliveries of a span saw: rows by channel and state.
pub(super) type Pass = Vec<(Channel, DeliveryState, u32)>;

/// Each channel and state once, out of the passes over those that failed, those that wait, and all. A pass that was full was
/// cut short: what it says of any state is the least.
pub(super) fn counts(failed: &Pass, waiting: &Pass, all: &Pass, up_to: u32) -> Vec<DeliveryCount> {
    let mut counts = Vec::new();
    for (states, pass) in [(&FAILED[..], failed), (&WAITING[..], waiting), (&TAKEN_OVER[..], all)] {
        let more = pass.iter().map(|(_, _, seen)| seen).sum::<u32>() >= up_to;
        for state in states {
            for channel in Channel::ALL {
                let of = pass.iter().find(|(by, in_state, _)| (*by, in_state) == (channel, state));
                counts.push(DeliveryCount { channel, state: *state, seen: of.map_or(0, |(_, _, seen)| *seen), more });
            }
        }
    }
    counts
}
