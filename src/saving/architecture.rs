//! The architecture and the compile settings of a model as Keras' JSON.

use super::json::{self, Json, Reader};
use super::place::Place;
use crate::base::Shape;
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use crate::layers::{Discretization, Lambda, Layer, LayerEntry, Stack};
use crate::losses::Loss;
use crate::metrics::{ClosureMetric, IntoMetrics, Metric, MetricChoice};
use crate::model::Sequential;
use crate::optimizers::Optimizer;
use crate::part::{Kind, Spec};
use serde_json::{Map, json};

/// What a model file says of the model besides its weights.
pub(super) struct Architecture<T: Scalar> {
    pub(super) entries: Vec<LayerEntry<T>>,
    pub(super) input: Option<Shape>,
    pub(super) compiled: Option<Settings<T>>,
    /// Why the model is not compiled although the file has compile settings.
    pub(super) uncompiled_because: &'static str,
}

/// What `compile` was given.
pub(super) struct Settings<T: Scalar> {
    optimizer: std::sync::Arc<dyn Optimizer<T>>,
    loss: std::sync::Arc<dyn Loss<T>>,
    metrics: Vec<MetricChoice<T>>,
}

/// The strings that mean another metric for each shape of outputs and targets.
const OF_SHAPES: [&str; 4] = ["accuracy", "acc", "crossentropy", "ce"];

/// The whole model, without its weights.
pub(super) fn write<T: Scalar>(model: &Sequential<T>, place: &Place) -> Result<Json> {
    let policy = json!({"module": "keras", "class_name": "DTypePolicy", "config": {"name": T::DTYPE}, "registered_name": null});
    let input = model.input_shape().map(write_shape);
    let mut layers = Vec::new();
    if let Some(shape) = &input {
        let config = json!({"batch_shape": shape, "dtype": T::DTYPE, "sparse": false, "ragged": false, "name": "input_layer"});
        layers.push(json!({"module": "keras.layers", "class_name": "InputLayer", "config": config, "registered_name": null}));
    }
    for (layer, entry) in model.layers().zip(&model.entries) {
        let place = place.member(layer.name());
        refuse_closures(entry, &place)?;
        let mut object = json::write(<dyn Layer<T>>::KIND, &layer.spec(), &place)?;
        let mut config = Map::new();
        config.insert("name".to_string(), json!(layer.name()));
        // the one class of Keras that does not take it
        if !entry.layer.as_any().is::<Discretization>() {
            config.insert("trainable".to_string(), json!(layer.trainable()));
        }
        config.insert("dtype".to_string(), policy.clone());
        if let Some(Json::Object(own)) = object.get_mut("config").map(Json::take) {
            config.extend(own);
        }
        set_dtype_within(&mut config, &policy);
        object["config"] = config.into();
        if let Some((network, number)) = layer.built {
            object["build_config"] = json!({"input_shape": write_shape(network.input_of(number))});
        }
        layers.push(object);
    }
    let mut config = json!({"name": "sequential", "trainable": true, "dtype": policy, "layers": layers});
    let mut object = json!({"module": "keras", "class_name": "Sequential", "registered_name": null});
    if let Some(shape) = &input {
        config["build_input_shape"] = shape.clone();
        object["build_config"] = json!({"input_shape": shape});
    }
    object["config"] = config;
    object["compile_config"] = write_settings(model, place)?;
    Ok(object)
}

/// Gives the layers within a layer the number type of the model, which Keras does not pass on to them.
fn set_dtype_within(config: &mut Map<String, Json>, policy: &Json) {
    for argument in ["layer", "layers"] {
        config.get_mut(argument).into_iter().for_each(|inner| set_dtype(inner, policy));
    }
}

fn set_dtype(layers: &mut Json, policy: &Json) {
    match layers {
        Json::Array(layers) => layers.iter_mut().for_each(|layer| set_dtype(layer, policy)),
        Json::Object(layer) => {
            if let Some(Json::Object(config)) = layer.get_mut("config") {
                config.insert("dtype".to_string(), policy.clone());
                set_dtype_within(config, policy);
            }
        }
        _ => {}
    }
}

