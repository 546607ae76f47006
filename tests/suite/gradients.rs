//! Compares every derivative of the registered parts with central differences.

use crate::registered::settings;
use layercake::activations::Activation;
use layercake::layers::{BatchEnsembleDense, EinsumDense, GlobalAveragePooling1D};
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

/// Every activation in all its settings, and some in further ones.
fn activations() -> Vec<(String, Arc<dyn Activation<f64>>)> {
    let registry = Registry::<f64>::default();
    let specs = registry.activations.names().flat_map(|name| settings::<f64, dyn Activation<f64>>(&registry, name));
    let registered = specs.map(|spec| registry.part(&spec).unwrap());
    let further: [Arc<dyn Activation<f64>>; 3] = [
        Arc::new(Relu.negative_slope(0.2).max_value(0.9).threshold(0.05)),
        Arc::new(Relu.negative_slope(0.3)),
        Arc::new(Threshold::new(0.1, -0.7)),
    ];
    let parts: Vec<Arc<dyn Activation<f64>>> = registered.chain(further).collect();
    parts.into_iter().map(|part| (part.spec().to_string(), part)).collect()
}

#[test]
fn every_activation() {
    for (name, activation) in activations() {
        for scale in [1.0, 5.0] {
            let error = check::activation(&*activation, &(sample(5, 4) * scale)).unwrap();
            assert!(error < BOUND, "{name}: {error:e}");
        }
    }
}

