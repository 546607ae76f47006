use super::outcomes::{self, Outcomes, Selection, Thresholds, add_outcomes, curve};
use super::{Direction, Metric};
use crate::base::{Batch, Error, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::losses::check_same_width;
use crate::part::{Arguments, Describe};

/// The threshold that every prediction exceeds, except those outside the `top_k` largest.
const BELOW_ALL: f64 = -1e10;

/// Returns the outcomes at the threshold `index` of a list.
fn outcomes_at(totals: &[f64], thresholds: &[f64], index: usize) -> Option<Outcomes> {
    let threshold = thresholds.get(index)?;
    let higher = thresholds.iter().filter(|other| *other > threshold).count();
    curve(totals).nth(higher)
}

/// Fails if `class_id` is not below the number of outputs or `top_k` exceeds it.
pub(super) fn check_selection(part: &str, outputs: &Shape, selection: Selection) -> Result<()> {
    let width = outputs.last();
    match selection {
        Selection { class_id: Some(class), .. } if class >= width => {
            Err(Error::argument(part, "class_id", class, format!("a whole number below the number of outputs, {width}")))
        }
        Selection { top_k: Some(k), .. } if k > width => {
            Err(Error::argument(part, "top_k", k, format!("at most the number of outputs, {width}")))
        }
        _ => Ok(()),
    }
}

/// Gives a metric its setter for thresholds.
macro_rules! thresholds_argument {
    () => {
        /// The thresholds that a prediction must exceed to count as 1, each from 0 to 1 (default: 0.5). The metric gives one
        /// number for each.
        pub fn thresholds(mut self, thresholds: impl IntoIterator<Item = f64>) -> Self {
            self.thresholds = Some(thresholds.into_iter().collect());
            self
        }
    };
}

/// Gives a metric of outcomes its setter for the class.
macro_rules! class_id_argument {
    () => {
        /// The only output that is measured, counted from 0 (default: all outputs).
        pub fn class_id(mut self, class_id: usize) -> Self {
            self.class_id = Some(class_id);
            self
        }
    };
}
pub(super) use class_id_argument;

macro_rules! count {
    ($(#[$doc:meta])+ $name:ident, $outcome:ident) => {
        $(#[$doc])+
        ///
        /// A target counts as 1 unless it is 0, and each output has the weight `w` of its sample. If three or more thresholds
        /// are evenly spaced from 0 to 1, predictions are clipped to `[0, 1]`.
        /// [Keras](https://keras.io/api/metrics/classification_metrics/)
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct $name {
            thresholds: Option<Vec<f64>>,
        }

        impl $name {
            thresholds_argument!();

            fn list(&self) -> &[f64] {
                self.thresholds.as_deref().unwrap_or(&[0.5])
            }
        }

        impl Describe for $name {
            fn arguments(&mut self, arguments: &mut Arguments<'_>) {
                arguments.optional_numbers("thresholds", &mut self.thresholds, 0.0..=1.0);
            }
        }

        impl<T: Scalar> Metric<T> for $name {
            crate::part::compiled!(Metric<T> for $name);

            fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
                add_outcomes(batch, &Thresholds::listed(self.list()), Selection::default(), totals);
            }

            fn slots(&self, _outputs: &Shape) -> usize {
                outcomes::slots(self.list().len())
            }

            fn values(&self, _outputs: &Shape) -> usize {
                self.list().len()
            }

            fn result(&self, totals: &[f64], index: usize) -> f64 {
                outcomes_at(totals, self.list(), index).map_or(f64::NAN, |outcomes| outcomes.$outcome)
            }
        }
    };
}

count! {
    /// The number of predictions of 1 whose target is 1: `sum(w [p > threshold] [t != 0])`.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut found = Meter::new(TruePositives::default().thresholds([0.3, 0.7]))?;
    /// found.update(&dmatrix![1.0; 1.0; 0.0], &dmatrix![0.4; 0.8; 0.9], None)?;
    /// assert_eq!(found.results(), [2.0, 1.0]);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    TruePositives, true_positives
}
count! {
    /// The number of predictions of 0 whose target is 0: `sum(w [p <= threshold] [t == 0])`.
    TrueNegatives, true_negatives
}
count! {
    /// The number of predictions of 1 whose target is 0: `sum(w [p > threshold] [t == 0])`.
    FalsePositives, false_positives
}
count! {
    /// The number of predictions of 0 whose target is 1: `sum(w [p <= threshold] [t != 0])`.
    FalseNegatives, false_negatives
}

macro_rules! share {
    ($(#[$doc:meta])+ $name:ident, $share:ident) => {
        $(#[$doc])+
        ///
        /// The result is 0 if the denominator is 0. A target counts as 1 unless it is 0, and each output has the weight of its
        /// sample.
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct $name {
            thresholds: Option<Vec<f64>>,
            top_k: Option<usize>,
            class_id: Option<usize>,
        }

        impl $name {
            thresholds_argument!();

            /// The number of largest outputs of a sample that can count as 1, at least 1 (default: all). With `top_k` there is
            /// no threshold unless `thresholds` is set.
            pub fn top_k(mut self, top_k: usize) -> Self {
                self.top_k = Some(top_k);
                self
            }

            class_id_argument!();

            fn list(&self) -> &[f64] {
                self.thresholds.as_deref().unwrap_or(if self.top_k.is_some() { &[BELOW_ALL] } else { &[0.5] })
            }

            fn selection(&self) -> Selection {
                Selection { top_k: self.top_k, class_id: self.class_id }
            }
        }

        impl Describe for $name {
            fn arguments(&mut self, arguments: &mut Arguments<'_>) {
                arguments.optional_numbers("thresholds", &mut self.thresholds, 0.0..=1.0);
                arguments.optional_count("top_k", &mut self.top_k, 1..);
                arguments.optional_count("class_id", &mut self.class_id, ..);
            }
        }

        impl<T: Scalar> Metric<T> for $name {
            crate::part::compiled!(Metric<T> for $name);

            fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
                add_outcomes(batch, &Thresholds::listed(self.list()), self.selection(), totals);
            }

            fn slots(&self, _outputs: &Shape) -> usize {
                outcomes::slots(self.list().len())
            }

            fn values(&self, _outputs: &Shape) -> usize {
                self.list().len()
            }

            fn result(&self, totals: &[f64], index: usize) -> f64 {
                outcomes_at(totals, self.list(), index).map_or(f64::NAN, |outcomes| outcomes.$share())
            }

            fn direction(&self) -> Option<Direction> {
                Some(Direction::Up)
            }

            fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
                check_same_width(self.class_name(), outputs, targets.shape())?;
                check_selection(self.class_name(), outputs, self.selection())
            }
        }
    };
}

share! {
    /// The share of predictions of 1 whose target is 1: `true positives / (true positives + false positives)`.
    /// [Keras](https://keras.io/api/metrics/classification_metrics/#precision-class)
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut precision = Meter::new(Precision::default())?;
    /// precision.update(&dmatrix![1.0; 0.0; 1.0], &dmatrix![0.9; 0.6; 0.2], None)?;
    /// assert_eq!(precision.result()?, 0.5);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    Precision, precision
}
share! {
    /// The share of targets of 1 that are predicted as 1: `true positives / (true positives + false negatives)`.
    /// [Keras](https://keras.io/api/metrics/classification_metrics/#recall-class)
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut recall = Meter::new(Recall::default().top_k(2).class_id(0))?;
    /// recall.update(&dmatrix![1.0, 0.0, 0.0; 1.0, 0.0, 0.0], &dmatrix![0.3, 0.5, 0.2; 0.1, 0.3, 0.6], None)?;
    /// assert_eq!(recall.result()?, 0.5);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    Recall, recall
}
