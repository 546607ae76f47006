use super::{Activation, Sees};
use crate::base::{Batch, BatchMut, Error, Result, Shape};
use crate::kernels::Scalar;
use crate::kernels::math;
use crate::part::{Arguments, Describe};

/// The gated linear unit, `a = x / (1 + exp(-y))`, where `x` is the first half of a sample's pre-activation
/// and `y` the second. There are half as many outputs as units.
/// (Dauphin et al., *Language Modeling with Gated Convolutional Networks*, 2017;
/// [Keras](https://keras.io/api/layers/activations/#glu-function))
///
/// # Errors
///
/// The number of units is odd.
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
        // The loop runs forward, so that no value is overwritten before it is read.
        for (a, x) in indices(z.len(), half) {
            z[a] = z[x] * math::logistic(z[x + half]);
        }
    }

    fn backprop(&self, z: Batch<'_, T>, mut gradient: BatchMut<'_, T>) {
        let half = z.shape().last() / 2;
        let (z, gradient) = (z.values(), gradient.values());
        // The loop runs backward, so that no value is overwritten before it is read.
        for (a, x) in indices(z.len(), half).rev() {
            let (d, gate) = (gradient[a], math::logistic(z[x + half]));
            // da/dx = gate, da/dy = x gate (1 - gate)
            gradient[x] = d * gate;
            gradient[x + half] = d * z[x] * gate * (T::one() - gate);
        }
    }

    fn sees(&self) -> Sees {
        Sees::Input
    }

    fn output(&self, pre_activation: &Shape) -> Result<Shape> {
        let units = pre_activation.last();
        if units.is_multiple_of(2) {
            return Ok(pre_activation.with_last(units / 2));
        }
        Err(Error::argument("Glu", "units", units, "an even number, because the second half of the units gates the first"))
    }
}

/// Iterates over the index of each output and the index of the `x` that it is computed from.
fn indices(values: usize, half: usize) -> impl DoubleEndedIterator<Item = (usize, usize)> {
    (0..values / 2).map(move |index| (index, index + index / half.max(1) * half))
}
