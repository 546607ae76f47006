use super::outcomes::{self, Outcomes, Thresholds, count, curve, ratio};
use super::{Direction, Metric};
use crate::base::{Batch, Error, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::kernels::math;
use crate::losses::check_same_width;
use crate::part::{Arguments, Describe};

/// The area under a curve over thresholds: it measures how well predictions separate targets of 1 from targets of 0 without
/// choosing a threshold.
/// [Keras](https://keras.io/api/metrics/classification_metrics/#auc-class)
///
/// Predictions are probabilities, or logits with [`from_logits`](Auc::from_logits). A target counts as 1 unless it is 0.
///
/// The curve is computed at `num_thresholds` thresholds from just below 0 to just above 1, and the area is a sum over the
/// intervals between them, so more thresholds give a more exact area. Between two thresholds of a PR curve, precision is
/// interpolated by the method of Davis and Goadrich (ICML 2006), `integral of TP / (TP + FP)`. The PR-gain curve is that of
/// Flach and Kull (NIPS 2015).
///
/// ```
/// use layercake::prelude::*;
///
/// let mut auc = Meter::new(Auc::default())?;
/// auc.update(&dmatrix![0.0; 0.0; 1.0; 1.0], &dmatrix![0.1; 0.4; 0.35; 0.8], None)?;
/// assert_eq!(auc.result()?, 0.75);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[doc(alias = "AUC")]
pub struct Auc {
    num_thresholds: usize,
    curve: Curve,
    summation_method: SummationMethod,
    thresholds: Option<Vec<f64>>,
    multi_label: bool,
    num_labels: Option<usize>,
    label_weights: Option<Vec<f64>>,
    from_logits: bool,
}

/// The curve whose area [`Auc`] computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[doc(alias = "AUCCurve")]
pub enum Curve {
    /// Recall over the false positive rate `FP / (FP + TN)`.
    #[default]
    #[doc(alias = "ROC")]
    Roc,
    /// Precision over recall.
    #[doc(alias = "PR")]
    Pr,
    /// Precision gain over recall gain.
    #[doc(alias = "PRGAIN")]
    PrGain,
}

/// The height of the curve that [`Auc`] uses between two thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
#[doc(alias = "AUCSummationMethod")]
pub enum SummationMethod {
    /// The mean of both ends, except that for the PR curve the interpolated precision is integrated.
    #[default]
    Interpolation,
    /// The lower end.
    Minoring,
    /// The higher end.
    Majoring,
}

impl Default for Auc {
    fn default() -> Self {
        Self {
            num_thresholds: 200,
            curve: Curve::default(),
            summation_method: SummationMethod::default(),
            thresholds: None,
            multi_label: false,
            num_labels: None,
            label_weights: None,
            from_logits: false,
        }
    }
}

impl Auc {
    /// The number of thresholds, at least 2 (default 200); it has no effect together with [`thresholds`](Auc::thresholds).
    pub fn num_thresholds(mut self, num_thresholds: usize) -> Self {
        self.num_thresholds = num_thresholds;
        self
    }

    /// The curve (default ROC).
    pub fn curve(mut self, curve: Curve) -> Self {
        self.curve = curve;
        self
    }

    /// The height between two thresholds (default interpolation).
    pub fn summation_method(mut self, summation_method: SummationMethod) -> Self {
        self.summation_method = summation_method;
        self
    }

    /// The thresholds, each from 0 to 1 (default: `num_thresholds` evenly spaced ones); one below and one above all
    /// predictions are added.
    pub fn thresholds(mut self, thresholds: impl IntoIterator<Item = f64>) -> Self {
        self.thresholds = Some(thresholds.into_iter().collect());
        self
    }

    /// Whether each output has its own curve and the result is the mean area (default: false, one curve of all outputs).
    pub fn multi_label(mut self, multi_label: bool) -> Self {
        self.multi_label = multi_label;
        self
    }

    /// The number of outputs, which must equal that of the model and is allowed only with `multi_label` (default: not
    /// checked).
    pub fn num_labels(mut self, num_labels: usize) -> Self {
        self.num_labels = Some(num_labels);
        self
    }

    /// The weight of each output, at least 0 (default: 1). With `multi_label` it weights the mean area; otherwise it weights
    /// the predictions of the output.
    pub fn label_weights(mut self, label_weights: impl IntoIterator<Item = f64>) -> Self {
        self.label_weights = Some(label_weights.into_iter().collect());
        self
    }

    /// Whether predictions are logits, to which the metric applies the sigmoid (default: false).
    pub fn from_logits(mut self, from_logits: bool) -> Self {
        self.from_logits = from_logits;
        self
    }

    fn list(&self) -> Thresholds<'_> {
        match &self.thresholds {
            Some(thresholds) => Thresholds::listed_beyond(thresholds),
            None => Thresholds::even_beyond(self.num_thresholds),
        }
    }

    /// The number of totals of one curve.
    fn slots_of_curve(&self) -> usize {
        outcomes::slots(self.thresholds.as_ref().map_or(self.num_thresholds, |thresholds| thresholds.len() + 2))
    }

    /// Returns the area, or with `multi_label` the weighted mean of those of the labels.
    fn mean_area(&self, totals: &[f64]) -> f64 {
        if !self.multi_label {
            return self.area(totals);
        }
        let areas = totals.chunks_exact(self.slots_of_curve()).map(|totals| self.area(totals));
        let weights = self.label_weights.as_deref().unwrap_or_default();
        let weight = |label: usize| weights.get(label).copied().unwrap_or(1.0);
        let (sum, total) =
            areas.enumerate().fold((0.0, 0.0), |(sum, total), (label, area)| (sum + weight(label) * area, total + weight(label)));
        ratio(sum, total)
    }

    /// Computes the area as the sum over the intervals between neighbouring thresholds.
    fn area(&self, totals: &[f64]) -> f64 {
        let lower = curve(totals).skip(1);
        curve(totals).zip(lower).map(|(higher, lower)| self.area_between(higher, lower)).sum()
    }

    fn area_between(&self, higher: Outcomes, lower: Outcomes) -> f64 {
        if (self.curve, self.summation_method) == (Curve::Pr, SummationMethod::Interpolation) {
            return interpolated(higher, lower);
        }
        let ((x_higher, y_higher), (x_lower, y_lower)) = (self.point(higher), self.point(lower));
        let height = match self.summation_method {
            SummationMethod::Interpolation => (y_higher + y_lower) / 2.0,
            SummationMethod::Minoring => y_higher.min(y_lower),
            SummationMethod::Majoring => y_higher.max(y_lower),
        };
        (x_lower - x_higher) * height
    }

    /// Computes the point of the curve at a threshold.
    fn point(&self, at: Outcomes) -> (f64, f64) {
        match self.curve {
            Curve::Roc => (ratio(at.false_positives, at.negatives()), at.recall()),
            Curve::Pr => (at.recall(), at.precision()),
            Curve::PrGain if at.true_positives == 0.0 => (0.0, 1.0),
            Curve::PrGain => {
                // a gain is 1 - (positives / negatives) (errors / true positives); a negative recall gain counts as 0
                let odds = ratio(at.positives(), at.negatives());
                let gain = |errors: f64| 1.0 - odds * (errors / at.true_positives);
                (gain(at.false_negatives).max(0.0), gain(at.false_positives))
            }
        }
    }
}