/// Fails for a layer that is, or holds, one of closures.
fn refuse_closures<T: Scalar>(entry: &LayerEntry<T>, place: &Place) -> Result<()> {
    if entry.layer.as_any().is::<Lambda<T>>() {
        let advice = "write it as a type of its own, or save the weights alone with `save_weights`";
        return Err(place.error(format!("a `Lambda` is of closures, which no file can hold: {advice}")));
    }
    let stacks = entry.layer.branches().map_or(&[][..], |branches| branches.stacks);
    stacks.iter().flat_map(Stack::entries).try_for_each(|entry| refuse_closures(entry, place))
}

fn write_shape(shape: &Shape) -> Json {
    std::iter::once(Json::Null).chain(shape.dims().iter().map(|&extent| json!(extent))).collect()
}

fn write_settings<T: Scalar>(model: &Sequential<T>, place: &Place) -> Result<Json> {
    let Some(compiled) = &model.compiled else { return Ok(json!({})) };
    let mut optimizer = json::write(<dyn Optimizer<T>>::KIND, &compiled.optimizer.rule().spec(), place)?;
    if optimizer["config"]["learning_rate"].is_number() {
        optimizer["config"]["learning_rate"] = json!(compiled.optimizer.learning_rate());
    }
    let metrics = |weighted: bool| -> Result<Json> {
        compiled
            .metrics
            .iter()
            .filter(|metric| metric.is_weighted() == weighted)
            .map(|metric| write_metric(metric, place))
            .collect()
    };
    Ok(json!({
        "optimizer": optimizer,
        "loss": json::write(<dyn Loss<T>>::KIND, &compiled.loss.spec(), place)?,
        "loss_weights": null,
        "metrics": metrics(false)?,
        "weighted_metrics": metrics(true)?,
        "run_eagerly": false,
        "steps_per_execution": 1,
        "jit_compile": false,
    }))
}

fn write_metric<T: Scalar>(choice: &MetricChoice<T>, place: &Place) -> Result<Json> {
    let (name, metric) = choice.chosen();
    let Some(metric) = metric else { return Ok(json!(name)) };
    if metric.as_any().is::<ClosureMetric<T>>() {
        let advice = "is a closure, which no file can hold: write it as a type of its own, or compile without it before saving";
        return Err(place.error(format!("the metric `{name}` {advice}")));
    }
    let mut object = json::write(<dyn Metric<T>>::KIND, &metric.spec(), place)?;
    if object.is_object() {
        object["config"]["name"] = json!(name);
        object["config"]["dtype"] = json!(T::DTYPE);
    }
    Ok(object)
}

