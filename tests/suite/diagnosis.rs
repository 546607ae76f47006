//! What `check` finds in a training with one fault, and that it says nothing about a close one without it.

use layercake::Rng;
use layercake::diagnosis::{CheckOptions, Finding, Place, Remedy, Severity};
use layercake::prelude::*;

/// Rows of normal numbers; the targets follow the first two columns.
struct Case {
    x: DMatrix<f64>,
    /// The class of each row, of two.
    classes: DMatrix<f64>,
    numbers: DMatrix<f64>,
}

fn normal(rng: &mut Rng) -> f64 {
    (0..12).map(|_| rng.uniform()).sum::<f64>() - 6.0
}

fn case() -> Case {
    let mut rng = Rng::new(5);
    let x = DMatrix::from_fn(200, 4, |_, _| normal(&mut rng));
    let numbers = DMatrix::from_fn(200, 1, |row, _| x[(row, 0)] - 0.5 * x[(row, 1)] + 0.5 * normal(&mut rng));
    let classes = numbers.map(|number| f64::from(u8::from(number > 0.3)));
    Case { x, classes, numbers }
}

fn options() -> FitOptions<'static, f64> {
    FitOptions::new().epochs(60).validation_split(0.2)
}

fn classifier() -> Sequential<f64> {
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(16).activation(Relu));
    model.add(Dense::new(8).activation(Relu));
    model.add(Dense::new(1).activation(Sigmoid));
    model.compile("adam", "binary_crossentropy", "accuracy").unwrap();
    model
}

fn regressor() -> Sequential<f64> {
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(16).activation(Relu));
    model.add(Dense::new(1));
    model.compile("adam", "mse", ()).unwrap();
    model
}

/// A model of these layers for the two classes, one output each.
fn two_outputs(head: impl Fn(&mut Sequential<f64>), loss: &str) -> Sequential<f64> {
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(16).activation(Relu));
    head(&mut model);
    model.compile("adam", loss, ()).unwrap();
    model
}

fn codes(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.code()).collect()
}

/// Checks that the first finding displays so, and that there is no other; returns it.
#[track_caller]
fn only(findings: Vec<Finding>, text: &str) -> Finding {
    assert_eq!(codes(&findings).len(), 1, "{findings:#?}");
    assert_eq!(findings[0].to_string(), text);
    findings.into_iter().next().unwrap()
}

#[track_caller]
fn nothing(findings: layercake::Result<Vec<Finding>>) {
    assert_eq!(codes(&findings.unwrap()), [""; 0]);
}

#[test]
fn healthy_trainings_are_silent() {
    let Case { x, classes, numbers } = case();
    nothing(classifier().check(&x, &classes, &options()));
    nothing(regressor().check(&x, &numbers, &options()));
    let labels: Vec<usize> = classes.iter().map(|&class| class as usize).collect();
    let softmax = |model: &mut Sequential<f64>| model.add(Dense::new(2).activation(Softmax));
    nothing(two_outputs(softmax, "sparse_categorical_crossentropy").check(&x, &labels, &options()));
    let one_hot: DMatrix<f64> = data::one_hot(&labels, 2).unwrap();
    nothing(two_outputs(softmax, "categorical_crossentropy").check(&x, &one_hot, &options()));
    let (x_val, y_val) = (x.rows(150, 50).into_owned(), classes.rows(150, 50).into_owned());
    let (x, y) = (x.rows(0, 150).into_owned(), classes.rows(0, 150).into_owned());
    nothing(classifier().check(&x, &y, &FitOptions::new().epochs(60).validation_data(&x_val, &y_val)));
}

