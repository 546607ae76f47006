//! Tests layers that hold other layers: they compute what the same layers compute one by one, and may be used like any layer.

use layercake::check::{self, layer_pass};
use layercake::layers::{
    Add, Average, CategoryEncoding, Concatenate, Discretization, Embedding, Lambda, Maximum, Minimum, Multiply, Normalization,
    OutputMode, Rescaling, Residual, SpectralNormalization, Stack, Subtract, stack,
};
use layercake::prelude::*;
use layercake::saving::{Registry, Spec, Value};
use layercake::{Error, Shape};
use std::sync::Arc;

const BOUND: f64 = 1e-6;

/// Numbers between -1 and 1, none of them near a kink at 0.
fn sample(rows: usize, columns: usize) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |row, column| {
        let value = (1.3 * row as f64 + 2.1 * column as f64 + 0.5).sin();
        value + 0.1 * value.signum()
    })
}

fn shared(layer: impl Layer<f64>) -> Arc<dyn Layer<f64>> {
    Arc::new(layer)
}

fn dense(units: usize) -> Dense<f64> {
    Dense::new(units).activation(Tanh).bias_initializer("he_normal").kernel_regularizer(L2::new(0.01))
}

fn two() -> [Stack<f64>; 2] {
    [stack(dense(3)), stack((dense(5), dense(3)))]
}

fn three() -> [Stack<f64>; 3] {
    [stack(()), stack((dense(5), dense(4))), stack(dense(4))]
}

/// Composites of every kind for samples of 4 numbers.
fn composites() -> Vec<Arc<dyn Layer<f64>>> {
    let nested = Residual::new((
        dense(6),
        Residual::new((dense(6), Concatenate::stacks([stack(()), stack(dense(2))]), dense(6))),
        dense(4),
    ));
    vec![
        shared(Add::stacks(two())),
        shared(Add::stacks(three())),
        shared(Add::stacks([stack(()), stack(())])),
        shared(Subtract::stacks(two())),
        shared(Multiply::stacks(three())),
        shared(Average::stacks(three())),
        shared(Maximum::stacks(three())),
        shared(Minimum::stacks(three())),
        shared(Concatenate::stacks(three())),
        shared(Residual::new((dense(7), Dropout::new(0.4), dense(4)))),
        shared(Residual::new(())),
        shared(nested),
        shared(Rescaling::new(0.3).offset(2.0)),
        shared(Normalization::default().mean([0.1, 0.2, 0.3, 0.4]).variance([1.0, 0.5, 2.0, 0.1])),
        shared(Normalization::default().axis(None).mean([0.1]).variance([0.5]).invert(true)),
        shared(Lambda::elementwise(|x: f64| x.sin(), |x: f64| x.cos())),
        shared(Lambda::samples(
            1,
            |x: &[f64], y| y[0] = x.iter().product(),
            |x, dy, dx| {
                (0..x.len())
                    .for_each(|i| dx[i] = dy[0] * x.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, x)| x).product::<f64>());
            },
        )),
    ]
}

#[test]
fn every_composite_has_the_gradients_of_its_outputs() {
    for layer in composites() {
        let error = check::layer(layer.clone(), &sample(5, 4)).unwrap();
        assert!(error < BOUND, "{}: {error:e}", layer.spec());
    }
}

/// The gradients are also right for layers before and after a composite.
#[test]
fn composites_follow_each_other_and_plain_layers() {
    for layer in composites() {
        let plain = shared(Residual::new((layer.clone(), dense(4))));
        for around in [
            shared(Concatenate::stacks([stack(dense(3)), stack((layer.clone(), dense(2))), stack(layer.clone())])),
            plain.clone(),
            shared(Residual::new((plain.clone(), plain))),
        ] {
            let error = check::layer(around, &sample(3, 4)).unwrap();
            assert!(error < BOUND, "around {}: {error:e}", layer.spec());
        }
    }
}

