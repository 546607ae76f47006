//! The parts of the registry with settings that they accept: what the tests of every part walk through.
//!
//! Nothing here names a part. A part is made of its defaults; an argument that has none, and other values of each
//! argument, are found by the name of the argument and by trying.

use layercake::layers::{Add, Residual, stack};
use layercake::prelude::*;
use layercake::saving::{Kind, Part, Registry, Spec, Value};
use layercake::{Error, Scalar};

/// The same spec with this value of an argument.
pub fn with(spec: &Spec, argument: &str, value: Value) -> Spec {
    let mut changed = spec.clone();
    match changed.config.iter_mut().find(|(name, _)| name == argument) {
        Some((_, place)) => *place = value,
        None => changed = changed.with(argument, value),
    }
    changed
}

/// A spec with values for those arguments that have no default.
pub fn complete<T: Scalar, P: Kind + ?Sized>(registry: &Registry<T>, name: &str) -> Spec {
    let missing = |spec: &Spec| match registry.part::<P>(spec) {
        Ok(_) => None,
        Err(Error::Argument { argument, .. }) => Some(argument.split('[').next().unwrap_or_default().to_string()),
        Err(error) => panic!("{name}: {error}"),
    };
    let mut spec = Spec::named(name);
    while let Some(argument) = missing(&spec) {
        let mut tried = fillers(&argument).into_iter().map(|value| with(&spec, &argument, value));
        let filled = tried.find(|tried| missing(tried).as_ref() != Some(&argument));
        spec = filled.unwrap_or_else(|| panic!("{name}: no value for `{argument}` in tests/common/registered.rs is accepted"));
    }
    spec
}

/// Values for an argument without a default.
fn fillers(argument: &str) -> Vec<Value> {
    let numbers = |values: &[f64]| Value::List(values.iter().copied().map(Value::Float).collect());
    let whole = Value::List(vec![Value::Int(1)]);
    match argument {
        "values" => vec![numbers(&[0.2, 0.1])],
        _ => vec![Value::Float(0.5), Value::Int(2), whole, numbers(&[0.5]), Value::Text("tanh".to_string())],
    }
}

/// The part with its defaults, and with one argument after the other changed, as far as it accepts that.
pub fn settings<T: Scalar, P: Kind + ?Sized>(registry: &Registry<T>, name: &str) -> Vec<Spec> {
    let plain = registry.part::<P>(&complete::<T, P>(registry, name)).unwrap().spec();
    let changed = plain.config.iter().flat_map(|(argument, value)| {
        let words = words::<T, P>(registry, &plain, argument);
        others(argument, value).into_iter().chain(words).map(|value| with(&plain, argument, value))
    });
    let mut settings = vec![plain.clone()];
    for spec in changed.chain(together(&plain)) {
        let accepted = registry.part::<P>(&spec).ok().filter(|part| part.check_arguments().is_ok());
        settings.extend(accepted.map(|part| part.spec()).filter(|spec| !settings.contains(spec)).into_iter().collect::<Vec<_>>());
    }
    settings
}

/// Other values for an argument that has this one.
fn others(argument: &str, value: &Value) -> Vec<Value> {
    if argument.ends_with("regularizer") {
        return vec![Value::Spec(L1L2::new(0.01, 0.02).spec())];
    }
    match value {
        Value::Bool(value) => vec![Value::Bool(!value)],
        Value::Float(value) => vec![Value::Float(0.7 * value + 0.13)],
        Value::Int(_) => [1, 2, 3].map(Value::Int).to_vec(),
        Value::Null => vec![Value::Float(0.8), Value::Int(2)],
        Value::List(_) => vec![Value::List(vec![Value::Int(1)]), Value::List([2, 1].map(Value::Int).to_vec())],
        Value::Text(_) | Value::Spec(_) => vec![Value::Text("tanh".to_string())],
    }
}

/// The words that an argument may be, as its error lists them.
fn words<T: Scalar, P: Kind + ?Sized>(registry: &Registry<T>, plain: &Spec, argument: &str) -> Vec<Value> {
    match registry.part::<P>(&with(plain, argument, Value::Text("?".to_string()))) {
        Err(Error::Argument { allowed, .. }) if allowed.starts_with("one of") => {
            allowed.split('"').skip(1).step_by(2).map(|word| Value::Text(word.to_string())).collect()
        }
        _ => Vec::new(),
    }
}

/// Arguments that make sense together, or that a part without them does not show.
fn together(plain: &Spec) -> Vec<Spec> {
    let layers = |spec: Spec| spec.get("layers").cloned().unwrap_or(Value::Null);
    let dense = || Dense::<f64>::new(3).activation("tanh");
    let three = |values: [f64; 3]| Value::List(values.map(Value::Float).to_vec());
    vec![
        with(plain, "layers", layers(Add::stacks([stack(dense()), stack((Dense::new(4), dense()))]).spec())),
        with(plain, "layers", layers(Residual::new((Dense::<f64>::new(4), dense())).spec())),
        with(&with(plain, "mean", three([0.1, 0.2, 0.3])), "variance", three([1.0, 0.5, 2.0])),
        with(plain, "bin_boundaries", three([-0.3, 0.15, 0.62])),
    ]
}
