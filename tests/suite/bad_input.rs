//! Every mistake gets an error that says what was expected, what was found and what to do, and the model does not change.

use layercake::data::Table;
use layercake::losses;
use layercake::prelude::*;
use layercake::saving::{Registry, Spec, Value};
use layercake::{Error, Result};

fn x() -> DMatrix<f64> {
    dmatrix![0.1, 0.2; 0.3, 0.4; 0.5, 0.6; 0.7, 0.9]
}

fn y() -> DMatrix<f64> {
    dmatrix![0.0; 1.0; 0.0; 1.0]
}

/// A compiled model of two inputs and one probability.
fn model() -> Sequential<f64> {
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(3).activation(Tanh));
    model.add(Dense::new(1).activation(Sigmoid));
    model.compile(Sgd::default(), "binary_crossentropy", "accuracy").unwrap();
    model
}

/// A compiled model of two inputs and three classes.
fn classifier(loss: &str) -> Sequential<f64> {
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(3).activation(Softmax));
    model.compile(Sgd::default(), loss, "accuracy").unwrap();
    model
}

/// Asserts that the text of the error contains these words, in this order.
#[track_caller]
fn assert_says<R: std::fmt::Debug>(result: Result<R>, words: &[&str]) {
    let text = result.unwrap_err().to_string();
    let mut rest = text.as_str();
    for word in words {
        match rest.find(word) {
            Some(place) => rest = &rest[place + word.len()..],
            None => panic!("`{word}` is missing in: {text}"),
        }
    }
}

/// Asserts that `fit` fails with this error, changes no weight, and leaves a model that can be trained.
#[track_caller]
fn assert_refused(
    mut model: Sequential<f64>,
    x_bad: &DMatrix<f64>,
    y_bad: &DMatrix<f64>,
    options: FitOptions<'_, f64>,
    words: &[&str],
) {
    let before = model.get_weights();
    assert_says(model.fit(x_bad, y_bad, options), words);
    assert_eq!(model.get_weights(), before, "a refused fit changes nothing");
    assert_eq!(model.iterations(), 0);
    if model.get_weights().is_empty() {
        model.build(2).unwrap();
    }
    let targets = if model.get_weights().last().unwrap().len() == 3 { dmatrix![0.0; 1.0; 2.0; 0.0] } else { y() };
    model.compile(Sgd::default(), if targets.max() > 1.0 { "sparse_categorical_crossentropy" } else { "mse" }, ()).unwrap();
    model.fit(&x(), &targets, FitOptions::new()).unwrap();
}

fn plain<'a>() -> FitOptions<'a, f64> {
    FitOptions::new()
}

#[test]
fn every_door_that_needs_compile_says_so() {
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(1));
    assert_says(model.fit(&x(), &y(), plain()), &["not compiled", "call `compile(optimizer, loss, metrics)` before `fit`"]);
    assert_says(model.evaluate(&x(), &y()), &["not compiled", "before `evaluate`"]);
    assert_says(model.train_on_batch(&x(), &y()), &["not compiled", "before `train_on_batch`"]);
    assert_says(model.set_learning_rate(0.1), &["not compiled"]);
    model.compile("sgd", "mse", ()).unwrap();
    model.fit(&x(), &y(), plain()).unwrap();
    model.set_trainable("dense", false).unwrap();
    assert_says(model.fit(&x(), &y(), plain()), &["not compiled", "a layer was frozen or thawed since"]);
    model.compile("sgd", "mse", ()).unwrap();
    model.add(Dense::new(1));
    assert_says(model.fit(&x(), &y(), plain()), &["not compiled", "a layer was added since"]);
}

#[test]
fn a_model_that_is_not_built_says_so() {
    let mut model = Sequential::<f64>::with_seed(1);
    assert_says(model.predict(&x()), &["no layers", "model.add(Dense::new(1))"]);
    assert_says(model.build(2), &["no layers"]);
    model.add(Dense::new(1));
    assert_says(model.predict(&x()), &["not built", "`Input`", "`build(inputs)`", "before `predict`"]);
    assert_says(model.set_weights(&[]), &["not built", "before `set_weights`"]);
    model.compile("sgd", "mse", ()).unwrap();
    assert_says(model.evaluate(&x(), &y()), &["not built"]);
    model.build(2).unwrap();
    assert_says(model.build(3), &["input shape = (None, 3)", "(None, 2), which the model has already"]);
    assert_says(Sequential::<f64>::with_seed(1).evaluate(&x(), &y()), &["not compiled"]);
}

#[test]
fn rows_that_do_not_match_are_counted() {
    assert_refused(model(), &x(), &dmatrix![0.0; 1.0], plain(), &["x has 4 rows, but y has 2", "one row per sample"]);
    assert_refused(model(), &x(), &y(), plain().sample_weight(&[1.0]), &["sample_weight has 1 rows, but y has 4"]);
    let (x_val, y_val) = (x(), dmatrix![1.0]);
    assert_refused(
        model(),
        &x(),
        &y(),
        plain().validation_data(&x_val, &y_val),
        &["validation x has 4 rows, but validation y has 1"],
    );
}

