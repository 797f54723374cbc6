//! A fingerprint of bytes: names published files, and tells whether inputs are those of the last time.

use aws_lc_rs::digest::{Context, SHA256};

/// Bytes of the digest that a file name carries: enough that two contents never meet, short enough to read.
const BYTES: usize = 8;

/// A fingerprint of some bytes, written as 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Stamp([u8; BYTES]);

impl Stamp {
    /// Each part counts with its length, so that bytes cannot wander from one part to the next unseen.
    ///
    /// Contents are compared, not times of change: a fresh checkout or a restored cache changes all times.
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        let mut context = Context::new(&SHA256);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut bytes = [0; BYTES];
        bytes.copy_from_slice(&context.finish().as_ref()[..BYTES]);
        Self(bytes)
    }
}

impl std::fmt::Display for Stamp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_move_between_parts_change_the_stamp() {
        assert_ne!(Stamp::of(&[b"ab", b"c"]), Stamp::of(&[b"a", b"bc"]));
        assert_eq!(Stamp::of(&[b"ab", b"c"]).to_string().len(), 2 * BYTES);
    }
}
