//! Checks that a loss or a metric can compare the given targets with the outputs of a model.

use crate::base::{Batch, Error, Result, Shape};
use crate::kernels::Scalar;

/// Fails unless targets and outputs have the same width.
pub(crate) fn check_same_width(part: &str, outputs: &Shape, targets: &Shape) -> Result<()> {
    let (found, outputs) = (targets.width(), outputs.width());
    if found == outputs {
        return Ok(());
    }
    let hint = format!("give the last layer {found} unit(s), or the targets {outputs} column(s)");
    Err(Error::TargetWidth { part: part.to_string(), found, outputs, hint })
}

/// Fails at the first target outside `[0, 1]`.
pub(crate) fn check_probabilities<T: Scalar>(part: &str, targets: Batch<'_, T>) -> Result<()> {
    let inside = |t: T| t >= T::zero() && t <= T::one();
    check_targets(part, targets, inside, || "0, 1, or a probability between them".to_string())
}

/// Fails at the first target that is not allowed.
pub(crate) fn check_targets<T: Scalar>(
    part: &str,
    targets: Batch<'_, T>,
    is_allowed: impl Fn(T) -> bool,
    expected: impl Fn() -> String,
) -> Result<()> {
    match targets.values().iter().position(|&target| !is_allowed(target)) {
        None => Ok(()),
        Some(index) => Err(Error::Target {
            part: part.to_string(),
            what: "y",
            row: index / targets.width(),
            value: targets.values()[index].to_f64(),
            expected: expected(),
        }),
    }
}

/// Fails unless targets have one column for each of several classes; the error recommends `sparse` for class indices.
pub(crate) fn check_one_hot_width(part: &str, outputs: &Shape, targets: &Shape, binary: &str, sparse: &str) -> Result<()> {
    check_several_classes(part, outputs, binary)?;
    if targets.width() == 1 {
        let hint = format!("for class indices use {sparse}, or one-hot encode them, see `layercake::data`");
        return Err(Error::TargetWidth { part: part.to_string(), found: 1, outputs: outputs.width(), hint });
    }
    check_same_width(part, outputs, targets)
}

/// Fails unless targets are one column and outputs are several classes; the error recommends `binary` for one output.
pub(crate) fn check_class_width(part: &str, outputs: &Shape, targets: &Shape, binary: &str) -> Result<()> {
    check_several_classes(part, outputs, binary)?;
    let found = targets.width();
    if found == 1 {
        return Ok(());
    }
    let hint = "give one column of class indices; for one-hot targets use the categorical form, without `Sparse`".to_string();
    Err(Error::TargetWidth { part: part.to_string(), found, outputs: outputs.width(), hint })
}

/// Fails unless every target is a whole number below the number of outputs or is ignored.
pub(crate) fn check_class_indices<T: Scalar>(
    part: &str,
    outputs: &Shape,
    targets: Batch<'_, T>,
    is_ignored: impl Fn(T) -> bool,
) -> Result<()> {
    let classes = outputs.width();
    let is_allowed = |target| class_index(target, classes).is_some() || is_ignored(target);
    check_targets(part, targets, is_allowed, || {
        format!("a whole number from 0 to {}, one for each unit of the last layer", classes - 1)
    })
}

/// Fails unless each sample has one axis of outputs with at least two classes.
fn check_several_classes(part: &str, outputs: &Shape, binary: &str) -> Result<()> {
    match outputs.dims() {
        [_, _, ..] => {
            let advice = "samples with one axis, the classes: change the last layer";
            Err(Error::argument(part, "outputs", outputs, advice))
        }
        _ if outputs.width() > 1 => Ok(()),
        _ => {
            let advice = format!("at least 2 outputs, one for each class; for one probability use {binary}");
            Err(Error::argument(part, "outputs", outputs.width(), advice))
        }
    }
}

/// Converts a target to a class index, if it is a whole number from 0 and below `classes`.
#[inline]
pub(crate) fn class_index<T: Scalar>(target: T, classes: usize) -> Option<usize> {
    let number = target.to_f64();
    let index = number as usize;
    (index as f64 == number && index < classes).then_some(index)
}