#[test]
fn another_width_is_named_and_a_transposed_matrix_recognised() {
    let mut built = model();
    built.build(2).unwrap();
    let wide = dmatrix![1.0, 2.0, 3.0; 4.0, 5.0, 6.0; 7.0, 8.0, 9.0; 1.0, 1.0, 1.0];
    assert_refused(built.clone(), &wide, &y(), plain(), &["x has 4 rows and 3 columns, but the model takes 2 columns"]);
    assert_refused(
        built.clone(),
        &x().transpose(),
        &y(),
        plain(),
        &["x has 2 rows and 4 columns", "looks transposed", "x.transpose()"],
    );
    assert_refused(
        model(),
        &x().transpose(),
        &y(),
        plain(),
        &["x has 2 rows, but y has 4", "may be transposed", "x.transpose()"],
    );
    assert_says(built.predict(&x().transpose()), &["x has 2 rows and 4 columns", "takes 2 columns", "looks transposed"]);
    assert_says(built.evaluate(&wide, &y()), &["x has 4 rows and 3 columns"]);
    let y_val = y();
    assert_refused(built, &x(), &y(), plain().validation_data(&wide, &y_val), &["validation x has 4 rows and 3 columns"]);
}

#[test]
fn empty_data_are_refused() {
    let none = DMatrix::<f64>::zeros(0, 2);
    assert_refused(model(), &none, &DMatrix::zeros(0, 1), plain(), &["x is empty", "at least one row"]);
    assert_refused(model(), &DMatrix::zeros(4, 0), &y(), plain(), &["x is empty"]);
    assert_refused(model(), &x(), &DMatrix::zeros(4, 0), plain(), &["y is empty"]);
    let mut built = model();
    built.build(2).unwrap();
    assert_says(built.predict(&none), &["x is empty"]);
    assert_says(built.predict_on_batch(&none), &["x is empty"]);
    assert_says(built.test_on_batch(&none, &DMatrix::zeros(0, 1)), &["x is empty"]);
    assert_says(built.build(0), &["input shape = (None, 0)"]);
    assert_says(Sequential::<f64>::clone(&model()).build(0), &["shape = (None, 0)", "at least one value"]);
}

#[test]
fn nan_and_infinity_are_found_by_row_and_column() {
    let mut x_bad = x();
    x_bad[(2, 1)] = f64::NAN;
    assert_refused(model(), &x_bad, &y(), plain(), &["x has NaN at row 2, column 1", "clean or fill"]);
    x_bad[(2, 1)] = f64::NEG_INFINITY;
    assert_refused(model(), &x_bad, &y(), plain(), &["x has -inf at row 2, column 1"]);
    let mut y_bad = y();
    y_bad[3] = f64::INFINITY;
    assert_refused(model(), &x(), &y_bad, plain(), &["y has inf at row 3, column 0"]);
    assert_refused(model(), &x(), &y(), plain().sample_weight(&[1.0, f64::NAN, 1.0, 1.0]), &["sample_weight has NaN at row 1"]);
    let mut built = model();
    built.build(2).unwrap();
    assert_says(built.predict(&x_bad), &["x has -inf at row 2, column 1"]);
    let mut weights = built.get_weights();
    weights[2][(1, 0)] = f64::NAN;
    let before = built.get_weights();
    assert_says(built.set_weights(&weights), &["weight 2 (`kernel`): expected finite numbers, found NaN at row 1, column 0"]);
    assert_eq!(built.get_weights(), before);
}

/// No activation turns a NaN, for example from diverged weights, into a number.
#[test]
fn no_activation_turns_nan_into_a_number() {
    let registry = Registry::<f64>::default();
    let shape = layercake::Shape::from(4);
    for name in registry.activations.names() {
        let activation = registry.part::<dyn Activation<f64>>(&Spec::named(name)).unwrap();
        let mut values = [0.5, f64::NAN, -0.5, 0.1];
        activation.apply(layercake::BatchMut::new(&shape, &mut values));
        assert!(values[1].is_nan(), "{name}(NaN) is {}", values[1]);
    }
    let mut damped = [f64::NAN];
    let relu = Relu.negative_slope(0.1).max_value(2.0).threshold(0.5);
    relu.apply(layercake::BatchMut::new(&layercake::Shape::from(1), &mut damped));
    assert!(damped[0].is_nan());
}

#[test]
fn labels_are_whole_numbers_within_the_classes() {
    let sparse = || classifier("sparse_categorical_crossentropy");
    let bad = dmatrix![0.0; 1.0; 3.0; 2.0];
    assert_refused(
        sparse(),
        &x(),
        &bad,
        plain(),
        &["SparseCategoricalCrossentropy: target 3 at row 2", "a whole number from 0 to 2"],
    );
    let bad = dmatrix![0.0; 1.0; 0.5; 2.0];
    assert_refused(sparse(), &x(), &bad, plain(), &["target 0.5 at row 2", "a whole number from 0 to 2"]);
    let bad = dmatrix![0.0; 1.0; -1.0; 2.0];
    assert_refused(sparse(), &x(), &bad, plain(), &["target -1 at row 2"]);
    assert_says(sparse().fit(&x(), &[0, 1, 2, 7], plain()), &["target 7 at row 3"]);
    let bad = dmatrix![0.0; 1.0; 2.0; 1.0];
    assert_refused(model(), &x(), &bad, plain(), &["BinaryCrossentropy: target 2 at row 2 of y", "0, 1, or a probability"]);
    // the error counts the rows of the caller's data
    let bad = dmatrix![0.0; 1.0; 1.0; 2.0];
    assert_refused(model(), &x(), &bad, plain().validation_split(0.25), &["target 2 at row 3 of y"]);
    let x_val = x();
    assert_refused(model(), &x(), &y(), plain().validation_data(&x_val, &bad), &["target 2 at row 3 of validation y"]);
}

