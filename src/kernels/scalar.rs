//! The two number types a model can have.

use super::loops::float::Float;
use super::simd::lanes::Registers;
use nalgebra::RealField;
use std::iter::Sum;

/// The number type of a model: `f32` or `f64`, and nothing else.
///
/// It is inferred from the data and rarely written. Arguments of parts (a learning rate, a dropout rate) are
/// always `f64`, whatever the model computes in.
pub trait Scalar: RealField + Copy + Default + Sum + Float + Registers {
    /// The nearest value of this type.
    fn of(value: f64) -> Self;
    /// This value in double precision.
    fn to_f64(self) -> f64;
    /// Keras' name of the type: `"float32"` or `"float64"`.
    const DTYPE: &'static str;

    /// Returns the one of two values that was made for this number type.
    ///
    /// Both values come from functions without a type parameter, which are compiled in this crate. That is how a program
    /// uses the crate's code without compiling it again.
    #[doc(hidden)]
    fn pick<F: Family>(single: F::Of<f32>, double: F::Of<f64>) -> F::Of<Self>;
}

/// A type for each number type: a function on models of that type, say.
#[doc(hidden)]
pub trait Family {
    /// The type that belongs to `T`.
    type Of<T: Scalar>;
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
