//! Central differences against every derivative in the registry.

use layercake::activations::Activation;
use layercake::prelude::*;
use layercake::regularizers::Regularizer;
use layercake::saving::{Registry, Spec};
use layercake::{DMatrix, check};
use std::sync::Arc;

const BOUND: f64 = 1e-6;

/// Numbers between -1 and 1, none of them near a kink at 0.
fn sample(rows: usize, columns: usize) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |row, column| {
        let value = (1.3 * row as f64 + 2.1 * column as f64 + 0.5).sin();
        value + 0.1 * value.signum()
    })
}

fn activations() -> Vec<(String, Arc<dyn Activation<f64>>)> {
    let registry = Registry::<f64>::default();
    let mut parts: Vec<(String, Arc<dyn Activation<f64>>)> =
        registry.activations.names().map(|name| (name.to_string(), registry.part(&Spec::named(name)).unwrap())).collect();
    let bent = Relu.negative_slope(0.2).max_value(0.9).threshold(0.05);
    parts.push(("relu with arguments".to_string(), Arc::new(bent)));
    parts
}

#[test]
fn every_activation() {
    for (name, activation) in activations() {
        let error = check::activation(&*activation, &sample(4, 3)).unwrap();
        assert!(error < BOUND, "{name}: {error:e}");
    }
}

#[test]
fn every_layer_with_every_activation() {
    for (name, activation) in activations() {
        let dense =
            Dense::new(3).activation(activation.clone()).kernel_regularizer(L1L2::new(0.01, 0.02)).bias_regularizer(L2::new(0.1));
        let layers: [(&str, Arc<dyn Layer<f64>>); 3] = [
            ("Dense", Arc::new(dense)),
            ("Dense without bias", Arc::new(Dense::new(4).activation(activation.clone()).use_bias(false))),
            ("Activation", Arc::new(layers::Activation::new(activation.clone()))),
        ];
        for (layer_name, layer) in layers {
            let error = check::layer(layer, &sample(5, 4)).unwrap();
            assert!(error < BOUND, "{layer_name} with {name}: {error:e}");
        }
    }
    let error = check::layer(Dropout::new(0.4), &sample(5, 4)).unwrap();
    assert!(error < BOUND, "Dropout: {error:e}");
    let registry = Registry::<f64>::default();
    assert_eq!(registry.layers.names().collect::<Vec<_>>(), ["Activation", "Dense", "Dropout"], "a new layer needs a row above");
}

/// A name, a loss, targets and predictions.
type Case<'a> = (&'a str, Arc<dyn Loss<f64>>, &'a DMatrix<f64>, &'a DMatrix<f64>);

#[test]
fn every_loss() {
    let probabilities = dmatrix![0.2, 0.5, 0.3; 0.6, 0.1, 0.3; 0.25, 0.35, 0.4];
    let logits = sample(3, 3);
    let one_hot = dmatrix![0.0, 1.0, 0.0; 1.0, 0.0, 0.0; 0.0, 0.0, 1.0];
    let labels = dmatrix![1.0; 0.0; 2.0];
    let values = sample(3, 3) * 0.7;
    let binary = BinaryCrossentropy::default();
    let categorical = CategoricalCrossentropy::default();
    let sparse = SparseCategoricalCrossentropy::default();
    let cases: [Case<'_>; 10] = [
        ("MeanSquaredError", Arc::new(MeanSquaredError::default()), &values, &logits),
        ("MeanAbsoluteError", Arc::new(MeanAbsoluteError::default().reduction(Reduction::Sum)), &values, &logits),
        ("BinaryCrossentropy", Arc::new(binary), &one_hot, &probabilities),
        ("BinaryCrossentropy", Arc::new(binary.from_logits(true).label_smoothing(0.1)), &one_hot, &logits),
        ("CategoricalCrossentropy", Arc::new(categorical), &one_hot, &probabilities),
        ("CategoricalCrossentropy", Arc::new(categorical.label_smoothing(0.2)), &one_hot, &probabilities),
        ("CategoricalCrossentropy", Arc::new(categorical.from_logits(true)), &one_hot, &logits),
        ("SparseCategoricalCrossentropy", Arc::new(sparse), &labels, &probabilities),
        ("SparseCategoricalCrossentropy", Arc::new(sparse.from_logits(true)), &labels, &logits),
        ("SparseCategoricalCrossentropy", Arc::new(sparse.ignore_class(0)), &labels, &probabilities),
    ];
    for (name, loss, targets, predictions) in &cases {
        let error = check::loss(&**loss, *targets, predictions).unwrap();
        assert!(error < BOUND, "{name} ({}): {error:e}", loss.spec());
    }
    let registry = Registry::<f64>::default();
    for name in registry.losses.names() {
        assert!(cases.iter().any(|case| case.0 == name), "{name} needs a row above");
    }
}

