//! Builds the network: checks the shapes, and allocates and initialises the weights.

use super::{Buffers, LeftOut, Network, Node, Tensor, Wiring};
use crate::activations::Sees;
use crate::base::{Batch, Error, Result, Rng, Shape, Stream};
use crate::graph::{Graph, GraphNode};
use crate::initializers::Inputs;
use crate::kernels::{Aligned, Scalar};
use crate::layers::{Layer, LayerEntry, Memory, Numbers, Param, Plan};
use std::ops::Range;
use std::sync::Arc;

/// The largest number of values in a sample or in a layer's output, so that the sizes of batches do not overflow.
const WIDEST: usize = 1 << 30;

/// The source of the initial weights.
#[derive(Debug)]
pub(crate) enum Start<'a, T> {
    /// The initializers draw them with this generator; a sample of the data is for initializers that read their layer's inputs.
    Drawn(&'a mut Rng, Option<Batch<'a, T>>),
    /// They are zeros, which the weights of a file then overwrite.
    #[cfg(feature = "keras")]
    Blank,
}

impl<T: Scalar> Network<T> {
    /// Creates a network without layers, whose output is its input.
    pub(crate) fn new(input: Shape) -> Self {
        let wiring = Wiring::new(input.width(), &[], &[0]);
        Self {
            input,
            inputs: Vec::new(),
            nodes: Vec::new(),
            outputs: vec![0],
            output_names: vec![String::new()],
            wiring,
            seeded: Vec::new(),
            tensors: Vec::new(),
            regularized: Vec::new(),
            constrained: Vec::new(),
            params: Aligned::default(),
            state: Aligned::default(),
        }
    }

    /// Adds the nodes of the graph that are not there yet; their weights have no values until [`fill`](Self::fill) is called.
    ///
    /// At the first error it stops: it adds no node of the layer that failed, nor of the layers after it.
    pub(crate) fn plan(&mut self, graph: &Graph<T>) -> Result<()> {
        if graph.inputs().len() > 1 {
            self.inputs = graph.inputs().iter().map(|input| input.columns.clone()).collect();
        }
        let mut planned = Ok(());
        while planned.is_ok() && self.nodes.len() < graph.nodes().len() {
            let first = self.nodes.len();
            planned = self.plan_layer(graph, first);
            if planned.is_err() {
                self.forget(first);
            }
        }
        let is_whole = self.nodes.len() == graph.nodes().len();
        (self.outputs, self.output_names) = match is_whole {
            true => (graph.outputs(), graph.output_names()),
            false => (vec![self.nodes.len()], vec![String::new()]),
        };
        planned.and(self.mark_outputs())
    }

    /// Adds the nodes of the layer of which `first` is the first node, or the node of an input or of a later call.
    fn plan_layer(&mut self, graph: &Graph<T>, first: usize) -> Result<()> {
        let nodes = graph.nodes();
        let Some(group) = graph.group_of(first) else {
            let node = &nodes[first];
            let trainable = node.shares.and_then(|owner| graph.group_of(owner)).is_none_or(|group| group.entry.trainable);
            return self.plan_node(node, trainable);
        };
        check_name(&group.entry)?;
        let nodes = &nodes[group.nodes.clone()];
        // `plan_node` does not see a layer that expands to several nodes, so its arguments are checked here
        if !matches!(nodes, [node] if Arc::ptr_eq(&node.layer, &group.entry.layer)) {
            group.entry.layer.check_arguments()?;
        }
        nodes.iter().try_for_each(|node| self.plan_node(node, group.entry.trainable))
    }