#[test]
fn cells_that_are_no_numbers() {
    let Case { mut x, classes, numbers } = case();
    (x[(7, 2)], x[(9, 3)]) = (f64::NAN, f64::INFINITY);
    let text = "error LC0101: x has NaN at row 7, column 2
  found: cells that are no numbers 2 (usual: 0)
  try: fill these cells, or drop their rows, see `layercake::data`";
    let found = only(classifier().check(&x, &classes, &options()).unwrap(), text);
    assert_eq!((found.severity(), found.place()), (Severity::Error, &Place::Cell(7, 2)));
    let mut numbers = numbers;
    numbers[3] = f64::NEG_INFINITY;
    let found = regressor().check(&case().x, &numbers, &options()).unwrap();
    assert!(found[0].to_string().starts_with("error LC0101: y has -inf at row 3, column 0"), "{}", found[0]);
}

#[test]
fn columns_of_different_scale() {
    let Case { mut x, classes, .. } = case();
    x.column_mut(1).iter_mut().for_each(|value| *value = 1500.0 + 300.0 * value.round());
    let found = classifier().check(&x, &classes, &options()).unwrap();
    assert!(found[0].to_string().starts_with("warning LC0102: column 1 of x has size 1"), "{}", found[0]);
    assert_eq!(found[0].severity(), Severity::Warning);
    assert!(codes(found[0].explains()).contains(&"LC0302"), "the start loss follows from it");
    assert!(matches!(found[0].place(), Place::Columns(columns) if columns[0] == 1));
    // behind the model's own normaliser they are of one scale
    let mut model = Sequential::with_seed(1);
    model.add(Normalization::default().adapt(&x).unwrap());
    model.add(Dense::new(16).activation(Relu));
    model.add(Dense::new(1).activation(Sigmoid));
    model.compile("adam", "binary_crossentropy", ()).unwrap();
    nothing(model.check(&x, &classes, &options()));
    // a factor of 10 is usual, and rare flags have no scale
    let mut x = case().x;
    x.column_mut(1).scale_mut(10.0);
    x.column_mut(2).iter_mut().enumerate().for_each(|(row, value)| *value = f64::from(u8::from(row % 60 == 0)));
    nothing(classifier().check(&x, &classes, &options()));
}

#[test]
fn columns_that_are_all_large() {
    let Case { x, classes, .. } = case();
    let pixels = x.map(|value| (128.0 + 50.0 * value).round().clamp(0.0, 255.0));
    let found = classifier().check(&pixels, &classes, &options()).unwrap();
    assert_eq!(codes(&found), ["LC0103"]);
    assert_eq!(found[0].severity(), Severity::Note);
    nothing(classifier().check(&(pixels / 255.0), &classes, &options()));
}

#[test]
fn constant_and_equal_columns() {
    let Case { x, classes, .. } = case();
    let mut constant = x.clone();
    constant.column_mut(3).fill(2.5);
    let text = "note LC0104: column 3 of x is constant: 2.50 in every row
  found: distinct values 1 (usual: at least 2)
  try: drop column 3";
    only(classifier().check(&constant, &classes, &options()).unwrap(), text);
    // one of 400 rows differs
    let mut rng = Rng::new(3);
    let mut nearly = DMatrix::from_fn(400, 4, |_, column| if column == 3 { 2.5 } else { normal(&mut rng) });
    nearly[(11, 3)] = 3.0;
    let y = DMatrix::from_fn(400, 1, |row, _| f64::from(u8::from(nearly[(row, 0)] > 0.0)));
    let found = classifier().check(&nearly, &y, &FitOptions::new().epochs(60)).unwrap();
    assert_eq!(found[0].title(), "column 3 of x is nearly constant");
    assert_eq!(codes(&found), ["LC0105"]);
    let mut twice = x.clone();
    let copy = x.column(0) * -2.0;
    twice.column_mut(3).copy_from(&copy);
    let text = "note LC0107: column 3 of x is column 0 again, or a multiple of it
  found: correlation 1 (usual: below 0.9999)
  try: drop column 3";
    only(classifier().check(&twice, &classes, &options()).unwrap(), text);
    // a column that is close to another
    let mut noise = Rng::new(1);
    twice.column_mut(3).iter_mut().for_each(|value| *value += 0.2 * normal(&mut noise));
    nothing(classifier().check(&twice, &classes, &options()));
}

