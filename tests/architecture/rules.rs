//! The table of the floors, and the check of a source tree against it.

use crate::sources::{Crate, EXTERNAL, Path, Tree, joined, module_of};
use std::collections::{BTreeMap, BTreeSet};

/// The floor of each top-level module. A top-level module is the first segment of a path after `crate`.
const FLOORS: [(usize, &[&str]); 10] = [
    (1, &["kernels"]),
    (2, &["base"]),
    (3, &["part"]),
    (4, &["activations", "initializers", "regularizers", "constraints", "losses", "metrics"]),
    (5, &["optimizers", "layers"]),
    (6, &["graph", "network"]),
    (7, &["training"]),
    (8, &["model"]),
    (9, &["callbacks", "saving", "data", "ensemble"]),
    (10, &["tables", "tuner", "diagnosis", "export"]),
];

/// The modules above all floors, which have documentation and re-exports, as `lib.rs` does.
const ROOF: [&str; 3] = ["prelude", "guide", "check"];
const ROOF_FLOOR: usize = 11;

const LONGEST_FILE: usize = 400;

fn floor(module: &str) -> Option<usize> {
    let named = FLOORS.iter().find(|(_, modules)| modules.contains(&module)).map(|&(floor, _)| floor);
    named.or(ROOF.contains(&module).then_some(ROOF_FLOOR))
}

fn floor_name(floor: usize) -> String {
    if floor == ROOF_FLOOR { "roof".to_string() } else { format!("floor {floor}") }
}

/// The imports of one top-level module in another, with their files and lines.
type Arrows = BTreeMap<(String, String), Vec<String>>;

/// The violations of the rules in a source tree, one line for each.
pub fn violations(tree: &Tree) -> Vec<String> {
    let found = Crate::read(tree);
    let mut lines: Vec<String> = Vec::new();
    let top_level: BTreeSet<Path> = found.modules.iter().filter_map(|path| Some(vec![path.first()?.clone()])).collect();
    let of_files: BTreeSet<String> = tree.keys().filter_map(|file| module_of(file).first().cloned()).collect();
    for module in of_files.iter().filter(|module| floor(module).is_none()) {
        lines.push(format!("src/{module}: no floor is known for this module"));
    }
    for (file, source) in tree {
        let count = source.lines().count();
        if count > LONGEST_FILE {
            lines.push(format!("{file}: {count} lines, of at most {LONGEST_FILE}"));
        }
    }
    let mut arrows = Arrows::new();
    for mention in &found.mentions {
        // lib.rs and the modules inside it may name everything
        let Some(own) = module_of(&mention.file).first().cloned() else { continue };
        let named = found.absolute(mention);
        let defined = found.definition(&named, 16);
        let (from, location) = (floor(&own), format!("{}:{}", mention.file, mention.line));
        let what = if named.is_empty() { "crate".to_string() } else { format!("crate::{}", named.join("::")) };
        if named.first().is_some_and(|first| first == EXTERNAL || *first == own) {
            continue;
        }
        if defined.first() != named.first() && from != Some(ROOF_FLOOR) && !found.exported_macros.contains_key(&named[0]) {
            let home = match defined.first() {
                Some(first) if first == EXTERNAL => defined[1..].join("::"),
                first => format!("crate::{}", first.map_or("", String::as_str)),
            };
            lines.push(format!("{location}: {what} is a re-export: name it in {home}"));
        }
        let Some(to) = defined.first().filter(|to| *to != EXTERNAL && **to != own) else { continue };
        let is_module = top_level.contains(&vec![to.clone()]);
        let to_floor = if is_module { floor(to) } else { Some(ROOF_FLOOR) };
        if let (Some(from), Some(to)) = (from, to_floor)
            && to > from
        {
            lines.push(format!("{location}: imports {what} ({}) from {}", floor_name(to), floor_name(from)));
        }
        if is_module {
            arrows.entry((own, to.clone())).or_default().push(location);
        }
    }
    lines.extend(circles(&arrows));
    lines
}

/// The circles of imports: two modules that import each other, and the shortest circle through each import.
fn circles(arrows: &Arrows) -> Vec<String> {
    let next = |from: &str| arrows.keys().filter(move |(own, _)| own == from).map(|(_, to)| to.clone()).collect::<Vec<_>>();
    let mut seen = BTreeSet::new();
    let mut lines = Vec::new();
    for (from, to) in arrows.keys() {
        // search breadth first, from the imported module back to the importing one
        let (mut ways, mut reached) = (vec![vec![from.clone(), to.clone()]], BTreeSet::new());
        let circle = loop {
            if let Some(way) = ways.iter().find(|way| way.last() == Some(from)) {
                break Some(way.clone());
            }
            let on = |way: &Vec<String>| next(&way[way.len() - 1]).into_iter().map(|to| joined(way, &to)).collect::<Vec<_>>();
            ways = ways.iter().flat_map(on).filter(|way| reached.insert(way[way.len() - 1].clone())).collect();
            if ways.is_empty() {
                break None;
            }
        };
        let Some(circle) = circle else { continue };
        if seen.insert(circle.iter().cloned().collect::<BTreeSet<_>>()) {
            let steps = circle.windows(2).map(|pair| {
                let locations = &arrows[&(pair[0].clone(), pair[1].clone())];
                format!("{} imports {} ({} times, {})", pair[0], pair[1], locations.len(), locations[0])
            });
            lines.push(format!("circle: {}", steps.collect::<Vec<_>>().join(", ")));
        }
    }
    lines
}
