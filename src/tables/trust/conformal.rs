//! Split conformal prediction: the limit of the scores of rows that training did not use.

use super::Sets;

/// Returns the smallest number of rows that gives a finite limit: `coverage / (1 - coverage)`, rounded up.
pub(super) fn fewest_rows(coverage: f64) -> usize {
    // less a rounding error, as 0.9 / (1 - 0.9) is a little more than 9
    (coverage / (1.0 - coverage) * (1.0 - 1e-9)).ceil() as usize
}

/// Returns the `k`-th smallest of `n` scores with `k = ceil((n + 1) coverage)`; `None` if there are too few.
///
/// A further score of the same kind is at most this limit with a probability of at least the coverage. Given the scores, the
/// share of further scores up to the limit follows `Beta(k, n + 1 - k)` if no two scores are equal, and is larger otherwise.
/// (Vovk, Gammerman and Shafer, *Algorithmic Learning in a Random World*, 2005; Angelopoulos and Bates, *A Gentle Introduction
/// to Conformal Prediction*, 2021)
pub(super) fn limit(mut scores: Vec<f64>, coverage: f64) -> Option<f64> {
    // less a rounding error, as 0.55 * 100 is a little more than 55
    let rank = ((scores.len() + 1) as f64 * coverage * (1.0 - 1e-12)).ceil() as usize;
    let last = rank.max(1) - 1;
    (last < scores.len()).then(|| *scores.select_nth_unstable_by(last, f64::total_cmp).1)
}

impl Sets {
    /// Returns the score of a class: the less it fits the probabilities of the row, the larger. Equal probabilities have equal
    /// scores.
    pub(super) fn score(self, row: &[f32], class: usize) -> f64 {
        let own = row[class];
        match self {
            Self::LeastAmbiguous => 1.0 - f64::from(own),
            Self::Adaptive => row.iter().filter(|&&p| p >= own).map(|&p| f64::from(p)).sum(),
        }
    }

