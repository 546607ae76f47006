//! Optimizers: how weights follow their gradients.
//!
//! | here | in Keras | `w` after a step, `g` its gradient, `r` the learning rate |
//! |---|---|---|
//! | [`Adadelta`] | `"adadelta"` | `w - r g sqrt(d + eps) / sqrt(v + eps)`, `d` and `v` running means of squares |
//! | [`Adafactor`] | `"adafactor"` | `w - a g / sqrt(v)`, `v` from the sums of its rows and columns |
//! | [`Adagrad`] | `"adagrad"` | `w - r g / sqrt(v + eps)`, `v` the sum of squares |
//! | [`Adam`] | `"adam"` | `w - a m / (sqrt(v) + eps)`, `a = r sqrt(1 - b2^t) / (1 - b1^t)` |
//! | [`AdamW`] | `"adamw"` | as Adam, with a weight decay of 0.004 |
//! | [`Adamax`] | `"adamax"` | `w - r m / ((1 - b1^t) (u + eps))`, `u = max(b2 u, abs(g))` |
//! | [`Ftrl`] | `"ftrl"` | `(clip(z, -l1, l1) - z) / (n^p / r + 2 l2)` |
//! | [`Lamb`] | `"lamb"` | `w - r norm(w) u / norm(u)`, `u` the step of Adam |
//! | [`Lion`] | `"lion"` | `w - r sign(b1 m + (1 - b1) g)` |
//! | [`Muon`] | `"muon"` | `w - r` times the momentum of a matrix made orthogonal |
//! | [`Nadam`] | `"nadam"` | as Adam, with Nesterov's momentum |
//! | [`RmsProp`] | `"rmsprop"` | `w - r g / sqrt(v + eps)`, `v` a running mean of squares |
//! | [`ScheduleFreeAdamW`] | `"schedulefreeadamw"` | a point between a moving one and its mean |
//! | [`Sgd`] | `"sgd"` | `w - r g`; with momentum `w + v`, `v = m v - r g` |
//!
//! All have what [`Settings`] lists: weight decay, clipping, averaged weights, gathered gradients. The learning rate is a
//! number or a [`Schedule`]:
//!
//! | schedule, also Keras' name | rate at step `t`, from 0 |
//! |---|---|
//! | [`CosineDecay`] | half a cosine from the initial rate down to `alpha` of it, after a linear start if wanted |
//! | [`CosineDecayRestarts`] | the same again and again, each time `t_mul` as long and `m_mul` as high |
//! | [`ExponentialDecay`] | `initial * decay_rate^(t / decay_steps)` |
//! | [`InverseTimeDecay`] | `initial / (1 + decay_rate * t / decay_steps)` |
//! | [`PiecewiseConstantDecay`] | one of `values`, by the `boundaries` |
//! | [`PolynomialDecay`] | `(initial - end) * (1 - t / decay_steps)^power + end` |
//!
//! A [`Minimizer`] applies an optimizer to any values, without a model.

mod adadelta;
mod adafactor;
mod adagrad;
mod adam;
mod adamax;
mod averages;
mod clipping;
mod ftrl;
mod fused;
mod lamb;
mod lion;
mod memory;
mod minimizer;
mod moments;
mod muon;
mod nadam;
mod rms_prop;
mod schedule_free_adam_w;
mod schedules;
mod settings;
mod sgd;
mod state;
mod step;

pub use crate::kernels::Slots;
pub use adadelta::Adadelta;
pub use adafactor::Adafactor;
pub use adagrad::Adagrad;
pub use adam::{Adam, AdamW};
pub use adamax::Adamax;
pub use ftrl::Ftrl;
pub use lamb::Lamb;
pub use lion::Lion;
pub use memory::SavedVariable;
#[cfg(feature = "keras")]
pub(crate) use memory::{Item, Lent, LentMut};
pub use minimizer::Minimizer;
pub use muon::Muon;
pub use nadam::Nadam;
pub use rms_prop::RmsProp;
pub use schedule_free_adam_w::ScheduleFreeAdamW;
pub use schedules::{
    CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay, Schedule,
};
pub use settings::{Constant, IntoLearningRate, Settings};
pub use sgd::Sgd;
pub use step::{Slot, Step, Variable};

pub(crate) use fused::FusedUpdate;
pub(crate) use state::{OptimizerState, TrainedWeight};

use crate::kernels::Scalar;
use crate::part::Part;

/// A rule that moves weights along their gradient.
///
/// It keeps nothing itself: what it remembers of each value is in `slots`, as many vectors as it asks for. The learning
/// rate and what else all optimizers share is in [`Settings`] and dealt with around the rule.
///
/// An optimizer of one's own, gradient descent by the sign of a running mean:
///
/// ```
/// use layercake::optimizers::{Optimizer, Settings, Slot, Step};
/// use layercake::saving::{Arguments, Describe};
/// use layercake::prelude::*;
///
/// #[derive(Debug, Clone)]
/// struct SignSgd {
///     settings: Settings,
/// }
///
/// impl Describe for SignSgd {
///     fn arguments(&mut self, arguments: &mut Arguments<'_>) {
///         self.settings.arguments(arguments);
///     }
/// }
///
/// impl<T: Scalar> Optimizer<T> for SignSgd {
///     fn settings(&self) -> &Settings {
///         &self.settings
///     }
///
///     fn slots(&self) -> Vec<Slot> {
///         vec![Slot::new("momentum")]
///     }
///
///     fn update(&self, step: Step<'_, T>) {
///         let (rate, share) = (step.learning_rate, T::of(0.1));
///         step.each(|w, g, [m]| {
///             let m = m + (g - m) * share;
///             (w - rate * m.signum(), [m])
///         });
///     }
/// }
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile(SignSgd { settings: Settings::new(0.1).clipnorm(1.0) }, "mse", ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
pub trait Optimizer<T: Scalar>: Part {
    /// What every optimizer has: the learning rate, and what is done around the rule.
    fn settings(&self) -> &Settings;

    /// What is remembered of each value of a weight (default: nothing).
    fn slots(&self) -> Vec<Slot> {
        Vec::new()
    }

    /// What is remembered once for all weights, as it is before the first step (default: nothing).
    fn scalars(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Whether the rule looks at each weight as a whole, its norm say, and not at each value by itself (default).
    fn by_weight(&self) -> bool {
        false
    }

    /// How many values of working memory the rule wants for one weight (default: none).
    fn scratch(&self, _variable: &Variable) -> usize {
        0
    }

    /// How much of a weight decays in a step, where a rule that goes [by weight](Optimizer::by_weight) tells them apart
    /// (default: that of the settings).
    fn weight_decay(&self, _variable: &Variable) -> Option<f64> {
        self.settings().weight_decay
    }

    /// Whether the rule uses slot number `slot` for this weight (default: it uses all slots for all weights).
    fn uses_slot(&self, _slot: usize, _variable: &Variable) -> bool {
        true
    }

    /// Called once in each step, before any weight moves: brings the [`scalars`](Optimizer::scalars) to step `number`,
    /// counted from 1 (default: nothing).
    fn begin(&self, _number: u64, _scalars: &mut [f64]) {}

    /// Moves values by one step: one weight, or some that lie together where the rule takes each value by itself.
    fn update(&self, step: Step<'_, T>);
}
