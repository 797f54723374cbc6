//! From an address to a store.

use std::{path::Path, sync::Arc};

use super::{Store, StoreError, postgres::PostgresStore, sqlite::SqliteStore};

/// Opens the database at an address, creating (SQLite) and migrating it where needed: `sqlite:path/to/file.db`, the path
/// alone, or `postgres://user@host/database`.
///
/// # Errors
/// [`StoreError`] where the address names no database, or the database cannot be opened or is of another make.
pub async fn open(address: &str) -> Result<Arc<dyn Store>, StoreError> {
    if address.starts_with("postgres://") || address.starts_with("postgresql://") {
        return Ok(Arc::new(PostgresStore::open(address).await?));
    }
    let file = match address.strip_prefix("sqlite:") {
        Some(rest) => rest.strip_prefix("//").unwrap_or(rest),
        // A misspelt scheme must not become a file of that name.
        None if address.contains("://") => return Err(StoreError::Address(without_secrets(address))),
        None => address,
    };
    if file.is_empty() {
        return Err(StoreError::Address(address.to_owned()));
    }
    Ok(Arc::new(SqliteStore::open(Path::new(file)).await?))
}

/// The scheme alone: what follows may hold a password.
fn without_secrets(address: &str) -> String {
    address.split_once("://").map_or_else(String::new, |(scheme, _)| format!("{scheme}://…"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
