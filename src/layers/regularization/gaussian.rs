//! Layers that add random noise to their inputs, or multiply their inputs by it.

use super::dropout::scale_back;
use crate::base::{Result, Rng, Shape};
use crate::kernels;
use crate::kernels::Scalar;
use crate::layers::{Backward, Forward, Infer, Layer, Plan, pass_back, pass_on, seed_argument};
use crate::part::{Arguments, Describe};
use rand_distr::{Distribution, StandardNormal};

/// In training, multiplies each input by a normal random number with mean 1 and standard deviation
/// `sqrt(rate / (1 - rate))`, that of the factors of a [`Dropout`](super::Dropout) with this rate. In prediction the layer
/// returns its inputs.
/// (Srivastava et al., *Dropout*, 2014, section 10;
/// [Keras](https://keras.io/api/layers/regularization_layers/gaussian_dropout/))
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(GaussianDropout::new(0.1).seed(42));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![3.0, 4.0])?, dmatrix![3.0, 4.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GaussianDropout {
    rate: f64,
    seed: Option<u64>,
}

/// In training, adds a normal random number with mean 0 and standard deviation `stddev` to each input. In prediction the
/// layer returns its inputs. [Keras](https://keras.io/api/layers/regularization_layers/gaussian_noise/)
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(GaussianNoise::new(0.1));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![3.0, 4.0])?, dmatrix![3.0, 4.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GaussianNoise {
    stddev: f64,
    seed: Option<u64>,
}

impl GaussianDropout {
    /// Creates a layer with the noise of a dropout with this rate, from 0 to below 1.
    pub fn new(rate: f64) -> Self {
        Self { rate, seed: None }
    }

    seed_argument!();
}

impl GaussianNoise {
    /// Creates a layer with this standard deviation of the noise, at least 0.
    pub fn new(stddev: f64) -> Self {
        Self { stddev, seed: None }
    }

    seed_argument!();
}

impl Describe for GaussianDropout {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("rate", &mut self.rate, 0.0..1.0);
        arguments.seed("seed", &mut self.seed);
    }
}

impl Describe for GaussianNoise {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("stddev", &mut self.stddev, 0.0..f64::INFINITY);
        arguments.seed("seed", &mut self.seed);
    }
}

impl<T: Scalar> Layer<T> for GaussianDropout {
    crate::part::compiled!(Layer<T> for GaussianDropout);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        Ok(Plan::new(inputs[0].clone()).scratch(inputs[0].width()).seed(self.seed))
    }

    fn infer(&self, pass: Infer<'_, T>) {
        pass_on(pass);
    }

    fn forward(&self, mut pass: Forward<'_, T>) {
        pass_on(pass.as_infer());
        let stddev = if pass.training { (self.rate / (1.0 - self.rate)).sqrt() } else { 0.0 };
        pass.scratch.fill_with(|| T::of(normal(1.0, stddev, pass.rng)));
        kernels::multiply(pass.output.values(), pass.scratch);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        scale_back(pass);
    }
}

impl<T: Scalar> Layer<T> for GaussianNoise {
    crate::part::compiled!(Layer<T> for GaussianNoise);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        Ok(Plan::new(inputs[0].clone()).seed(self.seed))
    }

    fn infer(&self, pass: Infer<'_, T>) {
        pass_on(pass);
    }

    fn forward(&self, mut pass: Forward<'_, T>) {
        pass_on(pass.as_infer());
        if pass.training {
            pass.output.values().iter_mut().for_each(|y| *y += T::of(normal(0.0, self.stddev, pass.rng)));
        }
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        pass_back(pass);
    }
}

fn normal(mean: f64, stddev: f64, rng: &mut Rng) -> f64 {
    let drawn: f64 = StandardNormal.sample(rng);
    mean + stddev * drawn
}
