//! Tuning: searches over models for the settings that work best, in KerasTuner's words.
//! [Keras](https://keras.io/keras_tuner/)
//!
//! A function builds a model and asks for the values that are searched. A search runs it many times, judges each trial by
//! validation, and says what was gained over the defaults.
//!
//! | search | what it does |
//! |---|---|
//! | [`RandomSearch`] | settings spread evenly over the space; the one to begin with |
//! | [`GridSearch`] | all combinations, for one or two names |
//! | [`SuccessiveHalving`], [`Hyperband`] | many trials with few epochs, of which the best go on |
//! | [`BayesianOptimization`] | explores, and then tries what is promising |
//! | [`Study`] | any of them, for programs that train themselves or elsewhere |
//!
//! ```
//! use layercake::prelude::*;
//! use layercake::tuner::{HyperParameters, RandomSearch};
//!
//! fn build(hp: &mut HyperParameters) -> layercake::Result<Sequential<f32>> {
//!     let mut model = Sequential::with_seed(hp.seed());
//!     hp.default("learning_rate", 1e-3);
//!     for layer in 0..hp.int("layers", 1..=2) {
//!         model.add(Dense::new(hp.log_int(format!("units_{layer}"), 4..=32)).activation(Relu));
//!     }
//!     model.add(Dense::new(1).activation(Sigmoid));
//!     let rate = hp.log_float("learning_rate", 1e-4..=1e-1);
//!     model.compile(Adam::default().learning_rate(rate), "binary_crossentropy", "accuracy")?;
//!     Ok(model)
//! }
//!
//! let x = DMatrix::from_fn(60, 2, |row, column| ((3 * row + 5 * column) as f32).sin());
//! let y = DMatrix::from_fn(60, 1, |row, _| if x[(row, 0)] > x[(row, 1)] { 1.0 } else { 0.0 });
//! let search = RandomSearch::new(build)
//!     .max_trials(6)
//!     .max_epochs(10)
//!     .folds(3)
//!     .seed(7)
//!     .fit_options(|hp| FitOptions::new().batch_size(hp.choice("batch_size", [8, 16])))
//!     .search(&x, &y)?;
//! println!("{search}");
//! let model = search.best_model(&x, &y)?;
//! let ensemble = search.ensemble(3, &x, &y)?;
//! assert_eq!(ensemble.predict(&x)?.shape(), model.predict(&x)?.shape());
//! # Ok::<(), layercake::Error>(())
//! ```
//!
//! # The same numbers on any number of threads
//!
//! The seed of a training is a function of the seed of the search, the number of the trial and the fold. Settings are chosen in
//! batches whose size is independent of the threads, from the results of the batches before, which are taken in the order of
//! the trials. A time budget decides only how many batches are run.
//!
//! # What is fitted to data
//!
//! `Normalization` and `Discretization` layers that are not adapted are adapted to the training rows of each fold, and
//! [`Tuner::prepare`] fits what is not part of the model, such as a scaler, to them.

mod brackets;
mod builder;
mod constant;
mod domain;
mod greedy;
mod grid;
mod halton;
mod hyper_parameters;
mod job;
#[cfg(feature = "keras")]
mod journal;
#[cfg(feature = "keras")]
mod json;
mod nested;
mod plan;
mod progress;
mod ranking;
mod recipe;
mod report;
mod result;
mod runner;
mod search;
mod setting;
mod space;
mod splitting;
mod study;
mod suggest;
mod svg;
mod tpe;
mod trial;
mod watch;

pub use brackets::Brackets;
pub use builder::{BayesianOptimization, GridSearch, Hyperband, RandomSearch, SuccessiveHalving, Tuner};
pub use hyper_parameters::HyperParameters;
pub use job::{Job, Outcome};
pub use nested::{Nested, nested};
pub use progress::Progress;
pub use recipe::Transform;
pub use result::SearchResult;
pub use setting::Setting;
pub use study::Study;
pub use trial::{Status, Trial};
