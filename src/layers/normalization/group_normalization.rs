use super::affine::Affine;
use super::{EPSILON, affine_arguments, to_variance_1};
use crate::base::{Error, Result, Shape};
use crate::kernels::Groups;
use crate::kernels::Scalar;
use crate::layers::{Backward, Forward, Infer, Layer, Plan};
use crate::part::{Arguments, Describe};

/// Normalizes groups of adjacent channels of each sample to mean 0 and variance 1:
/// `y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`. (Wu and He, *Group Normalization*, 2018;
/// [Keras](https://keras.io/api/layers/normalization_layers/group_normalization/))
///
/// In a sample with several axes, a group consists of adjacent channels of the last axis and all values of the other axes.
/// The layer computes the same in training and in prediction. The weights are `gamma` and `beta`, with one value for each
/// channel.
///
/// # Errors
///
/// Building the model fails if the number of groups does not divide the number of channels.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(GroupNormalization::new(2).epsilon(0.0));
/// model.build(4)?;
/// assert_eq!(model.predict(&dmatrix![1.0, 3.0, 90.0, 70.0])?, dmatrix![-1.0, 1.0, 1.0, -1.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct GroupNormalization<T: Scalar> {
    groups: i64,
    epsilon: f64,
    affine: Affine<T>,
}

impl<T: Scalar> GroupNormalization<T> {
    /// Creates a layer with this number of groups, at least 1 (Keras' default is 32); -1 makes each channel a group.
    pub fn new(groups: i64) -> Self {
        Self { groups, epsilon: 1e-3, affine: Affine::default() }
    }

    /// Sets the number added to the variance, at least 0 (default 1e-3).
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    affine_arguments!();

    /// Returns the sizes of the groups, with at least one channel each, so that `plan` does not divide by 0.
    fn groups(&self, shape: &Shape) -> Groups {
        let (width, channels) = (shape.width(), shape.last());
        let size = usize::try_from(self.groups).map_or(1, |groups| channels / groups.max(1)).max(1);
        Groups { width, channels, size }
    }
}

impl<T: Scalar> Default for GroupNormalization<T> {
    fn default() -> Self {
        Self::new(32)
    }
}

impl<T: Scalar> Describe for GroupNormalization<T> {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.integer("groups", &mut self.groups, -1..);
        arguments.number("epsilon", &mut self.epsilon, EPSILON);
        self.affine.arguments(arguments);
    }
}

impl<T: Scalar> Layer<T> for GroupNormalization<T> {
    crate::part::compiled!(Layer<T> for GroupNormalization<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let input = &inputs[0];
        let (channels, groups) = (input.last(), self.groups(input));
        if self.groups != -1 && (self.groups < 1 || groups.size as i64 * self.groups != channels as i64) {
            let allowed = format!("-1 or a number that divides the {channels} channels");
            return Err(Error::argument("GroupNormalization", "groups", self.groups, allowed));
        }
        self.affine.declare(Plan::new(input.clone()).scratch(input.width()), channels)
    }

    fn infer(&self, pass: Infer<'_, T>) {
        let scales = self.affine.scales(pass.params);
        to_variance_1(self.groups(pass.inputs[0].shape()), true, self.epsilon).infer(pass, scales);
    }

    fn forward(&self, pass: Forward<'_, T>) {
        to_variance_1(self.groups(pass.inputs[0].shape()), true, self.epsilon).forward(pass, |params| self.affine.scales(params));
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        to_variance_1(self.groups(pass.inputs[0].shape()), true, self.epsilon)
            .backward(pass, |params| self.affine.scales(params));
    }
}
