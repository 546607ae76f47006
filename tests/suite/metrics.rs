//! Tests metrics beyond the reference file: further arguments, names, directions, and refused input.
//!
//! Keras 3.15.1 computed the expected numbers in float64, except where another source is named.

use crate::registered::complete;
use layercake::Result;
use layercake::metrics::{self, Meter};
use layercake::prelude::*;
use layercake::saving::{IntoPart, Registry, Spec, Value};

const WEIGHTS: [f64; 6] = [0.5, 2.0, 1.0, 1.5, 0.25, 3.0];

/// Six samples of one output.
fn one() -> (DMatrix<f64>, DMatrix<f64>) {
    (dmatrix![0.0; 1.0; 1.0; 0.0; 1.0; 0.0], dmatrix![0.1; 0.35; 0.8; 0.4; 0.9; 0.6])
}

/// Four samples of three outputs.
fn three() -> (DMatrix<f64>, DMatrix<f64>) {
    let targets = dmatrix![1.0, 0.0, 1.0; 0.0, 1.0, 0.0; 1.0, 1.0, 0.0; 0.0, 0.0, 1.0];
    (targets, dmatrix![0.7, 0.2, 0.6; 0.3, 0.9, 0.5; 0.4, 0.1, 0.8; 0.55, 0.65, 0.15])
}

#[track_caller]
fn results<Marker>(
    metric: impl IntoPart<dyn Metric<f64>, Marker>,
    (targets, predictions): &(DMatrix<f64>, DMatrix<f64>),
    weight: Option<&[f64]>,
) -> Vec<f64> {
    let mut meter = Meter::new(metric).unwrap();
    meter.update(targets, predictions, weight).unwrap();
    meter.results()
}

#[track_caller]
fn assert_near(got: &[f64], want: &[f64]) {
    let is_near = |(got, want): (&f64, &f64)| (got - want).abs() <= 1e-9 * want.abs() + 1e-12 || (got.is_nan() && want.is_nan());
    assert!(got.len() == want.len() && got.iter().zip(want).all(is_near), "{got:?} is not {want:?}");
}

#[test]
fn the_area_under_each_curve_is_that_of_keras() {
    let weight = Some(&WEIGHTS[..]);
    let by_method = |curve, want: [f64; 3]| {
        let methods = [SummationMethod::Interpolation, SummationMethod::Majoring, SummationMethod::Minoring];
        for (method, want) in methods.into_iter().zip(want) {
            let auc = Auc::default().num_thresholds(9).curve(curve).summation_method(method);
            assert_near(&results(auc, &one(), weight), &[want]);
        }
    };
    by_method(Curve::Roc, [0.4461538461538462; 3]);
    by_method(Curve::Pr, [0.5867020158455432, 0.6426799007444168, 0.44147157190635455]);
    by_method(Curve::PrGain, [-0.6200000000000001, 0.09999999999999998, -1.3400000000000003]);
}

#[test]
fn thresholds_and_labels_of_auc_are_those_of_keras() {
    let weight = Some(&WEIGHTS[..4]);
    let auc = || Auc::default().num_thresholds(11);
    let spread = (one().0, one().1 * 3.0 - DMatrix::repeat(6, 1, 1.0));
    assert_near(&results(Auc::default().thresholds([0.25, 0.5, 0.75]), &one(), None), &[0.8333333333333333]);
    assert_near(&results(Auc::default().thresholds([0.7, 0.2, 0.45]), &one(), Some(&WEIGHTS)), &[0.5384615384615385]);
    assert_near(&results(auc().label_weights([1.0, 0.5, 2.0]), &three(), weight), &[0.32908163265306123]);
    let multi = || auc().multi_label(true).num_labels(3);
    assert_near(&results(multi().label_weights([1.0, 0.5, 2.0]), &three(), weight), &[0.3945578231292517]);
    assert_near(&results(multi().curve(Curve::Pr), &three(), weight), &[0.5693425181289494]);
    assert_near(&results(Auc::default().thresholds([0.3, 0.35]).multi_label(true), &three(), None), &[0.5]);
    // predictions outside [0, 1]
    assert_near(&results(Auc::default().num_thresholds(5), &spread, None), &[0.6666666666666667]);
    assert_near(&results(Auc::default().thresholds([0.2, 0.3]), &spread, None), &[0.4444444444444444]);
}

