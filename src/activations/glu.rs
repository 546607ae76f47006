use super::{Activation, Sees};
use crate::base::{Batch, BatchMut, Error, Result, Shape};
use crate::kernels::Scalar;
use crate::kernels::math;
use crate::part::{Arguments, Describe};

/// The gated linear unit, `a = x / (1 + exp(-y))`, where `x` is the first half of a sample's sums and `y` the second,
/// so that outputs are half as many as sums.
/// (Dauphin et al., *Language Modeling with Gated Convolutional Networks*, 2017;
/// [Keras](https://keras.io/api/layers/activations/#glu-function))
///
/// # Errors
///
/// An odd number of sums.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(8).activation(Glu));
/// model.build(3)?;
/// assert_eq!(model.predict(&dmatrix![0.1, 0.2, 0.3])?.shape(), (1, 4));
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "glu")]
pub struct Glu;

impl Describe for Glu {
    fn class_name(&self) -> &'static str {
        "glu"
    }

    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.last_axis("axis");
    }
}

impl<T: Scalar> Activation<T> for Glu {
    crate::part::compiled!(Activation<T> for Glu);

    fn apply(&self, mut z: BatchMut<'_, T>) {
        let half = z.shape().last() / 2;
        let z = z.values();
        // forward, for what is written lies before what is still to be read
        for (a, x) in places(z.len(), half) {
            z[a] = z[x] * math::logistic(z[x + half]);
        }
    }

    fn backprop(&self, z: Batch<'_, T>, mut slope: BatchMut<'_, T>) {
        let half = z.shape().last() / 2;
        let (z, slope) = (z.values(), slope.values());
        // backward, for what is written lies behind what is still to be read
        for (a, x) in places(z.len(), half).rev() {
            let (d, gate) = (slope[a], math::logistic(z[x + half]));
            // da/dx = gate, da/dy = x gate (1 - gate)
            slope[x] = d * gate;
            slope[x + half] = d * z[x] * gate * (T::one() - gate);
        }
    }

    fn sees(&self) -> Sees {
        Sees::Input
    }

    fn output(&self, sums: &Shape) -> Result<Shape> {
        let units = sums.last();
        if units.is_multiple_of(2) {
            return Ok(sums.with_last(units / 2));
        }
        Err(Error::argument("Glu", "units", units, "an even number, for the second half gates the first"))
    }
}

/// The place of each output, and that of the `x` it is made of.
fn places(values: usize, half: usize) -> impl DoubleEndedIterator<Item = (usize, usize)> {
    (0..values / 2).map(move |place| (place, place + place / half.max(1) * half))
}
