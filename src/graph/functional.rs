//! The description of a model that is no chain of layers: nodes, each of which is an input or the output of a layer.

use super::{Call, Graph, in_order};
use crate::base::{Error, Result, Shape};
use crate::kernels::Scalar;
use crate::layers::{IntoEntry, LayerEntry};
use std::collections::HashMap;
use std::sync::Arc;

/// A node of a functional model: an input, or the output of a layer that reads other nodes.
/// [Keras](https://keras.io/guides/functional_api/)
///
/// A node only describes; [`Functional::new`](crate::Functional::new) makes the model and reports errors. A node is cheap to
/// clone, and a clone is the same node.
///
/// ```
/// use layercake::prelude::*;
///
/// let numbers = Node::input("numbers", 6);
/// let town = Node::input("town", 1);
/// let embedded = town.then(Embedding::new(120, 8)).then(Flatten);
/// let hidden = Concatenate::new().of([&numbers, &embedded]).then(Dense::new(64).activation(Relu));
/// let output = hidden.then(Dense::new(1).activation(Sigmoid));
/// let model = Functional::<f32>::with_seed(1, [&numbers, &town], [&output])?;
/// assert_eq!(model.layers().count(), 5);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug)]
pub struct Node<T: Scalar>(Arc<Source<T>>);

/// What a node is the output of.
#[derive(Debug)]
enum Source<T: Scalar> {
    Input(String, Shape),
    Layer(Arc<LayerEntry<T>>, Vec<Node<T>>),
}

impl<T: Scalar> Node<T> {
    /// Creates an input of a model, for samples of this width or shape; its name appears in errors and in files.
    pub fn input(name: impl Into<String>, shape: impl Into<Shape>) -> Self {
        Self(Arc::new(Source::Input(name.into(), shape.into())))
    }

    /// Returns the output of a layer that reads this node.
    pub fn then<Marker>(&self, layer: impl IntoEntry<T, Marker>) -> Self {
        Shared::new(layer).of(self)
    }

    fn key(&self) -> *const () {
        Arc::as_ptr(&self.0).cast()
    }
}

impl<T: Scalar> Clone for Node<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Scalar> Drop for Source<T> {
    /// Drops the nodes before this one in a loop, because a recursion over a long chain could overflow the stack.
    fn drop(&mut self) {
        let Self::Layer(_, reads) = self else { return };
        let mut open = std::mem::take(reads);
        while let Some(Node(source)) = open.pop() {
            if let Some(mut source) = Arc::into_inner(source)
                && let Self::Layer(_, reads) = &mut source
            {
                open.append(reads);
            }
        }
    }
}

/// A layer that several nodes share: each call of [`of`](Self::of) is another node, and all of them use the same weights.
///
/// ```
/// use layercake::prelude::*;
///
/// let (left, right) = (Node::input("left", 3), Node::input("right", 3));
/// let tower = Shared::new(Dense::new(8).activation(Relu));
/// let apart = layers::Subtract::new().of([&tower.of(&left), &tower.of(&right)]);
/// let model = Functional::<f64>::with_seed(1, [&left, &right], &apart.then(Dense::new(1)))?;
/// assert_eq!(model.count_params(), 3 * 8 + 8 + 8 + 1);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Shared<T: Scalar>(Arc<LayerEntry<T>>);

impl<T: Scalar> Shared<T> {
    /// Creates a layer that several nodes can share.
    pub fn new<Marker>(layer: impl IntoEntry<T, Marker>) -> Self {
        Self(Arc::new(layer.into_entry()))
    }

    /// Returns the output of the layer for these inputs: one node, or several for a merging layer.
    pub fn of(&self, inputs: impl IntoNodes<T>) -> Node<T> {
        Node(Arc::new(Source::Layer(self.0.clone(), inputs.into_nodes())))
    }
}

/// The method `of` of every layer, which returns the output of the layer for the given nodes.
///
/// The type parameter `Marker` distinguishes the implementations and is always inferred.
pub trait Connect<T: Scalar, Marker>: IntoEntry<T, Marker> + Sized {
    /// Returns the output of this layer for these inputs: one node, or several for a merging layer.
    fn of(self, inputs: impl IntoNodes<T>) -> Node<T> {
        Shared::new(self).of(inputs)
    }
}

impl<T: Scalar, Marker, E: IntoEntry<T, Marker>> Connect<T, Marker> for E {}

/// One node, or an array, a slice or a `Vec` of nodes.
pub trait IntoNodes<T: Scalar> {
    /// Returns the nodes in their order.
    fn into_nodes(self) -> Vec<Node<T>>;
}

impl<T: Scalar> IntoNodes<T> for &Node<T> {
    fn into_nodes(self) -> Vec<Node<T>> {
        vec![self.clone()]
    }
}

impl<T: Scalar, const N: usize> IntoNodes<T> for [&Node<T>; N] {
    fn into_nodes(self) -> Vec<Node<T>> {
        self.into_iter().cloned().collect()
    }
}

impl<T: Scalar> IntoNodes<T> for &[&Node<T>] {
    fn into_nodes(self) -> Vec<Node<T>> {
        self.iter().copied().cloned().collect()
    }
}

impl<T: Scalar> IntoNodes<T> for &[Node<T>] {
    fn into_nodes(self) -> Vec<Node<T>> {
        self.to_vec()
    }
}

impl<T: Scalar> IntoNodes<T> for &Vec<Node<T>> {
    fn into_nodes(self) -> Vec<Node<T>> {
        self.clone()
    }
}

