//! Layers: what a model is stacked from.
//!
//! [`Dense`] is the one that most models are made of. An activation may be an argument of a layer or a layer of its own:
//! [`Activation`], [`Relu`], [`Softmax`] and others.
//!
//! The random layers draw from the model's own randomness, so that a seeded model draws the same numbers each time; one
//! with a `seed` of its own has a stream of its own, which goes on from batch to batch.
//!
//! [`Normalization`], [`Rescaling`], [`Discretization`] and [`CategoryEncoding`] come before the first layer with weights, for
//! data as they are; they learn nothing in training.
//!
//! Some layers hold others, [`Residual`], [`Add`] and [`Concatenate`] for instance. In Keras they take the outputs of several
//! layers of a functional model; here each holds [`Stack`]s of layers, which all see the same input.
//!
//! They nest to any depth, and are named, frozen, counted, regularized and trained like any layer.

mod arguments;
mod entry;
mod plan;

pub use entry::{Addition, Input, IntoEntry, IntoLayer, LayerEntry, LayerOptions};
pub(crate) use plan::Numbers;
pub use plan::{Param, Plan};

use crate::base::{Batch, BatchMut, Result, Rng, Shape};
use crate::kernels::Scalar;
use crate::part::{Part, folders, kind};
use std::sync::Arc;

kind!(Layer<T>, "layer");

folders! { Layer<T>; core, merging, normalization, preprocessing, regularization, wrappers }

/// A step from one shape of sample to another, forward and backward.
///
/// A layer describes; it holds no weights. What it needs it declares once in a [`Plan`] - weights, an activation
/// behind it, memory between forward and backward - and the network allocates, initialises, regularises,
/// constrains, freezes, names and counts them. During training it is lent slices for the length of one call.
///
/// What can be wrong is found in [`plan`](Layer::plan); the other methods cannot fail. They are called with slices of
/// the sizes that the plan says; called by hand with others, they may panic.
pub trait Layer<T: Scalar>: Part {
    /// Says what the layer makes of samples of this shape, and what it needs for that.
    ///
    /// # Errors
    ///
    /// A shape that it cannot take, as [`crate::Error::LayerInput`]; the name is filled in by the network.
    fn plan(&self, input: &Shape) -> Result<Plan<T>>;

    /// The stacks of layers that lie within this one, if it holds any.
    ///
    /// The model runs them, all on the same input, and joins what they give, in each sample one behind the other; that
    /// is what the layer then plans for and computes on. Their weights belong to the layer, but it is not lent them.
    fn branches(&self) -> Option<Branches<'_, T>> {
        None
    }

    /// Computes the outputs `y` of the inputs `x`, as for prediction.
    fn infer(&self, weights: Weights<'_, T>, x: Batch<'_, T>, y: BatchMut<'_, T>);

    /// Changes the weights themselves before a batch of training; few layers do.
    fn prepare(&self, _params: &mut [T], _tape: &mut Tape<'_, T>) {}

    /// Computes the outputs on the way to a gradient; differs from [`infer`](Layer::infer) where a layer is random or keeps notes.
    fn forward(&self, params: &[T], x: Batch<'_, T>, y: BatchMut<'_, T>, tape: Tape<'_, T>) {
        self.infer(Weights { params, state: tape.state }, x, y);
    }

    /// Turns the slope of the outputs into the gradient of the weights and the slope of the inputs.
    fn backward(&self, pass: Backward<'_, T>);

    /// Makes the shared `dyn` of a part; a part of this crate does so in code that is compiled in this crate.
    #[doc(hidden)]
    fn into_shared(self) -> Arc<dyn Layer<T>>
    where
        Self: Sized,
    {
        Arc::new(self)
    }
}

/// The values a layer declared, each kind in one slice in the order of its declaration.
#[derive(Debug, Clone, Copy)]
pub struct Weights<'a, T> {
    /// What training moves: [`Plan::param`].
    pub params: &'a [T],
    /// What the layer keeps for itself: [`Plan::state`].
    pub state: &'a [T],
}

/// What a layer may use while it runs forward in training.
#[derive(Debug)]
pub struct Tape<'a, T> {
    /// Whether this is a step of training: without it, a gradient of the outputs as they are for prediction is wanted.
    pub training: bool,
    /// Whether the layer is trained; one that is frozen leaves its state alone and runs as for prediction.
    pub trainable: bool,
    /// What the layer keeps for itself from batch to batch: [`Plan::state`].
    pub state: &'a mut [T],
    /// The memory that the plan asked for, to be found again in [`Backward::scratch`].
    pub scratch: &'a mut [T],
    /// The memory for the whole batch that the plan asked for, to be found again in [`Backward::batch_scratch`].
    pub batch_scratch: &'a mut [T],
    /// The source of randomness.
    pub rng: &'a mut Rng,
}

/// One layer's part of backpropagation: from `dy` to `gradient` and `dx`.
#[derive(Debug)]
pub struct Backward<'a, T> {
    /// Whether this is a step of training, as in [`Tape::training`].
    pub training: bool,
    /// Whether the layer is trained, as in [`Tape::trainable`].
    pub trainable: bool,
    /// What training moves: [`Plan::param`].
    pub params: &'a [T],
    /// What the layer was given.
    pub x: Batch<'a, T>,
    /// What it wrote to [`Tape::scratch`].
    pub scratch: &'a [T],
    /// What it wrote to [`Tape::batch_scratch`]; free to be written to again.
    pub batch_scratch: &'a mut [T],
    /// The slope of the loss with respect to the outputs.
    pub dy: Batch<'a, T>,
    /// To be written (not added to): the gradient of the loss with respect to the parameters.
    pub gradient: &'a mut [T],
    /// To be written: the slope with respect to the inputs; `None` where nobody needs it.
    pub dx: Option<BatchMut<'a, T>>,
}

/// The outputs of a layer that leaves the values as they are.
fn pass_on<T: Scalar>(x: Batch<'_, T>, mut y: BatchMut<'_, T>) {
    y.values().copy_from_slice(x.values());
}

/// The way back of [`pass_on`].
fn pass_back<T: Scalar>(pass: Backward<'_, T>) {
    if let Some(mut dx) = pass.dx {
        dx.values().copy_from_slice(pass.dy.values());
    }
}

/// The builder method of the argument `seed` of a random layer.
macro_rules! seed_argument {
    () => {
        /// Draws from a stream of its own, always the same for this seed (default: from the model's).
        pub fn seed(mut self, seed: u64) -> Self {
            self.seed = Some(seed);
            self
        }
    };
}
use seed_argument;
