use super::{Loss, LossGradient, Reduction, check_targets, reduction_argument};
use crate::base::{Batch, Error, Result, Shape};
use crate::kernels::Scalar;
use crate::kernels::math;
use crate::part::{Arguments, Describe};
use std::ops::Bound::Excluded;

/// Draws the vectors of samples of one class together and those of different classes apart:
/// `ln(1 + sum(exp(gamma w+ (d - m))) sum(exp(gamma w- (1 - m - d))))` for each sample, over the samples of its class and
/// those of others in the batch, at a distance `d = max(1 - cosine, 0)`, with `w+ = max(m + d, 0)`,
/// `w- = max(1 + m - d, 0)` and the margin `m`.
/// [Keras](https://keras.io/api/losses/metric_learning_losses/); Y. Sun et al., "Circle Loss", 2020.
///
/// Predictions are vectors of length 1. Targets are class indices, any whole numbers. A sample that has none of its own
/// or none of another class in the batch does not count.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(8));
/// model.compile("adam", Circle::default().gamma(32.0), ())?;
/// model.fit(&dmatrix![0.1; 0.2; 0.8; 0.9], &[0, 0, 1, 1], FitOptions::new().epochs(3))?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circle {
    gamma: f64,
    margin: f64,
    remove_diagonal: bool,
    reduction: Reduction,
}

impl Circle {
    /// The factor in the exponents, above 0 (default 80).
    pub fn gamma(mut self, gamma: f64) -> Self {
        self.gamma = gamma;
        self
    }

    /// The distance within a class from which on a pair is near enough, from 0 to 1 (default 0.4).
    pub fn margin(mut self, margin: f64) -> Self {
        self.margin = margin;
        self
    }

    /// Whether a sample makes no pair with itself (default: true).
    pub fn remove_diagonal(mut self, remove_diagonal: bool) -> Self {
        self.remove_diagonal = remove_diagonal;
        self
    }

    reduction_argument!();

    /// The pairs of sample number `place`: the other's number, and whether that is of its class.
    fn pairs<'a, T: Scalar>(&self, labels: &'a [T], place: usize) -> impl Iterator<Item = (usize, bool)> + 'a {
        let removed = self.remove_diagonal.then_some(place);
        let pair = move |other: usize| (other, labels[other] == labels[place]);
        (0..labels.len()).filter(move |other| Some(*other) != removed).map(pair)
    }

    /// The exponent of a pair, and its derivative by the product of the two vectors.
    fn exponent<T: Scalar>(&self, a: &[T], b: &[T], is_same: bool) -> (T, T) {
        let (one, zero, gamma, margin) = (T::one(), T::zero(), T::of(self.gamma), T::of(self.margin));
        let raw = one - a.iter().zip(b).map(|(&a, &b)| a * b).sum::<T>();
        let (distance, by_raw) = if raw < zero { (zero, zero) } else { (raw, one) };
        // gamma w (distance - margin) within a class, gamma w (1 - margin - distance) between two
        let (weight, by_weight, toward) = if is_same {
            (margin + distance, one, distance - margin)
        } else {
            (one + margin - distance, -one, one - margin - distance)
        };
        if weight < zero {
            return (zero, zero);
        }
        (gamma * weight * toward, -by_raw * by_weight * gamma * (toward + weight))
    }

    /// The logarithms of the sums over the sample's own class and over the others: minus infinity where there are none.
    fn log_sums<T: Scalar>(&self, predicted: Batch<'_, T>, labels: &[T], place: usize) -> [T; 2] {
        let width = predicted.width();
        let vector = |place: usize| &predicted.values()[place * width..(place + 1) * width];
        // each sum as that of exp(x - largest), beside the largest exponent so far
        let mut sums: [Option<(T, T)>; 2] = [None; 2];
        for (other, is_same) in self.pairs(labels, place) {
            let (x, _) = self.exponent(vector(place), vector(other), is_same);
            let sum = &mut sums[usize::from(!is_same)];
            *sum = Some(match *sum {
                None => (x, T::one()),
                Some((largest, sum)) if x > largest => (x, sum * math::exp(largest - x) + T::one()),
                Some((largest, sum)) => (largest, sum + math::exp(x - largest)),
            });
        }
        sums.map(|sum| sum.map_or(T::of(f64::NEG_INFINITY), |(largest, sum)| largest + math::ln(sum)))
    }
}

impl Default for Circle {
    fn default() -> Self {
        Self { gamma: 80.0, margin: 0.4, remove_diagonal: true, reduction: Reduction::default() }
    }
}

impl Describe for Circle {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("gamma", &mut self.gamma, (Excluded(0.0), Excluded(f64::INFINITY)));
        arguments.number("margin", &mut self.margin, 0.0..=1.0);
        arguments.flag("remove_diagonal", &mut self.remove_diagonal);
        self.reduction.describe(arguments);
    }
}

impl<T: Scalar> Loss<T> for Circle {
    crate::part::compiled!(Loss<T> for Circle);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], mut slope: Option<LossGradient<'_, T>>) {
        let (labels, width, none) = (target.values(), predicted.width(), T::of(f64::NEG_INFINITY));
        if let Some(slope) = &mut slope {
            slope.values.values().fill(T::zero());
        }
        for (place, loss) in losses.iter_mut().enumerate().take(labels.len()) {
            let sums = self.log_sums(predicted, labels, place);
            *loss = math::softplus(sums[0] + sums[1]);
            let Some(slope) = slope.as_mut().filter(|_| !sums.contains(&none)) else { continue };
            let outer = slope.scale[place] * math::logistic(sums[0] + sums[1]);
            let vector = |place: usize| &predicted.values()[place * width..(place + 1) * width];
            for (other, is_same) in self.pairs(labels, place) {
                let (x, by_product) = self.exponent(vector(place), vector(other), is_same);
                let factor = outer * math::exp(x - sums[usize::from(!is_same)]) * by_product;
                // the product moves with both vectors
                for (to, from) in [(place, other), (other, place)] {
                    let to = &mut slope.values.values()[to * width..(to + 1) * width];
                    to.iter_mut().zip(vector(from)).for_each(|(slope, &value)| *slope += factor * value);
                }
            }
        }
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        if targets.width() != 1 {
            let (found, outputs) = (targets.width(), outputs.width());
            let hint = "it wants one column of class indices".to_string();
            return Err(Error::TargetWidth { part: "Circle".to_string(), found, outputs, hint });
        }
        check_targets("Circle", targets, |label| label.fract() == T::zero(), || "a class index, a whole number".to_string())
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn mask(&self, targets: Batch<'_, T>, scale: &mut [T]) -> usize {
        let labels = targets.values();
        let mut count = 0;
        for (place, scale) in scale.iter_mut().enumerate().take(labels.len()) {
            let has = |wanted: bool| self.pairs(labels, place).any(|(_, is_same)| is_same == wanted);
            if has(true) && has(false) {
                count += 1;
            } else {
                *scale = T::zero();
            }
        }
        count
    }
}
