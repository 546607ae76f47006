use super::{Callback, Run};
use crate::{Result, Scalar};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::time::{Duration, Instant};

/// A progress bar for each epoch, in Keras' manner, on standard error; without a terminal a line for each epoch.
/// [Keras](https://keras.io/api/models/model_training_apis/)
///
/// ```text
/// Epoch 2/30
/// 45/45 ━━━━━━━━━━━━━━━━━━━━ 0s - loss: 0.3346 - accuracy: 0.9033 - val_loss: 0.2735 - val_accuracy: 0.9236
/// ```
///
/// Nothing is shown unless this callback is given to `fit`.
#[derive(Debug, Default)]
pub struct ProgbarLogger {
    bar: Option<ProgressBar>,
    drawn: Option<Instant>,
}

/// How often the bar is drawn at most.
const REDRAW: Duration = Duration::from_millis(50);

impl<T: Scalar> Callback<T> for ProgbarLogger {
    fn on_epoch_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        let heading = format!("Epoch {}/{}", run.epoch() + 1, run.epochs());
        let bar = ProgressBar::with_draw_target(Some(run.batches() as u64), ProgressDrawTarget::stderr());
        let template = "{pos:>4}/{len} {bar:20} {elapsed} - {msg}";
        // the template is a constant, and valid
        bar.set_style(ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_bar()).progress_chars("━━─"));
        if bar.is_hidden() {
            eprintln!("{heading}");
        } else {
            bar.println(heading);
        }
        (self.bar, self.drawn) = (Some(bar), None);
        Ok(())
    }

    fn on_batch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        let Some(bar) = &self.bar else { return Ok(()) };
        if self.drawn.is_none_or(|drawn| drawn.elapsed() >= REDRAW) {
            bar.set_message(run.logs().to_string());
            bar.set_position(run.batch() as u64 + 1);
            self.drawn = Some(Instant::now());
        }
        Ok(())
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        let Some(bar) = self.bar.take() else { return Ok(()) };
        if bar.is_hidden() {
            eprintln!("{}/{} - {}", run.batch() + 1, run.batches(), run.logs());
        }
        bar.set_position(run.batch() as u64 + 1);
        bar.abandon_with_message(run.logs().to_string());
        Ok(())
    }

    fn on_train_end(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        if let Some(bar) = self.bar.take() {
            bar.abandon();
        }
        Ok(())
    }
}