#[test]
fn a_column_that_varies_only_in_validation() {
    let Case { mut x, classes, .. } = case();
    x.column_mut(3).iter_mut().enumerate().for_each(|(row, value)| *value = f64::from(u8::from(row >= 170)));
    let found = classifier().check(&x, &classes, &options()).unwrap();
    assert_eq!(found[0].title(), "column 3 of x varies only in the validation rows");
    assert_eq!(codes(&found), ["LC0106"], "that it is constant follows");
    assert_eq!(codes(found[0].explains()), ["LC0104"]);
    // two rows with a rare value may both be in validation by chance
    x.column_mut(3).iter_mut().enumerate().for_each(|(row, value)| *value = f64::from(u8::from(row >= 198)));
    assert_eq!(codes(&classifier().check(&x, &classes, &options()).unwrap()), ["LC0104"]);
}

#[test]
fn a_column_that_gives_the_target_away() {
    let Case { x, classes, numbers } = case();
    let mut rng = Rng::new(2);
    let mut leaking = x.clone();
    (0..200).for_each(|row| leaking[(row, 2)] = classes[row] + 0.02 * normal(&mut rng));
    let found = classifier().check(&leaking, &classes, &options()).unwrap();
    assert_eq!(codes(&found), ["LC0108"]);
    assert_eq!(found[0].title(), "column 2 of x gives the target away");
    let remedy = "ask whether column 2 is known when you predict, and train without it to compare";
    assert_eq!(found[0].remedy().to_string(), remedy);
    (0..200).for_each(|row| leaking[(row, 2)] = classes[row] + 0.3 * normal(&mut rng));
    nothing(classifier().check(&leaking, &classes, &options()));
    // any rising function of the targets
    (0..200).for_each(|row| leaking[(row, 2)] = (0.5 * numbers[row]).exp());
    assert_eq!(codes(&regressor().check(&leaking, &numbers, &options()).unwrap()), ["LC0108"]);
    (0..200).for_each(|row| leaking[(row, 2)] = numbers[row] + 0.5 * normal(&mut rng));
    nothing(regressor().check(&leaking, &numbers, &options()));
}

#[test]
fn a_value_that_stands_for_a_missing_one() {
    let Case { mut x, classes, .. } = case();
    (0..6).for_each(|row| x[(row * 31, 1)] = -999.0);
    let found = classifier().check(&x, &classes, &options()).unwrap();
    assert_eq!(found[0].title(), "column 1 of x has -999 in 3.75 % of the rows, far from all others");
    assert_eq!(codes(&found), ["LC0109"]);
    assert!(codes(found[0].explains()).contains(&"LC0102"), "the scale follows from it");
    assert_eq!(found[0].remedy().to_string(), "treat -999 in column 1 as missing: fill it by the other columns, and add a flag");
    let mut x = case().x;
    (0..6).for_each(|row| x[(row * 31, 1)] = -5.0);
    nothing(classifier().check(&x, &classes, &options()));
}

#[test]
fn validation_rows_that_are_also_training_rows() {
    let Case { mut x, classes, .. } = case();
    for row in 160..180 {
        let copy = x.row(row - 100).into_owned();
        x.row_mut(row).copy_from(&copy);
    }
    let text = "warning LC0110: 50 % of the validation rows are also training rows
  found: share within the training rows 0 (usual: as large)
  try: keep equal rows on one side of the split, or validate on rows that are not in training";
    only(classifier().check(&x, &classes, &options()).unwrap(), text);
    // where the values are few, equal rows are natural
    let coarse = case().x.map(|value| f64::from(u8::from(value > 0.0)));
    nothing(classifier().check(&coarse, &classes, &options()));
}

