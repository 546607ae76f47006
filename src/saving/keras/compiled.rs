//! Writes and reads the compile settings of a model as Keras' JSON.

use super::json::{self, Json};
use super::quirks;
use super::reader::{Reader, without_package};
use crate::base::Result;
use crate::kernels::Scalar;
use crate::losses::{IntoLosses, Loss, Losses};
use crate::metrics::{IntoMetrics, Metric, MetricChoice};
use crate::model::Model;
use crate::optimizers::Optimizer;
use crate::part::{Kind, Spec};
use crate::saving::Registry;
use crate::saving::place::Place;
use serde_json::{Map, json};
use std::sync::Arc;

/// The arguments of `compile`.
pub(super) struct Settings<T: Scalar> {
    optimizer: Arc<dyn Optimizer<T>>,
    losses: Losses<T>,
    metrics: Vec<MetricChoice<T>>,
    place: Place,
}

/// The reason why a model is not compiled if its file has no compile settings.
pub(super) const NEVER: &str = "it was not compiled when it was saved";

/// The strings that stand for different metrics, depending on the shapes of outputs and targets.
const OF_SHAPES: [&str; 4] = ["accuracy", "acc", "crossentropy", "ce"];

/// The metrics that such a string can stand for; Keras 2 writes the name of the chosen metric.
const CHOSEN_BY_SHAPES: [&str; 6] = [
    "binary_accuracy",
    "categorical_accuracy",
    "sparse_categorical_accuracy",
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
];

/// The classes of Keras whose argument `fn` is the function that they compute.
const WRAPPERS: [&str; 4] =
    ["LossFunctionWrapper", "MeanMetricWrapper", "SparseMeanMetricWrapper", "SumOverBatchSizeMetricWrapper"];

/// Returns the JSON of the compile settings of a model; an empty object if it is not compiled.
pub(super) fn write<T: Scalar>(built_in: &Registry<T>, model: &Model<T>, place: &Place) -> Result<Json> {
    let Some(compiled) = &model.compiled else { return Ok(json!({})) };
    let mut optimizer = json::write(built_in, <dyn Optimizer<T>>::KIND, &compiled.optimizer.rule().spec(), place)?;
    if optimizer["config"]["learning_rate"].is_number() {
        optimizer["config"]["learning_rate"] = json!(compiled.optimizer.learning_rate());
    }
    let losses = compiled.losses.iter().map(|(loss, _)| json::write(built_in, <dyn Loss<T>>::KIND, &loss.spec(), place));
    let losses: Vec<Json> = losses.collect::<Result<_>>()?;
    let factors: Vec<f64> = compiled.losses.iter().map(|(_, factor)| *factor).collect();
    let outputs = model.graph.output_names();
    Ok(json!({
        "optimizer": optimizer,
        "loss": match <[Json; 1]>::try_from(losses) {
            Ok([loss]) => loss,
            Err(losses) => losses.into(),
        },
        "loss_weights": if factors.iter().all(|factor| *factor == 1.0) { Json::Null } else { json!(factors) },
        "metrics": write_metrics(built_in, &compiled.metrics, false, &outputs, place)?,
        "weighted_metrics": write_metrics(built_in, &compiled.metrics, true, &outputs, place)?,
        "run_eagerly": false,
        "steps_per_execution": 1,
        "jit_compile": false,
    }))
}

/// Returns the JSON of the metrics: a list, or for several outputs a list for each of them.
fn write_metrics<T: Scalar>(
    built_in: &Registry<T>,
    metrics: &[MetricChoice<T>],
    weighted: bool,
    outputs: &[String],
    place: &Place,
) -> Result<Json> {
    let chosen = || metrics.iter().filter(|metric| metric.is_weighted() == weighted);
    let write = |metric: &MetricChoice<T>| write_metric(built_in, metric, place);
    if outputs.len() == 1 {
        return chosen().map(write).collect();
    }
    let of_output =
        |output: &String| chosen().filter(|metric| metric.output() == Some(output)).map(write).collect::<Result<Json>>();
    outputs.iter().map(of_output).collect()
}