/// Computes the integral of precision over recall between two thresholds, where true positives grow linearly with the
/// predicted positives.
fn interpolated(higher: Outcomes, lower: Outcomes) -> f64 {
    let predicted = |at: Outcomes| at.true_positives + at.false_positives;
    let (few, many) = (predicted(higher), predicted(lower));
    let gained = lower.true_positives - higher.true_positives;
    let growth = ratio(gained, many - few);
    let intercept = higher.true_positives - growth * few;
    let log_ratio = if few > 0.0 && many > 0.0 { (many / few).ln() } else { 0.0 };
    ratio(growth * (gained + intercept * log_ratio), lower.positives())
}

impl Describe for Auc {
    fn class_name(&self) -> &'static str {
        "AUC"
    }

    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        let curves = [("ROC", Curve::Roc), ("PR", Curve::Pr), ("PRGAIN", Curve::PrGain)];
        let methods = [
            ("interpolation", SummationMethod::Interpolation),
            ("minoring", SummationMethod::Minoring),
            ("majoring", SummationMethod::Majoring),
        ];
        arguments.count("num_thresholds", &mut self.num_thresholds, 2..);
        arguments.choice("curve", &mut self.curve, &curves);
        arguments.choice("summation_method", &mut self.summation_method, &methods);
        arguments.optional_numbers("thresholds", &mut self.thresholds, 0.0..=1.0);
        arguments.flag("multi_label", &mut self.multi_label);
        arguments.optional_count("num_labels", &mut self.num_labels, 1..);
        arguments.optional_numbers("label_weights", &mut self.label_weights, 0.0..f64::INFINITY);
        arguments.flag("from_logits", &mut self.from_logits);
    }
}

