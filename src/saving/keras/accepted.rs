//! The arguments in Keras' files that the parts of this crate do not have.
//!
//! Arguments that change no number are ignored, and arguments of older versions are renamed or converted. Every other
//! argument is an error, because it may change what a model computes.

use super::json::Json;
use crate::part::{Spec, Value};
use serde_json::json;
use std::borrow::Cow;

/// The values for which an argument changes nothing.
enum Values {
    Any,
    /// One of these values, in JSON, or `null`.
    Either(&'static [&'static str]),
    /// The last axis, which is the only axis that the parts of this crate work along.
    LastAxis,
    /// This value, in JSON, or `null`; any value for samples with one axis.
    OfOneAxis(&'static str),
}

use Values::{Any, Either, LastAxis, OfOneAxis};

/// The arguments that are ignored, in addition to unknown arguments that are `null` or `false`. Each row has the parts (a
/// kind, a class, or `*` for all), the argument, the values for which it is ignored, and the reason.
#[rustfmt::skip]
const PASSED_OVER: &[(&str, &str, Values, &str)] = &[
    ("*", "name", Any, "a name changes no number"),
    ("*", "dtype", Any, "numbers have the type of the model; `check_dtype` refuses types of less than 32 bits"),
    ("*", "trainable", Any, "that of a layer is read with its entry, and other parts are not trained"),
    ("*", "seed", Any, "a model has one seed for all its parts"),
    ("layer", "batch_input_shape", Any, "the input shape of the model is read with the model"),
    ("layer", "batch_shape", Any, "the input shape of the model is read with the model"),
    ("layer", "input_shape", Any, "the previous layer determines the input shape"),
    ("layer", "input_dim", Any, "the previous layer determines the input shape"),
    ("layer", "input_dtype", Any, "all numbers have the same type"),
    ("layer", "input_length", Any, "the previous layer determines the input shape"),
    ("layer", "axis", LastAxis, "layers here work along the last axis"),
    ("layer", "supports_masking", Any, "there are no masks"),
    ("CategoryEncoding", "sparse", Any, "a sparse matrix has the same numbers"),
    ("Discretization", "sparse", Any, "a sparse matrix has the same numbers"),
    ("Flatten", "data_format", OfOneAxis("\"channels_last\""), "Keras moves the channels only of samples with several axes"),
    ("BatchNormalization", "fused", Any, "it changes only the way of the computation"),
    ("BatchNormalization", "synchronized", Any, "there is one device"),
    ("BatchNormalization", "mode", Either(&["0"]), "Keras 1: statistics of each column, as today"),
    ("Dense", "lora_alpha", Any, "it has no effect if `lora_rank` is off"),
    ("Embedding", "lora_alpha", Any, "it has no effect if `lora_rank` is off"),
    ("Embedding", "dropout", Either(&["0"]), "Keras 1: nothing is dropped"),
    ("optimizer", "decay", Either(&["0"]), "the learning rate does not decay"),
    ("optimizer", "jit_compile", Any, "it changes only the way of the computation"),
    ("optimizer", "is_legacy_optimizer", Any, "it only names the implementation in Keras"),
    ("optimizer", "ema_momentum", Any, "it has no effect if `use_ema` is off"),
    ("Nadam", "decay", Any, "it is the growth of the momentum in Keras 2, which is fixed in Keras 3"),
    ("Nadam", "schedule_decay", Any, "it is the growth of the momentum in Keras 2, which is fixed in Keras 3"),
    ("loss", "fn", Any, "the class determines the function"),
    ("loss", "axis", LastAxis, "classes are along the last axis"),
    ("metric", "fn", Any, "the class determines the function"),
    ("metric", "axis", LastAxis, "classes are along the last axis"),
    ("activation", "axis", LastAxis, "activations of rows work along the last axis"),
];

