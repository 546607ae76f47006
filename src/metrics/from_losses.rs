//! Metrics that are the mean over samples of a loss in [`crate::losses`].

use super::{Direction, Metric};
use crate::base::{Batch, Error, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::losses::{self, Loss};
use crate::part::{Arguments, Describe};

/// The number of samples that are scored at a time, so that their losses fit in arrays on the stack.
const AT_ONCE: usize = 64;

/// Adds `sign` times the loss of each sample to a weighted mean.
fn add_losses<T: Scalar>(loss: &dyn Loss<T>, sign: f64, batch: Scored<'_, T>, totals: &mut [f64]) {
    let [sum, total] = totals else { return };
    let (outputs, targets) = (batch.predicted.shape(), batch.target.shape());
    let (mut losses, mut scale) = ([T::zero(); AT_ONCE], [T::one(); AT_ONCE]);
    let chunks = chunks(batch.predicted).zip(chunks(batch.target));
    for (chunk, (predicted, target)) in chunks.enumerate() {
        let (predicted, target) = (Batch::new(outputs, predicted), Batch::new(targets, target));
        let (losses, scale) = (&mut losses[..predicted.count()], &mut scale[..predicted.count()]);
        loss.score(predicted, target, losses, None);
        if let Some(weight) = batch.weight {
            // as in Keras, an ignored sample is left out if samples have weights; otherwise it counts with a loss of 0
            scale.copy_from_slice(&weight[chunk * AT_ONCE..][..scale.len()]);
            loss.mask(target, scale);
        }
        for (loss, weight) in losses.iter().zip(scale) {
            *sum += sign * loss.to_f64() * weight.to_f64();
            *total += weight.to_f64();
        }
    }
}

fn chunks<T: Scalar>(batch: Batch<'_, T>) -> std::slice::Chunks<'_, T> {
    batch.values().chunks(AT_ONCE * batch.width().max(1))
}

/// Replaces the loss in an error by the metric that uses the loss.
fn error_of_metric(metric: &str, error: Error) -> Error {
    let metric = metric.to_string();
    match error {
        Error::TargetWidth { found, outputs, hint, .. } => Error::TargetWidth { part: metric, found, outputs, hint },
        Error::Target { what, row, value, expected, .. } => Error::Target { part: metric, what, row, value, expected },
        Error::Argument { argument, value, allowed, .. } => Error::Argument { part: metric, argument, value, allowed },
        other => other,
    }
}

/// Implements `Metric` for a type as `$sign` times the mean of `$loss`; `$result` is an optional function of the mean.
macro_rules! mean_of {
    (
        $name:ident, |$metric:ident| $loss:expr, $sign:literal, $direction:ident
        $(, |$mean:ident| $result:expr)? $(, $log_name:literal)?
    ) => {
        impl<T: Scalar> Metric<T> for $name {
            crate::part::compiled!(Metric<T> for $name);

            fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
                let $metric = self;
                add_losses(&$loss, $sign, batch, totals);
            }

            $(
                fn result(&self, totals: &[f64], _index: usize) -> f64 {
                    let $mean = super::mean(totals);
                    $result
                }
            )?

            $(
                fn log_name(&self) -> String {
                    $log_name.to_string()
                }
            )?

            fn direction(&self) -> Option<Direction> {
                Some(Direction::$direction)
            }

            fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
                let $metric = self;
                Loss::<T>::check(&$loss, outputs, targets).map_err(|error| error_of_metric(self.class_name(), error))
            }
        }
    };
}

/// Defines a metric without arguments.
macro_rules! mean_of_loss {
    ($(#[$doc:meta])+ $name:ident, $($of:tt)+) => {
        $(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Default)]
        pub struct $name;

        impl Describe for $name {}

        mean_of!($name, |_metric| losses::$($of)+);
    };
}

