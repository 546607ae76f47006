//! Scrambled Halton points, which fill a space evenly in every prefix of the sequence.
//!
//! The coordinate of dimension `d` of point `n` is the radical inverse of `n` in the base of the `d`-th prime, with each digit
//! replaced by a random permutation (Halton 1960; Owen, *A randomized Halton algorithm in R*, 2017). Each name of a search has
//! a base of its own, so that a name that exists only under a condition leaves the others as they are.

use crate::base::{Rng, derived_seed};

/// Returns the coordinate of a point, from 0 to 1.
pub(super) fn coordinate(seed: u64, dimension: usize, point: u64) -> f64 {
    let base = prime(dimension);
    let (mut rest, mut scale, mut value) = (point, 1.0, 0.0);
    for place in 0.. {
        scale /= base as f64;
        if scale < f64::EPSILON / 4.0 {
            break;
        }
        let digit = (rest % base) as usize;
        rest /= base;
        value += scale * permutation(seed, dimension, place, base)[digit] as f64;
    }
    value.min(1.0 - f64::EPSILON)
}

/// Returns the random permutation of the digits at this place.
fn permutation(seed: u64, dimension: usize, place: u64, base: u64) -> Vec<u64> {
    let mut digits: Vec<u64> = (0..base).collect();
    Rng::new(derived_seed(seed, &[dimension as u64, place])).shuffle(&mut digits);
    digits
}

/// Returns prime number `index`, counted from 0.
fn prime(index: usize) -> u64 {
    let is_prime =
        |number: &u64| (2..).take_while(|divisor| divisor * divisor <= *number).all(|divisor| !number.is_multiple_of(divisor));
    (2..).filter(is_prime).nth(index).unwrap_or(2)
}

/// Returns a number from 0 to 1 that follows from a seed.
pub(super) fn random(seed: u64) -> f64 {
    Rng::new(seed).uniform()
}

/// Returns a hash of some bytes that never changes: FNV-1a with 64 bits.
pub(super) fn hash(bytes: impl AsRef<[u8]>) -> u64 {
    extend(0xcbf2_9ce4_8422_2325, bytes.as_ref())
}

/// Returns the hash of what was hashed before followed by these bytes.
pub(super) fn extend(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_is_even() {
        assert_eq!((0..6).map(prime).collect::<Vec<_>>(), [2, 3, 5, 7, 11, 13]);
        for dimension in 0..8 {
            let base = prime(dimension);
            // Any `base` points in a row, from a multiple of the base on, have one point in each interval of length 1 / base.
            for start in [0, base, 7 * base] {
                let mut cells: Vec<u64> =
                    (start..start + base).map(|point| (coordinate(3, dimension, point) * base as f64) as u64).collect();
                cells.sort_unstable();
                assert_eq!(cells, (0..base).collect::<Vec<_>>());
            }
        }
        let mean = (0..50).map(|point| coordinate(1, 4, point)).sum::<f64>() / 50.0;
        assert!((mean - 0.5).abs() < 0.05, "{mean}");
        assert_ne!(coordinate(1, 0, 0), coordinate(2, 0, 0));
    }
}
