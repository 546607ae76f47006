//! Compares every derivative of the registered parts with central differences.

use crate::common::complete;
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
    let defaults = registry.activations.names().map(|name| registry.part(&Spec::named(name)).unwrap());
    let with_arguments: [Arc<dyn Activation<f64>>; 11] = [
        Arc::new(Celu.alpha(0.3)),
        Arc::new(Elu.alpha(1.7)),
        Arc::new(Gelu.approximate(true)),
        Arc::new(HardShrink.threshold(0.2)),
        Arc::new(LeakyRelu.negative_slope(0.4)),
        Arc::new(Relu.max_value(0.8)),
        Arc::new(Relu.negative_slope(0.2).max_value(0.9).threshold(0.05)),
        Arc::new(Relu.negative_slope(0.3)),
        Arc::new(SoftShrink.threshold(0.2)),
        Arc::new(Squareplus.b(0.5)),
        Arc::new(Threshold::new(0.1, -0.7)),
    ];
    let parts: Vec<Arc<dyn Activation<f64>>> = defaults.chain(with_arguments).collect();
    for part in &parts {
        // only one value of `axis` is allowed
        let takes_arguments = part.spec().config.iter().any(|(argument, _)| argument != "axis");
        let times = parts.iter().filter(|other| other.name() == part.name()).count();
        assert!(times > 1 || !takes_arguments, "{} needs a row with arguments above", part.name());
    }
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

/// Layers by name, for samples of shape `[2, 3]`.
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
        Arc::new(layers::Identity),
        Arc::new(LayerNormalization::default().beta_regularizer(l2())),
        Arc::new(LayerNormalization::default().center(false)),
        Arc::new(layers::Relu::default().negative_slope(0.3).max_value(0.9)),
        Arc::new(layers::LeakyRelu::default()),
        Arc::new(layers::Elu::default().alpha(0.7)),
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

/// Each layer is checked in training and in inference mode, alone and between layers that mix its inputs and outputs.
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
    // layers that hold others or prepare data are checked in composites.rs
    let others = composites_and_preprocessing();
    for name in registry.layers.names().filter(|name| !others.contains(name)) {
        assert!(checked.iter().any(|(checked, _)| *checked == name), "{name} needs a row above");
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

/// Each loss with valid targets and predictions that are not close to a kink.
#[test]
fn every_loss() {
    let probabilities = &dmatrix![0.2, 0.5, 0.3; 0.6, 0.1, 0.3; 0.25, 0.35, 0.4; 0.15, 0.65, 0.2];
    let logits = &sample(4, 3);
    let one_hot = &dmatrix![0.0, 1.0, 0.0; 1.0, 0.0, 0.0; 0.0, 0.0, 1.0; 1.0, 0.0, 0.0];
    let soft = &dmatrix![0.1, 0.8, 0.1; 0.3, 0.3, 0.4; 0.0, 0.5, 0.5; 1.0, 0.0, 0.0];
    let labels = &dmatrix![1.0; 0.0; 2.0; 0.0];
    let values = &(sample(4, 3) * 0.7);
    let counts = &dmatrix![0.0, 1.0, 4.0; 2.0, 0.0, 0.0; 7.0, 1.0, 3.0; 2.0, 5.0, 1.0];
    let registry = Registry::<f64>::default();
    let mut seen = Vec::new();
    let mut check = |loss: &dyn Loss<f64>, targets: &DMatrix<f64>, predictions: &DMatrix<f64>| {
        let error = check::loss(loss, targets, predictions).unwrap();
        assert!(error < BOUND, "{}: {error:e}", loss.spec());
        seen.push(loss.name());
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
    for name in registry.losses.names() {
        assert!(seen.contains(&name), "{name} needs a row above");
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
    let cases: [(&str, Arc<dyn Regularizer<f64>>); 5] = [
        ("L1", Arc::new(L1::new(0.3))),
        ("L1L2", Arc::new(L1L2::new(0.3, 0.2))),
        ("L2", Arc::new(L2::new(0.3))),
        ("OrthogonalRegularizer", Arc::new(OrthogonalRegularizer::new(0.3))),
        ("OrthogonalRegularizer", Arc::new(OrthogonalRegularizer::new(0.3).mode(OrthogonalMode::Columns))),
    ];
    for (name, regularizer) in &cases {
        let error = check::regularizer(&**regularizer, &sample(3, 4)).unwrap();
        assert!(error < BOUND, "{name} ({}): {error:e}", regularizer.spec());
    }
    let registry = Registry::<f64>::default();
    for name in registry.regularizers.names() {
        assert!(cases.iter().any(|case| case.0 == name), "{name} needs a row above");
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

/// Each part has the spec that it was made from.
#[test]
fn every_part_goes_from_its_spec_to_itself_and_back() {
    let registry = Registry::<f32>::default();
    macro_rules! round_trip {
        ($($field:ident: $kind:ident<f32>),+) => {
            $(for name in registry.$field.names() {
                let part = registry.part::<dyn $kind<f32>>(&complete(name)).unwrap();
                let again = registry.part::<dyn $kind<f32>>(&part.spec()).unwrap();
                assert_eq!(part.spec(), again.spec());
                assert_eq!(part.spec().class_name, name);
            })+
        };
    }
    round_trip!(activations: Activation<f32>, constraints: Constraint<f32>, layers: Layer<f32>, losses: Loss<f32>);
    for name in registry.schedules.names() {
        let part = registry.part::<dyn Schedule>(&complete(name)).unwrap();
        assert_eq!(registry.part::<dyn Schedule>(&part.spec()).unwrap().spec(), part.spec());
    }
    round_trip!(metrics: Metric<f32>, optimizers: Optimizer<f32>, regularizers: Regularizer<f32>);
    for name in registry.initializers.names() {
        let part = registry.part::<dyn Initializer>(&Spec::named(name)).unwrap();
        let again = registry.part::<dyn Initializer>(&part.spec()).unwrap();
        assert_eq!((part.spec(), part.name()), (again.spec(), name));
    }
    let changed = Dense::<f32>::new(7).activation(Relu.max_value(3.0)).kernel_regularizer(L1::new(0.5)).bias_constraint(NonNeg);
    let spec = layercake::saving::Part::spec(&changed);
    assert_eq!(registry.part::<dyn Layer<f32>>(&spec).unwrap().spec(), spec);
}

/// The layers that composites.rs tests.
fn composites_and_preprocessing() -> [&'static str; 14] {
    [
        "Add",
        "Average",
        "CategoryEncoding",
        "Concatenate",
        "Discretization",
        "Embedding",
        "Maximum",
        "Minimum",
        "Multiply",
        "Normalization",
        "Rescaling",
        "Residual",
        "SpectralNormalization",
        "Subtract",
    ]
}