impl<T: Scalar> Metric<T> for Auc {
    crate::part::compiled!(Metric<T> for Auc);

    fn undefined(&self, targets: Batch<'_, T>) -> Option<String> {
        one_class("AUC", targets, self.multi_label)
    }

    fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
        let thresholds = self.list();
        let slots = self.slots_of_curve();
        for (predicted, target, weight) in batch.samples() {
            for (label, (&p, &t)) in predicted.iter().zip(target).enumerate() {
                let p = if self.from_logits { math::logistic(p) } else { p };
                let exceeded = thresholds.exceeded(p);
                if self.multi_label {
                    let of_label = totals.chunks_exact_mut(slots).nth(label);
                    count(of_label.unwrap_or_default(), exceeded, t, weight.to_f64());
                } else {
                    let label_weight = self.label_weights.as_ref().and_then(|weights| weights.get(label)).unwrap_or(&1.0);
                    count(totals, exceeded, t, weight.to_f64() * label_weight);
                }
            }
        }
    }

    fn slots(&self, outputs: &Shape) -> usize {
        self.slots_of_curve().saturating_mul(if self.multi_label { outputs.width() } else { 1 })
    }

    fn result(&self, totals: &[f64], _index: usize) -> f64 {
        self.mean_area(totals)
    }

    fn direction(&self) -> Option<Direction> {
        Some(Direction::Up)
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        let part = self.class_name();
        check_same_width(part, outputs, targets.shape())?;
        let width = outputs.width();
        match (self.num_labels, &self.label_weights) {
            (Some(labels), _) if !self.multi_label => {
                Err(Error::argument(part, "num_labels", labels, "None unless `multi_label` is true"))
            }
            (Some(labels), _) if labels != width => {
                Err(Error::argument(part, "num_labels", labels, format!("the number of outputs, {width}")))
            }
            (_, Some(weights)) if weights.len() != width => {
                let allowed = format!("one weight for each output, {width}");
                Err(Error::argument(part, "label_weights", format!("a list of {}", weights.len()), allowed))
            }
            _ => Ok(()),
        }
    }
}

/// Returns why a metric that compares two classes is undefined, if all targets are of one class; with `by_label`, all targets of
/// one column.
fn one_class<T: Scalar>(metric: &str, targets: Batch<'_, T>, by_label: bool) -> Option<String> {
    let columns = if by_label { targets.width() } else { 1 };
    let is_one_class = |column: usize| {
        let mut classes = targets.values().iter().skip(column).step_by(columns).map(|&target| target > T::zero());
        let first = classes.next();
        classes.all(|class| Some(class) == first)
    };
    let column = (0..columns).find(|&column| is_one_class(column))?;
    let class = u8::from(targets.values().get(column).is_some_and(|&target| target > T::zero()));
    Some(format!("{metric} compares two classes, and all targets are of the class {class}"))
}
