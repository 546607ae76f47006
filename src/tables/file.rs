//! Saves and loads table models: Keras' archive of the networks, with a member that has everything else.

use super::fitted::{Fitted, RowScratch};
use super::scores::SMALLEST;
use super::trust::{Calibrated, Trust};
use super::{in_keras, json, self_test};
use crate::base::Result;
use crate::ensemble::Ensemble;
use crate::saving::{Answer, Beside, Hashes, Place, hash, save_beside};
use serde_json::{Map, Value as Json, json};
use std::path::Path;

/// The member of the archive that Keras ignores.
const MEMBER: &str = "layercake_table.json";
/// The version of the member's format.
const FORMAT: u64 = 1;

/// What a table model is beside its features and networks.
pub(super) struct Answers {
    /// `TableClassifier` or `TableRegressor`.
    pub(super) kind: &'static str,
    pub(super) target: String,
    /// The names of classes, or the scale of numbers.
    pub(super) answers: Json,
}

/// Saves a table model.
pub(super) fn save(path: &Path, fitted: &Fitted, answers: &Answers) -> Result<()> {
    let (columns, inputs) = in_keras::columns(&fitted.space, answer_of(fitted, answers));
    save_beside(path, (fitted.ensemble.model(), &columns), MEMBER, |hashes| {
        let hashes: Map<String, Json> = hashes.iter().map(|(name, hash)| (name.clone(), json!(hash))).collect();
        let mut content = json!({
            "format": FORMAT,
            "version": env!("CARGO_PKG_VERSION"),
            "kind": answers.kind,
            "target": answers.target,
            "answers": answers.answers,
            "inputs": inputs,
            "table": json::write(&fitted.space),
            "trust": fitted.trust.write(),
            "self_test": self_test::write(fitted)?,
            "members": hashes,
        });
        content["hash"] = json!(hash(content.to_string().as_bytes()));
        Ok(content.to_string())
    })
}

/// Returns what the outputs of the networks become in Keras.
fn answer_of(fitted: &Fitted, answers: &Answers) -> Answer {
    if let (Some(scale), Some(offset)) = (answers.answers["deviation"].as_f64(), answers.answers["mean"].as_f64()) {
        return Answer::Number { scale, offset };
    }
    match fitted.trust.calibrated.as_ref().and_then(Calibrated::temperature) {
        None | Some(1.0) => Answer::Probabilities,
        Some(temperature) => Answer::Scaled { temperature, smallest: SMALLEST },
    }
}

/// A table model from a file.
pub(super) struct Loaded {
    pub(super) fitted: Fitted,
    pub(super) target: String,
    /// The names of classes, or the scale of numbers.
    pub(super) answers: Json,
    /// The place of the answers.
    pub(super) place: Place,
}

/// Loads a table model of a kind.
pub(super) fn load(path: &Path, kind: &str) -> Result<Loaded> {
    let beside = Beside::open(path, MEMBER)?;
    let (loaded, self_test) = read(&beside, kind)?;
    self_test::check(&loaded.fitted, &self_test, &loaded.place)?;
    Ok(loaded)
}

/// Loads the networks of a file that Keras has saved, with all else of the table model from a file that [`save`] wrote.
///
/// A calibration is kept only if the self-test still gives its answers.
pub(super) fn load_with_columns_of(path: &Path, original: &Path, kind: &str) -> Result<Loaded> {
    let original = Beside::open(original, MEMBER)?;
    let (mut loaded, self_test) = read(&original, kind)?;
    self_test::check(&loaded.fitted, &self_test, &loaded.place)?;
    let trained = Beside::open(path, MEMBER)?;
    let (own, other) = (original.encoding()?, trained.encoding()?);
    if own != other {
        let differs = own.iter().find(|operation| !other.contains(operation)).map_or("further operations", |(name, _)| name);
        let problem =
            format!("its columns are encoded otherwise, see `{differs}`: it was not made from the file with the columns");
        return Err(trained.place.error(problem));
    }
    let ensemble = networks(&trained, loaded.fitted.space.width())?;
    let outputs = loaded.fitted.outputs();
    loaded.fitted = Fitted { ensemble, scratch: RowScratch::pool(), ..loaded.fitted };
    if loaded.fitted.outputs() != outputs {
        let problem = format!("its networks have {} outputs, but the table model has {outputs}", loaded.fitted.outputs());
        return Err(trained.place.error(problem));
    }
    if self_test::check(&loaded.fitted, &self_test, &loaded.place).is_err() {
        loaded.fitted.trust.calibrated = None;
    }
    Ok(loaded)
}

