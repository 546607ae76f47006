use super::accuracy::argmax;
use super::{Direction, Metric};
use crate::base::{Batch, EPSILON, Error, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// A confusion matrix, `totals[target * num_classes + predicted]`, with the settings to fill it.
#[derive(Debug, Clone, PartialEq)]
struct Overlap {
    num_classes: usize,
    /// The classes whose mean is computed; all classes if `None`.
    target_class_ids: Option<Vec<usize>>,
    ignore_class: Option<i64>,
    sparse_y_true: bool,
    sparse_y_pred: bool,
}

impl Overlap {
    fn new(num_classes: usize, target_class_ids: Option<Vec<usize>>, sparse: bool) -> Self {
        Self { num_classes, target_class_ids, ignore_class: None, sparse_y_true: sparse, sparse_y_pred: sparse }
    }

    fn slots(&self) -> usize {
        self.num_classes.saturating_mul(self.num_classes)
    }

    fn add<T: Scalar>(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
        let (outputs, targets) = (batch.predicted.shape(), batch.target.shape());
        for (p, t, weight) in batch.samples() {
            for index in 0..labels(outputs, self.sparse_y_pred) {
                let predicted = label(p, index, outputs, self.sparse_y_pred);
                let target = label(t, index, targets, self.sparse_y_true).filter(|label| self.ignore_class != Some(*label));
                add_pair(totals, self.num_classes, target, predicted, weight.to_f64());
            }
        }
    }

    /// Computes the mean over the selected classes of intersection over union.
    fn result(&self, totals: &[f64]) -> f64 {
        match &self.target_class_ids {
            Some(classes) => mean_over(totals, self.num_classes, classes.iter().copied()),
            None => mean_over(totals, self.num_classes, 0..self.num_classes),
        }
    }

    fn check(&self, part: &str, outputs: &Shape, targets: &Shape) -> Result<()> {
        let found = labels(targets, self.sparse_y_true);
        let expected = labels(outputs, self.sparse_y_pred);
        if found == expected {
            return Ok(());
        }
        let form = |sparse: bool| if sparse { "class indices" } else { "one number for each class" };
        let (target, output) = (form(self.sparse_y_true), form(self.sparse_y_pred));
        let hint = format!("give targets as {target} and outputs as {output}, or set `sparse_y_true` and `sparse_y_pred`");
        Err(Error::TargetWidth { part: part.to_string(), found: targets.width(), outputs: outputs.width(), hint })
    }
}

/// Adds a target and a prediction to the confusion matrix, unless one of them is not a class.
fn add_pair(totals: &mut [f64], num_classes: usize, target: Option<i64>, predicted: Option<i64>, weight: f64) {
    let class = |label: i64| usize::try_from(label).ok().filter(|&class| class < num_classes);
    if let (Some(target), Some(predicted)) = (target.and_then(class), predicted.and_then(class))
        && let Some(total) = totals.get_mut(target * num_classes + predicted)
    {
        *total += weight;
    }
}

/// Computes the mean over classes of intersection over union, without the classes that occur nowhere.
fn mean_over(totals: &[f64], num_classes: usize, classes: impl Iterator<Item = usize>) -> f64 {
    let (mut sum, mut occurring) = (0.0, 0.0);
    for class in classes {
        let hits = totals.get(class * num_classes + class).copied().unwrap_or(f64::NAN);
        let target: f64 = totals.iter().skip(class * num_classes).take(num_classes).sum();
        let predicted: f64 = totals.iter().skip(class).step_by(num_classes.max(1)).sum();
        let union = target + predicted - hits;
        if union > 1e-9 {
            sum += hits / (union + EPSILON);
            occurring += 1.0;
        }
    }
    sum / (occurring + EPSILON)
}

/// Returns the number of labels in a sample of this shape.
fn labels(shape: &Shape, sparse: bool) -> usize {
    if sparse { shape.width() } else { shape.width() / shape.last().max(1) }
}

/// Returns one label of a sample: a number without its fraction, or the index of the largest value along the last axis.
fn label<T: Scalar>(sample: &[T], index: usize, shape: &Shape, sparse: bool) -> Option<i64> {
    if sparse {
        return sample.get(index).map(|number| number.to_f64()).filter(|number| number.is_finite()).map(|number| number as i64);
    }
    sample.chunks_exact(shape.last().max(1)).nth(index).map(|scores| argmax(scores) as i64)
}

macro_rules! overlap {
    (
        $(#[$doc:meta])+
        $name:ident::new($num_classes:ident $(, $target_class_ids:ident)?), sparse = $sparse:literal $(, $sparse_y_true:ident)?
    ) => {
        $(#[$doc])+
        ///
        /// A class that is in neither predictions nor targets is left out of the mean. A label that is not a class is ignored.
        /// Samples are weighted, and the weights need not be whole numbers.
        /// [Keras](https://keras.io/api/metrics/segmentation_metrics/)
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name(Overlap);

        impl $name {
            /// Makes the metric for `num_classes` classes, at least 1.
            $(#[doc = concat!("`", stringify!($target_class_ids), "` lists the classes whose mean is computed, counted from 0.")])?
            pub fn new($num_classes: usize $(, $target_class_ids: impl IntoIterator<Item = usize>)?) -> Self {
                let listed = None $(.or(Some($target_class_ids.into_iter().collect())))?;
                Self(Overlap::new($num_classes, listed, $sparse))
            }

            /// A label whose targets are ignored (default: none).
            pub fn ignore_class(mut self, label: i64) -> Self {
                self.0.ignore_class = Some(label);
                self
            }

            $(
                /// Whether targets are class indices (default) rather than one number for each class.
                pub fn $sparse_y_true(mut self, sparse: bool) -> Self {
                    self.0.$sparse_y_true = sparse;
                    self
                }
            )?

            #[doc = concat!("Whether outputs are class indices rather than one number for each class (default ", $sparse, ").")]
            pub fn sparse_y_pred(mut self, sparse: bool) -> Self {
                self.0.sparse_y_pred = sparse;
                self
            }
        }

        impl Describe for $name {
            fn arguments(&mut self, arguments: &mut Arguments<'_>) {
                arguments.count("num_classes", &mut self.0.num_classes, 1..);
                $(
                    let below = ..self.0.num_classes;
                    arguments.counts(stringify!($target_class_ids), self.0.$target_class_ids.get_or_insert_default(), below);
                )?
                arguments.optional_integer("ignore_class", &mut self.0.ignore_class, ..);
                $(arguments.flag(stringify!($sparse_y_true), &mut self.0.$sparse_y_true);)?
                arguments.flag("sparse_y_pred", &mut self.0.sparse_y_pred);
                arguments.integer("axis", &mut -1, -1..=-1);
            }
        }

        impl<T: Scalar> Metric<T> for $name {
            crate::part::compiled!(Metric<T> for $name);

            fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
                self.0.add(batch, totals);
            }

            fn slots(&self, _outputs: &Shape) -> usize {
                self.0.slots()
            }

            fn result(&self, totals: &[f64], _index: usize) -> f64 {
                self.0.result(totals)
            }

            fn direction(&self) -> Option<Direction> {
                Some(Direction::Up)
            }

            fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
                self.0.check(self.class_name(), outputs, targets.shape())
            }
        }
    };
}

overlap! {
    /// The mean over the listed classes of intersection over union, `TP / (TP + FP + FN)`, for class indices.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut iou = Meter::new(IoU::new(2, [0]))?;
    /// iou.update(&[0, 0, 1, 1], &dmatrix![0.0; 1.0; 0.0; 1.0], None)?;
    /// assert!((iou.result()? - 1.0 / 3.0).abs() < 1e-6);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    IoU::new(num_classes, target_class_ids), sparse = true, sparse_y_true
}
overlap! {
    /// The mean over all classes of intersection over union, `TP / (TP + FP + FN)`, for class indices.
    MeanIoU::new(num_classes), sparse = true, sparse_y_true
}
overlap! {
    /// The mean over the listed classes of intersection over union, `TP / (TP + FP + FN)`, for one-hot targets and outputs
    /// with a number for each class.
    OneHotIoU::new(num_classes, target_class_ids), sparse = false
}
overlap! {
    /// The mean over all classes of intersection over union, `TP / (TP + FP + FN)`, for one-hot targets and outputs with a
    /// number for each class.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut model = Sequential::new();
    /// model.add(Dense::new(3).activation(Softmax));
    /// model.compile("adam", "categorical_crossentropy", OneHotMeanIoU::new(3))?;
    /// let history = model.fit(&dmatrix![1.0; 2.0], &dmatrix![1.0, 0.0, 0.0; 0.0, 0.0, 1.0], FitOptions::new())?;
    /// assert!((0.0..=1.0).contains(&history["one_hot_mean_io_u"][0]));
    /// # Ok::<(), layercake::Error>(())
    /// ```
    OneHotMeanIoU::new(num_classes), sparse = false
}

/// The mean over both classes, or the listed ones, of intersection over union: `TP / (TP + FP + FN)` for class 1 and
/// `TN / (TN + FN + FP)` for class 0. An output counts as 1 if it is at least the threshold.
/// [Keras](https://keras.io/api/metrics/segmentation_metrics/#binaryiou-class)
///
/// ```
/// use layercake::prelude::*;
///
/// let mut iou = Meter::new(BinaryIoU::default().threshold(0.3))?;
/// iou.update(&dmatrix![0.0; 1.0; 0.0; 1.0], &dmatrix![0.1; 0.2; 0.4; 0.7], None)?;
/// assert!((iou.result()? - 1.0 / 3.0).abs() < 1e-6);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BinaryIoU {
    target_class_ids: Vec<usize>,
    threshold: f64,
}

impl Default for BinaryIoU {
    fn default() -> Self {
        Self { target_class_ids: vec![0, 1], threshold: 0.5 }
    }
}

impl BinaryIoU {
    /// The classes whose mean is computed, 0, 1 or both (default: both).
    pub fn target_class_ids(mut self, target_class_ids: impl IntoIterator<Item = usize>) -> Self {
        self.target_class_ids = target_class_ids.into_iter().collect();
        self
    }

    /// The smallest output that counts as 1 (default 0.5; use 0 for logits).
    pub fn threshold(mut self, threshold: f64) -> Self {
        self.threshold = threshold;
        self
    }
}

impl Describe for BinaryIoU {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.counts("target_class_ids", &mut self.target_class_ids, ..2);
        arguments.number("threshold", &mut self.threshold, ..);
    }
}

impl<T: Scalar> Metric<T> for BinaryIoU {
    crate::part::compiled!(Metric<T> for BinaryIoU);

    fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
        let threshold = T::of(self.threshold);
        for (predicted, targets, weight) in batch.samples() {
            for (index, &p) in predicted.iter().enumerate() {
                let target = label(targets, index, batch.target.shape(), true);
                add_pair(totals, 2, target, Some(i64::from(p >= threshold)), weight.to_f64());
            }
        }
    }

    fn slots(&self, _outputs: &Shape) -> usize {
        4
    }

    fn result(&self, totals: &[f64], _index: usize) -> f64 {
        mean_over(totals, 2, self.target_class_ids.iter().copied())
    }

    fn direction(&self) -> Option<Direction> {
        Some(Direction::Up)
    }
}
