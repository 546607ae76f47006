//! The page of Keras' names lists every part that there is, and none that there is not.

use crate::common::complete;
use layercake::saving::{Kind, Names, Registry, Spec};
use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../src/catalogue.rs");

/// What a model is given like a layer, and has no name to be found by: no layer the one, a function the other.
const NAMELESS: [&str; 2] = ["Input", "Lambda"];

/// What stands in backticks in a cell of a table.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The rows of the first table of a section, that of what there is: what each cell has in backticks.
fn rows(section: &str) -> Vec<Vec<Vec<&'static str>>> {
    let heading = format!("//! # {section}");
    let lines = PAGE.lines().skip_while(|line| *line != heading).skip_while(|line| !line.starts_with("//! |"));
    let table = lines.take_while(|line| line.starts_with("//! |")).skip(2);
    let rows: Vec<Vec<_>> = table.map(|row| row.split('|').skip(1).map(quoted).collect()).collect();
    assert!(!rows.is_empty(), "no table under {heading}");
    rows
}

/// Fails unless the names of a section are these, but for those that are `besides` a part.
#[track_caller]
fn assert_lists<'n>(section: &str, names: impl IntoIterator<Item = &'n str>, column: usize, besides: &[&str]) {
    let there: BTreeSet<&str> = names.into_iter().collect();
    let written: BTreeSet<&str> = rows(section).iter().map(|row| row[column][0]).collect();
    assert_eq!(rows(section).len(), written.len(), "{section}: a name stands twice");
    let missing: Vec<_> = there.difference(&written).collect();
    assert!(missing.is_empty(), "{section}: src/catalogue.rs lacks {missing:?}");
    let unknown: Vec<_> = written.difference(&there).filter(|name| !besides.contains(name)).collect();
    assert!(unknown.is_empty(), "{section}: src/catalogue.rs names {unknown:?}, which there is not");
}

/// The same for a kind that is registered, whose every string must find the part of its row.
#[track_caller]
fn assert_lists_kind<P: Kind + ?Sized>(section: &str, kind: &Names<P>, besides: &[&str]) {
    assert_lists(section, kind.names(), 0, besides);
    let registry = Registry::<f64>::default();
    for row in rows(section) {
        let (name, strings) = (row[0][0], row.get(2).cloned().unwrap_or_default());
        for string in strings {
            let spec = Spec { class_name: string.trim_matches('"').to_string(), ..complete(name) };
            let found = registry.part::<P>(&spec).unwrap_or_else(|error| panic!("{section}: {error}"));
            assert_eq!(found.name(), name, "{section}: {string}");
        }
    }
}

#[test]
fn every_registered_part_is_listed_and_every_listed_part_is_registered() {
    let registry = Registry::<f64>::default();
    assert_lists_kind("Activations", &registry.activations, &[]);
    assert_lists_kind("Losses", &registry.losses, &[]);
    assert_lists_kind("Optimizers", &registry.optimizers, &[]);
    assert_lists_kind("Schedules", &registry.schedules, &[]);
    assert_lists_kind("Metrics", &registry.metrics, &[]);
    assert_lists_kind("Initializers", &registry.initializers, &[]);
    assert_lists_kind("Regularizers", &registry.regularizers, &[]);
    assert_lists_kind("Constraints", &registry.constraints, &[]);
    assert_lists_kind("Layers", &registry.layers, &NAMELESS);
}

#[test]
fn a_part_with_a_string_of_its_own_has_it_listed() {
    let strings = |section: &str| rows(section).iter().map(|row| row[2].len()).collect::<Vec<_>>();
    for section in ["Activations", "Losses", "Optimizers", "Initializers", "Regularizers", "Constraints"] {
        assert!(strings(section).iter().all(|&count| count > 0), "{section}");
    }
    let without: Vec<_> = rows("Metrics").iter().filter(|row| row[2].is_empty()).map(|row| row[0][0]).collect();
    // `"accuracy"` stands for several, and the others have arguments without defaults
    let defaults = |name: &&str| complete(name).config.is_empty() && *name != "Accuracy";
    assert_eq!(without.iter().filter(|name| defaults(name)).count(), 0, "{without:?}");
}

#[test]
fn every_callback_is_listed() {
    // callbacks are not found by name, so that the list of them is that of what their module exports
    let module = include_str!("../../src/callbacks/mod.rs").lines().filter(|line| line.starts_with("pub use "));
    let words = module.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'));
    let is_callback =
        |word: &&str| word.starts_with(char::is_uppercase) && !["Outcome", "Run"].contains(word) && !word.starts_with("On");
    let closures = rows("Callbacks").into_iter().flat_map(|row| row[1].clone()).filter(|name| name.starts_with("on_"));
    assert_eq!(closures.count(), 5, "a closure for each moment");
    assert_lists("Callbacks", words.filter(is_callback), 1, &["on_train_begin"]);
}

#[test]
fn the_page_of_each_kind_lists_its_parts() {
    let pages = [
        ("Activations", include_str!("../../src/activations/mod.rs")),
        ("Losses", include_str!("../../src/losses/mod.rs")),
        ("Optimizers", include_str!("../../src/optimizers/mod.rs")),
        ("Schedules", include_str!("../../src/optimizers/mod.rs")),
        ("Metrics", include_str!("../../src/metrics/mod.rs")),
        ("Initializers", include_str!("../../src/initializers/mod.rs")),
        ("Regularizers", include_str!("../../src/regularizers/mod.rs")),
        ("Constraints", include_str!("../../src/constraints.rs")),
        ("Layers", include_str!("../../src/layers/mod.rs")),
    ];
    for (section, module) in pages {
        let table: Vec<&str> = module.lines().filter(|line| line.starts_with("//! |")).collect();
        let there = rows(section).into_iter().filter_map(|row| row[1].first().copied());
        for name in there {
            assert!(table.iter().any(|row| quoted(row).contains(&name)), "the table of {section} lacks {name}");
        }
    }
}

#[test]
fn everything_left_out_has_a_reason() {
    let tables = PAGE.split("//! | left out | why |\n").skip(1);
    let rows = tables.flat_map(|table| table.lines().skip(1).take_while(|line| line.starts_with("//! |")));
    for row in rows {
        let cells: Vec<&str> = row.split('|').skip(1).collect();
        assert!(!quoted(cells[0]).is_empty() && cells[1].trim().len() > 10, "{row}");
    }
}

#[test]
fn the_readme_counts_right() {
    fn count<P: Kind + ?Sized>(kind: &Names<P>) -> usize {
        kind.names().filter(|name| *name != "crossentropy").count()
    }
    let registry = Registry::<f64>::default();
    let counts = [
        ("layers", count(&registry.layers)),
        ("activations", count(&registry.activations)),
        ("losses", count(&registry.losses)),
        ("optimizers", count(&registry.optimizers)),
        ("schedules", count(&registry.schedules)),
        ("metrics", count(&registry.metrics)),
        ("initializers", count(&registry.initializers)),
        ("regularizers", count(&registry.regularizers)),
        ("constraints", count(&registry.constraints)),
    ];
    for (kind, count) in counts {
        let wanted = format!("{kind} ({count})");
        assert!(include_str!("../../README.md").contains(&wanted), "README.md does not say {wanted}");
    }
}
