//! A copy of a SQLite file that is in use: whole, compact, and of one moment.

use std::{fs::File, io, path::Path};

use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::WAIT_FOR_LOCK;
use crate::store::StoreError;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The address names no database.
    #[error(transparent)]
    Address(#[from] StoreError),
    /// It is no file.
    #[error("PostgreSQL brings its own tools: pg_basebackup, pg_dump (docs/OPERATIONS.md, Backup and restore)")]
    OwnTools,
    /// Nothing is overwritten.
    #[error("{0} is there already")]
    Exists(String),
    /// The database cannot be read, or the copy not be written.
    #[error("the database could not be copied")]
    Database(#[from] sqlx::Error),
    /// The copy could not be made to last.
    #[error("the copy could not be written")]
    File(#[from] io::Error),
}

/// Copies a database, in use or not, into a new file. What was committed before this began is in it. It is under its
/// name only once it is whole and on the disk.
///
/// # Errors
/// [`BackupError`]; then there is no file of that name, or the one that was there.
pub(crate) async fn backup(database: &Path, to: &Path) -> Result<(), BackupError> {
    let unfinished = to.with_added_extension("unfinished");
    if let Some(there) = [to, &unfinished].into_iter().find(|file| file.exists()) {
        return Err(BackupError::Exists(there.display().to_string()));
    }
    let options = SqliteConnectOptions::new().filename(database).read_only(true).busy_timeout(WAIT_FOR_LOCK);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    // One read transaction: writers go on, and what they write is not in the copy.
    let copied = sqlx::query("vacuum into ?").bind(unfinished.to_string_lossy()).execute(&mut connection).await;
    if let Err(error) = copied {
        // Half a copy must not look like one; that it cannot be removed is not what went wrong.
        let _ = std::fs::remove_file(&unfinished);
        return Err(error.into());
    }
    connection.close().await?;
    File::open(&unfinished)?.sync_all()?;
    std::fs::rename(&unfinished, to)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Ok(File::open(folder)?.sync_all()?)
}
