//! Randomness as a parameter: the operating system's generator in production, a seeded one in tests.

use std::sync::Mutex;

use app::model::Timestamp;
use aws_lc_rs::hmac;
use uuid::Uuid;

/// Gives random bytes.
pub trait Chance: Send + Sync + 'static {
    /// Fills a buffer with random bytes.
    fn fill(&self, buffer: &mut [u8]);
}

impl dyn Chance {
    /// So many random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// A UUID v7 (RFC 9562 §5.7): sorts by its moment, to the millisecond.
    pub fn id(&self, at: Timestamp) -> Uuid {
        let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    /// A number below `bound`, each equally likely (by rejection).
    pub fn below(&self, bound: u32) -> u32 {
        let fair = u32::MAX - u32::MAX % bound;
        loop {
            let drawn = u32::from_be_bytes(self.bytes());
            if drawn < fair {
                return drawn % bound;
            }
        }
    }
}

/// The operating system's generator.
#[derive(Debug, Clone, Copy)]
pub struct SystemChance;

impl Chance for SystemChance {
    #[expect(clippy::disallowed_methods, reason = "the one place where the system's generator is asked")]
    fn fill(&self, buffer: &mut [u8]) {
        // A system without entropy can give no consent: there is nothing sensible to go on with.
        aws_lc_rs::rand::fill(buffer).expect("the operating system gives random bytes");
    }
}

/// The same bytes for the same seed, for tests only.
#[derive(Debug)]
pub struct SeededChance(Mutex<(hmac::Key, u64)>);

impl SeededChance {
    /// A generator for a seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new((hmac::Key::new(hmac::HMAC_SHA256, &seed.to_be_bytes()), 0)))
    }
}

impl Chance for SeededChance {
    fn fill(&self, buffer: &mut [u8]) {
        let mut state = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for chunk in buffer.chunks_mut(32) {
            state.1 += 1;
            let block = hmac::sign(&state.0, &state.1.to_be_bytes());
            chunk.copy_from_slice(&block.as_ref()[..chunk.len()]);
        }
    }
}
