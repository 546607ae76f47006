//! How to train a model, how the crate is built, and how to write parts of one's own. Documentation only.
//!
//! The page [`training`] goes from a table to a model one may rely on. The rest of this page is for those who look inside or
//! add to it.
//!
//! # Five ideas
//!
//! * **Descriptions are immutable; numbers live in one place.** A [`Dense`](crate::layers::Dense), a
//!   [`Relu`](struct@crate::activations::Relu), an [`Adam`](crate::optimizers::Adam) say what to do; they hold no weights,
//!   gradients or moments.
//! * **All numbers are a few flat vectors**, owned by the model (parameters and state) and by training (gradient,
//!   optimizer slots, what layers keep for the way back). Parts are lent slices for the length of one call.
//! * **A batch has one sample in each column inside**, contiguous: collecting a sample is one copy, a bias one vector
//!   add, a softmax one slice, a short last batch a prefix. At the doors samples are rows, as in Keras.
//! * **What can fail fails at the door** (`compile`, `build`, `fit`, `evaluate`, `predict`), with an error that names
//!   the way out. Inside the loop parts cannot fail and return nothing.
//! * **Each name is written once**: the arguments of a part in [`Describe::arguments`](crate::saving::Describe), the
//!   parts of a kind in the list of its module, from which the [`Registry`](crate::saving::Registry) has them.
//!
//! # One step of training
//!
//! | step | where |
//! |---|---|
//! | take the next samples of a seeded permutation, one copy each | the loop |
//! | forward through the layers, each followed by the activation it declared | [`Layer::forward`](crate::layers::Layer::forward) |
//! | loss of each sample with its slope; metrics | [`Loss::score`](crate::losses::Loss::score), [`Metric::update`](crate::metrics::Metric::update) |
//! | backward through activations and layers | [`Layer::backward`](crate::layers::Layer::backward) |
//! | gradients of regularizers | [`Regularizer::add_gradient`](crate::regularizers::Regularizer::add_gradient) |
//! | one update of each weight, then its constraint | [`Optimizer::update`](crate::optimizers::Optimizer::update) |
//! | callbacks | [`Callback`](crate::callbacks::Callback) |
//!
//! A step allocates nothing. Where a cross-entropy follows the activation that belongs to it, the loss takes the sums
//! instead of the probabilities, as Keras does on TensorFlow, and stays exact where they would round to 0 or 1.
//!
//! # Randomness
//!
//! `Sequential::with_seed` gives three streams of one generator, for weights, for shuffling and for dropout, so that none
//! disturbs another. The same seed gives the same bits on one machine, whatever the number of threads: threads divide the
//! outputs or the samples, never a sum. Between machines the last bits may differ, since only some have fused multiply-add.
//!
//! # A layer
//!
//! A layer declares what it needs in a [`Plan`](crate::layers::Plan) and is lent it afterwards. This one multiplies each input by a weight
//! of its own:
//!
//! ```
//! use layercake::layers::{Backward, Param, Plan, Weights};
//! use layercake::prelude::*;
//! use layercake::saving::{Describe, IntoPart};
//! use layercake::{Batch, BatchMut, Shape, check};
//!
//! /// `y = s x`, a factor for each input, 1 at first.
//! #[derive(Debug, Clone)]
//! struct Scale;
//!
//! impl Describe for Scale {}
//!
//! impl<T: Scalar> Layer<T> for Scale {
//!     fn plan(&self, input: &Shape) -> layercake::Result<Plan<T>> {
//!         Ok(Plan::new(input.clone()).param(Param::new("scale", [input.width()], &Ones.into_part())?))
//!     }
//!
//!     fn infer(&self, weights: Weights<'_, T>, x: Batch<'_, T>, mut y: BatchMut<'_, T>) {
//!         for (x, y) in x.samples().zip(y.samples()) {
//!             y.iter_mut().zip(x).zip(weights.params).for_each(|((y, &x), &s)| *y = s * x);
//!         }
//!     }
//!
//!     fn backward(&self, pass: Backward<'_, T>) {
//!         // ds = the sum of dy x over the samples
//!         pass.gradient.fill(T::zero());
//!         for (x, dy) in pass.x.samples().zip(pass.dy.samples()) {
//!             pass.gradient.iter_mut().zip(x).zip(dy).for_each(|((ds, &x), &dy)| *ds += dy * x);
//!         }
//!         // dx = s dy
//!         if let Some(mut dx) = pass.dx {
//!             for (dx, dy) in dx.samples().zip(pass.dy.samples()) {
//!                 dx.iter_mut().zip(dy).zip(pass.params).for_each(|((dx, &dy), &s)| *dx = s * dy);
//!             }
//!         }
//!     }
//! }
//!
//! assert!(check::layer(Scale, &dmatrix![0.5, -1.0; 2.0, 0.3])? < 1e-6);
//!
//! let mut model = Sequential::new();
//! model.add(Scale);
//! model.add(Dense::new(1));
//! model.compile("adam", "mse", ())?;
//! model.fit(&dmatrix![1.0, 2.0; 3.0, 4.0], &dmatrix![1.0; 2.0], FitOptions::new().epochs(2))?;
//! # Ok::<(), layercake::Error>(())
//! ```
//!
//! A layer that holds others hands out stacks of them in [`Layer::branches`](crate::layers::Layer::branches), and plans and
//! computes on what they give, joined. The model runs them, so that a layer knows nothing of those within it; see
//! [`Add`](crate::layers::Add) or [`Concatenate`](crate::layers::Concatenate).
//!
//! # An activation, a loss, a metric
//!
//! The example `custom_parts` has one of each. An activation is two formulas; a loss is usually one call of
//! [`pointwise`](crate::losses::pointwise) with value and derivative, and has weights of samples and every reduction
//! from there; a metric is usually one call of [`add_mean`](crate::metrics::add_mean), or a closure given to
//! [`metric_fn`](crate::metrics::metric_fn).
//!
//! # An optimizer
//!
//! A rule for one weight, with as many slots of memory for each of its values as it asks for; see the example of
//! [`Optimizer`](crate::optimizers::Optimizer). Weight decay, clipping, averaged weights and gathered gradients come with its
//! [`Settings`](crate::optimizers::Settings). A learning rate of one's own is a function of the step, see
//! [`Schedule`](crate::optimizers::Schedule).
//!
//! # An initializer, a regularizer, a constraint
//!
//! ```
//! use layercake::prelude::*;
//! use layercake::saving::Describe;
//! use layercake::{Rng, check};
//!
//! /// Weights of 1 or -1.
//! #[derive(Debug, Clone)]
//! struct Signs;
//! impl Describe for Signs {}
//! impl Initializer for Signs {
//!     fn fill(&self, _shape: &[usize], rng: &mut Rng, values: &mut [f64]) {
//!         values.fill_with(|| if rng.uniform() < 0.5 { -1.0 } else { 1.0 });
//!     }
//! }
//!
//! /// `sum(w^4)`
//! #[derive(Debug, Clone)]
//! struct Quartic;
//! impl Describe for Quartic {}
//! impl<T: Scalar> Regularizer<T> for Quartic {
//!     fn penalty(&self, weight: &[T], _shape: &[usize]) -> T {
//!         weight.iter().map(|w| w.powi(4)).sum()
//!     }
//!     fn add_gradient(&self, weight: &[T], _shape: &[usize], gradient: &mut [T]) {
//!         gradient.iter_mut().zip(weight).for_each(|(g, w)| *g += T::of(4.0) * w.powi(3));
//!     }
//! }
//! assert!(check::regularizer(&Quartic, &dmatrix![0.5, -1.0])? < 1e-6);
//!
//! /// No weight beyond 1.
//! #[derive(Debug, Clone)]
//! struct Clip;
//! impl Describe for Clip {}
//! impl<T: Scalar> Constraint<T> for Clip {
//!     fn project(&self, weight: &mut [T], _shape: &[usize]) {
//!         weight.iter_mut().for_each(|w| *w = w.clamp(-T::one(), T::one()));
//!     }
//! }
//!
//! let mut model = Sequential::new();
//! model.add(Dense::new(1).kernel_initializer(Signs).kernel_regularizer(Quartic).kernel_constraint(Clip));
//! model.compile("sgd", "mse", ())?;
//! model.fit(&dmatrix![1.0; 2.0], &dmatrix![1.0; 2.0], FitOptions::new())?;
//! assert!(model.get_weights()[0].amax() <= 1.0);
//! # Ok::<(), layercake::Error>(())
//! ```
//!
//! # A callback
//!
//! For one moment a closure: [`on_epoch_end`](crate::callbacks::on_epoch_end). For more, [`Callback`](crate::callbacks::Callback) with the
//! moments it needs. It may [log](crate::callbacks::Run::log) numbers of its own, set the learning rate, and stop the training:
//!
//! ```
//! use layercake::prelude::*;
//!
//! /// Halves the learning rate every so many epochs.
//! struct Halve {
//!     every: usize,
//! }
//!
//! impl<T: Scalar> Callback<T> for Halve {
//!     fn on_epoch_begin(&mut self, run: &mut Run<'_, T>) -> layercake::Result<()> {
//!         if run.epoch() > 0 && run.epoch() % self.every == 0 {
//!             run.set_learning_rate(run.learning_rate() / 2.0)?;
//!         }
//!         Ok(())
//!     }
//! }
//!
//! let mut model = Sequential::new();
//! model.add(Dense::new(1));
//! model.compile(Sgd::default().learning_rate(0.1), "mse", ())?;
//! model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new().epochs(6).callback(Halve { every: 2 }))?;
//! assert_eq!(model.learning_rate(), Some(0.025));
//! # Ok::<(), layercake::Error>(())
//! ```
//!
//! # Finding a part of one's own by name
//!
//! ```
//! use layercake::prelude::*;
//! use layercake::saving::{Describe, Registry, Spec};
//! # use layercake::{Batch, BatchMut};
//! # #[derive(Debug, Clone)]
//! # struct Cube;
//! # impl Describe for Cube {}
//! # impl<T: Scalar> Activation<T> for Cube {
//! #     fn apply(&self, mut z: BatchMut<'_, T>) { z.values().iter_mut().for_each(|z| *z = z.powi(3)); }
//! #     fn backprop(&self, seen: Batch<'_, T>, mut slope: BatchMut<'_, T>) {
//! #         slope.values().iter_mut().zip(seen.values()).for_each(|(d, z)| *d *= T::of(3.0) * z.powi(2));
//! #     }
//! #     fn sees(&self) -> layercake::activations::Sees { layercake::activations::Sees::Input }
//! # }
//! let mut registry = Registry::<f64>::default();
//! registry.activations.register(Cube, &["third_power"]);
//! let cube = registry.part::<dyn Activation<f64>>(&Spec::named("third_power"))?;
//! assert_eq!(cube.name(), "Cube");
//! # Ok::<(), layercake::Error>(())
//! ```

pub mod training;