#[test]
fn every_layer_with_every_activation() {
    for (name, activation) in activations() {
        let dense =
            Dense::new(6).activation(activation.clone()).kernel_regularizer(L1L2::new(0.01, 0.02)).bias_regularizer(L2::new(0.1));
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

/// Layers in settings that the walk through the registry does not find, for samples of shape `[2, 3]`.
fn further_layers() -> Vec<Arc<dyn Layer<f64>>> {
    let l2 = || L2::new(0.1);
    vec![
        Arc::new(BatchNormalization::default().momentum(0.5).beta_regularizer(l2()).gamma_regularizer(l2())),
        Arc::new(GroupNormalization::new(3).gamma_regularizer(l2())),
        Arc::new(GroupNormalization::new(-1).scale(false)),
        Arc::new(layers::Softmax::default().axis(1)),
        Arc::new(layers::Softmax::default().axis(0)),
        Arc::new(layers::Relu::default().negative_slope(0.3).max_value(0.9)),
        Arc::new(PRelu::default().shared_axes([1, 2])),
        Arc::new(Reshape::new([3, -1])),
        Arc::new(BatchEnsembleDense::new(4).activation(Tanh).kernel_regularizer(l2()).input_factors_regularizer(l2())),
        Arc::new(EinsumDense::new("abc,bc->abc", [None, None]).bias_axes("bc").activation(Tanh)),
        Arc::new(EinsumDense::new("abc,cb->abc", [None, None]).bias_axes("c")),
        Arc::new(EinsumDense::new("abc,bcd->abd", [None, Some(4)]).bias_axes("bd").activation(Softmax)),
        Arc::new(EinsumDense::new("abc,dbe->adec", [Some(2), Some(4), None]).bias_axes("dc").kernel_regularizer(l2())),
        Arc::new(GlobalAveragePooling1D::default().keepdims(true)),
    ]
}

/// Layers that the check cannot take, with the file that has their own test: their forward pass in training changes weights.
const CHECKED_BY_HAND: [&str; 1] = ["SpectralNormalization"]; // composites.rs

/// What layers are tried on: numbers, and classes for those that take no others.
fn samples() -> [DMatrix<f64>; 3] {
    [sample(5, 6), DMatrix::from_fn(5, 6, |row, column| ((row + column) % 2) as f64), DMatrix::zeros(5, 6)]
}

/// The error of a layer on samples of this shape, alone or between layers that mix its inputs and outputs; `None` if it
/// does not accept them.
fn error_of(layer: &Arc<dyn Layer<f64>>, shape: &[usize], x: &DMatrix<f64>, mixed: bool) -> Option<f64> {
    let mut model = Sequential::with_seed(1);
    model.add(Reshape::new(shape.iter().map(|&extent| extent as i64).collect::<Vec<_>>()));
    if mixed {
        model.add(Dense::new(shape[shape.len() - 1]));
    }
    model.add(layer.clone());
    if mixed {
        model.add(Dense::new(2).activation("tanh"));
    }
    model.build(6).ok()?;
    check::model(&model, x).ok()
}

/// Each layer in all its settings, in training and as for prediction, alone and between layers that mix its inputs and outputs.
#[test]
fn every_layer() {
    let registry = Registry::<f64>::default();
    for name in registry.layers.names().filter(|name| !CHECKED_BY_HAND.contains(name)) {
        let mut accepted = 0;
        for spec in settings::<f64, dyn Layer<f64>>(&registry, name) {
            let layer = registry.part::<dyn Layer<f64>>(&spec).unwrap();
            let errors = |x: &DMatrix<f64>| -> Vec<_> {
                let shapes: [&[usize]; 3] = [&[2, 3], &[6], &[3, 2]];
                let tried = shapes.into_iter().flat_map(|shape| [(shape, false), (shape, true)]);
                tried.filter_map(|(shape, mixed)| Some((shape, mixed, error_of(&layer, shape, x, mixed)?))).collect()
            };
            // the first that it accepts
            let errors = samples().iter().map(errors).find(|errors| !errors.is_empty()).unwrap_or_default();
            for (shape, mixed, error) in &errors {
                assert!(*error < BOUND, "{spec} for samples of shape {shape:?}, mixed: {mixed}: {error:e}");
            }
            accepted += errors.len();
        }
        assert!(accepted > 0, "{name} accepts none of the samples that are tried: its gradient was not checked");
    }
}

#[test]
fn layers_in_further_settings() {
    for layer in further_layers() {
        for mixed in [false, true] {
            let error = error_of(&layer, &[2, 3], &sample(5, 6), mixed).unwrap();
            assert!(error < BOUND, "{}, mixed: {mixed}: {error:e}", layer.spec());
        }
    }
}

/// The gradients stay exact after training has changed the moving statistics, whether or not the layer is frozen.
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

/// Targets and predictions that losses are tried on, the likeliest first.
fn scored() -> Vec<(String, DMatrix<f64>, DMatrix<f64>)> {
    let probabilities = dmatrix![0.2, 0.5, 0.3; 0.6, 0.1, 0.3; 0.25, 0.35, 0.4; 0.15, 0.65, 0.2];
    let predictions =
        [("probabilities", probabilities), ("numbers", sample(4, 3)), ("positive numbers", sample(4, 3).map(|p| 0.1 + p.abs()))];
    let targets = [
        ("one-hot", dmatrix![0.0, 1.0, 0.0; 1.0, 0.0, 0.0; 0.0, 0.0, 1.0; 1.0, 0.0, 0.0]),
        ("classes", dmatrix![1.0; 0.0; 2.0; 0.0]),
        ("probabilities", dmatrix![0.1, 0.8, 0.1; 0.3, 0.3, 0.4; 0.05, 0.5, 0.45; 0.7, 0.1, 0.2]),
        ("numbers", sample(3, 4).transpose() * 0.7),
        ("positive numbers", dmatrix![0.3, 1.2, 4.0; 2.0, 0.2, 0.4; 7.0, 1.0, 3.0; 2.0, 5.0, 1.5]),
    ];
    let pairs = predictions.iter().flat_map(|predicted| targets.iter().map(move |target| (predicted, target)));
    pairs.map(|((p, predicted), (t, target))| (format!("{p} against {t}"), target.clone(), predicted.clone())).collect()
}

/// Each loss in all its settings, on everything that it accepts and where it has a value.
#[test]
fn every_registered_loss() {
    let registry = Registry::<f64>::default();
    for name in registry.losses.names() {
        let mut checked = 0;
        for spec in settings::<f64, dyn Loss<f64>>(&registry, name) {
            let loss = registry.part::<dyn Loss<f64>>(&spec).unwrap();
            for (what, targets, predictions) in scored() {
                let found = layercake::losses::value_and_gradient(&*loss, &targets, &predictions, None);
                // A loss that refuses these targets, is infinite or has a zero gradient cannot be compared.
                if found.is_ok_and(|(value, gradient)| value.is_finite() && gradient.amax() > 1e-9) {
                    let error = check::loss(&*loss, &targets, &predictions).unwrap();
                    assert!(error < BOUND, "{spec} of {what}: {error:e}");
                    checked += 1;
                }
            }
        }
        assert!(checked > 0, "{name} accepts none of the targets that are tried: its gradient was not checked");
    }
}

/// Losses in further settings, with targets and predictions away from their kinks.
#[test]
fn losses_in_further_settings() {
    let probabilities = &dmatrix![0.2, 0.5, 0.3; 0.6, 0.1, 0.3; 0.25, 0.35, 0.4; 0.15, 0.65, 0.2];
    let logits = &sample(4, 3);
    let one_hot = &dmatrix![0.0, 1.0, 0.0; 1.0, 0.0, 0.0; 0.0, 0.0, 1.0; 1.0, 0.0, 0.0];
    let soft = &dmatrix![0.1, 0.8, 0.1; 0.3, 0.3, 0.4; 0.0, 0.5, 0.5; 1.0, 0.0, 0.0];
    let labels = &dmatrix![1.0; 0.0; 2.0; 0.0];
    let values = &(sample(4, 3) * 0.7);
    let counts = &dmatrix![0.0, 1.0, 4.0; 2.0, 0.0, 0.0; 7.0, 1.0, 3.0; 2.0, 5.0, 1.0];
    let registry = Registry::<f64>::default();
    let check = |loss: &dyn Loss<f64>, targets: &DMatrix<f64>, predictions: &DMatrix<f64>| {
        let error = check::loss(loss, targets, predictions).unwrap();
        assert!(error < BOUND, "{}: {error:e}", loss.spec());
    };
    check(&MeanSquaredError::default(), values, logits);
    check(&MeanAbsoluteError::default().reduction(Reduction::Sum), values, logits);
    check(&MeanAbsolutePercentageError::default(), values, logits);
    check(&MeanSquaredLogarithmicError::default(), counts, probabilities);
    check(&Huber::default().delta(0.2), values, logits);
    check(&Huber::default(), values, &(logits * 3.0));
    check(&LogCosh::default(), values, &(logits * 3.0));
    check(&Poisson::default(), counts, probabilities);
    check(&KLDivergence::default(), soft, probabilities);
    check(&Hinge::default(), one_hot, logits);
    check(&SquaredHinge::default(), one_hot, &(logits * 2.0));
    check(&CategoricalHinge::default(), one_hot, logits);
    let binary = BinaryCrossentropy::default();
    check(&binary, one_hot, probabilities);
    check(&binary.from_logits(true).label_smoothing(0.1), one_hot, logits);
    for gamma in [0.0, 0.5, 1.0, 2.0] {
        let focal = BinaryFocalCrossentropy::default().gamma(gamma);
        check(&focal, one_hot, probabilities);
        check(&focal.apply_class_balancing(true).alpha(0.4).label_smoothing(0.1), soft, probabilities);
        check(&focal.from_logits(true).label_smoothing(0.1), one_hot, logits);
        let focal = CategoricalFocalCrossentropy::default().gamma(gamma).alpha(0.6);
        check(&focal.label_smoothing(0.1), one_hot, probabilities);
        check(&focal, soft, &logits.map(f64::abs));
        check(&focal.from_logits(true), soft, logits);
    }
    let categorical = CategoricalCrossentropy::default();
    check(&categorical, one_hot, probabilities);
    check(&categorical.label_smoothing(0.2), one_hot, probabilities);
    check(&categorical.from_logits(true), one_hot, logits);
    let sparse = SparseCategoricalCrossentropy::default();
    check(&sparse, labels, probabilities);
    check(&sparse.from_logits(true), labels, logits);
    check(&sparse.ignore_class(0), labels, probabilities);
    check(&sparse.label_smoothing(0.2), labels, probabilities);
    check(&sparse.from_logits(true).label_smoothing(0.2).ignore_class(0), labels, logits);
    check(&CategoricalGeneralizedCrossEntropy::default().q(0.7), labels, probabilities);
    let crossentropy: Arc<dyn Loss<f64>> = registry.part(&Spec::named("ce")).unwrap();
    check(&*crossentropy, labels, probabilities);
    check(&*crossentropy, one_hot, probabilities);
    check(&*crossentropy, &dmatrix![1.0; 0.0], &dmatrix![0.8; 0.3]);
    for reduction in [Reduction::SumOverBatchSize, Reduction::Sum] {
        for axis in [-1, 0, 1] {
            check(&CosineSimilarity::default().axis(axis).reduction(reduction), counts, logits);
        }
        for axis in [None, Some(-1), Some(0)] {
            check(&Dice::default().axis(axis).reduction(reduction), soft, probabilities);
            check(&Tversky::default().alpha(0.3).beta(0.9).axis(axis).reduction(reduction), one_hot, probabilities);
        }
        let circle = Circle::default().gamma(3.0).margin(0.3).reduction(reduction);
        check(&circle, labels, &(values * 0.5));
        check(&circle.remove_diagonal(false), labels, &(values * 0.5));
    }
}

/// For a loss across samples, the gradient of each sample depends on the weights of all samples.
#[test]
fn weights_of_samples_enter_the_gradient() {
    let (labels, predictions) = (dmatrix![1.0; 0.0; 1.0; 0.0], sample(4, 3) * 0.5);
    let one_hot = predictions.map(|p| f64::from(p > 0.0));
    let weights = [0.3, 2.0, 0.0, 1.2];
    let dice = Dice::default();
    let losses: [(&dyn Loss<f64>, &DMatrix<f64>); 4] = [
        (&Circle::default().gamma(3.0), &labels),
        (&dice, &one_hot),
        (&dice.axis(0).reduction(Reduction::MeanWithSampleWeight), &one_hot),
        (&dice.axis(-1).reduction(Reduction::Sum), &one_hot),
    ];
    for (loss, targets) in losses {
        let value = |predictions: &DMatrix<f64>| {
            layercake::losses::value_and_gradient(loss, targets, predictions, Some(&weights)).unwrap()
        };
        let (_, gradient) = value(&predictions);
        for place in 0..predictions.len() {
            let moved = |step: f64| {
                let mut predictions = predictions.clone();
                predictions[place] += step;
                value(&predictions).0
            };
            let numeric = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            assert!((numeric - gradient[place]).abs() < 1e-7, "{}: {numeric} and {}", loss.spec(), gradient[place]);
        }
    }
}

#[test]
fn every_regularizer() {
    let registry = Registry::<f64>::default();
    for name in registry.regularizers.names() {
        for spec in settings::<f64, dyn Regularizer<f64>>(&registry, name) {
            let error = check::regularizer(&*registry.part::<dyn Regularizer<f64>>(&spec).unwrap(), &sample(3, 4)).unwrap();
            assert!(error < BOUND, "{spec}: {error:e}");
        }
    }
}

/// A wrong gradient is found, so the checks above can fail.
#[test]
fn a_wrong_gradient_is_found() {
    #[derive(Debug, Clone)]
    struct Wrong;
    impl layercake::saving::Describe for Wrong {}
    impl Activation<f64> for Wrong {
        fn apply(&self, mut z: layercake::BatchMut<'_, f64>) {
            z.values().iter_mut().for_each(|z| *z = z.tanh());
        }
        fn backprop(&self, _seen: layercake::Batch<'_, f64>, mut gradient: layercake::BatchMut<'_, f64>) {
            gradient.values().iter_mut().for_each(|d| *d *= 1.001);
        }
    }
    assert!(check::activation(&Wrong, &sample(4, 3)).unwrap() > BOUND);
    assert!(check::layer(Dense::new(2).activation(Wrong), &sample(4, 3)).unwrap() > BOUND);
}
