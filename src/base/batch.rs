//! Borrowed samples, one per column: what layers, losses and metrics see.

use crate::base::Shape;
use crate::kernels::Scalar;
use std::ops::Range;

/// How many values the ranges of [`Batch::blocks`] have at most.
pub(crate) const BLOCK: usize = 64;

/// Samples lent for reading: one after the other, each contiguous.
///
/// Inside the crate a sample is a *column*: sample `i` is the slice `i * width .. (i + 1) * width`, so that a
/// bias is one vector add and softmax one slice. (At the public doors samples are rows, as in Keras.)
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

/// Samples lent for writing; see [`Batch`].
#[derive(Debug)]
pub struct BatchMut<'a, T> {
    shape: &'a Shape,
    count: usize,
    values: &'a mut [T],
}

impl<'a, T> Batch<'a, T> {
    /// Lends `values` as samples of this shape; what is left after the last whole sample is ignored.
    pub fn new(shape: &'a Shape, values: &'a [T]) -> Self {
        Self { shape, count: values.len() / shape.width().max(1), values }
    }

    /// The first `count` samples of these values: no division tells how many there are, which shows in small models.
    pub(crate) fn first(shape: &'a Shape, count: usize, values: &'a [T]) -> Self {
        Self { shape, count, values: &values[..count * shape.width()] }
    }

    /// The shape of one sample.
    pub fn shape(&self) -> &'a Shape {
        self.shape
    }

    /// How many numbers one sample has.
    pub fn width(&self) -> usize {
        self.shape.width()
    }

    /// How many samples there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many slices [`vectors`](Self::vectors) gives.
    pub(crate) fn vector_count(&self) -> usize {
        match self.shape.dims() {
            [] | [_] => self.count,
            [others @ .., _] => self.count * others.iter().product::<usize>(),
        }
    }

    /// All values, sample after sample.
    pub fn values(&self) -> &'a [T] {
        self.values
    }

    /// The samples, one slice each.
    pub fn samples(&self) -> std::slice::ChunksExact<'a, T> {
        self.values.chunks_exact(self.width().max(1))
    }

    /// Cuts the values into ranges of at most [`BLOCK`], each of whole samples or within one: small samples fill
    /// registers together, and what is computed for a range has room on the stack.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = Range<usize>> + use<T> {
        let (width, end) = (self.width().max(1), self.count * self.width());
        let whole = if width < BLOCK { BLOCK / width * width } else { width };
        let (mut start, mut cut) = (0, 0);
        std::iter::from_fn(move || {
            if start == cut {
                cut = end.min(cut + whole);
            }
            let block = start..cut.min(start + BLOCK);
            start = block.end;
            (!block.is_empty()).then_some(block)
        })
    }

    /// The slices along the last axis: the samples themselves unless a sample has several axes.
    pub fn vectors(&self) -> std::slice::ChunksExact<'a, T> {
        self.values.chunks_exact(self.shape.last().max(1))
    }
}

impl<'a, T> BatchMut<'a, T> {
    /// Lends `values` as samples of this shape.
    pub fn new(shape: &'a Shape, values: &'a mut [T]) -> Self {
        Self { shape, count: values.len() / shape.width().max(1), values }
    }

    /// The first `count` samples of these values; see [`Batch::first`].
    pub(crate) fn first(shape: &'a Shape, count: usize, values: &'a mut [T]) -> Self {
        Self { shape, count, values: &mut values[..count * shape.width()] }
    }

    /// The shape of one sample.
    pub fn shape(&self) -> &'a Shape {
        self.shape
    }

    /// How many samples there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The same samples, for reading.
    pub fn as_ref(&self) -> Batch<'_, T> {
        Batch { shape: self.shape, count: self.count, values: self.values }
    }

    /// The same samples, lent on for a shorter time.
    pub fn reborrow(&mut self) -> BatchMut<'_, T> {
        BatchMut { shape: self.shape, count: self.count, values: self.values }
    }

    /// How many numbers one sample has.
    pub fn width(&self) -> usize {
        self.shape.width()
    }

    /// All values, sample after sample.
    pub fn values(&mut self) -> &mut [T] {
        self.values
    }

    /// The samples, one slice each.
    pub fn samples(&mut self) -> std::slice::ChunksExactMut<'_, T> {
        self.values.chunks_exact_mut(self.shape.width().max(1))
    }

    /// The slices along the last axis: the samples themselves unless a sample has several axes.
    pub fn vectors(&mut self) -> std::slice::ChunksExactMut<'_, T> {
        self.values.chunks_exact_mut(self.shape.last().max(1))
    }
}

/// Predictions beside what they should have been, and how much each sample counts.
#[derive(Debug, Clone, Copy)]
pub struct Scored<'a, T> {
    /// What the model said, one sample after the other.
    pub predicted: Batch<'a, T>,
    /// What it should have said: values, one-hot rows, or class indices as numbers.
    pub target: Batch<'a, T>,
    /// The weight of each sample; `None` where each counts as 1.
    pub weight: Option<&'a [T]>,
}

impl<'a, T: Scalar> Scored<'a, T> {
    /// Each sample's prediction, target and weight.
    pub fn samples(&self) -> impl Iterator<Item = (&'a [T], &'a [T], T)> {
        let weights = self.weight.unwrap_or_default();
        self.predicted
            .samples()
            .zip(self.target.samples())
            .enumerate()
            .map(|(i, (predicted, target))| (predicted, target, weights.get(i).copied().unwrap_or(T::one())))
    }
}