#[test]
fn merging_layers_do_what_their_names_say() {
    let [one, other] = [|| stack(Rescaling::new(2.0)), || stack(Rescaling::new(-1.0).offset(1.0))];
    let x = dmatrix![1.0, -3.0, 0.25];
    let a = dmatrix![2.0, -6.0, 0.5];
    let b = dmatrix![0.0, 4.0, 0.75];
    let cases: [(Arc<dyn Layer<f64>>, DMatrix<f64>); 7] = [
        (shared(Add::stacks([one(), other()])), &a + &b),
        (shared(Subtract::stacks([one(), other()])), &a - &b),
        (shared(Multiply::stacks([one(), other()])), a.component_mul(&b)),
        (shared(Average::stacks([one(), other()])), (&a + &b) / 2.0),
        (shared(Maximum::stacks([one(), other()])), a.sup(&b)),
        (shared(Minimum::stacks([one(), other()])), a.inf(&b)),
        (shared(Concatenate::stacks([one(), other()])), dmatrix![2.0, -6.0, 0.5, 0.0, 4.0, 0.75]),
    ];
    for (layer, expected) in cases {
        let mut model = Sequential::with_seed(1);
        model.add(layer.clone());
        model.build(3).unwrap();
        assert_eq!(model.predict(&x).unwrap(), expected, "{}", layer.spec());
        assert_eq!(layer_pass(&model, &[], &x, &expected, true).unwrap().outputs, expected, "{}", layer.spec());
    }
}

#[test]
fn concatenating_runs_along_any_axis() {
    let grid = || stack::<f64, _>(Embedding::new(4, 2).embeddings_initializer("he_normal"));
    let widths = |axis: i64| {
        let mut model = Sequential::with_seed(1);
        model.add(Concatenate::stacks([grid(), grid()]).axis(axis));
        model.build(3).map(|()| model)
    };
    let x = dmatrix![1.0, 3.0, 0.0];
    for (axis, shape) in [(-1, [3, 4]), (2, [3, 4]), (1, [6, 2]), (-2, [6, 2])] {
        let model = widths(axis).unwrap();
        assert_eq!(model.layers().next().unwrap().output_shape(), Some(&Shape::from(shape)));
        let weights = model.get_weights();
        let predicted = model.predict(&x).unwrap();
        for (place, class) in [1, 3, 0].into_iter().enumerate() {
            for (half, weights) in weights.iter().enumerate() {
                for column in 0..2 {
                    let at = if shape[1] == 4 { place * 4 + half * 2 + column } else { half * 6 + place * 2 + column };
                    assert_eq!(predicted[at], weights[(class, column)]);
                }
            }
        }
    }
    for axis in [0, 3, -3] {
        let error = widths(axis).unwrap_err().to_string();
        let wanted = "layer `concatenate` cannot take samples of shape (None, 3, 2): axis";
        assert!(error.starts_with(wanted), "{error}");
    }
}

/// A whole training gives the same numbers as one that is written by hand.
#[test]
fn a_residual_stack_of_nothing_and_one_layer_trains_like_that_layer_alone() {
    let (x, y) = (sample(20, 4), sample(20, 1));
    let train = |layer: Arc<dyn Layer<f64>>| {
        let mut model = Sequential::with_seed(3);
        model.add(layer);
        model.add(Dense::new(1));
        model.compile("adam", "mse", ()).unwrap();
        let history = model.fit(&x, &y, FitOptions::new().epochs(5).batch_size(7)).unwrap();
        (history["loss"].to_vec(), model.get_weights(), model.evaluate(&x, &y).unwrap().loss())
    };
    assert_eq!(train(shared(dense(4))), train(shared(Add::stacks([stack(dense(4))]))));
    assert_eq!(train(shared(dense(4))), train(shared(Concatenate::stacks([stack(dense(4))]))));
}

