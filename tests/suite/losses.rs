//! Tests losses beyond the numbers of Keras: extreme values, broken data, the choice by widths, losses of a whole batch.

use layercake::losses::{LossGradient, losses_and_gradient, value_and_gradient};
use layercake::prelude::*;
use layercake::saving::{Registry, Spec, Value};
use layercake::{Batch, BatchMut, Shape};
use std::sync::Arc;

fn loss<T: Scalar>(spec: &Spec) -> Arc<dyn Loss<T>> {
    Registry::<T>::default().part(spec).unwrap()
}

/// Targets that the loss of this name accepts for samples of three outputs.
fn targets<T: Scalar>(name: &str, count: usize) -> DMatrix<T> {
    let takes_classes = name.starts_with("Sparse") || name.contains("Generalized") || name == "Circle";
    let value = |row: usize, column: usize| f64::from(u8::from(row % 3 == column));
    if takes_classes {
        DMatrix::from_fn(count, 1, |row, _| T::of((row % 3) as f64))
    } else {
        DMatrix::from_fn(count, 3, |row, column| T::of(value(row, column)))
    }
}

/// At pre-activations up to +-700, or +-80 in single precision, losses and gradients neither overflow nor vanish.
fn every_loss_stays_finite<T: Scalar>(extreme: f64) {
    let numbers = [-extreme, extreme, 0.0, extreme, -extreme, 1.0, extreme, extreme, -1.0, -extreme, -extreme, 0.5];
    let sums = DMatrix::from_row_slice(4, 3, &numbers.map(T::of));
    let shares = DMatrix::from_row_slice(4, 3, &[0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0, 0.0, 1.0].map(T::of));
    for name in Registry::<T>::default().losses.names() {
        let takes_shares = !["Mean", "Hinge", "Squared", "Huber", "Log", "Cosine"].iter().any(|start| name.starts_with(start));
        let plain = Spec::named(name);
        let mut runs = vec![(plain.clone(), if takes_shares { &shares } else { &sums })];
        if name.ends_with("Crossentropy") {
            runs.push((plain.clone().with("from_logits", Value::Bool(true)), &sums));
        }
        if name.contains("Focal") {
            let half = plain.with("gamma", Value::Float(0.5)).with("from_logits", Value::Bool(true));
            runs.push((half.clone(), &sums));
            runs.push((half.with("label_smoothing", Value::Float(0.1)), &sums));
        }
        for (spec, predictions) in runs {
            let (value, gradient) = value_and_gradient(&*loss::<T>(&spec), &targets(name, 4), predictions, None).unwrap();
            let all_finite = value.is_finite() && gradient.iter().all(|partial| partial.is_finite());
            assert!(all_finite, "{spec}: {value}, {gradient}");
        }
    }
}

#[test]
fn extremes_stay_finite() {
    every_loss_stays_finite::<f64>(700.0);
    every_loss_stays_finite::<f32>(80.0);
}

#[test]
fn a_focal_loss_of_logits_is_accurate_where_probabilities_are_not() {
    let focal = BinaryFocalCrossentropy::default().from_logits(true);
    let value = |z: f64, t: f64| value_and_gradient(&focal, &dmatrix![t], &dmatrix![z], None).unwrap();
    // a prediction that is wrong by far has the cross-entropy itself, with gradient 1
    let (wrong, gradient) = value(700.0, 0.0);
    assert_eq!((wrong, gradient[0]), (700.0, 1.0));
    // for a prediction that is right by far, (1 - p)^2 ln(1 + exp(-z)) is exp(-3 z)
    let (right, gradient) = value(50.0, 1.0);
    assert!((right / (-150.0f64).exp() - 1.0).abs() < 1e-12, "{right:e}");
    assert!((gradient[0] / (-3.0 * (-150.0f64).exp()) - 1.0).abs() < 1e-12);
}

#[test]
fn no_loss_turns_nan_into_a_number() {
    let (outputs, registry) = (Shape::from(3), Registry::<f64>::default());
    for name in registry.losses.names() {
        let wanted = targets::<f64>(name, 6);
        let (target, wanted) = (Shape::from(wanted.ncols()), wanted.transpose());
        // a NaN at the index of the class, and at another one
        for place in 0..2 {
            let mut predicted = [0.2, 0.5, 0.3, 0.6, 0.1, 0.3, 0.1, 0.1, 0.8, 0.3, 0.3, 0.4, 0.1, 0.7, 0.2, 0.2, 0.2, 0.6];
            predicted[place] = f64::NAN;
            if place == 1 && name.contains("Generalized") {
                continue; // this loss reads only the class of the sample
            }
            let (mut losses, mut gradient) = ([0.0; 6], [0.0; 18]);
            let values = BatchMut::new(&outputs, &mut gradient);
            let scale = [1.0; 6];
            loss::<f64>(&Spec::named(name)).score(
                Batch::new(&outputs, &predicted),
                Batch::new(&target, wanted.as_slice()),
                &mut losses,
                Some(LossGradient { scale: &scale, values }),
            );
            assert!(losses[0].is_nan(), "{name}: {losses:?}");
            assert!(gradient[..3].iter().any(|partial| partial.is_nan()), "{name}: {gradient:?}");
        }
    }
}

