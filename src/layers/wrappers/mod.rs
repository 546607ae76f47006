//! Layers that hold another layer.

mod spectral_normalization;

pub use spectral_normalization::SpectralNormalization;
