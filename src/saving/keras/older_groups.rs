//! The groups of layers in archives of Keras 2.12 to 2.15, which have other names than in Keras 3.
//!
//! Keras 2.12 to 2.14 have another name for the group of all layers, 2.12 and 2.13 number the layers of a class with gaps, and
//! all four write a path as one name with backslashes if they run on Windows.

use super::outline::{GroupNames, LAYERS};
use crate::base::{Result, in_order};
use crate::saving::h5::H5;
use std::collections::HashMap;

/// The names of the group of all layers, in Keras 3 and in Keras 2.12 to 2.14.
pub(super) const ROOTS: [&str; 2] = [LAYERS, "_layer_checkpoint_dependencies"];

/// The largest number of groups that are visited, and the largest number of models within models.
const MOST_GROUPS: usize = 10_000;
const DEEPEST: usize = 4;

/// From the name of a group in Keras 3 to its name in the file, for the groups for which they differ.
pub(super) struct OlderGroups(HashMap<String, String>);

/// The group of a layer in a file.
struct Found {
    /// The names of the layer and of the models that contain it, without the roots.
    layers: Vec<String>,
    path: String,
}

impl OlderGroups {
    pub(super) fn find(h5: &H5) -> Result<Self> {
        let mut found = Vec::new();
        walk(h5, "", &[], &mut found)?;
        let is_older = |found: &Found| found.path.contains('\\') || found.path.split('/').any(|name| name == ROOTS[1]);
        if !found.iter().any(is_older) {
            return Ok(Self(HashMap::new()));
        }
        // The models come before the layers within them, and the layers of a class are in the order of their numbers.
        let numbers = |found: &Found| found.layers.iter().map(|name| numbered_class(name)).collect::<Vec<_>>();
        let keys: Vec<_> = found.iter().map(|found| (found.layers.len(), numbers(found))).collect();
        let order = in_order(found.len(), &|one, other| keys[one].cmp(&keys[other]));
        let mut names = GroupNames::default();
        let mut groups: HashMap<Vec<String>, String> = HashMap::new();
        let mut map = HashMap::new();
        for Found { layers, path } in order.into_iter().map(|number| &found[number]) {
            let Some((name, outer)) = layers.split_last() else { continue };
            let outer = groups.get(outer).map(|group| format!("{group}/{LAYERS}")).unwrap_or(LAYERS.to_string());
            let group = names.next(&numbered_class(name).0, &outer);
            groups.insert(layers.clone(), group.clone());
            map.insert(group, path.clone());
        }
        Ok(Self(map))
    }

    /// Returns the name of a group of Keras 3 in this file.
    pub(super) fn name_in_file(&self, group: &str) -> String {
        let wrapped = || Some(format!("{}/layer", self.0.get(group.strip_suffix("/layer")?)?));
        self.0.get(group).cloned().or_else(wrapped).unwrap_or_else(|| group.to_string())
    }
}

/// Returns the paths of the groups of all layers in a file.
pub(super) fn paths(h5: &H5) -> Result<Vec<String>> {
    let mut found = Vec::new();
    walk(h5, "", &[], &mut found)?;
    Ok(found.into_iter().map(|found| found.path).collect())
}

/// Collects the groups of layers within the group `path`, which is that of the model within the models `outer`.
fn walk(h5: &H5, path: &str, outer: &[String], found: &mut Vec<Found>) -> Result<()> {
    let join = |path: &str, name: &str| if path.is_empty() { name.to_string() } else { format!("{path}/{name}") };
    for group in h5.groups(path)? {
        let parts: Vec<&str> = group.split('\\').collect();
        let inside = join(path, &group);
        if parts.len() == 1 && ROOTS.contains(&parts[0]) {
            for layer in h5.groups(&inside)? {
                let layers: Vec<String> = outer.iter().cloned().chain([layer.clone()]).collect();
                add(h5, join(&inside, &layer), layers, found)?;
            }
        } else if parts.len().is_multiple_of(2) && parts.chunks(2).all(|pair| ROOTS.contains(&pair[0])) {
            let names = parts.chunks(2).filter_map(|pair| pair.last()).map(|name| name.to_string());
            add(h5, inside, outer.iter().cloned().chain(names).collect(), found)?;
        }
    }
    Ok(())
}

fn add(h5: &H5, path: String, layers: Vec<String>, found: &mut Vec<Found>) -> Result<()> {
    if found.len() < MOST_GROUPS && layers.len() <= DEEPEST {
        found.push(Found { layers: layers.clone(), path: path.clone() });
        walk(h5, &path, &layers, found)?;
    }
    Ok(())
}

/// Splits the name of a group into the class in snake case and its number.
fn numbered_class(name: &str) -> (String, usize) {
    let numbered = name.rsplit_once('_').and_then(|(class, number)| Some((class.to_string(), number.parse().ok()?)));
    numbered.unwrap_or((name.to_string(), 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::saving::h5::Tree;
    use crate::saving::place::Place;
    use crate::saving::source::Source;

    /// The groups of a file that has one array in each of these groups.
    fn groups(paths: &[&str]) -> OlderGroups {
        let mut tree = Tree::default();
        paths.iter().for_each(|path| tree.group(&format!("{path}/vars")).push(&[1], &[1.0_f32]));
        let mut bytes = Vec::new();
        tree.write(&mut bytes).unwrap();
        OlderGroups::find(&H5::open(Source::memory(bytes), &Place::named("memory")).unwrap()).unwrap()
    }

    #[test]
    fn gaps_between_the_numbers_are_closed_in_each_model() {
        const ROOT: &str = ROOTS[1];
        let inner = |layer: &str| format!("{ROOT}/sequential_2/{ROOT}/{layer}");
        let found = groups(&[&format!("{ROOT}/dense_10"), &format!("{ROOT}/dense_2"), &inner("dense"), &inner("dense_4")]);
        assert_eq!(found.name_in_file("layers/dense"), format!("{ROOT}/dense_2"));
        assert_eq!(found.name_in_file("layers/dense_1"), format!("{ROOT}/dense_10"));
        assert_eq!(found.name_in_file("layers/sequential/layers/dense"), inner("dense"));
        assert_eq!(found.name_in_file("layers/sequential/layers/dense_1"), inner("dense_4"));
        assert_eq!(found.name_in_file("layers/dense/layer"), format!("{ROOT}/dense_2/layer"));
    }

    #[test]
    fn paths_that_windows_wrote_as_one_name_are_read() {
        let found = groups(&[r"layers\dense", r"layers\sequential", r"layers\sequential\layers\dense_1", r"optimizer\vars"]);
        assert_eq!(found.name_in_file("layers/dense"), r"layers\dense");
        assert_eq!(found.name_in_file("layers/sequential/layers/dense"), r"layers\sequential\layers\dense_1");
    }

    #[test]
    fn groups_of_keras_3_keep_their_names() {
        let found = groups(&["layers/dense_1", "layers/dense"]);
        assert_eq!(found.name_in_file("layers/dense_1"), "layers/dense_1");
    }
}
