//! The samples of a batch, copied from the data.

use crate::base::{Batch, Data, Samples};
use crate::kernels::{self, Aligned, Scalar};

/// One batch of the data: inputs, targets and sample weights.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DataBatch<'a, T> {
    pub(crate) x: Batch<'a, T>,
    pub(crate) weight: Option<&'a [T]>,
    /// The targets of each output, in which the batch starts at sample number `first`.
    targets: &'a [Samples<T>],
    first: usize,
}

impl<'a, T: Scalar> DataBatch<'a, T> {
    /// Returns the targets of an output.
    #[inline(always)]
    pub(crate) fn y(&self, output: usize) -> Batch<'a, T> {
        let Samples { shape, values } = &self.targets[output];
        Batch::first(shape, self.x.count(), &values[self.first * shape.width()..])
    }
}

/// The buffers that the samples of a batch are copied to.
#[derive(Debug)]
pub(crate) struct Gathering<T> {
    x: Aligned<T>,
    /// The targets of a shuffled batch; the targets of a batch in the order of the data are not copied.
    y: Vec<Samples<T>>,
    /// The sample weights of a shuffled batch, in the same way.
    weight: Vec<T>,
    /// A copy of all inputs, one sample after the other: a sample is faster to copy from here than from a row of the matrix.
    copy: Option<Samples<T>>,
}

impl<T: Scalar> Gathering<T> {
    /// Allocates memory for batches of up to `count` samples in the order of the data.
    pub(crate) fn new(data: &Data<'_, T>, count: usize) -> Self {
        Self { x: Aligned::zeros(count * data.x.shape.width()), y: Vec::new(), weight: Vec::new(), copy: None }
    }

    /// Adds memory for shuffled batches of up to `count` samples, and a copy of all inputs unless they are `streamed`.
    pub(crate) fn and_shuffled(mut self, data: &Data<'_, T>, count: usize, streamed: bool) -> Self {
        let memory = |y: &Samples<T>| Samples { shape: y.shape.clone(), values: vec![T::zero(); count * y.shape.width()] };
        self.y = data.y.iter().map(memory).collect();
        self.weight = vec![T::zero(); if data.weight.is_some() { count } else { 0 }];
        self.copy = (!streamed).then(|| data.x.to_samples());
        self
    }

    /// Returns the batch of `count` samples from number `first` on, in the order of the data.
    pub(crate) fn sequence<'a>(&'a mut self, data: &'a Data<'_, T>, first: usize, count: usize) -> DataBatch<'a, T> {
        let x = &mut self.x[..count * data.x.shape.width()];
        data.x.write(first, x);
        DataBatch {
            x: Batch::first(&data.x.shape, count, x),
            weight: data.weight.as_ref().map(|weight| &weight[first..first + count]),
            targets: &data.y,
            first,
        }
    }

    /// Returns the batch of the samples with the first `count` numbers in `order`.
    pub(crate) fn shuffled<'a>(&'a mut self, data: &'a Data<'_, T>, order: &[usize], count: usize) -> DataBatch<'a, T> {
        let Self { x, y, weight, copy } = self;
        let x = &mut x[..count * data.x.shape.width()];
        match copy {
            Some(copy) => gather(copy, order, x),
            None => data.x.gather(&order[..count], x),
        }
        for (all, y) in data.y.iter().zip(&mut *y) {
            gather(all, order, &mut y.values[..count * all.shape.width()]);
        }
        let weight = data.weight.as_ref().map(|all| {
            weight.iter_mut().zip(&order[..count]).for_each(|(weight, &place)| *weight = all[place]);
            &weight[..count]
        });
        DataBatch { x: Batch::first(&data.x.shape, count, x), weight, targets: y, first: 0 }
    }
}

/// Copies the samples with these numbers into `into` until it is full, and prefetches the samples of the remaining numbers.
fn gather<T: Scalar>(samples: &Samples<T>, order: &[usize], into: &mut [T]) {
    kernels::gather_samples(&samples.values, samples.shape.width(), order, into);
}
