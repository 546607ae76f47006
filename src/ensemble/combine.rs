//! Combines models to one model with a branch for each of them, and takes such a model apart.

use crate::base::{Error, Result, Shape, free_name};
use crate::kernels::Scalar;
use crate::layers::{Average, IntoEntry, LayerEntry};
use crate::model::Model;
use crate::network::Network;
use crate::optimizers::OptimizerState;
use crate::training::Compiled;

/// Returns a model whose branches are these models and whose last layer averages their outputs.
///
/// It has the weights of the models, and the loss and the metrics of the first.
pub(super) fn combine<T: Scalar>(members: &[Model<T>]) -> Result<Model<T>> {
    let [first, ..] = members else {
        return Err(Error::argument("Ensemble", "members", 0, "at least one model"));
    };
    let input = check(members)?;
    let mut model = Model::with_seed(first.seed);
    let (mut outputs, mut names, mut value) = (Vec::new(), Vec::new(), 0);
    for (number, member) in members.iter().enumerate() {
        // Value 0 is the data, which all members read; the outputs of this member's nodes follow those of the one before.
        let offset = value;
        for (place, node) in member.graph.nodes().iter().enumerate() {
            let name = format!("member_{number}_{}", node.name.replace('/', "_"));
            let name = free_name(name, &|name| !names.contains(name));
            names.push(name.clone());
            let entry = LayerEntry::from(node.layer.clone()).name(name).trainable(member.is_trainable(place));
            let reads = node.reads.iter().map(|&read| if read == 0 { 0 } else { read + offset }).collect();
            push(&mut model, entry, reads, node.shares.map(|owner| owner + offset));
            value += 1;
        }
        outputs.push(value);
    }
    let average = IntoEntry::<T, _>::into_entry(Average::new()).name("average");
    model.graph.push_reading(average, outputs);
    model.build(input)?;
    let weights: Vec<_> = members.iter().flat_map(|member| member.get_weights()).collect();
    model.set_weights(&weights)?;
    model.compiled = first.compiled.as_ref().map(fresh).transpose()?;
    Ok(model)
}

/// Adds a node of a member: a layer, or another call of the layer whose node has the number `shares`.
fn push<T: Scalar>(model: &mut Model<T>, entry: LayerEntry<T>, reads: Vec<usize>, shares: Option<usize>) {
    match shares.and_then(|owner| model.graph.groups().iter().position(|group| group.nodes.contains(&owner))) {
        Some(layer) => model.graph.push_call(layer, reads),
        None => model.graph.push_reading(entry, reads),
    }
}

/// Returns the shape of the members' inputs; fails if a member is not built, has several inputs or outputs, or differs from the
/// first.
fn check<T: Scalar>(members: &[Model<T>]) -> Result<Shape> {
    let shapes = |network: &Network<T>| (network.input().clone(), network.output().clone());
    let first = shapes(members[0].built("Ensemble::new")?);
    for (number, member) in members.iter().enumerate() {
        if !member.graph.has_one_input_and_output() {
            let (value, allowed) = ("a model with several inputs or outputs", "a model with one input and one output");
            return Err(Error::argument("Ensemble", format!("member {number}"), value, allowed));
        }
        let (input, output) = shapes(member.built("Ensemble::new")?);
        if (&input, &output) != (&first.0, &first.1) {
            let value = format!("inputs of {input} and outputs of {output}");
            let allowed = format!("inputs of {} and outputs of {}, as of member 0", first.0, first.1);
            return Err(Error::argument("Ensemble", format!("member {number}"), value, allowed));
        }
    }
    Ok(first.0)
}

/// Returns the same compile settings with a new state of the optimizer.
fn fresh<T: Scalar>(compiled: &Compiled<T>) -> Result<Compiled<T>> {
    let Compiled { optimizer, losses, metrics } = compiled;
    Ok(Compiled { optimizer: OptimizerState::new(optimizer.shared_rule())?, losses: losses.clone(), metrics: metrics.clone() })
}

/// Returns the branches of a model as models, if its last layer averages branches that share no layer, else `None`.
#[cfg_attr(not(feature = "keras"), expect(dead_code, reason = "only loaded files are taken apart"))]
pub(super) fn split<T: Scalar>(combined: &Model<T>) -> Result<Option<Vec<Model<T>>>> {
    let nodes = combined.graph.nodes();
    let network = combined.built("Ensemble::load")?;
    let Some((last, branches)) = nodes.split_last() else { return Ok(None) };
    if last.layer.spec().class_name != "Average" || last.layer.name() != "Average" || last.reads.contains(&0) {
        return Ok(None);
    }
    let (mut members, mut used) = (Vec::new(), 0);
    for &output in &last.reads {
        let mut is_read = vec![false; nodes.len() + 1];
        let mut open = vec![output];
        while let Some(value) = open.pop() {
            if value > 0 && !std::mem::replace(&mut is_read[value], true) {
                open.extend(&nodes[value - 1].reads);
            }
        }
        let values: Vec<usize> = (1..=nodes.len()).filter(|&value| is_read[value]).collect();
        used += values.len();
        members.push(branch(combined, network, &values)?);
    }
    // Branches that share a layer count it more than once.
    Ok((used == branches.len()).then_some(members))
}

/// Returns the model of the nodes whose outputs are these values, in ascending order.
fn branch<T: Scalar>(combined: &Model<T>, network: &Network<T>, values: &[usize]) -> Result<Model<T>> {
    let mut model = Model::with_seed(combined.seed);
    let mut weights = Vec::new();
    for &value in values {
        let node = &combined.graph.nodes()[value - 1];
        let place = |read: &usize| if *read == 0 { Some(0) } else { values.binary_search(read).ok().map(|place| place + 1) };
        let reads = node.reads.iter().filter_map(place).collect();
        let entry = LayerEntry::from(node.layer.clone()).name(node.name.clone());
        let shares = node.shares.and_then(|owner| values.binary_search(&(owner + 1)).ok());
        push(&mut model, entry.trainable(combined.is_trainable(value - 1)), reads, shares);
        let tensors = network.tensors_of(value - 1..value);
        weights.extend(tensors.iter().map(|tensor| tensor.to_matrix(network.values(tensor))));
    }
    model.build(network.input().clone())?;
    model.set_weights(&weights)?;
    model.compiled = combined.compiled.as_ref().map(fresh).transpose()?;
    Ok(model)
}