/// Reads a table model of a kind and its self-test, after a check of all hashes.
fn read(beside: &Beside, kind: &str) -> Result<(Loaded, Json)> {
    let Some(member) = &beside.member else {
        return Err(beside.place.error(format!(
            "it has no columns of a table, which are in the member `{MEMBER}`: it is another model, or Keras has saved the file \
             again and left the member out; `{kind}::load_with_columns_of` takes it from the file that `{kind}::save` wrote"
        )));
    };
    let place = beside.place.member(MEMBER);
    let mut content: Json = serde_json::from_slice(member).map_err(|error| place.error(error))?;
    if content["format"].as_u64() != Some(FORMAT) {
        return Err(place.error(format!("its format is {}; this version of layercake reads format {FORMAT}", content["format"])));
    }
    check_hashes(&mut content, member, &beside.hashes, &place)?;
    if !beside.is_sealed {
        return Err(beside.place.error("the archive is not as it was saved: the file was changed, packed again or is broken"));
    }
    let found = json::text(&content, "kind", &place)?;
    if found != kind {
        return Err(place.error(format!("it holds a `{found}`: load it with `{found}::load`")));
    }
    let space = json::read(&content["table"], &place)?;
    let ensemble = networks(beside, space.width())?;
    let trust = Trust::read(&content["trust"], &place)?;
    if trust.columns.len() != space.columns().count() {
        return Err(json::wrong("trust", &place));
    }
    let fitted = Fitted { space, ensemble, trust, scratch: RowScratch::pool() };
    let (target, answers) = (json::text(&content, "target", &place)?, content["answers"].take());
    Ok((Loaded { fitted, target, answers, place }, content["self_test"].take()))
}

/// Reads the networks, which take features of this width.
fn networks(beside: &Beside, width: usize) -> Result<Ensemble<f32>> {
    let model = beside.networks()?;
    let inputs = model.input_shape().map_or(0, |shape| shape.width());
    if inputs != width {
        return Err(beside.place.error(format!("its features have {width} numbers, but the networks take {inputs}")));
    }
    let ensemble = Ensemble::of_branches(model)?;
    ensemble.ok_or_else(|| beside.place.error("the networks in the file are no branches of an average"))
}

/// Fails if the member or another member of the archive was changed.
fn check_hashes(content: &mut Json, member: &[u8], hashes: &Hashes, place: &Place) -> Result<()> {
    let changed = |name: &str| place.error(format!("`{name}` is not as it was saved: the file was changed or is broken"));
    let own = content.as_object_mut().and_then(|content| content.remove("hash"));
    let own = own.as_ref().and_then(Json::as_str).unwrap_or_default().to_string();
    let is_own = own == hash(content.to_string().as_bytes());
    content["hash"] = json!(own);
    // written again, the member is the same byte for byte
    if !is_own || content.to_string().as_bytes() != member {
        return Err(changed(MEMBER));
    }
    let expected = content["members"].as_object().ok_or_else(|| json::wrong("members", place))?;
    for (name, hash) in expected {
        match hashes.iter().find(|(other, _)| other == name) {
            Some((_, found)) if hash.as_str() == Some(found) => {}
            _ => return Err(changed(name)),
        }
    }
    match hashes.iter().find(|(name, _)| !expected.contains_key(name)) {
        Some((name, _)) => Err(place.error(format!("the archive has a member `{name}` that `save` did not write"))),
        None => Ok(()),
    }
}
