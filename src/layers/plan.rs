use super::Layer;
use crate::activations::{self, Activation};
use crate::base::{Result, Shape};
use crate::constraints::Constraint;
use crate::initializers::Initializer;
use crate::kernels::Scalar;
use crate::part::Choice;
use crate::regularizers::Regularizer;
use std::sync::Arc;

/// What a layer makes of its input, and what it needs for that.
#[derive(Debug)]
pub struct Plan<T: Scalar> {
    /// What the layer itself writes.
    pub(crate) sums: Shape,
    /// What its activation makes of that.
    pub(crate) output: Shape,
    pub(crate) params: Vec<Param<T>>,
    pub(crate) state: Vec<Param<T>>,
    pub(crate) activation: Option<Arc<dyn Activation<T>>>,
    pub(crate) activity_regularizer: Option<Arc<dyn Regularizer<T>>>,
    pub(crate) scratch: usize,
    pub(crate) batch_scratch: usize,
    pub(crate) seed: Option<u64>,
    /// How many classes the inputs are numbers of, if they are.
    pub(crate) takes: Option<usize>,
    /// What the outputs are; nothing where they are what the inputs are.
    pub(crate) gives: Option<Numbers>,
    pub(crate) runs: Option<Arc<dyn Layer<T>>>,
    pub(crate) trainable: bool,
}

/// What is known of the numbers that come to a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbers {
    /// Nothing.
    Any,
    /// They stand in the data.
    Data,
    /// They are whole, from 0 to below this.
    Classes(usize),
}

impl Numbers {
    /// What is known of both together.
    pub(crate) fn beside(self, other: Self) -> Self {
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
            sums: output.clone(),
            output,
            params: Vec::new(),
            state: Vec::new(),
            activation: None,
            activity_regularizer: None,
            scratch: 0,
            batch_scratch: 0,
            seed: None,
            takes: None,
            gives: Some(Numbers::Any),
            runs: None,
            trainable: true,
        }
    }

    /// Declares a weight that training moves.
    pub fn param(mut self, param: Param<T>) -> Self {
        self.params.push(param);
        self
    }

    /// Declares values that the layer itself keeps up to date in training, a running mean for instance.
    pub fn state(mut self, state: Param<T>) -> Self {
        self.state.push(state);
        self
    }

    /// Declares an activation that the network is to apply behind the layer.
    ///
    /// # Errors
    ///
    /// A name that no activation has, an argument of it outside its range, outputs that it cannot take.
    pub fn activation(mut self, activation: &Choice<dyn Activation<T>>) -> Result<Self> {
        let activation = activation.get()?;
        activation.check_arguments()?;
        self.output = activations::output(&*activation, &self.sums)?;
        self.activation = Some(activation);
        Ok(self)
    }

    /// Asks for memory from `forward` to `backward`: this many values for each sample.
    pub fn scratch(mut self, values_per_sample: usize) -> Self {
        self.scratch = values_per_sample;
        self
    }

    /// Asks for memory from `forward` to `backward` that belongs to the batch as a whole: this many values.
    pub fn batch_scratch(mut self, values: usize) -> Self {
        self.batch_scratch = values;
        self
    }

    /// Asks for a source of randomness of the layer's own; without a seed it shares that of the model.
    pub fn seed(mut self, seed: Option<u64>) -> Self {
        self.seed = seed;
        self
    }

    /// What the model pays for the outputs, behind the activation: the penalty of a batch divided by its samples.
    ///
    /// # Errors
    ///
    /// A name that no regularizer has, or an argument of it outside its range.
    pub fn activity_regularizer(mut self, regularizer: &Option<Choice<dyn Regularizer<T>>>) -> Result<Self> {
        self.activity_regularizer = checked(regularizer)?;
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

    /// Says whether training moves the weights, for a layer that holds another, which may be frozen.
    pub fn trainable(mut self, trainable: bool) -> Self {
        self.trainable = trainable;
        self
    }

    /// Lets another layer run in place of the one that plans, one that was made for this shape.
    ///
    /// It is lent what this plan declares, and asked for no plan of its own.
    pub fn runs(mut self, layer: impl Layer<T>) -> Self {
        self.runs = Some(layer.into_shared());
        self
    }
}

/// A weight as a layer declares it; the network does the rest.
#[derive(Debug, Clone)]
pub struct Param<T: Scalar> {
    pub(crate) name: &'static str,
    pub(crate) shape: Vec<usize>,
    pub(crate) initializer: Arc<dyn Initializer>,
    pub(crate) regularizer: Option<Arc<dyn Regularizer<T>>>,
    pub(crate) constraint: Option<Arc<dyn Constraint<T>>>,
}

impl<T: Scalar> Param<T> {
    /// A weight with Keras' name and shape; its values lie as in Keras, the last axis running fastest.
    ///
    /// # Errors
    ///
    /// A name that no initializer has, an argument of it outside its range, a shape that it cannot fill.
    pub fn new(name: &'static str, shape: impl Into<Vec<usize>>, initializer: &Choice<dyn Initializer>) -> Result<Self> {
        let initializer = initializer.get()?;
        initializer.check_arguments()?;
        let shape = shape.into();
        initializer.check(&shape)?;
        Ok(Self { name, shape, initializer, regularizer: None, constraint: None })
    }

    /// What the model pays for the size of this weight.
    ///
    /// # Errors
    ///
    /// A name that no regularizer has, an argument of it outside its range, a shape that it cannot judge.
    pub fn regularizer(mut self, regularizer: &Option<Choice<dyn Regularizer<T>>>) -> Result<Self> {
        self.regularizer = checked(regularizer)?;
        self.regularizer.as_ref().map_or(Ok(()), |regularizer| regularizer.check(&self.shape))?;
        Ok(self)
    }

    /// What this weight is held to after each update.
    ///
    /// # Errors
    ///
    /// A name that no constraint has, an argument outside its range, an axis that the weight does not have.
    pub fn constraint(mut self, constraint: &Option<Choice<dyn Constraint<T>>>) -> Result<Self> {
        self.constraint = constraint.as_ref().map(Choice::get).transpose()?;
        if let Some(constraint) = &self.constraint {
            constraint.check_arguments()?;
            constraint.check(&self.shape)?;
        }
        Ok(self)
    }
}

/// The regularizer that was chosen, if it can be used.
fn checked<T: Scalar>(regularizer: &Option<Choice<dyn Regularizer<T>>>) -> Result<Option<Arc<dyn Regularizer<T>>>> {
    let regularizer = regularizer.as_ref().map(Choice::get).transpose()?;
    regularizer.as_ref().map_or(Ok(()), |regularizer| regularizer.check_arguments())?;
    Ok(regularizer)
}
