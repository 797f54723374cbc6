//! Checkpoints: how large the log is and what its root is, as a signed note (C2SP tlog-checkpoint and signed-note).

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{
    hash::Hash,
    key::{PublicKey, Signature},
};

/// What a signature line begins with.
const SIGNED_BY: &str = "— ";
/// Nobody needs more.
const BYTES_MAX: usize = 64 * 1024;
const SIGNATURES_MAX: usize = 64;

/// A text that is no signed note, or not that of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a checkpoint: {0}")]
pub struct BadNote(pub &'static str);

/// A note that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] BadNote),
    /// It is of another log.
    #[error("this is a checkpoint of {found:?}, not of {expected:?}")]
    OtherLog {
        /// Whose it is.
        found: String,
        /// Whose it should be.
        expected: String,
    },
    /// None of the keys made one of its signatures.
    #[error("the checkpoint bears no signature by a key that is known")]
    UnknownKey,
    /// A signature says that it is of a known key, and is not.
    #[error("a signature of the checkpoint is wrong: the checkpoint was changed after it was signed")]
    WrongSignature,
}

/// A text with signatures under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What is signed, to its last line's end.
    pub text: String,
    /// Who signed: a name, four bytes that mark the key, and the signature.
    pub signatures: Vec<(String, [u8; 4], Vec<u8>)>,
}

impl Note {
    /// # Errors
    /// [`BadNote`] says why this is no note.
    pub fn parse(note: &str) -> Result<Self, BadNote> {
        if note.len() > BYTES_MAX {
            return Err(BadNote("it is too long"));
        }
        if note.chars().any(|character| character.is_control() && character != '\n') {
            return Err(BadNote("it holds control characters"));
        }
        let end = note.rfind("\n\n").ok_or(BadNote("it has no signatures"))?;
        let (text, signatures) = (&note[..=end], &note[end + 2..]);
        let lines = signatures.strip_suffix('\n').ok_or(BadNote("its last line is cut off"))?;
        let signatures = lines.split('\n').map(signature).collect::<Result<Vec<_>, _>>()?;
        if signatures.len() > SIGNATURES_MAX {
            return Err(BadNote("it has too many signatures"));
        }
        Ok(Self { text: text.to_owned(), signatures })
    }
}

fn signature(line: &str) -> Result<(String, [u8; 4], Vec<u8>), BadNote> {
    let bad = BadNote("a line under the text is no signature");
    let (name, encoded) = line.strip_prefix(SIGNED_BY).and_then(|rest| rest.split_once(' ')).ok_or(bad)?;
    let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| bad)?;
    let (key, signature) = bytes.split_first_chunk::<4>().ok_or(bad)?;
    if name.is_empty() || name.contains('+') || signature.is_empty() {
        return Err(bad);
    }
    Ok((name.to_owned(), *key, signature.to_vec()))
}

/// The log at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// How many leaves it holds.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

