//! Each part of the registry, in all its settings, is what its spec and its JSON say.

use crate::registered::{settings, with};
use layercake::activations::Activation;
use layercake::prelude::*;
use layercake::regularizers::Regularizer;
use layercake::saving::{Kind, Names, Part, Registry, Spec, Value};
use std::sync::Arc;

/// Each part of a kind, in all its settings: its spec makes the same part, and `model` of it comes back from JSON.
fn walk<P: Kind + ?Sized>(
    registry: &Registry<f32>,
    names: &Names<P>,
    mut model: impl FnMut(&Arc<P>, &Spec) -> layercake::Result<Sequential<f32>>,
) {
    for name in names.names() {
        let settings = settings::<f32, P>(registry, name);
        let plain = settings[0].clone();
        for (argument, value) in &plain.config {
            let other = match value {
                Value::Float(value) => Value::Float(0.7 * value + 0.13),
                Value::Bool(value) => Value::Bool(!value),
                _ => continue,
            };
            if let Ok(part) = registry.part::<P>(&with(&plain, argument, other.clone())) {
                assert_eq!(part.spec().get(argument), Some(&other), "{name} does not keep its {argument}");
            }
        }
        for spec in settings {
            let part = registry.part::<P>(&spec).unwrap();
            assert_eq!((part.spec(), part.name()), (spec.clone(), name));
            let mut model = match model(&part, &spec) {
                Ok(model) => model,
                // not every setting can be trained with
                Err(_) if spec != plain => continue,
                Err(error) => panic!("{spec}: {error}"),
            };
            let unbuilt = model.to_json();
            let json = unbuilt.unwrap_or_else(|_| {
                // a layer of stacks is written with its shapes
                model.build(3).or_else(|_| model.build([2, 3])).unwrap_or_else(|error| panic!("{spec}: {error}"));
                model.to_json().unwrap_or_else(|error| panic!("{spec}: {error}"))
            });
            let again = Sequential::<f32>::from_json(&json).unwrap_or_else(|error| panic!("{spec}: {error}\n{json}"));
            assert_eq!(again.why_uncompiled(), None, "{spec}");
            assert_eq!(again.to_json().unwrap(), json, "{spec}");
        }
    }
}

fn of_layer<Marker>(layer: impl layercake::layers::IntoLayer<f32, Marker>) -> layercake::Result<Sequential<f32>> {
    let mut model = Sequential::with_seed(1);
    model.add(layer);
    model.compile("sgd", "mse", ())?;
    Ok(model)
}

#[test]
fn parts_of_layers() {
    let registry = Registry::<f32>::default();
    walk::<dyn Layer<f32>>(&registry, &registry.layers, |part, _| of_layer(part.clone()));
    walk::<dyn Activation<f32>>(&registry, &registry.activations, |part, _| of_layer(Dense::new(4).activation(part.clone())));
    walk::<dyn Constraint<f32>>(&registry, &registry.constraints, |part, _| {
        of_layer(Dense::new(4).kernel_constraint(part.clone()))
    });
    walk::<dyn Initializer>(&registry, &registry.initializers, |part, _| {
        of_layer(Dense::new(4).kernel_initializer(part.clone()))
    });
    walk::<dyn Regularizer<f32>>(&registry, &registry.regularizers, |part, _| {
        of_layer(Dense::new(4).kernel_regularizer(part.clone()))
    });
}

#[test]
fn parts_of_training() {
    fn dense() -> Sequential<f32> {
        let mut model = Sequential::with_seed(1);
        model.add(Dense::new(3));
        model
    }
    let registry = Registry::<f32>::default();
    walk::<dyn Loss<f32>>(&registry, &registry.losses, |part, _| {
        let mut model = dense();
        model.compile("sgd", part.clone(), ()).map(|()| model)
    });
    walk::<dyn Metric<f32>>(&registry, &registry.metrics, |part, _| {
        let mut model = dense();
        model.compile("sgd", "mse", part.clone()).map(|()| model)
    });
    walk::<dyn Optimizer<f32>>(&registry, &registry.optimizers, |part, _| {
        let mut model = dense();
        model.compile(part.clone(), "mse", ()).map(|()| model)
    });
    walk::<dyn Schedule>(&registry, &registry.schedules, |_, spec| {
        let mut model = dense();
        let optimizer = Spec::named("SGD").with("learning_rate", Value::Spec(spec.clone()));
        model.compile(registry.part::<dyn Optimizer<f32>>(&optimizer)?, "mse", ()).map(|()| model)
    });
}

#[test]
fn a_part_with_several_arguments_comes_back_with_all_of_them() {
    let changed = Dense::<f32>::new(7).activation(Relu.max_value(3.0)).kernel_regularizer(L1::new(0.5)).bias_constraint(NonNeg);
    let spec = Part::spec(&changed);
    assert_eq!(Registry::<f32>::default().part::<dyn Layer<f32>>(&spec).unwrap().spec(), spec);
}
