//! All tests that can share a process are in this one binary, so that it is compiled and linked once.

mod activations;
mod arguments;
mod bad_input;
mod callbacks;
mod column_names;
mod comparisons;
mod composites;
mod contents;
mod contract;
mod csv;
mod data;
mod diagnosis;
mod diagnosis_of_training;
mod documentation;
mod ensembles;
#[cfg(feature = "keras")]
mod files;
mod functional;
mod golden;
mod gradients;
mod html_reports;
mod initial_weights;
#[cfg(feature = "keras")]
mod interrupted;
#[cfg(feature = "keras")]
mod journals;
mod json_reports;
#[cfg(feature = "keras")]
mod killed_searches;
mod logged_findings;
mod losses;
mod metrics;
mod minimise;
mod misuse;
mod non_finite;
mod optimizers;
mod probe;
#[path = "../common/process.rs"]
mod process;
mod questions;
#[path = "../common/registered.rs"]
mod registered;
mod remedies;
#[cfg(feature = "keras")]
mod round_trip;
mod schedules_by_share;
#[cfg(feature = "keras")]
mod strangers;
mod streaming;
mod struct_rows;
mod table_checks;
mod table_features;
#[cfg(feature = "keras")]
mod table_files;
mod table_findings;
mod table_models;
mod table_trust;
#[cfg(feature = "keras")]
mod tabular_layers;
#[cfg(feature = "parallel")]
mod threads;
mod training;
mod tuning;
mod weight_options;
