//! The descriptions of a weight, and of the values that an optimizer keeps for it.

/// The description of a weight for an optimizer.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// The name; in a model it is `layer/weight`.
    pub path: String,
    /// The shape as in Keras.
    pub shape: Vec<usize>,
    /// The learning rate of the weight, as a multiple of the optimizer's.
    pub learning_rate_factor: f64,
    /// The weight decay of the weight, as a multiple of the optimizer's.
    pub weight_decay_factor: f64,
}

impl Variable {
    /// A weight with this name and shape, and with the learning rate and weight decay of the optimizer.
    pub fn new(path: impl Into<String>, shape: impl Into<Vec<usize>>) -> Self {
        Self { path: path.into(), shape: shape.into(), learning_rate_factor: 1.0, weight_decay_factor: 1.0 }
    }
}

/// A vector of an optimizer that has one value per value of a weight, for instance the momentum.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    pub(super) name: &'static str,
    pub(super) start: Start,
    pub(super) apart: bool,
    extent: Extent,
}

/// The number of values that a slot has for a weight.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Extent {
    Value,
    Row,
    Column,
}

/// The initial values of a slot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Start {
    Number(f64),
    Weight,
}

impl Slot {
    /// A slot with the name that Keras uses for it; its values start at 0.
    pub fn new(name: &'static str) -> Self {
        Self { name, start: Start::Number(0.0), apart: false, extent: Extent::Value }
    }

    /// Sets the initial value to `number`.
    pub fn starting_at(mut self, number: f64) -> Self {
        self.start = Start::Number(number);
        self
    }

    /// Sets the initial values to a copy of the weight.
    pub fn starting_at_the_weight(mut self) -> Self {
        self.start = Start::Weight;
        self
    }

    /// Uses one value per row of a matrix, at the beginning of the slot's vector, and none for a vector.
    pub fn by_row(mut self) -> Self {
        self.extent = Extent::Row;
        self
    }

    /// Uses one value per column of a matrix, at the beginning of the slot's vector, and none for a vector.
    pub fn by_column(mut self) -> Self {
        self.extent = Extent::Column;
        self
    }

    /// True if the slot has one value per value of a weight.
    pub(super) fn is_by_value(&self) -> bool {
        self.extent == Extent::Value
    }

    /// The shape of the slot for a weight of this shape; `None` if the slot has no values for it.
    pub(super) fn shape(&self, weight: &[usize]) -> Option<Vec<usize>> {
        match (self.extent, weight) {
            (Extent::Value, _) => Some(weight.to_vec()),
            (Extent::Row, [rows @ .., _]) if !rows.is_empty() => Some(rows.to_vec()),
            (Extent::Column, [before @ .., _, columns]) => Some(before.iter().chain([columns]).copied().collect()),
            // A single value counts as one row and one column.
            (_, []) => Some(Vec::new()),
            _ => None,
        }
    }

    /// Saves this slot, for all weights, after the slots before it, where Keras does not save the slots weight by weight.
    pub fn apart(mut self) -> Self {
        self.apart = true;
        self
    }
}
