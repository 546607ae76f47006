use super::settings::settings_arguments;
use super::{Optimizer, Settings, Slot, Step};
use crate::kernels::{self, Scalar};
use crate::part::{Arguments, Describe};
use std::ops::Bound;

/// Adafactor: divides each gradient by the root of its running mean square, and scales the step by the size of the weight.
///
/// For a matrix, the running mean square is approximated from the means of its rows and columns, which saves memory.
/// (Shazeer and Stern, *Adafactor: Adaptive Learning Rates with Sublinear Memory Cost*, 2018;
/// [Keras](https://keras.io/api/optimizers/adafactor/))
///
/// With `b = 1 - t^beta_2_decay` and `q = g^2 + epsilon_1`: `R = b R + (1 - b) mean(q)` along the last axis, `C` along the
/// axis before it, `v = R C / mean(R)`. For a vector, `v = b v + (1 - b) q`. Then `u = g / sqrt(v)` and
/// `w -= max(epsilon_2, rms(w)) min(r, 1 / sqrt(t)) u / max(1, rms(u) / clip_threshold)`.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile(Adafactor::default().learning_rate(0.1), "mse", ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Adafactor {
    settings: Settings,
    beta_2_decay: f64,
    epsilon_1: f64,
    epsilon_2: f64,
    clip_threshold: f64,
    relative_step: bool,
}

impl Adafactor {
    settings_arguments!(settings);

    /// The exponent in `b = 1 - t^beta_2_decay`, where `t` is the number of the step; at most 0 (default -0.8).
    pub fn beta_2_decay(mut self, beta_2_decay: f64) -> Self {
        self.beta_2_decay = beta_2_decay;
        self
    }

    /// A small number that keeps the divisor above 0, at least 0 (default 1e-30).
    pub fn epsilon_1(mut self, epsilon_1: f64) -> Self {
        self.epsilon_1 = epsilon_1;
        self
    }

    /// The lower limit for the size of a weight in the formula, at least 0 (default 0.001).
    pub fn epsilon_2(mut self, epsilon_2: f64) -> Self {
        self.epsilon_2 = epsilon_2;
        self
    }

    /// The root mean square of a step above which the step is scaled down, above 0 (default 1).
    pub fn clip_threshold(mut self, clip_threshold: f64) -> Self {
        self.clip_threshold = clip_threshold;
        self
    }

    /// True to limit a constant learning rate to `1 / sqrt(t)` (default: true). As in Keras, the limit applies with either
    /// value.
    pub fn relative_step(mut self, relative_step: bool) -> Self {
        self.relative_step = relative_step;
        self
    }
}

impl Default for Adafactor {
    /// A learning rate of 0.001.
    fn default() -> Self {
        Self {
            settings: Settings::new(0.001),
            beta_2_decay: -0.8,
            epsilon_1: 1e-30,
            epsilon_2: 1e-3,
            clip_threshold: 1.0,
            relative_step: true,
        }
    }
}

impl Describe for Adafactor {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        self.settings.arguments(arguments);
        arguments.number("beta_2_decay", &mut self.beta_2_decay, f64::MIN..=0.0);
        arguments.number("epsilon_1", &mut self.epsilon_1, 0.0..f64::INFINITY);
        arguments.number("epsilon_2", &mut self.epsilon_2, 0.0..f64::INFINITY);
        let positive = (Bound::Excluded(0.0), Bound::Excluded(f64::INFINITY));
        arguments.number("clip_threshold", &mut self.clip_threshold, positive);
        arguments.flag("relative_step", &mut self.relative_step);
    }
}

impl<T: Scalar> Optimizer<T> for Adafactor {
    crate::part::compiled!(Optimizer<T> for Adafactor);

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::new("row").by_row(), Slot::new("column").by_column(), Slot::new("velocity")]
    }

    fn by_weight(&self) -> bool {
        true
    }

    fn update(&self, step: Step<'_, T>) {
        let t = step.number as f64;
        let [row_means, column_means, v] = step.slots.get();
        let share = t.powf(self.beta_2_decay);
        let mean = Mean { kept: T::of(1.0 - share), share: T::of(share), epsilon: T::of(self.epsilon_1) };
        match *step.variable.shape {
            [.., rows, columns] if rows * columns > 0 => {
                let matrices = step.gradient.chunks_exact(rows * columns).zip(v.chunks_exact_mut(rows * columns));
                let means = row_means.chunks_exact_mut(rows).zip(column_means.chunks_exact_mut(columns));
                matrices.zip(means).for_each(|((g, v), (row, column))| mean.factored(g, row, column, v));
            }
            _ => kernels::zip(v, step.gradient, |v, g| mean.of(v, mean.square(g))),
        }
        let count = T::of(step.weight.len().max(1) as f64);
        // rms(w), rms(u) of u = g / sqrt(v)
        let weight_rms = (kernels::sum([step.weight], |[w]| w * w) / count).sqrt();
        let update_rms = (kernels::sum([step.gradient, v], |[g, v]| g * g / v) / count).sqrt();
        let least = T::of(self.epsilon_2);
        let size = if weight_rms < least { least } else { weight_rms };
        let excess = update_rms / T::of(self.clip_threshold);
        let divisor = if excess < T::one() { T::one() } else { excess };
        let limit = T::of(1.0 / t.sqrt());
        let rate = if step.learning_rate > limit { limit } else { step.learning_rate };
        let factor = size * rate / divisor;
        kernels::step(step.weight, step.gradient, [v], |w, g, [v]| (w - factor * g / v.sqrt(), [v]));
    }
}

/// The running mean of squared gradients.
struct Mean<T> {
    /// The share of the old mean in the new one.
    kept: T,
    /// The share of the new value in the mean.
    share: T,
    epsilon: T,
}

impl<T: Scalar> Mean<T> {
    fn of(&self, old: T, new: T) -> T {
        self.kept * old + self.share * new
    }

    fn square(&self, g: T) -> T {
        g * g + self.epsilon
    }

    /// Updates the running means of the rows and columns of a matrix, and computes `v = R C / mean(R)` from them.
    fn factored(&self, gradient: &[T], rows: &mut [T], columns: &mut [T], v: &mut [T]) {
        let count = T::of(columns.len() as f64);
        for (row, g) in rows.iter_mut().zip(gradient.chunks_exact(columns.len())) {
            *row = self.of(*row, kernels::sum([g], |[g]| self.square(g)) / count);
        }
        // The first row of `v` temporarily holds the sums of the columns.
        let (sums, _) = v.split_at_mut(columns.len());
        sums.fill(T::zero());
        gradient.chunks_exact(sums.len()).for_each(|g| kernels::zip(sums, g, |sum, g| sum + self.square(g)));
        let count = T::of(rows.len() as f64);
        kernels::zip(columns, sums, |column, sum| self.of(column, sum / count));
        let mean = kernels::sum([rows], |[row]| row) / count;
        for (v, row) in v.chunks_exact_mut(columns.len()).zip(rows) {
            let share = *row / mean;
            kernels::zip(v, columns, |_, column| share * column);
        }
    }
}
