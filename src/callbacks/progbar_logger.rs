//! A progress bar in Keras' manner.

use super::{Callback, Run};
use crate::base::Result;
use crate::kernels::Scalar;
use std::fmt;
use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// How often the bar is drawn at most, and the number of its blocks.
const REDRAW: Duration = Duration::from_millis(50);
const BLOCKS: usize = 20;

/// The number of characters to which a line that is drawn again is cut, so that it fits into one line of a terminal.
const WIDTH: usize = 79;

/// A progress bar for each epoch, in Keras' manner, on standard error; without a terminal a line for each epoch.
/// [Keras](https://keras.io/api/models/model_training_apis/)
///
/// ```text
/// Epoch 2/30
/// 45/45 ━━━━━━━━━━━━━━━━━━━━ 0.1s - loss: 0.3346 - accuracy: 0.9033 - val_loss: 0.2735 - val_accuracy: 0.9236
/// ```
///
/// While an epoch runs, the line is cut to 79 characters. Nothing is shown unless this callback is given to `fit`.
#[derive(Debug, Default)]
pub struct ProgbarLogger {
    bar: Option<Bar>,
}

/// The bar of an epoch.
#[derive(Debug)]
struct Bar {
    started: Instant,
    /// When it was drawn last, and the number of characters that are on the terminal.
    drawn: Option<Instant>,
    shown: usize,
}

impl Bar {
    /// Draws the line over the one that was drawn before.
    fn draw(&mut self, terminal: &mut impl Write, line: &str) {
        let line: String = line.chars().take(WIDTH).collect();
        let count = line.chars().count();
        let rest = self.shown.saturating_sub(count);
        write(terminal, format_args!("\r{line}{:rest$}", ""));
        (self.drawn, self.shown) = (Some(Instant::now()), count);
    }

    /// Removes the line from the terminal.
    fn clear(&mut self, terminal: &mut impl Write) {
        if self.shown > 0 {
            write(terminal, format_args!("\r{:width$}\r", "", width = self.shown));
            self.shown = 0;
        }
    }
}

/// Writes to standard error; where there is none, nobody is looking.
fn write(terminal: &mut impl Write, text: fmt::Arguments<'_>) {
    let _ = terminal.write_fmt(text).and_then(|()| terminal.flush());
}

fn line(done: usize, batches: usize, seconds: f64, logs: &dyn fmt::Display) -> String {
    let full = BLOCKS * done / batches.max(1);
    format!("{done}/{batches} {}{} {seconds:.1}s - {logs}", "━".repeat(full), "─".repeat(BLOCKS - full))
}

impl<T: Scalar> Callback<T> for ProgbarLogger {
    crate::model::compiled_callback!(ProgbarLogger);

    fn on_epoch_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        write(&mut stderr(), format_args!("Epoch {}/{}\n", run.epoch() + 1, run.epochs()));
        self.bar = Some(Bar { started: Instant::now(), drawn: None, shown: 0 });
        Ok(())
    }

    fn on_batch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        let Some(bar) = &mut self.bar else { return Ok(()) };
        if bar.drawn.is_none_or(|drawn| drawn.elapsed() >= REDRAW) && stderr().is_terminal() {
            bar.draw(&mut stderr(), &line(run.batch() + 1, run.batches(), bar.started.elapsed().as_secs_f64(), run.logs()));
        }
        Ok(())
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        let Some(mut bar) = self.bar.take() else { return Ok(()) };
        bar.clear(&mut stderr());
        let line = line(run.batch() + 1, run.batches(), bar.started.elapsed().as_secs_f64(), run.logs());
        write(&mut stderr(), format_args!("{line}\n"));
        Ok(())
    }

    fn on_train_end(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        // the line of an epoch that was not finished stays
        if self.bar.take().is_some_and(|bar| bar.shown > 0) {
            write(&mut stderr(), format_args!("\n"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shorter_line_leaves_nothing_of_a_longer_one() {
        let mut bar = Bar { started: Instant::now(), drawn: None, shown: 0 };
        let mut terminal = Vec::new();
        bar.draw(&mut terminal, "1/2 loss: 10.5");
        bar.draw(&mut terminal, "2/2 loss: 9");
        bar.clear(&mut terminal);
        let text = String::from_utf8(terminal).expect("text");
        assert_eq!(text, "\r1/2 loss: 10.5\r2/2 loss: 9   \r           \r");
        bar.draw(&mut Vec::new(), &"━".repeat(200));
        assert_eq!(bar.shown, WIDTH);
    }

    #[test]
    fn the_bar_grows_with_the_batches() {
        let text = |done| line(done, 40, 1.25, &"loss: 0.5");
        assert_eq!(text(1), format!("1/40 {} 1.2s - loss: 0.5", "─".repeat(20)));
        assert_eq!(text(10), format!("10/40 {}{} 1.2s - loss: 0.5", "━".repeat(5), "─".repeat(15)));
        assert_eq!(text(40), format!("40/40 {} 1.2s - loss: 0.5", "━".repeat(20)));
    }
}
