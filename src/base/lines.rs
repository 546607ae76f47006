//! The rows and columns of a weight.

/// The lines of values along one axis of a weight with two, its values in Keras' order (the last axis runs fastest).
///
/// A weight with one axis counts as one column, further axes as further columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lines {
    /// How many lines there are.
    pub(crate) count: usize,
    length: usize,
    start: usize,
    step: usize,
}

impl Lines {
    /// The columns for axis 0, the rows for any other.
    pub(crate) fn along(axis: usize, shape: &[usize]) -> Self {
        let rows = shape.first().copied().unwrap_or(1);
        let columns = shape.iter().skip(1).product();
        if axis == 0 {
            Self { count: columns, length: rows, start: 1, step: columns }
        } else {
            Self { count: rows, length: columns, start: columns, step: 1 }
        }
    }

    /// Where the values of a line are.
    pub(crate) fn places(self, line: usize) -> impl Iterator<Item = usize> + Clone {
        (0..self.length).map(move |i| line * self.start + i * self.step)
    }
}