/// The rows sorted by their targets.
fn sorted(x: &DMatrix<f64>, y: &DMatrix<f64>) -> (DMatrix<f64>, DMatrix<f64>) {
    let mut order: Vec<usize> = (0..y.len()).collect();
    order.sort_by(|&a, &b| y[a].total_cmp(&y[b]));
    (x.select_rows(&order), y.select_rows(&order))
}

#[test]
fn sorted_rows() {
    let Case { x, classes, numbers } = case();
    let (sorted_x, sorted_classes) = sorted(&x, &classes);
    let found = classifier().check(&sorted_x, &sorted_classes, &options()).unwrap();
    assert_eq!(codes(&found), ["LC0111"]);
    assert_eq!((found[0].severity(), found[0].place()), (Severity::Error, &Place::Rows));
    assert_eq!(found[0].title(), "the rows are sorted: `validation_split` takes the last ones, which differ from the others");
    // with the validation rows given, the order matters only without shuffling
    let whole = FitOptions::new().epochs(60);
    nothing(classifier().check(&sorted_x, &sorted_classes, &whole));
    let found = classifier().check(&sorted_x, &sorted_classes, &whole.shuffle(false)).unwrap();
    assert_eq!(codes(&found), ["LC0112"]);
    nothing(classifier().check(&x, &classes, &FitOptions::new().epochs(60).shuffle(false)));
    let (sorted_x, sorted_numbers) = sorted(&x, &numbers);
    assert_eq!(codes(&regressor().check(&sorted_x, &sorted_numbers, &options()).unwrap()), ["LC0111"]);
    // the last rows are all of a class that no other row has
    let three: Vec<usize> = (0..200).map(|row| if row < 160 { sorted_classes[row] as usize } else { 2 }).collect();
    let softmax = |model: &mut Sequential<f64>| model.add(Dense::new(3).activation(Softmax));
    let found = two_outputs(softmax, "sparse_categorical_crossentropy").check(&sorted_x, &three, &options()).unwrap();
    assert_eq!(found[0].title(), "the rows are sorted: no training row is of class 2, which the last rows have");
}

#[test]
fn rare_classes_and_large_targets() {
    let Case { x, numbers, .. } = case();
    let rare = DMatrix::from_fn(200, 1, |row, _| f64::from(u8::from(row % 20 == 0)));
    let text = "note LC0113: the rarest class has 8 rows, the commonest 152
  found: rarest / commonest 0.053 (usual: at least 0.1)
  try: `class_weight` for the rare classes, and a score such as balanced accuracy or AUC";
    only(classifier().check(&x, &rare, &options()).unwrap(), text);
    let large = &numbers * 40.0;
    let found = regressor().check(&x, &large, &options()).unwrap();
    assert_eq!(codes(&found), ["LC0114"]);
    assert_eq!(found[0].remedy().to_string(), "train on (y - mean) / deviation, and undo it on the predictions");
    nothing(regressor().check(&x, &(&numbers * 3.0), &options()));
}

#[test]
fn what_fit_refuses() {
    let Case { x, classes, .. } = case();
    let wrong = classes.map(|class| 2.0 * class);
    let found = classifier().check(&x, &wrong, &options()).unwrap();
    assert_eq!(codes(&found), ["LC0201"]);
    let refused = classifier().fit(&x, &wrong, options()).unwrap_err().to_string();
    assert_eq!(found[0].title(), refused);
    assert_eq!(found[0].place(), &Place::Targets);
    // what `check` itself refuses
    let mut model = Sequential::<f64>::with_seed(1);
    model.add(Dense::new(1));
    assert!(model.check(&x, &classes, &options()).unwrap_err().to_string().contains("not compiled"));
    assert!(classifier().check(&x, &classes, &options().batch_size(0)).is_err());
    assert!(classifier().check(&x, &case().classes.rows(0, 3).into_owned(), &options()).is_err());
    let unknown = CheckOptions::new().silence(["LC0199"]);
    assert!(classifier().check_with(&x, &classes, &options(), &unknown).is_err());
}

