//! Reads the reference files and compares with them.

use layercake::layers::LayerEntry;
use layercake::prelude::{Layer, Scalar, Sequential};
use layercake::saving::{Kind, Registry, Spec, Value};
use layercake::{DMatrix, Result};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// The variable that names another folder of reference files.
const FOLDER: &str = "LAYERCAKE_GOLDEN";

/// Whether another folder is read, which may lack files and may have other data.
pub fn is_elsewhere() -> bool {
    std::env::var_os(FOLDER).is_some()
}

/// The folder of the reference files.
pub fn folder() -> PathBuf {
    let own = || concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden").into();
    std::env::var_os(FOLDER).map_or_else(own, PathBuf::from)
}

/// Prints a message once, even if the tests pass.
fn say(what: &str) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if SAID.lock().unwrap().insert(what.to_string()) {
        let _ = writeln!(std::io::stderr(), "{FOLDER}: {what}");
    }
}

/// The keys that every file and every case may have, in addition to the lists of cases.
const OF_FILES: [&str; 13] = [
    "format",
    "version",
    "section",
    "seed",
    "profile",
    "floatx",
    "keras_epsilon",
    "reference_backend",
    "alt_backend",
    "versions",
    "rtol",
    "atol",
    "note",
];
const OF_CASES: [&str; 6] = ["id", "tier", "rtol", "atol", "reference", "note"];

/// A file of reference numbers.
pub struct File {
    name: &'static str,
    /// `None` if another folder lacks the file.
    json: Option<Json>,
    used: usize,
    left_out: Vec<String>,
    not_understood: Vec<String>,
}

