//! Regularizers: penalties on large weights, against overfitting.
//!
//! Each is named in snake case where a name is taken: `"l2"`, `"l1_l2"`.
//!
//! The penalty is added to the loss of every batch, and so to `loss` and `val_loss` in the history; it is not
//! scaled by the size of the batch.
//!
//! ```
//! use layercake::prelude::*;
//!
//! let mut model = Sequential::new();
//! model.add(Dense::new(1).kernel_initializer("ones").kernel_regularizer(L2::new(0.5)));
//! model.compile("sgd", "mse", ())?;
//! model.build(2)?;
//! // the model predicts 1 + 1 and is right: what is left of the loss is the penalty, 0.5 (1^2 + 1^2)
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
    /// The penalty for a weight of this shape, its values in Keras' order.
    fn penalty(&self, weight: &[T], shape: &[usize]) -> T;

    /// Adds the derivative of the penalty to the gradient of the weight.
    fn add_gradient(&self, weight: &[T], shape: &[usize], gradient: &mut [T]);

    /// Fails if a weight of this shape has no such penalty.
    ///
    /// # Errors
    ///
    /// What [`crate::Error::argument`] makes of it, for a weight without columns, say.
    fn check(&self, _shape: &[usize]) -> Result<()> {
        Ok(())
    }

    /// Makes the shared `dyn` of a part; a part of this crate does so in code that is compiled in this crate.
    #[doc(hidden)]
    fn into_shared(self) -> Arc<dyn Regularizer<T>>
    where
        Self: Sized,
    {
        Arc::new(self)
    }
}
