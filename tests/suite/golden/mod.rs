//! Compares every part of this crate with the reference numbers of Keras 3.15.1 in `tests/golden`.
//!
//! Keras computed the JSON files there in float64; the `README.md` there says how and defines their schema. Each
//! test reads its file, makes the parts from Keras' own object specs, and compares values and gradients. With
//! `LAYERCAKE_GOLDEN=FOLDER` the tests read another folder, such as `tests/golden_extra`.

mod activations;
mod elsewhere;
#[cfg(feature = "keras")]
mod files;
mod initializers;
mod layers;
mod losses;
mod metrics;
mod optimizers;
mod preprocessing;
mod reference;
mod schedules;
mod trajectories;