/// With thresholds between any two predictions the ROC area is the share of pairs in the right order (Hanley and
/// McNeil 1982): that of scikit-learn's `roc_auc_score`, and its documentation's example.
#[test]
fn the_roc_area_is_the_share_of_pairs_in_order() {
    let documented = (dmatrix![0.0; 0.0; 1.0; 1.0], dmatrix![0.1; 0.4; 0.35; 0.8]);
    assert_near(&results(Auc::default(), &documented, None), &[0.75]);
    let (targets, scores) =
        (DMatrix::from_fn(40, 1, |i, _| f64::from(i * i % 7 < 3)), DMatrix::from_fn(40, 1, |i, _| (i * 37 % 101) as f64 / 101.0));
    let (mut right, mut pairs) = (0.0, 0.0);
    for (i, j) in (0..40).flat_map(|i| (0..40).map(move |j| (i, j))).filter(|&(i, j)| targets[i] > targets[j]) {
        pairs += 1.0;
        right += f64::from(scores[i] > scores[j]);
    }
    assert_near(&results(Auc::default().num_thresholds(10_000), &(targets, scores), None), &[right / pairs]);
}

#[test]
fn trade_offs_are_those_of_keras() {
    let at = |class: &str, argument: &str, count: i64, data: &(_, _), weight: &[f64], class_id: Option<i64>| {
        let spec = Spec::named(class).with(argument, Value::Float(0.55)).with("num_thresholds", Value::Int(count));
        let spec = spec.with("class_id", class_id.map_or(Value::Null, Value::Int));
        let metric = Registry::<f64>::default().part::<dyn Metric<f64>>(&spec).unwrap();
        results(metric, data, Some(weight))[0]
    };
    for (class, argument, of_class, of_two) in [
        ("SensitivityAtSpecificity", "specificity", 0.6666666666666666, 0.0),
        ("SpecificityAtSensitivity", "sensitivity", 1.0, 0.0),
        ("PrecisionAtRecall", "recall", 1.0, 0.3939393939393939),
        ("RecallAtPrecision", "precision", 1.0, 0.0),
    ] {
        assert_near(&[at(class, argument, 7, &three(), &WEIGHTS[..4], Some(1))], &[of_class]);
        assert_near(&[at(class, argument, 2, &one(), &WEIGHTS, None)], &[of_two]);
        assert_near(&[at(class, argument, 1, &one(), &WEIGHTS, None)], &[0.0]);
    }
}

#[test]
fn outcomes_at_lists_of_thresholds_are_those_of_keras() {
    let spread = (one().0, one().1 * 3.0 - DMatrix::repeat(6, 1, 1.0));
    let even = [0.0, 0.5, 1.0];
    assert_near(&results(TruePositives::default().thresholds(even), &spread, None), &[3.0, 2.0, 0.0]);
    assert_near(&results(TrueNegatives::default().thresholds(even), &spread, None), &[1.0, 2.0, 3.0]);
    let uneven = FalsePositives::default().thresholds([0.9, 0.1, 0.4]);
    assert_near(&results(uneven, &one(), Some(&WEIGHTS)), &[0.0, 4.5, 3.0]);
    let weight = Some(&WEIGHTS[..4]);
    let precision = Precision::default().thresholds([0.65, 0.3]).top_k(2).class_id(0);
    assert_near(&results(precision, &three(), weight), &[1.0, 0.5]);
    assert_near(&results(Recall::default().top_k(1), &three(), weight), &[0.38461538461538464]);
    assert_near(&results(Recall::default(), &three(), weight), &[0.46153846153846156]);
}

#[test]
fn scores_of_regression_are_those_of_keras() {
    let weight = Some(&WEIGHTS[..4]);
    let each = R2Score::default().class_aggregation(None);
    assert_near(&results(R2Score::default().num_regressors(2), &three(), None), &[-0.5878703703703705]);
    let adjusted = [-0.0882142857142858, -0.36010416666666645, -1.1117708333333334];
    assert_near(&results(each.num_regressors(1), &three(), weight), &adjusted);
    assert_near(&results(R2Score::default().num_regressors(11), &three(), None), &[-0.2991666666666668]);
    // all targets are equal
    let equal = dmatrix![1.0, 2.0; 1.0, 3.0];
    assert_near(&results(each, &(equal.clone(), dmatrix![1.0, 2.0; 2.0, 2.0]), None), &[0.0, -1.0]);
    assert_near(&results(each, &(equal, dmatrix![1.0, 2.0; 1.0, 2.0]), None), &[f64::NAN, -1.0]);
}