#[test]
fn targets_must_fit_the_outputs_and_the_loss() {
    let one_hot = dmatrix![1.0, 0.0, 0.0; 0.0, 1.0, 0.0; 0.0, 0.0, 1.0; 1.0, 0.0, 0.0];
    let labels = dmatrix![0.0; 1.0; 2.0; 0.0];
    let sparse = || classifier("sparse_categorical_crossentropy");
    let dense = || classifier("categorical_crossentropy");
    assert_refused(
        sparse(),
        &x(),
        &one_hot,
        plain(),
        &["the targets have 3 column(s) and the model has 3 output(s)", "without `Sparse`"],
    );
    assert_refused(
        dense(),
        &x(),
        &labels,
        plain(),
        &["have 1 column(s)", "3 output(s)", "`SparseCategoricalCrossentropy`", "one-hot"],
    );
    assert_refused(model(), &x(), &one_hot, plain(), &["have 3 column(s)", "1 output(s)", "give the last layer 3 unit(s)"]);
    let mut metric = model();
    metric.compile("sgd", "binary_crossentropy", CategoricalAccuracy).unwrap();
    assert_says(metric.fit(&x(), &y(), plain()), &["CategoricalAccuracy: outputs = 1", "use `BinaryAccuracy`"]);
    let mut metric = sparse();
    metric.compile("sgd", "sparse_categorical_crossentropy", CategoricalAccuracy).unwrap();
    assert_says(metric.fit(&x(), &labels, plain()), &["CategoricalAccuracy", "`SparseCategoricalAccuracy` or \"accuracy\""]);
    // targets with several classes in one sample are refused
    let mut several = Sequential::with_seed(1);
    several.add(Input::new([2, 1]));
    several.add(Dense::new(3).activation(Softmax));
    for loss in ["categorical_crossentropy", "sparse_categorical_crossentropy"] {
        several.compile("sgd", loss, ()).unwrap();
        assert_says(several.fit(&x(), &labels, plain()), &["outputs = (None, 2, 3)", "samples with one axis"]);
    }
}

#[test]
fn a_last_activation_that_makes_no_sense_under_the_loss_is_refused() {
    let mut one_unit = Sequential::with_seed(1);
    one_unit.add(Dense::new(1).activation(Softmax));
    one_unit.compile("sgd", "mse", ()).unwrap();
    assert_says(one_unit.fit(&x(), &y(), plain()), &["Softmax: units = 1", "use `Sigmoid`"]);
    for loss in ["categorical_crossentropy", "sparse_categorical_crossentropy"] {
        let mut one_unit = model();
        one_unit.compile("sgd", loss, ()).unwrap();
        assert_says(one_unit.fit(&x(), &y(), plain()), &["Crossentropy: outputs = 1", "`Sigmoid` and `BinaryCrossentropy`"]);
    }
    let mut twice = model();
    twice.compile("sgd", BinaryCrossentropy::default().from_logits(true), ()).unwrap();
    assert_says(
        twice.fit(&x(), &y(), plain()),
        &["BinaryCrossentropy: from_logits = true", "`sigmoid`", "remove that activation"],
    );
}

#[test]
fn arguments_outside_their_range_are_named_with_it() {
    let mut model = model();
    model.build(2).unwrap();
    let before = model.get_weights();
    assert_says(model.compile(Sgd::default().learning_rate(-0.1), "mse", ()), &["SGD: learning_rate = -0.1", "a number >= 0"]);
    assert_says(model.compile(Adam::default().learning_rate(f64::NAN), "mse", ()), &["Adam: learning_rate = NaN"]);
    assert_says(model.compile(Adam::default().learning_rate(f64::INFINITY), "mse", ()), &["Adam: learning_rate = inf"]);
    assert_says(model.compile(Adam::default().beta_1(1.0), "mse", ()), &["Adam: beta_1 = 1", ">= 0 and < 1"]);
    assert_says(model.compile(Sgd::default().momentum(1.5), "mse", ()), &["SGD: momentum = 1.5", ">= 0 and <= 1"]);
    let smoothed = BinaryCrossentropy::default().label_smoothing(1.5);
    assert_says(model.compile("sgd", smoothed, ()), &["BinaryCrossentropy: label_smoothing = 1.5", ">= 0 and <= 1"]);
    assert_says(model.compile("sgd", "mse", BinaryAccuracy::default().threshold(f64::NAN)), &["BinaryAccuracy: threshold = NaN"]);
    assert_says(model.set_learning_rate(f64::NAN), &["learning_rate = NaN"]);
    model.fit(&x(), &y(), plain()).unwrap();
    assert_ne!(model.get_weights(), before, "the model still has what it was compiled with");

    let built = |layer: layercake::layers::LayerEntry<f64>| {
        let mut model = Sequential::with_seed(1);
        model.add(layer);
        model.build(2)
    };
    assert_says(built(Dropout::new(1.0).name("d")), &["Dropout: rate = 1", ">= 0 and < 1"]);
    assert_says(built(Dropout::new(-0.1).name("d")), &["Dropout: rate = -0.1"]);
    assert_says(built(Dropout::new(f64::NAN).name("d")), &["Dropout: rate = NaN"]);
    assert_says(built(Dense::new(0).name("d")), &["Dense: units = 0", "a whole number >= 1"]);
    assert_says(built(Dense::new(usize::MAX).name("d")), &["Dense: output = 18446744073709551615", "1 to 1073741824 values"]);
    assert_says(built(Dense::new(1).kernel_regularizer(L2::new(-1.0)).name("d")), &["L2: l2 = -1"]);
    assert_says(built(Dense::new(1).activation(Relu.max_value(-1.0)).name("d")), &["relu: max_value = -1"]);
    let bounds = MinMaxNorm::new(2.0, 1.0);
    assert_says(built(Dense::new(1).kernel_constraint(bounds).name("d")), &["MinMaxNorm: max_value = 1", ">= 2"]);
    assert_says(built(Dense::new(1).bias_constraint(UnitNorm::default().axis(1)).name("d")), &["UnitNorm: axis = 1"]);
}