fn write_metric<T: Scalar>(built_in: &Registry<T>, choice: &MetricChoice<T>, place: &Place) -> Result<Json> {
    let (name, metric) = choice.chosen();
    let Some(metric) = metric else { return Ok(json!(name)) };
    if quirks::is_closure(&*metric) {
        let advice = "is a closure, which no file can hold: write it as a type of its own, or compile without it before saving";
        return Err(place.error(format!("the metric `{name}` {advice}")));
    }
    let mut object = json::write(built_in, <dyn Metric<T>>::KIND, &metric.spec(), place)?;
    if object.is_object() {
        object["config"]["name"] = json!(name);
        object["config"]["dtype"] = json!(T::DTYPE);
    }
    Ok(object)
}

impl<T: Scalar> Reader<'_, T> {
    /// Reads the arguments of `compile` for a model with these outputs.
    ///
    /// # Errors
    ///
    /// The first setting that cannot be used; the model is then not compiled.
    pub(super) fn settings(&self, settings: &Map<String, Json>, outputs: &[String]) -> Result<Settings<T>> {
        let get = |name: &str| settings.get(name).unwrap_or(&Json::Null);
        // `.h5` files use the name `optimizer_config`.
        let optimizer = [get("optimizer"), get("optimizer_config")].into_iter().find(|json| !json.is_null());
        let Some(optimizer) = optimizer else { return Err(self.place.error("it was saved without an optimizer")) };
        let of_outputs = self.of_outputs("loss", get("loss"), outputs)?;
        if let Some(output) = of_outputs.iter().position(|loss| loss.is_null()) {
            let of_output = if outputs.len() == 1 { String::new() } else { format!(" for the output `{}`", outputs[output]) };
            return Err(self.place.error(format!("it was saved without a loss{of_output}")));
        }
        let optimizer = self.part(&with_schedule(optimizer))?;
        let loss = |json: &&Json| -> Result<Arc<dyn Loss<T>>> {
            match unwrapped(json) {
                Some((_, loss)) => self.part(&loss),
                None => self.part(json),
            }
        };
        let mut losses = of_outputs.iter().map(loss).collect::<Result<Vec<_>>>()?.into_losses();
        if !get("loss_weights").is_null() {
            losses = losses.loss_weights(self.loss_weights(get("loss_weights"), outputs)?);
        }
        let mut metrics = self.metrics_of_outputs("metrics", get("metrics"), outputs)?;
        let weighted = self.metrics_of_outputs("weighted_metrics", get("weighted_metrics"), outputs)?;
        metrics.extend(crate::metrics::weighted(weighted).into_metrics());
        Ok(Settings { optimizer, losses, metrics, place: self.place.clone() })
    }

    /// Returns the setting of each output: from a list or an object with an entry for each, or the same for all.
    fn of_outputs<'j>(&self, what: &str, json: &'j Json, outputs: &[String]) -> Result<Vec<&'j Json>> {
        match (json, outputs) {
            (json, [_]) => Ok(vec![only(json)]),
            (Json::Array(list), _) if list.len() == outputs.len() => Ok(list.iter().collect()),
            (Json::Object(object), _) if !object.contains_key("class_name") => {
                if let Some(name) = object.keys().find(|name| !outputs.contains(name)) {
                    return Err(self.place.error(format!("`{what}` has an entry for `{name}`, which is no output")));
                }
                Ok(outputs.iter().map(|output| object.get(output).unwrap_or(&Json::Null)).collect())
            }
            (Json::Array(list), _) => {
                let problem = format!("`{what}` has {} entries, and the model has {} outputs", list.len(), outputs.len());
                Err(self.place.error(problem))
            }
            (one, _) => Ok(vec![one; outputs.len()]),
        }
    }

    fn loss_weights(&self, json: &Json, outputs: &[String]) -> Result<Vec<f64>> {
        let weights = self.of_outputs("loss_weights", json, outputs)?;
        let weight = |json: &&Json| match json {
            Json::Null => Ok(1.0),
            json => json.as_f64().ok_or_else(|| self.place.error(format!("`loss_weights` has {json}, which is no number"))),
        };
        weights.iter().map(weight).collect()
    }

    /// Reads the metrics of all outputs.
    fn metrics_of_outputs(&self, what: &str, json: &Json, outputs: &[String]) -> Result<Vec<MetricChoice<T>>> {
        if outputs.len() == 1 {
            return self.metrics(json);
        }
        let is_flat = |list: &[Json]| list.iter().all(|metric| metric.is_string() || metric.get("class_name").is_some());
        let of_outputs = match json {
            // In Keras 2, each output has all metrics of a list that is not nested.
            Json::Array(list) if self.is_older() && is_flat(list) => vec![json; outputs.len()],
            Json::Array(list) if list.is_empty() => Vec::new(),
            json => self.of_outputs(what, json, outputs)?,
        };
        let mut all = Vec::new();
        for (json, output) in of_outputs.into_iter().zip(outputs) {
            all.extend(self.metrics(json)?.into_iter().map(|metric| metric.of_output(output)));
        }
        Ok(all)
    }

    fn metrics(&self, json: &Json) -> Result<Vec<MetricChoice<T>>> {
        match json {
            Json::Null => Ok(Vec::new()),
            Json::Array(metrics) => self.all_metrics(metrics),
            Json::Object(object) if object.contains_key("class_name") => Ok(self.described_metric(json)?),
            // The object has a list for each output; the model has one output.
            Json::Object(outputs) => self.all_metrics(outputs.values()),
            // The shapes determine the metric, even if one has the same name.
            Json::String(name) if OF_SHAPES.contains(&name.to_lowercase().as_str()) => Ok(name.into_metrics()),
            Json::String(name) => Ok(vec![MetricChoice::named(name.clone(), self.made(&Spec::named(without_package(name)))?)]),
            other => Err(self.place.error(format!("{other} stands where a metric is wanted"))),
        }
    }

    fn all_metrics<'j>(&self, metrics: impl IntoIterator<Item = &'j Json>) -> Result<Vec<MetricChoice<T>>> {
        let mut all = Vec::new();
        for metric in metrics {
            all.extend(self.metrics(metric)?);
        }
        Ok(all)
    }

    fn described_metric(&self, json: &Json) -> Result<Vec<MetricChoice<T>>> {
        let name = json["config"]["name"].as_str();
        let wrapped = unwrapped(json);
        if let (Some(name), Some((function, _))) = (name, &wrapped)
            && OF_SHAPES.contains(&name)
            && CHOSEN_BY_SHAPES.contains(function)
        {
            return Ok(name.into_metrics());
        }
        let made = self.part::<dyn Metric<T>>(wrapped.as_ref().map_or(json, |(_, metric)| metric))?;
        let name = name.map_or_else(|| made.log_name(), str::to_string);
        Ok(vec![MetricChoice::named(name, made)])
    }
}

