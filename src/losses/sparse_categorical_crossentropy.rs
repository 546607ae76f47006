use super::categorical_crossentropy::{Wanted, score_classes};
use super::{
    Loss, LossGradient, Reduction, check_class_indices, check_class_width, class_index, from_logits_argument, fuse_with,
    reduction_argument,
};
use crate::activations::{Activation, Softmax};
use crate::base::{Batch, Result, Shape};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};
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

    fn is_ignored<T: Scalar>(&self, label: T) -> bool {
        self.ignore_class.is_some_and(|ignored| label.to_f64() == ignored as f64)
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
    crate::part::compiled!(Loss<T> for SparseCategoricalCrossentropy);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], slope: Option<LossGradient<'_, T>>) {
        let (labels, classes) = (target.values(), predicted.width());
        score_classes(self.from_logits, predicted, losses, slope, &Labels { labels, classes, ignored: self.ignore_class });
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

/// The class that is wanted in each sample.
struct Labels<'a, T> {
    labels: &'a [T],
    classes: usize,
    ignored: Option<i64>,
}

impl<T: Scalar> Labels<'_, T> {
    /// The class, or what stands for all shares where there is none: 0 in a sample that is ignored, NaN for a label that `check`
    /// refuses.
    fn class(&self, sample: usize) -> std::result::Result<usize, T> {
        let Some(&label) = self.labels.get(sample) else { return Err(T::of(f64::NAN)) };
        if self.ignored.is_some_and(|ignored| label.to_f64() == ignored as f64) {
            return Err(T::zero());
        }
        class_index(label, self.classes).ok_or(T::of(f64::NAN))
    }
}

impl<T: Scalar> Wanted<T> for Labels<'_, T> {
    fn share(&self, sample: usize, class: usize) -> T {
        self.class(sample).map_or_else(|all| all, |wanted| if wanted == class { T::one() } else { T::zero() })
    }

    fn total(&self, sample: usize, _classes: usize) -> T {
        self.class(sample).map_or_else(|all| all, |_| T::one())
    }

    fn subtract(&self, sample: usize, scale: T, slope: &mut [T]) {
        match self.class(sample) {
            Ok(class) => slope[class] -= scale,
            Err(all) => slope.iter_mut().for_each(|slope| *slope -= scale * all),
        }
    }

    fn loss(&self, sample: usize, z: &[T], log_sum: T) -> T {
        self.class(sample).map_or_else(|all| all, |class| log_sum - z[class])
    }
}