fn deep(seed: u64) -> Sequential<f64> {
    let mut model = Sequential::with_seed(seed);
    model.add(dense(6));
    model.add(Residual::new((dense(8), Dropout::new(0.3), dense(6))));
    model.add(Concatenate::stacks([stack(()), stack(Residual::new((dense(6).trainable(false), dense(6))))]).name("both"));
    model.add(Dense::new(1).activation(Sigmoid));
    model.compile("adam", "binary_crossentropy", "accuracy").unwrap();
    model
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let (x, y) = (sample(30, 4), sample(30, 1).map(|value| f64::from(value > 0.0)));
    let train = || {
        let mut model = deep(5);
        model.fit(&x, &y, FitOptions::new().epochs(3).batch_size(8)).unwrap();
        (model.get_weights(), model.predict(&x).unwrap())
    };
    let (weights, predicted) = train();
    assert_eq!((weights, predicted.clone()), train());
    let mut model = deep(5);
    model.fit(&x, &y, FitOptions::new().epochs(3).batch_size(8)).unwrap();
    for row in 0..30 {
        assert_eq!(model.predict(&x.rows(row, 1).into_owned()).unwrap()[0], predicted[row], "a sample alone");
    }
}

#[test]
fn layers_within_are_frozen_alone_or_with_what_they_lie_in() {
    let (x, y) = (sample(30, 4), sample(30, 1).map(|value| f64::from(value > 0.0)));
    let mut model = deep(5);
    model.build(4).unwrap();
    let sizes: Vec<usize> = model.layers().map(|layer| layer.count_params()).collect();
    assert_eq!(sizes, [30, 56 + 54, 42 + 42, 13]);
    assert_eq!(model.summary().trainable_params(), 30 + 110 + 42 + 13);
    let moved = |model: &mut Sequential<f64>| -> Vec<bool> {
        let before = model.get_weights();
        model.fit(&x, &y, FitOptions::new()).unwrap();
        before.iter().zip(model.get_weights()).step_by(2).map(|(before, after)| *before != after).collect()
    };
    // the kernels are: dense, two of the residual, the frozen one and the next one in `both`, the last
    assert_eq!(moved(&mut model), [true, true, true, false, true, true]);
    model.set_trainable("both", false).unwrap();
    model.set_trainable("residual", false).unwrap();
    model.compile("adam", "binary_crossentropy", "accuracy").unwrap();
    assert_eq!(moved(&mut model), [true, false, false, false, false, true]);
    model.set_trainable("both", true).unwrap();
    model.compile("adam", "binary_crossentropy", "accuracy").unwrap();
    assert_eq!(moved(&mut model), [true, false, false, false, true, true], "a layer stays frozen where it was so within");
    let summary = model.summary().to_string();
    assert!(summary.contains("both (Concatenate)") && summary.contains("(None, 12)"), "{summary}");
    assert_eq!(model.get_layer("both").unwrap().get_weights().len(), 4);
    assert!(model.pop() && model.pop());
    assert_eq!(model.count_params(), 140);
    model.add(Dense::new(1));
    assert_eq!(model.count_params(), 147);
}

/// Layers below a branch without weights get the right gradients, even if a layer in between is frozen.
#[test]
fn frozen_layers_pass_gradients_on() {
    let frozen = || dense(4).trainable(false);
    let x = sample(6, 4);
    let built = |trainable: bool| {
        let mut model = Sequential::with_seed(9);
        model.add(dense(4));
        model.add(Add::stacks([stack(()), stack((dense(5).trainable(trainable), dense(4))), stack(Dropout::new(0.0))]));
        model.compile(Sgd::default().learning_rate(1.0), "mse", ()).unwrap();
        model.train_on_batch(&x, &sample(6, 4)).unwrap();
        model.get_weights()
    };
    let (all, some) = (built(true), built(false));
    assert_eq!(all[..2], some[..2], "the first layer");
    assert_ne!(all[2..4], some[2..4]);
    assert_eq!(all[4..], some[4..]);
    assert!(check::layer(Residual::new((frozen(), dense(4))), &x).is_ok());
}

