//! Every part says what it is, and those that are Keras' are compared with it.
//!
//! The sources are read as text: the lists of parts, and what stands above each part.

use layercake::saving::Registry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A part in a list.
struct Listed {
    kind: String,
    name: String,
    file: PathBuf,
    /// Found by name only.
    is_internal: bool,
}

/// `MeanSquaredError` and `mean_squared_error` are one name.
fn normalized(name: &str) -> String {
    name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect()
}

fn sources(folder: &Path, lists: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            sources(&entry, lists);
        } else if entry.file_name().is_some_and(|name| name == "mod.rs") {
            lists.push(entry);
        }
    }
}

/// All parts in the lists `parts! { Kind; file: Part, Part; .. }`.
fn listed() -> Vec<Listed> {
    let (mut files, mut all) = (Vec::new(), Vec::new());
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    for list in files {
        let text = std::fs::read_to_string(&list).unwrap();
        let Some((_, list_text)) = text.split_once("\nparts! {") else { continue };
        let body = list_text.split("\n}").next().unwrap_or_default();
        let mut entries = body.split(';').map(str::trim);
        let kind = entries.next().unwrap_or_default().trim_end_matches("<T>").to_string();
        for (file, parts) in entries.filter_map(|entry| entry.split_once(':')) {
            let file = file.split_whitespace().next().unwrap_or_default();
            for part in top_level(parts) {
                let part = part.split('=').next().unwrap_or_default();
                let (marks, part) = part.rsplit_once("] ").unwrap_or(("", part));
                let name = part.trim().split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_string();
                let file = list.with_file_name(format!("{file}.rs"));
                all.push(Listed { kind: kind.clone(), name, file, is_internal: marks.contains("internal") });
            }
        }
    }
    all
}

/// What stands between the commas outside of all brackets.
fn top_level(text: &str) -> Vec<String> {
    let (mut parts, mut depth) = (vec![String::new()], 0);
    for c in text.chars() {
        depth += match c {
            '(' | '[' => 1,
            ')' | ']' => -1,
            _ => 0,
        };
        match c {
            ',' if depth == 0 => parts.push(String::new()),
            c => parts.last_mut().unwrap().push(c),
        }
    }
    parts
}

/// The lines of documentation above a part.
fn documentation(part: &Listed) -> String {
    let text = std::fs::read_to_string(&part.file).unwrap_or_else(|error| panic!("{}: {error}", part.file.display()));
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let above = |line: usize| -> Vec<&str> {
        let attributes = |line: &&str| line.starts_with("#[");
        let mut lines: Vec<_> =
            lines[..line].iter().rev().skip_while(|line| attributes(line)).map_while(|line| line.strip_prefix("///")).collect();
        lines.reverse();
        lines
    };
    let names_it = |line: &str| {
        !line.starts_with("//") && line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == part.name)
    };
    let found = (0..lines.len()).filter(|&line| names_it(lines[line])).map(above).find(|above| !above.is_empty());
    found.unwrap_or_default().iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// The names of a registry, so that no list is missed.
fn registered() -> BTreeSet<String> {
    let registry = Registry::<f64>::default();
    let Registry { activations, constraints, initializers, layers, losses, metrics, optimizers, regularizers, schedules } =
        &registry;
    let names: [(&str, Vec<&str>); 9] = [
        ("Activation", activations.names().collect()),
        ("Constraint", constraints.names().collect()),
        ("Initializer", initializers.names().collect()),
        ("Layer", layers.names().collect()),
        ("Loss", losses.names().collect()),
        ("Metric", metrics.names().collect()),
        ("Optimizer", optimizers.names().collect()),
        ("Regularizer", regularizers.names().collect()),
        ("Schedule", schedules.names().collect()),
    ];
    names
        .into_iter()
        .flat_map(|(kind, names)| names.into_iter().map(move |name| format!("{kind} {}", normalized(name))))
        .collect()
}

#[test]
fn every_registered_part_stands_in_a_list() {
    let listed: BTreeSet<String> = listed().iter().map(|part| format!("{} {}", part.kind, normalized(&part.name))).collect();
    assert_eq!(listed, registered());
}

/// A first sentence, and a formula or an example.
#[test]
fn every_part_says_what_it_is() {
    let mut silent = Vec::new();
    for part in listed() {
        let text = documentation(&part);
        let first = text.split("\n\n").next().unwrap_or_default();
        let says = first.len() > 10 && (first.contains('.') || first.ends_with(':'));
        let is_formula = |code: &str| code.contains([' ', '(']) && code.contains(['=', '+', '-', '*', '/', '^', '(']);
        // a metric that is the mean of a loss says of which
        let shows = part.is_internal
            || text.contains("```")
            || text.contains("[`losses::")
            || text.split('`').skip(1).step_by(2).any(is_formula);
        if !(says && shows) {
            silent.push(format!("{} {} ({}): {first:?}", part.kind, part.name, part.file.display()));
        }
    }
    assert!(silent.is_empty(), "no first sentence, or neither a formula nor an example:\n{}", silent.join("\n"));
}

/// Parts of Keras that neither `tests/golden` nor `tests/golden_extra` has a case of: composites.rs computes what they give by hand.
const WITHOUT_A_CASE: [&str; 8] = [
    "Layer Add",
    "Layer Average",
    "Layer Maximum",
    "Layer Minimum",
    "Layer Multiply",
    "Layer Subtract",
    "Layer Concatenate",
    "Layer SpectralNormalization",
];

/// Collects all names of parts in a golden file.
fn names_in(json: &serde_json::Value, names: &mut BTreeSet<String>) {
    match json {
        serde_json::Value::Array(values) => values.iter().for_each(|value| names_in(value, names)),
        serde_json::Value::Object(entries) => {
            for (key, value) in entries {
                if let (Some(name), "class_name" | "activation" | "loss" | "metric") = (value.as_str(), key.as_str()) {
                    names.insert(normalized(name));
                }
                names_in(value, names);
            }
        }
        _ => {}
    }
}

/// The golden file that has the cases of a kind.
fn file_of(kind: &str) -> &'static str {
    match kind {
        "Activation" => "activations",
        "Initializer" => "initializers",
        "Loss" => "losses",
        "Metric" => "metrics",
        "Optimizer" => "optimizers",
        "Schedule" => "schedules",
        _ => "layers",
    }
}

/// A part is Keras' where its documentation has a link to that of Keras.
#[test]
fn every_part_of_keras_has_a_golden_case() {
    let mut files = BTreeMap::new();
    let folders = ["tests/golden", "tests/golden_extra"].map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    let entries = folders.into_iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    for entry in entries.map(|entry| entry.unwrap().path()) {
        if entry.extension().is_some_and(|extension| extension == "json") {
            let name = entry.file_stem().unwrap_or_default().to_string_lossy().to_string();
            let names = files.entry(name).or_default();
            names_in(&serde_json::from_str(&std::fs::read_to_string(entry).unwrap()).unwrap(), names);
        }
    }
    let parts = listed();
    let of_keras = parts.iter().filter(|part| documentation(part).contains("keras.io"));
    let (with, without): (Vec<_>, Vec<_>) =
        of_keras.partition(|part| files[file_of(&part.kind)].contains(&normalized(&part.name)));
    let without: Vec<_> = without.iter().map(|part| format!("{} {}", part.kind, part.name)).collect();
    let unknown: Vec<_> = without.iter().filter(|part| !WITHOUT_A_CASE.contains(&part.as_str())).collect();
    assert!(unknown.is_empty(), "parts of Keras without a golden case, beside {} with one: {unknown:#?}", with.len());
}