#[test]
fn the_r2_score_keeps_its_digits_far_from_zero() {
    let far = |values: DMatrix<f64>| values.map(|value| value + 1e9);
    let (targets, predictions) = (dmatrix![1.0; 2.0; 3.0; 6.0], dmatrix![1.5; 2.0; 2.5; 6.0]);
    let near = results(R2Score::default(), &(targets.clone(), predictions.clone()), None);
    assert_near(&results(R2Score::default(), &(far(targets), far(predictions)), None), &near);
}

#[test]
fn scores_of_classes_are_those_of_keras() {
    let weight = Some(&WEIGHTS[..4]);
    let score = FBetaScore::default().beta(2.0).threshold(0.5);
    assert_near(&results(score, &three(), weight), &[0.31249995703125316, 0.6451612476586904, 0.2631578642659296]);
    assert_near(&results(F1Score::default(), &(three().0, DMatrix::zeros(4, 3)), None), &[0.0; 3]);
    let halves = (three().0 * 0.5, three().1);
    let score = F1Score::default().threshold(0.5).average(Average::Weighted);
    assert_near(&results(score, &halves, None), &[0.3333332555555649]);
    let ids = (dmatrix![2.0; 1.0; 0.0], dmatrix![2.0, 1.0, 0.0; 0.0, 2.0, 1.0; 1.0, 0.0, 2.0]);
    assert_near(&results(SparseTopKCategoricalAccuracy::new(2).from_sorted_ids(true), &ids, None), &[2.0 / 3.0]);
}

/// Keras computes these in float32.
#[test]
fn overlaps_are_those_of_keras() {
    let near = |metric: std::sync::Arc<dyn Metric<f64>>, data: &(_, _), weight: Option<&[f64]>, want: f64| {
        let got = results(metric, data, weight)[0];
        assert!((got - want).abs() < 1e-6, "{got} is not {want}");
    };
    let labels = (dmatrix![0.0; 1.0; 2.0; 1.0; 0.0; 3.0], dmatrix![0.0; 2.0; 2.0; 1.0; 1.0; 0.0]);
    near(std::sync::Arc::new(IoU::new(3, [0, 2]).ignore_class(1)), &labels, None, 0.7499999403953552);
    let counts = [1.0, 2.0, 3.0, 1.0, 1.0, 5.0];
    near(std::sync::Arc::new(MeanIoU::new(3)), &labels, Some(&counts), 0.45000001788139343);
    let fractions = (dmatrix![0.9; 1.2; 2.0], dmatrix![0.2; 2.7; 2.1]);
    near(std::sync::Arc::new(IoU::new(3, [0, 1, 2])), &fractions, None, 0.4999999701976776);
    let one_hot = dmatrix![1.0, 0.0, 0.0; 0.0, 1.0, 0.0; 0.0, 0.0, 1.0; 0.0, 0.0, 1.0];
    let mixed = (one_hot, dmatrix![0.0; 1.0; 1.0; 2.0]);
    near(std::sync::Arc::new(OneHotIoU::new(3, [0, 2]).sparse_y_pred(true)), &mixed, None, 0.7499999403953552);
    let binary = (dmatrix![1.0; 1.0; 0.0; 0.0], dmatrix![0.5; 0.4; 0.5; 0.1]);
    near(std::sync::Arc::new(BinaryIoU::default().target_class_ids([1])), &binary, None, 0.3333333134651184);
}

