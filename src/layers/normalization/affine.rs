//! What a normalization does behind the normalizing: `gamma * x + beta`, for each channel its own.

use crate::base::Result;
use crate::constraints::Constraint;
use crate::initializers::{Initializer, Ones, Zeros};
use crate::kernels;
use crate::kernels::Scalar;
use crate::layers::{Param, Plan};
use crate::part::{Arguments, Choice, IntoPart};
use crate::regularizers::Regularizer;

/// Which of `gamma` and `beta` there are, and where they start and stay.
#[derive(Debug, Clone)]
pub(super) struct Affine<T: Scalar> {
    pub(super) center: bool,
    pub(super) scale: bool,
    pub(super) beta_initializer: Choice<dyn Initializer>,
    pub(super) gamma_initializer: Choice<dyn Initializer>,
    pub(super) beta_regularizer: Option<Choice<dyn Regularizer<T>>>,
    pub(super) gamma_regularizer: Option<Choice<dyn Regularizer<T>>>,
    pub(super) beta_constraint: Option<Choice<dyn Constraint<T>>>,
    pub(super) gamma_constraint: Option<Choice<dyn Constraint<T>>>,
}

impl<T: Scalar> Default for Affine<T> {
    fn default() -> Self {
        Self {
            center: true,
            scale: true,
            beta_initializer: Zeros.into_part(),
            gamma_initializer: Ones.into_part(),
            beta_regularizer: None,
            gamma_regularizer: None,
            beta_constraint: None,
            gamma_constraint: None,
        }
    }
}

impl<T: Scalar> Affine<T> {
    pub(super) fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.flag("center", &mut self.center);
        arguments.flag("scale", &mut self.scale);
        arguments.part("beta_initializer", &mut self.beta_initializer);
        arguments.part("gamma_initializer", &mut self.gamma_initializer);
        arguments.optional_part("beta_regularizer", &mut self.beta_regularizer);
        arguments.optional_part("gamma_regularizer", &mut self.gamma_regularizer);
        arguments.optional_part("beta_constraint", &mut self.beta_constraint);
        arguments.optional_part("gamma_constraint", &mut self.gamma_constraint);
    }

    /// Declares the weights that there are, `gamma` first as in Keras.
    pub(super) fn declare(&self, mut plan: Plan<T>, channels: usize) -> Result<Plan<T>> {
        if self.scale {
            let gamma = Param::new("gamma", [channels], &self.gamma_initializer)?;
            plan = plan.param(gamma.regularizer(&self.gamma_regularizer)?.constraint(&self.gamma_constraint)?);
        }
        if self.center {
            let beta = Param::new("beta", [channels], &self.beta_initializer)?;
            plan = plan.param(beta.regularizer(&self.beta_regularizer)?.constraint(&self.beta_constraint)?);
        }
        Ok(plan)
    }

    /// The weights in the slice of all parameters.
    pub(super) fn scales<'p>(&self, params: &'p [T]) -> Scales<'p, T> {
        let both = self.scale && self.center;
        let (first, second) = params.split_at(if both { params.len() / 2 } else { params.len() });
        match (self.scale, self.center) {
            (true, _) => Scales { gamma: Some(first), beta: both.then_some(second) },
            (false, center) => Scales { gamma: None, beta: center.then_some(first) },
        }
    }
}

/// The weights of a normalization, those that it has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scales<'a, T> {
    pub(super) gamma: Option<&'a [T]>,
    pub(super) beta: Option<&'a [T]>,
}

impl<T: Scalar> Scales<'_, T> {
    /// Neither.
    pub(super) const NONE: Self = Scales { gamma: None, beta: None };

    /// `gamma` of a channel, 1 where there is none.
    #[inline(always)]
    pub(super) fn gamma(&self, channel: usize) -> T {
        self.gamma.map_or(T::one(), |gamma| gamma[channel])
    }

    /// `beta` of a channel, 0 where there is none.
    #[inline(always)]
    pub(super) fn beta(&self, channel: usize) -> T {
        self.beta.map_or(T::zero(), |beta| beta[channel])
    }

    /// `gamma * value + beta`, in place.
    pub(super) fn apply(&self, values: &mut [T], channels: usize) {
        if self.gamma.is_some() || self.beta.is_some() {
            let at = |channel| [self.gamma(channel), self.beta(channel)];
            kernels::zip_channels(values, [], channels, at, |value, [], [gamma, beta]| value * gamma + beta);
        }
    }

    /// The slope of what is scaled, from that of the outputs, in place.
    pub(super) fn scale(&self, slope: &mut [T], channels: usize) {
        if self.gamma.is_some() {
            kernels::zip_channels(slope, [], channels, |channel| [self.gamma(channel)], |d, [], [gamma]| d * gamma);
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

    /// Writes the gradients of one channel: the sums of `dy * normalized` and of `dy`.
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

/// The builder methods of the arguments in an [`Affine`], for a layer that has one in `affine`.
macro_rules! affine_arguments {
    () => {
        /// Whether a `beta` of each channel is added (default: true).
        pub fn center(mut self, center: bool) -> Self {
            self.affine.center = center;
            self
        }

        /// Whether each channel is multiplied by its `gamma` (default: true).
        pub fn scale(mut self, scale: bool) -> Self {
            self.affine.scale = scale;
            self
        }

        /// What `beta` starts from (default: `Zeros`).
        pub fn beta_initializer<Way>(mut self, initializer: impl IntoPart<dyn Initializer, Way>) -> Self {
            self.affine.beta_initializer = initializer.into_part();
            self
        }

        /// What `gamma` starts from (default: `Ones`).
        pub fn gamma_initializer<Way>(mut self, initializer: impl IntoPart<dyn Initializer, Way>) -> Self {
            self.affine.gamma_initializer = initializer.into_part();
            self
        }

        /// What the model pays for a large `beta` (default: nothing).
        pub fn beta_regularizer<Way>(mut self, regularizer: impl IntoPart<dyn Regularizer<T>, Way>) -> Self {
            self.affine.beta_regularizer = Some(regularizer.into_part());
            self
        }

        /// What the model pays for a large `gamma` (default: nothing).
        pub fn gamma_regularizer<Way>(mut self, regularizer: impl IntoPart<dyn Regularizer<T>, Way>) -> Self {
            self.affine.gamma_regularizer = Some(regularizer.into_part());
            self
        }

        /// What `beta` is held to after each update (default: nothing).
        pub fn beta_constraint<Way>(mut self, constraint: impl IntoPart<dyn Constraint<T>, Way>) -> Self {
            self.affine.beta_constraint = Some(constraint.into_part());
            self
        }

        /// What `gamma` is held to after each update (default: nothing).
        pub fn gamma_constraint<Way>(mut self, constraint: impl IntoPart<dyn Constraint<T>, Way>) -> Self {
            self.affine.gamma_constraint = Some(constraint.into_part());
            self
        }
    };
}
pub(super) use affine_arguments;
