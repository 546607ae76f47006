//! What Keras' files do differently for single classes. Nothing else in `saving` knows a layer or a metric by its type.

use crate::kernels::Scalar;
use crate::layers::{Discretization, Lambda, Layer, LayerEntry, Normalization, SpectralNormalization};
use crate::metrics::{ClosureMetric, Metric};

/// The one class of Keras that does not take the argument `trainable`.
pub(super) fn refuses_trainable<T: Scalar>(layer: &dyn Layer<T>) -> bool {
    layer.as_any().is::<Discretization>()
}

/// A layer of closures, which no file can hold.
pub(super) fn is_of_closures<T: Scalar>(layer: &dyn Layer<T>) -> bool {
    layer.as_any().is::<Lambda<T>>()
}

/// A metric that is a closure, which no file can hold.
pub(super) fn is_closure<T: Scalar>(metric: &dyn Metric<T>) -> bool {
    metric.as_any().is::<ClosureMetric<T>>()
}

/// A layer behind whose weights Keras keeps of how many samples they are, which nothing depends on.
pub(super) fn counts_samples<T: Scalar>(layer: &dyn Layer<T>) -> bool {
    layer.as_any().is::<Normalization>()
}

/// The layer within a wrapper, if Keras keeps its weights in a group of their own.
pub(super) fn wrapped<T: Scalar>(layer: &dyn Layer<T>) -> Option<&LayerEntry<T>> {
    layer.as_any().downcast_ref::<SpectralNormalization<T>>().map(SpectralNormalization::wrapped)
}

/// Whether Keras keeps a second copy of this weight of a wrapped layer with the wrapper.
pub(super) fn is_repeated(weight: &str) -> bool {
    SpectralNormalization::<f64>::is_kernel(weight)
}
