use super::{Loss, LossGradient, Reduction, check_targets, reduction_argument};
use crate::base::{Batch, Error, Result, Shape};
use crate::kernels::Scalar;
use crate::kernels::math;
use crate::part::{Arguments, Describe};
use std::ops::Bound::Excluded;

/// A loss that pulls the vectors of one class together and pushes those of different classes apart:
/// `ln(1 + sum(exp(gamma w+ (d - m))) sum(exp(gamma w- (1 - m - d))))` for each sample. The first sum is over the samples of
/// its class in the batch and the second over the samples of other classes. `d = max(1 - cosine, 0)` is the distance to the
/// other sample, `m` is the margin, `w+ = max(m + d, 0)` and `w- = max(1 + m - d, 0)`.
/// [Keras](https://keras.io/api/losses/metric_learning_losses/); Y. Sun et al., "Circle Loss", 2020.
///
/// Predictions are vectors of length 1. Targets are class indices, which can be any whole numbers. A sample counts only if the
/// batch has samples both of its class and of another class.
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
    /// The factor `gamma` in the exponents, above 0 (default 80).
    pub fn gamma(mut self, gamma: f64) -> Self {
        self.gamma = gamma;
        self
    }

    /// The margin `m`, from 0 to 1 (default 0.4): the distance below which two vectors of one class are near enough.
    pub fn margin(mut self, margin: f64) -> Self {
        self.margin = margin;
        self
    }

    /// Whether a sample is not compared with itself (default: true).
    pub fn remove_diagonal(mut self, remove_diagonal: bool) -> Self {
        self.remove_diagonal = remove_diagonal;
        self
    }

    reduction_argument!();

    /// Iterates over the pairs of a sample: the index of the other sample, and whether both are of one class.
    fn pairs<'a, T: Scalar>(&self, labels: &'a [T], sample: usize) -> impl Iterator<Item = (usize, bool)> + 'a {
        let removed = self.remove_diagonal.then_some(sample);
        let pair = move |other: usize| (other, labels[other] == labels[sample]);
        (0..labels.len()).filter(move |other| Some(*other) != removed).map(pair)
    }

    /// Computes the exponent of a pair and its derivative with respect to the product of the two vectors.
    fn exponent<T: Scalar>(&self, a: &[T], b: &[T], is_same: bool) -> (T, T) {
        let (one, zero, gamma, margin) = (T::one(), T::zero(), T::of(self.gamma), T::of(self.margin));
        let raw = one - a.iter().zip(b).map(|(&a, &b)| a * b).sum::<T>();
        let (distance, by_raw) = if raw < zero { (zero, zero) } else { (raw, one) };
        // the exponent is gamma w (distance - margin) within a class and gamma w (1 - margin - distance) between classes
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

    /// Computes the logarithms of the sums over the sample's own class and over the others; an empty sum gives minus infinity.
    fn log_sums<T: Scalar>(&self, predicted: Batch<'_, T>, labels: &[T], sample: usize) -> [T; 2] {
        let width = predicted.width();
        let vector = |sample: usize| &predicted.values()[sample * width..(sample + 1) * width];
        // each entry holds the largest exponent so far and the sum of exp(x - largest), which cannot overflow
        let mut sums: [Option<(T, T)>; 2] = [None; 2];
        for (other, is_same) in self.pairs(labels, sample) {
            let (x, _) = self.exponent(vector(sample), vector(other), is_same);
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

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], mut gradient: Option<LossGradient<'_, T>>) {
        let (labels, width, none) = (target.values(), predicted.width(), T::of(f64::NEG_INFINITY));
        if let Some(gradient) = &mut gradient {
            gradient.values.values().fill(T::zero());
        }
        for (sample, loss) in losses.iter_mut().enumerate().take(labels.len()) {
            let log_sums = self.log_sums(predicted, labels, sample);
            *loss = math::softplus(log_sums[0] + log_sums[1]);
            let Some(gradient) = gradient.as_mut().filter(|_| !log_sums.contains(&none)) else { continue };
            let outer = gradient.scale[sample] * math::logistic(log_sums[0] + log_sums[1]);
            let vector = |sample: usize| &predicted.values()[sample * width..(sample + 1) * width];
            for (other, is_same) in self.pairs(labels, sample) {
                let (x, by_product) = self.exponent(vector(sample), vector(other), is_same);
                let factor = outer * math::exp(x - log_sums[usize::from(!is_same)]) * by_product;
                // the product depends on both vectors, so both get a gradient
                for (to, from) in [(sample, other), (other, sample)] {
                    let to = &mut gradient.values.values()[to * width..(to + 1) * width];
                    to.iter_mut().zip(vector(from)).for_each(|(gradient, &value)| *gradient += factor * value);
                }
            }
        }
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        if targets.width() != 1 {
            let (found, outputs) = (targets.width(), outputs.width());
            let hint = "give one column of class indices".to_string();
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
        for (sample, scale) in scale.iter_mut().enumerate().take(labels.len()) {
            let has = |of_its_class: bool| self.pairs(labels, sample).any(|(_, is_same)| is_same == of_its_class);
            if has(true) && has(false) {
                count += 1;
            } else {
                *scale = T::zero();
            }
        }
        count
    }
}
