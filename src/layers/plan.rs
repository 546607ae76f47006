//! The plan of a layer: the output shape, weights and memory that it declares before it runs.

use super::weights::checked_regularizer;
use super::{Layer, Param};
use crate::activations::{self, Activation};
use crate::base::{Result, Shape};
use crate::kernels::Scalar;
use crate::part::Choice;
use crate::regularizers::Regularizer;
use std::sync::Arc;

/// The declaration of a layer for given input shapes: its output shape, weights, activation and memory.
#[derive(Debug)]
pub struct Plan<T: Scalar> {
    /// The shape of the output before the activation.
    pub(crate) pre_activation: Shape,
    /// The shape of the output after the activation.
    pub(crate) output: Shape,
    pub(crate) params: Vec<Param<T>>,
    pub(crate) state: Vec<Param<T>>,
    pub(crate) activation: Option<Arc<dyn Activation<T>>>,
    pub(crate) activity_regularizer: Option<Arc<dyn Regularizer<T>>>,
    pub(crate) memory: Memory,
    pub(crate) seed: Option<u64>,
    /// The number of classes, if the inputs must be class numbers.
    pub(crate) takes: Option<usize>,
    /// What is known about the output values; `None` if it is the same as for the inputs.
    pub(crate) gives: Option<Numbers>,
    pub(crate) runs: Option<Arc<dyn Layer<T>>>,
    pub(crate) trainable: bool,
    /// True if the layer takes several inputs.
    pub(crate) merges: bool,
}

/// The numbers of values in the memory that a layer needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Memory {
    /// For each sample, kept from the forward to the backward pass.
    pub(crate) scratch: usize,
    /// For a batch, kept from the forward to the backward pass.
    pub(crate) batch_scratch: usize,
    /// For each sample and for a batch, used within one call and shared by all layers.
    pub(crate) workspace: [usize; 2],
}

/// What is known about the values of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// Nothing is known.
    Any,
    /// The values are those of the data.
    Data,
    /// The values are whole numbers from 0 to below this number.
    Classes(usize),
}

impl Numbers {
    /// Returns what is known about the values of two inputs together.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Data, Self::Data) => Self::Data,
            (Self::Classes(one), Self::Classes(other)) => Self::Classes(one.max(other)),
            _ => Self::Any,
        }
    }
}

impl<T: Scalar> Plan<T> {
    /// Creates the plan of a layer with outputs of this shape and without weights.
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

    /// Declares values that the layer itself updates in training, for example a moving mean.
    pub fn state(mut self, state: Param<T>) -> Self {
        self.state.push(state);
        self
    }

    /// Declares an activation that the network applies to the output.
    ///
    /// # Errors
    ///
    /// It fails if no activation has this name, if an argument of the activation is out of range, or if the activation cannot
    /// be applied to outputs of this shape.
    pub fn activation(mut self, activation: &Choice<dyn Activation<T>>) -> Result<Self> {
        let activation = activation.get()?;
        activation.check_arguments()?;
        self.output = activations::output(&*activation, &self.pre_activation)?;
        self.activation = Some(activation);
        Ok(self)
    }

    /// Declares memory that is kept from `forward` to `backward`: this number of values for each sample.
    pub fn scratch(mut self, values_per_sample: usize) -> Self {
        self.memory.scratch = values_per_sample;
        self
    }

    /// Declares memory that is kept from `forward` to `backward`: this number of values for a whole batch.
    pub fn batch_scratch(mut self, values: usize) -> Self {
        self.memory.batch_scratch = values;
        self
    }

    /// Declares memory for use within one call: a number of values for each sample, and a number for a whole batch.
    ///
    /// All layers of a model share this memory, so the layer that needs most determines its size.
    pub fn workspace(mut self, values_per_sample: usize, values: usize) -> Self {
        self.memory.workspace = [values_per_sample, values];
        self
    }

    /// Declares a random number generator of the layer's own with this seed; `None` shares the model's generator (default).
    pub fn seed(mut self, seed: Option<u64>) -> Self {
        self.seed = seed;
        self
    }

    /// Declares a penalty on the output of the activation; it is divided by the number of samples.
    ///
    /// # Errors
    ///
    /// It fails if no regularizer has this name, or if an argument of the regularizer is out of range.
    pub fn activity_regularizer(mut self, regularizer: &Option<Choice<dyn Regularizer<T>>>) -> Result<Self> {
        self.activity_regularizer = checked_regularizer(regularizer)?;
        Ok(self)
    }

    /// Declares that the inputs must be class numbers: whole numbers from 0 to below `count`.
    ///
    /// Building the model fails unless the inputs are the data or the class numbers of another layer. Data with other
    /// values are refused before the layer runs.
    pub fn takes_classes(mut self, count: usize) -> Self {
        self.takes = Some(count);
        self
    }

    /// Declares that the outputs are class numbers: whole numbers from 0 to below `count`.
    pub fn gives_classes(mut self, count: usize) -> Self {
        self.gives = Some(Numbers::Classes(count));
        self
    }

    /// Declares that the outputs contain only input values, unchanged.
    pub fn passes_values_on(mut self) -> Self {
        self.gives = None;
        self
    }

    /// Sets whether training updates the weights (default: true), for a layer that holds another layer, which may be frozen.
    pub fn trainable(mut self, trainable: bool) -> Self {
        self.trainable = trainable;
        self
    }

    /// Declares that the layer takes several inputs; any other layer takes one.
    pub fn merges(mut self) -> Self {
        self.merges = true;
        self
    }

    /// Sets a layer that runs instead of the planned layer, for example a copy with values computed from the input shapes.
    ///
    /// That layer is given the weights and memory of this plan; its own `plan` is not called.
    pub fn runs(mut self, layer: impl Layer<T>) -> Self {
        self.runs = Some(layer.into_shared());
        self
    }
}
