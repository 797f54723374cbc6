//! Columns of PostgreSQL: ids as uuid, hashes as bytea, the rest as [`value`](super::super::value) has it.

use app::model::{Timestamp, alert::Matter};
use serde::de::DeserializeOwned;
use sqlx::{Row, postgres::PgRow};
use uuid::Uuid;

pub(super) use crate::store::value::{at_micros, kind_and_details, micros, name, one, to_json};
use crate::{
    store::{StoreError, value},
    vault::KeyedHash,
};

pub(super) fn moment(row: &PgRow, column: &str) -> Result<Timestamp, StoreError> {
    at_micros(row.try_get(column)?)
}

pub(super) fn maybe_moment(row: &PgRow, column: &str) -> Result<Option<Timestamp>, StoreError> {
    row.try_get::<Option<i64>, _>(column)?.map(at_micros).transpose()
}

pub(super) fn id(row: &PgRow, column: &str) -> Result<Uuid, StoreError> {
    Ok(row.try_get(column)?)
}

/// The same, where there may be none.
pub(super) fn maybe_id(row: &PgRow, column: &str) -> Result<Option<Uuid>, StoreError> {
    Ok(row.try_get(column)?)
}

pub(super) fn hash(row: &PgRow, column: &str) -> Result<KeyedHash, StoreError> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map(KeyedHash).map_err(|_| StoreError::Unreadable(format!("hash in {column}")))
}

/// The same, where there may be none.
pub(super) fn maybe_hash(row: &PgRow, column: &str) -> Result<Option<KeyedHash>, StoreError> {
    let Some(bytes) = row.try_get::<Option<&[u8]>, _>(column)? else { return Ok(None) };
    bytes.try_into().map(|hash| Some(KeyedHash(hash))).map_err(|_| StoreError::Unreadable(format!("hash in {column}")))
}

pub(super) fn parsed<T: std::str::FromStr>(row: &PgRow, column: &str) -> Result<T, StoreError> {
    value::parsed(row.try_get(column)?, column)
}

/// The same, where there may be none.
pub(super) fn maybe_parsed<T: std::str::FromStr>(row: &PgRow, column: &str) -> Result<Option<T>, StoreError> {
    row.try_get::<Option<&str>, _>(column)?.map(|text| value::parsed(text, column)).transpose()
}

pub(super) fn word<T: DeserializeOwned>(row: &PgRow, column: &str) -> Result<T, StoreError> {
    value::word(row.try_get(column)?, column)
}

/// The same, where there may be none.
pub(super) fn maybe_word<T: DeserializeOwned>(row: &PgRow, column: &str) -> Result<Option<T>, StoreError> {
    row.try_get::<Option<&str>, _>(column)?.map(|text| value::word(text, column)).transpose()
}

pub(super) fn json<T: DeserializeOwned>(row: &PgRow, column: &str) -> Result<T, StoreError> {
    value::json(row.try_get(column)?, column)
}

/// A number that the model keeps smaller than the column does.
pub(super) fn small<T: TryFrom<i64>>(row: &PgRow, column: &str) -> Result<T, StoreError> {
    value::small(row.try_get(column)?, column)
}

/// The same, where there may be none.
pub(super) fn maybe_json<T: DeserializeOwned>(row: &PgRow, column: &str) -> Result<Option<T>, StoreError> {
    row.try_get::<Option<&str>, _>(column)?.map(|text| value::json(text, column)).transpose()
}

/// What an alert tells.
pub(super) fn matter(row: &PgRow) -> Result<Matter, StoreError> {
    value::matter(row.try_get("kind")?, row.try_get("matter")?)
}