impl<T: Scalar> IntoNodes<T> for Vec<Node<T>> {
    fn into_nodes(self) -> Vec<Node<T>> {
        self
    }
}

/// Returns the graph of the layers between these inputs and outputs, with the layers in Keras' order.
///
/// # Errors
///
/// There is no input or no output, an input is the output of a layer, an output is an input, an output depends on an input that
/// is not given, no output depends on a given input, or a layer reads no node or more than it can take.
pub(crate) fn assemble<T: Scalar>(inputs: &[Node<T>], outputs: &[Node<T>]) -> Result<Graph<T>> {
    let named = inputs_of(inputs)?;
    let (nodes, calls, ends) = calls_of(outputs)?;
    let mut graph = Graph::with_inputs(named);
    let mut values = vec![0; nodes.len()];
    let mut groups = vec![None; nodes.len()];
    for number in in_order(&calls, &ends) {
        let node = &nodes[number];
        let value = match &*node.0 {
            Source::Input(name, _) => {
                let Some(input) = inputs.iter().position(|input| input.key() == node.key()) else {
                    let allowed = format!("`{name}` among them, because an output depends on it");
                    return Err(refused("inputs", "other inputs", allowed));
                };
                graph.value_of_input(input)
            }
            Source::Layer(entry, _) => {
                let reads: Vec<usize> = calls[number].reads.iter().map(|&read| values[read]).collect();
                check_reads(entry, reads.len())?;
                match groups[calls[number].layer] {
                    Some(group) => graph.push_call(group, reads),
                    None => {
                        groups[calls[number].layer] = Some(graph.groups().len());
                        graph.push_reading(LayerEntry::clone(entry), reads);
                    }
                }
                graph.nodes().len()
            }
        };
        values[number] = value;
    }
    let is_met = |input: &Node<T>| nodes.iter().any(|node| node.key() == input.key());
    if let Some(unused) = inputs.iter().position(|input| !is_met(input)) {
        let name = &graph.inputs()[unused].name;
        return Err(refused("inputs", format!("`{name}`"), "inputs that an output depends on; leave the others out"));
    }
    graph.set_outputs(ends.iter().map(|&end| values[end]).collect());
    Ok(graph)
}

/// Returns the names and shapes of these inputs.
fn inputs_of<T: Scalar>(inputs: &[Node<T>]) -> Result<Vec<(String, Shape)>> {
    let mut named: Vec<(String, Shape)> = Vec::new();
    for input in inputs {
        let Source::Input(name, shape) = &*input.0 else {
            return Err(refused("inputs", "the output of a layer", "nodes of `Node::input`"));
        };
        if name.is_empty() || name.contains('/') {
            return Err(refused("inputs", format!("`{name}`"), "names that are not empty and have no `/`, as in Keras"));
        }
        if named.iter().any(|(known, _)| known == name) {
            return Err(Error::DuplicateLayer { name: name.clone() });
        }
        named.push((name.clone(), shape.clone()));
    }
    match named.is_empty() {
        true => Err(refused("inputs", "none", "at least one node of `Node::input`")),
        false => Ok(named),
    }
}

/// The nodes that some outputs depend on, the calls that compute them, and the numbers of the outputs among them.
type Calls<T> = (Vec<Node<T>>, Vec<Call>, Vec<usize>);

/// Returns the nodes that these outputs depend on.
fn calls_of<T: Scalar>(outputs: &[Node<T>]) -> Result<Calls<T>> {
    if outputs.is_empty() {
        return Err(refused("outputs", "none", "at least one node"));
    }
    let mut nodes: Vec<Node<T>> = Vec::new();
    let mut numbers = HashMap::new();
    let mut open: Vec<&Node<T>> = outputs.iter().rev().collect();
    while let Some(node) = open.pop() {
        if numbers.contains_key(&node.key()) {
            continue;
        }
        numbers.insert(node.key(), nodes.len());
        nodes.push(node.clone());
        if let Source::Layer(_, reads) = &*node.0 {
            open.extend(reads.iter().rev());
        }
    }
    let mut layers = HashMap::new();
    let mut calls = Vec::new();
    for node in &nodes {
        let (key, reads) = match &*node.0 {
            Source::Input(..) => (node.key(), Vec::new()),
            Source::Layer(entry, reads) => {
                (Arc::as_ptr(entry).cast::<()>(), reads.iter().map(|read| numbers[&read.key()]).collect())
            }
        };
        let next = layers.len();
        calls.push(Call { layer: *layers.entry(key).or_insert(next), reads, steps: 1 });
    }
    let ends: Vec<usize> = outputs.iter().map(|output| numbers[&output.key()]).collect();
    match outputs.iter().find(|output| matches!(*output.0, Source::Input(..))) {
        Some(_) => Err(refused("outputs", "an input", "outputs of layers; `layers::Identity` passes an input on")),
        None => Ok((nodes, calls, ends)),
    }
}

/// Fails if a layer reads no value, or if a layer of stacks reads several.
fn check_reads<T: Scalar>(entry: &LayerEntry<T>, reads: usize) -> Result<()> {
    let allowed = match (entry.layer.expand(), reads) {
        (_, 0) => "at least one node",
        (Some(_), 2..) => "one node, because its stacks all read the same one",
        _ => return Ok(()),
    };
    let name = entry.name.clone().unwrap_or_else(|| entry.layer.name().to_string());
    Err(Error::argument(name, "inputs", format!("{reads} nodes"), allowed))
}

fn refused(argument: &str, value: impl ToString, allowed: impl Into<String>) -> Error {
    Error::argument("Functional", argument, value, allowed)
}