#[test]
fn layers_say_which_argument_or_shape_they_cannot_take() {
    let built = |layer: std::sync::Arc<dyn Layer<f64>>, shape: &[usize]| {
        let mut model = Sequential::with_seed(1);
        model.add(layer);
        model.build(shape)
    };
    macro_rules! refused {
        ($layer:expr, $shape:expr, $($part:expr),+) => {
            assert_says(built(std::sync::Arc::new($layer), &$shape), &[$($part),+])
        };
    }
    refused!(BatchNormalization::default().momentum(1.5), [2], "BatchNormalization: momentum = 1.5", "<= 1");
    refused!(BatchNormalization::default().epsilon(-1.0), [2], "BatchNormalization: epsilon = -1");
    refused!(BatchNormalization::default().gamma_regularizer(L2::new(-1.0)), [2], "L2: l2 = -1");
    refused!(BatchNormalization::default().moving_mean_initializer("zeroes"), [2], "did you mean `Zeros`?");
    refused!(LayerNormalization::default().epsilon(f64::NAN), [2], "LayerNormalization: epsilon = NaN");
    refused!(RmsNormalization::default().epsilon(f64::INFINITY), [2], "RMSNormalization: epsilon = inf");
    for groups in [0, 4, 12, i64::MAX] {
        refused!(
            GroupNormalization::new(groups),
            [6],
            "GroupNormalization: groups",
            "-1 or a number that divides the 6 channels"
        );
    }
    refused!(GroupNormalization::new(-2), [6], "GroupNormalization: groups = -2", ">= -1");
    refused!(AlphaDropout::new(1.0), [2], "AlphaDropout: rate = 1", "< 1");
    refused!(GaussianDropout::new(1.0), [2], "GaussianDropout: rate = 1", "< 1");
    refused!(GaussianNoise::new(-0.1), [2], "GaussianNoise: stddev = -0.1");
    refused!(ActivityRegularization::new(-1.0, 0.0), [2], "ActivityRegularization: l1 = -1");
    refused!(Dense::new(2).activity_regularizer(L1::new(-1.0)), [2], "L1: l1 = -1");
    refused!(PRelu::default().shared_axes([2]), [2], "PReLU: shared_axes = 2", "1 to 1");
    refused!(PRelu::default().shared_axes([0]), [2], "PReLU: shared_axes = 0", ">= 1");
    refused!(layers::Relu::default().max_value(-1.0), [2], "ReLU: max_value = -1");
    refused!(layers::Softmax::default(), [1], "Softmax", "at least 2");
    for target in [vec![4], vec![0, -1], vec![-1, -1, 6], vec![i64::MAX, 2], vec![]] {
        refused!(Reshape::new(target), [6], "Reshape: target_shape", "a shape of 6 values");
    }
    refused!(Reshape::new([-3, 2]), [6], "Reshape: target_shape = -3");
    for dims in [vec![1], vec![1, 1], vec![1, 3], vec![2, 1, 3], vec![]] {
        refused!(Permute::new(dims), [2, 3], "Permute: dims", "each of the axes 1 to 2");
    }
    refused!(RepeatVector::new(0), [2], "RepeatVector: n = 0");
    refused!(RepeatVector::new(2), [2, 3], "layer `repeat_vector` cannot take samples of shape (None, 2, 3)", "one axis");
    refused!(RepeatVector::new(usize::MAX), [2], "RepeatVector: output");
}

