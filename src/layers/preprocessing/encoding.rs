//! The encodings of class numbers.

use crate::base::{Batch, BatchMut, Shape};
use crate::kernels::Scalar;

/// How the class of a value is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputMode {
    /// The class number.
    Int,
    /// For each value, zeros with a 1 at the index of its class: `[1]` becomes `[classes]`, `[n]` becomes `[n, classes]`.
    OneHot,
    /// For all values along the last axis together, zeros with a 1 at the index of each class that occurs.
    MultiHot,
    /// For all values along the last axis together, the number of times that each class occurs.
    Count,
}

impl OutputMode {
    /// Returns the shape of the encoded samples for samples of this shape.
    pub(in crate::layers) fn shape(self, input: &Shape, classes: usize) -> Shape {
        match self {
            Self::Int => input.clone(),
            Self::OneHot if input.last() != 1 => [input.dims(), &[classes]].concat().into(),
            Self::OneHot | Self::MultiHot | Self::Count => input.with_last(classes),
        }
    }

    /// Writes the encoded classes; a value without a class, NaN, makes its whole encoding NaN.
    pub(in crate::layers) fn encode<T: Scalar>(
        self,
        classes: usize,
        x: Batch<'_, T>,
        mut y: BatchMut<'_, T>,
        class: impl Fn(T) -> Option<usize>,
    ) {
        let not_a_number = T::of(f64::NAN);
        if self == Self::Int {
            let number = |x| class(x).map_or(not_a_number, |class| T::of(class as f64));
            return y.values().iter_mut().zip(x.values()).for_each(|(y, &x)| *y = number(x));
        }
        let together = if self == Self::OneHot { 1 } else { x.shape().last() };
        let write = |values: &[T], y: &mut [T]| {
            y.fill(T::zero());
            for class in values.iter().map(|&value| class(value)) {
                match class {
                    None => return y.fill(not_a_number),
                    Some(class) if self == Self::Count => y[class] += T::one(),
                    Some(class) => y[class] = T::one(),
                }
            }
        };
        x.values().chunks_exact(together).zip(y.values().chunks_exact_mut(classes)).for_each(|(x, y)| write(x, y));
    }
}

/// Returns the class of a number that has been checked, or `None` for NaN.
pub(in crate::layers) fn class_of<T: Scalar>(value: T) -> Option<usize> {
    let value = value.to_f64();
    (!value.is_nan()).then_some(value as usize)
}