#[test]
fn a_last_layer_that_does_not_fit_the_loss() {
    let Case { x, classes, numbers } = case();
    let mut model = classifier();
    model.pop();
    model.add(Dense::new(1).name("last"));
    model.compile("adam", "binary_crossentropy", ()).unwrap();
    let text = "error LC0202: BinaryCrossentropy takes probabilities, and layer `last` gives logits
  found: explains LC0302
  try: `from_logits(true)` on the loss, or end the model with `sigmoid`";
    only(model.check(&x, &classes, &options()).unwrap(), text);
    model.compile("adam", BinaryCrossentropy::default().from_logits(true), ()).unwrap();
    nothing(model.check(&x, &classes, &options()));
    let labels: Vec<usize> = classes.iter().map(|&class| class as usize).collect();
    let tanh = two_outputs(|model| model.add(Dense::new(2).activation(Tanh).name("last")), "sparse_categorical_crossentropy");
    let text = "error LC0202: SparseCategoricalCrossentropy takes probabilities, and layer `last` ends with `tanh`
  found: explains LC0302
  try: end the model with the activation `softmax`";
    only(tanh.check(&x, &labels, &options()).unwrap(), text);
    let twice = two_outputs(
        |model| {
            model.add(Dense::new(2).activation(Softmax).name("last"));
            model.add(layers::Softmax::default());
        },
        "sparse_categorical_crossentropy",
    );
    let text = "error LC0203: `softmax` is applied twice: in layer `last`, and again in layer `softmax`
  try: remove the activation of layer `last`";
    only(twice.check(&x, &labels, &options()).unwrap(), text);
    let sigmoid =
        two_outputs(|model| model.add(Dense::new(2).activation(Sigmoid).name("last")), "sparse_categorical_crossentropy");
    let found = sigmoid.check(&x, &labels, &options()).unwrap();
    assert_eq!((codes(&found), found[0].severity()), (vec!["LC0205"], Severity::Warning));
    let one_hot: DMatrix<f64> = data::one_hot(&labels, 2).unwrap();
    let softmax = |model: &mut Sequential<f64>| model.add(Dense::new(2).activation(Softmax));
    let binary = two_outputs(softmax, "binary_crossentropy");
    assert_eq!(codes(&binary.check(&x, &one_hot, &options()).unwrap()), ["LC0205"]);
    let squares = two_outputs(softmax, "mse");
    let found = squares.check(&x, &one_hot, &options()).unwrap();
    assert_eq!((codes(&found), found[0].severity()), (vec!["LC0206"], Severity::Note));
    let four = two_outputs(|model| model.add(Dense::new(4).activation(Softmax)), "sparse_categorical_crossentropy");
    let counted_from_1: Vec<usize> = labels.iter().map(|label| label + 1).collect();
    let found = four.check(&x, &counted_from_1, &options()).unwrap();
    assert_eq!(found[0].title(), "no row is of class 0: are the classes counted from 1?");
    let mut bounded = regressor();
    bounded.pop();
    bounded.add(Dense::new(1).activation(Tanh).name("last"));
    bounded.compile("adam", "mse", ()).unwrap();
    let found = bounded.check(&x, &numbers, &options()).unwrap();
    assert_eq!(codes(&found), ["LC0204"]);
    assert!(found[0].title().starts_with("`tanh` gives numbers from -1 to 1, and the targets are from "), "{}", found[0]);
    nothing(bounded.check(&x, &(&numbers * 0.2), &options()));
}

/// A classifier with two hidden layers of 16 units made by this function.
fn hidden(layer: impl Fn() -> Dense<f64>) -> Sequential<f64> {
    let mut model = Sequential::with_seed(1);
    model.add(layer());
    model.add(layer());
    model.add(Dense::new(1).activation(Sigmoid));
    model.compile("adam", "binary_crossentropy", ()).unwrap();
    model
}

