//! What a network of a table model has to fit: its inputs, its outputs, its loss.

use crate::layers::Dense;

/// What a network of a [`TableClassifier`](super::TableClassifier) or [`TableRegressor`](super::TableRegressor) has to fit.
///
/// The last layer must be [`output_layer`](Self::output_layer), or a layer of the same outputs.
///
/// ```
/// use layercake::prelude::*;
///
/// let model = TableRegressor::new("price").network(|shape| {
///     let mut model = Sequential::with_seed(shape.seed());
///     model.add(Dense::new(32).activation(Relu));
///     model.add(Dropout::new(0.1));
///     model.add(shape.output_layer());
///     model.compile(Adam::default().learning_rate(0.01), shape.loss(), ())?;
///     Ok(model)
/// });
/// # let _ = model;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkShape {
    pub(super) inputs: usize,
    pub(super) rows: usize,
    pub(super) seed: u64,
    pub(super) task: Task,
}

/// What is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Number,
    /// One of this many classes, at least 2.
    Classes(usize),
}

impl NetworkShape {
    /// Returns the number of inputs, which are the outputs of the features.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Returns the number of outputs: 1 for a number and for two classes, else the number of classes.
    pub fn outputs(&self) -> usize {
        match self.task {
            Task::Number | Task::Classes(..=2) => 1,
            Task::Classes(classes) => classes,
        }
    }

    /// Returns the number of training rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the seed of this member.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Returns the last layer: one unit for a number, one with a sigmoid for two classes, else a softmax.
    pub fn output_layer(&self) -> Dense<f32> {
        let layer = Dense::new(self.outputs());
        match self.task {
            Task::Number => layer,
            Task::Classes(..=2) => layer.activation("sigmoid"),
            Task::Classes(_) => layer.activation("softmax"),
        }
    }

    /// Returns the name of the loss: `mse` for a number, which has mean 0 and deviation 1 in training, else a cross-entropy.
    pub fn loss(&self) -> &'static str {
        match self.task {
            Task::Number => "mse",
            Task::Classes(..=2) => "binary_crossentropy",
            Task::Classes(_) => "sparse_categorical_crossentropy",
        }
    }
}
