//! The shape of one sample.

use std::fmt;

/// The shape of one sample, without the batch: `[64]` for a row of 64 numbers, `[28, 28]` for a small image.
///
/// It displays as Keras prints it, with `None` for the batch.
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
    /// The extents, outermost first.
    pub fn dims(&self) -> &[usize] {
        &self.dims
    }

    /// How many numbers one sample has: the product of the extents (saturating, for absurd ones).
    pub fn width(&self) -> usize {
        self.width
    }

    /// The last extent, the axis that `Dense` and most layers act on; 1 for a shape without extents.
    pub fn last(&self) -> usize {
        self.dims.last().copied().unwrap_or(1)
    }

    /// The same shape with another last extent.
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
