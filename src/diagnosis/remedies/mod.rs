//! Remedies that are applied to a training, and tried.

mod apply;
mod columns;
mod compiled;
mod draft;
mod fitted;
mod impute;
mod layers;
mod measure;
mod rows;
mod setup;
mod trial;

pub use fitted::Fitted;
pub use setup::Setup;
pub use trial::{Trial, Trials};