mean_of_loss! {
    /// The mean over outputs and samples of the squared errors; see [`losses::MeanSquaredError`].
    /// [Keras](https://keras.io/api/metrics/regression_metrics/#meansquarederror-class)
    /// Its short name is `"mse"`.
    #[doc(alias = "mse")]
    MeanSquaredError, MeanSquaredError::default(), 1.0, Down
}
mean_of_loss! {
    /// The square root of the mean over outputs and samples of the squared errors.
    /// [Keras](https://keras.io/api/metrics/regression_metrics/#rootmeansquarederror-class)
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut error = Meter::new(RootMeanSquaredError)?;
    /// error.update(&dmatrix![0.0; 1.0], &dmatrix![3.0; 5.0], None)?;
    /// assert_eq!(error.result()?, 12.5_f64.sqrt());
    /// # Ok::<(), layercake::Error>(())
    /// ```
    #[doc(alias = "rmse")]
    RootMeanSquaredError, MeanSquaredError::default(), 1.0, Down, |mean| mean.sqrt()
}
mean_of_loss! {
    /// The mean over outputs and samples of the absolute errors; see [`losses::MeanAbsoluteError`].
    /// [Keras](https://keras.io/api/metrics/regression_metrics/#meanabsoluteerror-class)
    /// Its short name is `"mae"`.
    #[doc(alias = "mae")]
    MeanAbsoluteError, MeanAbsoluteError::default(), 1.0, Down
}
mean_of_loss! {
    /// The mean of the absolute errors as percentages of the targets; see [`losses::MeanAbsolutePercentageError`].
    /// [Keras](https://keras.io/api/metrics/regression_metrics/#meanabsolutepercentageerror-class)
    /// Its short name is `"mape"`.
    #[doc(alias = "mape")]
    MeanAbsolutePercentageError, MeanAbsolutePercentageError::default(), 1.0, Down
}
mean_of_loss! {
    /// The mean of the squared errors of `ln(x + 1)`; see [`losses::MeanSquaredLogarithmicError`].
    /// [Keras](https://keras.io/api/metrics/regression_metrics/#meansquaredlogarithmicerror-class)
    /// Its short name is `"msle"`.
    #[doc(alias = "msle")]
    MeanSquaredLogarithmicError, MeanSquaredLogarithmicError::default(), 1.0, Down
}
mean_of_loss! {
    /// The mean over outputs and samples of `ln cosh(p - t)`, logged as `logcosh`; see [`losses::LogCosh`].
    /// [Keras](https://keras.io/api/metrics/regression_metrics/#logcosherror-class)
    LogCoshError, LogCosh::default(), 1.0, Down, "logcosh"
}
mean_of_loss! {
    /// The mean over samples of [`losses::KLDivergence`], which gives the formula.
    /// [Keras](https://keras.io/api/metrics/probabilistic_metrics/#kldivergence-class)
    KLDivergence, KLDivergence::default(), 1.0, Down
}
mean_of_loss! {
    /// The mean over samples of [`losses::Poisson`], which gives the formula.
    /// [Keras](https://keras.io/api/metrics/probabilistic_metrics/#poisson-class)
    Poisson, Poisson::default(), 1.0, Down
}
mean_of_loss! {
    /// The mean over samples of [`losses::Hinge`], which gives the formula.
    /// [Keras](https://keras.io/api/metrics/hinge_metrics/#hinge-class)
    Hinge, Hinge::default(), 1.0, Down
}
mean_of_loss! {
    /// The mean over samples of [`losses::SquaredHinge`], which gives the formula.
    /// [Keras](https://keras.io/api/metrics/hinge_metrics/#squaredhinge-class)
    SquaredHinge, SquaredHinge::default(), 1.0, Down
}
mean_of_loss! {
    /// The mean over samples of [`losses::CategoricalHinge`], which gives the formula.
    /// [Keras](https://keras.io/api/metrics/hinge_metrics/#categoricalhinge-class)
    CategoricalHinge, CategoricalHinge::default(), 1.0, Down
}

/// The mean over samples of the cosine of the angle between predictions and targets, `sum(p t) / (norm(p) norm(t))`: 1 if
/// they have the same direction. It is the negative of [`losses::CosineSimilarity`].
/// [Keras](https://keras.io/api/metrics/regression_metrics/#cosinesimilarity-class)
///
/// ```
/// use layercake::metrics::{CosineSimilarity, Meter};
/// use layercake::dmatrix;
///
/// let mut cosine = Meter::new(CosineSimilarity)?;
/// cosine.update(&dmatrix![0.0, 2.0; 1.0, 1.0], &dmatrix![1.0, 0.0; 3.0, 3.0], None)?;
/// assert!((cosine.result()? - 0.5_f64).abs() < 1e-12);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CosineSimilarity;