#[test]
fn ignored_labels_and_plain_reductions_are_those_of_keras() {
    let data = (dmatrix![0.0; 1.0; 2.0; 1.0], dmatrix![0.7, 0.2, 0.1; 0.3, 0.6, 0.1; 0.4, 0.1, 0.5; 0.55, 0.25, 0.2]);
    let weight = Some(&WEIGHTS[..4]);
    let entropy = metrics::SparseCategoricalCrossentropy::default();
    assert_near(&results(entropy, &data, weight), &[0.7945154883482258]);
    assert_near(&results(entropy.ignore_class(1), &data, None), &[0.26245553112466946]);
    assert_near(&results(entropy.ignore_class(1), &data, weight), &[0.5809897683528744]);
    assert_near(&results(metrics::Mean, &three(), weight), &[0.49833333333333335]);
    assert_near(&results(metrics::Mean, &three(), None), &[0.4875]);
    assert_near(&results(metrics::Sum, &three(), weight), &[7.4750000000000005]);
    assert_near(&results(metrics::Sum, &three(), None), &[5.85]);
}

#[test]
fn a_meter_gives_the_same_for_all_batches_as_for_one() {
    let rows = 150;
    let targets = DMatrix::from_fn(rows, 3, |i, j| f64::from((i * 5 + j * 3) % 7 < 3));
    let predictions = DMatrix::from_fn(rows, 3, |i, j| ((i * 31 + j * 17) % 97) as f64 / 97.0);
    let weight: Vec<f64> = (0..rows).map(|i| 0.25 * (i % 5) as f64).collect();
    let registry = Registry::<f64>::default();
    for name in ["AUC", "R2Score", "F1Score", "Precision", "MeanSquaredError", "PearsonCorrelation", "CategoricalAccuracy"] {
        let metric = || registry.part::<dyn Metric<f64>>(&Spec::named(name)).unwrap();
        let whole = results(metric(), &(targets.clone(), predictions.clone()), Some(&weight));
        let mut meter = Meter::new(metric()).unwrap();
        for (first, count) in [(0, 1), (1, 70), (71, 79)] {
            let (t, p) = (targets.rows(first, count).into_owned(), predictions.rows(first, count).into_owned());
            meter.update(&t, &p, Some(&weight[first..first + count])).unwrap();
        }
        assert_near(&meter.results(), &whole);
    }
}

#[track_caller]
fn refused<R: std::fmt::Debug>(result: Result<R>) -> String {
    result.unwrap_err().to_string()
}

