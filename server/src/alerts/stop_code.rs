//! The code by which a consent is ended in an SMS: short enough to type, and of use only from the registered mobile.

use std::fmt;

use app::model::{gstin::Gstin, id::ConsentId};

use crate::vault::{Purpose, Vault};

/// Characters of a code. Thirty bits: to guess one that belongs to a given mobile's few live consents is hopeless within
/// the tries that are allowed.
pub const STOP_CODE_CHARACTERS: usize = 6;

/// Crockford's alphabet: no I, L, O, U, which are misread.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The code of one consent. Two consents of a taxpayer may share one, though hardly ever: who looks a code up compares it
/// with those of all live consents, and does nothing where it names two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StopCode([u8; STOP_CODE_CHARACTERS]);

impl StopCode {
    /// The code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// What somebody typed, read as they meant it: in any case, with the letters that look like digits.
    pub fn parse(text: &str) -> Option<Self> {
        let mut code = [0; STOP_CODE_CHARACTERS];
        if text.len() != code.len() {
            return None;
        }
        for (place, byte) in code.iter_mut().zip(text.bytes()) {
            let read = match byte.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                other => other,
            };
            *place = ALPHABET.contains(&read).then_some(read)?;
        }
        Some(Self(code))
    }
}

impl fmt::Display for StopCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The code of a consent, out of a keyed hash over taxpayer and consent: nothing has to be stored, and nobody else can
/// compute it.
pub fn stop_code(vault: &Vault, gstin: Gstin, consent: ConsentId) -> StopCode {
    let of = [gstin.as_str().as_bytes(), consent.0.as_bytes().as_slice()].concat();
    let hash = vault.hash(Purpose::StopCode, &of).0;
    let mut code = [0; STOP_CODE_CHARACTERS];
    for (place, byte) in code.iter_mut().zip(hash) {
        *place = ALPHABET[usize::from(byte % 32)];
    }
    StopCode(code)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::*;
    use crate::chance::SeededChance;

    fn code(root: u8, gstin: &str, consent: u128) -> StopCode {
        let vault = Vault::new(&[root; 32], Arc::new(SeededChance::new(1)));
        stop_code(&vault, gstin.parse().expect("gstin"), ConsentId(Uuid::from_u128(consent)))
    }

    #[test]
    fn a_code_is_bound_to_its_consent_its_taxpayer_and_the_root_key() {
        let (one, other) = ("27GSPMH0992G1ZF", "33GSPTN3741G1Z9");
        assert_eq!(code(1, one, 1), code(1, one, 1));
        for different in [code(2, one, 1), code(1, other, 1), code(1, one, 2)] {
            assert_ne!(code(1, one, 1), different);
        }
    }

    #[test]
    fn a_code_is_read_as_it_was_meant() {
        let code = code(1, "27GSPMH0992G1ZF", 1);
        assert_eq!(StopCode::parse(&code.as_str().to_lowercase()), Some(code));
        assert_eq!(StopCode::parse("oIl23a").map(|code| code.to_string()).as_deref(), Some("01123A"));
        for wrong in ["", "12345", "1234567", "12345U", "1234 5", "123४5"] {
            assert_eq!(StopCode::parse(wrong), None, "{wrong}");
        }
    }
}
