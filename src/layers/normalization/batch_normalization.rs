use super::affine::Affine;
use super::renorm::Renorm;
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
    renorm: Renorm,
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

    /// Sets whether training uses batch renormalization (default: false).
    ///
    /// The normalized values of training are then `r * (x - mean) / sqrt(variance + epsilon) + d`, with constant factors
    /// `r = deviation / renorm_deviation` and `d = (mean - renorm_mean) / renorm_deviation` for each channel, so that they are
    /// those of prediction except for the lag of the moving statistics.
    /// (Ioffe, [*Batch Renormalization*](https://arxiv.org/abs/1702.03275), 2017)
    pub fn renorm(mut self, renorm: bool) -> Self {
        self.renorm.is_on = renorm;
        self
    }

    /// Sets the factor of the mean and deviation of batch renormalization in their update, from 0 to 1 (default 0.99).
    pub fn renorm_momentum(mut self, momentum: f64) -> Self {
        self.renorm.momentum = momentum;
        self
    }

    /// Sets the largest and the smallest `r`, and the largest absolute `d`, of batch renormalization; at least 0 (default:
    /// `None` for all three, which is no limit).
    pub fn renorm_clipping(mut self, rmax: Option<f64>, rmin: Option<f64>, dmax: Option<f64>) -> Self {
        self.renorm.clipping = [rmax, rmin, dmax];
        self
    }

    affine_arguments!();

    /// Updates the state for the moments of a batch; with batch renormalization, it also writes `r` and `d`.
    fn update(&self, state: &mut [T], mean: &[T], variance: &[T], corrections: &mut [T]) {
        let channels = mean.len();
        if !self.renorm.is_on {
            let (keep, follow) = (T::of(self.momentum), T::of(1.0 - self.momentum));
            let (moving_mean, moving_variance) = state.split_at_mut(channels);
            // The update is moving = momentum * moving + (1 - momentum) * batch.
            kernels::zip(moving_mean, mean, |moving, batch| keep * moving + follow * batch);
            return kernels::zip(moving_variance, variance, |moving, batch| keep * moving + follow * batch);
        }
        let mut states = state.chunks_mut(channels);
        let mut states: [&mut [T]; 5] = std::array::from_fn(|_| states.next().unwrap_or_default());
        let (r, d) = corrections.split_at_mut(channels);
        for channel in 0..channels {
            let deviation = (variance[channel] + T::of(self.epsilon)).sqrt();
            let numbers = [self.momentum, self.epsilon];
            [r[channel], d[channel]] = self.renorm.correct([mean[channel], deviation], &mut states, channel, numbers);
        }
    }

    /// Applies `r` and `d` of batch renormalization to the normalized values: it replaces `gamma` and `beta`.
    fn corrected<'c>(&self, corrections: &'c [T], scales: Scales<'c, T>) -> impl Fn(usize) -> [T; 2] + Copy + 'c {
        let (r, d) = corrections.split_at(corrections.len() / 2);
        move |channel| {
            let (gamma, beta) = (scales.gamma(channel), scales.beta(channel));
            if r.is_empty() { [gamma, beta] } else { [r[channel] * gamma, d[channel] * gamma + beta] }
        }
    }

    /// Computes `y = gamma * (x - mean) * inverse + beta`; `at` returns the mean of a channel in two parts, and `inverse`.
    fn normalize(&self, x: &[T], y: &mut [T], channels: usize, at: impl Fn(usize) -> [T; 3], scales: impl Fn(usize) -> [T; 2]) {
        y.copy_from_slice(x);
        let at = |channel: usize| {
            let ([mean, rest, inverse], [gamma, beta]) = (at(channel), scales(channel));
            [mean, rest, inverse * gamma, beta]
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
            renorm: Renorm::default(),
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
        self.renorm.arguments(arguments);
    }
}

