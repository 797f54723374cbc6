//! Fast, repeatable chance: `SplitMix64` (Steele, Lea and Flood, 2014). For made-up data only: it can be predicted.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::chance::Chance;

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// A generator; one a taxpayer, so that taxpayers can be made in any order.
#[derive(Debug)]
pub struct Dice(AtomicU64);

impl Dice {
    /// The generator of a seed and a number.
    pub fn new(seed: u64, number: u64) -> Self {
        Self(AtomicU64::new(mix(seed.wrapping_add(number.wrapping_mul(STEP)))))
    }

    fn next(&self) -> u64 {
        mix(self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP))
    }

    /// A number below `bound`; the bias of the remainder is of no account here.
    pub fn below(&self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// The same for what is counted in signed numbers.
    pub fn under(&self, bound: i64) -> i64 {
        self.below(bound.unsigned_abs()).cast_signed()
    }

    /// Whether it falls so, in so many of a hundred throws.
    pub fn percent(&self, share: u64) -> bool {
        self.below(100) < share
    }

    /// One of several.
    pub fn pick<'a, T>(&self, from: &'a [T]) -> &'a T {
        let place = usize::try_from(self.below(from.len() as u64)).unwrap_or(0);
        &from[place]
    }
}

fn mix(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

impl Chance for Dice {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            chunk.copy_from_slice(&self.next().to_le_bytes()[..chunk.len()]);
        }
    }
}
