//! Losses: what training makes small.
//!
//! | here | in Keras | of one sample, `p` predicted and `t` wanted, over `K` outputs |
//! |---|---|---|
//! | [`MeanSquaredError`] | `"mse"` | `sum((p - t)^2) / K` |
//! | [`MeanAbsoluteError`] | `"mae"` | `sum(abs(p - t)) / K` |
//! | [`BinaryCrossentropy`] | `"bce"` | `-sum(t ln p + (1 - t) ln(1 - p)) / K` |
//! | [`CategoricalCrossentropy`] | `"categorical_crossentropy"` | `-sum(t ln p)`, `t` one-hot |
//! | [`SparseCategoricalCrossentropy`] | `"sparse_categorical_crossentropy"` | `-ln p[t]`, `t` a class index |

mod binary_crossentropy;
mod categorical_crossentropy;
mod mean_absolute_error;
mod mean_squared_error;
mod sparse_categorical_crossentropy;

pub use binary_crossentropy::BinaryCrossentropy;
pub use categorical_crossentropy::CategoricalCrossentropy;
pub use mean_absolute_error::MeanAbsoluteError;
pub use mean_squared_error::MeanSquaredError;
pub use sparse_categorical_crossentropy::SparseCategoricalCrossentropy;

use crate::activations::Activation;
use crate::batch::BLOCK;
use crate::kernels;
use crate::saving::Part;
use crate::training::Data;
use crate::{Batch, BatchMut, DMatrix, Error, Result, Scalar, Shape, Targets};
use std::sync::Arc;

/// The loss of each sample, with its slope.
///
/// How the samples' losses become one number, and how weights of samples enter, is [`Reduction`], done once for all
/// losses. A loss of one's own is one struct and [`score`](Loss::score), usually one call of [`pointwise`]; check its
/// slope with [`crate::check::loss`].
pub trait Loss<T: Scalar>: Part {
    /// Writes the loss of each sample to `losses`, and where a slope is wanted, that too.
    ///
    /// `slope.values` becomes `scale[i] * d losses[i] / d predicted[i]` for each sample `i`.
    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], slope: Option<Slope<'_, T>>);

    /// Fails if these targets cannot be compared with outputs of this shape; asked once, before training.
    ///
    /// # Errors
    ///
    /// By default when the widths differ; a loss over classes also looks at the labels.
    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        check_same_width(self.name(), outputs, targets.shape())
    }

    /// How the losses of the samples become one number.
    fn reduction(&self) -> Reduction {
        Reduction::SumOverBatchSize
    }

    /// Sets the scale of samples that shall not count to 0, and says how many do; by default all.
    fn mask(&self, targets: Batch<'_, T>, _scale: &mut [T]) -> usize {
        targets.count()
    }

    /// The same loss of the last layer's sums, where that is more exact than of its activation's outputs.
    ///
    /// # Errors
    ///
    /// A last activation that makes no sense under this loss.
    fn fuse(&self, _last: &dyn Activation<T>) -> Result<Option<Arc<dyn Loss<T>>>> {
        Ok(None)
    }
}

/// Where [`Loss::score`] writes the slope, and how much each sample counts in it.
#[derive(Debug)]
pub struct Slope<'a, T> {
    /// A factor for each sample: its weight, divided as the reduction says.
    pub scale: &'a [T],
    /// The slope with respect to the predictions.
    pub values: BatchMut<'a, T>,
}

/// How the losses of samples, each times its weight, become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reduction {
    /// The sum divided by the number of samples (not by the sum of their weights): Keras' default.
    #[default]
    SumOverBatchSize,
    /// The sum.
    Sum,
    /// The sum divided by the sum of the weights.
    MeanWithSampleWeight,
}

