//! The special cases of Keras' files for single classes. No other file in `saving` depends on the type of a layer or a metric.

use crate::kernels::Scalar;
use crate::layers::{Discretization, Lambda, Layer, LayerEntry, Normalization, SpectralNormalization};
use crate::metrics::{ClosureMetric, Metric};

/// Returns true for the only class of Keras that does not take the argument `trainable`.
pub(super) fn refuses_trainable<T: Scalar>(layer: &dyn Layer<T>) -> bool {
    layer.as_any().is::<Discretization>()
}

/// Returns true for a layer of closures, which cannot be saved.
pub(super) fn is_of_closures<T: Scalar>(layer: &dyn Layer<T>) -> bool {
    layer.as_any().is::<Lambda<T>>()
}

/// Returns true for a metric that is a closure, which cannot be saved.
pub(super) fn is_closure<T: Scalar>(metric: &dyn Metric<T>) -> bool {
    metric.as_any().is::<ClosureMetric<T>>()
}

/// Returns true for a layer for which Keras stores the number of samples after the weights; nothing depends on this number.
pub(super) fn counts_samples<T: Scalar>(layer: &dyn Layer<T>) -> bool {
    layer.as_any().is::<Normalization>()
}

/// Returns the layer within a wrapper, if Keras stores its weights in a separate group.
pub(super) fn wrapped<T: Scalar>(layer: &dyn Layer<T>) -> Option<&LayerEntry<T>> {
    layer.as_any().downcast_ref::<SpectralNormalization<T>>().map(SpectralNormalization::wrapped)
}

/// Returns whether Keras stores this weight of a wrapped layer a second time, in the group of the wrapper.
pub(super) fn is_repeated(weight: &str) -> bool {
    SpectralNormalization::<f64>::is_kernel(weight)
}
