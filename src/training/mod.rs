//! Training: the loop, written once, and what goes into it and comes out.

mod epochs;
mod history;
mod logs;
mod objective;
#[cfg(feature = "keras")]
mod progress;
mod workspace;

pub use history::{History, StopReason};
pub use logs::Logs;

pub(crate) use epochs::{Loop, RunState};
pub(crate) use objective::{Compiled, Objective, Trained};
#[cfg(feature = "keras")]
pub(crate) use progress::{Progress, Wishes};
pub(crate) use workspace::{Gathering, Workspace};
