//! Layers that prepare data: they hold no weights, and learn nothing in training.

mod category_encoding;
mod discretization;
mod encoding;
mod normalization;
mod rescaling;

pub use category_encoding::CategoryEncoding;
pub use discretization::Discretization;
pub use encoding::OutputMode;
pub(super) use encoding::class_of;
pub use normalization::Normalization;
pub use rescaling::Rescaling;

use std::ops::Bound::{self, Excluded};

/// What a factor or a mean may be: any number that is finite.
const FINITE: (Bound<f64>, Bound<f64>) = (Excluded(f64::NEG_INFINITY), Excluded(f64::INFINITY));
