//! Values as both engines keep them: moments as microseconds, words by their serde names, structures as JSON.

use app::model::{
    Timestamp,
    alert::Matter,
    merkle::Hash,
    throttle::{RateLimit, Throttle},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::StoreError;

pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

pub(super) fn at_micros(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::Unreadable(format!("moment {micros}")))
}

/// A value whose text form is parsed: a GSTIN, say.
pub(super) fn parsed<T: std::str::FromStr>(text: &str, column: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Unreadable(format!("{text:?} in {column}")))
}

/// A unit variant of an enum, by the name that serde gives it.
pub(super) fn word<T: DeserializeOwned>(text: &str, column: &str) -> Result<T, StoreError> {
    serde_json::from_value(text.into()).map_err(|_| StoreError::Unreadable(format!("{text:?} in {column}")))
}

/// The name that serde gives a unit variant.
pub(super) fn name<T: Serialize>(variant: T) -> Result<String, StoreError> {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        _ => Err(StoreError::Unreadable("a variant with no plain name".into())),
    }
}

/// A structured value, out of its JSON.
pub(super) fn json<T: DeserializeOwned>(text: &str, column: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Unreadable(format!("JSON in {column}")))
}

/// A structured value's JSON.
pub(super) fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Unreadable("a value with no JSON".into()))
}

/// What an alert tells, out of its kind and, where it has any, its details.
pub(super) fn matter(kind: &str, details: Option<&str>) -> Result<Matter, StoreError> {
    match details {
        Some(details) => json(details, "matter"),
        None => serde_json::from_value(serde_json::json!({ "kind": kind }))
            .map_err(|_| StoreError::Unreadable(format!("{kind:?} in kind"))),
    }
}

/// Kind and details of what an alert tells.
pub(super) fn kind_and_details(matter: &Matter) -> Result<(String, Option<String>), StoreError> {
    let kind = name(matter.kind())?;
    let plain = serde_json::json!({ "kind": kind });
    let whole = serde_json::to_value(matter).map_err(|_| StoreError::Unreadable("a matter with no JSON".into()))?;
    Ok((kind, (whole != plain).then(|| whole.to_string())))
}

/// What this version can read of rows of a queue, each with its id. One that it cannot, say of a newer version before a
/// rollback, is left to a server that can: it holds up no other, and the log names it.
pub(super) fn readable<T>(
    rows: impl Iterator<Item = Result<(Uuid, Result<T, StoreError>), StoreError>>,
) -> Result<Vec<T>, StoreError> {
    let mut read = Vec::with_capacity(rows.size_hint().0);
    for row in rows {
        match row? {
            (_, Ok(row)) => read.push(row),
            (id, Err(StoreError::Unreadable(why))) => tracing::error!(%id, "left to a server that can read it: {why}"),
            (_, Err(other)) => return Err(other),
        }
    }
    Ok(read)
}

/// A number that the model keeps smaller than the column does.
pub(super) fn small<T: TryFrom<i64>>(number: i64, column: &str) -> Result<T, StoreError> {
    T::try_from(number).map_err(|_| StoreError::Unreadable(format!("{number} in {column}")))
}

/// A number that the column keeps smaller than the model does: no count here comes near its end.
pub(super) fn large(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Bytes of a length that the column promises.
pub(super) fn array<const N: usize>(bytes: &[u8], column: &str) -> Result<[u8; N], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Unreadable(format!("{} bytes in {column}", bytes.len())))
}

/// Hashes as they lie side by side in a tile.
pub(super) fn hashes(bytes: &[u8]) -> Result<Vec<Hash>, StoreError> {
    let (hashes, rest) = bytes.as_chunks::<32>();
    if !rest.is_empty() {
        return Err(StoreError::Unreadable("half a hash in a tile".into()));
    }
    Ok(hashes.iter().copied().map(Hash).collect())
}

/// The bytes of hashes, side by side.
pub(super) fn side_by_side(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// What is remembered of one who asks after one more time, as it is kept; `None` where that would be one too many.
pub(super) fn admit(recent: Option<&str>, limit: RateLimit, now: Timestamp) -> Result<Option<String>, StoreError> {
    let throttle: Throttle = recent.map(|text| json(text, "recent")).transpose()?.unwrap_or_default();
    throttle.admit(&limit, now).as_ref().map(to_json).transpose()
}

/// Exactly one row was to change: none means that somebody else was first.
pub(super) fn one(rows: u64) -> Result<(), StoreError> {
    exactly(1, rows)
}

/// Exactly so many rows were to change.
pub(super) fn exactly(due: u64, rows: u64) -> Result<(), StoreError> {
    if rows == due { Ok(()) } else { Err(StoreError::Conflict) }
}
