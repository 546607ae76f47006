//! The rows and columns of a weight.

/// The rows or the columns of a weight with two axes, whose values are in Keras' order (the last axis varies fastest).
///
/// A weight with one axis is a single column. In a weight with more axes, all axes after the first together are the columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lines {
    /// The number of lines.
    pub(crate) count: usize,
    length: usize,
    start: usize,
    step: usize,
}

impl Lines {
    /// Returns the columns for axis 0, and the rows for any other axis.
    pub(crate) fn along(axis: usize, shape: &[usize]) -> Self {
        let rows = shape.first().copied().unwrap_or(1);
        let columns = shape.iter().skip(1).product();
        if axis == 0 {
            Self { count: columns, length: rows, start: 1, step: columns }
        } else {
            Self { count: rows, length: columns, start: columns, step: 1 }
        }
    }

    /// Returns the indices of the values of a line.
    pub(crate) fn places(self, line: usize) -> impl Iterator<Item = usize> + Clone {
        (0..self.length).map(move |i| line * self.start + i * self.step)
    }
}
