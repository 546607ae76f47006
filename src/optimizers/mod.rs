//! Optimizers: rules that update the weights from their gradients.
//!
//! An optimizer can be given by its name in lower case, such as `"adam"` or `"rmsprop"`. In the formulas `w` is a weight, `g`
//! its gradient and `r` the learning rate.
//!
//! All optimizers have the [`Settings`]: weight decay, clipping, averaged weights and accumulated gradients. The learning rate
//! is a number or a [`Schedule`], for instance a [`CosineDecay`].
//!
//! A [`Minimizer`] applies an optimizer to arbitrary values, without a model.

mod averages;
mod clipping;
mod fused;
mod memory;
mod minimizer;
mod moments;
pub(crate) mod schedules;
mod settings;
mod snapshot;
mod state;
mod step;
mod variable;

pub use crate::kernels::Slots;
pub use memory::SavedVariable;
pub use minimizer::Minimizer;
pub use schedules::*;
pub use settings::{Constant, IntoLearningRate, Settings};
pub use step::Step;
pub use variable::{Slot, Variable};

#[cfg(feature = "keras")]
pub(crate) use memory::{Item, Lent, LentMut, Memory};

pub(crate) use fused::FusedUpdate;
pub(crate) use snapshot::{Moment, OptimizerSnapshot};
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

/// A rule that updates weights from their gradients.
///
/// The rule itself has no memory: the values it needs from step to step are in [`slots`](Optimizer::slots), each with one value
/// per value of a weight. The [`Settings`], such as the learning rate and clipping, are applied by the crate around the rule.
///
/// This custom optimizer descends by the sign of a running mean of the gradient:
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
    /// The settings that all optimizers share, such as the learning rate and clipping.
    fn settings(&self) -> &Settings;

    /// The vectors of the rule that have one value per value of a weight (default: none).
    fn slots(&self) -> Vec<Slot> {
        Vec::new()
    }

    /// The initial values of the numbers that the rule stores once for all weights (default: none).
    fn scalars(&self) -> Vec<f64> {
        Vec::new()
    }

    /// True if the rule needs each weight as a whole, for instance its norm; false (default) if it updates each value on its
    /// own.
    fn by_weight(&self) -> bool {
        false
    }

    /// The number of values of working memory that the rule needs for one weight (default: 0).
    fn scratch(&self, _variable: &Variable) -> usize {
        0
    }

    /// The weight decay of a weight (default: that of the settings). Only a rule that works
    /// [by weight](Optimizer::by_weight) can give different weights different decays.
    fn weight_decay(&self, _variable: &Variable) -> Option<f64> {
        self.settings().weight_decay
    }

    /// True if the rule uses the slot with this index for this weight (default: true for all slots and weights).
    fn uses_slot(&self, _slot: usize, _variable: &Variable) -> bool {
        true
    }

    /// Updates the [`scalars`](Optimizer::scalars) for step `number`, counted from 1 (default: does nothing). It is called once
    /// per step, before any weight is updated.
    fn begin(&self, _number: u64, _scalars: &mut [f64]) {}

    /// Updates the values of `step`. These are one weight if the rule works [by weight](Optimizer::by_weight), else any number
    /// of consecutive values.
    fn update(&self, step: Step<'_, T>);

    /// Makes a shared trait object of the part; the parts of this crate do so in code that is compiled in this crate.
    #[doc(hidden)]
    fn into_shared(self) -> Arc<dyn Optimizer<T>>
    where
        Self: Sized,
    {
        Arc::new(self)
    }
}
