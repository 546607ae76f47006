//! [guide]: crate::guide
//! [craft]: crate::guide::training
//!
#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![warn(unreachable_pub)]

pub mod activations;
pub mod callbacks;
pub mod check;
pub mod constraints;
pub mod data;
pub mod diagnosis;
pub mod ensemble;
pub mod guide;
pub mod initializers;
pub mod layers;
pub mod losses;
pub mod metrics;
pub mod optimizers;
pub mod prelude;
pub mod regularizers;
pub mod saving;
pub mod tables;
pub mod tuner;

mod base;
mod graph;
mod kernels;
mod model;
mod network;
mod part;
mod training;

pub use base::{Batch, BatchMut, EPSILON, Error, Inputs, Result, Rng, Scored, Shape, TargetList, Targets, UnknownName};
pub use base::{NonFinite, NonFiniteCause, TensorRole};
pub use graph::{Connect, IntoNodes, Node, Shared};
pub use kernels::Scalar;
pub use model::{EvaluateOptions, FitOptions, Functional, LayerView, Model, PredictOptions, PredictScratch, Sequential, Summary};
/// The crate of the matrices, without its features `std` and `macros`: a program that multiplies large matrices or uses nalgebra's
/// own macros depends on nalgebra itself, in the same version.
pub use nalgebra;
pub use nalgebra::{DMatrix, DVector};
pub use training::{CancelToken, History, Logs, NodeProbe, Probe, StopReason, WeightProbe};

/// Makes a matrix from its rows, `dmatrix![1.0, 2.0; 3.0, 4.0]`, as nalgebra's macro does; rows of different lengths do not compile.
#[macro_export]
macro_rules! dmatrix {
    () => { $crate::DMatrix::from_vec(0, 0, ::std::vec::Vec::new()) };
    ($($($value:expr),+ $(,)?);+ $(;)?) => {{
        let rows = [$([$($value),+]),+];
        $crate::DMatrix::from_row_iterator(rows.len(), rows[0].len(), rows.into_iter().flatten())
    }};
}

/// Makes a vector, `dvector![1.0, 2.0]`, as nalgebra's macro does.
#[macro_export]
macro_rules! dvector {
    ($($value:expr),* $(,)?) => { $crate::DVector::from_vec(::std::vec![$($value),*]) };
}
