//! Reading the reference files and comparing with them.

use layercake::DMatrix;
use layercake::prelude::Scalar;
use layercake::saving::{Spec, Value};
use serde_json::Value as Json;

/// A file of reference numbers.
pub struct File {
    json: Json,
    used: usize,
    left_out: Vec<String>,
}

impl File {
    pub fn read(name: &str) -> Self {
        let path = format!("{}/tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        Self { json, used: 0, left_out: Vec::new() }
    }

    /// Runs each case of a list whose part is among `known`, and counts them.
    pub fn each(&mut self, list: &str, class: impl Fn(&Json) -> String, known: &[&str], mut run: impl FnMut(&Json, Tolerance)) {
        let bound = |key: &str| self.json[key].as_f64().unwrap();
        let file = Tolerance { relative: bound("rtol"), absolute: bound("atol") };
        for case in self.json[list].as_array().unwrap() {
            let class = class(case);
            if known.contains(&class.as_str()) {
                let tolerance = Tolerance { relative: case["rtol"].as_f64().unwrap_or(file.relative), ..file };
                run(case, tolerance);
                self.used += 1;
            } else {
                self.left_out.push(class);
            }
        }
    }

    pub fn get(&self, key: &str) -> &Json {
        &self.json[key]
    }

    /// Fails unless every case was used, but for kinds that another test takes.
    pub fn assert_all_used(&self, elsewhere: &[&str]) {
        let left_out: Vec<_> = self.left_out.iter().filter(|kind| !elsewhere.contains(&kind.as_str())).collect();
        assert!(left_out.is_empty() && self.used > 0, "{} cases were used; left out: {left_out:?}", self.used);
    }
}

/// What a part makes of a case, by the names that the file has for it.
pub type Results = Vec<(&'static str, Vec<f64>)>;

/// How near a number must come: `|got - want| <= absolute + relative |want|`.
#[derive(Debug, Clone, Copy)]
pub struct Tolerance {
    pub relative: f64,
    pub absolute: f64,
}

impl Tolerance {
    /// What the same numbers can be held to in this number type.
    pub fn in_type<T: Scalar>(self) -> Self {
        if T::DTYPE == "float64" { self } else { Self { relative: 1e-5, absolute: 1e-6 } }
    }

    fn meets(&self, got: f64, want: f64) -> bool {
        got == want || (got.is_nan() && want.is_nan()) || (got - want).abs() <= self.absolute + self.relative * want.abs()
    }

    /// Compares with `case[key]`, or element by element with `case[key_alt]` where the backends of Keras differ.
    pub fn assert(&self, case: &Json, key: &str, got: &[f64]) {
        self.assert_or(case, key, got, None);
    }

    /// Compares what `run` makes of a case in a number type with all the file has for it.
    ///
    /// A number type that rounds the inputs of a case, 30.1 to the next that single precision has, is given another case: there an
    /// element may also be what double precision, itself held to the file, makes of the rounded inputs.
    pub fn compare<T: Scalar>(self, case: &Json, run: impl Fn(&Json) -> Results, in_double: impl Fn(&Json) -> Results) {
        let rounded = (T::DTYPE != "float64").then(|| in_double(&held::<T>(case)));
        for (place, (key, got)) in run(case).into_iter().enumerate() {
            let rounded = rounded.as_ref().map(|rounded| held_all::<T>(&rounded[place].1));
            let mut case = case.clone();
            case[key] = held::<T>(&case[key]);
            self.in_type::<T>().assert_or(&case, key, &got, rounded.as_deref());
        }
    }

    fn assert_or(&self, case: &Json, key: &str, got: &[f64], rounded: Option<&[f64]>) {
        let want = numbers(&case[key]);
        let other = case.get(format!("{key}_alt")).map_or_else(|| alternatives(&case[key]), numbers);
        assert_eq!(got.len(), want.len(), "{}: count of {key}", case["id"]);
        for (place, (&got, &want)) in got.iter().zip(&want).enumerate() {
            let rounded = rounded.map_or(want, |rounded| rounded[place]);
            let met = [want, other[place], rounded].into_iter().any(|want| self.meets(got, want));
            assert!(met, "{}: {key}[{place}] is {got:e}, not {want:e}", case["id"]);
        }
    }
}

/// Numbers as a number type holds them.
fn held_all<T: Scalar>(numbers: &[f64]) -> Vec<f64> {
    numbers.iter().map(|&number| T::of(number).to_f64()).collect()
}

/// A case with its numbers as a number type holds them.
fn held<T: Scalar>(json: &Json) -> Json {
    match json {
        Json::Number(number) if number.is_f64() => {
            let number = T::of(number.as_f64().unwrap()).to_f64();
            if number.is_finite() { number.into() } else { if number > 0.0 { "Infinity" } else { "-Infinity" }.into() }
        }
        Json::Array(values) => values.iter().map(held::<T>).collect(),
        Json::Object(entries) => entries.iter().map(|(key, value)| (key.clone(), held::<T>(value))).collect(),
        other => other.clone(),
    }
}

/// All numbers of a tensor, a weight with its name, or a list of such, row by row.
pub fn numbers(json: &Json) -> Vec<f64> {
    either(json, "value")
}

/// [`numbers`] with the values of the other backend where a weight has them.
fn alternatives(json: &Json) -> Vec<f64> {
    either(json, "value_alt")
}

fn either(json: &Json, value: &str) -> Vec<f64> {
    match json {
        Json::Object(entry) => either(entry.get("data").or(entry.get(value)).unwrap_or(&json["value"]), value),
        Json::Array(rows) => rows.iter().flat_map(|row| either(row, value)).collect(),
        Json::Bool(flag) => vec![f64::from(*flag)],
        Json::Null => Vec::new(),
        other => vec![number(other)],
    }
}

fn number(json: &Json) -> f64 {
    match json.as_str() {
        Some("NaN") => f64::NAN,
        Some("Infinity") => f64::INFINITY,
        Some("-Infinity") => f64::NEG_INFINITY,
        _ => json.as_f64().unwrap_or_else(|| panic!("not a number: {json}")),
    }
}

/// A tensor with its first axis as rows; a vector is one column.
pub fn matrix<T: Scalar>(json: &Json) -> DMatrix<T> {
    let shape: Vec<usize> = json["shape"].as_array().unwrap().iter().map(|extent| extent.as_u64().unwrap() as usize).collect();
    let rows = shape.first().copied().unwrap_or(1);
    let values: Vec<T> = numbers(json).into_iter().map(T::of).collect();
    DMatrix::from_row_slice(rows, values.len() / rows, &values)
}

/// A weight as `set_weights` wants it: a vector is one row.
pub fn weight<T: Scalar>(json: &Json) -> DMatrix<T> {
    let matrix = matrix(json);
    if json["shape"].as_array().unwrap().len() == 1 { matrix.transpose() } else { matrix }
}

/// Keras' order: row by row.
pub fn by_rows<T: Scalar>(matrix: &DMatrix<T>) -> Vec<f64> {
    matrix.transpose().iter().map(|value| value.to_f64()).collect()
}

/// A Keras object spec, or a bare name.
pub fn spec(json: &Json) -> Spec {
    match json {
        Json::String(name) => Spec::named(name),
        _ => config(json["class_name"].as_str().unwrap(), &json["config"]),
    }
}

/// A class name and its arguments.
pub fn config(class_name: &str, arguments: &Json) -> Spec {
    let arguments = arguments.as_object().unwrap().iter();
    arguments.fold(Spec::named(class_name), |spec, (name, json)| spec.with(name, value(json)))
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => number.as_i64().map_or_else(|| Value::Float(number.as_f64().unwrap()), Value::Int),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(values) => Value::List(values.iter().map(value).collect()),
        Json::Object(_) => Value::Spec(spec(json)),
    }
}
