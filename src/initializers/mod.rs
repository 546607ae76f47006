//! Initializers: what weights start from.
//!
//! Each is named in snake case where a name is taken: `"glorot_uniform"`.
//!
//! Random values come from the model's seed, or from the initializer's own where it has one: then they are the same in
//! every model. One that takes arguments has Keras' defaults as it is, and is
//! changed from there:
//!
//! ```
//! use layercake::prelude::*;
//!
//! let kernel = |seed| {
//!     let mut model = Sequential::<f64>::with_seed(seed);
//!     model.add(Dense::new(4).kernel_initializer(HeNormal.seed(7)));
//!     model.build(3)?;
//!     Ok::<_, layercake::Error>(model.get_weights()[0].clone())
//! };
//! assert_eq!(kernel(1)?, kernel(2)?);
//! # Ok::<(), layercake::Error>(())
//! ```

use crate::base::{Result, Rng};
use crate::part::{Part, kind, parts};
use std::sync::Arc;

kind!(Initializer, "initializer");

parts! { Initializer;
    constant: Constant, Identity => ["IdentityInitializer"], Ones => ["one"], Zeros => ["zero"];
    orthogonal: Orthogonal => ["OrthogonalInitializer"];
    random: RandomNormal => ["normal"], RandomUniform => ["uniform"], TruncatedNormal;
    variance_scaling with Distribution, FanMode:
        GlorotNormal, GlorotUniform, HeNormal, HeUniform, LecunNormal, LecunUniform, VarianceScaling;
}

/// Where a weight starts.
///
/// It always draws in double precision, whatever the model computes in, so that an `f32` and an `f64` model of the
/// same seed start from the same weights, rounded.
pub trait Initializer: Part {
    /// Fills the values of a weight of this shape, in Keras' order (the last axis runs fastest).
    fn fill(&self, shape: &[usize], rng: &mut Rng, values: &mut [f64]);

    /// Whether the initializer wants to see a sample of its layer's inputs (default: no).
    fn sees_inputs(&self) -> bool {
        false
    }

    /// Fills the values as [`fill`](Initializer::fill) does, with a sample of the layer's inputs at hand.
    ///
    /// It is called where the initializer [sees inputs](Initializer::sees_inputs) and the model is built by `fit`, which
    /// has data. A model that is built before it has data is filled without.
    fn fill_from(&self, _inputs: Inputs<'_>, shape: &[usize], rng: &mut Rng, values: &mut [f64]) {
        self.fill(shape, rng, values);
    }

    /// Fails if a weight of this shape cannot be filled.
    ///
    /// # Errors
    ///
    /// What [`crate::Error::argument`] makes of it, for a matrix that is wanted of a vector, say.
    fn check(&self, _shape: &[usize]) -> Result<()> {
        Ok(())
    }

    /// Makes the shared `dyn` of a part; a part of this crate does so in code that is compiled in this crate.
    #[doc(hidden)]
    fn into_shared(self) -> Arc<dyn Initializer>
    where
        Self: Sized,
    {
        Arc::new(self)
    }
}

/// A sample of a layer's inputs, as an initializer sees them.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The values, one row of `width` after the other.
    pub values: &'a [f64],
    /// How many values a row has: the extent of the last axis.
    pub width: usize,
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

/// Draws from the initializer's own generator where it has a seed, from the model's otherwise.
fn seeded<R>(seed: Option<u64>, rng: &mut Rng, draw: impl FnOnce(&mut Rng) -> R) -> R {
    match seed {
        Some(seed) => draw(&mut Rng::new(seed)),
        None => draw(rng),
    }
}
