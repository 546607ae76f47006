//! Normalizations: layers that bring their inputs to one scale.
//!
//! All but [`BatchNormalization`] look at one sample at a time and do the same in training and in prediction.

mod affine;

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

/// What may be added to a variance.
const EPSILON: Range<f64> = 0.0..f64::INFINITY;

/// How a group of values of one sample is normalized: `factor(sum of squares)`, after the mean is taken away.
struct Normalizer<F, S> {
    groups: Groups,
    centered: bool,
    /// The factor of a group from the sum of its squares.
    factor: F,
    /// What the sum of squares of a normalized group would be without `epsilon`, from the factor; infinite where the factor
    /// does not depend on the values.
    spread: S,
}

/// To variance 1: the factor is `1 / sqrt(sum / count + epsilon)`.
fn to_variance_1(groups: Groups, centered: bool, epsilon: f64) -> Normalizer<impl Fn(f64) -> f64, impl Fn(f64) -> f64> {
    let count = groups.len() as f64;
    Normalizer {
        groups,
        centered,
        factor: move |squares: f64| (squares / count + epsilon).sqrt().recip(),
        spread: move |_| count,
    }
}

/// Each vector along the last axis, as one group.
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

    /// As `infer`, and keeps the normalized values, as many as there are inputs.
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