#[test]
fn crossentropy_is_picked_by_the_widths() {
    let x = DMatrix::from_fn(6, 2, |row, column| ((row + 2 * column) as f64).sin());
    let (yes, labels) = (dmatrix![0.0; 1.0; 1.0; 0.0; 1.0; 0.0], dmatrix![0.0; 1.0; 2.0; 0.0; 1.0; 2.0]);
    let one_hot = data::one_hot(&[0, 1, 2, 0, 1, 2], 3).unwrap();
    let cases = [
        (1, "sigmoid", "binary_crossentropy", &yes),
        (3, "softmax", "sparse_categorical_crossentropy", &labels),
        (3, "softmax", "categorical_crossentropy", &one_hot),
        // This activation belongs to another of these losses.
        (3, "sigmoid", "categorical_crossentropy", &one_hot),
    ];
    for (units, activation, name, y) in cases {
        let trained = |loss: &str| {
            let mut model = Sequential::with_seed(5);
            model.add(Dense::new(units).activation(activation));
            model.compile("sgd", loss, "accuracy").unwrap();
            let history = model.fit(&x, y, FitOptions::new().epochs(2)).unwrap();
            (history, model.get_weights(), model.evaluate(&x, y).unwrap().loss())
        };
        for loss in ["crossentropy", "ce", "CrossEntropy"] {
            assert_eq!(trained(loss), trained(name), "{name}");
        }
    }
    let mut model = Sequential::<f64>::with_seed(5);
    model.add(Dense::new(3).activation(Softmax));
    model.compile("sgd", "ce", ()).unwrap();
    let told = model.fit(&x, &[0, 1, 2, 3, 0, 0], FitOptions::new()).unwrap_err().to_string();
    assert!(told.contains("target 3 at row 3"), "{told}");
}

/// After their activation, focal losses use the pre-activations: the loss is the same and stays exact at probabilities 0 and 1.
#[test]
fn focal_losses_are_fused_with_their_activation() {
    let x = dmatrix![1.0, -2.0; 0.3, 0.7; -0.5, 0.1];
    let one_hot = dmatrix![0.0, 1.0; 1.0, 0.0; 0.0, 1.0];
    for (activation, loss) in [("sigmoid", "binary_focal_crossentropy"), ("softmax", "categorical_focal_crossentropy")] {
        let mut model = Sequential::with_seed(3);
        model.add(Dense::new(2).activation(activation));
        model.compile("sgd", loss, ()).unwrap();
        model.build(2).unwrap();
        let direct = value_and_gradient(&*self::loss(&Spec::named(loss)), &one_hot, &model.predict(&x).unwrap(), None).unwrap().0;
        assert!((model.evaluate(&x, &one_hot).unwrap().loss() - direct).abs() < 1e-14, "{loss}");
    }
    let mut saturated = Sequential::with_seed(3);
    saturated.add(Dense::new(1).activation(Sigmoid));
    saturated.compile("sgd", "binary_focal_crossentropy", ()).unwrap();
    saturated.build(1).unwrap();
    saturated.set_weights(&[dmatrix![1.0], dmatrix![0.0]]).unwrap();
    assert_eq!(saturated.evaluate(&dmatrix![300.0], &dmatrix![0.0]).unwrap().loss(), 300.0);
}

/// Training continues after a softmax has given a probability of exactly 0.
#[test]
fn a_probability_of_zero_does_not_break_the_training() {
    let mut model = Sequential::with_seed(3);
    model.add(Dense::new(2).activation(Softmax));
    model.compile("sgd", "categorical_generalized_cross_entropy", ()).unwrap();
    model.build(1).unwrap();
    model.set_weights(&[dmatrix![800.0, -800.0], dmatrix![0.0, 0.0]]).unwrap();
    let history = model.fit(&dmatrix![1.0], &[1], FitOptions::new().epochs(2)).unwrap();
    assert_eq!(history["loss"], [2.0, 2.0]);
    assert!(model.get_weights().iter().all(|weight| weight.iter().all(|value| f64::is_finite(*value))));
}