#[test]
fn initial_weights_that_cannot_train() {
    let Case { x, classes, .. } = case();
    let check = |model: &Sequential<f64>| model.check(&x, &classes, &options()).unwrap();
    let equal = check(&hidden(|| Dense::new(16).activation(Relu).kernel_initializer("ones")));
    assert_eq!(codes(&equal), ["LC0301"]);
    let text = "all 16 units of layer `dense` start equal and stay equal";
    assert_eq!((equal[0].title(), equal[0].severity()), (text, Severity::Error));
    assert_eq!(
        equal[0].remedy().to_string(),
        "initialise layer `dense` with `glorot_uniform`, layer `dense_1` with `glorot_uniform`"
    );
    // a last layer of zeros is trained with the first step, and the others with the next
    let mut zeros = hidden(|| Dense::new(16).activation(Tanh));
    zeros.pop();
    zeros.add(Dense::new(1).activation(Sigmoid).kernel_initializer("zeros"));
    zeros.compile("adam", "binary_crossentropy", ()).unwrap();
    nothing(Ok(check(&zeros)));
    let large = |activation: &'static str| {
        check(&hidden(|| Dense::new(16).activation(activation).kernel_initializer(RandomNormal::default().stddev(8.0))))
    };
    assert_eq!(codes(&large("relu"))[..1], ["LC0302"]);
    let saturated = large("tanh");
    assert_eq!(codes(&saturated)[..1], ["LC0305"], "{saturated:#?}");
    assert_eq!(saturated[0].title(), "most outputs of layer `dense` are at the ends of `tanh` at the start");
    let dead = check(&hidden(|| Dense::new(16).activation(Relu).bias_initializer(Constant::new(-10.0))));
    assert_eq!(dead[0].title(), "16 of 16 units of layer `dense` are 0 for every row at the start");
    assert_eq!(dead[0].code(), "LC0304");
}

#[test]
fn gradients_that_vanish() {
    let Case { x, classes, .. } = case();
    let deep = |activation: &'static str, layers: usize| {
        let mut model = Sequential::with_seed(1);
        (0..layers).for_each(|_| model.add(Dense::new(16).activation(activation)));
        model.add(Dense::new(1).activation(Sigmoid));
        model.compile("adam", "binary_crossentropy", ()).unwrap();
        model.check(&x, &classes, &options())
    };
    let found = deep("sigmoid", 6).unwrap();
    assert_eq!(codes(&found), ["LC0303"]);
    assert_eq!(found[0].title(), "the gradient vanishes on its way from layer `dense_6` to layer `dense`");
    nothing(deep("tanh", 6));
    nothing(deep("relu", 6));
}

#[test]
fn penalties_and_dropout() {
    let Case { x, classes, .. } = case();
    let penalised = |factor: f64| {
        hidden(|| Dense::new(16).activation(Relu).kernel_regularizer(L2::new(factor))).check(&x, &classes, &options())
    };
    let found = penalised(0.5).unwrap();
    assert_eq!(codes(&found), ["LC0401"]);
    assert_eq!(found[0].severity(), Severity::Warning);
    nothing(penalised(1e-4));
    let dropped = |rate: f64, units: usize| {
        let mut model = Sequential::with_seed(1);
        model.add(Dense::new(units).activation(Relu));
        model.add(Dropout::new(rate));
        model.add(Dense::new(1).activation(Sigmoid));
        model.compile("adam", "binary_crossentropy", ()).unwrap();
        model.check(&x, &classes, &options())
    };
    let text = "warning LC0402: layer `dropout` drops 80 % of 16 units
  found: units that are left 3.20 (usual: at least 16)
  try: lower the rate of layer `dropout` to 0.1, and give layer `dense` 64 units or more";
    only(dropped(0.8, 16).unwrap(), text);
    nothing(dropped(0.5, 16));
    nothing(dropped(0.8, 256));
}

