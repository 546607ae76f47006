//! The names of columns in findings and reports.

use layercake::diagnosis::{CheckOptions, Finding};
use layercake::layers::{Concatenate, Rescaling, stack};
use layercake::prelude::*;

const NAMES: [&str; 6] = ["age", "code", "kept", "again", "price <per> \"m2\"", "mark"];

/// Columns with a fault each: a constant, a copy, one that gives the target away, one of large scale and a mark for missing cells.
fn data() -> (DMatrix<f64>, Vec<usize>) {
    let wave = |row: usize, factor: f64| (row as f64 * factor).sin();
    let y: Vec<usize> = (0..300).map(|row| usize::from(wave(row, 1.3) + wave(row, 2.9) > 0.0)).collect();
    let x = DMatrix::from_fn(300, 6, |row, column| match column {
        0 => wave(row, 1.3),
        1 => 7.0,
        2 => wave(row, 2.9),
        3 => 2.0 * wave(row, 2.9) + 1.0,
        4 => 5.0 * y[row] as f64 + 0.1 * wave(row, 5.1),
        _ if row % 20 == 3 => -999.0,
        _ => wave(row, 0.7),
    });
    (x, y)
}

fn model() -> Sequential<f64> {
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(8).activation(Relu));
    model.add(Dense::new(2).activation(Softmax));
    model.compile("adam", "sparse_categorical_crossentropy", ()).unwrap();
    model
}

fn check(x: &DMatrix<f64>, y: &[usize], options: &CheckOptions) -> Vec<Finding> {
    model().check_with(x, y, &FitOptions::new().epochs(100), options).unwrap()
}

fn find<'a>(findings: &'a [Finding], code: &str) -> &'a Finding {
    let all = || findings.iter().flat_map(|finding| std::iter::once(finding).chain(finding.explains()));
    all().find(|finding| finding.code() == code).unwrap_or_else(|| panic!("{code} in {findings:?}"))
}

#[test]
fn findings_name_the_columns() {
    let (x, y) = data();
    let named = check(&x, &y, &CheckOptions::new().columns(NAMES));
    let texts = [
        ("LC0104", "column 1 `code` of x is constant: 7 in every row", "drop column 1 `code`"),
        ("LC0107", "column 3 `again` of x is column 2 `kept` again, or a multiple of it", "drop column 3 `again`"),
        ("LC0108", "column 4 `price <per> \"m2\"` of x gives the target away", "ask whether column 4 `price <per> \"m2\"` is"),
        ("LC0109", "column 5 `mark` of x has -999 in 5 % of the rows", "treat -999 in column 5 `mark` as missing"),
    ];
    for (code, title, remedy) in texts {
        let finding = find(&named, code);
        assert!(finding.title().starts_with(title), "{finding}");
        assert!(finding.to_string().contains(&format!("\n  try: {remedy}")), "{finding}");
    }
    assert_eq!(find(&named, "LC0104").column_names().collect::<Vec<_>>(), ["code"]);
    assert!(find(&named, "LC0102").title().starts_with("column 5 `mark` of x has size "));
    // without names, the same findings have numbers
    let plain = check(&x, &y, &CheckOptions::new());
    let codes = |findings: &[Finding]| findings.iter().map(Finding::code).collect::<Vec<_>>();
    assert_eq!(codes(&plain), codes(&named));
    assert!(plain.iter().all(|finding| !finding.to_string().contains('`') && finding.column_names().next().is_none()));
}

#[test]
fn a_cell_that_is_no_number_is_named() {
    let (mut x, y) = data();
    x[(17, 3)] = f64::NAN;
    let found = check(&x, &y, &CheckOptions::new().columns(NAMES));
    assert_eq!(found[0].title(), "x has NaN at row 17, column 3 `again`");
}

#[test]
fn a_report_names_the_columns_everywhere() {
    let (x, y) = data();
    let mut diagnosis = Diagnosis::new().columns(NAMES);
    let options = FitOptions::new().epochs(3).validation_split(0.2).callback(&mut diagnosis);
    model().fit(&x, &y, options).unwrap();
    let report = diagnosis.report();
    assert!(find(report.findings(), "LC0108").title().contains("`price <per> \"m2\"`"));
    let html = report.to_html();
    assert!(
        html.contains("column 4 <code>price &lt;per&gt; &quot;m2&quot;</code> of x gives the target away")
            && !html.contains("<per>")
    );
    assert!(html.contains("4 price &lt;per&gt; &quot;m2&quot;</th>"), "the columns of the data");
    let json: serde_json::Value = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(json["data"]["columns"][5]["name"], "mark");
    let leak = json["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "LC0108").unwrap();
    assert_eq!((&leak["place"]["columns"][0], &leak["place"]["names"][0]), (&4.into(), &NAMES[4].into()));
}

#[test]
fn names_for_another_number_of_columns_are_refused() {
    let (x, y) = data();
    let few = CheckOptions::new().columns(["age", "code"]);
    let error = model().check_with(&x, &y, &FitOptions::new(), &few).unwrap_err().to_string();
    assert!(error.contains("2 names") && error.contains("6 columns"), "{error}");
    let mut diagnosis = Diagnosis::new().columns(["age"]);
    let error = model().fit(&x, &y, FitOptions::new().callback(&mut diagnosis)).unwrap_err().to_string();
    assert!(error.contains("1 names") && error.contains("6 columns"), "{error}");
}

/// The columns that a layer makes of those of the data are not theirs.
#[test]
fn columns_of_a_layer_have_no_names() {
    let x = DMatrix::from_fn(200, 2, |row, column| (row as f64 * (1.3 + column as f64)).sin());
    let y = DMatrix::from_fn(200, 1, |row, _| x[(row, 0)] + 0.3 * (row as f64 * 0.7).cos());
    let mut model = Sequential::with_seed(1);
    model.add(Concatenate::stacks([stack(()), stack(Rescaling::new(1000.0))]));
    model.add(Dense::new(1));
    model.compile("adam", "mse", ()).unwrap();
    let found = model.check_with(&x, &y, &FitOptions::new().epochs(100), &CheckOptions::new().columns(["a", "b"])).unwrap();
    let scale = find(&found, "LC0102");
    assert!(scale.title().starts_with("column 2 of what the first layer with weights reads has size "), "{scale}");
    assert!(scale.column_names().next().is_none(), "{scale}");
}