/// The arguments that had another name in older versions. Each row has the parts, the older name, and the name.
#[rustfmt::skip]
const RENAMED: &[(&str, &str, &str)] = &[
    ("optimizer", "lr", "learning_rate"),
    ("LeakyReLU", "alpha", "negative_slope"),
    // Keras 1
    ("constraint", "m", "max_value"),
    ("layer", "output_dim", "units"),
    ("layer", "bias", "use_bias"),
    ("layer", "p", "rate"),
    ("layer", "sigma", "stddev"),
    ("layer", "init", "kernel_initializer"),
    ("layer", "init", "embeddings_initializer"),
    ("layer", "init", "alpha_initializer"),
    ("layer", "W_regularizer", "kernel_regularizer"),
    ("layer", "W_regularizer", "embeddings_regularizer"),
    ("layer", "W_constraint", "kernel_constraint"),
    ("layer", "W_constraint", "embeddings_constraint"),
    ("layer", "b_regularizer", "bias_regularizer"),
    ("layer", "b_constraint", "bias_constraint"),
    ("layer", "beta_init", "beta_initializer"),
    ("layer", "gamma_init", "gamma_initializer"),
];

/// The values that were written differently in older versions. Each row has the parts, the argument, the older value, and the
/// value.
#[rustfmt::skip]
const RESPELT: &[(&str, &str, &str, &str)] = &[
    ("loss", "reduction", "\"auto\"", "\"sum_over_batch_size\""),
    ("*", "epsilon", "null", "1e-7"),
    ("VarianceScaling", "distribution", "\"normal\"", "\"truncated_normal\""),
];

/// The activations that had another formula before Keras 3, with this formula.
pub(super) const CHANGED: &[(&str, &str)] = &[("hard_sigmoid", "`clip(0.2 x + 0.5, 0, 1)`")];

/// Returns today's name of a regularizer or a constraint of Keras 1.
pub(super) fn name_of_keras_1(name: &str) -> &str {
    match name {
        "WeightRegularizer" | "ActivityRegularizer" | "L1L2Regularizer" => "L1L2",
        other => other,
    }
}

/// The layers of Keras that this crate does not have.
#[rustfmt::skip]
const LAYERS_OF_KERAS: &[&str] = &[
    "AdaptiveAveragePooling1D", "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D", "AdaptiveMaxPooling1D",
    "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D", "AdditiveAttention", "Attention", "AugMix",
    "AutoContrast", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "Bidirectional", "CenterCrop", "Conv1D",
    "Conv1DTranspose", "Conv2D", "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D",
    "Convolution1D", "Convolution2D", "Convolution3D", "Cropping1D", "Cropping2D", "Cropping3D", "CutMix", "DepthwiseConv1D",
    "DepthwiseConv2D", "Dot", "Equalization", "FeatureSpace", "FlaxLayer", "GRU", "GRUCell",
    "GlobalAveragePooling2D", "GlobalAveragePooling3D", "GlobalMaxPooling1D", "GlobalMaxPooling2D",
    "GlobalMaxPooling3D", "GroupQueryAttention", "HashedCrossing", "Hashing", "Highway", "IntegerLookup", "JaxLayer", "LSTM",
    "LSTMCell", "Lambda", "LocallyConnected1D", "LocallyConnected2D", "Masking", "MaxNumBoundingBoxes", "MaxPooling1D",
    "MaxPooling2D", "MaxPooling3D", "MaxoutDense", "MelSpectrogram", "Merge", "MixUp", "MultiHeadAttention", "Pipeline",
    "RNN", "RandAugment", "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomCrop",
    "RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHue",
    "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness",
    "RandomShear", "RandomTranslation", "RandomZoom", "Resizing", "ReversibleEmbedding", "STFTSpectrogram",
    "SeparableConv1D", "SeparableConv2D", "SimpleRNN", "SimpleRNNCell", "Solarization", "SpatialDropout1D",
    "SpatialDropout2D", "SpatialDropout3D", "StackedRNNCells", "StringLookup", "TFSMLayer", "TextVectorization",
    "ThresholdedReLU", "TimeDistributed", "TorchModuleWrapper", "UpSampling1D", "UpSampling2D", "UpSampling3D", "Wrapper",
    "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D",
];

