//! Normalization layers, which bring their inputs to a common scale.
//!
//! All layers except [`BatchNormalization`] normalize each sample by itself, in training as in prediction.

mod affine;
mod renorm;

use affine::{Scales, affine_arguments};

use super::{Backward, Forward, Infer, Layer};
use crate::base::Shape;
use crate::kernels::Scalar;
use crate::kernels::{self, Groups};
use crate::part::parts;
use std::ops::Range;

parts! { Layer<T>;
    batch_normalization: BatchNormalization;
    group_normalization: GroupNormalization;
    layer_normalization: LayerNormalization;
    rms_normalization: RmsNormalization;
    unit_normalization: UnitNormalization;
}

/// The range of the argument `epsilon`.
const EPSILON: Range<f64> = 0.0..f64::INFINITY;

/// A normalization of groups of values: the values of a group, minus their mean if `centered`, are multiplied by a factor
/// that depends on the sum of their squares.
struct Normalizer<F, S> {
    groups: Groups,
    centered: bool,
    /// Returns the factor of a group from the sum of the squares of its values.
    factor: F,
    /// Returns, from the factor, the sum of the squares of a normalized group for an `epsilon` of 0, or infinity if the
    /// factor does not depend on the values.
    spread: S,
}

/// Returns a normalization to variance 1, with the factor `1 / sqrt(sum / count + epsilon)`.
fn to_variance_1(groups: Groups, centered: bool, epsilon: f64) -> Normalizer<impl Fn(f64) -> f64, impl Fn(f64) -> f64> {
    let count = groups.len() as f64;
    Normalizer {
        groups,
        centered,
        factor: move |squares: f64| (squares / count + epsilon).sqrt().recip(),
        spread: move |_| count,
    }
}

/// Makes each vector along the last axis a group.
fn vectors(shape: &Shape) -> Groups {
    let channels = shape.last();
    Groups { width: channels, channels, size: channels }
}

impl<F: Fn(f64) -> f64, S: Fn(f64) -> f64> Normalizer<F, S> {
    fn infer<T: Scalar>(&self, mut pass: Infer<'_, T>, scales: Scales<'_, T>) {
        let (x, y) = (pass.inputs[0], pass.output.values());
        y.copy_from_slice(x.values());
        kernels::normalize_groups(y, self.groups, self.centered, &self.factor);
        scales.apply(y, x.shape().last());
    }

    /// Computes the output as `infer` does, and stores the normalized values in the scratch memory.
    fn forward<T: Scalar>(&self, mut pass: Forward<'_, T>, scales: impl FnOnce(&[T]) -> Scales<'_, T>) {
        let (x, y) = (pass.inputs[0], pass.output.values());
        pass.scratch.copy_from_slice(x.values());
        kernels::normalize_groups(pass.scratch, self.groups, self.centered, &self.factor);
        y.copy_from_slice(pass.scratch);
        scales(pass.params).apply(y, x.shape().last());
    }

    fn backward<T: Scalar>(&self, pass: &mut Backward<'_, T>, scales: impl FnOnce(&[T]) -> Scales<'_, T>) {
        let (x, dy) = (pass.inputs[0], pass.output_gradient.values());
        let channels = x.shape().last();
        let (params, gradient) = pass.weights.split();
        let scales = scales(params);
        scales.gradient(gradient, dy, pass.scratch, channels);
        pass.input_gradients.write(0, |mut dx| {
            dx.values().copy_from_slice(dy);
            scales.scale(dx.values(), channels);
            kernels::normalize_gradient(dx.values(), x.values(), self.groups, self.centered, &self.factor, &self.spread);
        });
    }
}
