//! Preprocessing layers, which prepare data and are not changed by training.

mod bin;
mod encoding;

pub(crate) use bin::Bin;
pub use encoding::OutputMode;
pub(super) use encoding::class_of;

use crate::layers::Layer;
use crate::part::parts;

parts! { Layer<T>;
    category_encoding: CategoryEncoding = CategoryEncoding::new(1);
    discretization: Discretization;
    normalization: Normalization = Normalization::prototype();
    piecewise_linear: PiecewiseLinear;
    rescaling: Rescaling = Rescaling::new(1.0);
}
