use super::outcomes::{self, Outcomes, Selection, Thresholds, add_outcomes, curve};
use super::{Direction, Metric};
use crate::base::{Batch, Error, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::losses::check_same_width;
use crate::part::{Arguments, Describe};

/// What stands above everything but a prediction that was ruled out.
const BELOW_ALL: f64 = -1e10;

/// The outcomes at the thresholds of a list, of which number `place` is asked for.
fn outcomes_at(totals: &[f64], thresholds: &[f64], place: usize) -> Option<Outcomes> {
    let threshold = thresholds.get(place)?;
    let higher = thresholds.iter().filter(|other| *other > threshold).count();
    curve(totals).nth(higher)
}

/// Fails if a class is asked for that the outputs do not have, or more of the largest than there are.
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
        /// What a prediction must exceed to mean 1 (default: 0.5), each from 0 to 1; the result has a number for each.
        pub fn thresholds(mut self, thresholds: impl IntoIterator<Item = f64>) -> Self {
            self.thresholds = Some(thresholds.into_iter().collect());
            self
        }
    };
}

/// Gives a metric of outcomes its setter for the class.
macro_rules! class_id_argument {
    () => {
        /// The only output to look at, counted from 0 (default: all of them).
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
        /// A target means 1 unless it is 0, and each output counts by its sample's weight. Thresholds that are evenly
        /// spaced from 0 to 1, three or more, see predictions clipped to `[0, 1]`.
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

            fn result(&self, totals: &[f64], value: usize) -> f64 {
                outcomes_at(totals, self.list(), value).map_or(f64::NAN, |outcomes| outcomes.$outcome)
            }
        }
    };
}

count! {
    /// How many predictions exceed the threshold and should: `sum(w [p > threshold] [t != 0])`.
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
    /// How many predictions do not exceed the threshold and should not: `sum(w [p <= threshold] [t == 0])`.
    TrueNegatives, true_negatives
}
count! {
    /// How many predictions exceed the threshold but should not: `sum(w [p > threshold] [t == 0])`.
    FalsePositives, false_positives
}
count! {
    /// How many predictions do not exceed the threshold but should: `sum(w [p <= threshold] [t != 0])`.
    FalseNegatives, false_negatives
}

macro_rules! share {
    ($(#[$doc:meta])+ $name:ident, $share:ident) => {
        $(#[$doc])+
        ///
        /// It is 0 where it would be 0 / 0. A target means 1 unless it is 0, and outputs count by their sample's weight.
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct $name {
            thresholds: Option<Vec<f64>>,
            top_k: Option<usize>,
            class_id: Option<usize>,
        }

        impl $name {
            thresholds_argument!();

            /// Lets only the so many largest outputs of a sample mean 1, with no threshold unless one is given.
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

            fn result(&self, totals: &[f64], value: usize) -> f64 {
                outcomes_at(totals, self.list(), value).map_or(f64::NAN, |outcomes| outcomes.$share())
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
    /// Of what was predicted to be 1 the share that is: `true positives / (true positives + false positives)`.
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
    /// Of what is 1 the share that was predicted to be: `true positives / (true positives + false negatives)`.
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
