use super::accuracy::argmax;
use super::{Direction, Metric, add_mean};
use crate::base::{Batch, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::losses::{check_class_width, check_one_hot_width, class_index};
use crate::part::{Arguments, Describe};

/// The share of samples where fewer than `k` outputs are larger than the output of the class in the one-hot target.
/// [Keras](https://keras.io/api/metrics/accuracy_metrics/#topkcategoricalaccuracy-class)
///
/// ```
/// use layercake::prelude::*;
///
/// let mut accuracy = Meter::new(TopKCategoricalAccuracy::new(2))?;
/// accuracy.update(&dmatrix![0.0, 0.0, 1.0; 0.0, 1.0, 0.0], &dmatrix![0.5, 0.3, 0.2; 0.5, 0.3, 0.2], None)?;
/// assert_eq!(accuracy.result()?, 0.5);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TopKCategoricalAccuracy {
    k: usize,
}

impl TopKCategoricalAccuracy {
    /// Makes the metric for the `k` largest outputs, at least 1.
    pub fn new(k: usize) -> Self {
        Self { k }
    }
}

impl Default for TopKCategoricalAccuracy {
    /// Makes the metric for the 5 largest outputs.
    fn default() -> Self {
        Self::new(5)
    }
}

impl Describe for TopKCategoricalAccuracy {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.count("k", &mut self.k, 1..);
    }
}

impl<T: Scalar> Metric<T> for TopKCategoricalAccuracy {
    crate::part::compiled!(Metric<T> for TopKCategoricalAccuracy);

    fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
        add_mean(batch, totals, |predicted, target| f64::from(is_in_top(predicted, argmax(target), self.k)));
    }

    fn direction(&self) -> Option<Direction> {
        Some(Direction::Up)
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        let sparse = "`SparseTopKCategoricalAccuracy`";
        check_one_hot_width(self.class_name(), outputs, targets.shape(), "`BinaryAccuracy`", sparse)
    }
}

/// The share of samples where fewer than `k` outputs are larger than the output of the class index in the target.
/// [Keras](https://keras.io/api/metrics/accuracy_metrics/#sparsetopkcategoricalaccuracy-class)
///
/// ```
/// use layercake::prelude::*;
///
/// let mut accuracy = Meter::new(SparseTopKCategoricalAccuracy::new(2))?;
/// accuracy.update(&[2, 1], &dmatrix![0.5, 0.3, 0.2; 0.5, 0.3, 0.2], None)?;
/// assert_eq!(accuracy.result()?, 0.5);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SparseTopKCategoricalAccuracy {
    k: usize,
    from_sorted_ids: bool,
}

impl SparseTopKCategoricalAccuracy {
    /// Makes the metric for the `k` largest outputs, at least 1.
    pub fn new(k: usize) -> Self {
        Self { k, from_sorted_ids: false }
    }

    /// Whether outputs are class indices, sorted with the most likely first, rather than one number for each class (default:
    /// false).
    pub fn from_sorted_ids(mut self, from_sorted_ids: bool) -> Self {
        self.from_sorted_ids = from_sorted_ids;
        self
    }
}

impl Default for SparseTopKCategoricalAccuracy {
    /// Makes the metric for the 5 largest outputs.
    fn default() -> Self {
        Self::new(5)
    }
}

impl Describe for SparseTopKCategoricalAccuracy {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.count("k", &mut self.k, 1..);
        arguments.flag("from_sorted_ids", &mut self.from_sorted_ids);
    }
}

impl<T: Scalar> Metric<T> for SparseTopKCategoricalAccuracy {
    crate::part::compiled!(Metric<T> for SparseTopKCategoricalAccuracy);

    fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
        add_mean(batch, totals, |predicted, target| {
            let is_hit = |&label: &T| {
                if self.from_sorted_ids {
                    return predicted.iter().take(self.k).any(|id| *id == label);
                }
                class_index(label, predicted.len()).is_some_and(|class| is_in_top(predicted, class, self.k))
            };
            f64::from(target.first().is_some_and(is_hit))
        });
    }

    fn direction(&self) -> Option<Direction> {
        Some(Direction::Up)
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        check_class_width(self.class_name(), outputs, targets.shape(), "`BinaryAccuracy`")
    }
}

/// True if the value at `index` is finite and fewer than `k` values are larger.
fn is_in_top<T: Scalar>(values: &[T], index: usize, k: usize) -> bool {
    let this = values[index];
    this.is_finite() && values.iter().filter(|value| **value > this).count() < k
}
