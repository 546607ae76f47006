use super::affine::Affine;
use super::{EPSILON, Scales, affine_arguments};
use crate::base::{Result, Shape};
use crate::initializers::{Initializer, Ones, Zeros};
use crate::kernels;
use crate::kernels::Scalar;
use crate::layers::{Backward, Forward, Infer, Layer, Param, Plan, WeightOptions};
use crate::part::{Arguments, Describe, IntoPart};

/// Brings each channel to mean 0 and variance 1: `y = gamma * (x - mean) / sqrt(variance + epsilon) + beta`.
/// (Ioffe and Szegedy, *Batch Normalization*, 2015;
/// [Keras](https://keras.io/api/layers/normalization_layers/batch_normalization/))
///
/// In training, mean and variance are those of the batch (over all axes but the last, the variance divided by the
/// count), and the moving ones follow them: `moving = momentum * moving + (1 - momentum) * batch`. Prediction, and a layer
/// that is frozen, use the moving ones, which stay as they are.
///
/// Weights, one value for each channel: `gamma` and `beta`, then `moving_mean` and `moving_variance`, which no
/// optimizer updates. The outputs have the shape of the inputs.
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
    /// How much of the moving mean and variance each step keeps, from 0 to 1 (default 0.99).
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.momentum = momentum;
        self
    }

    /// What is added to the variance, at least 0 (default 1e-3).
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    /// What the moving mean starts from (default: `Zeros`).
    pub fn moving_mean_initializer<Marker>(mut self, initializer: impl IntoPart<dyn Initializer, Marker>) -> Self {
        self.moving_mean.initializer = initializer.into_part();
        self
    }

    /// What the moving variance starts from (default: `Ones`).
    pub fn moving_variance_initializer<Marker>(mut self, initializer: impl IntoPart<dyn Initializer, Marker>) -> Self {
        self.moving_variance.initializer = initializer.into_part();
        self
    }

    affine_arguments!();

    /// `y = gamma * (x - mean) * inverse + beta`, for each channel with what `at` gives: the mean in two parts, and `inverse`.
    fn normalize(&self, x: &[T], y: &mut [T], channels: usize, at: impl Fn(usize) -> [T; 3], scales: Scales<'_, T>) {
        y.copy_from_slice(x);
        let at = |channel: usize| {
            let [mean, rest, inverse] = at(channel);
            [mean, rest, inverse * scales.gamma(channel), scales.beta(channel)]
        };
        kernels::zip_channels(y, [], channels, at, |x, [], [mean, rest, factor, beta]| (x - mean - rest) * factor + beta);
    }

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
        // mean in two parts and inverse deviation, then what the backward pass sums: of each a value for each channel
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
            // moving = momentum * moving + (1 - momentum) * batch
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
        // the sums over the batch of dy times the normalized inputs, and of dy
        let at = |channel: usize| [mean[channel], rest[channel], inverse[channel]];
        let terms = |[d, x]: [T; 2], [mean, rest, inverse]: [T; 3]| [d * ((x - mean - rest) * inverse), d];
        kernels::sum_channels([dy, x], channels, at, terms, |channel, sums| {
            [along[channel], shift[channel]] = sums;
            scales.write_gradient(gradient, channels, channel, sums);
        });
        let moves = pass.training && pass.trainable;
        pass.input_gradients.write(0, |mut dx| {
            dx.values().copy_from_slice(dy);
            let factor = |channel: usize| scales.gamma(channel) * inverse[channel];
            if !moves {
                return kernels::zip_channels(
                    dx.values(),
                    [],
                    channels,
                    |channel| [factor(channel)],
                    |d, [], [factor]| d * factor,
                );
            }
            // the batch's own mean and variance change with each input:
            // dx = factor * (dy - mean(dy) - normalized * mean(dy * normalized))
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

/// The mean of each channel, in two parts, and the variance.
///
/// The second pass, from the mean as the first one rounded it, gives what that is short of, so that both stay accurate
/// however far from 0 the mean is.
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
            // rounding may go below 0 where all values are the same
            let about = squares * share - rest[channel] * rest[channel];
            variance[channel] = if about < T::zero() { T::zero() } else { about };
        },
    );
}
