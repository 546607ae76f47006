//! Initializers: functions that set the initial values of weights.
//!
//! An initializer may be given by value or by its name in snake case: `"glorot_uniform"`.
//!
//! Random values depend on the model's seed. An initializer with its own seed gives the same values in every model. An
//! initializer with arguments starts from Keras' defaults, and methods change them:
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

/// A function that sets the initial values of a weight.
///
/// Values are always drawn in double precision, so that an `f32` and an `f64` model with the same seed have the same
/// initial weights, up to rounding.
pub trait Initializer: Part {
    /// Writes the values of a weight of this shape, in Keras' order (the last axis runs fastest).
    fn fill(&self, shape: &[usize], rng: &mut Rng, values: &mut [f64]);

    /// Says whether the initializer uses a sample of its layer's inputs (default: false).
    fn sees_inputs(&self) -> bool {
        false
    }

    /// Writes the values as [`fill`](Initializer::fill) does, given a sample of the layer's inputs.
    ///
    /// It is called instead of `fill` if [`sees_inputs`](Initializer::sees_inputs) returns true and the model is built by
    /// `fit`, which has data. In a model that is built without data, `fill` is called.
    fn fill_from(&self, _inputs: Inputs<'_>, shape: &[usize], rng: &mut Rng, values: &mut [f64]) {
        self.fill(shape, rng, values);
    }

    /// Checks that the initializer can be applied to a weight of this shape.
    ///
    /// # Errors
    ///
    /// [`crate::Error::argument`] if it cannot, for example if the initializer needs a matrix and the weight is a vector.
    fn check(&self, _shape: &[usize]) -> Result<()> {
        Ok(())
    }

    /// Converts the initializer to a shared trait object; the crate's own parts do so in code compiled in this crate.
    #[doc(hidden)]
    fn into_shared(self) -> Arc<dyn Initializer>
    where
        Self: Sized,
    {
        Arc::new(self)
    }
}

/// A sample of a layer's inputs, for an initializer that uses them.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The values, one row of `width` after the other.
    pub values: &'a [f64],
    /// The number of values in a row, which is the extent of the last axis.
    pub width: usize,
}

/// Returns the numbers of inputs and outputs that a weight of this shape connects, as Keras counts them.
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

/// Draws from a new generator if the initializer has a seed, and from the model's generator otherwise.
fn seeded<R>(seed: Option<u64>, rng: &mut Rng, draw: impl FnOnce(&mut Rng) -> R) -> R {
    match seed {
        Some(seed) => draw(&mut Rng::new(seed)),
        None => draw(rng),
    }
}
