//! How sure a table model is: sets and intervals, a temperature, a threshold, all from rows that training did not use.

mod aside;
mod calibrated;
mod calibration;
mod classifier;
mod conformal;
mod intervals;
#[cfg(feature = "keras")]
mod json;
mod regressor;
mod reliability;
mod seen;
mod temperature;
mod threshold;

use super::check::Profile;
pub(super) use aside::set_aside;
pub use calibrated::Calibrated;
pub(super) use calibrated::answer;
pub use calibration::{Calibration, Sets, Threshold};
pub use intervals::{Interval, Intervals};
pub use reliability::Reliability;
pub(super) use seen::SeenRows;

/// What a trained table model keeps beside its features and networks.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Trust {
    /// What the columns that the features read were like in the training table.
    pub(super) columns: Vec<Profile>,
    /// The rows that training used.
    pub(super) seen: SeenRows,
    /// What the last calibration computed; none before one.
    pub(super) calibrated: Option<Calibrated>,
}
