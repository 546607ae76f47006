//! Every reference number of Keras 3.15.1 in `tests/golden` that belongs to a part which exists here.
//!
//! The JSON files there were computed by Keras in float64; `README.md` beside them says how and defines their schema. Each
//! test walks its file, makes the parts from Keras' own object specs, and compares values and gradients. With
//! `LAYERCAKE_GOLDEN=FOLDER` they are the files of another folder, such as `tests/golden_extra`.

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
