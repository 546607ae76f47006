//! How far a training has come.

/// How far a training has come, so that it can go on from there bit for bit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Progress {
    /// The epoch to go on with.
    pub(crate) epoch: usize,
    /// How many batches of it are done.
    pub(crate) batches: usize,
    /// How many samples an epoch has: a training on other data is another one.
    pub(crate) samples: usize,
    pub(crate) batch_size: usize,
    /// The state that the generator of the order of samples had before the epoch; `None` if they are not shuffled.
    pub(crate) order: Option<Vec<u8>>,
    /// What loss and metrics have seen of the epoch.
    pub(crate) totals: Vec<f64>,
    /// What each callback remembers.
    pub(crate) callbacks: Vec<Vec<f64>>,
}
