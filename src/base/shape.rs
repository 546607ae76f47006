//! The shape of one sample.

use std::fmt;

/// The shape of one sample, without the batch: `[64]` for a row of 64 numbers, `[28, 28]` for a small image.
///
/// It is displayed as in Keras, with `None` for the batch size.
///
/// ```
/// use layercake::Shape;
///
/// let shape = Shape::from([28, 28]);
/// assert_eq!(shape.width(), 784);
/// assert_eq!(shape.to_string(), "(None, 28, 28)");
/// assert_eq!(Shape::from(64).to_string(), "(None, 64)");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Shape {
    dims: Vec<usize>,
    width: usize,
}

impl Shape {
    /// Returns the sizes of the axes, outermost first.
    pub fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// Returns the number of values in one sample: the product of the axis sizes, at most `usize::MAX`.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Returns the size of the last axis, which `Dense` and most layers work on; 1 for a shape without axes.
    pub fn last(&self) -> usize {
        self.dims.last().copied().unwrap_or(1)
    }

    /// Returns this shape with another size of the last axis.
    pub fn with_last(&self, last: usize) -> Self {
        let mut dims = self.dims.clone();
        dims.pop();
        dims.push(last);
        dims.into()
    }
}

impl From<Vec<usize>> for Shape {
    fn from(dims: Vec<usize>) -> Self {
        let width = dims.iter().fold(1, |product: usize, &dim| product.saturating_mul(dim));
        Self { dims, width }
    }
}

impl From<usize> for Shape {
    fn from(width: usize) -> Self {
        vec![width].into()
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(dims: [usize; N]) -> Self {
        dims.to_vec().into()
    }
}

impl From<&[usize]> for Shape {
    fn from(dims: &[usize]) -> Self {
        dims.to_vec().into()
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(None")?;
        self.dims.iter().try_for_each(|dim| write!(f, ", {dim}"))?;
        f.write_str(")")
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