/// Every argument outside its range.
#[test]
fn arguments_out_of_range_are_refused() {
    let unit = "expected a number >= 0 and <= 1";
    let words = [
        (
            refused(Meter::<f64>::new(TruePositives::default().thresholds([0.5, 1.5]))),
            format!("TruePositives: thresholds[1] = 1.5 is not allowed; {unit}"),
        ),
        (
            refused(Meter::<f64>::new(TrueNegatives::default().thresholds([]))),
            "TrueNegatives: thresholds = [] is not allowed; expected at least one: a number >= 0 and <= 1".to_string(),
        ),
        (
            refused(Meter::<f64>::new(FalsePositives::default().thresholds([f64::NAN]))),
            format!("FalsePositives: thresholds[0] = NaN is not allowed; {unit}"),
        ),
        (
            refused(Meter::<f64>::new(FalseNegatives::default().thresholds([-0.1]))),
            format!("FalseNegatives: thresholds[0] = -0.1 is not allowed; {unit}"),
        ),
        (
            refused(Meter::<f64>::new(Precision::default().top_k(0))),
            "Precision: top_k = 0 is not allowed; expected a whole number >= 1".to_string(),
        ),
        (
            refused(Meter::<f64>::new(Recall::default().thresholds([2.0]))),
            format!("Recall: thresholds[0] = 2 is not allowed; {unit}"),
        ),
        (
            refused(Meter::<f64>::new(SensitivityAtSpecificity::new(1.1))),
            format!("SensitivityAtSpecificity: specificity = 1.1 is not allowed; {unit}"),
        ),
        (
            refused(Meter::<f64>::new(SpecificityAtSensitivity::new(0.5).num_thresholds(0))),
            "SpecificityAtSensitivity: num_thresholds = 0 is not allowed; expected a whole number >= 1".to_string(),
        ),
        (
            refused(Meter::<f64>::new(PrecisionAtRecall::new(-1.0))),
            format!("PrecisionAtRecall: recall = -1 is not allowed; {unit}"),
        ),
        (
            refused(Meter::<f64>::new(RecallAtPrecision::new(f64::NAN))),
            format!("RecallAtPrecision: precision = NaN is not allowed; {unit}"),
        ),
        (
            refused(Meter::<f64>::new(Auc::default().num_thresholds(1))),
            "AUC: num_thresholds = 1 is not allowed; expected a whole number >= 2".to_string(),
        ),
        (
            refused(Meter::<f64>::new(Auc::default().thresholds([1.5]))),
            format!("AUC: thresholds[0] = 1.5 is not allowed; {unit}"),
        ),
        (
            refused(Meter::<f64>::new(Auc::default().label_weights([1.0, -1.0]))),
            "AUC: label_weights[1] = -1 is not allowed; expected a number >= 0 and < inf".to_string(),
        ),
        (
            refused(Meter::<f64>::new(Auc::default().num_labels(0))),
            "AUC: num_labels = 0 is not allowed; expected a whole number >= 1".to_string(),
        ),
        (
            refused(Meter::<f64>::new(FBetaScore::default().beta(0.0))),
            "FBetaScore: beta = 0 is not allowed; expected a number > 0 and < inf".to_string(),
        ),
        (
            refused(Meter::<f64>::new(F1Score::default().threshold(0.0))),
            "F1Score: threshold = 0 is not allowed; expected a number > 0 and <= 1".to_string(),
        ),
        (
            refused(Meter::<f64>::new(BinaryAccuracy::default().threshold(f64::NAN))),
            "BinaryAccuracy: threshold = NaN is not allowed; expected a number".to_string(),
        ),
        (
            refused(Meter::<f64>::new(TopKCategoricalAccuracy::new(0))),
            "TopKCategoricalAccuracy: k = 0 is not allowed; expected a whole number >= 1".to_string(),
        ),
        (
            refused(Meter::<f64>::new(SparseTopKCategoricalAccuracy::new(0))),
            "SparseTopKCategoricalAccuracy: k = 0 is not allowed; expected a whole number >= 1".to_string(),
        ),
        (
            refused(Meter::<f64>::new(IoU::new(3, [3]))),
            "IoU: target_class_ids[0] = 3 is not allowed; expected a whole number < 3".to_string(),
        ),
        (
            refused(Meter::<f64>::new(OneHotIoU::new(3, []))),
            "OneHotIoU: target_class_ids = [] is not allowed; expected at least one: a whole number < 3".to_string(),
        ),
        (
            refused(Meter::<f64>::new(MeanIoU::new(0))),
            "MeanIoU: num_classes = 0 is not allowed; expected a whole number >= 1".to_string(),
        ),
        (
            refused(Meter::<f64>::new(OneHotMeanIoU::new(10_000))),
            "OneHotMeanIoU: slots = 100000000 is not allowed; expected at most 16777216".to_string(),
        ),
        (
            refused(Meter::<f64>::new(BinaryIoU::default().target_class_ids([2]))),
            "BinaryIoU: target_class_ids[0] = 2 is not allowed; expected a whole number < 2".to_string(),
        ),
        (
            refused(Meter::<f64>::new(BinaryIoU::default().threshold(f64::NAN))),
            "BinaryIoU: threshold = NaN is not allowed; expected a number".to_string(),
        ),
        (
            refused(Meter::<f64>::new(metrics::BinaryCrossentropy::default().label_smoothing(2.0))),
            format!("BinaryCrossentropy: label_smoothing = 2 is not allowed; {unit}"),
        ),
        (
            refused(Meter::<f64>::new(metrics::CategoricalCrossentropy::default().label_smoothing(-0.1))),
            format!("CategoricalCrossentropy: label_smoothing = -0.1 is not allowed; {unit}"),
        ),
    ];
    for (got, want) in words {
        assert_eq!(got, want);
    }
}

