//! Every part refuses arguments outside their range, with an error that names the part, the argument and the range.

use crate::registered::{complete, with};
use layercake::prelude::*;
use layercake::saving::{Kind, Names, Registry, Spec, Value};
use std::collections::BTreeSet;

/// The arguments that may be any number.
const ANY_NUMBER: [(&str, &str); 19] = [
    ("BinaryAccuracy", "threshold"),
    ("BinaryIoU", "threshold"),
    ("Constant", "value"),
    ("Discretization", "bin_boundaries"),
    ("Identity", "gain"),
    ("Muon", "muon_a"),
    ("Muon", "muon_b"),
    ("Muon", "muon_c"),
    ("Normalization", "mean"),
    ("Orthogonal", "gain"),
    ("PiecewiseLinear", "bin_boundaries"),
    ("RandomNormal", "mean"),
    ("RandomUniform", "minval"),
    ("Rescaling", "offset"),
    ("Rescaling", "scale"),
    ("Softmax", "axis"),
    ("TruncatedNormal", "mean"),
    ("threshold", "default_value"),
    ("threshold", "threshold"),
];

/// The arguments whose numbers are never above 0.
const NEGATIVE: [(&str, &str); 2] = [("Adafactor", "beta_2_decay"), ("Ftrl", "learning_rate_power")];

/// The axes whose range depends on the shape of the samples, which is checked when the model is built.
const AXES: [(&str, &str); 2] = [("Concatenate", "axis"), ("Normalization", "axis")];

/// The limits that may be infinite.
const INFINITE: [(&str, &str); 3] =
    [("BinaryAccuracy", "threshold"), ("BinaryIoU", "threshold"), ("Discretization", "bin_boundaries")];

/// The arguments that may be any whole number in every part.
const ANY_WHOLE_NUMBER: [&str; 2] = ["ignore_class", "seed"];

/// Each value alone and as a list of one.
fn alone_and_listed(numbers: &[Value]) -> Vec<Value> {
    numbers.iter().flat_map(|number| [number.clone(), Value::List(vec![number.clone()])]).collect()
}

/// Gives every argument of every part of a kind each of these values; notes which are taken, and checks what the others say.
fn try_all<P: Kind + ?Sized>(kind: &Names<P>, values: &[Value], taken: &mut BTreeSet<(String, String)>) {
    let registry = Registry::<f64>::default();
    for name in kind.names() {
        let spec = registry.part::<P>(&complete::<f64, P>(&registry, name)).unwrap().spec();
        for ((argument, _), value) in spec.config.iter().flat_map(|argument| values.iter().map(move |value| (argument, value))) {
            match registry.part::<P>(&with(&spec, argument, value.clone())) {
                Ok(_) => _ = taken.insert((name.to_string(), argument.clone())),
                Err(error) => {
                    let (said, start) = (error.to_string(), format!("{name}: {argument}"));
                    assert!(said.starts_with(&start) && said.contains("expected"), "{start} = {value}: {said}");
                }
            }
        }
    }
}

/// Sets every argument of every part to each value, and asserts that exactly the `expected` ones accept it.
#[track_caller]
fn assert_taken_by(values: &[Value], expected: &[(&str, &str)]) {
    let registry = Registry::<f64>::default();
    let mut taken = BTreeSet::new();
    try_all(&registry.activations, values, &mut taken);
    try_all(&registry.constraints, values, &mut taken);
    try_all(&registry.initializers, values, &mut taken);
    try_all(&registry.layers, values, &mut taken);
    try_all(&registry.losses, values, &mut taken);
    try_all(&registry.metrics, values, &mut taken);
    try_all(&registry.optimizers, values, &mut taken);
    try_all(&registry.regularizers, values, &mut taken);
    try_all(&registry.schedules, values, &mut taken);
    taken.retain(|(_, argument)| !ANY_WHOLE_NUMBER.contains(&argument.as_str()));
    let expected = expected.iter().map(|(part, argument)| (part.to_string(), argument.to_string()));
    assert_eq!(taken, expected.collect(), "taken, expected");
}

#[test]
fn nan_is_no_argument() {
    assert_taken_by(&alone_and_listed(&[Value::Float(f64::NAN)]), &[]);
}

#[test]
fn numbers_far_below_their_range_are_refused() {
    let values = alone_and_listed(&[Value::Float(-1e300), Value::Int(i64::MIN)]);
    assert_taken_by(&values, &[&ANY_NUMBER[..], &NEGATIVE, &AXES].concat());
}

#[test]
fn infinity_is_no_argument() {
    assert_taken_by(&alone_and_listed(&[Value::Float(f64::INFINITY), Value::Float(f64::NEG_INFINITY)]), &INFINITE);
}

#[test]
fn another_kind_of_value_is_refused() {
    assert_taken_by(&[Value::List(vec![Value::Bool(true)])], &[]);
    let registry = Registry::<f64>::default();
    let told = |argument| {
        let spec = Spec::named("SGD").with(argument, Value::Text("fast".to_string()));
        registry.part::<dyn Optimizer<f64>>(&spec).unwrap_err().to_string()
    };
    assert_eq!(told("momentum"), "SGD: momentum = \"fast\" is not allowed; expected a number");
    assert_eq!(told("nesterov"), "SGD: nesterov = \"fast\" is not allowed; expected true or false");
}

#[test]
fn two_kinds_of_clipping_are_one_too_many_for_every_optimizer() {
    let registry = Registry::<f64>::default();
    let kinds = ["clipnorm", "clipvalue", "global_clipnorm"];
    for name in registry.optimizers.names() {
        for (first, second) in [(0, 1), (0, 2), (1, 2)] {
            let spec = Spec::named(name).with(kinds[first], Value::Float(1.0)).with(kinds[second], Value::Float(2.0));
            let told = registry.part::<dyn Optimizer<f64>>(&spec).unwrap_err().to_string();
            let (first, second) = (kinds[first], kinds[second]);
            let text = format!(
                "{name}: {second} = 2 is not allowed; expected None, because {first} = 1 is set: use only one kind of clipping"
            );
            assert_eq!(told, text);
        }
    }
}

#[test]
fn bounds_the_wrong_way_round_are_refused_where_the_model_is_built() {
    let told = |layer: Dense<f64>| {
        let mut model = Sequential::with_seed(1);
        model.add(layer);
        model.build(2).unwrap_err().to_string()
    };
    assert_eq!(
        told(Dense::new(1).kernel_constraint(MinMaxNorm::new(2.0, 1.0))),
        "MinMaxNorm: max_value = 1 is not allowed; expected a number >= 2 and < inf"
    );
    assert_eq!(
        told(Dense::new(1).kernel_initializer(RandomUniform.minval(2.0).maxval(1.0))),
        "RandomUniform: maxval = 1 is not allowed; expected a number >= 2 and < inf"
    );
}
