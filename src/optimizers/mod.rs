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
use std::ops::Range;

/// A rule that moves weights along their gradient.
///
/// It keeps nothing itself: what it remembers of each value is in `slots`, as many vectors as it asks for, which start
/// at 0. The learning rate and what else all optimizers share is in [`Settings`] and dealt with around the rule.
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

    /// Whether the rule looks at each weight as a whole, its norm say, and not at each value by itself (default).
    fn by_weight(&self) -> bool {
        false
    }

    /// Moves values by one step: one weight, or as many as lie together where the rule takes each value by itself.
    fn update(&self, step: Step<'_, T>);
}

/// Values, their gradient and what is remembered of them, for one step of an [`Optimizer`].
#[derive(Debug)]
pub struct Step<'a, T> {
    /// The number of the step, counted from 1.
    pub number: u64,
    /// The learning rate of this step.
    pub learning_rate: T,
    /// The values to move.
    pub weight: &'a mut [T],
    /// The shape of the weight as in Keras, for a rule that goes [by weight](Optimizer::by_weight).
    pub shape: &'a [usize],
    /// The gradient of the loss with respect to the values.
    pub gradient: &'a [T],
    /// What is remembered of the values.
    pub slots: Slots<'a, T>,
}

/// The memory of an optimizer for some of the parameters.
#[derive(Debug)]
pub struct Slots<'a, T> {
    /// A vector for each slot, one after the other, each with a place for every parameter.
    all: &'a mut [T],
    params: usize,
    place: Range<usize>,
}

impl<'a, T> Slots<'a, T> {
    /// Slots of so many parameters each, one vector after the other, of which a step is to see these places.
    pub fn new(all: &'a mut [T], params: usize, place: Range<usize>) -> Self {
        Self { all, params, place }
    }

    /// The first `N` slots; one that the optimizer did not ask for is empty.
    pub fn get<const N: usize>(self) -> [&'a mut [T]; N] {
        let mut slots = self.all.chunks_exact_mut(self.params.max(1));
        std::array::from_fn(|_| slots.next().and_then(|slot| slot.get_mut(self.place.clone())).unwrap_or_default())
    }
}

impl<T: Scalar> Step<'_, T> {
    /// Moves each value by itself: `rule(w, g, slots)` gives the new value and the new slots.
    ///
    /// `N` is the number of slots of the optimizer; with another number nothing moves.
    pub fn each<const N: usize>(self, rule: impl Fn(T, T, [T; N]) -> (T, [T; N]) + Sync) {
        kernels::step(self.weight, self.gradient, self.slots.get(), rule);
    }
}
