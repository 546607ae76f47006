//! What a layer says of itself before it runs.

use super::weights::checked_regularizer;
use super::{Layer, Param};
use crate::activations::{self, Activation};
use crate::base::{Result, Shape};
use crate::kernels::Scalar;
use crate::part::Choice;
use crate::regularizers::Regularizer;
use std::sync::Arc;

/// What a layer makes of its inputs, and what it needs for that.
#[derive(Debug)]
pub struct Plan<T: Scalar> {
    /// The shape of what the layer itself writes.
    pub(crate) pre_activation: Shape,
    /// The shape of what its activation makes of that.
    pub(crate) output: Shape,
    pub(crate) params: Vec<Param<T>>,
    pub(crate) state: Vec<Param<T>>,
    pub(crate) activation: Option<Arc<dyn Activation<T>>>,
    pub(crate) activity_regularizer: Option<Arc<dyn Regularizer<T>>>,
    pub(crate) memory: Memory,
    pub(crate) seed: Option<u64>,
    /// How many classes the inputs are numbers of, if they are.
    pub(crate) takes: Option<usize>,
    /// What is known of the outputs; `None` where it is what is known of the inputs.
    pub(crate) gives: Option<Numbers>,
    pub(crate) runs: Option<Arc<dyn Layer<T>>>,
    pub(crate) trainable: bool,
    /// Whether the layer takes more inputs than one.
    pub(crate) merges: bool,
}

/// How many values of memory a layer asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Memory {
    /// From the forward to the backward pass, for each sample.
    pub(crate) scratch: usize,
    /// From the forward to the backward pass, for a batch.
    pub(crate) batch_scratch: usize,
    /// Within one call, for each sample and for a batch; all layers share it.
    pub(crate) workspace: [usize; 2],
}

/// What is known of the numbers that come to a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// Nothing.
    Any,
    /// They are the data themselves.
    Data,
    /// They are whole, from 0 to below this.
    Classes(usize),
}

impl Numbers {
    /// What is known of both together.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Data, Self::Data) => Self::Data,
            (Self::Classes(one), Self::Classes(other)) => Self::Classes(one.max(other)),
            _ => Self::Any,
        }
    }
}

impl<T: Scalar> Plan<T> {
    /// A layer with outputs of this shape, without weights.
    pub fn new(output: impl Into<Shape>) -> Self {
        let output = output.into();
        Self {
            pre_activation: output.clone(),
            output,
            params: Vec::new(),
            state: Vec::new(),
            activation: None,
            activity_regularizer: None,
            memory: Memory::default(),
            seed: None,
            takes: None,
            gives: Some(Numbers::Any),
            runs: None,
            trainable: true,
            merges: false,
        }
    }

    /// Declares a weight that training updates.
    pub fn param(mut self, param: Param<T>) -> Self {
        self.params.push(param);
        self
    }

    /// Declares values that the layer itself keeps up to date in training, a running mean for instance.
    pub fn state(mut self, state: Param<T>) -> Self {
        self.state.push(state);
        self
    }

    /// Declares an activation that the network applies to the output.
    ///
    /// # Errors
    ///
    /// A name that no activation has, an argument of it outside its range, outputs that it cannot take.
    pub fn activation(mut self, activation: &Choice<dyn Activation<T>>) -> Result<Self> {
        let activation = activation.get()?;
        activation.check_arguments()?;
        self.output = activations::output(&*activation, &self.pre_activation)?;
        self.activation = Some(activation);
        Ok(self)
    }

    /// Asks for memory from `forward` to `backward`: this many values for each sample.
    pub fn scratch(mut self, values_per_sample: usize) -> Self {
        self.memory.scratch = values_per_sample;
        self
    }

    /// Asks for memory from `forward` to `backward` that belongs to the batch as a whole: this many values.
    pub fn batch_scratch(mut self, values: usize) -> Self {
        self.memory.batch_scratch = values;
        self
    }

    /// Asks for memory within one call: so many values for each sample of a batch and so many for the batch as a whole.
    ///
    /// All layers of a model share it, so that it costs as much as the layer that needs most.
    pub fn workspace(mut self, values_per_sample: usize, values: usize) -> Self {
        self.memory.workspace = [values_per_sample, values];
        self
    }

    /// Asks for a source of randomness of the layer's own; without a seed it shares that of the model.
    pub fn seed(mut self, seed: Option<u64>) -> Self {
        self.seed = seed;
        self
    }

    /// Declares a penalty on the output of the activation, divided by the number of samples.
    ///
    /// # Errors
    ///
    /// A name that no regularizer has, or an argument of it outside its range.
    pub fn activity_regularizer(mut self, regularizer: &Option<Choice<dyn Regularizer<T>>>) -> Result<Self> {
        self.activity_regularizer = checked_regularizer(regularizer)?;
        Ok(self)
    }

    /// Declares that the layer takes numbers of classes: whole, from 0 to below `count`.
    ///
    /// The layer must then see the data as they are, or the classes that another layer gives; data that hold anything
    /// else are refused before they reach it.
    pub fn takes_classes(mut self, count: usize) -> Self {
        self.takes = Some(count);
        self
    }

    /// Declares that the layer gives numbers of classes: whole, from 0 to below `count`.
    pub fn gives_classes(mut self, count: usize) -> Self {
        self.gives = Some(Numbers::Classes(count));
        self
    }

    /// Declares that the layer gives every value it is given, and no other: at most their order changes.
    pub fn passes_values_on(mut self) -> Self {
        self.gives = None;
        self
    }

    /// Says whether training updates the weights, for a layer that holds another, which may be frozen.
    pub fn trainable(mut self, trainable: bool) -> Self {
        self.trainable = trainable;
        self
    }

    /// Declares that the layer takes as many inputs as it is given; any other layer is given one.
    pub fn merges(mut self) -> Self {
        self.merges = true;
        self
    }

    /// Lets another layer run in place of the one that plans, one that was made for these shapes.
    ///
    /// It is lent what this plan declares, and asked for no plan of its own.
    pub fn runs(mut self, layer: impl Layer<T>) -> Self {
        self.runs = Some(layer.into_shared());
        self
    }
}
