use super::affine::Affine;
use super::{EPSILON, Scales, affine_arguments};
use crate::base::{Result, Shape};
use crate::initializers::{Initializer, Ones, Zeros};
use crate::kernels;
use crate::kernels::Scalar;
use crate::layers::{Backward, Forward, Infer, Layer, Param, Plan, WeightOptions};
use crate::part::{Arguments, Describe, IntoPart};

/// Normalizes each channel to mean 0 and variance 1: `y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`.
/// (Ioffe and Szegedy, *Batch Normalization*, 2015;
/// [Keras](https://keras.io/api/layers/normalization_layers/batch_normalization/))
///
/// In training the layer uses the mean and the biased variance of the batch, over all axes but the last, and updates the
/// moving mean and variance: `moving = momentum * moving + (1 - momentum) * batch`. In prediction, or if it is frozen, the
/// layer uses the moving mean and variance and does not update them.
///
/// The weights are `gamma` and `beta`, then `moving_mean` and `moving_variance`, which no optimizer updates. Each has one
/// value for each channel. The outputs have the shape of the inputs.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::<f64>::new();
/// model.add(Dense::new(8).use_bias(false));
/// model.add(BatchNormalization::default().momentum(0.9));
/// model.add(layers::Activation::new("relu"));
/// model.build(3)?;
/// assert_eq!(model.get_layer("batch_normalization")?.count_params(), 4 * 8);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BatchNormalization<T: Scalar> {
    momentum: f64,
    epsilon: f64,
    affine: Affine<T>,
    moving_mean: WeightOptions<T>,
    moving_variance: WeightOptions<T>,
}

impl<T: Scalar> BatchNormalization<T> {
    /// Sets the factor of the moving mean and variance in their update, from 0 to 1 (default 0.99).
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.momentum = momentum;
        self
    }

    /// Sets the number added to the variance, at least 0 (default 1e-3).
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    /// Sets the initializer of the moving mean (default: `Zeros`).
    pub fn moving_mean_initializer<Marker>(mut self, initializer: impl IntoPart<dyn Initializer, Marker>) -> Self {
        self.moving_mean.initializer = initializer.into_part();
        self
    }

    /// Sets the initializer of the moving variance (default: `Ones`).
    pub fn moving_variance_initializer<Marker>(mut self, initializer: impl IntoPart<dyn Initializer, Marker>) -> Self {
        self.moving_variance.initializer = initializer.into_part();
        self
    }

    affine_arguments!();

    /// Computes `y = gamma * (x - mean) * inverse + beta`; `at` returns the mean of a channel in two parts, and `inverse`.
    fn normalize(&self, x: &[T], y: &mut [T], channels: usize, at: impl Fn(usize) -> [T; 3], scales: Scales<'_, T>) {
        y.copy_from_slice(x);
        let at = |channel: usize| {
            let [mean, rest, inverse] = at(channel);
            [mean, rest, inverse * scales.gamma(channel), scales.beta(channel)]
        };
        kernels::zip_channels(y, [], channels, at, |x, [], [mean, rest, factor, beta]| (x - mean - rest) * factor + beta);
    }

    /// Returns `1 / sqrt(variance + epsilon)`.
    fn inverse(&self, variance: T) -> T {
        (variance + T::of(self.epsilon)).sqrt().recip()
    }
}

impl<T: Scalar> Default for BatchNormalization<T> {
    fn default() -> Self {
        Self {
            momentum: 0.99,
            epsilon: 1e-3,
            affine: Affine::default(),
            moving_mean: WeightOptions::new(Zeros),
            moving_variance: WeightOptions::new(Ones),
        }
    }
}

impl<T: Scalar> Describe for BatchNormalization<T> {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("momentum", &mut self.momentum, 0.0..=1.0);
        arguments.number("epsilon", &mut self.epsilon, EPSILON);
        self.affine.arguments(arguments);
        arguments.part("moving_mean_initializer", &mut self.moving_mean.initializer);
        arguments.part("moving_variance_initializer", &mut self.moving_variance.initializer);
    }
}

impl<T: Scalar> Layer<T> for BatchNormalization<T> {
    crate::part::compiled!(Layer<T> for BatchNormalization<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let channels = inputs[0].last();
        let mean = Param::new("moving_mean", [channels], &self.moving_mean)?;
        let variance = Param::new("moving_variance", [channels], &self.moving_variance)?;
        let plan = self.affine.declare(Plan::new(inputs[0].clone()), channels)?;
        // Each channel needs five values: the mean in two parts, the inverse deviation, and two sums of the backward pass.
        Ok(plan.state(mean).state(variance).batch_scratch(channels.saturating_mul(5)))
    }

