//! How good a trained model is on the rows that it is judged on, for a comparison of two trainings.

use super::super::predictions::{in_doubles, loss_of_rows, values_of};
use super::super::skill::Skill;
use super::super::targets::{Reading, Target, two_values};
use super::draft::Rows;
use super::fitted::Fitted;
use crate::base::{Batch, Result, Shape};
use crate::kernels::Scalar;

/// How good a trained model is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measured {
    /// The mean loss of the predictions in the units of the targets as they were given, without penalties.
    pub(super) loss: f64,
    /// The share of wrong classes, or `1 - R2`.
    pub(super) error: f64,
    pub(super) rows: usize,
}

impl Measured {
    pub(super) fn new<T: Scalar>(fitted: &Fitted<T>, rows: &Rows<'_, T>) -> Result<Self> {
        let model = fitted.model();
        let (mut predicted, mut actual) = (model.predict(&*rows.x)?, rows.y.numbers());
        [&mut predicted, &mut actual].into_iter().for_each(|numbers| fitted.answers.undo(numbers));
        let samples = actual.transpose();
        let losses = loss_of_rows(model, &predicted, samples.as_slice())?;
        let (loss, _) = &model.check_compiled("Setup")?.losses[0];
        let reading = Reading { loss: loss.spec(), outputs: predicted.ncols(), two: two_values(samples.iter()) };
        let target = Target::new(Batch::new(&Shape::from(actual.ncols()), samples.as_slice()), &reading);
        let skill = Skill::new(&values_of(&in_doubles(&predicted), &target.values, &reading), &target.values);
        let count = losses.len();
        let loss = losses.iter().sum::<f64>() / count.max(1) as f64;
        Ok(Self { loss, error: skill.map_or(f64::NAN, |skill| 1.0 - skill.score), rows: count })
    }
}
