//! The signed list of hashes that every exported file carries: one hash for each run of bytes, so that a changed byte
//! shows, and where.
//!
//! It stands on a line of its own within the file: the last row of a table of comma-separated values, the last line of
//! JSON Lines, a comment before the end of a PDF. What is hashed is the file without that line.

use sha2::{Digest, Sha256};

use super::{
    json::Json,
    seal::{from_hex, to_hex},
};

/// The longest list that is read: thousands of blocks.
pub const SEAL_BYTES_MAX: u64 = 1024 * 1024;
/// Bytes of one block at most. A block of rows has far fewer.
pub(super) const BLOCK_BYTES_MAX: u64 = 1024 * 1024;

/// What an export is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// Comma-separated values (RFC 4180).
    Csv,
    /// A JSON object a line.
    JsonLines,
    /// For people.
    Pdf,
}

impl FileFormat {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Csv, Self::JsonLines, Self::Pdf];

    /// How file names end.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
            Self::Pdf => "pdf",
        }
    }

    /// What stands around the list on its line.
    fn around(self) -> (&'static str, &'static str) {
        match self {
            Self::Csv => ("\"signed hashes\",\"", "\"\r\n"),
            Self::JsonLines => ("", "\n"),
            Self::Pdf => ("%asp-access ", "\n"),
        }
    }

    /// The line that carries a list.
    pub fn line(self, list: &str) -> String {
        let (before, after) = self.around();
        let list = if self == Self::Csv { list.replace('"', "\"\"") } else { list.to_owned() };
        format!("{before}{list}{after}")
    }

    /// The list that a line carries.
    pub(super) fn list_of(self, line: &str) -> Option<String> {
        let (before, after) = self.around();
        let list = line.strip_prefix(before)?.strip_suffix(after)?;
        Some(if self == Self::Csv { list.replace("\"\"", "\"") } else { list.to_owned() })
    }

    /// Whether a line is one that carries a list.
    pub(super) fn begins(self, line: &[u8]) -> bool {
        match self {
            Self::JsonLines => line.starts_with(b"{\"content\":"),
            Self::Csv | Self::Pdf => line.starts_with(self.around().0.as_bytes()),
        }
    }
}

/// One run of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// How many.
    pub bytes: u64,
    /// Rows that they are; 0 where the file has none.
    pub rows: u64,
    /// SHA-256 over them.
    pub sha256: [u8; 32],
}

/// Hashes a file block by block, as it is written.
#[derive(Default)]
pub struct BlockHasher {
    hash: Sha256,
    bytes: u64,
    rows: u64,
    blocks: Vec<Block>,
}

impl BlockHasher {
    /// More bytes of the present block.
    pub fn add(&mut self, bytes: &[u8], rows: u64) {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        self.rows += rows;
    }

    /// The present block ends here, if it has begun.
    pub fn end_block(&mut self) {
        if self.bytes > 0 {
            let sha256 = self.hash.finalize_reset().into();
            self.blocks.push(Block { bytes: self.bytes, rows: self.rows, sha256 });
            (self.bytes, self.rows) = (0, 0);
        }
    }

    /// Every block.
    pub fn finish(mut self) -> Vec<Block> {
        self.end_block();
        self.blocks
    }
}

/// What a list of hashes says of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashList {
    /// Further facts, as `gstin` or `as_of`, in words.
    pub about: Vec<(String, String)>,
    /// How the file is written.
    pub format: FileFormat,
    /// The blocks, in order.
    pub blocks: Vec<Block>,
}

impl HashList {
    /// What is signed.
    pub fn content(&self) -> Json {
        let count = |number: u64| Json::Number(i64::try_from(number).unwrap_or(i64::MAX));
        let blocks = self.blocks.iter().map(|block| {
            Json::object([
                ("bytes", count(block.bytes)),
                ("rows", count(block.rows)),
                ("sha256", Json::text(to_hex(&block.sha256))),
            ])
        });
        let about = self.about.iter().map(|(name, value)| (name.clone(), Json::text(value))).collect();
        Json::object([
            ("about", Json::Object(about)),
            ("blocks", Json::List(blocks.collect())),
            ("file", Json::text(self.format.ending())),
            ("kind", Json::text(KIND)),
            ("rows", count(self.rows())),
        ])
    }

    /// Reads what was signed.
    pub(super) fn read(content: &Json) -> Option<Self> {
        let Some(Json::List(blocks)) = content.at("/blocks") else { return None };
        let blocks = blocks.iter().map(|block| {
            let bytes = u64::try_from(block.number_at("/bytes")?).ok().filter(|bytes| *bytes <= BLOCK_BYTES_MAX)?;
            let rows = u64::try_from(block.number_at("/rows")?).ok()?;
            Some(Block { bytes, rows, sha256: from_hex(block.text_at("/sha256")?)? })
        });
        let Some(Json::Object(about)) = content.at("/about") else { return None };
        let about = about.iter().map(|(name, value)| {
            let Json::Text(value) = value else { return None };
            Some((name.clone(), value.clone()))
        });
        let ending = content.text_at("/file")?;
        Some(Self {
            about: about.collect::<Option<_>>()?,
            format: FileFormat::ALL.into_iter().find(|format| format.ending() == ending)?,
            blocks: blocks.collect::<Option<_>>()?,
        })
    }

    /// Rows of the whole file.
    pub fn rows(&self) -> u64 {
        self.blocks.iter().map(|block| block.rows).sum()
    }

    /// Bytes of the whole file, without the list.
    pub fn bytes(&self) -> u64 {
        self.blocks.iter().map(|block| block.bytes).sum()
    }
}

/// What the content of a list calls itself.
pub(super) const KIND: &str = "hash_list";