#[test]
fn every_regularizer() {
    let registry = Registry::<f64>::default();
    for name in registry.regularizers.names() {
        let spec = ["l1", "l2"].iter().fold(Spec::named(name), |spec, argument| {
            let takes = Spec::named(name).with(*argument, layercake::saving::Value::Float(0.3));
            let known = registry.part::<dyn Regularizer<f64>>(&takes).is_ok();
            if known { spec.with(*argument, layercake::saving::Value::Float(0.3)) } else { spec }
        });
        let regularizer: Arc<dyn Regularizer<f64>> = registry.part(&spec).unwrap();
        let error = check::regularizer(&*regularizer, &sample(3, 4)).unwrap();
        assert!(error < BOUND, "{spec}: {error:e}");
    }
}

/// A slope that is wrong is found: the checks above can fail.
#[test]
fn a_wrong_slope_is_found() {
    #[derive(Debug, Clone)]
    struct Wrong;
    impl layercake::saving::Describe for Wrong {}
    impl Activation<f64> for Wrong {
        fn apply(&self, mut z: layercake::BatchMut<'_, f64>) {
            z.values().iter_mut().for_each(|z| *z = z.tanh());
        }
        fn backprop(&self, _seen: layercake::Batch<'_, f64>, mut slope: layercake::BatchMut<'_, f64>) {
            slope.values().iter_mut().for_each(|d| *d *= 1.001);
        }
    }
    assert!(check::activation(&Wrong, &sample(4, 3)).unwrap() > BOUND);
    assert!(check::layer(Dense::new(2).activation(Wrong), &sample(4, 3)).unwrap() > BOUND);
}

/// Each part gives back the spec it was made from.
#[test]
fn every_part_goes_from_its_spec_to_itself_and_back() {
    let registry = Registry::<f32>::default();
    macro_rules! round_trip {
        ($($field:ident: $kind:ident<f32>),+) => {
            $(for name in registry.$field.names() {
                let part = registry.part::<dyn $kind<f32>>(&Spec::named(name)).unwrap();
                let again = registry.part::<dyn $kind<f32>>(&part.spec()).unwrap();
                assert_eq!(part.spec(), again.spec());
                assert_eq!(part.spec().class_name, name);
            })+
        };
    }
    round_trip!(activations: Activation<f32>, constraints: Constraint<f32>, layers: Layer<f32>, losses: Loss<f32>);
    for name in registry.schedules.names() {
        let part = registry.part::<dyn Schedule>(&Spec::named(name)).unwrap();
        assert_eq!(registry.part::<dyn Schedule>(&part.spec()).unwrap().spec(), part.spec());
    }
    round_trip!(metrics: Metric<f32>, optimizers: Optimizer<f32>, regularizers: Regularizer<f32>);
    let changed = Dense::<f32>::new(7).activation(Relu.max_value(3.0)).kernel_regularizer(L1::new(0.5)).bias_constraint(NonNeg);
    let spec = layercake::saving::Part::spec(&changed);
    assert_eq!(registry.part::<dyn Layer<f32>>(&spec).unwrap().spec(), spec);
}
