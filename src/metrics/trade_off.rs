use super::counts::{check_selection, class_id_argument};
use super::outcomes::{self, Selection, Thresholds, add_outcomes, curve};
use super::{Direction, Metric};
use crate::base::{Batch, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::losses::check_same_width;
use crate::part::{Arguments, Describe};

/// Defines a metric that is the largest `$best` at the thresholds where `$bound` is at least `$argument`.
macro_rules! trade_off {
    ($(#[$doc:meta])+ $name:ident, $best:ident where $bound:ident is $argument:ident) => {
        $(#[$doc])+
        ///
        /// The metric tries `num_thresholds` thresholds, evenly spaced from 0 to 1, and is 0 if no threshold meets the
        /// condition. A target counts as 1 unless it is 0, and each output has the weight of its sample.
        /// [Keras](https://keras.io/api/metrics/classification_metrics/)
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct $name {
            $argument: f64,
            num_thresholds: usize,
            class_id: Option<usize>,
        }

        impl $name {
            #[doc = concat!("Makes the metric for thresholds with at least this ", stringify!($argument), ", from 0 to 1.")]
            pub fn new($argument: f64) -> Self {
                Self { $argument, num_thresholds: 200, class_id: None }
            }

            /// The number of thresholds, at least 1 (default 200); a single one is 0.5.
            pub fn num_thresholds(mut self, num_thresholds: usize) -> Self {
                self.num_thresholds = num_thresholds;
                self
            }

            class_id_argument!();

            fn best(&self, totals: &[f64]) -> f64 {
                let allowed = curve(totals).filter(|outcomes| outcomes.$bound() >= self.$argument);
                allowed.map(|outcomes| outcomes.$best()).fold(0.0, f64::max)
            }

            fn selection(&self) -> Selection {
                Selection { top_k: None, class_id: self.class_id }
            }
        }

        impl Describe for $name {
            fn arguments(&mut self, arguments: &mut Arguments<'_>) {
                arguments.number(stringify!($argument), &mut self.$argument, 0.0..=1.0);
                arguments.count("num_thresholds", &mut self.num_thresholds, 1..);
                arguments.optional_count("class_id", &mut self.class_id, ..);
            }
        }

        impl<T: Scalar> Metric<T> for $name {
            crate::part::compiled!(Metric<T> for $name);

            fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
                add_outcomes(batch, &Thresholds::even(self.num_thresholds), self.selection(), totals);
            }

            fn slots(&self, _outputs: &Shape) -> usize {
                outcomes::slots(self.num_thresholds)
            }

            fn result(&self, totals: &[f64], _index: usize) -> f64 {
                self.best(totals)
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

trade_off! {
    /// The largest sensitivity, `TP / (TP + FN)`, at thresholds where the specificity, `TN / (TN + FP)`, is high enough.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut metric = Meter::new(SensitivityAtSpecificity::new(0.5))?;
    /// metric.update(&dmatrix![0.0; 0.0; 0.0; 1.0; 1.0], &dmatrix![0.0; 0.3; 0.8; 0.3; 0.8], None)?;
    /// assert_eq!(metric.result()?, 0.5);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    SensitivityAtSpecificity, recall where specificity is specificity
}
trade_off! {
    /// The largest specificity, `TN / (TN + FP)`, at thresholds where the sensitivity, `TP / (TP + FN)`, is high enough.
    SpecificityAtSensitivity, specificity where recall is sensitivity
}
trade_off! {
    /// The largest precision, `TP / (TP + FP)`, at thresholds where the recall, `TP / (TP + FN)`, is high enough.
    PrecisionAtRecall, precision where recall is recall
}
trade_off! {
    /// The largest recall, `TP / (TP + FN)`, at thresholds where the precision, `TP / (TP + FP)`, is high enough.
    RecallAtPrecision, recall where precision is precision
}
