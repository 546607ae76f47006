//! Numbers that are not finite, planted at chosen places, are located exactly.

mod harness;
mod hidden;
mod parts;
mod planted;
mod runs;