#[test]
fn arguments_of_activations_and_initializers_have_ranges_and_shapes() {
    fn built<L: Layer<f64>>(layer: L) -> Result<()> {
        let mut model = Sequential::with_seed(1);
        model.add(layer);
        model.build(3)
    }
    let activated = |activation: &dyn Fn(Dense<f64>) -> Dense<f64>| built(activation(Dense::new(2)));
    assert_says(activated(&|d| d.activation(Celu.alpha(0.0))), &["celu: alpha = 0", "> 0"]);
    assert_says(activated(&|d| d.activation(Elu.alpha(-1.0))), &["elu: alpha = -1", ">= 0"]);
    assert_says(activated(&|d| d.activation(LeakyRelu.negative_slope(-0.1))), &["leaky_relu: negative_slope = -0.1"]);
    assert_says(activated(&|d| d.activation(Squareplus.b(0.0))), &["squareplus: b = 0", "> 0"]);
    assert_says(activated(&|d| d.activation(SoftShrink.threshold(-1.0))), &["soft_shrink: threshold = -1"]);
    assert_says(activated(&|d| d.activation(HardShrink.threshold(f64::NAN))), &["hard_shrink: threshold = NaN"]);
    assert_says(activated(&|d| d.activation(Threshold::new(f64::INFINITY, 0.0))), &["threshold: threshold = inf"]);
    assert_says(built(layers::Activation::new(Glu)), &["Glu: units = 3", "an even number"]);
    assert_says(built(Dense::new(1).activation(LogSoftmax)), &["LogSoftmax: units = 1", "use `Sigmoid`"]);
    assert_says(built(Dense::new(1).activation(Sparsemax)), &["Sparsemax: units = 1"]);

    let started = |layer: &dyn Fn(Dense<f64>) -> Dense<f64>| built(layer(Dense::new(2)));
    assert_says(started(&|d| d.bias_initializer(Identity)), &["Identity: shape = [2]", "two axes"]);
    assert_says(started(&|d| d.bias_initializer(Orthogonal)), &["Orthogonal: shape = [2]", "at least two axes"]);
    assert_says(started(&|d| d.kernel_initializer(Constant::new(f64::NAN))), &["Constant: value = NaN"]);
    assert_says(started(&|d| d.kernel_initializer(RandomNormal.stddev(-1.0))), &["RandomNormal: stddev = -1"]);
    assert_says(started(&|d| d.kernel_initializer(RandomUniform.minval(1.0))), &["RandomUniform: maxval = 0.05", ">= 1"]);
    assert_says(started(&|d| d.kernel_initializer(VarianceScaling::default().scale(0.0))), &["scale = 0", "> 0"]);
    assert_says(started(&|d| d.kernel_initializer(HeNormal.input_axes([0]))), &["output_axes = None", "the other is set"]);
    let beyond = HeNormal.input_axes([0]).output_axes([1, 2]);
    assert_says(started(&|d| d.kernel_initializer(beyond.clone())), &["output_axes = 2", "axes below 2"]);
    assert!(started(&|d| d.kernel_initializer(HeNormal.input_axes([1]).output_axes([0]))).is_ok());

    let pushed = OrthogonalRegularizer::default();
    assert_says(started(&|d| d.bias_regularizer(pushed)), &["OrthogonalRegularizer: shape = [2]", "two axes"]);
    let columns = pushed.mode(OrthogonalMode::Columns);
    assert_says(built(Dense::new(1).kernel_regularizer(columns)), &["shape = [3, 1]", "with several rows or columns"]);

    let registry = Registry::<f64>::default();
    let along = |axis| registry.part::<dyn Activation<f64>>(&Spec::named("softmax").with("axis", Value::Int(axis)));
    assert!(along(-1).is_ok());
    assert_says(along(0), &["softmax: axis = 0", "-1, the last axis"]);
}

/// An activation that claims more outputs than it has pre-activations.
#[derive(Debug, Clone)]
struct Wider;

impl layercake::saving::Describe for Wider {}

