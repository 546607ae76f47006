//! The two number types of models.

use super::loops::float::Float;
use super::simd::lanes::Registers;
use nalgebra::RealField;
use std::iter::Sum;

/// The number type of a model: `f32` or `f64`. No other type can implement it.
///
/// The compiler usually infers it from the data. Arguments of parts, such as a learning rate or a dropout rate, are
/// always `f64`.
pub trait Scalar: RealField + Copy + Default + Sum + Float + Registers {
    /// Returns the nearest value of this type.
    fn of(value: f64) -> Self;
    /// Returns this value in double precision.
    fn to_f64(self) -> f64;
    /// Keras' name of the type: `"float32"` or `"float64"`.
    const DTYPE: &'static str;

    /// Returns the one of the two values that is for this number type.
    ///
    /// The values are usually functions without a type parameter, which are compiled in this crate, so that programs need not
    /// compile them again.
    #[doc(hidden)]
    fn pick<F: Family>(single: F::Of<f32>, double: F::Of<f64>) -> F::Of<Self>;
}

/// A type that depends on the number type, such as a function on models of this type.
#[doc(hidden)]
pub trait Family {
    /// The type for the number type `T`.
    type Of<T: Scalar>;
}

/// Returns values in double precision.
pub(crate) fn doubles<T: Scalar>(values: &[T]) -> Vec<f64> {
    values.iter().map(|value| value.to_f64()).collect()
}

impl Scalar for f32 {
    const DTYPE: &'static str = "float32";
    #[inline(always)]
    fn of(value: f64) -> Self {
        value as f32
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self.into()
    }
    #[inline(always)]
    fn pick<F: Family>(single: F::Of<f32>, _double: F::Of<f64>) -> F::Of<f32> {
        single
    }
}

impl Scalar for f64 {
    const DTYPE: &'static str = "float64";
    #[inline(always)]
    fn of(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
    #[inline(always)]
    fn pick<F: Family>(_single: F::Of<f32>, double: F::Of<f64>) -> F::Of<f64> {
        double
    }
}
