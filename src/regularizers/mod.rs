//! Regularizers: penalties on large weights, against overfitting.
//!
//! A regularizer may be given by value or by its name in snake case: `"l2"`, `"l1_l2"`.
//!
//! The penalty is added to the loss of every batch, so `loss` and `val_loss` in the history contain it. It does not depend
//! on the size of the batch.
//!
//! ```
//! use layercake::prelude::*;
//!
//! let mut model = Sequential::new();
//! model.add(Dense::new(1).kernel_initializer("ones").kernel_regularizer(L2::new(0.5)));
//! model.compile("sgd", "mse", ())?;
//! model.build(2)?;
//! // the model predicts 1 + 1 = 2, which is the target, so the loss is the penalty alone: 0.5 (1^2 + 1^2)
//! assert_eq!(model.evaluate(&dmatrix![1.0, 1.0], &dmatrix![2.0])?.loss(), 1.0);
//! # Ok::<(), layercake::Error>(())
//! ```

use crate::base::Result;
use crate::kernels::Scalar;
use crate::part::{Part, kind, parts};
use std::sync::Arc;

kind!(Regularizer<T>, "regularizer");

parts! { Regularizer<T>;
    l1_l2: L1, L1L2, L2;
    orthogonal with OrthogonalMode: OrthogonalRegularizer;
}

/// A penalty on the values of a weight, with its derivative.
pub trait Regularizer<T: Scalar>: Part {
    /// Returns the penalty for a weight of this shape; its values are in Keras' order (the last axis runs fastest).
    fn penalty(&self, weight: &[T], shape: &[usize]) -> T;

    /// Adds the derivative of the penalty to the gradient of the weight.
    fn add_gradient(&self, weight: &[T], shape: &[usize], gradient: &mut [T]);

    /// Checks that the regularizer can be applied to a weight of this shape.
    ///
    /// # Errors
    ///
    /// [`crate::Error::argument`] if it cannot, for example if the regularizer needs columns and the weight is a vector.
    fn check(&self, _shape: &[usize]) -> Result<()> {
        Ok(())
    }

    /// Converts the regularizer to a shared trait object; the crate's own parts do so in code compiled in this crate.
    #[doc(hidden)]
    fn into_shared(self) -> Arc<dyn Regularizer<T>>
    where
        Self: Sized,
    {
        Arc::new(self)
    }
}
