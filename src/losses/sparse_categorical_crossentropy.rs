use super::categorical_crossentropy::{ClassTargets, score_classes};
use super::{
    Loss, LossGradient, Reduction, check_class_indices, check_class_width, class_index, from_logits_argument, fuse_with,
    label_smoothing_argument, reduction_argument,
};
use crate::activations::{Activation, Softmax};
use crate::base::{Batch, Result, Shape};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};
use std::sync::Arc;

/// The cross-entropy of class indices: `-ln p[t]` for a sample of class `t`.
/// [Keras](https://keras.io/api/losses/probabilistic_losses/#sparsecategoricalcrossentropy-class)
///
/// Predictions are probabilities, which the loss divides by their sum and clips to `[1e-7, 1 - 1e-7]`. For logits `z`, and in
/// training after a `Softmax`, it uses the exact form `ln sum(exp(z)) - z[t]`. Targets are class indices: whole numbers from
/// 0, below the number of units of the last layer.
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
    label_smoothing: f64,
    reduction: Reduction,
}

impl SparseCategoricalCrossentropy {
    from_logits_argument!();

    /// A label whose samples the loss ignores; it need not be a class index (default: none).
    pub fn ignore_class(mut self, label: i64) -> Self {
        self.ignore_class = Some(label);
        self
    }

    label_smoothing_argument!(
        "`t (1 - s) + s / K`, for `t` of 1 for the class and 0 for the others of `K` classes, as in Keras 3.16"
    );

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
        // Keras 3.15 does not know this argument, so it is left out of a file where it changes nothing.
        if !arguments.leaves_out("label_smoothing", self.label_smoothing == 0.0) {
            arguments.number("label_smoothing", &mut self.label_smoothing, 0.0..=1.0);
        }
        self.reduction.describe(arguments);
    }
}

impl<T: Scalar> Loss<T> for SparseCategoricalCrossentropy {
    crate::part::compiled!(Loss<T> for SparseCategoricalCrossentropy);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        let (labels, classes) = (target.values(), predicted.width());
        let (keep, shift) = (T::of(1.0 - self.label_smoothing), T::of(self.label_smoothing / classes as f64));
        let labels = Labels { labels, classes, ignored: self.ignore_class, keep, shift };
        score_classes(self.from_logits, predicted, losses, gradient, &labels);
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

/// The target of each sample as a class index, whose share is `keep + shift`; that of every other class is `shift`.
struct Labels<'a, T> {
    labels: &'a [T],
    classes: usize,
    ignored: Option<i64>,
    keep: T,
    shift: T,
}

impl<T: Scalar> Labels<'_, T> {
    /// The class of a sample. The error is the share of every class in a sample without one: 0 if the sample is ignored, NaN
    /// if `check` would reject its label.
    fn class(&self, sample: usize) -> std::result::Result<usize, T> {
        let Some(&label) = self.labels.get(sample) else { return Err(T::of(f64::NAN)) };
        if self.ignored.is_some_and(|ignored| label.to_f64() == ignored as f64) {
            return Err(T::zero());
        }
        class_index(label, self.classes).ok_or(T::of(f64::NAN))
    }
}

impl<T: Scalar> ClassTargets<T> for Labels<'_, T> {
    fn share(&self, sample: usize, class: usize) -> T {
        self.class(sample).map_or_else(|all| all, |target| if target == class { self.keep + self.shift } else { self.shift })
    }

    fn total(&self, sample: usize, _classes: usize) -> T {
        self.class(sample).map_or_else(|all| all, |_| T::one())
    }

    fn subtract(&self, sample: usize, scale: T, gradient: &mut [T]) {
        match self.class(sample) {
            Ok(class) => {
                gradient[class] -= scale * self.keep;
                if self.shift > T::zero() {
                    gradient.iter_mut().for_each(|gradient| *gradient -= scale * self.shift);
                }
            }
            Err(all) => gradient.iter_mut().for_each(|gradient| *gradient -= scale * all),
        }
    }

    fn loss(&self, sample: usize, z: &[T], log_sum: T) -> T {
        self.class(sample).map_or_else(
            |all| all,
            |class| {
                let smoothed = z.iter().filter(|_| self.shift > T::zero()).map(|&z| self.shift * (log_sum - z));
                self.keep * (log_sum - z[class]) + smoothed.sum::<T>()
            },
        )
    }
}
