use super::{Normalizer, Scales, vectors};
use crate::base::{Result, Shape};
use crate::kernels::Scalar;
use crate::layers::{Backward, Forward, Infer, Layer, Plan};
use crate::part::Describe;

/// Normalizes each sample to length 1 along its last axis: `y = x * min(1 / |x|, 1e12)`.
/// [Keras](https://keras.io/api/layers/normalization_layers/unit_normalization/)
///
/// The layer has no weights and computes the same in training and in prediction. A vector of zeros stays zero.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(UnitNormalization);
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![0.0, 4.0; 0.0, 0.0])?, dmatrix![0.0, 1.0; 0.0, 0.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UnitNormalization;

/// The largest factor, which applies to vectors of nearly zero length.
const LARGEST: f64 = 1e12;

/// Returns a normalization of the vectors along the last axis to length 1.
fn to_length_1(shape: &Shape) -> Normalizer<impl Fn(f64) -> f64, impl Fn(f64) -> f64> {
    let factor = |squares: f64| {
        let factor = squares.sqrt().recip();
        // A comparison keeps NaN, which `min` would replace by `LARGEST`.
        if factor > LARGEST { LARGEST } else { factor }
    };
    let spread = |factor: f64| if factor >= LARGEST { f64::INFINITY } else { 1.0 };
    Normalizer { groups: vectors(shape), centered: false, factor, spread }
}

impl Describe for UnitNormalization {}

impl<T: Scalar> Layer<T> for UnitNormalization {
    crate::part::compiled!(Layer<T> for UnitNormalization);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        Ok(Plan::new(inputs[0].clone()).scratch(inputs[0].width()))
    }

    fn infer(&self, pass: Infer<'_, T>) {
        to_length_1(pass.inputs[0].shape()).infer(pass, Scales::NONE);
    }

    fn forward(&self, pass: Forward<'_, T>) {
        to_length_1(pass.inputs[0].shape()).forward(pass, |_| Scales::NONE);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        to_length_1(pass.inputs[0].shape()).backward(pass, |_| Scales::NONE);
    }
}
