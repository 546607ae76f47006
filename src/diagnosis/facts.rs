//! All that the rules look at, as plain numbers: data, model, options, and what the first step shows.

use super::columns::Column;
use super::kept::{Duplicates, Kept};
use super::start::Start;
use super::targets::{Target, Values};
use crate::kernels::Scalar;
use crate::model::{FitOptions, Model};
use crate::network::Network;
use crate::part::Spec;

/// All that the rules look at.
#[derive(Debug)]
pub(super) struct Facts {
    /// The number of rows for training.
    pub(super) rows: usize,
    pub(super) columns: Vec<Column>,
    /// The pairs of columns that are equal, or equal up to scale and offset.
    pub(super) equal: Vec<(usize, usize)>,
    pub(super) target: Target,
    pub(super) validation: Option<Validation>,
    pub(super) outline: Outline,
}

/// The validation rows.
#[derive(Debug)]
pub(super) struct Validation {
    pub(super) target: Target,
    pub(super) rows: usize,
    /// True if they are the last rows of the data.
    pub(super) is_tail: bool,
    /// The columns that are constant in training only, with the number of validation rows that differ.
    pub(super) only_here: Vec<(usize, usize)>,
    pub(super) duplicates: Duplicates,
}

/// The model, its loss and its optimizer, the options, and what the first step shows.
#[derive(Debug, Clone)]
pub(super) struct Outline {
    pub(super) layers: Vec<LayerFacts>,
    /// The number of values in the weights that are trained.
    pub(super) trained: usize,
    pub(super) outputs: usize,
    pub(super) loss: Spec,
    pub(super) optimizer: Spec,
    /// The number of steps before this training.
    pub(super) iterations: u64,
    pub(super) plan: PlanFacts,
    /// `None` until it is measured, and if the first step fails.
    pub(super) start: Option<Start>,
}

/// A layer, or a layer within another.
#[derive(Debug, Clone)]
pub(super) struct LayerFacts {
    pub(super) name: String,
    pub(super) class: &'static str,
    pub(super) spec: Spec,
    /// Keras' name of its activation.
    pub(super) activation: Option<&'static str>,
    /// The number of values in its output.
    pub(super) width: usize,
    /// The numbers of the values that it reads: 0 is the data, `i + 1` the output of layer `i`.
    pub(super) reads: Vec<usize>,
    pub(super) has_kernel: bool,
}

/// The options of the training.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlanFacts {
    pub(super) epochs: usize,
    pub(super) batch_size: usize,
    pub(super) shuffle: bool,
}

impl PlanFacts {
    pub(super) fn of<T: Scalar>(options: &FitOptions<'_, T>) -> Self {
        let epochs = options.epochs.saturating_sub(options.initial_epoch);
        Self { epochs, batch_size: options.batch_size, shuffle: options.shuffle }
    }

    /// Returns the number of steps of the training.
    pub(super) fn steps(&self, rows: usize) -> usize {
        self.epochs.saturating_mul(rows.div_ceil(self.batch_size.max(1)))
    }
}

impl Outline {
    /// Collects the facts about a built and compiled model, without its start.
    pub(super) fn new<T: Scalar>(model: &Model<T>, network: &Network<T>, plan: PlanFacts) -> Self {
        let compiled = model.compiled.as_ref();
        Self {
            layers: layers(network),
            trained: network.trained().iter().map(|weight| weight.range.len()).sum(),
            outputs: network.output().width(),
            loss: compiled.and_then(|compiled| compiled.losses.first()).map_or(Spec::named(""), |(loss, _)| loss.spec()),
            optimizer: compiled.map_or(Spec::named(""), |compiled| compiled.optimizer.rule().spec()),
            iterations: model.iterations(),
            plan,
            start: None,
        }
    }

    /// Returns the last layer that computes something from the outputs of others: no dropout, no reshaping.
    pub(super) fn head(&self) -> Option<&LayerFacts> {
        let passes_on = ["Dropout", "GaussianNoise", "Identity", "Flatten", "Reshape", "ActivityRegularization"];
        self.layers.iter().rev().find(|layer| !passes_on.contains(&layer.class))
    }
}

impl Facts {
    /// Describes the data that were kept.
    pub(super) fn new<T: Scalar>(kept: &Kept<T>, outline: Outline) -> Self {
        let target = kept.target();
        let validation = kept.validation.as_ref().zip(kept.validation_target()).map(|(validation, target)| Validation {
            target,
            rows: validation.rows,
            is_tail: validation.first > 0,
            only_here: validation.only_here.clone(),
            duplicates: validation.duplicates,
        });
        Self { rows: kept.rows, columns: kept.columns(&target), equal: kept.equal(), target, validation, outline }
    }

    /// Returns the targets of all rows in the order of the data.
    pub(super) fn in_order(&self) -> Values {
        match &self.validation {
            Some(validation) if validation.is_tail => self.target.values.followed_by(&validation.target.values),
            _ => self.target.values.clone(),
        }
    }
}

impl LayerFacts {
    /// Returns the activation of the layer, or of a layer that is an activation.
    pub(super) fn activation(&self) -> &str {
        match (self.class, self.activation) {
            ("Softmax", _) => "softmax",
            (_, Some(activation)) => activation,
            _ => "linear",
        }
    }
}

fn layers<T: Scalar>(network: &Network<T>) -> Vec<LayerFacts> {
    let layer = |node: &crate::network::Node<T>| LayerFacts {
        name: node.name.clone(),
        class: node.layer.name(),
        spec: node.layer.spec(),
        activation: node.activation.as_ref().map(|activation| activation.name()),
        width: node.output.width(),
        reads: node.reads.clone(),
        has_kernel: network.tensors()[node.tensors.clone()].iter().any(|tensor| tensor.name == "kernel"),
    };
    network.nodes().iter().map(layer).collect()
}
