use super::{Callback, Run};
use crate::base::Result;
use crate::kernels::Scalar;

/// Stops a training as soon as the loss is NaN or infinite. [Keras](https://keras.io/api/callbacks/terminate_on_nan/)
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
/// assert!(history.stop_reason().to_string().contains("lower the learning rate"));
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[doc(alias = "TerminateOnNaN")]
pub struct TerminateOnNan {
    raise_error: bool,
}

impl TerminateOnNan {
    /// Whether `fit` shall fail rather than end early (default: false).
    pub fn raise_error(mut self, raise_error: bool) -> Self {
        self.raise_error = raise_error;
        self
    }
}

impl<T: Scalar> Callback<T> for TerminateOnNan {
    crate::model::compiled_callback!(TerminateOnNan);

    fn on_batch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        let loss = run.logs().loss();
        if loss.is_finite() {
            return Ok(());
        }
        let reason = format!(
            "the loss became {loss} in epoch {}, batch {}: lower the learning rate or scale the inputs",
            run.epoch() + 1,
            run.batch() + 1
        );
        if self.raise_error {
            return Err(crate::base::Error::callback(reason));
        }
        run.stop(reason);
        Ok(())
    }
}
