//! Optimizers: how weights follow their gradients.
//!
//! Each is named in lower case where a name is taken: `"adam"`, `"rmsprop"`. In the formulas `w` is a weight, `g` its gradient
//! and `r` the learning rate.
//!
//! All have what [`Settings`] lists: weight decay, clipping, averaged weights, accumulated gradients. The learning rate is a
//! number or a [`Schedule`], for instance a [`CosineDecay`].
//!
//! A [`Minimizer`] applies an optimizer to any values, without a model.

mod averages;
mod clipping;
mod fused;
mod memory;
mod minimizer;
mod moments;
pub(crate) mod schedules;
mod settings;
mod state;
mod step;

pub use crate::kernels::Slots;
pub use memory::SavedVariable;
pub use minimizer::Minimizer;
pub use schedules::*;
pub use settings::{Constant, IntoLearningRate, Settings};
pub use step::{Slot, Step, Variable};

#[cfg(feature = "keras")]
pub(crate) use memory::{Item, Lent, LentMut};

pub(crate) use fused::FusedUpdate;
pub(crate) use state::{OptimizerState, TrainedWeight};

use crate::kernels::Scalar;
use crate::part::{Part, kind, parts};
use std::sync::Arc;

kind!(Optimizer<T>, "optimizer");

parts! { Optimizer<T>;
    adadelta: Adadelta;
    adafactor: Adafactor;
    adagrad: Adagrad;
    adam: Adam, AdamW;
    adamax: Adamax;
    ftrl: Ftrl;
    lamb: Lamb;
    lion: Lion;
    muon: Muon;
    nadam: Nadam;
    rms_prop: RmsProp;
    schedule_free_adam_w: ScheduleFreeAdamW;
    sgd: Sgd;
}

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

    /// Makes the shared `dyn` of a part; a part of this crate does so in code that is compiled in this crate.
    #[doc(hidden)]
    fn into_shared(self) -> Arc<dyn Optimizer<T>>
    where
        Self: Sized,
    {
        Arc::new(self)
    }
}