#[test]
fn a_composite_goes_from_its_spec_to_itself_and_back() {
    let inner = Residual::new((Dense::<f64>::new(3).activation(Relu).name("first"), Dense::new(2).trainable(false)));
    let layer = Concatenate::stacks([stack((inner, Dropout::new(0.5))), stack(())]);
    let spec = layercake::saving::Part::spec(&layer);
    let again = Registry::<f64>::default().part::<dyn Layer<f64>>(&spec).unwrap();
    assert_eq!(again.spec(), spec);
    let mut model = Sequential::with_seed(1);
    model.add(again);
    model.build(2).unwrap();
    assert_eq!((model.count_params(), model.summary().trainable_params()), (9 + 8, 9));

    let part = |spec: Spec| Registry::<f64>::default().part::<dyn Layer<f64>>(&spec).unwrap_err().to_string();
    let layers = |layers: Value| Spec::named("Residual").with("layers", layers);
    assert!(part(layers(Value::List(vec![Value::Text("Dens".to_string())]))).contains("did you mean `Dense`?"));
    assert_eq!(part(layers(Value::Int(3))), "Residual: layers = 3 is not allowed; expected lists of layers");
    let rate = Spec::named("Dropout").with("rate", Value::Float(2.0));
    assert_eq!(
        part(layers(Value::List(vec![Value::Spec(rate)]))),
        "Dropout: rate = 2 is not allowed; expected a number >= 0 and < 1"
    );
}

#[track_caller]
fn assert_refused<W>(layer: impl layercake::layers::IntoLayer<f64, W>, width: usize, text: &str) {
    let mut model = Sequential::with_seed(1);
    model.add(layer);
    assert_eq!(model.build(width).unwrap_err().to_string(), text);
    assert!(model.get_weights().is_empty(), "nothing is left of a layer that was refused");
}

#[test]
fn composites_that_cannot_be_are_refused() {
    let none: [Stack<f64>; 0] = [];
    assert_refused(Add::stacks(none), 2, "Add: layers = 0 is not allowed; expected a number of stacks >= 1");
    assert_refused(
        Subtract::stacks([stack(()), stack(()), stack(())]),
        2,
        "Subtract: layers = 3 is not allowed; expected a number of stacks >= 2 and <= 2",
    );
    assert_refused(
        Residual::new((dense(3), dense(4))),
        2,
        "layer `residual` cannot take samples of shape (None, 4): its inputs must all have the shape (None, 2)",
    );
    assert_refused(
        Residual::new(Residual::new(Add::stacks([stack(dense(2)), stack(dense(3))]))).name("outer"),
        2,
        "layer `outer/residual/add` cannot take samples of shape (None, 3): its inputs must all have the shape (None, 2)",
    );
    assert_refused(
        Residual::new((dense(2).name("a"), dense(2).name("a"))),
        2,
        "two layers are named `residual/a`: layer names must be unique, so give one of them another name with `.name(..)`",
    );
    assert_refused(Residual::new(Dropout::new(1.5)), 2, "Dropout: rate = 1.5 is not allowed; expected a number >= 0 and < 1");
    assert_refused(
        Residual::new(Dense::new(2).activation("rleu")),
        2,
        &Dense::<f64>::new(2).activation("rleu").plan(&[2.into()]).unwrap_err().to_string(),
    );
}

#[test]
fn numbers_of_classes_are_checked_at_every_door() {
    let mut model = Sequential::with_seed(1);
    model.add(Concatenate::stacks([
        stack(Embedding::new(3, 2).embeddings_initializer("he_normal")),
        stack(Embedding::new(5, 2).embeddings_initializer("he_normal").name("five")),
    ]));
    model.add(Lambda::samples(1, |x: &[f64], y| y[0] = x.iter().sum(), |_, dy, dx| dx.fill(dy[0])));
    model.compile("sgd", "mse", ()).unwrap();
    let good = dmatrix![0.0, 2.0; 1.0, 1.0; 2.0, 0.0; 0.0, 1.0];
    let y = dmatrix![1.0; 0.0; 1.0; 0.0];
    for (bad, value) in [(3.0, "3"), (-1.0, "-1"), (0.5, "0.5")] {
        let mut x = good.clone();
        x[(2, 1)] = bad;
        let text = |what: &str, row: usize| {
            let layer = "layer `concatenate/embedding`";
            format!(
                "{layer} cannot take {value}, at row {row}, column 1 of {what} (counted from 0): it takes whole numbers from 0 to 2"
            )
        };
        let is = |error: Error, what: &str| assert_eq!(error.to_string(), text(what, 2));
        is(model.fit(&x, &y, FitOptions::new()).unwrap_err(), "x");
        is(model.fit(&x, &y, FitOptions::new().validation_split(0.5)).unwrap_err(), "x");
        is(model.fit(&good, &y, FitOptions::new().validation_data(&x, &y)).unwrap_err(), "validation x");
        is(model.train_on_batch(&x, &y).unwrap_err(), "x");
        model.fit(&good, &y, FitOptions::new()).unwrap();
        is(model.evaluate(&x, &y).unwrap_err(), "x");
        is(model.test_on_batch(&x, &y).unwrap_err(), "x");
        is(model.predict(&x).unwrap_err(), "x");
        is(model.predict_on_batch(&x).unwrap_err(), "x");
        let mut out = DMatrix::zeros(4, 1);
        is(model.predict_into(&x, &mut out, &mut PredictScratch::new()).unwrap_err(), "x");
    }
}

