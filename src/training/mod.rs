//! Training: the loop, written once, and what goes into it and comes out.

mod epochs;
mod fit;
mod history;
mod logs;
mod objective;
mod options;
#[cfg(feature = "keras")]
mod progress;
mod samples;
mod targets;
mod workspace;

pub use history::{History, StopReason};
pub use logs::Logs;
pub use options::{CancelToken, EvaluateOptions, FitOptions};
pub use targets::Targets;

pub(crate) use epochs::RunState;
pub(crate) use objective::{Compiled, Trained};
#[cfg(feature = "keras")]
pub(crate) use progress::{Progress, Wishes};
pub(crate) use samples::{Data, Samples, check_finite};
