//! The sealed document: some content, signed, in the only way in which it can be written.
//!
//! ```text
//! {"content":{…},"format":"asp-access/1","key":"…","proof":{…},"signature":"…","sums":{"/kind":"…",…}}
//! ```
//!
//! The signature covers content, format, key and sums. A sum is a short hash of one field: it secures nothing, but tells
//! which field was changed where the signature does not fit. `proof` is added later, when the log has the event, and
//! proves itself.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::{fault::Fault, json::Json};
use crate::model::merkle::{Key, KeyId, PublicKeys, Signature};

/// What a sealed document of ours calls itself.
pub const FORMAT: &str = "asp-access/1";
/// What formats of other versions begin with.
const FAMILY: &str = "asp-access/";
/// Goes before what is signed: a signature of ours for another purpose is none here.
const LABEL: &[u8] = b"asp-access sealed document v1\n";
/// Bytes of a hash that a sum keeps.
const SUM_BYTES: usize = 8;

const PARTS: [&str; 6] = ["content", "format", "key", "proof", "signature", "sums"];

/// Signs content. `sign` makes the Ed25519 signature over the bytes that it is given, with the key of that id.
pub fn seal(content: Json, key: KeyId, sign: impl FnOnce(&[u8]) -> Signature) -> Json {
    let sums = Json::Object(sums(&content));
    let mut parts = BTreeMap::from([
        ("content".to_owned(), content),
        ("format".to_owned(), Json::text(FORMAT)),
        ("key".to_owned(), Json::text(key.to_string())),
        ("sums".to_owned(), sums),
    ]);
    let signature = sign(&signed_bytes(&parts));
    parts.insert("signature".to_owned(), Json::text(signature.to_string()));
    Json::Object(parts)
}

/// The hash that stands on paper: SHA-256 over what is signed. It stays when the proof is added.
pub fn document_hash(document: &Json) -> Option<String> {
    let Json::Object(parts) = document else { return None };
    Some(to_hex(&Sha256::digest(signed_bytes(parts))))
}

/// The same document with the proof that its event stands in the log.
pub fn with_proof(document: Json, proof: Json) -> Json {
    let Json::Object(mut parts) = document else { return document };
    parts.insert("proof".to_owned(), proof);
    Json::Object(parts)
}

fn signed_bytes(parts: &BTreeMap<String, Json>) -> Vec<u8> {
    let signed: BTreeMap<_, _> =
        parts.iter().filter(|(name, _)| !matches!(name.as_str(), "proof" | "signature")).collect();
    let signed = signed.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    [LABEL, Json::Object(signed).canonical().as_bytes()].concat()
}

/// The short hash of each field, by its path. A list is one field.
fn sums(content: &Json) -> BTreeMap<String, Json> {
    fn walk(value: &Json, path: &str, sums: &mut BTreeMap<String, Json>) {
        match value {
            Json::Object(fields) if !fields.is_empty() => {
                for (name, value) in fields {
                    walk(value, &format!("{path}/{name}"), sums);
                }
            }
            leaf => {
                let hash = Sha256::digest(leaf.canonical());
                sums.insert(path.to_owned(), Json::text(to_hex(&hash[..SUM_BYTES])));
            }
        }
    }
    let mut sums_of = BTreeMap::new();
    walk(content, "", &mut sums_of);
    sums_of
}

/// A document whose signature fits.
pub(super) struct Opened {
    pub(super) content: Json,
    pub(super) key: KeyId,
    pub(super) proof: Option<Json>,
    /// SHA-256 over what is signed, in hexadecimal digits.
    pub(super) hash: String,
}

/// Reads a sealed document and checks its signature.
pub(super) fn open(bytes: &[u8], keys: &PublicKeys) -> Result<Opened, Fault> {
    let document = Json::parse(bytes)?;
    let format = document.text_at("/format").ok_or(Fault::OtherSystem)?;
    if format != FORMAT {
        let ours = format.starts_with(FAMILY);
        return Err(if ours { Fault::OtherVersion { format: format.to_owned() } } else { Fault::OtherSystem });
    }
    let canonical = document.canonical();
    if let Some(at) = first_difference(bytes, canonical.as_bytes()) {
        return Err(Fault::Reformatted { at: at as u64 });
    }
    let Json::Object(mut parts) = document else { return Err(Fault::OtherSystem) };
    if let Some(part) = parts.keys().find(|part| !PARTS.contains(&part.as_str())) {
        return Err(Fault::Misplaced { part: part.clone() });
    }
    let signature: Signature =
        text_of(&parts, "signature")?.parse().map_err(|_| Fault::Misplaced { part: "signature".into() })?;
    let id = text_of(&parts, "key")?;
    let key = id.parse().ok().and_then(|id| keys.find(id)).ok_or_else(|| Fault::UnknownKey { id: id.to_owned() })?;
    let key: Key = key.clone();
    let (Some(content), Some(told)) = (parts.get("content"), parts.get("sums")) else {
        return Err(Fault::Missing { part: if parts.contains_key("content") { "sums" } else { "content" } });
    };
    let signed = signed_bytes(&parts);
    if !key.public_key.verifies(&signed, &signature) {
        return Err(changed_field(content, told).map_or(Fault::Signature, |field| Fault::Changed { field }));
    }
    let proof = parts.remove("proof");
    let content = parts.remove("content").unwrap_or(Json::Null);
    Ok(Opened { content, key: key.id, proof, hash: to_hex(&Sha256::digest(&signed)) })
}

fn text_of<'p>(parts: &'p BTreeMap<String, Json>, part: &'static str) -> Result<&'p str, Fault> {
    match parts.get(part) {
        Some(Json::Text(text)) => Ok(text),
        Some(_) => Err(Fault::Misplaced { part: part.to_owned() }),
        None => Err(Fault::Missing { part }),
    }
}

/// The first field that does not fit its sum, has none, or has gone.
fn changed_field(content: &Json, told: &Json) -> Option<String> {
    let (found, Json::Object(told)) = (sums(content), told) else { return None };
    let new = found.iter().find(|(path, sum)| told.get(*path) != Some(sum)).map(|(path, _)| path);
    new.or_else(|| told.keys().find(|path| !found.contains_key(*path))).cloned()
}

fn first_difference(left: &[u8], right: &[u8]) -> Option<usize> {
    let shared = left.iter().zip(right).take_while(|(left, right)| left == right).count();
    (left != right).then_some(shared)
}

/// Lowercase hexadecimal digits.
pub(super) fn to_hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// So many bytes out of lowercase digits: one value is written in one way.
pub(super) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; N];
    if text.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
