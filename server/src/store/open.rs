//! From an address to a store.

use std::{path::Path, sync::Arc};

use super::{
    Store, StoreError,
    postgres::PostgresStore,
    sqlite::{self, BackupError, SqliteStore},
};

/// Opens the database at an address, creating (SQLite) and migrating it where needed: `sqlite:path/to/file.db`, the path
/// alone, or `postgres://user@host/database`.
///
/// # Errors
/// [`StoreError`] where the address names no database, or the database cannot be opened or is of another make.
pub async fn open(address: &str) -> Result<Arc<dyn Store>, StoreError> {
    Ok(match Address::parse(address)? {
        Address::Postgres(url) => Arc::new(PostgresStore::open(url).await?),
        Address::Sqlite(file) => Arc::new(SqliteStore::open(file).await?),
    })
}

/// Opens the database at an address only to read it, for as long as that takes: nothing is created, migrated or changed.
///
/// # Errors
/// [`StoreError`] where the address names no database, or there is none.
pub async fn open_to_read(address: &str) -> Result<Arc<dyn Store>, StoreError> {
    Ok(match Address::parse(address)? {
        Address::Postgres(url) => Arc::new(PostgresStore::open_to_read(url).await?),
        Address::Sqlite(file) => Arc::new(SqliteStore::open_to_read(file).await?),
    })
}

/// Copies the database at an address, in use or not, into a new file: what was committed before this began.
///
/// # Errors
/// [`BackupError`]; then there is no file of that name, or the one that was there.
pub async fn backup(address: &str, to: &Path) -> Result<(), BackupError> {
    match Address::parse(address)? {
        Address::Postgres(_) => Err(BackupError::OwnTools),
        Address::Sqlite(file) => sqlite::backup(file, to).await,
    }
}

/// What an address names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Address<'a> {
    /// A PostgreSQL server's address.
    Postgres(&'a str),
    /// A file.
    Sqlite(&'a Path),
}

impl<'a> Address<'a> {
    /// [`StoreError::Address`] where it names no database.
    fn parse(address: &'a str) -> Result<Self, StoreError> {
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            return Ok(Self::Postgres(address));
        }
        let file = match address.strip_prefix("sqlite:") {
            Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
            // A misspelt scheme must not become a file of that name.
            None if address.contains("://") => return Err(StoreError::Address(without_secrets(address))),
            None => address,
        };
        if file.is_empty() { Err(StoreError::Address(address.to_owned())) } else { Ok(Self::Sqlite(Path::new(file))) }
    }
}

/// The scheme alone: what follows may hold a password.
fn without_secrets(address: &str) -> String {
    address.split_once("://").map_or_else(String::new, |(scheme, _)| format!("{scheme}://…"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_file_is_copied_by_us() {
        for (address, why) in [("postgres://here/x", "its own tools"), ("mysql://here/x", "address")] {
            let refused = backup(address, Path::new("/nowhere")).await.expect_err(address).to_string();
            assert!(refused.contains(why), "{refused}");
        }
    }

    #[tokio::test]
    async fn a_file_opens_by_its_path_alone_and_by_its_address() {
        let folder = tempfile::tempdir().expect("folder");
        for (address, file) in [("{}/a.db", "a.db"), ("sqlite:{}/b.db", "b.db"), ("sqlite://{}/c.db", "c.db")] {
            let address = address.replace("{}", folder.path().to_str().expect("text"));
            open(&address).await.expect("opens").close().await;
            assert!(folder.path().join(file).is_file(), "{address}");
        }
    }

    #[tokio::test]
    async fn an_address_of_something_else_is_refused_and_its_password_not_repeated() {
        for address in ["", "sqlite:", "mysql://user:hidden@host/database"] {
            let refused = open(address).await.err().expect("refused").to_string();
            assert!(refused.contains("is no address of a database") && !refused.contains("hidden"), "{refused}");
        }
    }
}