/// Returns whether Keras has a layer of this class that this crate does not have.
pub(super) fn is_layer_of_keras(class_name: &str) -> bool {
    LAYERS_OF_KERAS.contains(&class_name)
}

/// How an argument in a file is treated.
pub(super) enum Fate<'a> {
    /// The part has the argument, with this name and this value.
    Taken(&'a str, Cow<'a, Json>),
    /// The argument changes nothing and is ignored.
    PassedOver,
    /// The argument may change what the part computes.
    Unsupported,
}

/// Returns how an argument of a part of this kind is treated.
///
/// `known` is the spec of the part with its defaults; `axes` is the number of axes of the layer's input, including the batch
/// axis, if it is known.
pub(super) fn fate<'a>(kind: &str, known: &Spec, argument: &'a str, json: &'a Json, axes: Option<usize>) -> Fate<'a> {
    let is_of = |of: &str| of == "*" || of == kind || of == known.class_name;
    let respelt = RESPELT.iter().find(|(of, name, older, _)| is_of(of) && *name == argument && is(json, older));
    let json = respelt.map_or(Cow::Borrowed(json), |(_, _, _, today)| Cow::Owned(parsed(today)));
    match known.get(argument) {
        // `Softmax` has its axis only as -1, so another number for the last axis is replaced by -1.
        Some(Value::Int(-1)) if argument == "axis" && is_of("Softmax") && is_last_axis(&json, axes) => {
            return Fate::Taken(argument, Cow::Owned(json!(-1)));
        }
        Some(_) => return Fate::Taken(argument, json),
        None => {}
    }
    let renamed = RENAMED.iter().find(|(of, older, today)| is_of(of) && *older == argument && known.get(today).is_some());
    if let Some((_, _, today)) = renamed {
        return Fate::Taken(today, json);
    }
    // A row for a class has precedence over a row for all parts.
    let rows = || PASSED_OVER.iter().filter(|(of, name, ..)| is_of(of) && *name == argument);
    let row = rows().find(|(of, ..)| *of == known.class_name).or_else(|| rows().next());
    let is_harmless = match row.map(|(_, _, values, _)| values) {
        Some(Any) => true,
        Some(Either(values)) => json.is_null() || values.iter().any(|value| is(&json, value)),
        Some(LastAxis) => is_last_axis(&json, axes),
        Some(OfOneAxis(value)) => json.is_null() || is(&json, value) || axes == Some(2),
        // An argument that is not in the table is ignored if it is off or not given.
        None => json.is_null() || *json == json!(false),
    };
    if is_harmless { Fate::PassedOver } else { Fate::Unsupported }
}

fn parsed(json: &str) -> Json {
    serde_json::from_str(json).unwrap_or_default()
}

/// Returns whether JSON has this value; 0 and 0.0 are equal.
fn is(json: &Json, value: &str) -> bool {
    let value = parsed(value);
    *json == value || (json.is_number() && json.as_f64() == value.as_f64())
}

fn is_last_axis(json: &Json, axes: Option<usize>) -> bool {
    let axis = match json {
        Json::Array(only) if only.len() == 1 => only[0].as_i64(),
        other => other.as_i64(),
    };
    let last = axes.and_then(|axes| i64::try_from(axes).ok()).map(|axes| axes - 1).filter(|&last| last > 0);
    axis.is_some_and(|axis| axis == -1 || last == Some(axis))
}

#[cfg(test)]
mod tests {
    use super::LAYERS_OF_KERAS;
    use crate::saving::Registry;

    #[test]
    fn layers_that_are_said_not_to_be_here_are_not_here() {
        let registry = Registry::<f64>::default();
        let is_here = |layer: &&&str| registry.layers.names().any(|name| name == **layer);
        assert_eq!(LAYERS_OF_KERAS.iter().find(is_here), None);
    }
}
