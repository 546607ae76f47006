//! Initializers: what weights start from.
//!
//! | here | in Keras | values |
//! |---|---|---|
//! | [`GlorotUniform`] | `"glorot_uniform"` | uniform within `± sqrt(6 / (fan_in + fan_out))` |
//! | [`HeNormal`] | `"he_normal"` | normal, variance `2 / fan_in`, cut at two standard deviations |
//! | [`Ones`] | `"ones"` | 1 |
//! | [`RandomUniform`] | `"uniform"` | uniform between two bounds |
//! | [`Zeros`] | `"zeros"` | 0 |

use crate::Rng;
use crate::saving::{Arguments, Describe, Part};
use rand_distr::{Distribution, StandardNormal};

/// Where a weight starts.
///
/// It always draws in double precision, whatever the model computes in, so that an `f32` and an `f64` model of the
/// same seed start from the same weights, rounded.
pub trait Initializer: Part {
    /// Fills the values of a weight of this shape, in Keras' order (the last axis runs fastest).
    fn fill(&self, shape: &[usize], rng: &mut Rng, values: &mut [f64]);
}

/// The numbers of inputs and outputs that a weight of this shape connects, as Keras counts them.
///
/// ```
/// use layercake::initializers::fans;
///
/// assert_eq!(fans(&[64, 10]), (64.0, 10.0));
/// assert_eq!(fans(&[10]), (10.0, 10.0));
/// ```
pub fn fans(shape: &[usize]) -> (f64, f64) {
    match *shape {
        [] => (1.0, 1.0),
        [size] => (size as f64, size as f64),
        [ref field @ .., inputs, outputs] => {
            let field: f64 = field.iter().map(|&extent| extent as f64).product();
            (inputs as f64 * field, outputs as f64 * field)
        }
    }
}

/// All weights 0: the default for a bias. [Keras](https://keras.io/api/layers/initializers/#zeros-class)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Zeros;

/// All weights 1. [Keras](https://keras.io/api/layers/initializers/#ones-class)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Ones;

/// Uniform within `± sqrt(6 / (fan_in + fan_out))`: the default for a kernel.
/// (Glorot and Bengio, *Understanding the difficulty of training deep feedforward neural networks*, 2010)
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct GlorotUniform;

/// Normal with variance `2 / fan_in`, cut at two standard deviations; made for [`Relu`](struct@crate::activations::Relu).
/// (He et al., *Delving Deep into Rectifiers*, 2015)
///
/// The variance is that of the cut distribution, as in Keras: values are drawn with `sqrt(2 / fan_in) / 0.87962566`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct HeNormal;

/// Uniform between two bounds: the default for an embedding. [Keras](https://keras.io/api/layers/initializers/#randomuniform-class)
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RandomUniform {
    minval: f64,
    maxval: f64,
}

impl Default for RandomUniform {
    fn default() -> Self {
        Self { minval: -0.05, maxval: 0.05 }
    }
}

impl RandomUniform {
    /// The bounds, `minval <= maxval` (Keras' defaults are -0.05 and 0.05).
    pub fn new(minval: f64, maxval: f64) -> Self {
        Self { minval, maxval }
    }
}

impl Describe for RandomUniform {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("minval", &mut self.minval, f64::MIN..f64::INFINITY);
        arguments.number("maxval", &mut self.maxval, self.minval..f64::INFINITY);
    }
}

impl Initializer for RandomUniform {
    fn fill(&self, _shape: &[usize], rng: &mut Rng, values: &mut [f64]) {
        values.fill_with(|| self.minval + (self.maxval - self.minval) * rng.uniform());
    }
}

impl Describe for Zeros {}
impl Describe for Ones {}
impl Describe for GlorotUniform {}
impl Describe for HeNormal {}

impl Initializer for Zeros {
    fn fill(&self, _shape: &[usize], _rng: &mut Rng, values: &mut [f64]) {
        values.fill(0.0);
    }
}

impl Initializer for Ones {
    fn fill(&self, _shape: &[usize], _rng: &mut Rng, values: &mut [f64]) {
        values.fill(1.0);
    }
}

impl Initializer for GlorotUniform {
    fn fill(&self, shape: &[usize], rng: &mut Rng, values: &mut [f64]) {
        let (fan_in, fan_out) = fans(shape);
        let limit = (6.0 / (fan_in + fan_out)).sqrt();
        values.fill_with(|| limit * (2.0 * rng.uniform() - 1.0));
    }
}

impl Initializer for HeNormal {
    fn fill(&self, shape: &[usize], rng: &mut Rng, values: &mut [f64]) {
        let (fan_in, _) = fans(shape);
        let stddev = (2.0 / fan_in).sqrt() / STDDEV_CUT_AT_2;
        values.fill_with(|| stddev * truncated_normal(rng));
    }
}

/// The standard deviation of a standard normal distribution cut at -2 and 2.
const STDDEV_CUT_AT_2: f64 = 0.879_625_661_034_239_8;

/// A standard normal number, drawn again until it lies within two standard deviations.
fn truncated_normal(rng: &mut Rng) -> f64 {
    loop {
        let drawn: f64 = StandardNormal.sample(rng);
        if drawn.abs() <= 2.0 {
            return drawn;
        }
    }
}
