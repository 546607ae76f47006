//! Exponential moving averages of the weights: Keras' `use_ema`.

use super::OptimizerState;
use crate::base::{Error, Result};
use crate::kernels::{self, Scalar};

impl<T: Scalar> OptimizerState<T> {
    /// Updates the averages, `a = m a + (1 - m) w`, and replaces the weights with them every `ema_overwrite_frequency` steps.
    #[inline(always)]
    pub(crate) fn average(&mut self, params: &mut [T]) {
        if self.settings.use_ema {
            self.update_averages(params);
        }
    }

    #[inline(never)] // few trainings average, and inlined it makes the step of all others larger
    fn update_averages(&mut self, params: &mut [T]) {
        let settings = &self.settings;
        let steps = self.iterations();
        // The first average is a copy of the weights.
        let momentum = T::of(if steps == 0 { 0.0 } else { settings.ema_momentum });
        let overwrites = settings.ema_overwrite_frequency.is_some_and(|frequency| (steps + 1).is_multiple_of(frequency as u64));
        let rest = T::one() - momentum;
        for piece in &self.pieces {
            let range = piece.range.clone();
            kernels::zip(&mut self.averages[range.clone()], &params[range], |a, w| momentum * a + rest * w);
        }
        if overwrites {
            self.overwrite(params);
        }
    }

    /// Ends a training: with `use_ema`, the averages replace the weights.
    pub(crate) fn finalize(&self, params: &mut [T]) {
        if self.batches > 0 {
            self.overwrite(params);
        }
    }

    /// Fails if the optimizer keeps no averages of the weights.
    pub(crate) fn check_averages(&self) -> Result<()> {
        if self.settings.use_ema {
            return Ok(());
        }
        Err(Error::argument(self.rule.name(), "use_ema", false, "true, because only then are averages of the weights kept"))
    }

    /// Exchanges the weights and their averages if needed: `params` then holds the averages if `averages` is true, else the
    /// weights.
    pub(crate) fn exchange(&mut self, params: &mut [T], averages: bool) {
        if self.exchanged == averages || self.averages.is_empty() || self.batches == 0 {
            return;
        }
        for piece in &self.pieces {
            params[piece.range.clone()].swap_with_slice(&mut self.averages[piece.range.clone()]);
        }
        self.exchanged = averages;
    }

    fn overwrite(&self, params: &mut [T]) {
        if !self.averages.is_empty() {
            for piece in &self.pieces {
                params[piece.range.clone()].copy_from_slice(&self.averages[piece.range.clone()]);
            }
        }
    }
}
