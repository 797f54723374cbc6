//! The whole history in one file: read page by page, written as it is read, and signed at its end. What is held in memory
//! is one page of rows and one hash for each block of them.

use std::{future::Future, pin::Pin, sync::Arc};

use app::model::{
    page::{Cursor, ROWS_MAX},
    receipt::{BlockHasher, FileFormat, HashList, json::Json},
};
use futures::{Stream, stream};

use super::rows;
use crate::store::{StoreError, port::ListedConsent};

/// Rows of a block: a changed byte is told to this many.
const BLOCK_ROWS: u64 = 200;
/// Bytes of a block in a file that has no rows.
const BLOCK_BYTES: usize = 64 * 1024;

/// Reads the rows after a cursor: up to a page and one row.
pub type NextRows = dyn Fn(Option<Cursor>) -> Pin<Box<dyn Future<Output = Result<Vec<ListedConsent>, StoreError>> + Send>>
    + Send
    + Sync;

/// What is exported, and how.
pub struct Export {
    /// As what.
    pub format: FileFormat,
    /// What the list of hashes says of the file.
    pub about: Vec<(String, String)>,
    /// Where the rows come from.
    pub next_rows: Box<NextRows>,
    /// Signs the list of hashes.
    pub sign: Arc<dyn Fn(&Json) -> Json + Send + Sync>,
}

/// A file that is being written.
struct Writing {
    export: Export,
    after: Option<Cursor>,
    hasher: BlockHasher,
    in_block: u64,
    begun: bool,
}

/// The file, a page of rows at a time. Where reading fails, the file breaks off without its list, so that nobody takes it
/// for whole.
pub fn as_stream(export: Export) -> impl Stream<Item = Result<String, StoreError>> + Send {
    let begin = Writing { export, after: None, hasher: BlockHasher::default(), in_block: 0, begun: false };
    stream::try_unfold(Some(begin), |writing| async move {
        let Some(mut file) = writing else { return Ok(None) };
        let mut found = (file.export.next_rows)(file.after).await?;
        let more = found.len() > ROWS_MAX;
        found.truncate(ROWS_MAX);
        let mut chunk = String::new();
        if !file.begun {
            chunk = rows::head(file.export.format);
            file.hasher.add(chunk.as_bytes(), 0);
            file.begun = true;
        }
        for listed in &found {
            let row = rows::row(file.export.format, listed);
            file.hasher.add(row.as_bytes(), 1);
            chunk.push_str(&row);
            file.in_block += 1;
            if file.in_block == BLOCK_ROWS {
                file.hasher.end_block();
                file.in_block = 0;
            }
        }
        file.after = found.last().map(|row| Cursor { at: row.consent.granted_at, id: row.consent.id.0 });
        if more {
            return Ok(Some((chunk, Some(file))));
        }
        let Writing { export, hasher, .. } = file;
        chunk.push_str(&signed_line(&*export.sign, export.format, export.about, hasher));
        Ok(Some((chunk, None)))
    })
}

/// A PDF with its signed list of hashes, as a comment before its end: readers of PDF pass over it.
pub fn sealed_pdf(pdf: &[u8], about: Vec<(String, String)>, sign: &dyn Fn(&Json) -> Json) -> Vec<u8> {
    const END: &[u8] = b"startxref";
    let Some(end) = pdf.windows(END.len()).rposition(|window| window == END) else { return pdf.to_vec() };
    let (body, end) = pdf.split_at(end);
    let mut hasher = BlockHasher::default();
    for block in body.chunks(BLOCK_BYTES) {
        hasher.add(block, 0);
        hasher.end_block();
    }
    hasher.add(end, 0);
    let line = signed_line(sign, FileFormat::Pdf, about, hasher);
    [body, line.as_bytes(), end].concat()
}

fn signed_line(
    sign: &dyn Fn(&Json) -> Json,
    format: FileFormat,
    about: Vec<(String, String)>,
    hasher: BlockHasher,
) -> String {
    let list = HashList { about, format, blocks: hasher.finish() };
    format.line(&sign(&list.content()).canonical())
}