#[test]
fn vectors_of_classes_cost_what_their_regularizers_say() {
    let mut model = Sequential::with_seed(1);
    model.add(Embedding::new(2, 2).embeddings_regularizer(L2::new(0.5)).activity_regularizer(L2::new(0.25)));
    model.build(1).unwrap();
    let weights = [dmatrix![1.0, 2.0; 3.0, 4.0]];
    let (x, none) = (dmatrix![1.0; 0.0; 1.0; 1.0], DMatrix::zeros(4, 2));
    let pass = layer_pass(&model, &weights, &x, &none, true).unwrap();
    assert_eq!(pass.penalty, 0.5 * 30.0 + 0.25 * (5.0 + 3.0 * 25.0) / 4.0);
    // 2 l w is the gradient of the weights' penalty, 2 l y / n that of the outputs' penalty for each sample of the class
    let expected = dmatrix![1.0 + 0.125, 2.0 + 0.25; 3.0 + 3.0 * 0.375, 4.0 + 3.0 * 0.5];
    assert!((&pass.gradient[0] - expected).amax() < 1e-14);
}

#[test]
fn layers_that_take_classes_stand_where_classes_come() {
    let embedding = || Embedding::<f64>::new(3, 2).embeddings_initializer("he_normal");
    let built = |layers: Vec<Arc<dyn Layer<f64>>>| {
        let mut model = Sequential::with_seed(1);
        layers.into_iter().for_each(|layer| model.add(layer));
        model.build(2).map(|()| model)
    };
    let bins = |boundaries: &[f64]| shared(Discretization::default().bin_boundaries(boundaries));
    let model = built(vec![bins(&[0.0, 1.0]), shared(embedding())]).unwrap();
    let weights = &model.get_weights()[0];
    let [low, high] = [0, 2].map(|row| weights.row(row).into_owned());
    assert_eq!(model.predict(&dmatrix![-7.5, 1.0]).unwrap().as_slice(), [low.as_slice(), high.as_slice()].concat());
    let error = |layers| built(layers).unwrap_err().to_string();
    let takes = "layer `embedding` cannot take samples of shape (None, 2): it takes whole numbers from 0 to 2, but the layer before it gives";
    assert_eq!(error(vec![bins(&[0.0, 1.0, 2.0]), shared(embedding())]), format!("{takes} whole numbers up to 3"));
    assert_eq!(error(vec![shared(dense(2)), shared(embedding())]), format!("{takes} any numbers"));
    let encoding = CategoryEncoding::new(3).output_mode(OutputMode::Int);
    assert!(error(vec![shared(encoding)]).starts_with("CategoryEncoding: output_mode = Int is not allowed"));
    let one_hot = built(vec![shared(CategoryEncoding::new(3).output_mode(OutputMode::OneHot))]).unwrap();
    assert_eq!(one_hot.layers().next().unwrap().output_shape(), Some(&Shape::from([2, 3])));
    assert_eq!(one_hot.predict(&dmatrix![2.0, 0.0]).unwrap(), dmatrix![0.0, 0.0, 1.0, 1.0, 0.0, 0.0]);

    let mut wide = Sequential::<f32>::new();
    wide.add(CategoryEncoding::new((1 << 24) + 1));
    assert!(wide.build(1).unwrap_err().to_string().contains("1 to 16777216, which is how far float32 counts"));
}

