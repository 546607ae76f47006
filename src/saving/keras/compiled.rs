//! Writes and reads the compile settings of a model as Keras' JSON.

use super::json::{self, Json, Parts};
use super::quirks;
use super::reader::{Reader, without_package};
use super::view::{MetricView, ModelView};
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use crate::losses::{IntoLosses, Loss};
use crate::metrics::{IntoMetrics, Metric, MetricChoice, weighted};
use crate::model::Model;
use crate::optimizers::Optimizer;
use crate::part::Spec;
use crate::saving::place::Place;
use serde_json::{Map, json};

/// The arguments of `compile` in a file, whose parts are not made yet.
pub(super) struct Settings<'r> {
    reader: Reader<'r>,
    optimizer: Spec,
    losses: Vec<Spec>,
    loss_weights: Option<Vec<f64>>,
    metrics: Vec<DescribedMetric>,
    weighted_metrics: Vec<DescribedMetric>,
    /// The error of the first setting that cannot be read; those after it are left out.
    problem: Option<Error>,
}

/// A metric as a file describes it.
struct DescribedMetric {
    /// The name that it is logged under, if the file has it.
    name: Option<String>,
    /// The metric, or the string for which the shapes select it.
    metric: Result<Spec, String>,
    /// The name of its output, if there are several.
    output: Option<String>,
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
pub(super) fn write(built_in: &dyn Parts, model: &ModelView<'_>, place: &Place) -> Result<Json> {
    let Some(settings) = &model.settings else { return Ok(json!({})) };
    let mut optimizer = json::write(built_in, "optimizer", &settings.optimizer.spec(), place)?;
    if optimizer["config"]["learning_rate"].is_number() {
        optimizer["config"]["learning_rate"] = json!(settings.learning_rate);
    }
    let losses = settings.losses.iter().map(|(loss, _)| json::write(built_in, "loss", &loss.spec(), place));
    let losses: Vec<Json> = losses.collect::<Result<_>>()?;
    let factors: Vec<f64> = settings.losses.iter().map(|(_, factor)| *factor).collect();
    let metrics = |weighted: bool| -> Result<Json> {
        let chosen: Vec<&MetricView<'_>> = settings.metrics.iter().filter(|metric| metric.weighted == weighted).collect();
        write_metrics(built_in, &chosen, &settings.outputs, model.dtype, place)
    };
    Ok(json!({
        "optimizer": optimizer,
        "loss": match <[Json; 1]>::try_from(losses) {
            Ok([loss]) => loss,
            Err(losses) => losses.into(),
        },
        "loss_weights": if factors.iter().all(|factor| *factor == 1.0) { Json::Null } else { json!(factors) },
        "metrics": metrics(false)?,
        "weighted_metrics": metrics(true)?,
        "run_eagerly": false,
        "steps_per_execution": 1,
        "jit_compile": false,
    }))
}

/// Returns the JSON of metrics: a list, or for several outputs a list for each of them.
fn write_metrics(
    built_in: &dyn Parts,
    metrics: &[&MetricView<'_>],
    outputs: &[String],
    dtype: &str,
    place: &Place,
) -> Result<Json> {
    let write = |output: Option<&String>| -> Result<Json> {
        let chosen = metrics.iter().filter(|metric| output.is_none() || metric.output == output.map(String::as_str));
        chosen.map(|metric| write_metric(built_in, metric, dtype, place)).collect()
    };
    if outputs.len() == 1 { write(None) } else { outputs.iter().map(|output| write(Some(output))).collect() }
}

fn write_metric(built_in: &dyn Parts, choice: &MetricView<'_>, dtype: &str, place: &Place) -> Result<Json> {
    let MetricView { name, metric: Some(metric), .. } = choice else { return Ok(json!(choice.name)) };
    if quirks::is_closure(&**metric) {
        let advice = "is a closure, which no file can hold: write it as a type of its own, or compile without it before saving";
        return Err(place.error(format!("the metric `{name}` {advice}")));
    }
    let mut object = json::write(built_in, "metric", &metric.spec(), place)?;
    if object.is_object() {
        object["config"]["name"] = json!(name);
        object["config"]["dtype"] = json!(dtype);
    }
    Ok(object)
}

impl<'r> Reader<'r> {
    /// Reads the arguments of `compile` for a model with these outputs.
    ///
    /// # Errors
    ///
    /// The optimizer cannot be read, or the loss of an output is missing; the model is then not compiled.
    pub(super) fn settings(&self, settings: &Map<String, Json>, outputs: &[String]) -> Result<Settings<'r>> {
        let get = |name: &str| settings.get(name).unwrap_or(&Json::Null);
        // `.h5` files use the name `optimizer_config`.
        let optimizer = [get("optimizer"), get("optimizer_config")].into_iter().find(|json| !json.is_null());
        let Some(optimizer) = optimizer else { return Err(self.place.error("it was saved without an optimizer")) };
        let losses = self.of_outputs("loss", get("loss"), outputs)?;
        if let Some(output) = losses.iter().position(|loss| loss.is_null()) {
            let of_output = if outputs.len() == 1 { String::new() } else { format!(" for the output `{}`", outputs[output]) };
            return Err(self.place.error(format!("it was saved without a loss{of_output}")));
        }
        let mut read = Settings {
            reader: self.clone(),
            optimizer: self.part("optimizer", &with_schedule(optimizer))?,
            losses: Vec::new(),
            loss_weights: None,
            metrics: Vec::new(),
            weighted_metrics: Vec::new(),
            problem: None,
        };
        read.problem = self.read_rest(&mut read, &losses, &get, outputs).err();
        Ok(read)
    }

    /// Reads the losses and the metrics until the first that cannot be read.
    fn read_rest<'j>(
        &self,
        read: &mut Settings,
        losses: &[&Json],
        get: &dyn Fn(&str) -> &'j Json,
        outputs: &[String],
    ) -> Result<()> {
        for loss in losses {
            read.losses.push(self.part("loss", unwrapped(loss).as_ref().map_or(loss, |(_, loss)| loss))?);
        }
        if !get("loss_weights").is_null() {
            read.loss_weights = Some(self.loss_weights(get("loss_weights"), outputs)?);
        }
        self.metrics_of_outputs("metrics", get("metrics"), outputs, &mut read.metrics)?;
        self.metrics_of_outputs("weighted_metrics", get("weighted_metrics"), outputs, &mut read.weighted_metrics)
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
    fn metrics_of_outputs(&self, what: &str, json: &Json, outputs: &[String], read: &mut Vec<DescribedMetric>) -> Result<()> {
        if outputs.len() == 1 {
            return self.metrics(json, None, read);
        }
        let is_flat = |list: &[Json]| list.iter().all(|metric| metric.is_string() || metric.get("class_name").is_some());
        let of_outputs = match json {
            // In Keras 2, each output has all metrics of a list that is not nested.
            Json::Array(list) if self.is_older() && is_flat(list) => vec![json; outputs.len()],
            Json::Array(list) if list.is_empty() => Vec::new(),
            json => self.of_outputs(what, json, outputs)?,
        };
        of_outputs.into_iter().zip(outputs).try_for_each(|(json, output)| self.metrics(json, Some(output), read))
    }

    fn metrics(&self, json: &Json, output: Option<&String>, read: &mut Vec<DescribedMetric>) -> Result<()> {
        let (name, metric) = match json {
            Json::Null => return Ok(()),
            Json::Array(metrics) => return metrics.iter().try_for_each(|metric| self.metrics(metric, output, read)),
            Json::Object(object) if object.contains_key("class_name") => self.described_metric(json)?,
            // The object has a list for each output; the model has one output.
            Json::Object(outputs) => return outputs.values().try_for_each(|metric| self.metrics(metric, output, read)),
            // The shapes determine the metric, even if one has the same name.
            Json::String(name) if OF_SHAPES.contains(&name.to_lowercase().as_str()) => (None, Err(name.clone())),
            Json::String(name) => (Some(name.clone()), Ok(Spec::named(without_package(name)))),
            other => return Err(self.place.error(format!("{other} stands where a metric is wanted"))),
        };
        read.push(DescribedMetric { name, metric, output: output.cloned() });
        Ok(())
    }

    /// Returns the name that a metric is logged under, if it is given, and the metric or the string for which the shapes select it.
    fn described_metric(&self, json: &Json) -> Result<(Option<String>, Result<Spec, String>)> {
        let name = json["config"]["name"].as_str();
        let wrapped = unwrapped(json);
        if let (Some(name), Some((function, _))) = (name, &wrapped)
            && OF_SHAPES.contains(&name)
            && CHOSEN_BY_SHAPES.contains(function)
        {
            return Ok((None, Err(name.to_string())));
        }
        let spec = self.part("metric", wrapped.as_ref().map_or(json, |(_, metric)| metric))?;
        Ok((name.map(str::to_string), Ok(spec)))
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

impl Settings<'_> {
    /// Compiles a model with these settings.
    ///
    /// # Errors
    ///
    /// The first setting that cannot be used.
    pub(super) fn compile<T: Scalar>(self, model: &mut Model<T>) -> Result<()> {
        let reader = &self.reader;
        let optimizer = reader.made::<dyn Optimizer<T>>(&self.optimizer)?;
        let mut losses = Vec::new();
        for loss in &self.losses {
            losses.push(reader.made::<dyn Loss<T>>(loss)?);
        }
        let mut losses = losses.into_losses();
        if let Some(factors) = self.loss_weights {
            losses = losses.loss_weights(factors);
        }
        let mut metrics = made_metrics::<T>(reader, self.metrics)?;
        metrics.extend(weighted(made_metrics::<T>(reader, self.weighted_metrics)?).into_metrics());
        if let Some(problem) = self.problem {
            return Err(problem);
        }
        model.compile(optimizer, losses, metrics).map_err(|error| reader.place.error(error))
    }
}

fn made_metrics<T: Scalar>(reader: &Reader<'_>, described: Vec<DescribedMetric>) -> Result<Vec<MetricChoice<T>>> {
    let mut metrics = Vec::new();
    for DescribedMetric { name, metric, output } in described {
        let mut choices = match metric {
            Ok(spec) => {
                let made = reader.made::<dyn Metric<T>>(&spec)?;
                vec![MetricChoice::named(name.unwrap_or_else(|| made.log_name()), made)]
            }
            Err(of_shapes) => of_shapes.into_metrics(),
        };
        if let Some(output) = output {
            choices = choices.into_iter().map(|choice| choice.of_output(&output)).collect();
        }
        metrics.append(&mut choices);
    }
    Ok(metrics)
}
