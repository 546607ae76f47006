use super::categorical_crossentropy::score_classes;
use super::{
    Loss, Reduction, Slope, check_class_indices, check_class_width, class_index, from_logits_argument, fuse_with,
    reduction_argument, rowwise,
};
use crate::activations::{Activation, Softmax};
use crate::saving::{Arguments, Describe};
use crate::{Batch, Result, Scalar, Shape};
use std::sync::Arc;

/// The cross-entropy of class indices: `-ln p[t]` for a sample of class `t`.
/// [Keras](https://keras.io/api/losses/probabilistic_losses/#sparsecategoricalcrossentropy-class)
///
/// Probabilities are divided by their sum, then clipped to `[1e-7, 1 - 1e-7]`. From logits, and in training after a
/// `Softmax`, the exact form with the logarithm of the sum of exponentials is used. Targets are whole numbers from 0,
/// below the number of units of the last layer.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(3).activation(Softmax));
/// model.compile("adam", SparseCategoricalCrossentropy::default(), "accuracy")?;
/// model.fit(&dmatrix![1.0; 2.0], &[2, 0], FitOptions::new().epochs(3))?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SparseCategoricalCrossentropy {
    from_logits: bool,
    ignore_class: Option<i64>,
    reduction: Reduction,
}

impl SparseCategoricalCrossentropy {
    from_logits_argument!();

    /// A label that marks samples not to be counted, within the classes or not (default: none).
    pub fn ignore_class(mut self, label: i64) -> Self {
        self.ignore_class = Some(label);
        self
    }

    reduction_argument!();

    fn is_ignored<T: Scalar>(&self, target: T) -> bool {
        self.ignore_class.is_some_and(|label| target.to_f64() == label as f64)
    }
}

impl Describe for SparseCategoricalCrossentropy {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.flag("from_logits", &mut self.from_logits);
        arguments.optional_integer("ignore_class", &mut self.ignore_class, ..);
        arguments.integer("axis", &mut -1, -1..=-1);
        self.reduction.describe(arguments);
    }
}

impl<T: Scalar> Loss<T> for SparseCategoricalCrossentropy {
    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], slope: Option<Slope<'_, T>>) {
        let classes = predicted.width();
        // where no class is wanted the loss is zero for an ignored sample, and NaN for a label that `check` refuses
        let (ignored, no_class) = (T::zero(), T::of(f64::NAN));
        rowwise(predicted, target, losses, slope, |predicted, target, slope| {
            let target = target.first().copied().unwrap_or(no_class);
            let wanted = class_index(target, classes).filter(|_| !self.is_ignored(target));
            let otherwise = if self.is_ignored(target) { ignored } else { no_class };
            let target = |class| match wanted {
                Some(wanted) if wanted == class => T::one(),
                Some(_) => T::zero(),
                None => otherwise,
            };
            score_classes(self.from_logits, predicted, target, slope)
        });
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        check_class_width(self.class_name(), outputs, targets.shape(), "`Sigmoid` and `BinaryCrossentropy`")?;
        check_class_indices(self.class_name(), outputs, targets, |label| self.is_ignored(label))
    }

    fn mask(&self, targets: Batch<'_, T>, scale: &mut [T]) -> usize {
        if self.ignore_class.is_none() {
            return targets.count();
        }
        let ignored = targets.values().iter().zip(scale).filter(|(target, _)| self.is_ignored(**target));
        targets.count() - ignored.map(|(_, scale)| *scale = T::zero()).count()
    }

    fn reduction(&self) -> Reduction {
        self.reduction
    }

    fn fuse(&self, last: &dyn Activation<T>, _outputs: &Shape) -> Result<Option<Arc<dyn Loss<T>>>> {
        fuse_with::<T, Softmax>(self.class_name(), self.from_logits, last, self.from_logits(true))
    }
}
