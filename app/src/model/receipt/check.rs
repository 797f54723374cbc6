//! Checking a receipt or an export with nothing but public keys, without I/O: whoever holds the file is told which bytes
//! to read next, so that a server, a command line and a browser do the same with files of any size in bounded memory.

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::{
    content::{self, Told},
    fault::{Fault, Place},
    hash_list::{self, FileFormat, HashList, SEAL_BYTES_MAX},
    json::Json,
    seal,
};
use crate::model::merkle::{KeyId, PublicKeys};

/// The largest receipt that is read; real ones have some 4 KiB.
const RECEIPT_BYTES_MAX: u64 = 1024 * 1024;

/// What was found good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The key that signed it.
    pub key: KeyId,
    /// SHA-256 over what was signed: the hash that stands on paper.
    pub hash: String,
    /// What it says.
    pub told: Told,
}

/// What comes next.
#[derive(Debug)]
pub enum Step {
    /// Read these bytes of the file, all of them.
    Read(Range<u64>),
    /// It is decided.
    Done(Box<Result<Checked, Fault>>),
}

/// A check under way.
pub struct Check<'k> {
    keys: &'k PublicKeys,
    size: u64,
    state: State,
}

enum State {
    /// The end of the file is being read, all of it where it is small.
    End { from: u64 },
    /// The blocks of an export are being read.
    Blocks { key: KeyId, hash: String, list: HashList, seal: Range<u64>, next: usize, at: u64, row: u64 },
}

/// Checks what is in memory already.
///
/// # Errors
/// [`Fault`], the first that is found.
pub fn check(document: &[u8], keys: &PublicKeys) -> Result<Checked, Fault> {
    let (mut check, mut step) = Check::begin(document.len() as u64, keys);
    loop {
        match step {
            Step::Done(done) => return *done,
            Step::Read(range) => {
                let bound = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(document.len());
                step = check.read(&document[bound(range.start)..bound(range.end)]);
            }
        }
    }
}

impl<'k> Check<'k> {
    /// Begins with nothing but the file's size. At most a MiB is asked for at a time, and of a file that is no export
    /// of ours at most one MiB in all.
    pub fn begin(size: u64, keys: &'k PublicKeys) -> (Self, Step) {
        let from = size.saturating_sub(SEAL_BYTES_MAX.max(RECEIPT_BYTES_MAX));
        (Self { keys, size, state: State::End { from } }, Step::Read(from..size))
    }

    /// Goes on with the bytes that were asked for.
    pub fn read(&mut self, bytes: &[u8]) -> Step {
        self.try_read(bytes).unwrap_or_else(|fault| Step::Done(Box::new(Err(fault))))
    }

    fn try_read(&mut self, bytes: &[u8]) -> Result<Step, Fault> {
        match &self.state {
            State::End { from } => self.end(*from, bytes),
            State::Blocks { .. } => self.block(bytes),
        }
    }

    fn end(&mut self, from: u64, end: &[u8]) -> Result<Step, Fault> {
        if from + end.len() as u64 != self.size {
            return Err(Fault::Truncated { at: from + end.len() as u64 });
        }
        let Some((format, line)) = find_line(end) else { return self.whole(from, end) };
        let text = std::str::from_utf8(&end[line.clone()]).map_err(|_| Fault::NoSeal)?;
        let list = format.list_of(text).ok_or(Fault::NoSeal)?;
        let opened = seal::open(list.as_bytes(), self.keys)?;
        let list = HashList::read(&opened.content).filter(|list| list.format == format);
        let list = list.ok_or_else(|| Fault::Misplaced { part: "content".into() })?;
        if opened.proof.is_some() {
            return Err(Fault::Misplaced { part: "proof".into() });
        }
        let seal = from + line.start as u64..from + line.end as u64;
        self.state = State::Blocks { key: opened.key, hash: opened.hash, list, seal, next: 0, at: 0, row: 0 };
        Ok(self.next_block())
    }

