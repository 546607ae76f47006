//! When tuning pays, and how to do it with the module [`tuner`](crate::tuner). This page is documentation only.
//!
//! # Whether to tune at all
//!
//! A search finds the setting that was best on the validation rows, and some of that is chance: the more settings are tried, the
//! more. Before a search, look at what costs less:
//!
//! * **The data**: a column that says more, cells that were filled wrongly, leaks between rows.
//! * **The scale of the inputs**: a [`Normalization`](crate::layers::Normalization) layer at the start of the model.
//! * **The defaults**: two hidden layers of 64 units, `Adam` with a learning rate of 0.001, early stopping.
//! * **Several models together**: an [`Ensemble`](crate::ensemble::Ensemble) of five trainings of the defaults.
//!
//! On tables with some hundreds of rows the gain of a search is often within the spread of the folds. The table of a search
//! says so: it has the score of the defaults, what tuning gained over it, and the standard error of that gain. Tuning pays
//! where the defaults do not fit: very few or very many rows, many columns that say nothing, a loss that trains slowly.
//!
#![doc = include_str!("tuning_table.md")]
//!
//! # Which search
//!
//! Begin with a [`RandomSearch`](crate::tuner::RandomSearch) of 24 to 48 trials on folds: every name is covered evenly, and it can
//! be stopped at any time. Where one training takes minutes, a [`SuccessiveHalving`](crate::tuner::SuccessiveHalving) tries several
//! times as many settings in the same time, because it ends the bad ones after a few epochs: on six tables it needed a sixth of
//! the epochs of a random search for the same result. A [`Hyperband`](crate::tuner::Hyperband) needed a third to a quarter; it ends
//! trials later, for models whose first epochs say little.
//! [`BayesianOptimization`](crate::tuner::BayesianOptimization) looks more closely at what was good so far; use it last, with a space
//! that the first search has shown to be right. A [`GridSearch`](crate::tuner::GridSearch) is for one or two names.
//!
//! # What to search
//!
//! The learning rate first, on a logarithmic scale from 1e-4 to 1e-1. Then the number of units (8 to 256, logarithmic) and of
//! layers (1 to 3), `Dropout` (0 to 0.5) and L2 (1e-7 to 1e-2, logarithmic), then the batch size. Say what you would take without a
//! search with [`default`](crate::tuner::HyperParameters::default): it is trial 0. If the best value is at the edge of its range, the
//! table of the search says so; widen the range then.
//!
//! # How to judge
//!
//! Folds are the default, because one split of a small table says little. Rows that belong together need
//! [`groups`](crate::tuner::Tuner::groups), and rows in time [`in_order`](crate::tuner::Tuner::in_order). What is fitted to data must be
//! fitted to the training rows of each fold: a `Normalization` in the model is, and [`prepare`](crate::tuner::Tuner::prepare) does it
//! for scalers. The best score of a search is too good by the choice itself. [`nested`](crate::tuner::nested()) measures by how much:
//! it searches within each of several outer folds and scores the result on rows that no search has seen.
//!
//! # What to take
//!
//! [`ensemble(5, ..)`](crate::tuner::SearchResult::ensemble) trains the five best settings on all rows and averages them. On small
//! tables that is better than the best single one, and it costs nothing but the time of five trainings. With some thousands of
//! validation rows [`greedy_ensemble`](crate::tuner::SearchResult::greedy_ensemble) chooses the members by the score of their mean.
//!
//! # Long searches
//!
//! [`journal`](crate::tuner::Tuner::journal) keeps the search in a file; the same program then resumes it where it was killed, with
//! the same numbers. [`study`](crate::tuner::Tuner::study) gives the trainings as lines of JSON for other processes or machines; the
//! example `tune_processes` starts one for each.