impl Reduction {
    /// Keras' words for them.
    pub(crate) const WORDS: [(&'static str, Self); 3] = [
        ("sum_over_batch_size", Self::SumOverBatchSize),
        ("sum", Self::Sum),
        ("mean_with_sample_weight", Self::MeanWithSampleWeight),
    ];
}

/// The factor of each sample: the loss of the batch is the sum of factor times loss.
///
/// This is the only place that divides by the size of the batch.
pub(crate) fn scale_samples<T: Scalar>(loss: &dyn Loss<T>, targets: Batch<'_, T>, weight: Option<&[T]>, scale: &mut [T]) {
    match weight {
        Some(weight) => scale.copy_from_slice(weight),
        None => scale.fill(T::one()),
    }
    let count = loss.mask(targets, scale);
    let divisor = match loss.reduction() {
        Reduction::SumOverBatchSize => T::of(count as f64),
        Reduction::Sum => return,
        Reduction::MeanWithSampleWeight => scale.iter().copied().sum(),
    };
    // nothing that counts: the loss is zero, not 0 / 0
    let factor = if divisor == T::zero() { T::zero() } else { divisor.recip() };
    scale.iter_mut().for_each(|scale| *scale *= factor);
}

/// The loss of predictions and its gradient, without a model: what Keras' `loss(y_true, y_pred, sample_weight)` gives.
///
/// # Errors
///
/// Rows or widths that differ, targets that the loss refuses, NaN or infinity.
///
/// ```
/// use layercake::losses::{MeanSquaredError, value_and_gradient};
/// use layercake::dmatrix;
///
/// let (targets, predictions) = (dmatrix![1.0; 2.0], dmatrix![3.0; 2.0]);
/// let (value, gradient) = value_and_gradient(&MeanSquaredError::default(), &targets, &predictions, None)?;
/// assert_eq!((value, gradient), (2.0, dmatrix![2.0; 0.0]));
/// # Ok::<(), layercake::Error>(())
/// ```
pub fn value_and_gradient<'a, T: Scalar>(
    loss: &dyn Loss<T>,
    targets: impl Into<Targets<'a, T>>,
    predictions: &DMatrix<T>,
    sample_weight: Option<&[T]>,
) -> Result<(T, DMatrix<T>)> {
    loss.check_arguments()?;
    let data = Data::new(["predictions", "targets", "sample_weight"], predictions, targets.into(), sample_weight)?;
    let (predicted, count) = (data.x.all(), data.count());
    loss.check(predicted.shape(), data.y.all()).map_err(|error| data.locate(error))?;
    let (mut losses, mut scale) = (vec![T::zero(); count], vec![T::zero(); count]);
    let mut gradient = vec![T::zero(); predicted.values().len()];
    scale_samples(loss, data.y.all(), data.weight.as_deref(), &mut scale);
    let values = BatchMut::new(predicted.shape(), &mut gradient);
    loss.score(predicted, data.y.all(), &mut losses, Some(Slope { scale: &scale, values }));
    let value = losses.iter().zip(&scale).map(|(&loss, &scale)| loss * scale).sum();
    Ok((value, DMatrix::from_row_slice(count, predictions.ncols(), &gradient)))
}

/// The loss of a sample as the mean over its outputs of a function of prediction and target.
///
/// `f(p, t)` gives the value and its derivative by `p`.
///
/// ```
/// use layercake::losses::pointwise;
/// use layercake::{Batch, Shape};
///
/// let shape = Shape::from(2);
/// let mut losses = [0.0; 1];
/// let square = |p: f64, t: f64| ((p - t) * (p - t), 2.0 * (p - t));
/// pointwise(Batch::new(&shape, &[3.0, 1.0]), Batch::new(&shape, &[1.0, 1.0]), &mut losses, None, square);
/// assert_eq!(losses, [2.0]);
/// ```
pub fn pointwise<T: Scalar>(
    predicted: Batch<'_, T>,
    target: Batch<'_, T>,
    losses: &mut [T],
    slope: Option<Slope<'_, T>>,
    f: impl Fn(T, T) -> (T, T),
) {
    blockwise(predicted, target, losses, slope, |predicted, target| kernels::zip_both(predicted, target, &f));
}

/// [`pointwise`] for a function that turns many predictions and targets into values and derivatives, in place.
pub(crate) fn blockwise<T: Scalar>(
    predicted: Batch<'_, T>,
    target: Batch<'_, T>,
    losses: &mut [T],
    mut slope: Option<Slope<'_, T>>,
    f: impl Fn(&mut [T], &mut [T]),
) {
    let width = predicted.width();
    let share = T::of(width as f64).recip();
    losses.fill(T::zero());
    // as far as there are targets
    for block in predicted.blocks().take_while(|block| block.end <= target.values().len()) {
        let first = block.start / width;
        let (values, slopes) = (&mut [T::zero(); BLOCK][..block.len()], &mut [T::zero(); BLOCK][..block.len()]);
        values.copy_from_slice(&predicted.values()[block.clone()]);
        slopes.copy_from_slice(&target.values()[block.clone()]);
        f(values, slopes);
        for (values, loss) in values.chunks(width).zip(&mut losses[first..]) {
            *loss += share * values.iter().copied().sum();
        }
        if let Some(slope) = &mut slope {
            for (slopes, &scale) in slopes.chunks_mut(width).zip(&slope.scale[first..]) {
                slopes.iter_mut().for_each(|slope| *slope *= scale * share);
            }
            slope.values.values()[block].copy_from_slice(slopes);
        }
    }
}

