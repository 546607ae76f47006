use super::scoring::{Axis, groupwise};
use super::{Loss, LossGradient, Reduction, reduction_argument};
use crate::base::{Batch, EPSILON};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// The negative cosine of the angle between predictions and targets, `-sum(p t) / (norm(p) norm(t))`: -1 if they have the same
/// direction, 1 if they have opposite directions. Their lengths do not matter.
/// [Keras](https://keras.io/api/losses/regression_losses/#cosinesimilarity-class)
///
/// A norm below 1e-7 is replaced by 1e-7.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(2));
/// model.compile("sgd", CosineSimilarity::default(), ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![0.0, 1.0; 1.0, 1.0], FitOptions::new().epochs(3))?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CosineSimilarity {
    axis: i64,
    reduction: Reduction,
}

impl CosineSimilarity {
    /// The axis of the vectors: -1 or 1 compares samples (default: -1), 0 compares each output over all samples of a batch.
    pub fn axis(mut self, axis: i64) -> Self {
        self.axis = axis;
        self
    }

    reduction_argument!();

    fn groups(&self) -> Axis {
        Axis::new(Some(self.axis))
    }
}

impl Default for CosineSimilarity {
    fn default() -> Self {
        Self { axis: -1, reduction: Reduction::default() }
    }
}

impl Describe for CosineSimilarity {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.integer("axis", &mut self.axis, -1..=1);
        self.reduction.describe(arguments);
    }
}

impl<T: Scalar> Loss<T> for CosineSimilarity {
    crate::part::compiled!(Loss<T> for CosineSimilarity);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        let longest = EPSILON.recip();
        // returns 1 / norm, and whether it was limited to 1e7
        let recip_norm = |squares: f64| {
            let recip = squares.sqrt().recip();
            if recip > longest { (longest, true) } else { (recip, false) }
        };
        let axis = (self.groups(), self.reduction);
        groupwise(
            axis,
            [predicted, target],
            losses,
            gradient,
            |p, t| [p * t, p * p, t * t],
            |[both, p, t]| {
                let ((by_p, is_bounded), (by_t, _)) = (recip_norm(p), recip_norm(t));
                let cosine = both * by_p * by_t;
                // the derivative is d(-cos)/dp = -t / (|p| |t|) + cos p / |p|^2
                let along = if is_bounded { 0.0 } else { cosine * by_p * by_p };
                (-cosine, [-by_p * by_t, along, 0.0])
            },
        );
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn of_batch(&self) -> bool {
        self.groups() != Axis::Samples
    }
}
