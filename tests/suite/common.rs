//! Helpers that several tests use.

use layercake::saving::{Spec, Value};

/// A spec of the part with values for the arguments that have no default.
pub fn complete(name: &str) -> Spec {
    let spec = Spec::named(name);
    let half = |argument: &str| spec.clone().with(argument, Value::Float(0.5));
    match name {
        "SensitivityAtSpecificity" => half("specificity"),
        "SpecificityAtSensitivity" => half("sensitivity"),
        "PrecisionAtRecall" => half("recall"),
        "RecallAtPrecision" => half("precision"),
        "MeanIoU" | "OneHotMeanIoU" => spec.with("num_classes", Value::Int(2)),
        "IoU" | "OneHotIoU" => spec.with("num_classes", Value::Int(2)).with("target_class_ids", Value::List(vec![Value::Int(1)])),
        "PiecewiseConstantDecay" => {
            let rates = Value::List(vec![Value::Float(0.2), Value::Float(0.1)]);
            spec.with("boundaries", Value::List(vec![Value::Int(5)])).with("values", rates)
        }
        _ => spec,
    }
}
