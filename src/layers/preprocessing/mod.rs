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
