use super::{Callback, Run};
use crate::base::{Error, NonFinite, Result};
use crate::kernels::Scalar;

/// Stops a training at the first number that is NaN or infinite, and says where it came from.
/// [Keras](https://keras.io/api/callbacks/terminate_on_nan/)
///
/// Keras stops when the loss is not finite. Here gradients and weights are watched too, because a layer such as one that takes
/// the maximum of its input and 0 can hide NaN from the loss. The [`StopReason`](crate::StopReason) is a [`NonFinite`]: layer,
/// row, cause and remedy. The model is left with its last finite weights. The watching takes twice the memory of the weights and
/// of the optimizer's state.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::with_seed(1);
/// model.add(Dense::new(1));
/// model.compile(Sgd::default().learning_rate(1e200), "mse", ())?;
/// let options = FitOptions::new().epochs(100).callback(TerminateOnNan::default());
/// let history = model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], options)?;
/// assert!(history.epochs().len() < 100);
/// let reason = history.stop_reason().to_string();
/// assert!(reason.starts_with("the loss became inf in epoch 2, batch 1"));
/// assert!(reason.contains("a tenth of the learning rate"));
/// assert!(model.get_weights().iter().all(|weight| weight.iter().all(|value: &f64| value.is_finite())));
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[doc(alias = "TerminateOnNaN")]
pub struct TerminateOnNan {
    raise_error: bool,
}

impl TerminateOnNan {
    /// Whether `fit` shall fail with [`Error::NonFinite`] rather than end early (default: false).
    pub fn raise_error(mut self, raise_error: bool) -> Self {
        self.raise_error = raise_error;
        self
    }
}

impl<T: Scalar> Callback<T> for TerminateOnNan {
    crate::model::compiled_callback!(TerminateOnNan);

    fn watches_batches(&self) -> bool {
        false
    }

    fn watches_epochs(&self) -> bool {
        false
    }

    fn locates_non_finite(&self) -> bool {
        true
    }

    fn on_non_finite(&mut self, run: &mut Run<'_, T>, found: &NonFinite) -> Result<()> {
        if self.raise_error {
            return Err(Error::NonFinite(Box::new(found.clone())));
        }
        run.stop(found.to_string());
        Ok(())
    }
}