    fn plan_node(&mut self, described: &GraphNode<T>, outer_trainable: bool) -> Result<()> {
        let GraphNode { name, layer, reads, trainable: within, shares } = described;
        if shares.is_none() && self.nodes.iter().any(|node| node.name == *name) {
            return Err(Error::DuplicateLayer { name: name.clone() });
        }
        layer.check_arguments()?;
        let inputs: Vec<Shape> = reads.iter().map(|&value| self.shape(value).clone()).collect();
        let plan = layer.plan(&inputs).map_err(|error| match error {
            Error::LayerInput { found, expected, .. } => Error::LayerInput { layer: name.clone(), found, expected },
            other => other,
        })?;
        if let ([_, second, ..], false) = (&inputs[..], plan.merges) {
            let expected = format!("it takes one input, and reads the outputs of {} layers", inputs.len());
            return Err(Error::LayerInput { layer: name.clone(), found: second.clone(), expected });
        }
        check_widths(&**layer, &plan)?;
        let numbers = reads.iter().map(|&value| self.numbers(value)).reduce(Numbers::and).unwrap_or(Numbers::Any);
        if let (Some(classes), Some(input)) = (plan.takes, inputs.first()) {
            check_classes::<T>(name, layer.name(), input, classes, numbers)?;
        }
        let within = *within && plan.trainable;
        let trainable = outer_trainable && within;
        let first = self.tensors.len();
        let [params, state] = match *shares {
            None => {
                let starts = self.sizes();
                for (declared, is_state) in [(plan.params, false), (plan.state, true)] {
                    for param in declared {
                        self.plan_tensor(&**layer, param, is_state, trainable)?;
                    }
                }
                let ends = self.sizes();
                [starts[0]..ends[0], starts[1]..ends[1]]
            }
            Some(owner) => {
                let owner = &self.nodes[owner];
                let tensors = self.tensors[owner.tensors.clone()].iter().map(|tensor| &tensor.shape);
                if !tensors.eq(plan.params.iter().chain(&plan.state).map(|param| &param.shape)) {
                    let expected = "it is shared, and its weights have the shapes for the inputs of its first call".to_string();
                    return Err(Error::LayerInput { layer: name.clone(), found: inputs[0].clone(), expected });
                }
                [owner.params.clone(), owner.state.clone()]
            }
        };
        let owned = &self.tensors[shares.map_or(first..self.tensors.len(), |owner| self.nodes[owner].tensors.clone())];
        let weights = owned.iter().filter(|tensor| !tensor.is_state);
        let weights = weights.map(|tensor| tensor.range.start - params.start..tensor.range.end - params.start).collect();
        let checks = plan.takes.filter(|_| numbers == Numbers::Data);
        let checks = checks.map(|classes| (classes, reads.iter().flat_map(|&value| self.columns_of(value)).collect()));
        self.nodes.push(Node {
            name: name.clone(),
            layer: plan.runs.unwrap_or_else(|| layer.clone()),
            reads: reads.clone(),
            gives: plan.gives.unwrap_or(numbers),
            checks,
            sees_input: plan.activation.as_ref().is_some_and(|activation| activation.sees() == Sees::Input),
            activation: plan.activation,
            activity_regularizer: plan.activity_regularizer,
            pre_activation: plan.pre_activation,
            output: plan.output,
            params,
            state,
            tensors: first..self.tensors.len(),
            weights,
            memory: plan.memory,
            owner: shares.unwrap_or(self.nodes.len()),
            is_shared: false,
            adds_gradient: false,
            output_bit: 0,
            trainable,
            trainable_within: within,
            needs_gradient: false,
        });
        self.seeded.push(plan.seed.map(|seed| Rng::stream(seed, Stream::Noise)));
        Ok(())
    }

    fn plan_tensor(&mut self, layer: &dyn Layer<T>, param: Param<T>, is_state: bool, trainable: bool) -> Result<()> {
        let Param { name, shape, initializer, regularizer, constraint, learning_rate_factor, weight_decay_factor } = param;
        let first = self.sizes()[usize::from(is_state)];
        let size = shape.iter().try_fold(1, |size: usize, &extent| size.checked_mul(extent));
        let Some(end) = size.and_then(|size| first.checked_add(size)).filter(|&end| end <= isize::MAX as usize / 8) else {
            return Err(too_large(layer.name(), name, &shape));
        };
        self.tensors.push(Tensor {
            name,
            shape,
            range: first..end,
            is_state,
            trainable: trainable && !is_state,
            initializer,
            regularizer,
            constraint,
            learning_rate_factor,
            weight_decay_factor,
        });
        Ok(())
    }