#[test]
fn adapting_and_its_arguments_are_checked() {
    let says = |result: Result<String, Error>, text: &str| assert_eq!(result.unwrap_err().to_string(), text);
    let adapt = |layer: Normalization, data: &DMatrix<f64>| layer.adapt(data).map(|layer| format!("{layer:?}"));
    let empty = DMatrix::<f64>::zeros(0, 2);
    says(adapt(Normalization::default(), &empty), "data is empty: at least one row and one column are needed");
    let broken = adapt(Normalization::default(), &dmatrix![1.0, f64::NAN]);
    says(broken, "data has NaN at row 0, column 1 (counted from 0): clean or fill it, see `layercake::data`");
    let given = Normalization::default().mean([1.0]);
    says(
        adapt(given.clone(), &dmatrix![1.0]),
        "Normalization: mean = given is not allowed; expected either mean and variance, or `adapt`",
    );
    assert_refused(given, 1, "Normalization: variance = None is not allowed; expected numbers, given or from `adapt`");
    assert_refused(
        Normalization::default().mean([1.0]).variance([1.0, 2.0, 3.0]),
        2,
        "Normalization: variance = 3 numbers is not allowed; expected 2, or one for all",
    );
    assert_refused(
        Normalization::default().mean([1.0]).variance([-1.0]),
        2,
        "Normalization: variance[0] = -1 is not allowed; expected a number >= 0 and < inf",
    );
    assert_refused(
        Normalization::default().axis(2).mean([1.0]).variance([1.0]),
        2,
        "Normalization: axis = 2 is not allowed; expected -1 or 1, the last axis, or None",
    );

    let bins = |layer: Discretization, data: &DMatrix<f64>| layer.adapt(data).map(|layer| format!("{layer:?}"));
    let four = || Discretization::default().num_bins(4);
    says(bins(four(), &empty), "data is empty: at least one row and one column are needed");
    says(
        bins(Discretization::default(), &dmatrix![1.0]),
        "Discretization: num_bins = None is not allowed; expected the number of bins that `adapt` is to make",
    );
    says(bins(four().num_bins(0), &dmatrix![1.0]), "Discretization: num_bins = 0 is not allowed; expected a whole number >= 1");
    says(bins(four().epsilon(0.0), &dmatrix![1.0]), "Discretization: epsilon = 0 is not allowed; expected a number > 0 and <= 1");
    assert_refused(
        four(),
        1,
        "Discretization: bin_boundaries = None is not allowed; expected numbers in ascending order, given or from `adapt`",
    );
    assert_refused(
        Discretization::default().bin_boundaries([1.0, 0.0]),
        1,
        "Discretization: bin_boundaries = Some([1.0, 0.0]) is not allowed; expected numbers in ascending order, given or from `adapt`",
    );
}

/// A NaN inside a model stays a NaN in its outputs.
#[test]
fn what_is_not_a_number_is_not_hidden() {
    let broken = || Lambda::elementwise(|x: f64| if x > 2.0 { f64::NAN } else { x }, |_| 1.0);
    let predict = |layer: Arc<dyn Layer<f64>>| {
        let mut model = Sequential::with_seed(1);
        model.add(broken());
        model.add(layer);
        model.build(2).unwrap();
        model.predict(&dmatrix![1.0, 3.0; 1.0, 1.0]).unwrap()
    };
    let is_nan = |matrix: DMatrix<f64>| matrix.transpose().iter().map(|value| value.is_nan()).collect::<Vec<_>>();
    let flipped = || [stack(()), stack(Rescaling::new(-1.0)), stack(Lambda::elementwise(|_| 1.0, |_| 0.0))];
    assert_eq!(is_nan(predict(shared(Maximum::stacks(flipped())))), [false, true, false, false]);
    assert_eq!(is_nan(predict(shared(Minimum::stacks(flipped())))), [false, true, false, false]);
    let bins = |mode| shared(Discretization::default().bin_boundaries([0.0]).output_mode(mode));
    assert_eq!(is_nan(predict(bins(OutputMode::Int))), [false, true, false, false]);
    assert_eq!(is_nan(predict(bins(OutputMode::Count))), [true, true, false, false]);
    assert_eq!(predict(bins(OutputMode::Count)).row(1), dmatrix![0.0, 2.0].row(0));
}