impl Describe for CosineSimilarity {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.integer("axis", &mut -1, -1..=-1);
    }
}

mean_of!(CosineSimilarity, |_metric| losses::CosineSimilarity::default(), -1.0, Up);

/// Keras' `"crossentropy"`: the binary, sparse or categorical cross-entropy, chosen by the widths of outputs and targets.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Crossentropy;

impl Describe for Crossentropy {
    fn class_name(&self) -> &'static str {
        "crossentropy"
    }
}

mean_of!(Crossentropy, |_metric| losses::Crossentropy::default(), 1.0, Down);

/// The mean over samples of [`losses::BinaryCrossentropy`], which gives the formula.
/// [Keras](https://keras.io/api/metrics/probabilistic_metrics/#binarycrossentropy-class)
/// Its short name is `"bce"`.
///
/// ```
/// use layercake::metrics::{BinaryCrossentropy, Meter};
/// use layercake::dmatrix;
///
/// let mut entropy = Meter::new(BinaryCrossentropy::default().from_logits(true))?;
/// entropy.update(&dmatrix![1.0; 0.0], &dmatrix![0.0; 0.0], None)?;
/// assert!((entropy.result()? - 2.0_f64.ln()).abs() < 1e-12);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "bce")]
pub struct BinaryCrossentropy {
    from_logits: bool,
    label_smoothing: f64,
}

/// The mean over samples of [`losses::CategoricalCrossentropy`], which gives the formula.
/// [Keras](https://keras.io/api/metrics/probabilistic_metrics/#categoricalcrossentropy-class)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct CategoricalCrossentropy {
    from_logits: bool,
    label_smoothing: f64,
}

/// The mean over samples of [`losses::SparseCategoricalCrossentropy`], which gives the formula.
/// [Keras](https://keras.io/api/metrics/probabilistic_metrics/#sparsecategoricalcrossentropy-class)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SparseCategoricalCrossentropy {
    from_logits: bool,
    ignore_class: Option<i64>,
}

/// Implements a cross-entropy with the arguments `from_logits` and `label_smoothing`.
macro_rules! smoothed {
    ($name:ident $(, $axis:literal)?) => {
        impl $name {
            crate::losses::from_logits_argument!();

            /// The label smoothing of the loss, from 0 (default) to 1, which moves targets towards equal shares of all classes.
            pub fn label_smoothing(mut self, label_smoothing: f64) -> Self {
                self.label_smoothing = label_smoothing;
                self
            }

            fn loss(&self) -> losses::$name {
                losses::$name::default().from_logits(self.from_logits).label_smoothing(self.label_smoothing)
            }
        }

        impl Describe for $name {
            fn arguments(&mut self, arguments: &mut Arguments<'_>) {
                arguments.flag("from_logits", &mut self.from_logits);
                arguments.number("label_smoothing", &mut self.label_smoothing, 0.0..=1.0);
                $(arguments.integer($axis, &mut -1, -1..=-1);)?
            }
        }

        mean_of!($name, |metric| metric.loss(), 1.0, Down);
    };
}

smoothed!(BinaryCrossentropy);
smoothed!(CategoricalCrossentropy, "axis");

impl SparseCategoricalCrossentropy {
    crate::losses::from_logits_argument!();

    /// A label whose samples have no loss (default: none). They count as 0 in the mean; if samples have weights, they are left
    /// out.
    pub fn ignore_class(mut self, label: i64) -> Self {
        self.ignore_class = Some(label);
        self
    }

    fn loss(&self) -> losses::SparseCategoricalCrossentropy {
        let loss = losses::SparseCategoricalCrossentropy::default().from_logits(self.from_logits);
        self.ignore_class.map_or(loss, |label| loss.ignore_class(label))
    }
}

impl Describe for SparseCategoricalCrossentropy {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.flag("from_logits", &mut self.from_logits);
        arguments.optional_integer("ignore_class", &mut self.ignore_class, ..);
        arguments.integer("axis", &mut -1, -1..=-1);
    }
}

mean_of!(SparseCategoricalCrossentropy, |metric| metric.loss(), 1.0, Down);