    /// Returns the number of values in all planned parameters, and in all planned state.
    pub(crate) fn sizes(&self) -> [usize; 2] {
        [false, true].map(|is_state| {
            self.tensors.iter().rev().find(|tensor| tensor.is_state == is_state).map_or(0, |tensor| tensor.range.end)
        })
    }

    /// Allocates and initialises the weights of the nodes from number `first` on; on an error it removes these nodes.
    pub(crate) fn fill(&mut self, first: usize, start: Start<'_, T>) -> Result<()> {
        let [params, _] = self.sizes();
        // if this fails, `fill_all` reports the first weight that does not fit
        let _ = self.params.try_reserve(params - self.params.len());
        let filled = self.fill_all(first, start);
        if filled.is_err() {
            self.truncate(first);
        }
        filled
    }

    fn fill_all(&mut self, first: usize, mut start: Start<'_, T>) -> Result<()> {
        for i in first..self.nodes.len() {
            for number in self.nodes[i].tensors.clone() {
                let Tensor { name, shape, range, is_state, .. } = &self.tensors[number];
                let values = if *is_state { &mut self.state } else { &mut self.params };
                let mut drawn = Vec::new();
                let drawn_size = if matches!(start, Start::Drawn(..)) { range.len() } else { 0 };
                let fits = drawn.try_reserve_exact(drawn_size).is_ok() && values.try_reserve(range.len()).is_ok();
                if !fits {
                    return Err(too_large(self.nodes[i].layer.name(), name, shape));
                }
                match &mut start {
                    #[cfg(feature = "keras")]
                    Start::Blank => values.extend(range.clone().map(|_| T::zero())),
                    Start::Drawn(rng, sample) => {
                        drawn.resize(range.len(), 0.0);
                        self.draw(i, number, rng, *sample, &mut drawn);
                        let values = if self.tensors[number].is_state { &mut self.state } else { &mut self.params };
                        values.extend(drawn.into_iter().map(T::of));
                    }
                }
            }
        }
        Ok(())
    }

    /// Draws the initial values of weight number `number`, which belongs to node `i`.
    fn draw(&mut self, i: usize, number: usize, rng: &mut Rng, sample: Option<Batch<'_, T>>, values: &mut [f64]) {
        let Tensor { shape, initializer, .. } = &self.tensors[number];
        match sample.filter(|_| initializer.sees_inputs()) {
            None => initializer.fill(shape, rng, values),
            Some(sample) => {
                let inputs = self.inputs_of(i, sample);
                let width = self.shape(self.nodes[i].reads.first().copied().unwrap_or_default()).last();
                initializer.fill_from(Inputs { values: &inputs, width }, shape, rng, values);
            }
        }
    }

    /// Returns the first input of node `i` for a sample of the data; the nodes before it must have their weights.
    fn inputs_of(&self, i: usize, sample: Batch<'_, T>) -> Vec<f64> {
        let mut network = self.clone();
        network.nodes.truncate(i);
        network.seeded.truncate(i);
        if let Some(&value) = self.nodes[i].reads.first() {
            // the output of the last node that is kept is the value that node `i` reads
            network.nodes.truncate(value);
        }
        network.outputs = vec![network.nodes.len()];
        network.settle();
        let mut buffers = Buffers::new(&network, sample.count());
        buffers.first(sample.values().len()).copy_from_slice(sample.values());
        network.infer(sample.count(), LeftOut::NONE, &mut buffers);
        network.inferred(0, (sample.count(), LeftOut::NONE), &buffers).values().iter().map(|value| value.to_f64()).collect()
    }

    /// Returns whether any initializer reads the inputs of its layer.
    pub(crate) fn sees_data(&self) -> bool {
        self.tensors.iter().any(|tensor| tensor.initializer.sees_inputs())
    }

