//! Columns of SQLite: ids and hashes as blobs, the rest as [`value`](super::super::value) has it.

use app::model::{Timestamp, alert::Matter, gstin::Gstin};
use serde::de::DeserializeOwned;
use sqlx::{Row, sqlite::SqliteRow};
use uuid::Uuid;

pub(super) use crate::store::value::{at_micros, exactly, kind_and_details, micros, name, one, to_json};
use crate::{
    store::{StoreError, value},
    vault::KeyedHash,
};

/// Ids as a JSON list of their hexadecimal forms, for `unhex(value)` over `json_each`: one statement for many.
pub(super) fn id_list(ids: impl Iterator<Item = Uuid>) -> String {
    json_list(ids.map(|id| format!("\"{:X}\"", id.simple())))
}

/// GSTINs with ids, likewise, as pairs.
pub(super) fn pair_list(pairs: impl Iterator<Item = (Gstin, Uuid)>) -> String {
    json_list(pairs.map(|(gstin, id)| format!("[\"{gstin}\",\"{:X}\"]", id.simple())))
}

/// GSTINs with moments, likewise.
pub(super) fn moment_list(pairs: &[(Gstin, Timestamp)]) -> String {
    json_list(pairs.iter().map(|(gstin, at)| format!("[\"{gstin}\",{}]", micros(*at))))
}

/// GSTINs as a JSON list.
pub(super) fn gstin_list(gstins: &[Gstin]) -> String {
    json_list(gstins.iter().map(|gstin| format!("\"{gstin}\"")))
}

fn json_list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

pub(super) fn moment(row: &SqliteRow, column: &str) -> Result<Timestamp, StoreError> {
    at_micros(row.try_get(column)?)
}

pub(super) fn maybe_moment(row: &SqliteRow, column: &str) -> Result<Option<Timestamp>, StoreError> {
    row.try_get::<Option<i64>, _>(column)?.map(at_micros).transpose()
}

pub(super) fn id(row: &SqliteRow, column: &str) -> Result<Uuid, StoreError> {
    let bytes: &[u8] = row.try_get(column)?;
    Uuid::from_slice(bytes).map_err(|_| StoreError::Unreadable(format!("id in {column}")))
}

/// The same, where there may be none.
pub(super) fn maybe_id(row: &SqliteRow, column: &str) -> Result<Option<Uuid>, StoreError> {
    let Some(bytes) = row.try_get::<Option<&[u8]>, _>(column)? else { return Ok(None) };
    Uuid::from_slice(bytes).map(Some).map_err(|_| StoreError::Unreadable(format!("id in {column}")))
}

pub(super) fn hash(row: &SqliteRow, column: &str) -> Result<KeyedHash, StoreError> {
    let bytes: &[u8] = row.try_get(column)?;
    bytes.try_into().map(KeyedHash).map_err(|_| StoreError::Unreadable(format!("hash in {column}")))
}

/// The same, where there may be none.
pub(super) fn maybe_hash(row: &SqliteRow, column: &str) -> Result<Option<KeyedHash>, StoreError> {
    let Some(bytes) = row.try_get::<Option<&[u8]>, _>(column)? else { return Ok(None) };
    bytes.try_into().map(|hash| Some(KeyedHash(hash))).map_err(|_| StoreError::Unreadable(format!("hash in {column}")))
}

pub(super) fn parsed<T: std::str::FromStr>(row: &SqliteRow, column: &str) -> Result<T, StoreError> {
    value::parsed(row.try_get(column)?, column)
}

/// The same, where there may be none.
pub(super) fn maybe_parsed<T: std::str::FromStr>(row: &SqliteRow, column: &str) -> Result<Option<T>, StoreError> {
    row.try_get::<Option<&str>, _>(column)?.map(|text| value::parsed(text, column)).transpose()
}

pub(super) fn word<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<T, StoreError> {
    value::word(row.try_get(column)?, column)
}

/// The same, where there may be none.
pub(super) fn maybe_word<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<Option<T>, StoreError> {
    row.try_get::<Option<&str>, _>(column)?.map(|text| value::word(text, column)).transpose()
}

pub(super) fn json<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<T, StoreError> {
    value::json(row.try_get(column)?, column)
}

/// The same, where there may be none.
pub(super) fn maybe_json<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<Option<T>, StoreError> {
    row.try_get::<Option<&str>, _>(column)?.map(|text| value::json(text, column)).transpose()
}

/// What an alert tells.
pub(super) fn matter(row: &SqliteRow) -> Result<Matter, StoreError> {
    value::matter(row.try_get("kind")?, row.try_get("matter")?)
}
