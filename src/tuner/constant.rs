//! The loss of the best constant prediction, which a trial must beat.

use super::splitting::Fold;
use crate::base::Targets;
use crate::kernels::{Scalar, doubles};
use crate::layers::{Dense, IntoEntry};
use crate::model::Model;
use crate::optimizers::{OptimizerState, Sgd};
use crate::part::Value;
use crate::training::Compiled;
use nalgebra::DMatrix;
use std::sync::Arc;

/// Returns the validation loss of a model that always gives the means of the training targets, or the shares of the classes.
///
/// Returns `None` if the loss of the model cannot be computed for it, or is not above 0.
pub(super) fn loss<T: Scalar>(model: &Model<T>, fold: &Fold<T>) -> Option<f64> {
    let compiled = model.compiled.as_ref()?;
    let outputs = model.network.as_ref()?.output().width();
    let means = means(fold.train.1.get(), outputs)?;
    let (loss, _) = compiled.losses.first()?;
    let from_logits = loss.spec().get("from_logits") == Some(&Value::Bool(true));
    let sum: f64 = means.iter().sum();
    let value = |mean: f64| {
        let p = mean.clamp(1e-7, 1.0 - 1e-7);
        match (from_logits, outputs) {
            (false, _) => mean,
            // softmax of the logarithms gives the shares, the sigmoid of the logit the mean
            (true, 2..) if (sum - 1.0).abs() < 1e-6 => p.ln(),
            (true, _) => (p / (1.0 - p)).ln(),
        }
    };
    let x = &fold.validation.0;
    let mut constant = Model::with_seed(0);
    constant.add(IntoEntry::<T, _>::into_entry(Dense::<T>::new(outputs)));
    constant.build(x.ncols()).ok()?;
    let bias = DMatrix::from_fn(1, outputs, |_, output| T::of(value(means[output])));
    constant.set_weights(&[DMatrix::zeros(x.ncols(), outputs), bias]).ok()?;
    let optimizer = OptimizerState::new(Arc::new(Sgd::default())).ok()?;
    constant.compiled = Some(Compiled { optimizer, losses: compiled.losses.clone(), metrics: Vec::new() });
    let loss = constant.evaluate(x, fold.validation.1.get()).ok()?.loss();
    Some(loss).filter(|loss| *loss > 0.0 && loss.is_finite())
}

/// Returns the mean of each output: of the columns of the targets, or the share of each class.
fn means<T: Scalar>(targets: Targets<'_, T>, outputs: usize) -> Option<Vec<f64>> {
    match targets {
        Targets::Classes(classes) => Some(of_column(&classes.iter().map(|&class| class as f64).collect::<Vec<f64>>(), outputs)),
        Targets::Vector(vector) => Some(of_column(&doubles(vector.as_slice()), outputs)),
        Targets::Matrix(matrix) if matrix.ncols() == 1 => Some(of_column(&doubles(matrix.as_slice()), outputs)),
        Targets::Matrix(matrix) if matrix.ncols() == outputs => {
            Some(doubles(matrix.as_slice()).chunks_exact(matrix.nrows().max(1)).map(mean).collect())
        }
        Targets::Matrix(_) => None,
    }
}

/// Returns the mean of one column of targets, or the share of each class.
fn of_column(values: &[f64], outputs: usize) -> Vec<f64> {
    if outputs == 1 {
        return vec![mean(values)];
    }
    let share = |class: usize| values.iter().filter(|&&value| value == class as f64).count() as f64;
    (0..outputs).map(|class| share(class) / values.len() as f64).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
