use super::{Callback, Run};
use crate::base::Result;
use crate::kernels::Scalar;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fmt;
use std::io::Write;
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

/// Writes a line to standard error; where there is none, nobody is looking.
fn say(line: fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

impl<T: Scalar> Callback<T> for ProgbarLogger {
    crate::model::compiled_callback!(ProgbarLogger);

    fn on_epoch_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        say(format_args!("Epoch {}/{}", run.epoch() + 1, run.epochs()));
        let bar = ProgressBar::with_draw_target(Some(run.batches() as u64), ProgressDrawTarget::stderr());
        // the template is a constant, and valid
        let style =
            ProgressStyle::with_template("{pos}/{len} {bar:20} {elapsed} - {msg}").unwrap_or(ProgressStyle::default_bar());
        bar.set_style(style.progress_chars("━━─"));
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
        if let Some(bar) = self.bar.take() {
            // a bar is cut to the width of the terminal, the line that stays is not
            bar.finish_and_clear();
            let (done, batches, seconds) = (run.batch() + 1, run.batches(), bar.elapsed().as_secs_f64());
            say(format_args!("{done}/{batches} {} {seconds:.1}s - {}", "━".repeat(20 * done / batches), run.logs()));
        }
        Ok(())
    }

    fn on_train_end(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        if let Some(bar) = self.bar.take() {
            bar.abandon();
        }
        Ok(())
    }
}
