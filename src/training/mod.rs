//! Training: one step, the loop over epochs and batches, and the logs and the history it produces.
//!
//! To follow one batch from the data to the weights, read `epochs`, then `step`. `benches/path_of_a_batch.py` lists the files on
//! that path.

mod compiled;
mod epochs;
mod gathering;
mod history;
mod limits;
mod locating;
mod logs;
mod objective;
mod probe;
mod progress;
mod run_state;
mod step;
mod workspace;

pub(crate) use compiled::Compiled;
pub(crate) use epochs::{Epochs, Plan, Watched};
pub(crate) use gathering::Gathering;
pub use history::{History, StopReason};
pub use limits::CancelToken;
pub(crate) use limits::Limits;
pub use logs::Logs;
pub(crate) use objective::Objective;
pub use probe::{NodeProbe, Probe, WeightProbe};
pub(crate) use progress::Progress;
pub(crate) use run_state::{Moment, RunState};
pub(crate) use step::Trained;
pub(crate) use workspace::Workspace;
