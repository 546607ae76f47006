//! What a rule is lent for one step.

use crate::kernels::Scalar;
use crate::kernels::{self, Slots};

/// A weight as an optimizer knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// The name, in a model `layer/weight`.
    pub path: String,
    /// The shape as in Keras.
    pub shape: Vec<usize>,
    /// The learning rate of the weight, as a multiple of the optimizer's.
    pub learning_rate_factor: f64,
    /// The weight decay of the weight, as a multiple of the optimizer's.
    pub weight_decay_factor: f64,
}

impl Variable {
    /// A weight of this name and shape, trained like all others.
    pub fn new(path: impl Into<String>, shape: impl Into<Vec<usize>>) -> Self {
        Self { path: path.into(), shape: shape.into(), learning_rate_factor: 1.0, weight_decay_factor: 1.0 }
    }
}

/// Something that an optimizer remembers of each value of a weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    pub(super) name: &'static str,
    pub(super) start: Start,
    pub(super) apart: bool,
    extent: Extent,
}

/// How many values a slot has for a weight.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Extent {
    Value,
    Row,
    Column,
}

/// What a slot starts from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Start {
    Number(f64),
    Weight,
}

impl Slot {
    /// A memory with Keras' name, which starts at 0.
    pub fn new(name: &'static str) -> Self {
        Self { name, start: Start::Number(0.0), apart: false, extent: Extent::Value }
    }

    /// The same, starting at another number.
    pub fn starting_at(mut self, number: f64) -> Self {
        self.start = Start::Number(number);
        self
    }

    /// The same, starting as a copy of the weight.
    pub fn starting_at_the_weight(mut self) -> Self {
        self.start = Start::Weight;
        self
    }

    /// The same, with one value for each row of a matrix, which are the first of those the slot has room for; none for a
    /// vector.
    pub fn by_row(mut self) -> Self {
        self.extent = Extent::Row;
        self
    }

    /// The same, with one value for each column of a matrix, which are the first of those the slot has room for; none
    /// for a vector.
    pub fn by_column(mut self) -> Self {
        self.extent = Extent::Column;
        self
    }

    /// The shape of its values for a weight of this shape; `None` if it has none for it.
    pub(super) fn shape(&self, weight: &[usize]) -> Option<Vec<usize>> {
        match (self.extent, weight) {
            (Extent::Value, _) => Some(weight.to_vec()),
            (Extent::Row, [rows @ .., _]) if !rows.is_empty() => Some(rows.to_vec()),
            (Extent::Column, [before @ .., _, columns]) => Some(before.iter().chain([columns]).copied().collect()),
            // one value is one row and one column
            (_, []) => Some(Vec::new()),
            _ => None,
        }
    }

    /// The same, saved for all weights behind the slots before it, where Keras does not save them weight by weight.
    pub fn apart(mut self) -> Self {
        self.apart = true;
        self
    }
}

/// Values, their gradient and what is remembered of them, for one step of an [`Optimizer`](super::Optimizer).
#[derive(Debug)]
pub struct Step<'a, T> {
    /// The number of the step, counted from 1.
    pub number: u64,
    /// The learning rate of this step.
    pub learning_rate: T,
    /// The name and shape, for a rule that goes [by weight](super::Optimizer::by_weight).
    pub variable: &'a Variable,
    /// The values to move.
    pub weight: &'a mut [T],
    /// The gradient of the loss with respect to the values.
    pub gradient: &'a [T],
    /// What is remembered of the values.
    pub slots: Slots<'a, T>,
    /// What is remembered once for all weights.
    pub scalars: &'a [f64],
    /// Working memory, as much as the rule [asked for](super::Optimizer::scratch), with anything in it.
    pub scratch: &'a mut [T],
}

impl<T: Scalar> Step<'_, T> {
    /// Moves each value by itself: `rule(w, g, slots)` gives the new value and the new slots.
    ///
    /// `N` is the number of slots of the optimizer; with another number nothing moves.
    pub fn each<const N: usize>(self, rule: impl Fn(T, T, [T; N]) -> (T, [T; N]) + Sync) {
        kernels::step(self.weight, self.gradient, self.slots.get(), rule);
    }
}
