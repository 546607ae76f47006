//! Optimizers: how weights follow their gradients.
//!
//! | here | in Keras | `w` after a step, `g` its gradient, `r` the learning rate |
//! |---|---|---|
//! | [`Sgd`] | `"sgd"` | `w - r g`; with momentum `w + v`, `v = m v - r g` |
//! | [`Adam`] | `"adam"` | `w - a m / (sqrt(v) + eps)`, `a = r sqrt(1 - b2^t) / (1 - b1^t)` |

mod adam;
mod settings;
mod sgd;
mod state;

pub use adam::Adam;
pub use settings::Settings;
pub use sgd::Sgd;

pub(crate) use state::OptimizerState;

use crate::saving::Part;
use crate::{Scalar, kernels};

/// A rule that moves the values of one weight along its gradient.
///
/// It keeps nothing itself: what it remembers of each value is in `slots`, as many vectors of the weight's size as it
/// asks for, which start at 0. The learning rate and what else all optimizers share is in [`Settings`] and dealt with
/// around the rule.
///
/// An optimizer of one's own, plain gradient descent by the sign:
///
/// ```
/// use layercake::optimizers::{Optimizer, Settings, Step};
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
///     fn update(&self, step: Step<'_, T>) {
///         let rate = step.learning_rate;
///         step.each(|w, g, []| (w - rate * g.signum(), []));
///     }
/// }
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile(SignSgd { settings: Settings::new(0.1) }, "mse", ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
pub trait Optimizer<T: Scalar>: Part {
    /// What every optimizer has: the learning rate.
    fn settings(&self) -> &Settings;

    /// How many values are remembered for each value of a weight.
    fn slots(&self) -> usize {
        0
    }

    /// Moves one weight by one step.
    fn update(&self, step: Step<'_, T>);
}

/// One weight, its gradient and what is remembered of it, for one step of an [`Optimizer`].
#[derive(Debug)]
pub struct Step<'a, T> {
    /// The number of the step, counted from 1.
    pub number: u64,
    /// The learning rate of this step.
    pub learning_rate: T,
    /// The values to move.
    pub weight: &'a mut [T],
    /// The shape of the weight, as in Keras.
    pub shape: &'a [usize],
    /// The gradient of the loss with respect to the values.
    pub gradient: &'a [T],
    /// The slots, one after the other, each as long as the weight.
    pub slots: &'a mut [T],
}

impl<T: Scalar> Step<'_, T> {
    /// Moves each value by itself: `rule(w, g, slots)` gives the new value and the new slots.
    ///
    /// `N` is the number of slots of the optimizer; with another number nothing moves.
    pub fn each<const N: usize>(self, rule: impl Fn(T, T, [T; N]) -> (T, [T; N])) {
        kernels::step(self.weight, self.gradient, self.slots, rule);
    }
}
