use super::accuracy::argmax;
use super::{Direction, Metric};
use crate::base::{Batch, EPSILON, Error, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// How often each class was predicted where each was wanted, `totals[wanted * num_classes + predicted]`.
#[derive(Debug, Clone, PartialEq)]
struct Overlap {
    num_classes: usize,
    /// The classes in the mean; all if there is no list.
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
        let (predicted, target) = (batch.predicted.shape(), batch.target.shape());
        for (p, t, weight) in batch.samples() {
            for index in 0..labels(predicted, self.sparse_y_pred) {
                let predicted = label(p, index, predicted, self.sparse_y_pred);
                let wanted = label(t, index, target, self.sparse_y_true).filter(|label| self.ignore_class != Some(*label));
                add_pair(totals, self.num_classes, wanted, predicted, weight.to_f64());
            }
        }
    }

    /// The mean of intersection over union, of the classes that are asked for.
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
        let hint = format!("it takes targets as {target} and outputs as {output}: see `sparse_y_true` and `sparse_y_pred`");
        Err(Error::TargetWidth { part: part.to_string(), found: targets.width(), outputs: outputs.width(), hint })
    }
}

/// Counts a pair of labels, unless one of them is no class.
fn add_pair(totals: &mut [f64], num_classes: usize, wanted: Option<i64>, predicted: Option<i64>, weight: f64) {
    let class = |label: i64| usize::try_from(label).ok().filter(|&class| class < num_classes);
    if let (Some(wanted), Some(predicted)) = (wanted.and_then(class), predicted.and_then(class))
        && let Some(total) = totals.get_mut(wanted * num_classes + predicted)
    {
        *total += weight;
    }
}

/// The mean over classes of intersection over union; a class that was not seen is left out.
fn mean_over(totals: &[f64], num_classes: usize, classes: impl Iterator<Item = usize>) -> f64 {
    let (mut sum, mut seen) = (0.0, 0.0);
    for class in classes {
        let hits = totals.get(class * num_classes + class).copied().unwrap_or(f64::NAN);
        let wanted: f64 = totals.iter().skip(class * num_classes).take(num_classes).sum();
        let predicted: f64 = totals.iter().skip(class).step_by(num_classes.max(1)).sum();
        let union = wanted + predicted - hits;
        if union > 1e-9 {
            sum += hits / (union + EPSILON);
            seen += 1.0;
        }
    }
    sum / (seen + EPSILON)
}

/// How many labels a sample of this shape holds.
fn labels(shape: &Shape, sparse: bool) -> usize {
    if sparse { shape.width() } else { shape.width() / shape.last().max(1) }
}

/// One label of a sample: a number without its fraction, or the place of the largest along the last axis.
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
        /// A class that was neither predicted nor wanted is left out of the mean. A label that is no class is not
        /// counted. Samples count by their weight, which need not be a whole number.
        /// [Keras](https://keras.io/api/metrics/segmentation_metrics/)
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name(Overlap);

        impl $name {
            /// Of so many classes, at least 1; where classes are listed, of those, counted from 0.
            pub fn new($num_classes: usize $(, $target_class_ids: impl IntoIterator<Item = usize>)?) -> Self {
                let listed = None $(.or(Some($target_class_ids.into_iter().collect())))?;
                Self(Overlap::new($num_classes, listed, $sparse))
            }

            /// A label that is not counted where it is wanted (default: none).
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

            fn result(&self, totals: &[f64], _value: usize) -> f64 {
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
    /// The mean over the listed classes of intersection over union, `TP / (TP + FP + FN)`, of class indices.
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
    /// The mean over all classes of intersection over union, `TP / (TP + FP + FN)`, of class indices.
    MeanIoU::new(num_classes), sparse = true, sparse_y_true
}
overlap! {
    /// The mean over the listed classes of intersection over union, `TP / (TP + FP + FN)`, of one-hot targets and
    /// outputs with a number for each class.
    OneHotIoU::new(num_classes, target_class_ids), sparse = false
}
overlap! {
    /// The mean over all classes of intersection over union, `TP / (TP + FP + FN)`, of one-hot targets and outputs with
    /// a number for each class.
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

/// The mean over both classes, or those listed, of intersection over union, where an output means 1 if it is at least
/// the threshold: `TP / (TP + FP + FN)` and `TN / (TN + FN + FP)`.
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
    /// The classes in the mean, of 0 and 1 (default both).
    pub fn target_class_ids(mut self, target_class_ids: impl IntoIterator<Item = usize>) -> Self {
        self.target_class_ids = target_class_ids.into_iter().collect();
        self
    }

    /// The least output that means 1 (default 0.5; 0 for logits).
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
        for (predicted, target, weight) in batch.samples() {
            for (index, &p) in predicted.iter().enumerate() {
                let wanted = label(target, index, batch.target.shape(), true);
                add_pair(totals, 2, wanted, Some(i64::from(p >= threshold)), weight.to_f64());
            }
        }
    }

    fn slots(&self, _outputs: &Shape) -> usize {
        4
    }

    fn result(&self, totals: &[f64], _value: usize) -> f64 {
        mean_over(totals, 2, self.target_class_ids.iter().copied())
    }

    fn direction(&self) -> Option<Direction> {
        Some(Direction::Up)
    }
}
