//! Losses that measure how much predicted and target areas overlap.

use super::scoring::{Axis, groupwise};
use super::{Loss, LossGradient, Reduction, check_probabilities, check_same_width, reduction_argument};
use crate::base::{Batch, EPSILON, Result, Shape};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// One minus the Dice coefficient, the overlap of predicted and target areas: `1 - 2 sum(t p) / (sum(t) + sum(p) + 1e-7)`.
/// [Keras](https://keras.io/api/losses/regression_losses/); F. Milletari et al., "V-Net", 2016.
///
/// The sums run over the whole batch, so that the loss is one number for the batch, unless [`axis`](Self::axis) is set.
/// Targets are from 0 to 1.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(2).activation(Sigmoid));
/// model.compile("adam", Dice::default(), ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![0.0, 1.0; 1.0, 1.0], FitOptions::new().epochs(3))?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Dice {
    axis: Option<i64>,
    reduction: Reduction,
}

/// One minus the Tversky index, an overlap of predicted and target areas that weights false negatives and false positives:
/// `1 - c / (c + alpha sum((1 - p) t) + beta sum(p (1 - t)) + 1e-7)` with `c = sum(t p)`.
/// [Keras](https://keras.io/api/losses/regression_losses/); S. S. M. Salehi et al., "Tversky loss function for image
/// segmentation using 3D fully convolutional deep networks", 2017.
///
/// The sums run over the whole batch, so that the loss is one number for the batch, unless [`axis`](Self::axis) is set.
/// Targets are from 0 to 1. If both weights are 1/2, the loss is nearly [`Dice`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tversky {
    alpha: f64,
    beta: f64,
    axis: Option<i64>,
    reduction: Reduction,
}

/// Gives a loss its setter for the axis.
macro_rules! axis_argument {
    () => {
        /// The values that are summed: the whole batch for `None` (default), each sample for -1 or 1, each output over all
        /// samples for 0.
        pub fn axis(mut self, axis: impl Into<Option<i64>>) -> Self {
            self.axis = axis.into();
            self
        }
    };
}

impl Dice {
    axis_argument!();
    reduction_argument!();
}

impl Tversky {
    /// The weight of false negatives, at least 0 (default 0.5).
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// The weight of false positives, at least 0 (default 0.5).
    pub fn beta(mut self, beta: f64) -> Self {
        self.beta = beta;
        self
    }

    axis_argument!();
    reduction_argument!();
}

impl Default for Tversky {
    fn default() -> Self {
        Self { alpha: 0.5, beta: 0.5, axis: None, reduction: Reduction::default() }
    }
}

impl Describe for Dice {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.optional_integer("axis", &mut self.axis, -1..=1);
        self.reduction.describe(arguments);
    }
}

impl Describe for Tversky {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("alpha", &mut self.alpha, 0.0..f64::INFINITY);
        arguments.number("beta", &mut self.beta, 0.0..f64::INFINITY);
        arguments.optional_integer("axis", &mut self.axis, -1..=1);
        self.reduction.describe(arguments);
    }
}

/// Implements `Loss` for `1 - share`, where `share` is a fraction of sums of `t p`, `t` and `p`.
///
/// `$factors` returns the factor of `sum(t p)` in the numerator and those of `sum(t p)`, `sum(t)` and `sum(p)` in the
/// denominator.
macro_rules! overlap {
    ($loss:ident, $factors:expr) => {
        impl<T: Scalar> Loss<T> for $loss {
            crate::part::compiled!(Loss<T> for $loss);

            fn score(
                &self,
                predicted: Batch<'_, T>,
                target: Batch<'_, T>,
                losses: &mut [T],
                gradient: Option<LossGradient<'_, T>>,
            ) {
                let (common, [by_both, by_target, by_predicted]): (f64, [f64; 3]) = $factors(self);
                let axis = (Axis::new(self.axis), self.reduction);
                groupwise(
                    axis,
                    [predicted, target],
                    losses,
                    gradient,
                    |p, t| [t * p, t, p],
                    |[both, t, p]| {
                        let all = by_both * both + by_target * t + by_predicted * p + EPSILON;
                        let share = common * both / all;
                        // this uses d share / dp = (common t - share (by_both t + by_predicted)) / all
                        (1.0 - share, [(share * by_both - common) / all, 0.0, share * by_predicted / all])
                    },
                );
            }

            fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
                check_same_width(self.class_name(), outputs, targets.shape())?;
                check_probabilities(self.class_name(), targets)
            }

            fn reduction(&self) -> Reduction {
                self.reduction
            }

            fn of_batch(&self) -> bool {
                Axis::new(self.axis) != Axis::Samples
            }
        }
    };
}

overlap!(Dice, |_: &Dice| (2.0, [0.0, 1.0, 1.0]));
overlap!(Tversky, |loss: &Tversky| (1.0, [1.0 - loss.alpha - loss.beta, loss.alpha, loss.beta]));