impl Activation<f64> for Wider {
    fn apply(&self, _: layercake::BatchMut<'_, f64>) {}
    fn backprop(&self, _: layercake::Batch<'_, f64>, _: layercake::BatchMut<'_, f64>) {}
    fn output(&self, sums: &layercake::Shape) -> Result<layercake::Shape> {
        Ok(sums.with_last(2 * sums.last()))
    }
}

#[test]
fn an_activation_cannot_be_wider_than_its_inputs() {
    let mut model = Sequential::<f64>::new();
    model.add(Dense::new(3).activation(Wider));
    assert_says(model.build(2), &["Wider: outputs = 6", "at most 3, the width of the pre-activations"]);
    assert_says(layercake::check::activation(&Wider, &x()), &["Wider: outputs = 4"]);
}

#[test]
fn weights_of_samples_and_classes_are_not_negative() {
    let weights = [1.0, -0.5, 1.0, 1.0];
    assert_refused(model(), &x(), &y(), plain().sample_weight(&weights), &["sample_weight[1]", "weight = -0.5", "a number >= 0"]);
    assert_refused(model(), &x(), &y(), plain().class_weight([(1, -2.0)]), &["class_weight of class 1 = -2", ">= 0"]);
    assert_refused(model(), &x(), &y(), plain().class_weight([(0, f64::NAN)]), &["class_weight of class 0 = NaN"]);
}

#[test]
fn options_outside_their_range_are_refused() {
    assert_refused(model(), &x(), &y(), plain().batch_size(0), &["FitOptions: batch_size = 0", ">= 1"]);
    assert_refused(model(), &x(), &y(), plain().validation_batch_size(0), &["validation_batch_size = 0"]);
    assert_refused(model(), &x(), &y(), plain().validation_freq(0), &["validation_freq = 0"]);
    for share in [0.0, 1.0, -0.5, 1.5, f64::NAN] {
        assert_refused(model(), &x(), &y(), plain().validation_split(share), &["validation_split = ", "a number > 0 and < 1"]);
    }
    for share in [0.99, 1e-20] {
        assert_refused(
            model(),
            &x(),
            &y(),
            plain().validation_split(share),
            &["validation_split = ", "at least one of the 4 rows on each side"],
        );
    }
    let alone = plain().validation_sample_weight(&[1.0]);
    assert_refused(model(), &x(), &y(), alone, &["validation_sample_weight", "validation_data beside it"]);
    let mut built = model();
    built.build(2).unwrap();
    assert_says(built.evaluate_with(&x(), &y(), EvaluateOptions::new().batch_size(0)), &["EvaluateOptions: batch_size = 0"]);
    // a batch larger than the data is allowed
    built.fit(&x(), &y(), plain().batch_size(usize::MAX)).unwrap();
    built.evaluate_with(&x(), &y(), EvaluateOptions::new().batch_size(usize::MAX)).unwrap();
}

#[test]
fn a_name_that_no_part_has_offers_the_closest() {
    let mut model = model();
    assert_says(model.compile("adma", "mse", ()), &["no optimizer named `adma`", "did you mean `Adam`?"]);
    assert_says(
        model.compile("adam", "mean_sqared_error", ()),
        &["no loss named `mean_sqared_error`", "did you mean `MeanSquaredError`?"],
    );
    assert_says(model.compile("adam", "mse", "acuracy"), &["no metric named `acuracy`", "did you mean `Accuracy`?"]);
    let built = |layer: Dense<f64>| {
        let mut model = Sequential::with_seed(1);
        model.add(layer);
        model.build(2)
    };
    assert_says(built(Dense::new(1).activation("rleu")), &["no activation named `rleu`", "did you mean `relu`?"]);
    assert_says(built(Dense::new(1).kernel_initializer("he_norml")), &["no initializer named `he_norml`", "`HeNormal`"]);
    assert_says(built(Dense::new(1).kernel_regularizer("l3")), &["no regularizer named `l3`", "did you mean `L1`?"]);
    assert_says(built(Dense::new(1).kernel_constraint("maxnrm")), &["no constraint named `maxnrm`", "`MaxNorm`"]);
    let registry = Registry::<f64>::default();
    let unknown = Spec::named("Adam").with("beta1", Value::Float(0.9));
    assert_says(registry.part::<dyn Optimizer<f64>>(&unknown), &["Adam has no argument `beta1`", "did you mean `beta_1`?"]);
    let wrong = Spec::named("Adam").with("beta_1", Value::Text("high".to_string()));
    assert_says(registry.part::<dyn Optimizer<f64>>(&wrong), &["Adam: beta_1 = \"high\"", "a number"]);
    model.fit(&x(), &y(), plain()).unwrap();
}

#[test]
fn layers_are_found_by_name() {
    let mut model = model();
    assert_says(model.get_layer("dens"), &["no layer `dens`", "`dense`, `dense_1`"]);
    assert_says(model.set_trainable("dens", false), &["no layer `dens`"]);
    model.add(Dense::new(1).name("dense"));
    assert_says(model.build(2), &["two layers are named `dense`"]);
    assert!(model.pop());
    model.build(2).unwrap();
    assert!(!Sequential::<f64>::new().pop());
}

#[test]
fn weights_of_another_shape_are_refused() {
    let mut model = model();
    model.build(2).unwrap();
    let mut weights = model.get_weights();
    weights[1] = DMatrix::zeros(3, 1);
    assert_says(model.set_weights(&weights), &["weight 1 (`bias`)", "expected 1 x 3, found 3 x 1"]);
    assert_says(model.set_weights(&weights[..2]), &["expected 4 matrices, found 2"]);
}

#[test]
fn a_series_that_is_not_logged_is_named_with_those_that_are() {
    let stop = EarlyStopping::new("val_loss");
    let words = ["EarlyStopping monitors `val_loss`", "available: `loss`, `accuracy`"];
    let mut built = model();
    built.build(2).unwrap();
    assert_refused(built, &x(), &y(), plain().callback(stop), &words);
    let blind = metric_fn("blind", |_: &[f64], _| 1.0);
    let mut model = model();
    model.compile("sgd", "mse", blind).unwrap();
    let words = ["EarlyStopping: direction = none", "`direction(Direction::Up)`", "`blind`"];
    assert_says(model.fit(&x(), &y(), plain().callback(EarlyStopping::new("blind"))), &words);
    let told = EarlyStopping::new("blind").direction(Direction::Up);
    model.fit(&x(), &y(), plain().callback(told)).unwrap();
    assert_says(model.fit(&x(), &y(), plain().callback(EarlyStopping::new("loss").min_delta(-1.0))), &["min_delta = -1"]);
}

#[test]
fn an_error_of_a_callback_ends_the_training_with_the_weights_reached() {
    let mut model = model();
    model.build(2).unwrap();
    let before = model.get_weights();
    let mut epochs = 0;
    let fails = on_epoch_end(|run| {
        epochs += 1;
        if run.epoch() == 2 { Err(Error::callback("the disk is full")) } else { Ok(()) }
    });
    let result = model.fit(&x(), &y(), plain().epochs(10).callback(fails));
    assert_says(result, &["a callback stopped the training: the disk is full"]);
    assert_eq!((epochs, model.iterations()), (3, 3));
    assert_ne!(model.get_weights(), before);
    model.fit(&x(), &y(), plain()).unwrap();
}

#[test]
fn a_table_names_the_line_of_what_is_wrong() {
    let read = |text: &str| Table::from_reader(text.as_bytes());
    assert_says(read("a,b\n1,2\n3\n"), &["line 3"]);
    let table = read("a,b\n1,2\n3,x\n").unwrap();
    assert_says(table.features::<f64>(&["a", "c"]), &["no column `c`", "`a`, `b`"]);
    assert_says(table.features::<f64>(&["a", "b"]), &["column `b`, line 3", "`x`", "a finite number"]);
}

#[test]
fn a_refused_build_or_input_leaves_what_was_there() {
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(3));
    model.add(Dropout::new(2.0));
    assert_says(model.build(5), &["Dropout: rate = 2"]);
    model.pop();
    model.build(2).unwrap();
    let weights = model.get_weights();
    model.add(Input::new(2));
    assert_eq!(model.get_weights(), weights, "the same width again is no news");
    model.compile("sgd", "mse", ()).unwrap();
    model.add(Input::new(2));
    model.evaluate(&x(), &DMatrix::zeros(4, 3)).unwrap();
    model.add(Input::new(3));
    assert_eq!(model.get_weights(), weights);
    assert_says(model.predict(&x()), &["Input: shape = (None, 3)", "(None, 2), for which the model has weights"]);
    model.add(Input::new(2));
    model.predict(&x()).unwrap();
}

