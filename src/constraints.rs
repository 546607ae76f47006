//! Constraints: what keeps weights within bounds, applied after each update.
//!
//! | here | in Keras | a weight afterwards, `n` the norm of its column |
//! |---|---|---|
//! | [`MaxNorm`] | `"max_norm"` | `w min(n, max_value) / (n + 1e-7)` |
//! | [`MinMaxNorm`] | `"min_max_norm"` | `w (rate clip(n, min_value, max_value) + (1 - rate) n) / (n + 1e-7)` |
//! | [`NonNeg`] | `"non_neg"` | `max(w, 0)` |
//! | [`UnitNorm`] | `"unit_norm"` | `w / (n + 1e-7)` |
//!
//! The norms of [`MaxNorm`], [`UnitNorm`] and [`MinMaxNorm`] run along an axis of the weight: axis 0, the default, is
//! one norm for each unit of a `Dense` kernel (`inputs x units`).
//!
//! ```
//! use layercake::prelude::*;
//!
//! let mut model = Sequential::with_seed(1);
//! model.add(Dense::new(3).kernel_constraint(MaxNorm::new(0.5)).bias_constraint("non_neg"));
//! model.compile(Sgd::default().learning_rate(10.0), "mse", ())?;
//! model.fit(&dmatrix![1.0, 2.0; 3.0, 4.0], &dmatrix![0.0, 1.0, 2.0; 2.0, 1.0, 0.0], FitOptions::new())?;
//! let weights = model.get_weights();
//! assert!(weights[0].column_iter().all(|unit| unit.norm() <= 0.5));
//! assert!(weights[1].min() >= 0.0);
//! # Ok::<(), layercake::Error>(())
//! ```

use crate::base::Lines;
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe, Part};
use std::ops::Range;

/// A projection of a weight onto the values it may have.
pub trait Constraint<T: Scalar>: Part {
    /// Projects a weight of this shape, its values in Keras' order (the last axis runs fastest).
    fn project(&self, weight: &mut [T], shape: &[usize]);

    /// Fails if a weight of this shape cannot be projected.
    ///
    /// # Errors
    ///
    /// An axis that the weight does not have.
    fn check(&self, _shape: &[usize]) -> Result<()> {
        Ok(())
    }
}

/// What a norm may be bounded by.
const NORM: Range<f64> = 0.0..f64::INFINITY;

/// No weight below 0: `w = max(w, 0)`. [Keras](https://keras.io/api/layers/constraints/#nonneg-class)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct NonNeg;

impl Describe for NonNeg {}

impl<T: Scalar> Constraint<T> for NonNeg {
    fn project(&self, weight: &mut [T], _shape: &[usize]) {
        weight.iter_mut().filter(|w| **w < T::zero()).for_each(|w| *w = T::zero());
    }
}

/// Norms of at most `max_value`: `w *= min(norm, max_value) / (norm + 1e-7)`.
/// [Keras](https://keras.io/api/layers/constraints/#maxnorm-class)
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MaxNorm {
    max_value: f64,
    axis: usize,
}

impl MaxNorm {
    /// The largest norm, at least 0 (Keras' default is 2).
    pub fn new(max_value: f64) -> Self {
        Self { max_value, axis: 0 }
    }

    /// The axis along which the norm runs, 0 (default) or 1.
    pub fn axis(mut self, axis: usize) -> Self {
        self.axis = axis;
        self
    }
}

impl Default for MaxNorm {
    fn default() -> Self {
        Self::new(2.0)
    }
}

impl Describe for MaxNorm {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("max_value", &mut self.max_value, NORM);
        arguments.count("axis", &mut self.axis, 0..=1);
    }
}

impl<T: Scalar> Constraint<T> for MaxNorm {
    fn project(&self, weight: &mut [T], shape: &[usize]) {
        let largest = T::of(self.max_value);
        scale_norms(weight, shape, self.axis, |norm| if norm > largest { largest } else { norm });
    }

