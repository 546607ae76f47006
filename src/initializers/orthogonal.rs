use super::random::standard_normal;
use super::{Initializer, seeded};
use crate::base::{Error, Result, Rng};
use crate::part::{Arguments, Describe, FINITE};
use nalgebra::DMatrix;

/// `gain` times a random matrix whose columns, or rows if these are fewer, are of length 1 and at right angles to each
/// other: the orthogonal factor of a matrix of normal numbers. A weight with more than two axes counts as a matrix with its
/// last axis as columns. (Saxe, McClelland and Ganguli, *Exact solutions to the nonlinear dynamics of learning in deep
/// linear neural networks*, 2014; [Keras](https://keras.io/api/layers/initializers/#orthogonal-class))
/// It is also found as `"OrthogonalInitializer"`.
///
/// # Errors
///
/// A weight with fewer than two axes.
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
    /// The length of the columns, any finite number (default 1).
    pub fn gain(mut self, gain: f64) -> Self {
        self.gain = gain;
        self
    }

    /// A seed of its own: the same values in every model (default: none, the model's).
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
        // with a positive diagonal of r every orthogonal matrix is equally likely
        for (mut column, pivot) in q.column_iter_mut().zip(r.diagonal().iter()) {
            column *= self.gain.copysign(self.gain * pivot);
        }
        for (place, value) in values.iter_mut().enumerate() {
            let (row, column) = (place / columns, place % columns);
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
