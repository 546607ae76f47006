//! Constraints: functions that limit the values of a weight, applied after each update.
//!
//! A constraint may be given by value or by its name in snake case: `"max_norm"`.
//!
//! [`MaxNorm`], [`UnitNorm`] and [`MinMaxNorm`] compute norms along an axis of the weight. With axis 0, the default, each
//! unit of a `Dense` kernel (`inputs x units`) has one norm.
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

/// A function that changes a weight so that its values satisfy a condition.
pub trait Constraint<T: Scalar>: Part {
    /// Changes a weight of this shape to satisfy the constraint; its values are in Keras' order (the last axis runs fastest).
    fn project(&self, weight: &mut [T], shape: &[usize]);

    /// Checks that the constraint can be applied to a weight of this shape.
    ///
    /// # Errors
    ///
    /// It fails if the constraint needs an axis that the weight does not have.
    fn check(&self, _shape: &[usize]) -> Result<()> {
        Ok(())
    }

    /// Converts the constraint to a shared trait object; the crate's own parts do so in code compiled in this crate.
    #[doc(hidden)]
    fn into_shared(self) -> Arc<dyn Constraint<T>>
    where
        Self: Sized,
    {
        Arc::new(self)
    }
}
