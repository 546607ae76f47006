//! The progress of a training, for saving it.

/// The progress of a training: with it, an interrupted training continues to the same bits.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Progress {
    /// The epoch to continue with.
    pub(crate) epoch: usize,
    /// The number of batches of this epoch that are done.
    pub(crate) batches: usize,
    /// The number of samples in an epoch, to check that the training continues with the same data.
    pub(crate) samples: usize,
    pub(crate) batch_size: usize,
    /// The state of the shuffling's random number generator before the epoch; `None` if the samples are not shuffled.
    pub(crate) order: Option<Vec<u8>>,
    /// The totals of the loss and the metrics in this epoch.
    pub(crate) totals: Vec<f64>,
    /// The state of each callback.
    pub(crate) callbacks: Vec<Vec<f64>>,
}
