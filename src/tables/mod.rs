//! From a table to answers: features of columns, and models that are trained on a table.

mod answers;
mod bins;
mod categorical;
mod check;
mod classifier;
mod dropped;
mod explanation;
mod feature;
mod feature_space;
#[cfg(feature = "keras")]
mod file;
mod findings;
mod fit;
mod fitted;
mod float;
mod hashed;
mod importance;
#[cfg(feature = "keras")]
mod in_keras;
#[cfg(feature = "keras")]
mod json;
mod options;
mod regressor;
mod rows;
mod scores;
#[cfg(feature = "keras")]
mod self_test;
mod settings;
mod shape;
mod transform;
mod trust;

pub use answers::{Answer, Answers};
pub use categorical::{Categorical, Unknown};
pub use check::{ColumnCheck, TableCheck};
pub use classifier::TableClassifier;
pub use explanation::Explanation;
pub use feature::Feature;
pub use feature_space::FeatureSpace;
pub use float::{Float, MissingNumber};
pub use hashed::Hashed;
pub use importance::Importance;
pub use options::TableOptions;
pub use regressor::TableRegressor;
pub use shape::NetworkShape;
pub use trust::{Calibrated, Calibration, Interval, Intervals, Reliability, Sets, Threshold};