impl Checkpoint {
    /// What is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, BASE64_STANDARD.encode(self.root.0))
    }

    /// The note: the text with the signature that this key made of it.
    pub fn note(&self, key: &PublicKey, signature: &Signature) -> String {
        let signed = [key.hash_in_notes(&self.origin).as_slice(), &signature.0].concat();
        format!("{}\n{SIGNED_BY}{} {}\n", self.text(), self.origin, BASE64_STANDARD.encode(signed))
    }

    /// What a note says, whoever signed it.
    ///
    /// # Errors
    /// [`BadNote`] where it is no checkpoint.
    pub fn unsigned(note: &Note) -> Result<Self, BadNote> {
        // Lines after the third are other software's; they are signed, too, and say nothing to us.
        let mut lines = note.text.split('\n');
        let mut line = || lines.next().filter(|line| !line.is_empty()).ok_or(BadNote("it has fewer than three lines"));
        let (origin, size, root) = (line()?, line()?, line()?);
        let size_read = size.parse().map_err(|_| BadNote("its second line is no size"))?;
        let root = BASE64_STANDARD.decode(root).ok().and_then(|root| root.try_into().ok());
        let checkpoint = Self {
            origin: origin.to_owned(),
            size: size_read,
            root: Hash(root.ok_or(BadNote("its third line is no root"))?),
        };
        // One spelling: no plus sign, no zero in front.
        if size_read.to_string() == size { Ok(checkpoint) } else { Err(BadNote("its second line is no size")) }
    }

    /// What a note says that one of these keys signed in the log's name, and which did.
    ///
    /// # Errors
    /// [`NotSigned`].
    pub fn signed(note: &str, origin: &str, keys: &[PublicKey]) -> Result<(Self, PublicKey), NotSigned> {
        let note = Note::parse(note)?;
        let checkpoint = Self::unsigned(&note)?;
        if checkpoint.origin != origin {
            return Err(NotSigned::OtherLog { found: checkpoint.origin, expected: origin.to_owned() });
        }
        let mut known = None;
        for (name, mark, signature) in &note.signatures {
            let Some(key) = keys.iter().find(|key| name == origin && key.hash_in_notes(name) == *mark) else {
                continue;
            };
            let Ok(signature) = signature.as_slice().try_into().map(Signature) else {
                return Err(NotSigned::WrongSignature);
            };
            if !key.verifies(note.text.as_bytes(), &signature) {
                return Err(NotSigned::WrongSignature);
            }
            known = Some(*key);
        }
        known.map(|key| (checkpoint, key)).ok_or(NotSigned::UnknownKey)
    }
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};
    use proptest::prelude::*;

    use super::*;
    use crate::model::merkle::hash::EMPTY_ROOT;

    const ORIGIN: &str = "consent.example.in/ledger";

    fn key(seed: u8) -> (SigningKey, PublicKey) {
        let secret = SigningKey::from_bytes(&[seed; 32]);
        let public = PublicKey::new(secret.verifying_key().as_bytes()).expect("a key");
        (secret, public)
    }

    fn note(size: u64) -> String {
        let checkpoint = Checkpoint { origin: ORIGIN.into(), size, root: EMPTY_ROOT };
        let (secret, public) = key(1);
        checkpoint.note(&public, &Signature(secret.sign(checkpoint.text().as_bytes()).to_bytes()))
    }

    #[test]
    fn what_is_signed_reads_back() {
        let (_, public) = key(1);
        let (checkpoint, by) = Checkpoint::signed(&note(7), ORIGIN, &[key(2).1, public]).expect("signed");
        assert_eq!((checkpoint.size, checkpoint.root, by), (7, EMPTY_ROOT, public));
        assert!(
            note(7).starts_with("consent.example.in/ledger\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— ")
        );
    }

    #[test]
    fn other_software_may_have_signed_under_it_too() {
        let (_, public) = key(1);
        let cosigned = format!("{}— witness.example AAAAAAAAAAA=\n", note(7));
        assert!(Checkpoint::signed(&cosigned, ORIGIN, &[public]).is_ok());
    }

    #[test]
    fn another_key_and_another_log_are_refused() {
        assert_eq!(Checkpoint::signed(&note(7), ORIGIN, &[key(2).1]), Err(NotSigned::UnknownKey));
        let other = NotSigned::OtherLog { found: ORIGIN.into(), expected: "other".into() };
        assert_eq!(Checkpoint::signed(&note(7), "other", &[key(1).1]), Err(other));
    }

    #[test]
    fn what_is_no_checkpoint_is_refused_with_a_reason() {
        let signature = note(7).split_once("\n\n").map(|(_, signature)| signature.to_owned()).expect("a signature");
        for (text, why) in [
            (String::new(), "it has no signatures"),
            ("x".repeat(BYTES_MAX + 1), "it is too long"),
            (format!("log\n7\r\nroot\n\n{signature}"), "it holds control characters"),
            (format!("log\n7\n\n{signature}"), "it has fewer than three lines"),
            (
                format!("log\n007\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n{signature}"),
                "its second line is no size",
            ),
            (format!("log\n7\nshort\n\n{signature}"), "its third line is no root"),
            ("log\n7\nroot\n\nunsigned\n".into(), "a line under the text is no signature"),
            (note(7).trim_end().to_owned(), "its last line is cut off"),
        ] {
            let refused = Note::parse(&text).and_then(|note| Checkpoint::unsigned(&note));
            assert_eq!(refused, Err(BadNote(why)), "{text:.60}");
        }
    }

    proptest! {
        #[test]
        fn one_changed_byte_is_seen(place in 0_usize..200, bit in 0_u8..7) {
            let mut bytes = note(7).into_bytes();
            let place = place % bytes.len();
            bytes[place] ^= 1 << bit;
            // What is not UTF-8 any more is no note to begin with.
            if let Ok(changed) = String::from_utf8(bytes) {
                prop_assert!(Checkpoint::signed(&changed, ORIGIN, &[key(1).1]).is_err(), "{}", changed);
            }
        }

        #[test]
        fn rubbish_is_refused_without_a_panic(text in "(— |\n|[ -~]|é){0,80}") {
            prop_assert!(Checkpoint::signed(&text, ORIGIN, &[key(1).1]).is_err());
        }
    }
}
