//! Layers against overfitting: they disturb their inputs in training, or add a penalty for them.

mod activity_regularization;
mod dropout;
mod gaussian;

pub use activity_regularization::ActivityRegularization;
pub use dropout::{AlphaDropout, Dropout};
pub use gaussian::{GaussianDropout, GaussianNoise};
