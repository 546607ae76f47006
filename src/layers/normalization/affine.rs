//! The affine transformation after a normalization, `gamma * x + beta` with one `gamma` and `beta` for each channel.

use crate::base::Result;
use crate::initializers::{Ones, Zeros};
use crate::kernels;
use crate::kernels::Scalar;
use crate::layers::{Param, Plan, WeightOptions, factor_arguments};
use crate::part::Arguments;

/// The options of `gamma` and `beta`, and whether each of them exists.
#[derive(Debug, Clone)]
pub(super) struct Affine<T: Scalar> {
    pub(super) center: bool,
    pub(super) scale: bool,
    pub(super) beta: WeightOptions<T>,
    pub(super) gamma: WeightOptions<T>,
}

impl<T: Scalar> Default for Affine<T> {
    fn default() -> Self {
        Self { center: true, scale: true, beta: WeightOptions::new(Zeros), gamma: WeightOptions::new(Ones) }
    }
}

impl<T: Scalar> Affine<T> {
    pub(super) fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.flag("center", &mut self.center);
        arguments.flag("scale", &mut self.scale);
        arguments.part("beta_initializer", &mut self.beta.initializer);
        arguments.part("gamma_initializer", &mut self.gamma.initializer);
        arguments.optional_part("beta_regularizer", &mut self.beta.regularizer);
        arguments.optional_part("gamma_regularizer", &mut self.gamma.regularizer);
        arguments.optional_part("beta_constraint", &mut self.beta.constraint);
        arguments.optional_part("gamma_constraint", &mut self.gamma.constraint);
        factor_arguments(arguments, ["beta_learning_rate_factor", "beta_weight_decay_factor"], &mut self.beta);
        factor_arguments(arguments, ["gamma_learning_rate_factor", "gamma_weight_decay_factor"], &mut self.gamma);
    }

    /// Declares the weights that exist, `gamma` first as in Keras.
    pub(super) fn declare(&self, mut plan: Plan<T>, channels: usize) -> Result<Plan<T>> {
        if self.scale {
            plan = plan.param(Param::new("gamma", [channels], &self.gamma)?);
        }
        if self.center {
            plan = plan.param(Param::new("beta", [channels], &self.beta)?);
        }
        Ok(plan)
    }

    /// Finds the weights in the slice of all parameters.
    pub(super) fn scales<'p>(&self, params: &'p [T]) -> Scales<'p, T> {
        let both = self.scale && self.center;
        let (first, second) = params.split_at(if both { params.len() / 2 } else { params.len() });
        match (self.scale, self.center) {
            (true, _) => Scales { gamma: Some(first), beta: both.then_some(second) },
            (false, center) => Scales { gamma: None, beta: center.then_some(first) },
        }
    }
}

/// The weights of a normalization; `None` for a weight that does not exist.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scales<'a, T> {
    pub(super) gamma: Option<&'a [T]>,
    pub(super) beta: Option<&'a [T]>,
}

impl<T: Scalar> Scales<'_, T> {
    /// No weights.
    pub(super) const NONE: Self = Scales { gamma: None, beta: None };

    /// Returns `gamma` of a channel, or 1 if there is no `gamma`.
    #[inline(always)]
    pub(super) fn gamma(&self, channel: usize) -> T {
        self.gamma.map_or(T::one(), |gamma| gamma[channel])
    }

    /// Returns `beta` of a channel, or 0 if there is no `beta`.
    #[inline(always)]
    pub(super) fn beta(&self, channel: usize) -> T {
        self.beta.map_or(T::zero(), |beta| beta[channel])
    }

    /// Computes `gamma * value + beta`, in place.
    pub(super) fn apply(&self, values: &mut [T], channels: usize) {
        if self.gamma.is_some() || self.beta.is_some() {
            let at = |channel| [self.gamma(channel), self.beta(channel)];
            kernels::zip_channels(values, [], channels, at, |value, [], [gamma, beta]| value * gamma + beta);
        }
    }

    /// Multiplies the gradient of the outputs by `gamma`, in place, which gives the gradient of the normalized values.
    pub(super) fn scale(&self, gradient: &mut [T], channels: usize) {
        if self.gamma.is_some() {
            kernels::zip_channels(gradient, [], channels, |channel| [self.gamma(channel)], |d, [], [gamma]| d * gamma);
        }
    }

    /// Writes the gradients of `gamma` and `beta`.
    pub(super) fn gradient(&self, gradient: &mut [T], dy: &[T], normalized: &[T], channels: usize) {
        if self.gamma.is_some() || self.beta.is_some() {
            let terms = |[d, value]: [T; 2], []: [T; 0]| [d * value, d];
            kernels::sum_channels(
                [dy, normalized],
                channels,
                |_| [],
                terms,
                |channel, sums| {
                    self.write_gradient(gradient, channels, channel, sums);
                },
            );
        }
    }

    /// Writes the gradients of one channel: `gamma` is the sum of `dy * normalized`, and `beta` the sum of `dy`.
    #[inline(always)]
    pub(super) fn write_gradient(&self, gradient: &mut [T], channels: usize, channel: usize, [gamma, beta]: [T; 2]) {
        if self.gamma.is_some() {
            gradient[channel] = gamma;
        }
        if self.beta.is_some() {
            gradient[gradient.len() - channels + channel] = beta;
        }
    }
}

/// Defines the builder methods of the arguments in [`Affine`], for a layer with a field `affine`.
macro_rules! affine_arguments {
    () => {
        /// Sets whether `beta` is added (default: true).
        pub fn center(mut self, center: bool) -> Self {
            self.affine.center = center;
            self
        }

        /// Sets whether the normalized values are multiplied by `gamma` (default: true).
        pub fn scale(mut self, scale: bool) -> Self {
            self.affine.scale = scale;
            self
        }

        crate::layers::weight_setters!(
            affine.beta: "`beta`", "Zeros", beta_initializer, beta_regularizer, beta_constraint, beta_learning_rate_factor,
            beta_weight_decay_factor
        );
        crate::layers::weight_setters!(
            affine.gamma: "`gamma`", "Ones", gamma_initializer, gamma_regularizer, gamma_constraint,
            gamma_learning_rate_factor, gamma_weight_decay_factor
        );
    };
}
pub(super) use affine_arguments;
