//! Random choices that a seed repeats.

#![allow(dead_code, reason = "no suite uses all of it")]

use std::time::{SystemTime, UNIX_EPOCH};

/// Numbers of a seed (splitmix64).
#[derive(Clone)]
pub struct Dice(pub u64);

impl Dice {
    /// With the seed of `RINGFENCE_TEST_SEED`, else one of this moment; it is printed.
    pub fn new() -> Dice {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
        let given = std::env::var("RINGFENCE_TEST_SEED").ok().map(|s| s.parse().unwrap());
        let seed = given.unwrap_or(now);
        println!("RINGFENCE_TEST_SEED={seed}");
        Dice(seed)
    }

    /// The dice of one case of a run.
    pub fn of(seed: u64, case: u64) -> Dice {
        let mut dice = Dice(seed);
        let first = dice.next();
        Dice(first ^ case.wrapping_mul(0xD1B5_4A32_D192_ED03))
    }

    /// Any number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Less than this.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// A number of these.
    pub fn within(&mut self, range: std::ops::Range<usize>) -> usize {
        range.start + self.below(range.end - range.start)
    }

    /// So many times of a hundred.
    pub fn percent(&mut self, of: usize) -> bool {
        self.below(100) < of
    }

    /// One of these.
    pub fn one<'t, T>(&mut self, all: &'t [T]) -> Option<&'t T> {
        (!all.is_empty()).then(|| &all[self.below(all.len())])
    }

    /// These in any order.
    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for at in (1..all.len()).rev() {
            all.swap(at, self.below(at + 1));
        }
    }
}
