use crate::base::{Result, Shape};
use crate::kernels::Scalar;
use crate::layers::{Backward, Infer, Layer, Plan, pass_back, pass_on};
use crate::part::{Arguments, Describe, IntoPart};
use crate::regularizers::L1L2;

/// Returns its inputs and adds a penalty on them to the loss: `(l1 * sum(|x|) + l2 * sum(x^2)) / samples`.
/// [Keras](https://keras.io/api/layers/regularization_layers/activity_regularization/)
///
/// The penalty is part of `loss` and of `val_loss`. For a `Dense` layer, its `activity_regularizer` does the same.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(ActivityRegularization::new(0.5, 0.0));
/// model.compile("sgd", "mse", ())?;
/// let x = dmatrix![1.0; 3.0];
/// model.build(1)?;
/// assert_eq!(model.evaluate(&x, &x)?.loss(), 1.0);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ActivityRegularization {
    l1: f64,
    l2: f64,
}

impl ActivityRegularization {
    /// Creates a layer with these factors, both at least 0 (Keras' defaults are 0).
    pub fn new(l1: f64, l2: f64) -> Self {
        Self { l1, l2 }
    }
}

impl Describe for ActivityRegularization {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("l1", &mut self.l1, 0.0..f64::INFINITY);
        arguments.number("l2", &mut self.l2, 0.0..f64::INFINITY);
    }
}

impl<T: Scalar> Layer<T> for ActivityRegularization {
    crate::part::compiled!(Layer<T> for ActivityRegularization);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        Plan::new(inputs[0].clone()).activity_regularizer(&Some(L1L2::new(self.l1, self.l2).into_part()))
    }

    fn infer(&self, pass: Infer<'_, T>) {
        pass_on(pass);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        pass_back(pass);
    }
}
