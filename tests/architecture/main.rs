//! Checks the order of the modules: no module imports one from a higher floor, none import each other, and no file is too long.
//!
//! The tests read the sources as text. A path counts for the module that defines the item, even through re-exports. Comments,
//! literals and `#[cfg(test)]` items do not count.

mod rules;
mod sources;

use rules::violations;
use sources::Tree;

/// The sources of this crate.
fn sources() -> Tree {
    fn read(folder: &std::path::Path, name: &str, tree: &mut Tree) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = format!("{name}/{}", entry.file_name().to_string_lossy());
            if entry.file_type().unwrap().is_dir() {
                read(&entry.path(), &name, tree);
            } else if name.ends_with(".rs") {
                tree.insert(name, std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    let mut tree = Tree::new();
    read(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "src", &mut tree);
    tree
}

#[test]
fn the_crate_keeps_to_its_floors() {
    let violations = violations(&sources());
    for violation in &violations {
        println!("{violation}");
    }
    assert!(violations.is_empty(), "{} violations of DESIGN 2.2", violations.len());
}

/// A part without the line works, but every program that uses it compiles it again.
#[test]
fn every_part_is_compiled_in_this_crate() {
    let kinds = ["Activation", "Constraint", "Initializer", "Layer", "Loss", "Metric", "Optimizer", "Regularizer", "Schedule"];
    let (mut parts, mut missing) = (0, Vec::new());
    for (file, source) in &sources() {
        let lines: Vec<&str> = source.lines().map(str::trim).collect();
        for (number, line) in lines.iter().enumerate().filter(|(_, line)| line.starts_with("impl")) {
            let kind = line.split_once(" for ").and_then(|(start, _)| start.rsplit(' ').next());
            let kind = kind.map(|kind| kind.strip_suffix("<T>").unwrap_or(kind));
            // the shared `impl` for activations of two formulas requires the line of each of them
            if kind.is_none_or(|kind| !kinds.contains(&kind)) || line.contains(" for E ") {
                continue;
            }
            parts += 1;
            if !lines.get(number + 1).is_some_and(|next| next.contains("compiled!(")) {
                missing.push(format!("{file}:{}: the first line of the `impl` is not `compiled!(..)`", number + 1));
            }
        }
    }
    assert!(parts > 100 && missing.is_empty(), "{parts} parts\n{}", missing.join("\n"));
}

/// The sources of an invented crate.
fn tree(files: &[(&str, &str)]) -> Tree {
    files.iter().map(|(file, source)| (format!("src/{file}"), source.to_string())).collect()
}

#[test]
fn a_tidy_tree_is_accepted() {
    let tidy = tree(&[
        ("lib.rs", "pub mod losses; mod base; pub use base::{Error, Shape}; pub mod prelude { pub use crate::losses::Huber; }"),
        ("base/mod.rs", "mod error; pub use error::Error; pub struct Shape;"),
        ("base/error.rs", "use super::Shape; pub enum Error {}"),
        (
            "losses/mod.rs",
            "mod huber; pub use huber::Huber; use crate::base::{self, Error as Other, Shape}; fn f(x: &'static str) {}",
        ),
        (
            "losses/huber.rs",
            "use super::*; use std::fmt; use nalgebra::DMatrix; pub struct Huber; fn f() -> crate::base::Shape {}",
        ),
        ("metrics.rs", "use crate::losses::Huber; use super::base::Shape;"),
    ]);
    assert_eq!(violations(&tidy), [""; 0]);
}

#[test]
fn an_import_upward_is_reported() {
    let files =
        |source| tree(&[("layers/mod.rs", "pub struct Dense;"), ("base.rs", "pub struct Shape;"), ("losses/huber.rs", source)]);
    let reported = |place| [format!("src/losses/huber.rs:{place}: imports crate::layers::Dense (floor 5) from floor 4")];
    assert_eq!(violations(&files("use crate::base::Shape;\nuse crate::{base, layers::{Dense}};")), reported(2));
    assert_eq!(violations(&files("\n\nfn f() { crate::layers::Dense }")), reported(3));
    assert_eq!(violations(&files("use super::super::layers::Dense as D;")), reported(1));
    assert_eq!(violations(&files("mod inner {\n pub(crate) use super::super::super::layers::Dense;\n}")), reported(2));
    let root = tree(&[
        ("lib.rs", "const WIDTH: usize = 3;"),
        ("base.rs", "use crate::WIDTH; use crate::prelude::*;"),
        ("prelude.rs", ""),
    ]);
    let of_roof = ["WIDTH", "prelude"].map(|name| format!("src/base.rs:1: imports crate::{name} (roof) from floor 2"));
    assert_eq!(violations(&root), of_roof);
}

#[test]
fn what_is_no_import_is_not_reported() {
    let source = "//! [`Dense`]: crate::layers::Dense
        /// crate::layers::Dense /* crate::layers */
        /* crate::layers /* crate::layers */ crate::layers */
        const A: &str = \"crate::layers\\\" crate::layers\"; const B: &str = r#\"\" crate::layers\"#; const C: char = '\"';
        #[cfg(test)] use crate::layers::{Dense, Other};
        #[cfg(test)] #[allow(unused)] fn helper<A, B>() { crate::layers::dense() }
        #[cfg(test)]
        mod tests { use crate::layers::Dense; fn f() { if true { crate::layers::dense() } } }
        #[cfg(test)] mod checks;
        const D: char = '\\''; struct S<'a>(&'a str);";
    let files = tree(&[
        ("layers/mod.rs", "pub struct Dense;"),
        ("base/mod.rs", source),
        ("base/checks.rs", "use crate::layers::Dense;"),
        ("base/shape.rs", "#![cfg(test)] use std::fmt;"),
    ]);
    assert_eq!(violations(&files), [""; 0]);
    let behind = format!("{source}\nuse crate::layers::Dense;");
    let files = tree(&[("layers/mod.rs", "pub struct Dense;"), ("base/mod.rs", &behind)]);
    assert_eq!(violations(&files), ["src/base/mod.rs:11: imports crate::layers::Dense (floor 5) from floor 2"]);
}

#[test]
fn a_circle_is_reported_within_a_floor_and_round_about() {
    let two = tree(&[("losses.rs", "use crate::metrics::Auc;"), ("metrics.rs", "pub struct Auc;\nuse crate::losses::Huber;")]);
    let reported =
        ["circle: losses imports metrics (1 times, src/losses.rs:1), metrics imports losses (1 times, src/metrics.rs:2)"];
    assert_eq!(violations(&two), reported);
    let three = tree(&[
        ("losses.rs", "use crate::metrics::Auc;"),
        ("metrics.rs", "use crate::activations::Relu;"),
        ("activations.rs", "use crate::losses::Huber;"),
    ]);
    let lines = violations(&three);
    assert!(lines.len() == 1 && lines[0].starts_with("circle: activations imports losses"), "{lines:?}");
}

#[test]
fn a_long_file_is_reported() {
    let long = tree(&[("base/long.rs", &"\n".repeat(401)), ("base/mod.rs", &"\n".repeat(400))]);
    assert_eq!(violations(&long), ["src/base/long.rs: 401 lines, of at most 400"]);
}

#[test]
fn a_module_without_a_floor_is_reported() {
    let unknown = tree(&[("lib.rs", "mod helpers;"), ("helpers/mod.rs", ""), ("base.rs", "")]);
    assert_eq!(violations(&unknown), ["src/helpers: no floor is known for this module"]);
}

#[test]
fn a_re_export_counts_as_what_it_is() {
    let files = |source| {
        tree(&[
            ("lib.rs", "mod base; pub use base::Shape; pub use nalgebra::DMatrix; pub use layers::*; pub mod layers;"),
            ("base.rs", "pub struct Shape;"),
            ("layers/mod.rs", "mod dense; pub use dense::Dense; pub use crate::base::Shape as Extents;"),
            ("layers/dense.rs", "pub struct Dense;"),
            ("training/mod.rs", source),
            ("metrics.rs", ""),
        ])
    };
    let says = |what, home| [format!("src/training/mod.rs:1: {what} is a re-export: name it in {home}")];
    assert_eq!(violations(&files("use crate::Shape;")), says("crate::Shape", "crate::base"));
    assert_eq!(violations(&files("use crate::DMatrix;")), says("crate::DMatrix", "nalgebra::DMatrix"));
    assert_eq!(violations(&files("use crate::Dense;")), says("crate::Dense", "crate::layers"));
    assert_eq!(violations(&files("use crate::layers::Extents;")), says("crate::layers::Extents", "crate::base"));
    assert_eq!(violations(&files("use crate::layers::Dense;")), [""; 0]);
    // an import from a higher floor through a re-export below
    let mut hidden = files("pub struct Logs;");
    hidden.insert("src/base.rs".to_string(), "pub struct Shape; pub use crate::training::Logs;".to_string());
    hidden.insert("src/metrics.rs".to_string(), "use crate::base::Logs;".to_string());
    let lines = violations(&hidden);
    assert!(lines.contains(&"src/base.rs:1: imports crate::training::Logs (floor 7) from floor 2".to_string()), "{lines:?}");
    assert!(lines.contains(&"src/metrics.rs:1: imports crate::base::Logs (floor 7) from floor 4".to_string()), "{lines:?}");
}
