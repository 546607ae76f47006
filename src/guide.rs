//! How to train a model, how the crate works inside, and how to write your own parts. This module is documentation only.
//!
//! The page [`tables`] shows how to get from a table to answers with defaults, the page [`training`] how to build a model by hand
//! that you can rely on, the page [`tuning`] when a search
//! for better settings pays, and the page [`machines`] how Keras trains a model further on several machines. The rest of this
//! page is for those who read or extend the crate.
//!
//! # Five ideas
//!
//! * **Descriptions are immutable.** A [`Dense`](crate::layers::Dense), a [`Relu`](struct@crate::activations::Relu) or an
//!   [`Adam`](crate::optimizers::Adam) says what to do. It holds no weights, gradients or moments.
//! * **All numbers are in a few flat vectors.** The model owns the parameters and the state of its layers. The training owns the
//!   gradients, the memory of the optimizer and what the layers keep for the backward pass. A part borrows slices of these
//!   vectors for the length of one call.
//! * **Inside the crate each sample is a contiguous column.** Collecting a sample is then one copy, adding a bias one vector
//!   addition, and a short last batch a prefix of the memory. The public methods take samples as rows, as Keras does.
//! * **Errors are found first.** `compile`, `build`, `fit`, `evaluate` and `predict` check everything when they start, and each
//!   error says what to do. In the training loop parts cannot fail and return nothing.
//! * **Each name is written once.** [`Describe::arguments`](crate::saving::Describe) names the arguments of a part. The list in
//!   the module of a kind names its parts, and the [`Registry`](crate::saving::Registry) takes them from there.
//!
//! # One step of training
//!
//! | step | code |
//! |---|---|
//! | copy the next samples of a seeded permutation | the training loop |
//! | run the layers forward, each followed by its activation | [`Layer::forward`](crate::layers::Layer::forward) |
//! | compute the loss of each sample and its gradient | [`Loss::score`](crate::losses::Loss::score) |
//! | update the metrics | [`Metric::update`](crate::metrics::Metric::update) |
//! | run the activations and layers backward | [`Layer::backward`](crate::layers::Layer::backward) |
//! | add the gradients of the regularizers | [`Regularizer::add_gradient`](crate::regularizers::Regularizer::add_gradient) |
//! | update each weight, then apply its constraint | [`Optimizer::update`](crate::optimizers::Optimizer::update) |
//! | call the callbacks | [`Callback`](crate::callbacks::Callback) |
//!
//! A step allocates no memory. Where a cross-entropy follows its usual activation, the loss is computed from the
//! pre-activations instead of the probabilities. It then stays exact where the probabilities would round to 0 or 1. Keras does
//! the same on TensorFlow.
//!
//! # Randomness
//!
//! `Sequential::with_seed` starts three independent streams of random numbers, for weights, for shuffling and for dropout. The
//! same seed gives the same bits on one machine, whatever the number of threads: threads divide the outputs or the samples
//! among themselves, and never split a sum. On another machine the last bits may differ, because only some machines have
//! fused multiply-add.
//!
//! # A layer
//!
//! A layer declares what it needs in a [`Plan`](crate::layers::Plan), and borrows it in each later call. `plan` takes one shape
//! for each input of the layer. The other methods take one value that holds everything they may read and write:
//! [`Infer`](crate::layers::Infer), [`Forward`](crate::layers::Forward) and [`Backward`](crate::layers::Backward). This layer
//! multiplies each input by a weight of its own:
//!
//! ```
//! use layercake::layers::{Backward, Infer, Param, Plan, WeightOptions};
//! use layercake::prelude::*;
//! use layercake::saving::Describe;
//! use layercake::{Shape, check};
//!
//! /// `y = s x`, with a factor `s` for each input that starts at 1.
//! #[derive(Debug, Clone)]
//! struct Scale;
//!
//! impl Describe for Scale {}
//!
//! impl<T: Scalar> Layer<T> for Scale {
//!     fn plan(&self, inputs: &[Shape]) -> layercake::Result<Plan<T>> {
//!         let scale = Param::new("scale", [inputs[0].width()], &WeightOptions::new(Ones))?;
//!         Ok(Plan::new(inputs[0].clone()).param(scale))
//!     }
//!
//!     fn infer(&self, mut pass: Infer<'_, T>) {
//!         for (x, y) in pass.inputs[0].samples().zip(pass.output.samples()) {
//!             y.iter_mut().zip(x).zip(pass.params).for_each(|((y, &x), &s)| *y = s * x);
//!         }
//!     }
//!
//!     fn backward(&self, pass: &mut Backward<'_, T>) {
//!         let (x, dy) = (pass.inputs[0], pass.output_gradient);
//!         let (scale, gradient) = pass.weights.split();
//!         // ds = the sum of dy x over the samples
//!         gradient.fill(T::zero());
//!         for (x, dy) in x.samples().zip(dy.samples()) {
//!             gradient.iter_mut().zip(x).zip(dy).for_each(|((ds, &x), &dy)| *ds += dy * x);
//!         }
//!         // dx = s dy
//!         pass.input_gradients.write(0, |mut dx| {
//!             for (dx, dy) in dx.samples().zip(dy.samples()) {
//!                 dx.iter_mut().zip(dy).zip(scale).for_each(|((dx, &dy), &s)| *dx = s * dy);
//!             }
//!         });
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
//! A layer that merges several inputs calls [`Plan::merges`](crate::layers::Plan::merges). It may hold the stacks of layers that
//! compute its inputs, and returns them from [`Layer::expand`](crate::layers::Layer::expand). The model then runs these layers
//! itself, so that the merging layer only combines their outputs. [`Add`](crate::layers::Add) and
//! [`Concatenate`](crate::layers::Concatenate) are examples.
//!
//! # An activation, a loss, a metric
//!
//! The example `custom_parts` has one of each.
//!
//! * An activation is two formulas: the function and its derivative.
//! * A loss is usually one call of [`pointwise`](crate::losses::pointwise) with its value and its derivative. Sample weights and
//!   all reductions then work without further code.
//! * A metric is usually one call of [`add_mean`](crate::metrics::add_mean), or a closure that is given to
//!   [`metric_fn`](crate::metrics::metric_fn).
//!
//! # An optimizer
//!
//! An optimizer is a rule that updates one weight. It may ask for slots, which store further numbers for each value of the
//! weight; [`Optimizer`](crate::optimizers::Optimizer) has an example. Its [`Settings`](crate::optimizers::Settings) add weight
//! decay, clipping, averaged weights and accumulated gradients. A learning rate schedule is a function of the step; see
//! [`Schedule`](crate::optimizers::Schedule).
//!
//! # An initializer, a regularizer, a constraint
//!
//! Each of these is a trait with one or two functions of a weight:
//!
//! ```
//! use layercake::prelude::*;
//! use layercake::saving::Describe;
//! use layercake::{Rng, check};
//!
//! /// Fills a weight with 1 and -1 at random.
//! #[derive(Debug, Clone)]
//! struct Signs;
//! impl Describe for Signs {}
//! impl Initializer for Signs {
//!     fn fill(&self, _shape: &[usize], rng: &mut Rng, values: &mut [f64]) {
//!         values.fill_with(|| if rng.uniform() < 0.5 { -1.0 } else { 1.0 });
//!     }
//! }
//!
//! /// Adds the penalty `sum(w^4)` to the loss.
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
//! /// Clamps each value to the range from -1 to 1.
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
//! A closure is enough for a callback with one hook; see [`on_epoch_end`](crate::callbacks::on_epoch_end). A callback with
//! several hooks or with memory implements [`Callback`](crate::callbacks::Callback). It may
//! [log](crate::callbacks::Run::log) numbers of its own, set the learning rate, stop the training, and
//! [look at the gradients](crate::callbacks::Run::probe) of a batch. This one sets the learning rate:
//!
//! ```
//! use layercake::prelude::*;
//!
//! /// Halves the learning rate after every `every` epochs.
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
//! # Finding your own part by name
//!
//! A [`Registry`](crate::saving::Registry) finds parts by name. It has all parts of the crate, and you may register your own:
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
//! #     fn backprop(&self, z: Batch<'_, T>, mut gradient: BatchMut<'_, T>) {
//! #         gradient.values().iter_mut().zip(z.values()).for_each(|(d, z)| *d *= T::of(3.0) * z.powi(2));
//! #     }
//! #     fn sees(&self) -> layercake::activations::Sees { layercake::activations::Sees::Input }
//! # }
//! let mut registry = Registry::<f64>::default();
//! registry.activations.register(Cube, &["third_power"]);
//! let cube = registry.part::<dyn Activation<f64>>(&Spec::named("third_power"))?;
//! assert_eq!(cube.name(), "Cube");
//! # Ok::<(), layercake::Error>(())
//! ```

pub mod machines;
pub mod tables;
pub mod training;
pub mod tuning;