#[test]
fn words_and_missing_arguments_are_refused() {
    let registry = Registry::<f64>::default();
    let made = |spec: Spec| refused(registry.part::<dyn Metric<f64>>(&spec));
    let text = |class: &str, argument: &str| Spec::named(class).with(argument, Value::Text("best".to_string()));
    assert_eq!(made(text("AUC", "curve")), r#"AUC: curve = "best" is not allowed; expected one of "ROC", "PR", "PRGAIN""#);
    let methods = r#"one of "interpolation", "minoring", "majoring""#;
    assert_eq!(
        made(text("AUC", "summation_method")),
        format!(r#"AUC: summation_method = "best" is not allowed; expected {methods}"#)
    );
    let averages = r#"one of "micro", "macro", "weighted", None"#;
    assert_eq!(made(text("F1Score", "average")), format!(r#"F1Score: average = "best" is not allowed; expected {averages}"#));
    let aggregations = r#"one of "uniform_average", "variance_weighted_average", None"#;
    let refusal = format!(r#"R2Score: class_aggregation = "best" is not allowed; expected {aggregations}"#);
    assert_eq!(made(text("R2Score", "class_aggregation")), refusal);
    let refusal = r#"Recall: thresholds = "best" is not allowed; expected a list of numbers or None"#;
    assert_eq!(made(text("Recall", "thresholds")), refusal);
    let refusal = r#"IoU: target_class_ids = "best" is not allowed; expected a list of whole numbers"#;
    assert_eq!(made(text("IoU", "target_class_ids").with("num_classes", Value::Int(2))), refusal);
    assert_eq!(made(text("Recall", "class_id")), r#"Recall: class_id = "best" is not allowed; expected a whole number or None"#);
    for (class, argument) in [("PrecisionAtRecall", "recall = NaN"), ("MeanIoU", "num_classes = 0"), ("IoU", "num_classes = 0")] {
        assert!(made(Spec::named(class)).starts_with(&format!("{class}: {argument}")), "{}", made(Spec::named(class)));
    }
    assert!(made(Spec::named("presicion")).contains("did you mean `Precision`?"));
}

#[test]
fn data_that_a_metric_cannot_compare_is_refused() {
    #[track_caller]
    fn update<Marker>(
        metric: impl IntoPart<dyn Metric<f64>, Marker>,
        targets: &DMatrix<f64>,
        predictions: &DMatrix<f64>,
    ) -> String {
        refused(Meter::new(metric).unwrap().update(targets, predictions, None))
    }
    let (wide, narrow) = (dmatrix![0.1, 0.2, 0.7; 0.3, 0.3, 0.4], dmatrix![1.0; 0.0]);
    let width = "the targets have 1 column(s) and the model has 3 output(s); ";
    for name in ["Precision", "AUC", "F1Score", "R2Score", "MeanSquaredError", "RootMeanSquaredError", "TruePositives"] {
        let refusal = update(name, &narrow, &wide);
        assert!(refusal.starts_with(&format!("{name}: {width}")), "{refusal}");
    }
    assert_eq!(
        update(Precision::default().class_id(3), &wide, &wide),
        "Precision: class_id = 3 is not allowed; expected a whole number below the number of outputs, 3"
    );
    assert_eq!(
        update(Recall::default().top_k(4), &wide, &wide),
        "Recall: top_k = 4 is not allowed; expected at most the number of outputs, 3"
    );
    assert_eq!(
        update(PrecisionAtRecall::new(0.5).class_id(1), &narrow, &narrow),
        "PrecisionAtRecall: class_id = 1 is not allowed; expected a whole number below the number of outputs, 1"
    );
    assert_eq!(
        update(Auc::default().num_labels(3), &wide, &wide),
        "AUC: num_labels = 3 is not allowed; expected None unless `multi_label` is true"
    );
    assert_eq!(
        update(Auc::default().multi_label(true).num_labels(2), &wide, &wide),
        "AUC: num_labels = 2 is not allowed; expected the number of outputs, 3"
    );
    assert_eq!(
        update(Auc::default().label_weights([1.0]), &wide, &wide),
        "AUC: label_weights = a list of 1 is not allowed; expected one weight for each output, 3"
    );
    assert!(
        update(PearsonCorrelation, &narrow, &narrow)
            .starts_with("PearsonCorrelation: outputs = 1 is not allowed; expected at least 2 outputs")
    );
    assert!(update(MeanIoU::new(3), &narrow, &wide).contains("set `sparse_y_true` and `sparse_y_pred`"));

    let mut meter = Meter::new("mse").unwrap();
    meter.update(&wide, &wide, None).unwrap();
    assert_eq!(
        refused(meter.update(&narrow, &narrow, None)),
        "MeanSquaredError: columns of predictions = 1 is not allowed; expected 3 as in earlier batches; use a new meter for another number"
    );
    assert!(refused(meter.update(&wide, &wide.map(|_| f64::NAN), None)).starts_with("predictions has NaN"));
    assert_eq!(meter.result().unwrap(), 0.0, "what was refused left no trace");
    let mut score = Meter::new("f1_score").unwrap();
    score.update(&wide, &wide, None).unwrap();
    assert_eq!(
        refused(score.result()),
        "F1Score: result = 3 numbers is not allowed; expected one number; use `results` for several"
    );
}

#[test]
fn default_names_and_directions_are_those_of_keras() {
    let registry = Registry::<f32>::default();
    let up = "Accuracy AUC BinaryAccuracy BinaryIoU CategoricalAccuracy ConcordanceCorrelation CosineSimilarity F1Score FBetaScore IoU \
              MeanIoU OneHotIoU OneHotMeanIoU PearsonCorrelation Precision PrecisionAtRecall R2Score Recall RecallAtPrecision \
              SensitivityAtSpecificity SparseCategoricalAccuracy SparseTopKCategoricalAccuracy SpecificityAtSensitivity \
              TopKCategoricalAccuracy";
    let neither = "FalseNegatives FalsePositives TrueNegatives TruePositives Mean Sum";
    let within = |list: &str, name: &str| list.split_whitespace().any(|known| known == name);
    for name in registry.metrics.names() {
        let metric = registry.part::<dyn Metric<f32>>(&complete::<f32, dyn Metric<f32>>(&registry, name)).unwrap();
        let direction = match name {
            name if within(up, name) => Some(Direction::Up),
            name if within(neither, name) => None,
            _ => Some(Direction::Down),
        };
        assert_eq!(metric.direction(), direction, "{name}");
    }
    for (class, logged) in [
        ("AUC", "auc"),
        ("FBetaScore", "fbeta_score"),
        ("F1Score", "f1_score"),
        ("R2Score", "r2_score"),
        ("MeanIoU", "mean_io_u"),
        ("SensitivityAtSpecificity", "sensitivity_at_specificity"),
        ("TopKCategoricalAccuracy", "top_k_categorical_accuracy"),
        ("RootMeanSquaredError", "root_mean_squared_error"),
    ] {
        assert_eq!(
            registry.part::<dyn Metric<f32>>(&complete::<f32, dyn Metric<f32>>(&registry, class)).unwrap().log_name(),
            logged
        );
    }
}

#[test]
fn several_numbers_are_several_series() {
    let x = DMatrix::from_fn(20, 2, |i, j| ((i + j) as f64).sin());
    let y = DMatrix::from_fn(20, 3, |i, j| f64::from(i % 3 == j));
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(3).activation(Softmax));
    let macro_f1 = named("macro", F1Score::default().average(Average::Macro));
    let chosen = (F1Score::default(), macro_f1, Precision::default().thresholds([0.3, 0.6]), weighted(F1Score::default()), "ce");
    model.compile("adam", "categorical_crossentropy", chosen).unwrap();
    let mut stop = EarlyStopping::new("f1_score[1]").patience(100);
    let history = model.fit(&x, &y, FitOptions::new().epochs(3).callback(&mut stop)).unwrap();
    let scores = model.evaluate(&x, &y).unwrap();
    let names: Vec<&str> = scores.iter().map(|(name, _)| name).collect();
    let f1 = ["loss", "f1_score[0]", "f1_score[1]", "f1_score[2]", "macro", "precision[0]", "precision[1]", "ce"];
    let rest = ["weighted_f1_score[0]", "weighted_f1_score[1]", "weighted_f1_score[2]"];
    assert_eq!(names, [&f1[..], &rest[..]].concat());
    let mean = (scores["f1_score[0]"] + scores["f1_score[1]"] + scores["f1_score[2]"]) / 3.0;
    assert!((scores["macro"] - mean).abs() < 1e-12);
    assert!((scores["ce"] - scores["loss"]).abs() < 1e-6);
    assert_eq!(history["precision[1]"].len(), 3);
    let unknown = model.fit(&x, &y, FitOptions::new().callback(EarlyStopping::new("f1_score")));
    assert!(refused(unknown).contains("`f1_score[0]`"));
}
