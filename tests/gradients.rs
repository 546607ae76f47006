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
}

/// Layers with names, for samples of shape `[2, 3]`.
fn layers() -> Vec<(&'static str, Arc<dyn Layer<f64>>)> {
    fn all(layers: Vec<Arc<dyn Layer<f64>>>) -> Vec<(&'static str, Arc<dyn Layer<f64>>)> {
        layers.into_iter().map(|layer| (layer.name(), layer)).collect()
    }
    let l2 = || L2::new(0.1);
    all(vec![
        Arc::new(layers::Activation::new("tanh")),
        Arc::new(ActivityRegularization::new(0.3, 0.2)),
        Arc::new(AlphaDropout::new(0.4)),
        Arc::new(BatchNormalization::default().momentum(0.5).beta_regularizer(l2()).gamma_regularizer(l2())),
        Arc::new(BatchNormalization::default().center(false)),
        Arc::new(BatchNormalization::default().scale(false)),
        Arc::new(Dense::new(4).activation("tanh").activity_regularizer(L1L2::new(0.3, 0.2))),
        Arc::new(Dropout::new(0.4)),
        Arc::new(Flatten),
        Arc::new(GaussianDropout::new(0.4)),
        Arc::new(GaussianNoise::new(0.4)),
        Arc::new(GroupNormalization::new(1)),
        Arc::new(GroupNormalization::new(3).gamma_regularizer(l2())),
        Arc::new(GroupNormalization::new(-1).scale(false)),
        Arc::new(Identity),
        Arc::new(LayerNormalization::default().beta_regularizer(l2())),
        Arc::new(LayerNormalization::default().center(false)),
        Arc::new(layers::Relu::default().negative_slope(0.3).max_value(0.9)),
        Arc::new(layers::Softmax::default()),
        Arc::new(PRelu::default().alpha_regularizer(l2())),
        Arc::new(PRelu::default().shared_axes([1])),
        Arc::new(PRelu::default().shared_axes([2])),
        Arc::new(PRelu::default().shared_axes([1, 2])),
        Arc::new(Permute::new([2, 1])),
        Arc::new(Reshape::new([3, -1])),
        Arc::new(RmsNormalization::default()),
        Arc::new(UnitNormalization),
    ])
}

/// Each layer in training and as for prediction, alone and between layers that mix its inputs and outputs.
#[test]
fn every_layer() {
    let registry = Registry::<f64>::default();
    let mut checked = layers();
    for (name, layer) in &checked {
        for mixed in [false, true] {
            let mut model = Sequential::with_seed(1);
            model.add(Reshape::new([2, 3]));
            if mixed {
                model.add(Dense::new(3));
            }
            model.add(layer.clone());
            if mixed {
                model.add(Dense::new(2).activation("tanh"));
            }
            model.build(6).unwrap();
            let error = check::model(&model, &sample(5, 6)).unwrap();
            assert!(error < BOUND, "{name} ({}), mixed: {mixed}: {error:e}", layer.spec());
        }
    }
    let repeat: Arc<dyn Layer<f64>> = Arc::new(RepeatVector::new(3));
    assert!(check::layer(repeat.clone(), &sample(5, 4)).unwrap() < BOUND);
    checked.push((repeat.name(), repeat));
    for name in registry.layers.names() {
        assert!(checked.iter().any(|(checked, _)| *checked == name), "{name} needs a row above");
    }
}

/// A model whose batch normalization has moved on is as exact, frozen or not.
#[test]
fn batch_normalization_after_some_training() {
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(3));
    model.add(BatchNormalization::default().momentum(0.3));
    model.compile("sgd", "mse", ()).unwrap();
    model.fit(&sample(9, 2), &sample(9, 3), FitOptions::new().epochs(5).batch_size(4)).unwrap();
    assert!(check::model(&model, &sample(6, 2)).unwrap() < BOUND);
    model.set_trainable("batch_normalization", false).unwrap();
    assert!(check::model(&model, &sample(6, 2)).unwrap() < BOUND);
    let weights = model.get_weights();
    let upstream = sample(6, 3);
    let pass = |training| check::layer_pass(&model, &weights, &sample(6, 2), &upstream, training).unwrap();
    assert_eq!(pass(true).outputs, pass(false).outputs, "a frozen layer uses its moving statistics");
    assert_eq!(pass(true).state, weights[4..], "and leaves them alone");
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
