//! Between columns and the model: ids as blobs, moments as microseconds, words as their serde names.

use app::model::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

use crate::{store::StoreError, vault::KeyedHash};

pub(super) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

pub(super) fn moment(row: &SqliteRow, column: &str) -> Result<Timestamp, StoreError> {
    at_micros(row.try_get(column)?)
}

pub(super) fn maybe_moment(row: &SqliteRow, column: &str) -> Result<Option<Timestamp>, StoreError> {
    row.try_get::<Option<i64>, _>(column)?.map(at_micros).transpose()
}

pub(super) fn at_micros(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::Unreadable(format!("moment {micros}")))
}

pub(super) fn id(row: &SqliteRow, column: &str) -> Result<Uuid, StoreError> {
    let bytes: &[u8] = row.try_get(column)?;
    Uuid::from_slice(bytes).map_err(|_| StoreError::Unreadable(format!("id in {column}")))
}

pub(super) fn hash(row: &SqliteRow, column: &str) -> Result<KeyedHash, StoreError> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map(KeyedHash).map_err(|_| StoreError::Unreadable(format!("hash in {column}")))
}

/// A value whose text form is parsed: a GSTIN, say.
pub(super) fn parsed<T: std::str::FromStr>(row: &SqliteRow, column: &str) -> Result<T, StoreError> {
    let text: &str = row.try_get(column)?;
    text.parse().map_err(|_| StoreError::Unreadable(format!("{text:?} in {column}")))
}

/// The same, where there may be none.
pub(super) fn maybe_parsed<T: std::str::FromStr>(row: &SqliteRow, column: &str) -> Result<Option<T>, StoreError> {
    match row.try_get::<Option<&str>, _>(column)? {
        Some(_) => parsed(row, column).map(Some),
        None => Ok(None),
    }
}

/// A unit variant of an enum, by the name that serde gives it.
pub(super) fn word<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<T, StoreError> {
    let text: &str = row.try_get(column)?;
    serde_json::from_value(text.into()).map_err(|_| StoreError::Unreadable(format!("{text:?} in {column}")))
}

/// The name that serde gives a unit variant.
pub(super) fn name<T: Serialize>(variant: T) -> Result<String, StoreError> {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        _ => Err(StoreError::Unreadable("a variant with no plain name".into())),
    }
}

/// A structured value, as JSON.
pub(super) fn json<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<T, StoreError> {
    let text: &str = row.try_get(column)?;
    serde_json::from_str(text).map_err(|_| StoreError::Unreadable(format!("JSON in {column}")))
}

/// A structured value's JSON.
pub(super) fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Unreadable("a value with no JSON".into()))
}

/// Exactly one row was to change: none means that somebody else was first.
pub(super) fn one(rows: u64) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}
