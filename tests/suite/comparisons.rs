//! Two reports, or two groups of reports, compared: what changed, and whether by more than the seeds change it.

use layercake::diagnosis::{Comparison, Report};
use layercake::prelude::*;

fn data() -> (DMatrix<f64>, Vec<usize>) {
    let x = DMatrix::from_fn(200, 3, |row, column| ((row * (column + 2)) as f64).sin());
    let y = (0..200).map(|row| usize::from(x[(row, 0)] * x[(row, 1)] + 0.3 * x[(row, 2)] > 0.0)).collect();
    (x, y)
}

pub fn train(seed: u64, rate: f64, units: usize, epochs: usize) -> Report {
    let (x, y) = data();
    let mut model = Sequential::with_seed(seed);
    model.add(Dense::new(units).activation(Relu).name("hidden"));
    model.add(Dense::new(2).activation(Softmax).name("classes"));
    model.compile(Adam::default().learning_rate(rate), "sparse_categorical_crossentropy", "accuracy").unwrap();
    let mut diagnosis = Diagnosis::new();
    model.fit(&x, &y, FitOptions::new().epochs(epochs).validation_split(0.2).callback(&mut diagnosis)).unwrap();
    diagnosis.report()
}

fn score(report: &Report) -> f64 {
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    json["score"]["validation"]["score"].as_f64().unwrap()
}

fn settings(comparison: &Comparison) -> Vec<(&str, &str, &str)> {
    comparison.settings().collect()
}

#[test]
fn what_changed_is_named() {
    let (before, after) = (train(1, 5.0, 8, 20), train(1, 0.01, 16, 60));
    let comparison = before.compare(&after);
    let expected = [
        ("layer hidden units", "8", "16"),
        ("optimizer learning_rate", "5.0", "0.01"),
        ("epochs", "20", "60"),
        // 3 inputs and a bias for each unit, 2 outputs that read each unit
        ("trained weights", "50", "98"),
    ];
    assert_eq!(settings(&comparison), expected);
    approx::assert_relative_eq!(comparison.score_change().unwrap(), score(&after) - score(&before), max_relative = 1e-12);
    assert_eq!(comparison.is_beyond_spread(), None);
    // the finding about the rate is gone, and no finding is both gone and new
    assert!(comparison.gone_findings().iter().any(|finding| finding.code() == "LC0502"), "{comparison}\n{before}");
    let gone = |code: &str| comparison.gone_findings().iter().any(|finding| finding.code() == code);
    assert!(comparison.new_findings().iter().all(|finding| !gone(finding.code())), "{comparison}");
    let text = comparison.to_string();
    assert!(text.lines().count() <= 17 && text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(text.contains("spread    not known: ") && text.contains("gone      "), "{text}");
    let back = after.compare(&before);
    assert_eq!(
        (back.score_change(), back.new_findings()),
        (comparison.score_change().map(|change| -change), comparison.gone_findings())
    );
}

#[test]
fn a_report_is_like_itself() {
    let report = train(1, 0.01, 8, 20);
    let comparison = report.compare(&train(1, 0.01, 8, 20));
    assert!(settings(&comparison).is_empty() && comparison.new_findings().is_empty() && comparison.gone_findings().is_empty());
    assert_eq!(comparison.score_change(), Some(0.0));
    assert!(comparison.to_string().contains("settings  the same"), "{comparison}");
    let other = report.compare(&train(2, 0.01, 8, 20));
    assert_eq!(settings(&other), [("seed", "1", "2")]);
}

#[test]
fn a_change_beyond_the_spread_of_the_seeds_is_told_from_one_within() {
    let seeds = |first: u64, rate: f64| (first..first + 4).map(|seed| train(seed, rate, 8, 30)).collect::<Vec<_>>();
    let (low, high, others) = (seeds(1, 0.0001), seeds(1, 0.03), seeds(5, 0.03));
    let comparison = Comparison::of(&low, &high).unwrap();
    let mean = |reports: &[Report]| reports.iter().map(score).sum::<f64>() / reports.len() as f64;
    approx::assert_relative_eq!(comparison.score_change().unwrap(), mean(&high) - mean(&low), max_relative = 1e-9);
    assert_eq!(comparison.is_beyond_spread(), Some(true), "{comparison}");
    assert_eq!(settings(&comparison), [("optimizer learning_rate", "0.0001", "0.03")]);
    assert!(comparison.to_string().contains("spread    beyond that of the seeds"), "{comparison}");
    let same = Comparison::of(&high, &others).unwrap();
    assert_eq!((same.is_beyond_spread(), settings(&same)), (Some(false), Vec::new()), "{same}");
}

#[test]
fn groups_that_are_none_are_refused() {
    let [one, again, other, seed] = [train(1, 0.01, 8, 5), train(1, 0.01, 8, 5), train(2, 0.02, 8, 5), train(2, 0.01, 8, 5)];
    let refused = |before: &[Report], after: &[Report], words: [&str; 2]| {
        let error = Comparison::of(before, after).unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    };
    let after = [other];
    refused(&[], &after, ["before", "no report"]);
    refused(&after, &[Diagnosis::<f64>::new().report()], ["after", "watched no training"]);
    refused(&[one, again], &after, ["before", "seed 1 twice"]);
    let [other] = after;
    refused(&[seed, other], &[train(1, 0.01, 8, 5)], ["before", "optimizer learning_rate"]);
    let nothing = Diagnosis::<f64>::new().report();
    assert!(nothing.compare(&train(1, 0.01, 8, 5)).to_string().contains("watched no training"));
}

#[test]
fn scores_of_different_kinds_are_not_compared() {
    let classes = train(1, 0.01, 8, 5);
    let (x, _) = data();
    let y = DMatrix::from_fn(200, 1, |row, _| x[(row, 0)]);
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(1).name("number"));
    model.compile("adam", "mse", ()).unwrap();
    let mut diagnosis = Diagnosis::new();
    model.fit(&x, &y, FitOptions::new().epochs(5).callback(&mut diagnosis)).unwrap();
    let comparison = classes.compare(&diagnosis.report());
    assert!(
        settings(&comparison).contains(&("score", "accuracy", "R2"))
            && settings(&comparison).contains(&("validation rows", "40", "0"))
    );
    assert_eq!((comparison.score_change(), comparison.is_beyond_spread()), (None, None));
    assert!(comparison.to_string().contains("cannot be compared"), "{comparison}");
}
