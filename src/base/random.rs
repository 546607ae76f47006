//! The random number generator of the crate; it can be seeded and saved, and its stream never changes.

use rand::rand_core::TryRng;
use rand::rngs::{ChaCha8Rng, SysRng};
use rand::{Rng as _, SeedableRng};
use std::convert::Infallible;

/// A seeded generator of random numbers: ChaCha with 8 rounds, whose stream is fixed by its definition
/// (Bernstein, *ChaCha, a variant of Salsa20*, 2008). The numbers are the same on every machine and in every release.
///
/// It implements the traits of the `rand` crate, so every distribution of `rand_distr` can draw from it.
///
/// ```
/// use layercake::Rng;
///
/// let mut one = Rng::new(42);
/// let mut two = Rng::new(42);
/// assert_eq!(one.uniform(), two.uniform());
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Rng(ChaCha8Rng);

impl Clone for Rng {
    fn clone(&self) -> Self {
        Self(ChaCha8Rng::deserialize_state(&self.0.serialize_state()))
    }
}

/// The use of a generator. Each use has its own stream, so the draws of one use never change those of another.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    /// Initial weights.
    Weights = 0,
    /// The order of the samples.
    Shuffling = 1,
    /// Dropout and other noise inside layers.
    Noise = 2,
    /// The choice of the test rows.
    Splitting = 3,
}

impl Rng {
    /// Makes a generator; the same seed always gives the same numbers.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Makes a generator for one of the streams of a seed.
    pub(crate) fn stream(seed: u64, stream: Stream) -> Self {
        let mut rng = Self::new(seed);
        rng.0.set_stream(stream as u64);
        rng
    }

    /// Returns the state of the generator, for [`from_state`](Self::from_state).
    #[cfg(feature = "keras")]
    pub(crate) fn state(&self) -> Vec<u8> {
        self.0.serialize_state().to_vec()
    }

    /// Copies the state of the generator into `into`, whose memory is reused.
    pub(crate) fn copy_state(&self, into: &mut Vec<u8>) {
        into.clear();
        self.append_state(into);
    }

    /// Appends the state of the generator to `into`; all states have the same length.
    pub(crate) fn append_state(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.0.serialize_state());
    }

    /// Makes a generator that continues from a saved state; `None` if `state` is not a valid state.
    pub(crate) fn from_state(state: &[u8]) -> Option<Self> {
        state.try_into().ok().map(|state| Self(ChaCha8Rng::deserialize_state(state)))
    }

    /// Draws a uniform random number from `[0, 1)`, a multiple of 2^-53.
    pub fn uniform(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Draws a uniform random whole number from `0..bound`; 0 if `bound` is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        // The result is the high half of a product, with rejection (Lemire, Fast Random Integer Generation in an Interval,
        // 2019).
        let bound = bound as u64;
        loop {
            let product = u128::from(self.0.next_u64()) * u128::from(bound);
            if bound == 0 || product as u64 >= bound.wrapping_neg() % bound {
                return (product >> 64) as usize;
            }
        }
    }

    /// Sets each value to `first` with this probability, else to `second`; the probability is rounded to a multiple of 2^-32.
    pub(crate) fn fill_either<V: Copy>(&mut self, values: &mut [V], probability: f64, [first, second]: [V; 2]) {
        const WORD: usize = size_of::<u32>();
        let bound = (probability * (1u64 << 32) as f64).round() as u32;
        // Many words are drawn at once, because the generator and the comparison both use vector registers.
        let mut bytes = [0; 64 * WORD];
        for values in values.chunks_mut(bytes.len() / WORD) {
            let bytes = &mut bytes[..values.len() * WORD];
            self.fill_bytes(bytes);
            for (value, &word) in values.iter_mut().zip(bytes.as_chunks().0) {
                *value = if u32::from_le_bytes(word) < bound { first } else { second };
            }
        }
    }

    /// Shuffles the items; every order is equally likely (Fisher and Yates).
    pub fn shuffle<I>(&mut self, items: &mut [I]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

impl TryRng for Rng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.try_fill_bytes(bytes)
    }
}

/// Returns a random seed from the operating system, or from the clock if the system provides none.
pub(crate) fn fresh_seed() -> u64 {
    SysRng.try_next_u64().unwrap_or_else(|_| {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |now| now.as_nanos() as u64)
    })
}

/// Returns a seed that depends on a seed and on some numbers, for one of many independent uses of the first seed.
///
/// Each number is mixed in with the finalizer of SplitMix64 (Steele, Lea and Flood, 2014). The results never change.
pub(crate) fn derived_seed(seed: u64, numbers: &[u64]) -> u64 {
    let mix = |mut z: u64| {
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;
    numbers.iter().fold(mix(seed.wrapping_add(GOLDEN)), |state, &number| {
        mix((state ^ mix(number.wrapping_add(GOLDEN))).wrapping_add(GOLDEN))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// These numbers must not change between releases.
    #[test]
    fn the_stream_is_fixed() {
        let mut rng = Rng::stream(42, Stream::Weights);
        let drawn: Vec<u64> = (0..3).map(|_| rng.0.next_u64()).collect();
        assert_eq!(drawn, [12578764544318200737, 17529487244874322312, 7886285670807131020]);
        let mut order = [0, 1, 2, 3, 4, 5, 6, 7];
        Rng::stream(42, Stream::Shuffling).shuffle(&mut order);
        assert_eq!(order, [6, 3, 7, 0, 4, 2, 1, 5]);
    }

    #[test]
    fn derived_seeds_are_fixed_and_differ() {
        let seeds = [derived_seed(7, &[0, 0]), derived_seed(7, &[0, 1]), derived_seed(7, &[1, 0]), derived_seed(8, &[0, 0])];
        assert!((1..4).all(|end| !seeds[..end].contains(&seeds[end])), "{seeds:?}");
        assert_eq!(seeds[0], 9_407_921_726_483_494_829);
    }

    #[test]
    fn of_two_values_the_first_comes_as_often_as_its_probability_says() {
        let mut rng = Rng::stream(42, Stream::Noise);
        for (probability, range) in [(0.0, 0..=0), (0.3, 29_600..=30_400), (1.0 - 1e-15, 100_000..=100_000)] {
            // The count is not a multiple of the number of words that are drawn at once.
            let mut values = vec![0; 100_001];
            rng.fill_either(&mut values[1..], probability, [1, 2]);
            assert!(values.iter().skip(1).all(|&value| value == 1 || value == 2));
            let count = values.iter().filter(|&&value| value == 1).count();
            assert!(range.contains(&count), "{count} of {probability}");
        }
        // Each value takes one word, so the next draw does not depend on how many values were drawn per call.
        let (mut one, mut two) = (Rng::new(1), Rng::new(1));
        one.fill_either(&mut [0; 100], 0.5, [1, 2]);
        (0..100).for_each(|_| two.fill_either(&mut [0], 0.5, [1, 2]));
        assert_eq!(one.next_u64(), two.next_u64());
    }

    #[test]
    fn every_number_below_the_bound_is_drawn_equally_often() {
        let mut rng = Rng::new(7);
        let mut counts = [0u32; 5];
        (0..50_000).for_each(|_| counts[rng.below(5)] += 1);
        assert!(counts.iter().all(|&count| (9_600..10_400).contains(&count)), "{counts:?}");
        assert_eq!(rng.below(0), 0);
        assert_eq!(rng.below(1), 0);
    }
}
