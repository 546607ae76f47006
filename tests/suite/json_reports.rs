//! The report of a training as JSON: complete, readable by any reader of JSON, and the same for the same training.

use super::html_reports::{bad, data, regression};
use layercake::diagnosis::{Finding, Report};
use layercake::initializers::Zeros;
use layercake::prelude::*;
use serde_json::Value;

fn read(report: &Report) -> Value {
    serde_json::from_str(&report.to_json()).unwrap()
}

fn numbers(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

fn check_findings(json: &Value, findings: &[Finding]) {
    assert_eq!(json.as_array().unwrap().len(), findings.len());
    for (json, finding) in json.as_array().unwrap().iter().zip(findings) {
        assert_eq!(json["code"], finding.code());
        assert_eq!(json["severity"], finding.severity().to_string());
        assert_eq!(json["title"], finding.title());
        assert_eq!(json["place"]["text"], finding.place().to_string());
        assert_eq!(json["remedy"]["text"], finding.remedy().to_string());
        let kind = json["remedy"]["kind"].as_str().unwrap();
        assert!(!kind.is_empty() && format!("{:?}", finding.remedy()).starts_with(kind), "{kind}");
        assert_eq!(json["evidence"].as_array().unwrap().len(), finding.evidence().len());
        for (json, evidence) in json["evidence"].as_array().unwrap().iter().zip(finding.evidence()) {
            assert_eq!((json["name"].as_str(), json["usual"].as_str()), (Some(&*evidence.name), Some(&*evidence.usual)));
            assert_eq!(json["value"].as_f64(), Some(evidence.value).filter(|value| value.is_finite()));
        }
        check_findings(&json["explains"], finding.explains());
    }
}

#[test]
fn findings_and_scores_are_those_of_the_report() {
    let report = bad();
    let json = read(&report);
    assert_eq!(json["format"], 1);
    assert_eq!(json["versions"]["layercake"], env!("CARGO_PKG_VERSION"));
    assert_eq!(json["verdict"], report.verdict());
    assert!(!report.findings().is_empty());
    check_findings(&json["findings"], report.findings());
    let text = report.to_string();
    assert!(text.contains(&format!("best      epoch {} of {}", json["best"]["epoch"], json["training"]["epochs"])), "{text}");
    let score = json["score"]["validation"]["score"].as_f64().unwrap();
    assert!(text.contains(&format!("accuracy {score:.3} +- ")), "{text}");
    let constant = json["controls"]["constant"].as_f64().unwrap();
    let [linear, near] = ["linear", "nearest_neighbours"].map(|name| json["controls"][name]["score"].as_f64().unwrap());
    assert!(text.contains(&format!("constant {constant:.3}, linear {linear:.3}, 5-NN {near:.3}")), "{text}");
    // the confusion has each validation row once, and those on its diagonal are the score
    let cells = json["confusion"].as_array().unwrap();
    let rows = |is_counted: &dyn Fn(&Value) -> bool| {
        cells.iter().filter(|cell| is_counted(cell)).map(|cell| cell["rows"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!((rows(&|_| true), json["data"]["validation_rows"].as_u64()), (40, Some(40)));
    assert_eq!(rows(&|cell| cell["actual"] == cell["predicted"]) as f64 / 40.0, score);
    assert!(text.contains(&format!("worst     rows {} (loss ", json["worst_rows"][0]["row"])), "{text}");
    assert_eq!(json["settings"]["optimizer"]["class_name"], "Adam");
    assert_eq!(json["settings"]["optimizer"]["config"]["learning_rate"], 3.0);
    assert_eq!(json["settings"]["layers"][0]["name"], "a<b>&\"c\"");
    assert_eq!((&json["settings"]["seed"], &json["settings"]["batch_size"]), (&"1".into(), &32.into()));
}

#[test]
fn curves_are_the_history() {
    let (x, y) = data(100);
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(4).activation(Relu));
    model.add(Dense::new(2).activation(Softmax).kernel_initializer(Zeros));
    model.compile("adam", "sparse_categorical_crossentropy", "accuracy").unwrap();
    let mut diagnosis = Diagnosis::new();
    let options = FitOptions::new().epochs(7).validation_split(0.2).validation_freq(3).callback(&mut diagnosis);
    let history = model.fit(&x, &y, options).unwrap();
    let json = read(&diagnosis.report());
    assert_eq!(numbers(&json["curves"]["epochs"]), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    let logs = &json["curves"]["logs"];
    for name in ["loss", "accuracy"] {
        assert_eq!(numbers(&logs[name]), history[name]);
    }
    let validated: Vec<usize> = (0..7).filter(|epoch| !logs["val_loss"][epoch].is_null()).collect();
    assert_eq!(validated, [2, 5]);
    for (place, epoch) in validated.into_iter().enumerate() {
        assert_eq!(logs["val_accuracy"][epoch], history["val_accuracy"][place]);
    }
    // the distance from weights that are all zero is infinite in relation to them
    assert_eq!(json["layers"][1]["moved"], Value::Null);
    assert!(json["layers"][0]["moved"].as_f64().unwrap() > 0.0);
    let [epochs, updates] = ["update_epochs", "updates"].map(|name| numbers(&json["layers"][0][name]));
    assert!(epochs[0] == 1.0 && epochs.is_sorted() && epochs.len() == updates.len(), "{epochs:?}");
    assert_eq!(json["layers"][0]["units"], 4);
}

#[test]
fn numbers_have_predictions_instead_of_a_confusion() {
    let json = read(&regression(20));
    assert!(json["confusion"].is_null());
    let pairs = json["predictions"].as_array().unwrap();
    assert_eq!(pairs.len(), 40);
    // R2 from its formula
    let pairs: Vec<Vec<f64>> = pairs.iter().map(numbers).collect();
    let mean = pairs.iter().map(|pair| pair[0]).sum::<f64>() / 40.0;
    let rest: f64 = pairs.iter().map(|pair| (pair[0] - pair[1]).powi(2)).sum();
    let all: f64 = pairs.iter().map(|pair| (pair[0] - mean).powi(2)).sum();
    approx::assert_relative_eq!(json["score"]["validation"]["score"].as_f64().unwrap(), 1.0 - rest / all, max_relative = 1e-9);
    assert_eq!(json["data"]["target"]["kind"], "numbers");
    assert_eq!(json["data"]["columns"].as_array().unwrap().len(), 3);
}

#[test]
fn equal_trainings_have_equal_json() {
    let untimed = |report: &Report| -> Vec<String> {
        let json = report.to_json();
        let lines: Vec<String> = json.lines().filter(|line| !line.contains("\"seconds\": ")).map(str::to_string).collect();
        assert_eq!(lines.len() + 1, json.lines().count());
        lines
    };
    assert_eq!(untimed(&bad()), untimed(&bad()));
    assert_ne!(untimed(&regression(20)), untimed(&regression(19)));
}

#[test]
fn a_report_of_nothing_and_a_file() {
    let nothing = read(&Diagnosis::<f64>::new().report());
    let mut fields: Vec<&String> = nothing.as_object().unwrap().keys().collect();
    fields.sort();
    assert_eq!(fields, ["findings", "format", "verdict", "versions"]);
    let folder = std::env::temp_dir().join(format!("layercake-json-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (report, path) = (regression(3), folder.join("report.json"));
    report.save_json(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), report.to_json());
    let error = report.save_json(folder.join("missing").join("report.json")).unwrap_err().to_string();
    assert!(error.contains("report.json"), "{error}");
    std::fs::remove_dir_all(&folder).unwrap();
}
