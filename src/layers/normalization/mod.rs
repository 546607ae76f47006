//! Normalizations: layers that bring their inputs to one scale.
//!
//! All but [`BatchNormalization`] look at one sample at a time and do the same in training and in prediction.

mod affine;

use affine::{Scales, affine_arguments};

use super::{Backward, Layer, Tape};
use crate::base::{Batch, BatchMut, Shape};
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
    fn infer<T: Scalar>(&self, x: Batch<'_, T>, mut y: BatchMut<'_, T>, scales: Scales<'_, T>) {
        y.values().copy_from_slice(x.values());
        kernels::normalize_groups(y.values(), self.groups, self.centered, &self.factor);
        scales.apply(y.values(), x.shape().last());
    }

    /// As `infer`, and notes down the normalized values, as many as there are inputs.
    fn forward<T: Scalar>(&self, x: Batch<'_, T>, mut y: BatchMut<'_, T>, scales: Scales<'_, T>, tape: Tape<'_, T>) {
        tape.scratch.copy_from_slice(x.values());
        kernels::normalize_groups(tape.scratch, self.groups, self.centered, &self.factor);
        y.values().copy_from_slice(tape.scratch);
        scales.apply(y.values(), x.shape().last());
    }

    fn backward<T: Scalar>(&self, pass: Backward<'_, T>, scales: Scales<'_, T>) {
        let (x, channels) = (pass.x.values(), pass.x.shape().last());
        scales.gradient(pass.gradient, pass.dy.values(), pass.scratch, channels);
        if let Some(mut dx) = pass.dx {
            dx.values().copy_from_slice(pass.dy.values());
            scales.scale(dx.values(), channels);
            kernels::normalize_slope(dx.values(), x, self.groups, self.centered, &self.factor, &self.spread);
        }
    }
}
