//! The forms in which `compile` takes metrics.

use super::{BinaryAccuracy, CategoricalAccuracy, Metric, SparseCategoricalAccuracy};
use crate::base::{Error, Result, Shape, free_name};
use crate::kernels::Scalar;
use crate::part::{ByName, ByValue, Choice, IntoPart, Shared};
use std::sync::Arc;

/// One metric as it was given to `compile`.
#[derive(Debug, Clone)]
pub struct MetricChoice<T: Scalar> {
    source: Source<T>,
    weighted: bool,
    /// The name of the output, if one was given.
    output: Option<String>,
}

/// A metric, or the string `"accuracy"`.
#[derive(Debug, Clone)]
enum Source<T: Scalar> {
    /// A metric with the name that it is logged under.
    Given(String, Choice<dyn Metric<T>>),
    /// The string `"accuracy"`, for which the widths select a metric, with the name that it is logged under.
    Accuracy(String),
}

/// A metric with its final name, selected for the shapes of a model.
#[derive(Debug, Clone)]
pub(crate) struct Selected<T: Scalar> {
    pub(crate) name: String,
    pub(crate) metric: Arc<dyn Metric<T>>,
    pub(crate) weighted: bool,
}

impl<T: Scalar> MetricChoice<T> {
    /// Fails if no metric has this name or an argument is out of range.
    pub(crate) fn check(&self) -> Result<()> {
        match &self.source {
            Source::Given(_, metric) => metric.get()?.check_arguments(),
            Source::Accuracy(_) => Ok(()),
        }
    }

    pub(crate) fn is_weighted(&self) -> bool {
        self.weighted
    }

    /// Returns the name of the output, if one was given.
    pub(crate) fn output(&self) -> Option<&str> {
        self.output.as_deref()
    }

    /// Makes this a metric of the output with this name.
    pub(crate) fn of_output(mut self, output: &str) -> Self {
        self.output = Some(output.to_string());
        self
    }

    /// Makes a choice from a metric and the name that it is logged under.
    #[cfg(feature = "keras")]
    pub(crate) fn named(name: String, metric: Arc<dyn Metric<T>>) -> Self {
        Self { source: Source::Given(name, metric.into()), weighted: false, output: None }
    }

    /// Returns the name that the metric is logged under, and the metric unless the widths select it.
    #[cfg(feature = "keras")]
    pub(crate) fn chosen(&self) -> (&str, Option<Arc<dyn Metric<T>>>) {
        match &self.source {
            Source::Given(name, metric) => (name, metric.get().ok()),
            Source::Accuracy(name) => (name, None),
        }
    }

    /// Selects the metric for these outputs and targets and gives it a name that is not in `taken`.
    ///
    /// `output` is the name of the output if there are several; the name of the metric then starts with it.
    pub(crate) fn select(&self, outputs: &Shape, targets: &Shape, output: Option<&str>, taken: &[String]) -> Result<Selected<T>> {
        let (name, metric): (_, Arc<dyn Metric<T>>) = match &self.source {
            Source::Given(name, metric) => (name, metric.get()?),
            Source::Accuracy(name) if outputs.last() == 1 => (name, BinaryAccuracy::default().into_shared()),
            Source::Accuracy(name) if targets.last() == 1 => (name, SparseCategoricalAccuracy.into_shared()),
            Source::Accuracy(name) => (name, CategoricalAccuracy.into_shared()),
        };
        Ok(Selected { name: unique(name, self.weighted, output, taken)?, metric, weighted: self.weighted })
    }
}

/// Returns the name under which a metric is logged: with that of its output, and a number if the name is taken.
fn unique(name: &str, weighted: bool, output: Option<&str>, taken: &[String]) -> Result<String> {
    if name == "loss" || name.starts_with("val_") {
        let allowed = "a name that is not `loss` and does not start with `val_`, because `fit` logs those itself";
        return Err(Error::argument("metric", "name", name, allowed));
    }
    let is_free = |name: &String| !taken.contains(name);
    let of_output = |name: &str| output.map_or(name.to_string(), |output| format!("{output}_{name}"));
    let plain = of_output(name);
    let prefixed = if weighted && !is_free(&plain) { of_output(&format!("weighted_{name}")) } else { plain };
    Ok(free_name(prefixed, &is_free))
}