    /// Removes all nodes from number `count` on.
    pub(crate) fn truncate(&mut self, count: usize) {
        if count < self.nodes.len() {
            self.forget(count);
            (self.outputs, self.output_names) = (vec![count], vec![String::new()]);
            // the bit of the only output always exists
            let _ = self.mark_outputs();
        }
    }

    /// Removes all nodes from number `count` on, and the weights that were planned for a node that failed.
    fn forget(&mut self, count: usize) {
        self.nodes.truncate(count);
        self.seeded.truncate(count);
        let tensors = self.nodes.last().map_or(0, |node| node.tensors.end);
        self.tensors.truncate(tensors);
        let [params, state] = self.sizes();
        self.params.truncate(params);
        self.state.truncate(state);
    }

    /// Returns the ranges of the data that a value has, if the value has numbers of the data; else nothing.
    fn columns_of(&self, value: usize) -> Vec<Range<usize>> {
        match value.checked_sub(1) {
            None => std::iter::once(0..self.input.width()).collect(),
            Some(input) if input < self.inputs.len() => vec![self.inputs[input].clone()],
            Some(node) => {
                let mut columns = Vec::new();
                self.nodes[node].reads.iter().for_each(|&value| columns.extend(self.columns_of(value)));
                columns
            }
        }
    }

    /// Returns what is known about the numbers in a value.
    fn numbers(&self, value: usize) -> Numbers {
        value.checked_sub(1).map_or(Numbers::Data, |node| self.nodes[node].gives)
    }
}

/// Fails if Keras refuses the name of a layer.
fn check_name<T: Scalar>(entry: &LayerEntry<T>) -> Result<()> {
    match &entry.name {
        Some(name) if name.is_empty() || name.contains('/') => {
            let allowed = "a name that is not empty and has no `/`, because Keras refuses such names";
            Err(Error::argument(entry.layer.name(), "name", format!("`{name}`"), allowed))
        }
        _ => Ok(()),
    }
}

fn too_large(part: &str, weight: &str, shape: &[usize]) -> Error {
    Error::argument(format!("{part}, {weight}"), "shape", format!("{shape:?}"), "a size that fits in memory")
}

fn check_widths<T: Scalar>(layer: &dyn Layer<T>, plan: &Plan<T>) -> Result<()> {
    let Memory { scratch, batch_scratch, workspace } = plan.memory;
    for (what, width, least) in [
        ("output", plan.output.width(), 1),
        ("pre-activation", plan.pre_activation.width(), 1),
        ("scratch", scratch, 0),
        ("batch scratch", batch_scratch, 0),
        ("workspace", workspace[0].max(workspace[1]), 0),
    ] {
        if !(least..=WIDEST).contains(&width) {
            return Err(Error::argument(layer.name(), what, width, format!("{least} to {WIDEST} values")));
        }
    }
    Ok(())
}

/// Fails if a layer that takes class numbers may get other numbers.
fn check_classes<T: Scalar>(name: &str, part: &str, input: &Shape, classes: usize, numbers: Numbers) -> Result<()> {
    // above `most`, the type `T` cannot represent every whole number
    let most = if T::DTYPE == "float32" { 1 << 24 } else { 1 << 53 };
    if !(1..=most).contains(&(classes as u64)) {
        return Err(Error::argument(part, "classes", classes, format!("1 to {most}, which is how far {} counts", T::DTYPE)));
    }
    let given = match numbers {
        Numbers::Data => return Ok(()),
        Numbers::Classes(given) if given <= classes => return Ok(()),
        Numbers::Classes(given) => format!("whole numbers up to {}", given - 1),
        Numbers::Any => "any numbers".to_string(),
    };
    let expected = format!("it takes whole numbers from 0 to {}, but the layer before it gives {given}", classes - 1);
    Err(Error::LayerInput { layer: name.to_string(), found: input.clone(), expected })
}