impl<T: Scalar> Reader<'_, T> {
    /// Reads a model from what Keras calls its config.
    pub(super) fn model(&self, json: &Json) -> Result<Architecture<T>> {
        match json.get("class_name").and_then(Json::as_str) {
            Some("Sequential") => {}
            found => {
                let found = found.unwrap_or("nothing");
                return Err(self.place.error(format!("only a `Sequential` model can be loaded, and this is `{found}`")));
            }
        }
        let config = &json["config"];
        json::check_dtype(config.get("dtype"), &self.place)?;
        // very old files have the list itself as config
        let layers = config.get("layers").unwrap_or(config);
        let Some(layers) = layers.as_array() else { return Err(self.place.error("the model has no list of `layers`")) };
        let built_for =
            [&config["build_input_shape"], &json["build_config"]["input_shape"]].into_iter().find(|shape| shape.is_array());
        let mut input = built_for.map(|shape| self.shape(shape)).transpose()?;
        let mut entries = Vec::new();
        for layer in layers {
            let config = &layer["config"];
            let declared = ["batch_shape", "batch_input_shape"]
                .into_iter()
                .filter_map(|name| config.get(name))
                .find(|shape| shape.is_array());
            if let (Some(shape), true) = (declared, entries.is_empty()) {
                input = Some(self.shape(shape)?);
            }
            if layer["class_name"] != "InputLayer" {
                entries.push(self.layer(layer)?);
            }
        }
        let (compiled, uncompiled_because) = match json.get("compile_config") {
            Some(Json::Object(settings)) if !settings.is_empty() => self.settings(settings)?,
            _ => (None, ""),
        };
        Ok(Architecture { entries, input, compiled, uncompiled_because })
    }

    fn shape(&self, json: &Json) -> Result<Shape> {
        let extents = json.as_array().into_iter().flatten().skip(1);
        let extents = extents.map(|extent| extent.as_u64().and_then(|extent| usize::try_from(extent).ok()));
        let dims: Option<Vec<usize>> = extents.collect();
        dims.map(Shape::from).ok_or_else(|| self.place.error(format!("the input shape {json} is not settled")))
    }

    fn layer(&self, json: &Json) -> Result<LayerEntry<T>> {
        let text = |value: &Json| value.as_str().map(str::to_string);
        let (Some(class_name), Some(config)) = (text(&json["class_name"]), json["config"].as_object()) else {
            return Err(self.place.error("a layer without `class_name` or `config`"));
        };
        let name = config.get("name").and_then(Json::as_str);
        let reader = Self { registry: self.registry, place: self.place.member(name.unwrap_or(&class_name)) };
        json::check_dtype(config.get("dtype"), &reader.place)?;
        let kind = <dyn Layer<T>>::KIND;
        // what every layer has is said here and not to the part
        let shared = ["name", "trainable", "dtype", "batch_input_shape", "batch_shape"];
        let own: Map<_, _> = config
            .iter()
            .filter(|(name, _)| !shared.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let layer = reader.made::<dyn Layer<T>>(&reader.spec(kind, &class_name, &own)?)?;
        let trainable = config.get("trainable").and_then(Json::as_bool).unwrap_or(true);
        let entry = LayerEntry::from(layer).trainable(trainable);
        Ok(match name {
            Some(name) => entry.name(name),
            None => entry,
        })
    }

    /// What `compile` was given, and why it cannot be given again.
    pub(super) fn settings(&self, settings: &Map<String, Json>) -> Result<(Option<Settings<T>>, &'static str)> {
        let reader = Self { registry: self.registry, place: self.place.member("compile_config") };
        let get = |name: &str| settings.get(name).unwrap_or(&Json::Null);
        // one output may be written as a list of one
        let only = |json: &Json| match json {
            Json::Array(list) if list.len() == 1 => list[0].clone(),
            json => json.clone(),
        };
        if get("loss").is_null() {
            return Ok((None, "; it was saved without a loss"));
        }
        if !get("loss_weights").is_null() {
            return Err(reader.place.error("`loss_weights` are for models with several outputs"));
        }
        let mut metrics = reader.metrics(get("metrics"))?;
        metrics.extend(crate::metrics::weighted(reader.metrics(get("weighted_metrics"))?).into_metrics());
        let (optimizer, loss) = (reader.part(get("optimizer"))?, reader.part(&only(get("loss")))?);
        Ok((Some(Settings { optimizer, loss, metrics }), ""))
    }

    fn metrics(&self, json: &Json) -> Result<Vec<MetricChoice<T>>> {
        let mut metrics = Vec::new();
        for metric in json.as_array().into_iter().flatten() {
            match metric {
                Json::Array(_) => metrics.extend(self.metrics(metric)?),
                // names of no one metric, though one may be spelt like it: the shapes decide
                Json::String(name) if OF_SHAPES.contains(&name.to_lowercase().as_str()) => metrics.extend(name.into_metrics()),
                Json::String(name) => metrics.push(MetricChoice::named(name.clone(), self.made(&Spec::named(name))?)),
                other => {
                    let made = self.part::<dyn Metric<T>>(other)?;
                    let name = other["config"]["name"].as_str().map_or_else(|| made.log_name(), str::to_string);
                    metrics.push(MetricChoice::named(name, made));
                }
            }
        }
        Ok(metrics)
    }
}

impl<T: Scalar> Settings<T> {
    /// Compiles a model with these settings.
    pub(super) fn compile(self, model: &mut Sequential<T>, place: &Place) -> Result<()> {
        model.compile(self.optimizer, self.loss, self.metrics).map_err(|error| match error {
            error @ Error::File { .. } => error,
            other => place.member("compile_config").error(other),
        })
    }
}

/// Reads JSON; serde_json itself bounds how deep it may nest.
pub(super) fn parse(bytes: &[u8], place: &Place) -> Result<Json> {
    serde_json::from_slice(bytes).map_err(|error| place.error(error))
}
