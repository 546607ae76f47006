use super::{Callback, Run};
use crate::base::Result;
use crate::kernels::Scalar;

/// Validates with the averages of the weights that an optimizer with `use_ema` keeps, and trains on with the weights.
/// [Keras](https://keras.io/api/callbacks/swap_ema_weights/)
///
/// With `swap_on_epoch` the averages also replace the weights from the end of an epoch, for the callbacks
/// behind this one, until the next begins. The training is the same with and without; it ends with the averages. An
/// optimizer without `use_ema` is refused.
///
/// ```
/// use layercake::prelude::*;
///
/// let (x, y) = (dmatrix![1.0; 2.0; 3.0], dmatrix![2.0; 4.0; 6.0]);
/// let mut model = Sequential::with_seed(1);
/// model.add(Dense::new(1));
/// model.compile(Sgd::default().use_ema(true).ema_momentum(0.9), "mse", ())?;
/// let options = FitOptions::new().epochs(5).validation_data(&x, &y).callback(SwapEmaWeights::default());
/// let history = model.fit(&x, &y, options)?;
/// assert_eq!(history["val_loss"].last(), Some(&model.evaluate(&x, &y)?.loss()));
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[doc(alias = "SwapEMAWeights")]
pub struct SwapEmaWeights {
    swap_on_epoch: bool,
}

impl SwapEmaWeights {
    /// Whether the callbacks behind this one shall find the averages at the end of an epoch, a checkpoint for instance
    /// (default: false).
    pub fn swap_on_epoch(mut self, swap_on_epoch: bool) -> Self {
        self.swap_on_epoch = swap_on_epoch;
        self
    }
}

impl<T: Scalar> Callback<T> for SwapEmaWeights {
    crate::model::compiled_callback!(SwapEmaWeights);

    fn on_train_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        // nothing moves, but an optimizer without averages refuses
        run.use_averages(false)
    }

    fn on_epoch_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        run.use_averages(false)
    }

    fn on_test_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        run.use_averages(true)
    }

    fn on_test_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        run.use_averages(false)
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        if self.swap_on_epoch { run.use_averages(true) } else { Ok(()) }
    }
}
