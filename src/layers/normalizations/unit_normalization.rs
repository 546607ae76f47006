use super::{Normalizer, Scales, scratch, vectors};
use crate::layers::{Backward, Layer, Plan, Tape, Weights};
use crate::saving::Describe;
use crate::{Batch, BatchMut, Result, Scalar, Shape};

/// Brings each sample to length 1 along its last axis: `y = x * min(1 / |x|, 1e12)`.
/// [Keras](https://keras.io/api/layers/normalization_layers/unit_normalization/)
///
/// Does the same in training and in prediction; no weights. Zeros stay zeros.
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

/// The largest factor, for vectors that are next to nothing.
const LARGEST: f64 = 1e12;

fn to_length_1<T: Scalar>(shape: &Shape) -> Normalizer<impl Fn(T) -> T, impl Fn(T) -> T> {
    let largest = T::of(LARGEST);
    let factor = move |squares: T| {
        let factor = squares.sqrt().recip();
        if factor > largest { largest } else { factor }
    };
    let spread = move |factor: T| if factor >= largest { T::of(f64::INFINITY) } else { T::one() };
    Normalizer { groups: vectors(shape), centered: false, factor, spread }
}

impl Describe for UnitNormalization {}

impl<T: Scalar> Layer<T> for UnitNormalization {
    fn plan(&self, input: &Shape) -> Result<Plan<T>> {
        Ok(Plan::new(input.clone()).scratch(scratch(input, vectors(input))))
    }

    fn infer(&self, _weights: Weights<'_, T>, x: Batch<'_, T>, y: BatchMut<'_, T>) {
        to_length_1(x.shape()).infer(x, y, Scales::NONE);
    }

    fn forward(&self, _params: &[T], x: Batch<'_, T>, y: BatchMut<'_, T>, tape: Tape<'_, T>) {
        to_length_1(x.shape()).forward(x, y, Scales::NONE, tape);
    }

    fn backward(&self, pass: Backward<'_, T>) {
        to_length_1(pass.x.shape()).backward(pass, Scales::NONE);
    }
}
