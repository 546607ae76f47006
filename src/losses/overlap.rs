//! Losses of how far predicted and wanted areas overlap.

use super::scoring::{Axis, groupwise};
use super::{Loss, LossGradient, Reduction, check_probabilities, check_same_width, reduction_argument};
use crate::base::{Batch, EPSILON, Result, Shape};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// What predicted and wanted areas do not have in common: `1 - 2 sum(t p) / (sum(t) + sum(p) + 1e-7)`.
/// [Keras](https://keras.io/api/losses/regression_losses/); F. Milletari et al., "V-Net", 2016.
///
/// The sums run over the whole batch, so that the loss is one number for it; [`axis`](Self::axis) says otherwise.
/// Targets are 0, 1 or between.
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

/// What predicted and wanted areas do not have in common, with weights for what is missed and what is too much:
/// `1 - c / (c + alpha sum((1 - p) t) + beta sum(p (1 - t)) + 1e-7)` with `c = sum(t p)`.
/// [Keras](https://keras.io/api/losses/regression_losses/); S. S. M. Salehi et al., "Tversky loss function for image
/// segmentation using 3D fully convolutional deep networks", 2017.
///
/// The sums run over the whole batch, so that the loss is one number for it; [`axis`](Self::axis) says otherwise.
/// Targets are 0, 1 or between. With both weights 1/2 it is nearly [`Dice`].
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
        /// What the sums run over: `None` the batch (default), -1 or 1 each sample, 0 each output in all samples.
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
    /// The weight of what is missed, at least 0 (default 0.5).
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// The weight of what is too much, at least 0 (default 0.5).
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

/// What the two losses have in common: `1 - share`, where `share` gives of the sums of `t p`, `t` and `p` the numerator
/// and the denominator, each as factors of these sums, of which the loss is made.
macro_rules! overlap {
    ($loss:ident, $factors:expr) => {
        impl<T: Scalar> Loss<T> for $loss {
            crate::part::compiled!(Loss<T> for $loss);

            fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], slope: Option<LossGradient<'_, T>>) {
                let (common, [by_both, by_target, by_predicted]): (f64, [f64; 3]) = $factors(self);
                let axis = (Axis::new(self.axis), self.reduction);
                groupwise(
                    axis,
                    [predicted, target],
                    losses,
                    slope,
                    |p, t| [t * p, t, p],
                    |[both, t, p]| {
                        let all = by_both * both + by_target * t + by_predicted * p + EPSILON;
                        let share = common * both / all;
                        // d share / dp = (common t - share (by_both t + by_predicted)) / all
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

// the factor of sum(t p) above the line, and those of sum(t p), sum(t) and sum(p) below it
overlap!(Dice, |_: &Dice| (2.0, [0.0, 1.0, 1.0]));
overlap!(Tversky, |loss: &Tversky| (1.0, [1.0 - loss.alpha - loss.beta, loss.alpha, loss.beta]));