/// Returns the setting of the only output: the value itself, or the only entry of a list or of an object.
fn only(json: &Json) -> &Json {
    match json {
        Json::Array(list) if list.len() == 1 => &list[0],
        Json::Object(outputs) if outputs.len() == 1 && !outputs.contains_key("class_name") => {
            outputs.values().next().unwrap_or(json)
        }
        json => json,
    }
}

/// Unwraps a loss or a metric of a wrapper class: returns the name of the function, and an object with this class name.
fn unwrapped(json: &Json) -> Option<(&str, Json)> {
    let class_name = json.get("class_name")?.as_str()?;
    if !WRAPPERS.contains(&without_package(class_name)) {
        return None;
    }
    let mut config = json["config"].as_object()?.clone();
    config.remove("fn");
    let function = &json["config"]["fn"];
    let name = function.as_str().or(function["config"].as_str())?;
    Some((name, json!({"class_name": name, "config": config})))
}

/// Replaces the argument `decay` of an optimizer of Keras 2 by the equivalent schedule, `r / (1 + decay t)`.
fn with_schedule(optimizer: &Json) -> Json {
    let mut optimizer = optimizer.clone();
    let class_name = optimizer["class_name"].as_str().map(without_package);
    let decay = optimizer["config"]["decay"].as_f64().filter(|&decay| decay != 0.0);
    // The argument `decay` of `Nadam` has another meaning.
    if let (Some(decay), false) = (decay, class_name == Some("Nadam"))
        && let Some(Json::Object(config)) = optimizer.get_mut("config")
        && let Some(rate) = config.remove("lr").or_else(|| config.remove("learning_rate"))
    {
        config.remove("decay");
        let schedule = json!({"initial_learning_rate": rate, "decay_steps": 1, "decay_rate": decay});
        config.insert("learning_rate".to_string(), json!({"class_name": "InverseTimeDecay", "config": schedule}));
    }
    optimizer
}

impl<T: Scalar> Settings<T> {
    /// Compiles a model with these settings.
    pub(super) fn compile(self, model: &mut Model<T>) -> Result<()> {
        model.compile(self.optimizer, self.losses, self.metrics).map_err(|error| self.place.error(error))
    }
}