    /// No export: then it is a receipt, or nothing of ours.
    fn whole(&self, from: u64, document: &[u8]) -> Result<Step, Fault> {
        if from > 0 {
            return Err(Fault::TooLarge { bytes: self.size });
        }
        let trimmed = document.trim_ascii_end();
        let looks_like_json = trimmed.is_empty() || trimmed.trim_ascii_start().starts_with(b"{");
        let first_line = trimmed.split(|byte| *byte == b'\n').next().unwrap_or_default();
        // Several objects, one a line: an export whose end is missing.
        let is_cut_export = first_line.len() < trimmed.len() && Json::parse(first_line).is_ok();
        if !looks_like_json || is_cut_export {
            return Err(Fault::NoSeal);
        }
        // What an editor or a paste leaves behind is no change.
        let opened = seal::open(trimmed, self.keys)?;
        let told = content::read(&opened.content, opened.proof.as_ref(), self.keys)?;
        Ok(Step::Done(Box::new(Ok(Checked { key: opened.key, hash: opened.hash, told }))))
    }

    /// Asks for the next block, or ends.
    fn next_block(&self) -> Step {
        let State::Blocks { key, hash, list, seal, next, at, row } = &self.state else {
            return Step::Done(Box::new(Err(Fault::NoSeal)));
        };
        let Some(block) = list.blocks.get(*next) else {
            let found = self.size - (seal.end - seal.start);
            let signed = list.bytes();
            let checked = Checked { key: *key, hash: hash.clone(), told: Told::HashList(list.clone()) };
            return Step::Done(Box::new(if found == signed {
                Ok(checked)
            } else {
                Err(Fault::Length { signed, found })
            }));
        };
        let from = over(*at, seal);
        let until = from + block.bytes;
        // No block that was signed reaches over the list's line, or over the end.
        if until > self.size || (*at < seal.start && until > seal.start) {
            let rows = rows_of(block.rows, *row);
            return Step::Done(Box::new(Err(Fault::Bytes(Place { from, until: until.min(self.size), rows }))));
        }
        Step::Read(from..until)
    }

    fn block(&mut self, bytes: &[u8]) -> Result<Step, Fault> {
        let State::Blocks { list, seal, next, at, row, .. } = &mut self.state else { return Err(Fault::NoSeal) };
        let Some(block) = list.blocks.get(*next) else { return Err(Fault::NoSeal) };
        if <[u8; 32]>::from(Sha256::digest(bytes)) != block.sha256 {
            let from = over(*at, seal);
            let rows = rows_of(block.rows, *row);
            return Err(Fault::Bytes(Place { from, until: from + block.bytes, rows }));
        }
        *next += 1;
        *at += block.bytes;
        *row += block.rows;
        Ok(self.next_block())
    }
}

/// Where a byte of what was hashed stands in the file, which has the list's line in between.
fn over(at: u64, seal: &Range<u64>) -> u64 {
    if at >= seal.start { at + (seal.end - seal.start) } else { at }
}

/// Rows of a block, counted from 1, after so many.
fn rows_of(rows: u64, before: u64) -> Option<(u64, u64)> {
    (rows > 0).then_some((before + 1, before + rows))
}

/// The line with a signed list of hashes at the end of a file, and what kind of file that makes it.
fn find_line(end: &[u8]) -> Option<(FileFormat, Range<usize>)> {
    let trimmed = end.trim_ascii_end().len();
    let start_of_line = |until: usize| end[..until].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    if end[..trimmed].ends_with(b"%%EOF") {
        let mut until = trimmed;
        while until > 0 {
            let start = start_of_line(until);
            if FileFormat::Pdf.begins(&end[start..until]) {
                // With its line break, where the file goes on at all.
                return Some((FileFormat::Pdf, start..(until + 1).min(end.len())));
            }
            until = start.saturating_sub(1);
        }
        return None;
    }
    let start = start_of_line(trimmed);
    let line = &end[start..];
    let formats = [FileFormat::Csv, FileFormat::JsonLines];
    let format = formats.into_iter().find(|format| format.begins(line))?;
    // A receipt is one line, too, and the only one. An export's list is of that kind and stands after other lines, but
    // for an export without a row.
    let is_receipt = format == FileFormat::JsonLines && start == 0 && !is_hash_list(line);
    (!is_receipt).then_some((format, start..end.len()))
}

fn is_hash_list(line: &[u8]) -> bool {
    let kind = format!("\"kind\":\"{}\"", hash_list::KIND);
    line.windows(kind.len()).any(|window| window == kind.as_bytes())
}