impl<T: Scalar> Layer<T> for BatchNormalization<T> {
    crate::part::compiled!(Layer<T> for BatchNormalization<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let channels = inputs[0].last();
        let mean = Param::new("moving_mean", [channels], &self.moving_mean)?;
        let variance = Param::new("moving_variance", [channels], &self.moving_variance)?;
        let plan = self.affine.declare(Plan::new(inputs[0].clone()), channels)?;
        let plan = self.renorm.declare(plan.state(mean).state(variance), channels, &self.moving_mean, &self.moving_variance)?;
        // Each channel needs five values: the mean in two parts, the inverse deviation, and two sums of the backward pass; and
        // `r` and `d` of batch renormalization.
        Ok(plan.batch_scratch(channels.saturating_mul(if self.renorm.is_on { 7 } else { 5 })))
    }

    fn infer(&self, mut pass: Infer<'_, T>) {
        let x = pass.inputs[0];
        let channels = x.shape().last();
        let (mean, variance) = pass.state.split_at(channels);
        let at = |channel: usize| [mean[channel], T::zero(), self.inverse(variance[channel])];
        let scales = self.corrected(&[], self.affine.scales(pass.params));
        self.normalize(x.values(), pass.output.values(), channels, at, scales);
    }

    fn forward(&self, mut pass: Forward<'_, T>) {
        let x = pass.inputs[0];
        let channels = x.shape().last();
        let (mean, others) = pass.batch_scratch.split_at_mut(channels);
        let (rest, others) = others.split_at_mut(channels);
        let (inverse, others) = others.split_at_mut(channels);
        let corrections = &mut others[2 * channels..];
        if pass.training && pass.trainable {
            moments(x.values(), mean, rest, inverse);
            self.update(pass.state, mean, inverse, corrections);
        } else {
            mean.copy_from_slice(&pass.state[..channels]);
            rest.fill(T::zero());
            inverse.copy_from_slice(&pass.state[channels..2 * channels]);
            let half = corrections.len() / 2;
            corrections[..half].fill(T::one());
            corrections[half..].fill(T::zero());
        }
        kernels::map(inverse, |variance| self.inverse(variance));
        let at = |channel: usize| [mean[channel], rest[channel], inverse[channel]];
        let scales = self.corrected(corrections, self.affine.scales(pass.params));
        self.normalize(x.values(), pass.output.values(), channels, at, scales);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        let (x, dy) = (pass.inputs[0].values(), pass.output_gradient.values());
        let channels = pass.inputs[0].shape().last();
        let (statistics, sums) = pass.batch_scratch.split_at_mut(3 * channels);
        let (mean, others) = statistics.split_at(channels);
        let (rest, inverse) = others.split_at(channels);
        let (along, others) = sums.split_at_mut(channels);
        let (shift, corrections) = others.split_at_mut(channels);
        let (params, gradient) = pass.weights.split();
        let scales = self.affine.scales(params);
        // `along` is the sum over the batch of dy * normalized, and `shift` the sum of dy.
        let at = |channel: usize| [mean[channel], rest[channel], inverse[channel]];
        let terms = |[d, x]: [T; 2], [mean, rest, inverse]: [T; 3]| [d * ((x - mean - rest) * inverse), d];
        // `r` and `d` of batch renormalization are constants, and r * normalized + d takes the place of the normalized value.
        let (r, d) = corrections.split_at(corrections.len() / 2);
        kernels::sum_channels([dy, x], channels, at, terms, |channel, sums| {
            [along[channel], shift[channel]] = sums;
            let along = if r.is_empty() { sums[0] } else { r[channel] * sums[0] + d[channel] * sums[1] };
            scales.write_gradient(gradient, channels, channel, [along, sums[1]]);
        });
        let corrected = self.corrected(corrections, scales);
        let uses_batch = pass.training && pass.trainable;
        pass.input_gradients.write(0, |mut dx| {
            dx.values().copy_from_slice(dy);
            let factor = |channel: usize| corrected(channel)[0] * inverse[channel];
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
