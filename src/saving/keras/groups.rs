//! Where in a file of Keras the arrays of each layer are.
//!
//! A layer has a group named after its class, `layers/dense_1` say, with its arrays in `vars`; a layer within another has
//! one named after the attribute that holds it: `layer` for that of a wrapper. The stacks of a layer lie there as Keras
//! lays out an attribute `layers` with a list of layers for each stack: `layers/container_1/dense`.

use super::quirks;
use crate::base::{Result, Shape, snake_case};
use crate::kernels::Scalar;
use crate::layers::{LayerEntry, Param};
use crate::saving::place::Place;
use std::collections::HashMap;

/// Where some of the weights of a model are, one after the other.
pub(super) struct WeightGroup<T: Scalar> {
    pub(super) group: String,
    pub(super) name: String,
    pub(super) weights: Vec<Param<T>>,
    /// The weight that Keras keeps here once more, in front of the others: so many before the first of them.
    pub(super) repeats: Option<usize>,
    adapts: bool,
}

impl<T: Scalar> WeightGroup<T> {
    /// Whether Keras keeps, behind the weights, of how many samples they are.
    pub(super) fn counts_samples(&self) -> bool {
        self.adapts && !self.weights.is_empty()
    }
}

/// The names of groups beside each other, numbered from the second of a class on, whatever the layers are called.
#[derive(Default)]
pub(super) struct GroupNames(HashMap<String, usize>);

impl GroupNames {
    /// The name of the next group, of a layer of this class in snake case.
    pub(super) fn next(&mut self, class: &str, root: &str) -> String {
        let number = self.0.entry(class.to_string()).or_default();
        *number += 1;
        format!("{root}/{}", with_number(class, *number - 1))
    }
}

fn with_number(name: &str, number: usize) -> String {
    if number == 0 { name.to_string() } else { format!("{name}_{number}") }
}

/// Finds the groups of layers that follow each other, in the order of the network; returns the shape that they give.
pub(super) fn of_stack<T: Scalar>(
    entries: &[LayerEntry<T>],
    root: &str,
    input: &Shape,
    place: &Place,
    groups: &mut Vec<WeightGroup<T>>,
) -> Result<Shape> {
    let mut names = GroupNames::default();
    entries.iter().try_fold(input.clone(), |shape, entry| {
        of_layer(entry, &names.next(&snake_case(entry.layer.name()), root), &shape, place, groups)
    })
}

/// Finds the groups of one layer and of those within it; returns the shape that it gives.
pub(super) fn of_layer<T: Scalar>(
    entry: &LayerEntry<T>,
    group: &str,
    input: &Shape,
    place: &Place,
    groups: &mut Vec<WeightGroup<T>>,
) -> Result<Shape> {
    let layer = &entry.layer;
    let name_of = |entry: &LayerEntry<T>| entry.name.clone().unwrap_or_else(|| snake_case(entry.layer.name()));
    let place = place.member(&name_of(entry));
    layer.check_arguments().map_err(|error| place.error(error))?;
    let mut input = input.clone();
    if let Some(branches) = layer.branches() {
        let mut ends = Vec::new();
        for (number, stack) in branches.stacks.iter().enumerate() {
            let root = format!("{group}/layers/{}", with_number("container", number));
            ends.push(of_stack(stack.entries(), &root, &input, &place, groups)?);
        }
        let joined = branches.join.shape(&ends.iter().collect::<Vec<_>>());
        (input, _) = joined.map_err(|(found, expected)| place.error(format!("a stack gives {found}; {expected}")))?;
    }
    let plan = layer.plan(&input).map_err(|error| place.error(error))?;
    let mut push = |group: String, entry: &LayerEntry<T>, weights: Vec<Param<T>>, repeats: Option<usize>| {
        let adapts = quirks::counts_samples(&*entry.layer);
        groups.push(WeightGroup { group, name: name_of(entry), weights, repeats, adapts });
    };
    if let Some(wrapped) = quirks::wrapped(&**layer) {
        let repeats = quirks::repeated(&plan.params);
        push(format!("{group}/layer"), wrapped, plan.params, None);
        push(group.to_string(), entry, plan.state, repeats);
    } else {
        push(group.to_string(), entry, [plan.params, plan.state].concat(), None);
    }
    Ok(plan.output)
}
