//! Rows in the binary form of `copy … from stdin` (PostgreSQL's documentation, COPY, "Binary Format").

use sqlx::PgConnection;
use uuid::Uuid;

use crate::store::StoreError;

/// Begins every copy: the signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Ends every copy: a row of −1 fields.
const TRAILER: i16 = -1;
/// The length of a field that is null.
const NULL: i32 = -1;

/// Rows on their way into one table.
pub(super) struct CopyIn {
    statement: String,
    fields: i16,
    bytes: Vec<u8>,
}

impl CopyIn {
    /// Into these columns of a table, in this order.
    pub(super) fn new(table: &'static str, columns: &[&'static str]) -> Self {
        let statement = format!("copy {table} ({}) from stdin with (format binary)", columns.join(", "));
        Self { statement, fields: i16::try_from(columns.len()).unwrap_or(i16::MAX), bytes: HEADER.to_vec() }
    }

    /// Begins a row; a field for each column follows.
    pub(super) fn row(&mut self) -> &mut Self {
        self.bytes.extend_from_slice(&self.fields.to_be_bytes());
        self
    }

    /// `bytea`, or the bytes of any type.
    pub(super) fn bytes(&mut self, value: &[u8]) -> &mut Self {
        // A value that is too long for its length makes the server refuse the copy.
        self.bytes.extend_from_slice(&i32::try_from(value.len()).unwrap_or(i32::MAX).to_be_bytes());
        self.bytes.extend_from_slice(value);
        self
    }

    /// `text`.
    pub(super) fn text(&mut self, value: &str) -> &mut Self {
        self.bytes(value.as_bytes())
    }

    /// `uuid`.
    pub(super) fn id(&mut self, value: Uuid) -> &mut Self {
        self.bytes(value.as_bytes())
    }

    /// `bigint`.
    pub(super) fn number(&mut self, value: i64) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    /// `boolean`.
    pub(super) fn flag(&mut self, value: bool) -> &mut Self {
        self.bytes(&[u8::from(value)])
    }

    fn null(&mut self) -> &mut Self {
        self.bytes.extend_from_slice(&NULL.to_be_bytes());
        self
    }

    /// `bigint`, or null.
    pub(super) fn maybe_number(&mut self, value: Option<i64>) -> &mut Self {
        match value {
            Some(value) => self.number(value),
            None => self.null(),
        }
    }

    /// `text`, or null.
    pub(super) fn maybe_text(&mut self, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.text(value),
            None => self.null(),
        }
    }

    /// `uuid`, or null.
    pub(super) fn maybe_id(&mut self, value: Option<Uuid>) -> &mut Self {
        match value {
            Some(value) => self.id(value),
            None => self.null(),
        }
    }

    /// `bytea`, or null.
    pub(super) fn maybe_bytes(&mut self, value: Option<&[u8]>) -> &mut Self {
        match value {
            Some(value) => self.bytes(value),
            None => self.null(),
        }
    }

    /// Sends them all.
    pub(super) async fn send(mut self, database: &mut PgConnection) -> Result<(), StoreError> {
        self.bytes.extend_from_slice(&TRAILER.to_be_bytes());
        let mut copy = database.copy_in_raw(&self.statement).await?;
        copy.send(self.bytes).await?;
        copy.finish().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_its_number_of_fields_and_each_with_its_length() {
        let mut copy = CopyIn::new("usage", &["gstin", "passed", "last_passed_at"]);
        copy.row().text("27").number(1).maybe_number(None);
        assert_eq!(copy.statement, "copy usage (gstin, passed, last_passed_at) from stdin with (format binary)");
        assert_eq!(
            copy.bytes[HEADER.len()..],
            [0, 3, 0, 0, 0, 2, b'2', b'7', 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1, 255, 255, 255, 255]
        );
        assert_eq!(HEADER.len(), 19);
    }
}
