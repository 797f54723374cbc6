//! The GSTIN, the fifteen characters that name a taxpayer: form, kind, state and check character.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A well-formed GSTIN whose check character is right.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Gstin([u8; 15]);

/// Why a text is no GSTIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadGstin {
    /// Not fifteen characters.
    #[error("a GSTIN has 15 characters")]
    Length,
    /// The characters do not stand where any kind of GSTIN has them.
    #[error("this does not have the form of a GSTIN")]
    Form,
    /// The first two digits are no state.
    #[error("a GSTIN starts with a state code")]
    State,
    /// The last character does not agree with the others: most often a typing mistake.
    #[error("the last character of this GSTIN does not fit the others: check for a typing mistake")]
    Check,
}

/// The registrations that have a form of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular taxpayer.
    Normal,
    /// A government department without a PAN of the usual form.
    Government,
    /// Deducts tax at source.
    Tds,
    /// Collects tax at source (an e-commerce operator).
    Tcs,
    /// A unique identity number (embassies, UN bodies).
    Uin,
    /// A non-resident taxable person.
    NonResident,
    /// Online information services from abroad.
    Oidar,
}

/// Each kind, a class a character (the regular expressions are published with the GST API specification).
const FORMS: [(Kind, [Class; 15]); 7] = {
    use Class::{Default14 as D, Digit as N, Either as X, Is, Letter as A, NonZero as P, UinKind as U};
    [
        (Kind::Normal, [N, N, A, A, A, A, A, N, N, N, N, A, P, D, X]),
        (Kind::Government, [N, N, A, A, A, A, N, N, N, N, N, A, N, Is(b'Z'), N]),
        (Kind::Tds, [N, N, A, A, A, A, X, N, N, N, N, A, P, Is(b'D'), X]),
        (Kind::Tcs, [N, N, A, A, A, A, X, N, N, N, N, A, P, Is(b'C'), X]),
        (Kind::Uin, [N, N, N, N, A, A, A, N, N, N, N, N, U, Is(b'N'), X]),
        (Kind::NonResident, [N, N, N, N, A, A, A, N, N, N, N, N, Is(b'N'), Is(b'R'), X]),
        (Kind::Oidar, [Is(b'9'), Is(b'9'), N, N, A, A, A, N, N, N, N, N, Is(b'O'), Is(b'S'), X]),
    ]
};

#[derive(Clone, Copy)]
enum Class {
    Digit,
    Letter,
    Either,
    NonZero,
    Default14,
    UinKind,
    Is(u8),
}

impl Class {
    fn holds(self, byte: u8) -> bool {
        match self {
            Self::Digit => byte.is_ascii_digit(),
            Self::Letter => byte.is_ascii_uppercase(),
            Self::Either => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
            Self::NonZero => matches!(byte, b'1'..=b'9' | b'A'..=b'Z'),
            Self::Default14 => matches!(byte, b'Z' | b'1'..=b'9' | b'A' | b'B' | b'D'..=b'J'),
            Self::UinKind => matches!(byte, b'U' | b'O'),
            Self::Is(wanted) => byte == wanted,
        }
    }
}

impl Gstin {
    /// The fifteen characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The state code, the first two digits.
    pub fn state(&self) -> &str {
        &self.as_str()[..2]
    }

    /// The PAN inside (characters 3 to 12), by which registrations of one person belong together.
    pub fn pan(&self) -> &str {
        &self.as_str()[2..12]
    }

    /// Which form this GSTIN has.
    pub fn kind(&self) -> Kind {
        kind_of(&self.0).unwrap_or(Kind::Normal)
    }
}

fn kind_of(bytes: &[u8; 15]) -> Option<Kind> {
    FORMS.iter().find(|(_, form)| form.iter().zip(bytes).all(|(class, byte)| class.holds(*byte))).map(|(kind, _)| *kind)
}

/// The check character over the first fourteen: weights 1, 2, 1, 2 … from the left, each product folded
/// by 36, and what is missing to the next multiple of 36.
pub fn check_character(first_fourteen: &[u8; 14]) -> Option<u8> {
    let mut sum = 0;
    for (place, byte) in first_fourteen.iter().enumerate() {
        let value = ALPHABET.iter().position(|letter| letter == byte)?;
        let product = value * (1 + place % 2);
        sum += product / 36 + product % 36;
    }
    Some(ALPHABET[(36 - sum % 36) % 36])
}

fn is_state(code: &[u8]) -> bool {
    matches!(code, [tens @ b'0'..=b'9', ones @ b'0'..=b'9']
        if matches!((tens - b'0') * 10 + (ones - b'0'), 1..=38 | 96 | 97 | 99))
}

impl FromStr for Gstin {
    type Err = BadGstin;

    fn from_str(text: &str) -> Result<Self, BadGstin> {
        let bytes: [u8; 15] = text.as_bytes().try_into().map_err(|_| BadGstin::Length)?;
        kind_of(&bytes).ok_or(BadGstin::Form)?;
        if !is_state(&bytes[..2]) {
            return Err(BadGstin::State);
        }
        let mut first = [0; 14];
        first.copy_from_slice(&bytes[..14]);
        if check_character(&first) == Some(bytes[14]) { Ok(Self(bytes)) } else { Err(BadGstin::Check) }
    }
}

impl TryFrom<String> for Gstin {
    type Error = BadGstin;

    fn try_from(text: String) -> Result<Self, BadGstin> {
        text.parse()
    }
}

impl From<Gstin> for String {
    fn from(gstin: Gstin) -> Self {
        gstin.as_str().to_owned()
    }
}

impl fmt::Display for Gstin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Gstin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gstin({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn published_gstins_parse_and_tell_their_kind() {
        for (text, kind) in [
            ("27GSPMH0992G1ZF", Kind::Normal),
            ("33GSPTN3741G1Z9", Kind::Normal),
            ("27AAPFU0939F1ZV", Kind::Normal),
            ("24AAQCA8719H1ZC", Kind::Normal),
            ("20ALYPD6528PQC5", Kind::Tcs),
        ] {
            let gstin: Gstin = text.parse().expect(text);
            assert_eq!((gstin.as_str(), gstin.kind()), (text, kind));
        }
    }

    #[test]
    fn each_fault_has_its_own_reason() {
        for (text, why) in [
            ("27AAPFU0939F1ZO", BadGstin::Check),
            ("27AAPFU0939F1Z", BadGstin::Length),
            ("369296450896540", BadGstin::Form),
            ("00AAPFU0939F1ZV", BadGstin::State),
            ("27aapfu0939f1zv", BadGstin::Form),
            ("", BadGstin::Length),
        ] {
            assert_eq!(text.parse::<Gstin>(), Err(why), "{text}");
        }
    }

    proptest! {
        #[test]
        fn one_changed_character_is_never_accepted(place in 0_usize..15, letter in 0_usize..36) {
            let mut bytes = *b"27AAPFU0939F1ZV";
            prop_assume!(bytes[place] != ALPHABET[letter]);
            bytes[place] = ALPHABET[letter];
            let text = String::from_utf8(bytes.to_vec()).expect("ascii");
            prop_assert!(text.parse::<Gstin>().is_err());
        }

        #[test]
        fn any_text_is_refused_or_comes_back_the_same(text in ".{0,20}") {
            if let Ok(gstin) = text.parse::<Gstin>() {
                prop_assert_eq!(gstin.as_str(), text);
            }
        }
    }
}
