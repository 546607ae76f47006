//! Constraints: what weights are held to, applied after each update.
//!
//! Each is named in snake case where a name is taken: `"max_norm"`.
//!
//! The norms of [`MaxNorm`], [`UnitNorm`] and [`MinMaxNorm`] run along an axis of the weight: axis 0, the default, is
//! one norm for each unit of a `Dense` kernel (`inputs x units`).
//!
//! ```
//! use layercake::prelude::*;
//!
//! let mut model = Sequential::with_seed(1);
//! model.add(Dense::new(3).kernel_constraint(MaxNorm::new(0.5)).bias_constraint("non_neg"));
//! model.compile(Sgd::default().learning_rate(10.0), "mse", ())?;
//! model.fit(&dmatrix![1.0, 2.0; 3.0, 4.0], &dmatrix![0.0, 1.0, 2.0; 2.0, 1.0, 0.0], FitOptions::new())?;
//! let weights = model.get_weights();
//! assert!(weights[0].column_iter().all(|unit| unit.norm() <= 0.5));
//! assert!(weights[1].min() >= 0.0);
//! # Ok::<(), layercake::Error>(())
//! ```

mod norms;

use crate::base::Result;
use crate::kernels::Scalar;
use crate::part::{Part, kind, parts};
use std::sync::Arc;

kind!(Constraint<T>, "constraint");

parts! { Constraint<T>;
    max_norm: MaxNorm;
    min_max_norm: MinMaxNorm;
    non_neg: NonNeg;
    unit_norm: UnitNorm;
}

/// A projection of a weight onto the values it may have.
pub trait Constraint<T: Scalar>: Part {
    /// Projects a weight of this shape, its values in Keras' order (the last axis runs fastest).
    fn project(&self, weight: &mut [T], shape: &[usize]);

    /// Fails if a weight of this shape cannot be projected.
    ///
    /// # Errors
    ///
    /// An axis that the weight does not have.
    fn check(&self, _shape: &[usize]) -> Result<()> {
        Ok(())
    }

    /// Makes the shared `dyn` of a part; a part of this crate does so in code that is compiled in this crate.
    #[doc(hidden)]
    fn into_shared(self) -> Arc<dyn Constraint<T>>
    where
        Self: Sized,
    {
        Arc::new(self)
    }
}