    fn infer(&self, mut pass: Infer<'_, T>) {
        let x = pass.inputs[0];
        let channels = x.shape().last();
        let (mean, variance) = pass.state.split_at(channels);
        let at = |channel: usize| [mean[channel], T::zero(), self.inverse(variance[channel])];
        self.normalize(x.values(), pass.output.values(), channels, at, self.affine.scales(pass.params));
    }

    fn forward(&self, mut pass: Forward<'_, T>) {
        let x = pass.inputs[0];
        let channels = x.shape().last();
        let (mean, others) = pass.batch_scratch.split_at_mut(channels);
        let (rest, others) = others.split_at_mut(channels);
        let inverse = &mut others[..channels];
        if pass.training && pass.trainable {
            moments(x.values(), mean, rest, inverse);
            let (keep, follow) = (T::of(self.momentum), T::of(1.0 - self.momentum));
            let (moving_mean, moving_variance) = pass.state.split_at_mut(channels);
            // The update is moving = momentum * moving + (1 - momentum) * batch.
            kernels::zip(moving_mean, mean, |moving, batch| keep * moving + follow * batch);
            kernels::zip(moving_variance, inverse, |moving, batch| keep * moving + follow * batch);
        } else {
            mean.copy_from_slice(&pass.state[..channels]);
            rest.fill(T::zero());
            inverse.copy_from_slice(&pass.state[channels..]);
        }
        kernels::map(inverse, |variance| self.inverse(variance));
        let at = |channel: usize| [mean[channel], rest[channel], inverse[channel]];
        self.normalize(x.values(), pass.output.values(), channels, at, self.affine.scales(pass.params));
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        let (x, dy) = (pass.inputs[0].values(), pass.output_gradient.values());
        let channels = pass.inputs[0].shape().last();
        let (statistics, sums) = pass.batch_scratch.split_at_mut(3 * channels);
        let (mean, others) = statistics.split_at(channels);
        let (rest, inverse) = others.split_at(channels);
        let (along, shift) = sums.split_at_mut(channels);
        let (params, gradient) = pass.weights.split();
        let scales = self.affine.scales(params);
        // `along` is the sum over the batch of dy * normalized, and `shift` the sum of dy.
        let at = |channel: usize| [mean[channel], rest[channel], inverse[channel]];
        let terms = |[d, x]: [T; 2], [mean, rest, inverse]: [T; 3]| [d * ((x - mean - rest) * inverse), d];
        kernels::sum_channels([dy, x], channels, at, terms, |channel, sums| {
            [along[channel], shift[channel]] = sums;
            scales.write_gradient(gradient, channels, channel, sums);
        });
        let uses_batch = pass.training && pass.trainable;
        pass.input_gradients.write(0, |mut dx| {
            dx.values().copy_from_slice(dy);
            let factor = |channel: usize| scales.gamma(channel) * inverse[channel];
            if !uses_batch {
                return kernels::zip_channels(
                    dx.values(),
                    [],
                    channels,
                    |channel| [factor(channel)],
                    |d, [], [factor]| d * factor,
                );
            }
            // The mean and variance of the batch depend on each input, so
            // dx = factor * (dy - mean(dy) - normalized * mean(dy * normalized)).
            let share = T::of(channels as f64 / x.len() as f64);
            let at = |channel: usize| {
                let (shift, along) = (share * shift[channel], inverse[channel] * share * along[channel]);
                [factor(channel), shift, mean[channel], rest[channel], along]
            };
            kernels::zip_channels(dx.values(), [x], channels, at, |d, [x], [factor, shift, mean, rest, along]| {
                factor * (d - shift - (x - mean - rest) * along)
            });
        });
    }
}

/// Computes the mean of each channel, in the two parts `mean` and `rest`, and the biased variance.
///
/// The first pass gives the rounded mean, and the second its rounding error `rest`, so that mean and variance are accurate
/// even if the mean is far from 0.
fn moments<T: Scalar>(x: &[T], mean: &mut [T], rest: &mut [T], variance: &mut [T]) {
    let channels = mean.len();
    let share = T::of(channels as f64 / x.len() as f64);
    kernels::sum_columns(mean, x, x.len() / channels);
    kernels::map(mean, |sum| sum * share);
    let terms = |[x]: [T; 1], [mean]: [T; 1]| [x - mean, (x - mean) * (x - mean)];
    kernels::sum_channels(
        [x],
        channels,
        |channel| [mean[channel]],
        terms,
        |channel, [sum, squares]| {
            rest[channel] = sum * share;
            // Rounding may give a negative variance if all values are equal.
            let rounded = squares * share - rest[channel] * rest[channel];
            variance[channel] = if rounded < T::zero() { T::zero() } else { rounded };
        },
    );
}
