//! Files of table models: they answer as before, and a file that was changed is refused.

use layercake::Error;
use layercake::data::Table;
use layercake::ensemble::Ensemble;
use layercake::prelude::*;
use layercake::tables::{Categorical, Float, Unknown};
use serde_json::{Value, json};
use std::io::{Cursor, Read, Write};
use std::path::PathBuf;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

const MEMBER: &str = "layercake_table.json";

fn table() -> Table {
    let mut table = Table::new();
    table.add_numbers("size", (0..120).map(|row| if row % 17 == 0 { f64::NAN } else { f64::from(row % 29).sqrt() })).unwrap();
    table.add_numbers("zone", (0..120).map(|row| row % 4)).unwrap();
    table.add_text("colour", (0..120).map(|row| ["red", "green", "blue", "NA", "red"][row % 5])).unwrap();
    table.add_numbers("price", (0..120).map(|row| 100.0 + f64::from(row % 29) * 3.0)).unwrap();
    table.add_text("kind", (0..120).map(|row| ["a", "b", "c"][row % 3])).unwrap();
    table
}

/// A file of its own for a test, which is removed at the end.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("layercake-table-{name}-{}.keras", std::process::id())))
    }

    /// The members of the archive with their bytes.
    fn members(&self) -> Vec<(String, Vec<u8>)> {
        let mut archive = ZipArchive::new(Cursor::new(std::fs::read(&self.0).unwrap())).unwrap();
        let count = archive.len();
        let member = |index| {
            let mut member = archive.by_index(index).unwrap();
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).unwrap();
            (member.name().unwrap().to_string(), bytes)
        };
        (0..count).map(member).collect()
    }

    /// Writes an archive of these members, with right checksums, the hash at its end included.
    fn write(&self, members: &[(String, Vec<u8>)]) {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in members {
            archive
                .start_file(name.as_str(), SimpleFileOptions::default().compression_method(CompressionMethod::Stored))
                .unwrap();
            archive.write_all(bytes).unwrap();
        }
        archive.set_comment("0".repeat(16)).unwrap();
        let mut bytes = archive.finish().unwrap().into_inner();
        bytes.truncate(bytes.len() - 16);
        let hash = fnv(&bytes);
        bytes.extend(hash.as_bytes());
        std::fs::write(&self.0, bytes).unwrap();
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The problem of an error, without the name of the file.
fn problem(error: Error) -> String {
    match error {
        Error::File { member, problem, .. } => format!("{member}: {problem}"),
        other => other.to_string(),
    }
}

fn fnv(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

fn classifier(file: &File) -> TableClassifier {
    let mut model = TableClassifier::new("kind").members(2).seed(1);
    model.fit(&table(), TableOptions::new().epochs(3)).unwrap();
    model.save(&file.0).unwrap();
    model
}

#[test]
fn answers_are_the_same_after_loading() {
    let (file, table) = (File::new("same"), table());
    let model = classifier(&file);
    let loaded = TableClassifier::load(&file.0).unwrap();
    assert_eq!(loaded.predict(&table).unwrap(), model.predict(&table).unwrap());
    assert_eq!(loaded.evaluate(&table).unwrap(), model.evaluate(&table).unwrap());
    assert_eq!(loaded.explain().unwrap(), model.explain().unwrap());
    assert_eq!(loaded.feature_space().unwrap(), model.feature_space().unwrap());

    let space = FeatureSpace::new()
        .float_robust("size")
        .float_discretized("size", 4)
        .feature("zone", Categorical::integer().unknown(Unknown::Error))
        .feature("colour", Categorical::string().unknown(Unknown::MostFrequent))
        .feature("colour", Float::rescaled(1.0, 0.0));
    // a feature of numbers refuses this text, so it is taken out again
    let mut refused = TableRegressor::new("price").features(space).members(1).seed(1);
    assert!(refused.fit(&table, TableOptions::new().epochs(1)).is_err());
    let space = FeatureSpace::new()
        .float_robust("size")
        .float_discretized("size", 4)
        .feature("zone", Categorical::integer().unknown(Unknown::Error))
        .feature("colour", Categorical::string().unknown(Unknown::MostFrequent))
        .cross(["colour", "zone"], 8)
        .string_hashed("kind", 4);
    let mut model = TableRegressor::new("price").features(space).members(1).seed(1);
    model.fit(&table, TableOptions::new().epochs(3)).unwrap();
    model.save(&file.0).unwrap();
    let loaded = TableRegressor::load(&file.0).unwrap();
    assert_eq!(loaded.predict(&table).unwrap(), model.predict(&table).unwrap());

    // trained again, a loaded model starts anew
    let mut again = loaded.members(1).seed(2);
    again.fit(&table, TableOptions::new().epochs(1)).unwrap();
}

#[test]
fn other_files_are_refused() {
    let file = File::new("other");
    let model = classifier(&file);
    assert_eq!(
        problem(TableRegressor::load(&file.0).unwrap_err()),
        "layercake_table.json: it holds a `TableClassifier`: load it with `TableClassifier::load`"
    );
    // what Keras writes has the networks alone
    let mut members = file.members();
    members.retain(|(name, _)| name != MEMBER);
    file.write(&members);
    assert_eq!(
        problem(TableClassifier::load(&file.0).unwrap_err()),
        ": it has no columns of a table, which are in the member `layercake_table.json`: it is another model, or Keras has saved \
         the file again and left the member out; `TableClassifier::load_with_columns_of` takes it from the file that \
         `TableClassifier::save` wrote"
    );
    // its inputs are columns, and the networks alone are saved apart
    assert_eq!(
        problem(Ensemble::<f32>::load(&file.0).unwrap_err()),
        "config.json: it is a table model, whose inputs are columns: load it with `TableClassifier::load` or `TableRegressor::load`"
    );
    model.networks().unwrap().save(&file.0).unwrap();
    assert_eq!(Ensemble::<f32>::load(&file.0).unwrap().members().len(), 2);
    let untrained = TableClassifier::new("kind").save(&file.0).unwrap_err().to_string();
    assert!(untrained.contains("call `fit` first"), "{untrained}");
    let ending = problem(model.save(file.0.with_extension("bin")).unwrap_err());
    assert!(ending.contains("must end with `.keras`"), "{ending}");
}

/// A small classifier of the columns that `tests/golden_extra/table` was made from.
fn small() -> TableClassifier {
    let space = FeatureSpace::new().feature("size", Float::piecewise().num_bins(3)).string_categorical("colour");
    let model = TableClassifier::new("kind").features(space).members(2).seed(1);
    let mut model = model.network(|shape| {
        let mut model = Sequential::with_seed(shape.seed());
        model.add(Dense::new(4).activation(Relu));
        model.add(shape.output_layer());
        model.compile(Adam::default().learning_rate(0.05), shape.loss(), ())?;
        Ok(model)
    });
    model.fit(&table(), TableOptions::new().epochs(2)).unwrap();
    model
}

/// Writes the file that `tests/golden_extra/table/make.py` trains further.
#[test]
#[ignore = "it makes a file for a script, and checks nothing"]
fn write_the_original() {
    small().save(std::env::temp_dir().join("layercake-original.keras")).unwrap();
}

/// Keras leaves the columns out of a file that it saves, and they are put back from the original.
#[test]
fn a_file_that_keras_saved_gets_its_columns_back() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden_extra/table");
    let trained = folder.join("trained_in_keras.keras");
    let refused = problem(TableClassifier::load(&trained).unwrap_err());
    assert!(refused.contains("`TableClassifier::load_with_columns_of` takes it from the file"), "{refused}");

    let (file, mut original) = (File::new("original"), small());
    original.save(&file.0).unwrap();
    let model = TableClassifier::load_with_columns_of(&trained, &file.0).unwrap();
    let said: Value = serde_json::from_slice(&std::fs::read(folder.join("answers.json")).unwrap()).unwrap();
    let mut rows = Table::new();
    let cells = |column: &str| said["rows"][column].as_array().unwrap().clone();
    rows.add_numbers("size", cells("size").iter().map(|cell| cell.as_f64().unwrap_or(f64::NAN))).unwrap();
    rows.add_text("colour", cells("colour").iter().map(|cell| cell.as_str().unwrap_or("").to_string())).unwrap();
    let answers = model.predict(&rows).unwrap();
    for (row, expected) in said["answers"].as_array().unwrap().iter().enumerate() {
        for class in 0..3 {
            let (found, expected) = (f64::from(answers.probabilities()[(row, class)]), expected[class].as_f64().unwrap());
            assert!((found - expected).abs() < 1e-6, "row {row}, class {class}: {found}, not {expected}");
        }
    }
    assert!((answers.probabilities() - original.predict(&rows).unwrap().probabilities()).amax() > 0.01);
    assert_eq!(model.feature_space().unwrap(), original.feature_space().unwrap());

    // saved again, it is one file, with a self-test of the new answers
    model.save(&file.0).unwrap();
    assert_eq!(TableClassifier::load(&file.0).unwrap().predict(&rows).unwrap(), answers);

    // the columns of another model do not fit
    original = classifier(&file);
    assert_eq!(
        problem(TableClassifier::load_with_columns_of(&trained, &file.0).unwrap_err()),
        ": its columns are encoded otherwise, see `features`: it was not made from the file with the columns"
    );
    original.networks().unwrap().save(&file.0).unwrap();
    let refused = problem(TableClassifier::load_with_columns_of(&file.0, &trained).unwrap_err());
    assert!(refused.contains("it has no columns of a table"), "{refused}");
}

/// Any byte of the file, and any byte of any member with the checksums and the hash of the archive made right again.
#[test]
fn changed_bytes_are_found() {
    const CHANGES: usize = 1000;
    let file = File::new("changed");
    classifier(&file);
    let (whole, members) = (std::fs::read(&file.0).unwrap(), file.members());
    file.write(&members);
    TableClassifier::load(&file.0).unwrap();
    let mut rng = layercake::Rng::new(1);
    let mut change = |bytes: &mut Vec<u8>| {
        let place = rng.below(bytes.len());
        bytes[place] ^= 1 + rng.below(255) as u8;
        place
    };
    for number in 0..CHANGES {
        let mut changed = members.clone();
        // the members differ in size, and each is to be changed as often
        let member = number % changed.len();
        let place = change(&mut changed[member].1);
        file.write(&changed);
        assert!(TableClassifier::load(&file.0).is_err(), "change {number} of {} at {place}", changed[member].0);

        let mut changed = whole.clone();
        let place = change(&mut changed);
        std::fs::write(&file.0, &changed).unwrap();
        assert!(TableClassifier::load(&file.0).is_err(), "change {number} of the file at {place}");
    }
    for size in [0, 1, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&file.0, &whole[..size]).unwrap();
        assert!(TableClassifier::load(&file.0).is_err(), "the first {size} bytes");
    }
    std::fs::write(&file.0, &whole).unwrap();
    TableClassifier::load(&file.0).unwrap();
}