/// The forms in which `compile` takes metrics: `()` for none, one metric or its name, or an array, a tuple or a `Vec` of
/// metrics.
///
/// The type parameter `Marker` distinguishes the implementations and is always inferred.
pub trait IntoMetrics<T: Scalar, Marker> {
    /// Converts to a list of metrics in the same order.
    fn into_metrics(self) -> Vec<MetricChoice<T>>;
}

impl<T: Scalar> IntoMetrics<T, ()> for () {
    fn into_metrics(self) -> Vec<MetricChoice<T>> {
        Vec::new()
    }
}

impl<T: Scalar, M: Metric<T>> IntoMetrics<T, ByValue> for M {
    fn into_metrics(self) -> Vec<MetricChoice<T>> {
        let name = self.log_name();
        vec![MetricChoice { source: Source::Given(name, self.into_part()), weighted: false, output: None }]
    }
}

impl<T: Scalar> IntoMetrics<T, Shared> for Arc<dyn Metric<T>> {
    fn into_metrics(self) -> Vec<MetricChoice<T>> {
        let name = self.log_name();
        vec![MetricChoice { source: Source::Given(name, self.into()), weighted: false, output: None }]
    }
}

impl<T: Scalar> IntoMetrics<T, Shared> for Box<dyn Metric<T>> {
    fn into_metrics(self) -> Vec<MetricChoice<T>> {
        Arc::<dyn Metric<T>>::from(self).into_metrics()
    }
}

impl<T: Scalar> IntoMetrics<T, ByName> for &String {
    fn into_metrics(self) -> Vec<MetricChoice<T>> {
        self.as_str().into_metrics()
    }
}

impl<T: Scalar> IntoMetrics<T, ByName> for String {
    fn into_metrics(self) -> Vec<MetricChoice<T>> {
        self.as_str().into_metrics()
    }
}

impl<T: Scalar> IntoMetrics<T, ByName> for &str {
    fn into_metrics(self) -> Vec<MetricChoice<T>> {
        let source = match self {
            name if ["accuracy", "acc"].contains(&name.to_lowercase().as_str()) => Source::Accuracy(name.to_string()),
            name => Source::Given(name.to_string(), name.into_part()),
        };
        vec![MetricChoice { source, weighted: false, output: None }]
    }
}

impl<T: Scalar> IntoMetrics<T, MetricChoice<T>> for MetricChoice<T> {
    fn into_metrics(self) -> Vec<MetricChoice<T>> {
        vec![self]
    }
}

/// Metrics that weight the samples; see [`weighted`].
#[derive(Debug, Clone)]
pub struct Weighted<M>(M);

/// Makes metrics use the weights of the samples, which they ignore otherwise, as Keras' `weighted_metrics` do.
///
/// If another metric has the same name, the weighted metric is logged as `weighted_<name>`.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1).activation(Sigmoid));
/// model.compile("adam", "binary_crossentropy", ("accuracy", weighted("accuracy")))?;
/// let options = FitOptions::new().class_weight([(1, 2.5)]);
/// let history = model.fit(&dmatrix![1.0; 2.0], &dmatrix![0.0; 1.0], options)?;
/// assert!(history.get("weighted_accuracy").is_some());
/// # Ok::<(), layercake::Error>(())
/// ```
pub fn weighted<M>(metrics: M) -> Weighted<M> {
    Weighted(metrics)
}

/// The inferred marker of [`Weighted`] metrics; see [`IntoMetrics`].
#[derive(Debug)]
pub struct ByWeight<Marker>(Marker);

impl<T: Scalar, Marker, M: IntoMetrics<T, Marker>> IntoMetrics<T, ByWeight<Marker>> for Weighted<M> {
    fn into_metrics(self) -> Vec<MetricChoice<T>> {
        let mut metrics = self.0.into_metrics();
        metrics.iter_mut().for_each(|metric| metric.weighted = true);
        metrics
    }
}

/// A metric with the name that it is logged under; see [`named`].
#[derive(Debug, Clone)]
pub struct Named<M> {
    name: String,
    metrics: M,
}

/// Sets the name that a metric is logged under, as the argument `name` of a metric does in Keras.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1).activation(Sigmoid));
/// let pr = Auc::default().curve(Curve::Pr);
/// model.compile("adam", "binary_crossentropy", ("auc", named("pr_auc", pr)))?;
/// let history = model.fit(&dmatrix![1.0; 2.0], &dmatrix![0.0; 1.0], FitOptions::new())?;
/// assert!(history.get("auc").is_some() && history.get("pr_auc").is_some());
/// # Ok::<(), layercake::Error>(())
/// ```
pub fn named<M>(name: impl Into<String>, metrics: M) -> Named<M> {
    Named { name: name.into(), metrics }
}