    fn check(&self, shape: &[usize]) -> Result<()> {
        check_axis("MaxNorm", self.axis, shape)
    }
}

/// Norms of 1: `w /= norm + 1e-7`. [Keras](https://keras.io/api/layers/constraints/#unitnorm-class)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct UnitNorm {
    axis: usize,
}

impl UnitNorm {
    /// The axis along which the norm runs, 0 (default) or 1.
    pub fn axis(mut self, axis: usize) -> Self {
        self.axis = axis;
        self
    }
}

impl Describe for UnitNorm {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.count("axis", &mut self.axis, 0..=1);
    }
}

impl<T: Scalar> Constraint<T> for UnitNorm {
    fn project(&self, weight: &mut [T], shape: &[usize]) {
        scale_norms(weight, shape, self.axis, |_| T::one());
    }

    fn check(&self, shape: &[usize]) -> Result<()> {
        check_axis("UnitNorm", self.axis, shape)
    }
}

/// Norms drawn between two bounds: `w *= (rate * clip(norm, min, max) + (1 - rate) * norm) / (norm + 1e-7)`.
/// [Keras](https://keras.io/api/layers/constraints/#minmaxnorm-class)
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MinMaxNorm {
    min_value: f64,
    max_value: f64,
    rate: f64,
    axis: usize,
}

impl MinMaxNorm {
    /// The bounds, `0 <= min_value <= max_value` (Keras' defaults are 0 and 1).
    pub fn new(min_value: f64, max_value: f64) -> Self {
        Self { min_value, max_value, rate: 1.0, axis: 0 }
    }

    /// How far each update goes towards the bounds, from 0 to 1 (default 1: all the way).
    pub fn rate(mut self, rate: f64) -> Self {
        self.rate = rate;
        self
    }

    /// The axis along which the norm runs, 0 (default) or 1.
    pub fn axis(mut self, axis: usize) -> Self {
        self.axis = axis;
        self
    }
}

impl Default for MinMaxNorm {
    fn default() -> Self {
        Self::new(0.0, 1.0)
    }
}

impl Describe for MinMaxNorm {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("min_value", &mut self.min_value, NORM);
        arguments.number("max_value", &mut self.max_value, self.min_value..f64::INFINITY);
        arguments.number("rate", &mut self.rate, 0.0..=1.0);
        arguments.count("axis", &mut self.axis, 0..=1);
    }
}

impl<T: Scalar> Constraint<T> for MinMaxNorm {
    fn project(&self, weight: &mut [T], shape: &[usize]) {
        let (smallest, largest, rate) = (T::of(self.min_value), T::of(self.max_value), T::of(self.rate));
        scale_norms(weight, shape, self.axis, |norm| rate * norm.clamp(smallest, largest) + (T::one() - rate) * norm);
    }

    fn check(&self, shape: &[usize]) -> Result<()> {
        check_axis("MinMaxNorm", self.axis, shape)
    }
}

/// `w *= wanted(norm) / (norm + 1e-7)` for the norm along `axis`; a weight with one axis counts as one column.
fn scale_norms<T: Scalar>(weight: &mut [T], shape: &[usize], axis: usize, wanted: impl Fn(T) -> T) {
    let lines = Lines::along(axis, shape);
    for line in 0..lines.count {
        let places = lines.places(line);
        let norm = places.clone().map(|place| weight[place] * weight[place]).sum::<T>().sqrt();
        let factor = wanted(norm) / (norm + T::of(crate::base::EPSILON));
        places.for_each(|place| weight[place] *= factor);
    }
}

fn check_axis(part: &str, axis: usize, shape: &[usize]) -> Result<()> {
    if axis < shape.len() {
        return Ok(());
    }
    Err(Error::argument(part, "axis", axis, format!("less than the {} axes of the weight", shape.len())))
}
