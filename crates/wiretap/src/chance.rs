//! Numbers by chance that a seed repeats.

use crate::event::Direction;

/// A sequence that depends on the seed, the connection and the direction alone, and
/// so not on what other connections do meanwhile (SplitMix64,
/// <https://prng.di.unimi.it>).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The sequence for one direction of a connection.
    pub fn new(seed: u64, connection: u64, direction: Direction) -> Self {
        let mut chance = Chance(seed);
        let salt = chance.next() ^ (connection << 1 | direction as u64);
        Chance(salt)
    }

    /// A number from 1 to `most`.
    pub fn up_to(&mut self, most: u64) -> u64 {
        self.next() % most.max(1) + 1
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
