use super::{Callback, Run};
use crate::base::{Error, Result, closest};
use crate::kernels::Scalar;
use crate::metrics::Direction;
use crate::saving::check_ending;
use crate::training::Logs;
use std::path::Path;

/// Saves the model, or its weights, after each epoch or every few batches; or only when a series improves.
/// [Keras](https://keras.io/api/callbacks/model_checkpoint/)
///
/// The path may have places for the epoch (counted from 1), the batch and whatever is logged: `{epoch:02d}`,
/// `{val_loss:.2f}`. Each file is written whole or not at all.
///
/// ```
/// use layercake::prelude::*;
///
/// let folder = std::env::temp_dir().join(format!("layercake-checkpoint-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).unwrap();
/// let mut model = Sequential::with_seed(1);
/// model.add(Dense::new(1));
/// model.compile("sgd", "mse", ())?;
/// let best = ModelCheckpoint::new(folder.join("best.keras")).monitor("loss").save_best_only(true);
/// let all = ModelCheckpoint::new(folder.join("{epoch:02d}.weights.h5")).save_weights_only(true);
/// let options = FitOptions::new().epochs(2).callback(best).callback(all);
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], options)?;
/// assert_eq!(Sequential::load(folder.join("best.keras"))?.get_weights(), model.get_weights());
/// assert!(folder.join("02.weights.h5").exists());
/// # let _ = std::fs::remove_dir_all(&folder);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ModelCheckpoint {
    filepath: String,
    monitor: String,
    save_best_only: bool,
    save_weights_only: bool,
    direction: Option<Direction>,
    save_freq: Option<usize>,
    initial_value_threshold: Option<f64>,
    /// Which way is better in the run at hand.
    better: Direction,
    best: Option<f64>,
    /// Batches since the last save.
    batches: usize,
}

impl ModelCheckpoint {
    /// Saves to this path, which ends with `.keras`, or with `.weights.h5` if only weights are saved.
    pub fn new(filepath: impl AsRef<Path>) -> Self {
        Self {
            filepath: filepath.as_ref().to_string_lossy().into_owned(),
            monitor: "val_loss".to_string(),
            save_best_only: false,
            save_weights_only: false,
            direction: None,
            save_freq: None,
            initial_value_threshold: None,
            better: Direction::Down,
            best: None,
            batches: 0,
        }
    }

    /// The series that is to improve (default `"val_loss"`), for `save_best_only`.
    pub fn monitor(mut self, monitor: impl Into<String>) -> Self {
        self.monitor = monitor.into();
        self
    }

    /// Whether to save only when the series is better than ever before (default: false).
    pub fn save_best_only(mut self, save_best_only: bool) -> Self {
        self.save_best_only = save_best_only;
        self
    }

    /// Whether to save the weights alone, as by `save_weights` (default: false, the whole model).
    pub fn save_weights_only(mut self, save_weights_only: bool) -> Self {
        self.save_weights_only = save_weights_only;
        self
    }

    /// Which way is better, where the series does not tell.
    #[doc(alias = "mode")]
    pub fn direction(mut self, direction: Direction) -> Self {
        self.direction = Some(direction);
        self
    }

    /// After how many batches each to save, at least 1 (default: after each epoch).
    pub fn save_freq(mut self, batches: usize) -> Self {
        self.save_freq = Some(batches);
        self
    }

    /// A value that must be beaten for the first file to be written (default: none).
    pub fn initial_value_threshold(mut self, initial_value_threshold: f64) -> Self {
        self.initial_value_threshold = Some(initial_value_threshold);
        self
    }

    /// The best value so far, with `save_best_only`.
    pub fn best(&self) -> Option<f64> {
        self.best
    }

    fn save<T: Scalar>(&mut self, run: &Run<'_, T>) -> Result<()> {
        if self.save_best_only {
            // a series that is not logged at this moment, for want of a validation, tells nothing
            let Some(value) = run.logs().get(&self.monitor) else { return Ok(()) };
            let improves = |best: f64| match self.better {
                Direction::Down => value < best,
                Direction::Up => value > best,
            };
            if value.is_nan() || !self.best.is_none_or(improves) {
                return Ok(());
            }
            self.best = Some(value);
        }
        let path = fill_in(&self.filepath, run.epoch() + 1, run.batch() + 1, run.logs())?;
        if self.save_weights_only { run.model().save_weights(path) } else { run.model().save(path) }
    }
}

impl<T: Scalar> Callback<T> for ModelCheckpoint {
    crate::model::compiled_callback!(ModelCheckpoint);

    fn on_train_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        let part = "ModelCheckpoint";
        if self.save_freq == Some(0) {
            return Err(Error::argument(part, "save_freq", 0, "a whole number >= 1"));
        }
        check_ending(Path::new(&self.filepath), if self.save_weights_only { ".weights.h5" } else { ".keras" })?;
        for placeholder in placeholders(&self.filepath) {
            let name = placeholder?.name;
            if !["epoch", "batch"].contains(&name) {
                run.check_series(part, name)?;
            }
        }
        if self.save_best_only {
            self.better = run.watch(part, &self.monitor, self.direction)?;
        }
        (self.best, self.batches) = (self.initial_value_threshold, 0);
        Ok(())
    }

    fn on_batch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        self.batches += 1;
        if self.save_freq.is_some_and(|freq| self.batches >= freq) {
            self.batches = 0;
            self.save(run)?;
        }
        Ok(())
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        if self.save_freq.is_none() { self.save(run) } else { Ok(()) }
    }

    fn state(&self) -> Vec<f64> {
        [self.batches as f64].into_iter().chain(self.best).collect()
    }

    fn restore(&mut self, state: &[f64]) -> Result<()> {
        self.batches = state.first().map_or(0, |batches| *batches as usize);
        self.best = state.get(1).copied();
        Ok(())
    }
}

