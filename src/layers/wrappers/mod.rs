//! Layers that hold another layer.

use crate::layers::{Dense, Layer};
use crate::part::parts;

parts! { Layer<T>;
    spectral_normalization: SpectralNormalization = SpectralNormalization::new(Dense::<T>::new(1));
}