#[test]
fn options_with_which_the_weights_hardly_change() {
    let Case { x, classes, .. } = case();
    let check = |options: FitOptions<'_, f64>| classifier().check(&x, &classes, &options).unwrap();
    let found = check(FitOptions::new().epochs(5).batch_size(200));
    assert_eq!(found[0].title(), "batches of 200 of 200 rows make only 5 steps");
    assert_eq!(found[0].code(), "LC0403");
    // at least 1,000 steps, of 7 in an epoch
    assert!(matches!(found[0].remedy(), Remedy::Steps { batch_size: 32, epochs: 143.. }), "{}", found[0]);
    let found = check(FitOptions::new().epochs(2));
    assert_eq!((found[0].code(), found[0].title()), ("LC0404", "14 steps with this learning rate hardly change the weights"));
    let mut slow = classifier();
    slow.compile(Adam::default().learning_rate(1e-6), "binary_crossentropy", ()).unwrap();
    let found = slow.check(&x, &classes, &FitOptions::new().epochs(100)).unwrap();
    assert_eq!(found[0].title(), "with a learning rate of 1.0e-6, 700 steps hardly change the weights");
    assert_eq!(found[0].code(), "LC0405");
    slow.compile(Sgd::default().learning_rate(1e-7), "binary_crossentropy", ()).unwrap();
    assert_eq!(codes(&slow.check(&x, &classes, &FitOptions::new().epochs(100)).unwrap()), ["LC0405"]);
    // a trained model needs no long way
    let mut trained = classifier();
    trained.fit(&x, &classes, FitOptions::new().epochs(100)).unwrap();
    nothing(trained.check(&x, &classes, &FitOptions::new().epochs(1)));
}

#[test]
fn much_work_without_optimisation() {
    let Case { x, classes, .. } = case();
    let found = classifier().check(&x, &classes, &FitOptions::new().epochs(100_000)).unwrap();
    let expected: &[&str] = if cfg!(debug_assertions) { &["LC0406"] } else { &[] };
    assert_eq!(codes(&found), expected);
}

#[test]
fn causes_come_first_and_codes_can_be_silenced() {
    let Case { mut x, classes, .. } = case();
    x.column_mut(1).scale_mut(1e4);
    x.column_mut(3).fill(1.0);
    let (sorted_x, sorted_classes) = sorted(&x, &classes);
    let found = classifier().check(&sorted_x, &sorted_classes, &options()).unwrap();
    assert_eq!(codes(&found), ["LC0111", "LC0102", "LC0104"], "errors, warnings, notes");
    assert!(codes(found[1].explains()).contains(&"LC0302"));
    let silent = CheckOptions::new().silence(["LC0102", "LC0104"]);
    let found = classifier().check_with(&sorted_x, &sorted_classes, &options(), &silent).unwrap();
    assert_eq!(codes(&found)[..2], ["LC0111", "LC0302"], "what a silenced finding explained stands by itself");
    // findings do not depend on the number type, nor on earlier checks
    let single = sorted_x.map(|value| value as f32);
    let mut model = Sequential::<f32>::with_seed(1);
    model.add(Dense::new(16).activation(Relu));
    model.add(Dense::new(1).activation(Sigmoid));
    model.compile("adam", "binary_crossentropy", ()).unwrap();
    let y = sorted_classes.map(|class| class as f32);
    let options = FitOptions::new().epochs(60).validation_split(0.2);
    let found = model.check(&single, &y, &options).unwrap();
    assert_eq!(codes(&found), ["LC0111", "LC0102", "LC0104"]);
    assert_eq!(model.check(&single, &y, &options).unwrap(), found);
    assert_eq!(model.count_params(), 0, "the model is not even built");
}