/// `{name:02d}` or `{name:.2f}` in a path.
struct Placeholder<'p> {
    /// What stands before it.
    before: &'p str,
    name: &'p str,
    zeros: bool,
    width: usize,
    precision: Option<usize>,
    letter: Option<char>,
}

/// The most digits that a number in a path may have.
const MOST_DIGITS: usize = 99;

/// The places to be filled in, in order, as Python's `str.format` has them.
fn placeholders(path: &str) -> impl Iterator<Item = Result<Placeholder<'_>>> {
    let mut rest = path;
    std::iter::from_fn(move || {
        let (before, after) = rest.split_once('{')?;
        let (inside, after) = after.split_once('}').unwrap_or((after, ""));
        rest = after;
        Some(placeholder(before, inside).ok_or_else(|| {
            let allowed = "places like `{epoch}`, `{epoch:02d}` and `{val_loss:.2f}`";
            Error::argument("ModelCheckpoint", "filepath", format!("{{{inside}}}"), allowed)
        }))
    })
}

fn placeholder<'p>(before: &'p str, inside: &'p str) -> Option<Placeholder<'p>> {
    let (name, format) = inside.split_once(':').unwrap_or((inside, ""));
    let letter = format.chars().last().filter(|last| !last.is_ascii_digit());
    let digits = format.strip_suffix(|last: char| Some(last) == letter).unwrap_or(format);
    let (width, precision) = digits.split_once('.').map_or((digits, None), |(width, precision)| (width, Some(precision)));
    let number = |digits: &str| digits.parse().ok().filter(|number| *number <= MOST_DIGITS);
    let placeholder = Placeholder {
        before,
        name,
        zeros: width.starts_with('0'),
        width: if width.is_empty() { 0 } else { number(width)? },
        precision: precision.map(number).map_or(Some(None), |precision| precision.map(Some))?,
        letter,
    };
    letter.is_none_or(|letter| "dfe".contains(letter)).then_some(placeholder)
}

impl Placeholder<'_> {
    fn show(&self, value: f64) -> String {
        let number = match (self.letter, self.precision) {
            (Some('d'), _) | (None, None) if value.fract() == 0.0 => format!("{value:.0}"),
            (Some('e'), precision) => python_exponent(&format!("{value:.*e}", precision.unwrap_or(6))),
            (Some('f'), precision) => format!("{value:.*}", precision.unwrap_or(6)),
            (_, Some(precision)) => format!("{value:.precision$}"),
            (_, None) => format!("{value}"),
        };
        let width = self.width;
        if self.zeros { format!("{number:0>width$}") } else { format!("{number:>width$}") }
    }
}

/// `1.5e-3` here is `1.5e-03` in Python.
fn python_exponent(number: &str) -> String {
    match number.split_once('e') {
        Some((digits, exponent)) => {
            let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
            format!("{digits}e{sign}{exponent:0>2}")
        }
        None => number.to_string(),
    }
}

/// The path with its places filled in.
fn fill_in(path: &str, epoch: usize, batch: usize, logs: &Logs) -> Result<String> {
    let mut filled = String::new();
    for placeholder in placeholders(path) {
        let placeholder = placeholder?;
        let value = match placeholder.name {
            "epoch" => Some(epoch as f64),
            "batch" => Some(batch as f64),
            name => logs.get(name),
        };
        let Some(value) = value else {
            let known = &mut ["epoch", "batch"].into_iter().chain(logs.iter().map(|(name, _)| name));
            let available = closest(placeholder.name, known);
            let (callback, name) = ("ModelCheckpoint".to_string(), placeholder.name.to_string());
            return Err(Error::UnknownSeries { callback, name, available });
        };
        filled.push_str(placeholder.before);
        filled.push_str(&placeholder.show(value));
    }
    let rest = path.rsplit_once('}').map_or(path, |(_, rest)| rest);
    Ok(filled + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_in_as_python_does() {
        let mut logs = Logs::new(vec!["loss".to_string(), "val_loss".to_string()].into());
        logs.set("loss", 0.001_234);
        logs.set("val_loss", 12.5);
        for (path, filled) in [
            ("plain.keras", "plain.keras"),
            ("{epoch}.keras", "7.keras"),
            ("a{epoch:03d}-{val_loss:.2f}.keras", "a007-12.50.keras"),
            ("{loss:.3e}-{batch:4d}.keras", "1.234e-03-  42.keras"),
            ("{loss}.keras", "0.001234.keras"),
        ] {
            assert_eq!(fill_in(path, 7, 42, &logs).unwrap(), filled);
        }
        assert!(fill_in("{accuracy}.keras", 1, 1, &logs).unwrap_err().to_string().contains("`val_loss`"));
        assert!(fill_in("{epoch:x}.keras", 1, 1, &logs).is_err());
        assert!(fill_in("{epoch:0999d}.keras", 1, 1, &logs).is_err());
    }
}