/// As in Keras, a loss of the whole batch counts once, and with sample weights once for each weight.
#[test]
fn a_loss_of_the_whole_batch_is_reduced_once() {
    let (t, p) = (dmatrix![1.0, 0.0; 1.0, 1.0; 0.0, 0.0], dmatrix![0.5, 0.25; 0.75, 0.5; 0.125, 0.125]);
    let weights = [0.5, 2.0, 1.25];
    let dice = 1.0 - 2.0 * 1.75 / (3.0 + 2.25 + 1e-7);
    let value = |reduction, weights: Option<&[f64]>| {
        value_and_gradient(&Dice::default().reduction(reduction), &t, &p, weights).unwrap().0
    };
    let sum = 3.75;
    let cases = [
        (value(Reduction::SumOverBatchSize, None), dice),
        (value(Reduction::Sum, None), dice),
        (value(Reduction::MeanWithSampleWeight, None), dice),
        (value(Reduction::SumOverBatchSize, Some(&weights)), dice * sum / 3.0),
        (value(Reduction::Sum, Some(&weights)), dice * sum),
        (value(Reduction::MeanWithSampleWeight, Some(&weights)), dice),
    ];
    for (place, (got, want)) in cases.into_iter().enumerate() {
        assert!((got - want).abs() < 1e-15, "{place}: {got} instead of {want}");
    }
    let none = Dice::default().reduction(Reduction::None);
    let (alone, _) = losses_and_gradient(&none, &t, &p, None).unwrap();
    let (weighted, _) = losses_and_gradient(&none, &t, &p, Some(&weights)).unwrap();
    assert!(alone.len() == 1 && (alone[0] - dice).abs() < 1e-15);
    assert_eq!(weighted, weights.map(|weight| weight * weighted[0] / 0.5));
}

#[test]
fn every_name_of_keras_finds_its_loss() {
    let registry = Registry::<f32>::default();
    for (names, class) in [
        (&["mse", "MSE", "mean_squared_error"][..], "MeanSquaredError"),
        (&["mae", "MAE"], "MeanAbsoluteError"),
        (&["mape", "MAPE", "mean_absolute_percentage_error"], "MeanAbsolutePercentageError"),
        (&["msle", "MSLE", "mean_squared_logarithmic_error"], "MeanSquaredLogarithmicError"),
        (&["cosine_similarity"], "CosineSimilarity"),
        (&["huber"], "Huber"),
        (&["log_cosh"], "LogCosh"),
        (&["hinge"], "Hinge"),
        (&["squared_hinge"], "SquaredHinge"),
        (&["categorical_hinge"], "CategoricalHinge"),
        (&["kl_divergence", "kld", "KLD"], "KLDivergence"),
        (&["poisson"], "Poisson"),
        (&["binary_crossentropy", "bce", "BCE"], "BinaryCrossentropy"),
        (&["binary_focal_crossentropy"], "BinaryFocalCrossentropy"),
        (&["categorical_crossentropy"], "CategoricalCrossentropy"),
        (&["categorical_focal_crossentropy"], "CategoricalFocalCrossentropy"),
        (&["sparse_categorical_crossentropy"], "SparseCategoricalCrossentropy"),
        (&["categorical_generalized_cross_entropy"], "CategoricalGeneralizedCrossEntropy"),
        (&["dice"], "Dice"),
        (&["tversky"], "Tversky"),
        (&["circle"], "Circle"),
        (&["crossentropy", "ce"], "crossentropy"),
    ] {
        for name in names.iter().chain([&class]) {
            assert_eq!(registry.part::<dyn Loss<f32>>(&Spec::named(*name)).unwrap().name(), class);
        }
    }
    let mean = loss::<f64>(&Spec::named("mse").with("reduction", Value::Text("mean".to_string())));
    assert_eq!(mean.reduction(), Reduction::SumOverBatchSize);
    assert_eq!(loss::<f64>(&Spec::named("mse").with("reduction", Value::Null)).reduction(), Reduction::None);
}

/// Class numbers and one-hot targets with the same label smoothing give the same loss and gradient.
#[test]
fn label_smoothing_of_class_numbers_is_that_of_one_hot_targets() {
    let predictions: DMatrix<f64> = dmatrix![0.2, 0.5, 0.3; 0.6, 0.1, 0.3; 0.25, 0.35, 0.4];
    let (labels, one_hot) = (dmatrix![1.0; 0.0; 2.0], dmatrix![0.0, 1.0, 0.0; 1.0, 0.0, 0.0; 0.0, 0.0, 1.0]);
    for from_logits in [false, true] {
        let sparse = SparseCategoricalCrossentropy::default().from_logits(from_logits).label_smoothing(0.2);
        let categorical = CategoricalCrossentropy::default().from_logits(from_logits).label_smoothing(0.2);
        let (loss, gradient) = layercake::losses::value_and_gradient(&sparse, &labels, &predictions, None).unwrap();
        let (expected, along) = layercake::losses::value_and_gradient(&categorical, &one_hot, &predictions, None).unwrap();
        assert!((loss - expected).abs() < 1e-14 && (gradient - along).amax() < 1e-14);
    }
}
