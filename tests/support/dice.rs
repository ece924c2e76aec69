//! Random choices that a seed repeats.

use std::time::{SystemTime, UNIX_EPOCH};

/// Numbers of a seed (splitmix64). The seed is printed; `RINGFENCE_TEST_SEED` repeats it.
pub struct Dice(pub u64);

impl Dice {
    /// With the seed of the environment, else one of this moment.
    pub fn new() -> Dice {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
        let given = std::env::var("RINGFENCE_TEST_SEED").ok().map(|s| s.parse().unwrap());
        let seed = given.unwrap_or(now);
        println!("RINGFENCE_TEST_SEED={seed}");
        Dice(seed)
    }

    /// One of these.
    pub fn within(&mut self, range: std::ops::Range<usize>) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        range.start + ((z ^ (z >> 31)) % (range.end - range.start) as u64) as usize
    }
}