/// Even with all hashes made right again, the self-test names the first step that differs.
#[test]
fn the_self_test_names_the_step() {
    let file = File::new("step");
    classifier(&file);
    let members = file.members();
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut members = members.clone();
        let (_, bytes) = members.iter_mut().find(|(name, _)| name == MEMBER).unwrap();
        let mut content: Value = serde_json::from_slice(bytes).unwrap();
        content.as_object_mut().unwrap().remove("hash");
        change(&mut content);
        content["hash"] = json!(fnv(content.to_string().as_bytes()));
        *bytes = content.to_string().into_bytes();
        file.write(&members);
        problem(TableClassifier::load(&file.0).unwrap_err())
    };
    assert_eq!(
        refused(&|content| content["table"]["features"][0]["feature"]["config"]["offset"] = json!(2.5)),
        "layercake_table.json: the self-test fails in row 0 at the feature of column `size`: the file was changed or is broken"
    );
    assert_eq!(
        refused(&|content| content["self_test"]["outputs"][3][0] = json!(2.5)),
        "layercake_table.json: the self-test fails in row 3 at the networks: the file was changed or is broken"
    );
    assert_eq!(
        refused(&|content| content["format"] = json!(9)),
        "layercake_table.json: its format is 9; this version of layercake reads format 1"
    );
    assert_eq!(
        refused(&|content| content["table"]["columns"][0]["name"] = json!("sizes")),
        "layercake_table.json: `columns of a feature` is missing or has another type than expected"
    );
}
