//! Borrowed samples, one per column, as layers, losses and metrics receive them.

use crate::base::Shape;
use crate::kernels::Scalar;
use std::ops::Range;

/// The largest number of values in one range of [`Batch::blocks`].
pub(crate) const BLOCK: usize = 64;

/// Borrowed samples for reading: they follow one another in memory, and each is contiguous.
///
/// Inside the crate a sample is a *column*: sample `i` is the slice `i * width .. (i + 1) * width`. A bias is then one
/// vector addition per sample, and softmax works on one slice. The matrices of the public methods have one row per sample,
/// as in Keras.
///
/// ```
/// use layercake::{Batch, Shape};
///
/// let shape = Shape::from(2);
/// let batch = Batch::new(&shape, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
/// assert_eq!(batch.count(), 3);
/// assert_eq!(batch.samples().nth(1).unwrap(), &[3.0, 4.0]);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a, T> {
    shape: &'a Shape,
    count: usize,
    values: &'a [T],
}

/// Borrowed samples for writing; see [`Batch`].
#[derive(Debug)]
pub struct BatchMut<'a, T> {
    shape: &'a Shape,
    count: usize,
    values: &'a mut [T],
}

impl<'a, T> Batch<'a, T> {
    /// Borrows `values` as samples of this shape; values after the last whole sample are ignored.
    pub fn new(shape: &'a Shape, values: &'a [T]) -> Self {
        Self { shape, count: values.len() / shape.width().max(1), values }
    }

    /// Borrows the first `count` samples of `values`.
    ///
    /// It saves the division of [`new`](Self::new), which takes a noticeable time in small models.
    pub(crate) fn first(shape: &'a Shape, count: usize, values: &'a [T]) -> Self {
        Self { shape, count, values: &values[..count * shape.width()] }
    }

    /// Returns the shape of one sample.
    pub fn shape(&self) -> &'a Shape {
        self.shape
    }

    /// Returns the number of values in one sample.
    pub fn width(&self) -> usize {
        self.shape.width()
    }

    /// Returns the number of samples.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Returns the number of slices that [`vectors`](Self::vectors) returns.
    pub(crate) fn vector_count(&self) -> usize {
        match self.shape.dims() {
            [] | [_] => self.count,
            [outer @ .., _] => self.count * outer.iter().product::<usize>(),
        }
    }

    /// Returns the values of all samples, one sample after the other.
    pub fn values(&self) -> &'a [T] {
        self.values
    }

    /// Returns the samples, each as one slice.
    pub fn samples(&self) -> std::slice::ChunksExact<'a, T> {
        self.values.chunks_exact(self.width().max(1))
    }

    /// Splits the values into ranges of at most [`BLOCK`] values; a range holds whole samples or a part of one sample.
    ///
    /// Small samples are grouped so that they fill vector registers, and the results for one range fit on the stack.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = Range<usize>> + use<T> {
        let (width, end) = (self.width().max(1), self.count * self.width());
        let group = if width < BLOCK { BLOCK / width * width } else { width };
        let (mut start, mut group_end) = (0, 0);
        std::iter::from_fn(move || {
            if start == group_end {
                group_end = end.min(group_end + group);
            }
            let block = start..group_end.min(start + BLOCK);
            start = block.end;
            (!block.is_empty()).then_some(block)
        })
    }

    /// Returns the slices along the last axis; a sample with one axis is one slice.
    pub fn vectors(&self) -> std::slice::ChunksExact<'a, T> {
        self.values.chunks_exact(self.shape.last().max(1))
    }
}

impl<'a, T> BatchMut<'a, T> {
    /// Borrows `values` as samples of this shape; values after the last whole sample are not counted.
    pub fn new(shape: &'a Shape, values: &'a mut [T]) -> Self {
        Self { shape, count: values.len() / shape.width().max(1), values }
    }

    /// Borrows the first `count` samples of these values; see [`Batch::first`].
    pub(crate) fn first(shape: &'a Shape, count: usize, values: &'a mut [T]) -> Self {
        Self { shape, count, values: &mut values[..count * shape.width()] }
    }

    /// Returns the shape of one sample.
    pub fn shape(&self) -> &'a Shape {
        self.shape
    }

    /// Returns the number of samples.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Borrows these samples for reading.
    pub fn as_ref(&self) -> Batch<'_, T> {
        Batch { shape: self.shape, count: self.count, values: self.values }
    }

    /// Borrows these samples again, for a shorter lifetime.
    pub fn reborrow(&mut self) -> BatchMut<'_, T> {
        BatchMut { shape: self.shape, count: self.count, values: self.values }
    }

    /// Returns the number of values in one sample.
    pub fn width(&self) -> usize {
        self.shape.width()
    }

    /// Returns the values of all samples, one sample after the other.
    pub fn values(&mut self) -> &mut [T] {
        self.values
    }

    /// Returns the samples, each as one slice.
    pub fn samples(&mut self) -> std::slice::ChunksExactMut<'_, T> {
        self.values.chunks_exact_mut(self.shape.width().max(1))
    }

    /// Returns the slices along the last axis; a sample with one axis is one slice.
    pub fn vectors(&mut self) -> std::slice::ChunksExactMut<'_, T> {
        self.values.chunks_exact_mut(self.shape.last().max(1))
    }
}

/// Predictions with their targets and sample weights.
#[derive(Debug, Clone, Copy)]
pub struct Scored<'a, T> {
    /// The outputs of the model, one sample after the other.
    pub predicted: Batch<'a, T>,
    /// The targets: values, one-hot rows, or class indices as numbers.
    pub target: Batch<'a, T>,
    /// The weight of each sample; `None` if every weight is 1.
    pub weight: Option<&'a [T]>,
}

impl<'a, T: Scalar> Scored<'a, T> {
    /// Returns each sample's prediction, target and weight.
    pub fn samples(&self) -> impl Iterator<Item = (&'a [T], &'a [T], T)> {
        let weights = self.weight.unwrap_or_default();
        self.predicted
            .samples()
            .zip(self.target.samples())
            .enumerate()
            .map(|(i, (predicted, target))| (predicted, target, weights.get(i).copied().unwrap_or(T::one())))
    }
}
