//! The special cases of Keras' files for single classes. No other file in `saving` depends on the type of a layer or a metric.

use super::view::SettingsView;
use crate::base::snake_case;
use crate::kernels::Scalar;
use crate::layers::{Discretization, EinsumDense, Lambda, Normalization, SpectralNormalization};
use crate::losses::MeanOfMembers;
use crate::metrics::ClosureMetric;
use crate::optimizers::{Nadam, Optimizer};
use crate::part::Part;
use serde_json::{Map, Value as Json};
use std::borrow::Cow;

/// Returns whether a part has the first type or the second, which are one type for the two number types.
fn is_either<Single: 'static, Double: 'static>(part: &dyn Part) -> bool {
    part.as_any().is::<Single>() || part.as_any().is::<Double>()
}

/// Returns true for the only class of Keras that does not take the argument `trainable`.
pub(super) fn refuses_trainable(layer: &dyn Part) -> bool {
    layer.as_any().is::<Discretization>()
}

/// Returns true for a layer of closures, which cannot be saved.
pub(super) fn is_of_closures(layer: &dyn Part) -> bool {
    is_either::<Lambda<f32>, Lambda<f64>>(layer)
}

/// Returns true for a layer whose argument `output_shape` Keras needs as numbers, even where the input has them.
pub(super) fn needs_output_shape(layer: &dyn Part) -> bool {
    is_either::<EinsumDense<f32>, EinsumDense<f64>>(layer)
}

/// The key of the compile settings in the JSON of a model.
const SETTINGS: &str = "compile_config";

/// The key for compile settings that Keras does not have, so that it loads the model without them.
const OWN_SETTINGS: &str = "layercake_compile_config";

/// Returns the compile settings in the JSON of a model, and their key.
pub(super) fn settings(model: &Json) -> (&'static str, &Json) {
    let key = if model.get(OWN_SETTINGS).is_some() { OWN_SETTINGS } else { SETTINGS };
    (key, &model[key])
}

/// Returns the key under which compile settings are written.
pub(super) fn key_of_settings(settings: Option<&SettingsView<'_>>) -> &'static str {
    let is_own = |&(loss, _): &(&dyn Part, f64)| is_either::<MeanOfMembers<f32>, MeanOfMembers<f64>>(loss);
    if settings.is_some_and(|settings| settings.losses.iter().any(is_own)) { OWN_SETTINGS } else { SETTINGS }
}

/// Returns true for a metric that is a closure, which cannot be saved.
pub(super) fn is_closure(metric: &dyn Part) -> bool {
    is_either::<ClosureMetric<f32>, ClosureMetric<f64>>(metric)
}

/// Returns true for a layer for which Keras stores the number of samples after the weights; nothing depends on this number.
pub(super) fn counts_samples(layer: &dyn Part) -> bool {
    layer.as_any().is::<Normalization>()
}

/// Returns the name of the layer within a wrapper, if Keras stores its weights in a separate group.
pub(super) fn name_of_wrapped(layer: &dyn Part) -> Option<String> {
    fn name<T: Scalar>(layer: &dyn Part) -> Option<String> {
        let wrapped = layer.as_any().downcast_ref::<SpectralNormalization<T>>()?.wrapped();
        Some(wrapped.name.clone().unwrap_or_else(|| snake_case(wrapped.layer.name())))
    }
    name::<f32>(layer).or_else(|| name::<f64>(layer))
}

/// Returns whether Keras stores this weight of a wrapped layer a second time, in the group of the wrapper.
pub(super) fn is_repeated(weight: &str) -> bool {
    SpectralNormalization::<f64>::is_kernel(weight)
}

/// Returns true for the optimizer whose momentum differs from step to step. Keras 2 stores the product of the momenta in another
/// place than Keras 3, or not at all.
pub(super) fn has_momenta(optimizer: &dyn Part) -> bool {
    optimizer.as_any().is::<Nadam>()
}

/// The largest number of factors of a product of momenta; usual momenta give 0 long before.
const MOST_MOMENTA: u64 = 1_000_000;

/// Returns the product of the momenta of all steps so far, for an optimizer that [has](has_momenta) them.
///
/// # Errors
///
/// There are too many steps, and the product is not 0 before the last.
pub(super) fn product_of_momenta<T: Scalar>(optimizer: &dyn Optimizer<T>, steps: u64) -> Result<f64, String> {
    let mut product = [1.0];
    for step in 1..=steps.min(MOST_MOMENTA) {
        optimizer.begin(step, &mut product);
        if product[0] == 0.0 {
            return Ok(0.0);
        }
    }
    if steps > MOST_MOMENTA {
        return Err(format!("it has no product of the momenta of {steps} steps, which are too many to compute it"));
    }
    Ok(product[0])
}

/// The limits of batch renormalization: the key of Keras' argument `renorm_clipping`, and the argument here.
const CLIPPING: [(&str, &str); 3] = [("rmax", "renorm_rmax"), ("rmin", "renorm_rmin"), ("dmax", "renorm_dmax")];
const CLIPPING_ARGUMENT: &str = "renorm_clipping";

/// Replaces the limits of batch renormalization by the argument of Keras that holds them.
pub(super) fn join_clipping(class_name: &str, config: &mut Map<String, Json>) {
    if class_name == "BatchNormalization" && config.contains_key("renorm") {
        let limits = CLIPPING.iter().filter_map(|(key, own)| Some((key.to_string(), config.shift_remove(*own)?)));
        let limits: Map<String, Json> = limits.collect();
        config.insert(CLIPPING_ARGUMENT.to_string(), limits.into());
    }
}

/// Replaces Keras' argument for the limits of batch renormalization by one argument for each.
pub(super) fn split_clipping(config: &Map<String, Json>) -> Cow<'_, Map<String, Json>> {
    let Some(Json::Object(limits)) = config.get(CLIPPING_ARGUMENT) else { return Cow::Borrowed(config) };
    let mut split = config.clone();
    split.shift_remove(CLIPPING_ARGUMENT);
    for (key, limit) in limits {
        let own = CLIPPING.iter().find(|(known, _)| known == key).map_or(key.as_str(), |(_, own)| own);
        split.insert(own.to_string(), limit.clone());
    }
    Cow::Owned(split)
}