/// The inferred marker of [`Named`] metrics; see [`IntoMetrics`].
#[derive(Debug)]
pub struct ByOwnName<Marker>(Marker);

impl<T: Scalar, Marker, M: IntoMetrics<T, Marker>> IntoMetrics<T, ByOwnName<Marker>> for Named<M> {
    fn into_metrics(self) -> Vec<MetricChoice<T>> {
        let mut metrics = self.metrics.into_metrics();
        for metric in &mut metrics {
            let (Source::Given(name, _) | Source::Accuracy(name)) = &mut metric.source;
            name.clone_from(&self.name);
        }
        metrics
    }
}

/// Metrics of one of several outputs; see [`of_output`].
#[derive(Debug, Clone)]
pub struct OfOutput<M> {
    output: String,
    metrics: M,
}

/// Makes metrics those of the output with this name, which is the name of the layer that computes it.
///
/// A metric of a model with several outputs is logged as `<output>_<metric>`. Each metric of such a model needs its output.
///
/// ```
/// use layercake::prelude::*;
///
/// let x = Node::input("x", 2);
/// let (low, high) = (x.then(Dense::new(1).name("low")), x.then(Dense::new(1).name("high")));
/// let mut model = Functional::<f64>::with_seed(1, &x, [&low, &high])?;
/// model.compile("adam", "mse", (of_output("low", "mae"), of_output("high", ("mae", "mape"))))?;
/// # Ok::<(), layercake::Error>(())
/// ```
pub fn of_output<M>(output: impl Into<String>, metrics: M) -> OfOutput<M> {
    OfOutput { output: output.into(), metrics }
}

/// The inferred marker of [`OfOutput`] metrics; see [`IntoMetrics`].
#[derive(Debug)]
pub struct ByOutput<Marker>(Marker);

impl<T: Scalar, Marker, M: IntoMetrics<T, Marker>> IntoMetrics<T, ByOutput<Marker>> for OfOutput<M> {
    fn into_metrics(self) -> Vec<MetricChoice<T>> {
        self.metrics.into_metrics().into_iter().map(|metric| metric.of_output(&self.output)).collect()
    }
}

impl<T: Scalar, Marker, M: IntoMetrics<T, Marker>, const N: usize> IntoMetrics<T, [Marker; 1]> for [M; N] {
    fn into_metrics(self) -> Vec<MetricChoice<T>> {
        Vec::from(self).into_metrics()
    }
}

impl<T: Scalar, Marker, M: IntoMetrics<T, Marker>> IntoMetrics<T, [Marker; 2]> for Vec<M> {
    fn into_metrics(self) -> Vec<MetricChoice<T>> {
        let mut metrics = Vec::with_capacity(self.len());
        self.into_iter().for_each(|metric| metrics.extend(metric.into_metrics()));
        metrics
    }
}

macro_rules! tuples {
    ($($metric:ident $marker:ident),+) => {
        impl<T: Scalar, $($marker, $metric: IntoMetrics<T, $marker>),+> IntoMetrics<T, ($($marker,)+)> for ($($metric,)+) {
            fn into_metrics(self) -> Vec<MetricChoice<T>> {
                #[allow(non_snake_case)]
                let ($($metric,)+) = self;
                let mut metrics = Vec::new();
                $(metrics.extend($metric.into_metrics());)+
                metrics
            }
        }
    };
}

tuples!(A MarkerA);
tuples!(A MarkerA, B MarkerB);
tuples!(A MarkerA, B MarkerB, C MarkerC);
tuples!(A MarkerA, B MarkerB, C MarkerC, D MarkerD);
tuples!(A MarkerA, B MarkerB, C MarkerC, D MarkerD, E MarkerE);
tuples!(A MarkerA, B MarkerB, C MarkerC, D MarkerD, E MarkerE, F MarkerF);
tuples!(A MarkerA, B MarkerB, C MarkerC, D MarkerD, E MarkerE, F MarkerF, G MarkerG);
tuples!(A MarkerA, B MarkerB, C MarkerC, D MarkerD, E MarkerE, F MarkerF, G MarkerG, H MarkerH);