/// Among equal values, the first one gets the gradient.
#[test]
fn of_equal_values_one_takes_the_gradient() {
    for layer in [shared(Maximum::stacks([stack(()), stack(())])), shared(Minimum::stacks([stack(()), stack(())]))] {
        let mut model = Sequential::with_seed(1);
        model.add(layer);
        model.build(2).unwrap();
        let upstream = dmatrix![0.5, -2.0];
        assert_eq!(layer_pass(&model, &[], &dmatrix![1.0, 1.0], &upstream, true).unwrap().input_gradient, upstream);
    }
}

#[test]
fn spectral_normalization_divides_the_kernel_by_its_largest_singular_value() {
    let x = sample(9, 4);
    let y = sample(9, 3);
    let mut model = Sequential::with_seed(1);
    model.add(SpectralNormalization::new(Dense::new(3).activation(Tanh)).power_iterations(60));
    model.compile(Sgd::default().learning_rate(0.0), "mse", ()).unwrap();
    model.build(4).unwrap();
    let before = model.get_weights();
    assert_eq!(before.iter().map(|weight| weight.shape()).collect::<Vec<_>>(), [(4, 3), (1, 3), (1, 3)]);
    assert_eq!((model.count_params(), model.summary().trainable_params()), (18, 15));
    model.train_on_batch(&x, &y).unwrap();
    let after = model.get_weights();
    let norm = before[0].singular_values().max();
    assert!((&after[0] * norm - &before[0]).amax() < 1e-9, "{} {}", after[0], &before[0] / norm);
    assert!((after[2].norm() - 1.0).abs() < 1e-12);

    // compare one step with the formula
    let (kernel, u) = (sample(4, 3), dmatrix![0.5, -1.0, 0.25]);
    let mut model = Sequential::with_seed(1);
    model.add(SpectralNormalization::new(Dense::new(3)));
    model.build(4).unwrap();
    let v = (&u * kernel.transpose()).normalize();
    let next = (&v * &kernel).normalize();
    let sigma = (&v * &kernel * next.transpose())[0];
    let weights = [kernel.clone(), dmatrix![0.1, 0.2, 0.3], u];
    let pass = layer_pass(&model, &weights, &x, &y, true).unwrap();
    let mut plain = Sequential::with_seed(1);
    plain.add(Dense::new(3));
    plain.build(4).unwrap();
    let expected = layer_pass(&plain, &[kernel / sigma, weights[1].clone()], &x, &y, true).unwrap();
    assert!((pass.outputs - expected.outputs).amax() < 1e-12);
    assert!((&pass.gradient[0] - &expected.gradient[0]).amax() < 1e-12);
    assert!((pass.input_gradient - expected.input_gradient).amax() < 1e-12);
    assert!(matches!(pass.gradient.len(), 2));

    // neither a kernel of zeros nor a frozen kernel changes
    for layer in [
        SpectralNormalization::new(Dense::new(3).kernel_initializer("zeros")).trainable(true),
        SpectralNormalization::new(Dense::new(3)).trainable(false),
        SpectralNormalization::new(Dense::new(3).trainable(false)).trainable(true),
    ] {
        let mut model = Sequential::with_seed(1);
        model.add(layer);
        model.compile(Sgd::default().learning_rate(0.0), "mse", ()).unwrap();
        model.build(4).unwrap();
        let before = model.get_weights();
        model.train_on_batch(&x, &y).unwrap();
        assert_eq!(model.get_weights(), before);
    }
    assert_refused(
        SpectralNormalization::new(Dropout::new(0.5)),
        2,
        "SpectralNormalization: layer = Dropout is not allowed; expected a layer with a `kernel` or `embeddings` and without state",
    );
}