/// The form from logits of a cross-entropy, if the last activation is the `A` that makes its probabilities of logits.
///
/// Fails if the loss takes logits already, for then the activation would be applied twice.
pub(crate) fn fuse_with<T: Scalar, A: Activation<T>>(
    loss: &str,
    from_logits: bool,
    last: &dyn Activation<T>,
    fused: impl Loss<T>,
) -> Result<Option<Arc<dyn Loss<T>>>> {
    if !last.as_any().is::<A>() {
        return Ok(None);
    }
    if from_logits {
        let advice =
            format!("false behind a last layer with `{}`, whose outputs are probabilities, or no activation there", last.name());
        return Err(Error::argument(loss, "from_logits", true, advice));
    }
    Ok(Some(Arc::new(fused)))
}

/// Fails unless targets and outputs are equally wide.
pub(crate) fn check_same_width(part: &str, outputs: &Shape, targets: &Shape) -> Result<()> {
    let (found, outputs) = (targets.width(), outputs.width());
    if found == outputs {
        return Ok(());
    }
    let hint = format!("give the last layer {found} unit(s), or the targets {outputs} column(s)");
    Err(Error::TargetWidth { part: part.to_string(), found, outputs, hint })
}

/// Fails at the first target outside `[0, 1]`.
pub(crate) fn check_probabilities<T: Scalar>(part: &str, targets: Batch<'_, T>) -> Result<()> {
    let inside = |&t: &T| t >= T::zero() && t <= T::one();
    match targets.values().iter().position(|t| !inside(t)) {
        None => Ok(()),
        Some(place) => Err(Error::Target {
            part: part.to_string(),
            what: "y",
            row: place / targets.width(),
            value: targets.values()[place].to_f64(),
            expected: "0, 1, or a probability between them".to_string(),
        }),
    }
}

/// Fails unless targets are rows with one column for each of several classes; `sparse` is the form for class indices.
pub(crate) fn check_one_hot_width(part: &str, outputs: &Shape, targets: &Shape, binary: &str, sparse: &str) -> Result<()> {
    check_several_classes(part, outputs, binary)?;
    if targets.width() == 1 {
        let hint = format!("for class indices use {sparse}, or one-hot encode them, see `layercake::data`");
        return Err(Error::TargetWidth { part: part.to_string(), found: 1, outputs: outputs.width(), hint });
    }
    check_same_width(part, outputs, targets)
}

/// Fails unless targets are one column of class indices, for outputs of several classes.
pub(crate) fn check_class_width(part: &str, outputs: &Shape, targets: &Shape, binary: &str) -> Result<()> {
    check_several_classes(part, outputs, binary)?;
    let found = targets.width();
    if found == 1 {
        return Ok(());
    }
    let hint = "it wants one column of class indices: for one-hot targets use the categorical form, without `Sparse`".to_string();
    Err(Error::TargetWidth { part: part.to_string(), found, outputs: outputs.width(), hint })
}

/// Fails unless every target is a whole number below the number of outputs, or one that is ignored.
pub(crate) fn check_class_indices<T: Scalar>(
    part: &str,
    outputs: &Shape,
    targets: Batch<'_, T>,
    is_ignored: impl Fn(T) -> bool,
) -> Result<()> {
    let classes = outputs.width();
    match targets.values().iter().position(|&t| class_index(t, classes).is_none() && !is_ignored(t)) {
        None => Ok(()),
        Some(row) => Err(Error::Target {
            part: part.to_string(),
            what: "y",
            row,
            value: targets.values()[row].to_f64(),
            expected: format!("a whole number from 0 to {}, one for each unit of the last layer", classes - 1),
        }),
    }
}

/// Fails for a loss or metric over classes that has only one to choose from, or several choices in each sample.
fn check_several_classes(part: &str, outputs: &Shape, binary: &str) -> Result<()> {
    match outputs.dims() {
        [_, _, ..] => {
            let advice = "samples with one axis, the classes: let the last layer give those";
            Err(Error::argument(part, "outputs", outputs, advice))
        }
        _ if outputs.width() > 1 => Ok(()),
        _ => {
            let advice = format!("at least 2 outputs, one for each class; for one probability use {binary}");
            Err(Error::argument(part, "outputs", outputs.width(), advice))
        }
    }
}

/// The class that a number names, if it is a whole number below `classes`.
#[inline]
pub(crate) fn class_index<T: Scalar>(target: T, classes: usize) -> Option<usize> {
    let number = target.to_f64();
    let index = number as usize;
    (index as f64 == number && index < classes).then_some(index)
}

/// Gives a cross-entropy its setter for logits.
macro_rules! from_logits_argument {
    () => {
        /// Whether predictions are sums rather than probabilities (default: false).
        pub fn from_logits(mut self, from_logits: bool) -> Self {
            self.from_logits = from_logits;
            self
        }
    };
}
use from_logits_argument;

/// Gives a loss its setter for the reduction.
macro_rules! reduction_argument {
    () => {
        /// How the losses of samples become one number (default: their sum divided by their number).
        pub fn reduction(mut self, reduction: crate::losses::Reduction) -> Self {
            self.reduction = reduction;
            self
        }
    };
}
use reduction_argument;
