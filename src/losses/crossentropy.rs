use super::{BinaryCrossentropy, CategoricalCrossentropy, Loss, LossGradient, SparseCategoricalCrossentropy, fuse_with};
use crate::activations::{Activation, Softmax};
use crate::base::{Batch, Result, Shape};
use crate::kernels::Scalar;
use crate::part::Describe;
use std::sync::Arc;

/// Keras' `"crossentropy"`: the binary cross-entropy for one output, the sparse one for targets of one column, and the
/// categorical one otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Crossentropy {
    from_logits: bool,
}

impl Crossentropy {
    /// Calls `run` with the loss that these shapes select.
    fn with<T: Scalar, R>(&self, outputs: &Shape, targets: &Shape, run: impl FnOnce(&dyn Loss<T>) -> R) -> R {
        if outputs.last() == 1 {
            run(&BinaryCrossentropy::default().from_logits(self.from_logits))
        } else if targets.last() == 1 {
            run(&SparseCategoricalCrossentropy::default().from_logits(self.from_logits))
        } else {
            run(&CategoricalCrossentropy::default().from_logits(self.from_logits))
        }
    }
}

impl Describe for Crossentropy {
    fn class_name(&self) -> &'static str {
        "crossentropy"
    }
}

impl<T: Scalar> Loss<T> for Crossentropy {
    crate::part::compiled!(Loss<T> for Crossentropy);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        self.with(predicted.shape(), target.shape(), |loss| loss.score(predicted, target, losses, gradient));
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        self.with(outputs, targets.shape(), |loss| loss.check(outputs, targets))
    }

    fn fuse(&self, last: &dyn Activation<T>, outputs: &Shape) -> Result<Option<Arc<dyn Loss<T>>>> {
        if outputs.last() == 1 {
            return BinaryCrossentropy::default().fuse(last, outputs);
        }
        fuse_with::<T, Softmax>(self.class_name(), self.from_logits, last, Self { from_logits: true })
    }
}