impl File {
    /// Reads a file with these lists of cases.
    pub fn read(name: &'static str, lists: &[&str]) -> Self {
        let path = folder().join(format!("{name}.json"));
        let mut file = Self { name, json: None, used: 0, left_out: Vec::new(), not_understood: Vec::new() };
        if is_elsewhere() && !path.exists() {
            say(&format!("{} is not there, so that nothing was compared with it", path.display()));
            return file;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let json: Json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        unknown_keys(&json, "", &[&OF_FILES, lists].concat(), &mut file.not_understood);
        file.json = Some(json);
        file
    }

    /// Runs each case of a list whose part is in `known`, and counts it. `keys` has a path for each key that a case may have,
    /// such as `"phases.fit"`; everything below the last name of a path is allowed.
    pub fn each(
        &mut self,
        list: &str,
        keys: &[&str],
        class: impl Fn(&Json) -> String,
        known: &[&str],
        mut run: impl FnMut(&Json, Tolerance),
    ) {
        let Some(json) = &self.json else { return };
        let bound = |key: &str| json[key].as_f64().unwrap_or_else(|| panic!("{}.json has no {key}", self.name));
        let file = Tolerance { relative: bound("rtol"), absolute: bound("atol") };
        let Some(cases) = json[list].as_array() else {
            assert!(is_elsewhere(), "{}.json has no {list}", self.name);
            return say(&format!("{}.json has no {list}, so that nothing was compared with them", self.name));
        };
        for case in cases {
            let mut unknown = Vec::new();
            unknown_keys(case, "", &[&OF_CASES, keys].concat(), &mut unknown);
            if !unknown.is_empty() {
                // an unknown key may change the meaning of the known numbers
                self.not_understood.push(format!("{}: {}", case["id"], unknown.join(", ")));
                continue;
            }
            let class = class(case);
            if known.contains(&class.as_str()) {
                let relative = case["rtol"].as_f64().unwrap_or(file.relative);
                run(case, Tolerance { relative, absolute: case["atol"].as_f64().unwrap_or(file.absolute) });
                self.used += 1;
            } else {
                self.left_out.push(class);
            }
        }
    }

    pub fn get(&self, key: &str) -> &Json {
        self.json.as_ref().map_or(&Json::Null, |json| &json[key])
    }

    /// Fails unless every case was understood and used, except for the kinds that another test uses.
    pub fn assert_all_used(&self, elsewhere: &[&str]) {
        assert!(self.not_understood.is_empty(), "{}.json has keys that no test knows: {:#?}", self.name, self.not_understood);
        let left_out: Vec<_> = self.left_out.iter().filter(|kind| !elsewhere.contains(&kind.as_str())).collect();
        assert!(left_out.is_empty(), "{} cases of {}.json were used; left out: {left_out:?}", self.used, self.name);
        assert!(self.used > 0 || is_elsewhere(), "no case of {}.json was used", self.name);
    }
}

/// Collects the paths of unknown keys. Each known key may have a second one with another backend's value, `<key>_alt`.
pub fn unknown_keys(json: &Json, path: &str, known: &[&str], unknown: &mut Vec<String>) {
    match json {
        Json::Array(values) => values.iter().for_each(|value| unknown_keys(value, path, known, unknown)),
        Json::Object(entries) => {
            for (key, value) in entries {
                let path = format!("{path}{key}");
                let plain = path.strip_suffix("_alt").unwrap_or(&path);
                let below = format!("{plain}.");
                if known.iter().any(|known| known.starts_with(&below)) {
                    unknown_keys(value, &below, known, unknown);
                } else if !known.contains(&path.as_str()) && !known.contains(&plain) && !unknown.contains(&path) {
                    unknown.push(path);
                }
            }
        }
        _ => {}
    }
}

/// Fails for an unknown key.
pub fn assert_known(json: &Json, what: &str, known: &[&str]) {
    let mut unknown = Vec::new();
    unknown_keys(json, "", known, &mut unknown);
    assert!(unknown.is_empty(), "{what} has keys that no test knows: {unknown:?} in {json:.300}");
}

/// The results of a part for one case, by their keys in the file.
pub type Results = Vec<(&'static str, Vec<f64>)>;

/// The tolerance of a comparison: `|got - want| <= absolute + relative |want|`.
#[derive(Debug, Clone, Copy)]
pub struct Tolerance {
    pub relative: f64,
    pub absolute: f64,
}

impl Tolerance {
    /// The tolerance for the same numbers in this number type.
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

    /// Compares the results of `run` in one number type with the numbers of the case.
    ///
    /// Single precision rounds the inputs of a case, for example 30.1, and so computes another case. There an element may also
    /// equal the result of double precision for the rounded inputs.
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

/// Numbers rounded to a number type.
fn held_all<T: Scalar>(numbers: &[f64]) -> Vec<f64> {
    numbers.iter().map(|&number| T::of(number).to_f64()).collect()
}

/// A case with its numbers rounded to a number type.
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

/// The numbers of a tensor, of a named weight, or of a list of these, row by row.
pub fn numbers(json: &Json) -> Vec<f64> {
    either(json, "value")
}

/// Like [`numbers`], but with the values of the other backend where a weight has them.
fn alternatives(json: &Json) -> Vec<f64> {
    either(json, "value_alt")
}

fn either(json: &Json, value: &str) -> Vec<f64> {
    match json {
        Json::Object(entry) => {
            if !["data", "value"].iter().any(|key| entry.contains_key(*key)) {
                panic!("neither a tensor nor a weight: {:?}", entry.keys());
            }
            let known = ["shape", "data", "layer", "name", "value", "value_alt"];
            let unknown: Vec<_> = entry.keys().filter(|key| !known.contains(&key.as_str())).collect();
            assert!(unknown.is_empty(), "a tensor or a weight has keys that no test knows: {unknown:?}");
            either(entry.get("data").or(entry.get(value)).unwrap_or(&json["value"]), value)
        }
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

/// The extents of a tensor.
pub fn shape(json: &Json) -> Vec<usize> {
    json["shape"].as_array().unwrap().iter().map(|extent| extent.as_u64().unwrap() as usize).collect()
}

/// A tensor with its first axis as rows; a vector is one column.
pub fn matrix<T: Scalar>(json: &Json) -> DMatrix<T> {
    let rows = shape(json).first().copied().unwrap_or(1);
    let values: Vec<T> = numbers(json).into_iter().map(T::of).collect();
    DMatrix::from_row_slice(rows, values.len() / rows, &values)
}

/// A weight in the form of `set_weights`: the last axis is that of the columns, so a vector is one row.
pub fn weight<T: Scalar>(json: &Json) -> DMatrix<T> {
    let values: Vec<T> = numbers(json).into_iter().map(T::of).collect();
    let columns = shape(json).last().copied().unwrap_or(1);
    DMatrix::from_row_slice(values.len() / columns, columns, &values)
}

/// The numbers in Keras' order, row by row.
pub fn by_rows<T: Scalar>(matrix: &DMatrix<T>) -> Vec<f64> {
    matrix.transpose().iter().map(|value| value.to_f64()).collect()
}

/// A Keras object spec, or a bare name.
pub fn spec(json: &Json) -> Spec {
    match json {
        Json::String(name) => Spec::named(name),
        _ => {
            assert_known(json, "an object spec", &["class_name", "config", "module", "registered_name"]);
            config(json["class_name"].as_str().unwrap(), &json["config"])
        }
    }
}

/// A class name and its arguments.
pub fn config(class_name: &str, arguments: &Json) -> Spec {
    let arguments = arguments.as_object().unwrap().iter();
    arguments.fold(Spec::named(class_name), |spec, (name, json)| spec.with(name, value(json)))
}

/// The part that a spec describes, for data with this number of axes.
///
/// Keras writes the last axis as -1, as its number, or as a list of one. A part that works along the last axis only takes -1, or
/// has no argument for it.
pub fn part<T: Scalar, P: Kind + ?Sized>(registry: &Registry<T>, spec: &Spec, axes: usize) -> Result<Arc<P>> {
    let found = registry.part::<P>(spec);
    let is_last = |value: &Value| match value {
        Value::Int(axis) => *axis == -1 || *axis == axes as i64 - 1,
        _ => false,
    };
    let names_last = |value: &Value| match value {
        Value::List(axes) => axes.len() == 1 && is_last(&axes[0]),
        value => is_last(value),
    };
    if found.is_ok() || !spec.get("axis").is_some_and(names_last) {
        return found;
    }
    let mut without = spec.clone();
    without.config.retain(|(name, _)| name != "axis");
    registry.part::<P>(&without.clone().with("axis", Value::Int(-1))).or_else(|_| registry.part::<P>(&without)).or(found)
}

/// The keys of Keras' layer configs that describe the layer's use in a model, and are no arguments of the layer.
const OF_PLACE: [&str; 3] = ["name", "trainable", "dtype"];

/// A layer with its name and its other settings in a model.
pub fn entry<T: Scalar>(json: &Json, registry: &Registry<T>, axes: usize) -> Result<LayerEntry<T>> {
    let mut described = spec(json);
    let of_place = described.config.clone();
    described.config.retain(|(name, _)| !OF_PLACE.contains(&name.as_str()));
    let mut entry = LayerEntry::from(part::<T, dyn Layer<T>>(registry, &described, axes)?);
    for (name, value) in of_place {
        match (name.as_str(), value) {
            ("name", Value::Text(name)) => entry = entry.name(name),
            ("trainable", Value::Bool(trainable)) => entry = entry.trainable(trainable),
            ("dtype", Value::Text(dtype)) => assert!(dtype.starts_with("float"), "{json}"),
            (name, value) if OF_PLACE.contains(&name) => panic!("{name} = {value:?} of a layer"),
            _ => {}
        }
    }
    Ok(entry)
}

/// A model of these layers for samples like those of `x`, with its weights.
pub fn model<T: Scalar>(layers: &[&Json], x: &Json, weights: &Json, registry: &Registry<T>) -> Result<Sequential<T>> {
    let mut model = Sequential::with_seed(1);
    let shape = shape(x);
    // the data have given the shape
    for layer in layers.iter().filter(|layer| layer["class_name"] != "InputLayer") {
        model.add(entry(layer, registry, shape.len())?);
    }
    model.build(&shape[1..])?;
    let weights: Vec<_> = weights.as_array().into_iter().flatten().map(weight).collect();
    model.set_weights(&weights)?;
    Ok(model)
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
