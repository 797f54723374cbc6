//! `asp-access verify FILE`: checks a receipt or an export with nothing but public keys, offline, in bounded memory.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    ops::Range,
    path::Path,
};

use anyhow::{Context, Result, bail};
use app::{
    model::{
        ist,
        language::Language,
        merkle::PublicKeys,
        receipt::{Check, Checked, Step, Told},
    },
    text::{self, documents},
};

/// A file of public keys has some hundred bytes a key.
const KEYS_BYTES_MAX: u64 = 1024 * 1024;

/// Whether the file is accepted; says on standard output why or why not.
#[expect(clippy::print_stdout, reason = "whether a file is good is what this command prints")]
pub(super) fn check(path: &Path, keys: &Path) -> Result<bool> {
    let keys = read_keys(keys)?;
    let mut file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let about = file.metadata()?;
    if !about.is_file() {
        bail!("{} is no file", path.display());
    }
    let (mut check, mut step) = Check::begin(about.len(), &keys);
    let checked = loop {
        match step {
            Step::Done(done) => break *done,
            Step::Read(range) => {
                let bytes = read(&mut file, &range).with_context(|| format!("cannot read {}", path.display()))?;
                step = check.read(&bytes);
            }
        }
    };
    let text = &text::of(Language::En).documents;
    match checked {
        Ok(checked) => {
            println!("{}: {}. {}", path.display(), text.check.good, good(&checked));
            Ok(true)
        }
        Err(fault) => {
            println!("{}: {}. {}", path.display(), text.check.bad, documents::sentence(&text.faults, &fault));
            Ok(false)
        }
    }
}

fn read_keys(path: &Path) -> Result<PublicKeys> {
    let context = || format!("cannot read the public keys in {}", path.display());
    let file = File::open(path).with_context(context)?;
    let mut text = String::new();
    file.take(KEYS_BYTES_MAX).read_to_string(&mut text).with_context(context)?;
    serde_json::from_str(&text).with_context(context)
}

/// These bytes, or as many as are left.
fn read(file: &mut File, range: &Range<u64>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(range.start))?;
    file.take(range.end - range.start).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn good(checked: &Checked) -> String {
    let text = &text::of(Language::En).documents.check;
    let moment = |at| format!("{} IST", ist::second(at));
    let mut lines = match &checked.told {
        Told::HashList(list) => {
            let mut lines = vec![(text.good_export)(list.rows())];
            lines.extend(list.about.iter().map(|(name, value)| format!("{name}: {value}")));
            lines
        }
        Told::Receipt(facts) => {
            let mut lines = vec![(if facts.over.is_some() { text.good_ended } else { text.good_given }).to_owned()];
            lines.extend([
                format!("GSTIN: {} ({})", facts.gstin, facts.taxpayer),
                format!("ASP: {}, GSP: {}", facts.asp, facts.gsp),
                format!("reference: {}", facts.reference),
                format!("given: {}, valid till: {}", moment(facts.given_at), moment(facts.valid_until)),
            ]);
            lines.extend(facts.over.iter().map(|over| {
                let last = over.last_call_passed_at.map_or_else(|| "none".to_owned(), moment);
                let (at, effective) = (moment(over.committed_at), moment(over.effective_at));
                format!("ended: {at} ({}), effective everywhere: {effective}, last call passed: {last}", over.reason)
            }));
            lines.push(facts.in_log.map_or_else(|| text.not_in_log_yet.to_owned(), text.in_log));
            lines.push(format!("{}: {}", text.issued_by, facts.issued_by));
            lines
        }
    };
    lines.push(format!("hash: {}", checked.hash));
    lines.push(format!("{}: {}", text.signed_with, checked.key));
    lines.join("\n  ")
}