/// A layer whose plan has these sizes.
#[derive(Debug, Clone)]
struct Odd {
    width: usize,
    scratch: usize,
    param: Vec<usize>,
}

impl layercake::saving::Describe for Odd {}

impl Layer<f64> for Odd {
    fn plan(&self, _inputs: &[layercake::Shape]) -> Result<layercake::layers::Plan<f64>> {
        let options = layercake::layers::WeightOptions::new(Zeros);
        let param = layercake::layers::Param::new("w", self.param.clone(), &options)?;
        Ok(layercake::layers::Plan::new(self.width).scratch(self.scratch).param(param))
    }
    fn infer(&self, _: layercake::layers::Infer<'_, f64>) {}
    fn backward(&self, _: &mut layercake::layers::Backward<'_, f64>) {}
}

#[test]
fn sizes_that_cannot_be_are_refused() {
    let built = |width, scratch, param: &[usize]| {
        let mut model = Sequential::with_seed(1);
        model.add(Odd { width, scratch, param: param.to_vec() });
        model.add(Dense::new(1));
        model.build(2)
    };
    built(1, 0, &[2]).unwrap();
    assert_says(built(0, 0, &[2]), &["Odd: output = 0", "1 to "]);
    assert_says(built(1, usize::MAX, &[2]), &["Odd: scratch = "]);
    assert_says(built(1, 0, &[usize::MAX, 2]), &["Odd, w: shape = ", "fits in memory"]);
    assert_says(built(1, 0, &[1 << 58]), &["Odd, w: shape = ", "fits in memory"]);
    let mut model = Sequential::<f64>::with_seed(1);
    model.add(Dense::new(1 << 29));
    model.add(Dense::new(1 << 29));
    assert_says(model.build(1 << 20), &["shape = ", "fits in memory"]);
    let split = layercake::data::SplitOptions::new();
    assert_says(split.split(usize::MAX), &["rows"]);
}

#[test]
fn names_of_metrics_are_as_given_and_never_shadow_another() {
    let logged = |model: &Sequential<f64>| -> Vec<String> {
        model.evaluate(&x(), &y()).unwrap().iter().map(|(name, _)| name.to_string()).collect()
    };
    let mut model = model();
    model.build(2).unwrap();
    let zero = |name: &str| metric_fn(name, |_: &[f64], _| 0.0);
    model.compile("sgd", "mse", (weighted("accuracy"), "accuracy", "MSE", zero("R2"), weighted("accuracy"))).unwrap();
    assert_eq!(logged(&model), ["loss", "accuracy", "MSE", "R2", "weighted_accuracy", "weighted_accuracy_1"]);
    model.compile("sgd", "mse", [MeanBox::boxed("mae"), MeanBox::boxed("mse")].to_vec()).unwrap();
    assert_eq!(logged(&model), ["loss", "mean_absolute_error", "mean_squared_error"]);
    for name in ["loss", "val_loss"] {
        model.compile("sgd", "mse", zero(name)).unwrap();
        assert_says(model.evaluate(&x(), &y()), &["metric: name = ", name, "not `loss`"]);
    }
}

/// Makes a metric as a shared pointer.
struct MeanBox;

impl MeanBox {
    fn boxed(name: &str) -> std::sync::Arc<dyn Metric<f64>> {
        Registry::<f64>::default().part(&Spec::named(name)).unwrap()
    }
}

#[test]
fn arguments_of_losses_outside_their_range_are_named_with_it() {
    let refused: [(&dyn Loss<f64>, &str); 19] = [
        (&Huber::default().delta(0.0), "Huber: delta = 0 is not allowed; expected a number > 0 and < inf"),
        (&Huber::default().delta(f64::NAN), "Huber: delta = NaN is not allowed; expected a number > 0 and < inf"),
        (
            &CategoricalGeneralizedCrossEntropy::default().q(1.0),
            "CategoricalGeneralizedCrossEntropy: q = 1 is not allowed; expected a number > 0 and < 1",
        ),
        (
            &CategoricalGeneralizedCrossEntropy::default().q(0.0),
            "CategoricalGeneralizedCrossEntropy: q = 0 is not allowed; expected a number > 0 and < 1",
        ),
        (
            &BinaryFocalCrossentropy::default().gamma(-1.0),
            "BinaryFocalCrossentropy: gamma = -1 is not allowed; expected a number >= 0 and < inf",
        ),
        (
            &BinaryFocalCrossentropy::default().alpha(1.5),
            "BinaryFocalCrossentropy: alpha = 1.5 is not allowed; expected a number >= 0 and <= 1",
        ),
        (
            &BinaryFocalCrossentropy::default().label_smoothing(-0.1),
            "BinaryFocalCrossentropy: label_smoothing = -0.1 is not allowed; expected a number >= 0 and <= 1",
        ),
        (
            &CategoricalFocalCrossentropy::default().gamma(f64::INFINITY),
            "CategoricalFocalCrossentropy: gamma = inf is not allowed; expected a number >= 0 and < inf",
        ),
        (
            &CategoricalFocalCrossentropy::default().alpha(-0.25),
            "CategoricalFocalCrossentropy: alpha = -0.25 is not allowed; expected a number >= 0 and < inf",
        ),
        (
            &CategoricalCrossentropy::default().label_smoothing(2.0),
            "CategoricalCrossentropy: label_smoothing = 2 is not allowed; expected a number >= 0 and <= 1",
        ),
        (
            &CosineSimilarity::default().axis(2),
            "CosineSimilarity: axis = 2 is not allowed; expected a whole number >= -1 and <= 1",
        ),
        (&Dice::default().axis(-2), "Dice: axis = -2 is not allowed; expected a whole number >= -1 and <= 1"),
        (&Tversky::default().axis(2), "Tversky: axis = 2 is not allowed; expected a whole number >= -1 and <= 1"),
        (&Tversky::default().alpha(-0.5), "Tversky: alpha = -0.5 is not allowed; expected a number >= 0 and < inf"),
        (&Tversky::default().beta(f64::NAN), "Tversky: beta = NaN is not allowed; expected a number >= 0 and < inf"),
        (&Circle::default().gamma(0.0), "Circle: gamma = 0 is not allowed; expected a number > 0 and < inf"),
        (&Circle::default().margin(-0.1), "Circle: margin = -0.1 is not allowed; expected a number >= 0 and <= 1"),
        (&Circle::default().margin(1.1), "Circle: margin = 1.1 is not allowed; expected a number >= 0 and <= 1"),
        (
            &Poisson::default().reduction(Reduction::None),
            "Poisson: reduction = \"none\" is not allowed; expected a reduction to one number; \
             `losses::losses_and_gradient` gives the loss of each sample",
        ),
    ];
    for (loss, text) in refused {
        let told = losses::value_and_gradient(loss, &y(), &y(), None).unwrap_err().to_string();
        assert_eq!(told, text);
        let by_spec: std::sync::Arc<dyn Loss<f64>> = match Registry::<f64>::default().part(&loss.spec()) {
            Ok(loss) => loss,
            Err(error) => {
                assert_eq!(error.to_string(), text);
                continue;
            }
        };
        assert_eq!(model().compile("sgd", by_spec, ()).unwrap_err().to_string(), text);
    }
    let told = losses::losses_and_gradient(&Poisson::default(), &y(), &y(), None).unwrap_err().to_string();
    let text = "Poisson: reduction = SumOverBatchSize is not allowed; expected \"none\"; \
                `losses::value_and_gradient` takes the reductions to one number";
    assert_eq!(told, text);
    let part = |name, argument, value| {
        Registry::<f64>::default().part::<dyn Loss<f64>>(&Spec::named(name).with(argument, value)).unwrap_err().to_string()
    };
    assert_eq!(
        part("bce", "axis", Value::Int(0)),
        "BinaryCrossentropy: axis = 0 is not allowed; expected a whole number >= -1 and <= -1"
    );
    assert_eq!(
        part("huber", "reduction", Value::Text("most".to_string())),
        "Huber: reduction = \"most\" is not allowed; expected one of \"sum_over_batch_size\", \"mean\", \"sum\", \
         \"mean_with_sample_weight\", \"none\", None"
    );
}

#[test]
fn targets_that_a_loss_cannot_take_are_named() {
    let labels = dmatrix![0.0; 1.0; 2.0; 0.5];
    let sides = dmatrix![-1.0; 1.0; 0.0; 1.0];
    let refused: [(&dyn Loss<f64>, &DMatrix<f64>, &str); 9] = [
        (
            &Hinge::default(),
            &sides,
            "Hinge: target 0 at row 2 of targets is not allowed; expected targets that are all -1 or 1, or all 0 or 1",
        ),
        (&SquaredHinge::default(), &labels, "target 2 at row 2"),
        (&Poisson::default(), &sides, "Poisson: target -1 at row 0"),
        (&KLDivergence::default(), &labels, "KLDivergence: target 2 at row 2"),
        (&CategoricalHinge::default(), &labels, "CategoricalHinge: target 2 at row 2"),
        (&BinaryFocalCrossentropy::default(), &labels, "BinaryFocalCrossentropy: target 2 at row 2"),
        (&Dice::default(), &sides, "Dice: target -1 at row 0"),
        (&Tversky::default(), &sides, "Tversky: target -1 at row 0"),
        (&Circle::default(), &labels, "Circle: target 0.5 at row 3"),
    ];
    for (loss, targets, text) in refused {
        let told = losses::value_and_gradient(loss, targets, &y(), None).unwrap_err().to_string();
        assert!(told.contains(text), "{told}");
    }
    let wide = DMatrix::from_element(4, 3, 0.3);
    for loss in [&CategoricalFocalCrossentropy::default() as &dyn Loss<f64>, &Huber::default(), &LogCosh::default()] {
        assert_says(losses::value_and_gradient(loss, &y(), &wide, None), &["the targets have 1 column(s)", "3 output(s)"]);
    }
    assert_says(losses::value_and_gradient(&Circle::default(), &wide, &wide, None), &["one column of class indices"]);
    for (loss, units) in [("binary_focal_crossentropy", 1), ("categorical_focal_crossentropy", 3)] {
        let registry = Registry::<f64>::default();
        let loss: std::sync::Arc<dyn Loss<f64>> =
            registry.part(&Spec::named(loss).with("from_logits", Value::Bool(true))).unwrap();
        let mut twice = if units == 1 { model() } else { classifier("mse") };
        twice.compile("sgd", loss, ()).unwrap();
        let targets = DMatrix::from_fn(4, units, |row, column| f64::from(row % units == column));
        assert_says(twice.fit(&x(), &targets, plain()), &["from_logits = true", "remove that activation"]);
    }
}
