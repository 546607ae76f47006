//! How numbers of classes are written.

use crate::base::{Batch, BatchMut, Shape};
use crate::kernels::Scalar;

/// How the class of a value is given on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputMode {
    /// As its number.
    Int,
    /// For each value a 1 in the place of its class among zeros: `[1]` becomes `[classes]`, `[n]` becomes `[n, classes]`.
    OneHot,
    /// For the values along the last axis together, a 1 in the place of each class that occurs.
    MultiHot,
    /// For the values along the last axis together, how often each class occurs.
    Count,
}

impl OutputMode {
    /// The shape in which classes of samples of this shape are written.
    pub(in crate::layers) fn shape(self, input: &Shape, classes: usize) -> Shape {
        match self {
            Self::Int => input.clone(),
            Self::OneHot if input.last() != 1 => [input.dims(), &[classes]].concat().into(),
            Self::OneHot | Self::MultiHot | Self::Count => input.with_last(classes),
        }
    }

    /// Writes the class of each value; a value that has none, NaN, stays what it is.
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

/// The class that a checked number stands for.
pub(in crate::layers) fn class_of<T: Scalar>(value: T) -> Option<usize> {
    let value = value.to_f64();
    (!value.is_nan()).then_some(value as usize)
}
