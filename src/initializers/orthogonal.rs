use super::random::standard_normal;
use super::{Initializer, seeded};
use crate::base::{Error, Result, Rng};
use crate::part::{Arguments, Describe, FINITE};
use nalgebra::DMatrix;

/// A random orthogonal matrix times `gain`.
///
/// The columns, or the rows if there are fewer rows, are orthogonal to each other and have the length `gain`. The matrix is
/// the orthogonal factor of the QR decomposition of a matrix of normal random numbers. In a weight with more than two axes,
/// the last axis gives the columns and all others the rows. (Saxe, McClelland and Ganguli, *Exact solutions to
/// the nonlinear dynamics of learning in deep linear neural networks*, 2014;
/// [Keras](https://keras.io/api/layers/initializers/#orthogonal-class))
/// It is also found as `"OrthogonalInitializer"`.
///
/// # Errors
///
/// Building the model fails if the weight has fewer than two axes.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::<f64>::new();
/// model.add(Dense::new(3).kernel_initializer(Orthogonal.gain(2.0).seed(1)));
/// model.build(5)?;
/// let kernel = &model.get_weights()[0];
/// let products = kernel.transpose() * kernel;
/// assert!((products - DMatrix::identity(3, 3) * 4.0).amax() < 1e-12);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[doc(alias = "OrthogonalInitializer")]
pub struct Orthogonal {
    gain: f64,
    seed: Option<u64>,
}

/// [`Orthogonal`](struct@Orthogonal) with Keras' default, a gain of 1.
#[allow(non_upper_case_globals)]
pub const Orthogonal: Orthogonal = Orthogonal { gain: 1.0, seed: None };

impl Orthogonal {
    /// Sets the factor of the orthogonal matrix, any finite number (default 1).
    pub fn gain(mut self, gain: f64) -> Self {
        self.gain = gain;
        self
    }

    /// Sets the initializer's own seed, which gives the same values in every model (default: the model's seed).
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }
}

impl Default for Orthogonal {
    fn default() -> Self {
        Orthogonal
    }
}

impl Describe for Orthogonal {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("gain", &mut self.gain, FINITE);
        arguments.seed("seed", &mut self.seed);
    }
}

impl Initializer for Orthogonal {
    crate::part::compiled!(Initializer for Orthogonal);

    fn fill(&self, shape: &[usize], rng: &mut Rng, values: &mut [f64]) {
        let columns = shape.last().copied().unwrap_or(1);
        let rows = values.len() / columns.max(1);
        let (long, short) = (rows.max(columns), rows.min(columns));
        let drawn = seeded(self.seed, rng, |rng| DMatrix::from_fn(long, short, |_, _| standard_normal(rng)));
        let (mut q, r) = drawn.qr().unpack();
        // The signs are chosen as for a positive diagonal of r, which makes every orthogonal matrix equally likely.
        for (mut column, pivot) in q.column_iter_mut().zip(r.diagonal().iter()) {
            column *= self.gain.copysign(self.gain * pivot);
        }
        for (index, value) in values.iter_mut().enumerate() {
            let (row, column) = (index / columns, index % columns);
            *value = if rows < columns { q[(column, row)] } else { q[(row, column)] };
        }
    }

    fn check(&self, shape: &[usize]) -> Result<()> {
        if shape.len() > 1 {
            return Ok(());
        }
        Err(Error::argument("Orthogonal", "shape", format!("{shape:?}"), "a weight with at least two axes"))
    }
}
