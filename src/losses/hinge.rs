//! Hinge losses, which are 0 if a prediction is right by a margin.

use super::{Loss, LossGradient, Reduction, check_probabilities, check_same_width, check_targets, only_reduction_argument};
use super::{pointwise, rowwise};
use crate::base::{Batch, Result, Shape};
use crate::kernels::Scalar;

/// The mean distance to a margin of 1: `sum(max(1 - t p, 0)) / K` over the `K` outputs of a sample.
/// [Keras](https://keras.io/api/losses/hinge_losses/#hinge-class)
///
/// Targets are -1 or 1; if all of them are 0 or 1, the loss reads 0 as -1. Predictions can be any numbers, so let the last
/// layer have no activation, or `Tanh`.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile("sgd", Hinge::default(), ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![-1.0; 1.0], FitOptions::new().epochs(3))?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Hinge {
    reduction: Reduction,
}

only_reduction_argument!(Hinge);

impl<T: Scalar> Loss<T> for Hinge {
    crate::part::compiled!(Loss<T> for Hinge);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        pointwise(predicted, target, losses, gradient, |p, t| {
            let t = side(t);
            let (distance, by_distance) = rectified(T::one() - t * p);
            (distance, -t * by_distance)
        });
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        check_sides("Hinge", outputs, targets)
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }
}

/// The mean squared distance to a margin of 1: `sum(max(1 - t p, 0)^2) / K` over the `K` outputs of a sample.
/// [Keras](https://keras.io/api/losses/hinge_losses/#squaredhinge-class)
///
/// Targets and predictions are as for [`Hinge`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SquaredHinge {
    reduction: Reduction,
}

only_reduction_argument!(SquaredHinge);

impl<T: Scalar> Loss<T> for SquaredHinge {
    crate::part::compiled!(Loss<T> for SquaredHinge);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        pointwise(predicted, target, losses, gradient, |p, t| {
            let t = side(t);
            let (distance, _) = rectified(T::one() - t * p);
            (distance * distance, -t * (distance + distance))
        });
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        check_sides("SquaredHinge", outputs, targets)
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }
}

/// The distance by which the right class fails to exceed the others by a margin of 1: `max(1 - sum(t p) + max((1 - t) p), 0)`.
/// [Keras](https://keras.io/api/losses/hinge_losses/#categoricalhinge-class)
///
/// Targets are one-hot. If several other classes have the largest prediction, they share its gradient equally.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CategoricalHinge {
    reduction: Reduction,
}

only_reduction_argument!(CategoricalHinge);

impl<T: Scalar> Loss<T> for CategoricalHinge {
    crate::part::compiled!(Loss<T> for CategoricalHinge);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        rowwise(predicted, target, losses, gradient, |predicted, target, gradient| {
            let pairs = || predicted.iter().zip(target);
            let others = || pairs().map(|(&p, &t)| (T::one() - t) * p);
            // this is NaN if any prediction is NaN, whatever its target
            let right: T = pairs().map(|(&p, &t)| t * p).sum();
            let best = others().reduce(|a, b| if b > a { b } else { a }).unwrap_or(T::zero());
            let (distance, by_distance) = rectified(T::one() - right + best);
            if let Some((scale, gradient)) = gradient {
                let equals = T::of(others().filter(|other| *other == best).count().max(1) as f64);
                for ((gradient, &t), other) in gradient.iter_mut().zip(target).zip(others()) {
                    let by_best = if other == best { (T::one() - t) / equals } else { T::zero() };
                    *gradient = scale * by_distance * (by_best - t);
                }
            }
            distance
        });
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        check_same_width("CategoricalHinge", outputs, targets.shape())?;
        check_probabilities("CategoricalHinge", targets)
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }
}

/// Returns the target as -1 or 1.
#[inline(always)]
fn side<T: Scalar>(target: T) -> T {
    if target == T::zero() { -T::one() } else { target }
}

/// Computes `max(x, 0)` and its derivative, which is 1 at 0; for NaN both are NaN.
#[inline(always)]
fn rectified<T: Scalar>(x: T) -> (T, T) {
    if x >= T::zero() {
        (x, T::one())
    } else if x < T::zero() {
        (T::zero(), T::zero())
    } else {
        (x, x)
    }
}

fn check_sides<T: Scalar>(part: &str, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
    check_same_width(part, outputs, targets.shape())?;
    let no = if targets.values().contains(&-T::one()) { -T::one() } else { T::zero() };
    check_targets(part, targets, |t| t == T::one() || t == no, || "targets that are all -1 or 1, or all 0 or 1".to_string())
}