    /// Returns the classes whose score is at most the limit, in their order.
    pub(super) fn set(self, row: &[f32], limit: f64) -> Vec<usize> {
        (0..row.len()).filter(|&class| self.score(row, class) <= limit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Rng, derived_seed};

    const REPETITIONS: usize = 200;
    const TESTS: usize = 2_000;
    const COVERAGE: f64 = 0.9;

    /// The probabilities of 0 to `TESTS` covered rows: beta-binomial with `Beta(k, n + 1 - k)`, where `k = ceil((n + 1) 0.9)`.
    fn beta_binomial(n: usize) -> Vec<f64> {
        let k = ((n + 1) as f64 * COVERAGE).ceil() as usize;
        let (a, b) = (k, n + 1 - k);
        let mut log_factorial = vec![0.0];
        for number in 1..=TESTS + n + 1 {
            log_factorial.push(log_factorial[number - 1] + (number as f64).ln());
        }
        let f = |number: usize| log_factorial[number];
        // C(m, x) B(x + a, m - x + b) / B(a, b), with B(a, b) = (a - 1)! (b - 1)! / (a + b - 1)!
        let beta = |a: usize, b: usize| f(a - 1) + f(b - 1) - f(a + b - 1);
        let choose = |x: usize| f(TESTS) - f(x) - f(TESTS - x);
        (0..=TESTS).map(|x| (choose(x) + beta(x + a, TESTS - x + b) - beta(a, b)).exp()).collect()
    }

    /// The distance of the mean from that of the distribution, in its standard deviations, and the p-value of the largest
    /// difference of the shares up to any count (Kolmogorov; Stephens, 1970, for the correction of a finite sample).
    fn compared(counts: &[usize], distribution: &[f64]) -> (f64, f64) {
        let of = |power: i32| distribution.iter().enumerate().map(|(x, p)| (x as f64).powi(power) * p).sum::<f64>();
        let (repetitions, mean, square) = (counts.len() as f64, of(1), of(2));
        let found = counts.iter().sum::<usize>() as f64 / repetitions;
        let distance = (found - mean) / ((square - mean * mean) / repetitions).sqrt();
        let (mut up_to, mut largest) = (0.0, 0.0f64);
        for (count, p) in distribution.iter().enumerate() {
            up_to += p;
            let share = counts.iter().filter(|&&found| found <= count).count() as f64 / repetitions;
            largest = largest.max((share - up_to).abs());
        }
        let x = largest * (repetitions.sqrt() + 0.12 + 0.11 / repetitions.sqrt());
        let p = (1..100).map(|i| f64::from(if i % 2 == 1 { 2 } else { -2 }) * (-2.0 * f64::from(i * i) * x * x).exp()).sum();
        (distance, p)
    }

    /// The number of covered rows in each repetition; `rows(rng, count)` makes the scores of new rows, and `covers` tells whether
    /// the set or interval of such a row has the answer.
    fn repeat<R>(
        n: usize,
        limit: impl Fn(Vec<f64>) -> f64,
        row: impl Fn(&mut Rng) -> R,
        score: impl Fn(&R) -> f64,
        covers: impl Fn(&R, f64) -> bool,
    ) -> Vec<usize> {
        (0..REPETITIONS as u64)
            .map(|repetition| {
                let mut rng = Rng::new(derived_seed(n as u64, &[repetition]));
                let limit = limit((0..n).map(|_| score(&row(&mut rng))).collect());
                (0..TESTS).filter(|_| covers(&row(&mut rng), limit)).count()
            })
            .collect()
    }

    fn assert_fits(counts: &[usize], n: usize) {
        let (distance, p) = compared(counts, &beta_binomial(n));
        assert!(distance.abs() < 3.0, "the mean is {distance} standard deviations off, n = {n}");
        assert!(p > 0.01, "p = {p}, n = {n}");
    }

    /// A true number and a poor prediction of it.
    fn number(rng: &mut Rng) -> (f64, f64) {
        let x = rng.uniform();
        let noise = (rng.uniform() - 0.5) + (rng.uniform() - 0.5);
        (x * x + (0.1 + x) * noise, 0.8 * x)
    }

    #[test]
    fn intervals_cover_as_often_as_they_say() {
        let error = |(actual, predicted): &(f64, f64)| (actual - predicted).abs();
        let covers = |row: &(f64, f64), limit: f64| (row.1 - limit..=row.1 + limit).contains(&row.0);
        for n in [100, 500] {
            assert_fits(&repeat(n, |scores| limit(scores, COVERAGE).unwrap(), number, error, covers), n);
        }
        // the usual mistake, n instead of n + 1 in the rank, is found
        let wrong = |mut scores: Vec<f64>| {
            scores.sort_unstable_by(f64::total_cmp);
            scores[(100.0 * COVERAGE) as usize - 1]
        };
        assert!(compared(&repeat(100, wrong, number, error, covers), &beta_binomial(100)).0 < -3.0);
    }

    /// A row of probabilities that are wrong, and its class. The least probable class, whose adaptive score is 1 in every row, is
    /// rarely the right one.
    fn classes(rng: &mut Rng) -> ([f32; 12], usize) {
        let mut row = [0.0; 12].map(|_: f64| (4.0 * rng.uniform()).exp());
        let sum: f64 = row.iter().sum();
        let mut left = rng.uniform() * sum;
        let class = row.iter().position(|p| {
            left -= p;
            left < 0.0
        });
        row.iter_mut().for_each(|p| *p = p.powf(1.5));
        let sum: f64 = row.iter().sum();
        (row.map(|p| (p / sum) as f32), class.unwrap_or(11))
    }

    #[test]
    fn sets_cover_as_often_as_they_say() {
        for sets in [Sets::LeastAmbiguous, Sets::Adaptive] {
            for n in [100, 500] {
                let score = |(row, class): &([f32; 12], usize)| sets.score(row, *class);
                let covers = |(row, class): &([f32; 12], usize), limit| sets.set(row, limit).contains(class);
                assert_fits(&repeat(n, |scores| limit(scores, COVERAGE).unwrap(), classes, score, covers), n);
            }
        }
    }

    /// Equal scores make a set or an interval cover more, not less.
    #[test]
    fn equal_scores_are_conservative() {
        let row = |rng: &mut Rng| (rng.uniform() * 8.0).floor();
        let counts = repeat(100, |scores| limit(scores, COVERAGE).unwrap(), row, |score| *score, |score, limit| *score <= limit);
        let mean = counts.iter().sum::<usize>() as f64 / (REPETITIONS * TESTS) as f64;
        assert!(mean > 91.0 / 101.0, "{mean}");
        // classes of one probability are in the set together
        for sets in [Sets::LeastAmbiguous, Sets::Adaptive] {
            let row = [0.5f32, 0.25, 0.25];
            assert_eq!(sets.score(&row, 1), sets.score(&row, 2));
            assert_eq!(sets.set(&row, sets.score(&row, 1)), [0, 1, 2]);
        }
    }

    #[test]
    fn ranks_and_fewest_rows() {
        for (coverage, fewest) in [(0.5, 1), (0.8, 4), (0.9, 9), (0.95, 19), (0.99, 99), (0.999, 999)] {
            assert_eq!(fewest_rows(coverage), fewest);
            let scores = |n: usize| (1..=n).map(|score| score as f64).collect::<Vec<_>>();
            assert_eq!(limit(scores(fewest), coverage), Some(fewest as f64));
            assert_eq!(limit(scores(fewest - 1), coverage), None);
            // ceil(1000 coverage) is exact
            assert_eq!(limit(scores(999), coverage), Some((1000.0 * coverage).round()));
        }
        assert_eq!(limit((1..100).map(f64::from).collect(), 0.55), Some(55.0));
    }
}
