//! The cause of a number that is not finite, and the remedy.

use super::operands::{Numbers, Origin};
use super::producer::Producer;
use super::replay::Growth;
use crate::base::{Batch, BatchMut, NonFiniteCause, TensorRole};
use crate::kernels::Scalar;
use crate::losses::LossGradient;

/// The growth in each step from which it is a divergence.
const GROWS: f64 = 1.05;

/// The size of a value of the data from which it is taken for the cause.
const LARGE: f64 = 1e6;

/// What is known about the step in which a number was not finite.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// The column of the target that breaks the loss, whatever is predicted, and the name of the loss.
    broken: Option<(usize, String)>,
    /// The largest value in the row of the data, if it is large and larger than all weights.
    large: Option<(usize, f64)>,
    /// True if the number is a slot for whose weight the square of the gradient is not finite.
    overflows_square: bool,
}

impl Facts {
    pub(super) fn new<T: Scalar>(numbers: &Numbers<'_, T>, found: &Producer, origin: &Origin) -> Self {
        let is_scored = matches!(found.role, TensorRole::Loss | TensorRole::Gradient);
        let broken = found.output.filter(|_| is_scored).zip(origin.sample).and_then(|(output, sample)| {
            let column = numbers.broken_target(output, sample, found.role == TensorRole::Gradient)?;
            Some((column, numbers.objective.loss(output).name().to_string()))
        });
        let size = |value: &T| value.to_f64().abs();
        let weights = numbers.network.params().iter().map(size).filter(|size| size.is_finite()).fold(0.0, f64::max);
        let large = origin.sample.and_then(|sample| {
            let width = numbers.batch.x.width();
            let row = numbers.batch.x.values()[sample * width..].iter().take(width).map(size);
            row.enumerate().reduce(|best, other| if other.1 > best.1 { other } else { best })
        });
        let square = found.weight.as_ref().zip(found.index).map(|((range, _), index)| numbers.gradient[range.start + index]);
        let is_moment = found.role == TensorRole::Moment;
        Self {
            broken,
            large: large.filter(|(_, size)| *size >= LARGE && *size >= weights),
            overflows_square: is_moment && square.is_some_and(|g| g.is_finite() && !(g * g).is_finite()),
        }
    }

    /// Returns the column of the target that breaks the loss, if it is known to.
    pub(super) fn broken_column(&self) -> Option<usize> {
        self.broken.as_ref().map(|(column, _)| *column)
    }

    /// Returns the cause. `at_start` says that the batch has such a number also with the weights before the last steps.
    pub(super) fn cause<T: Scalar>(self, found: &Producer, growth: &Growth, at_start: bool) -> NonFiniteCause {
        let rate = growth.rate();
        let grew = !at_start && rate > GROWS;
        // what a part of the user's own makes of small numbers is no matter of their growth
        let is_huge = growth.size() > T::max_value().map_or(f64::MAX, |most| most.to_f64()).sqrt().sqrt();
        let is_own_loss = found.own.is_some() && matches!(found.role, TensorRole::Loss);
        match (&found.own, self.broken) {
            (None, Some((_, loss))) => return NonFiniteCause::Target { loss },
            (Some(part), Some(_)) if is_own_loss => return NonFiniteCause::OwnPart { part: part.clone() },
            (Some(part), _) if !(grew && is_huge) => return NonFiniteCause::OwnPart { part: part.clone() },
            _ => {}
        }
        match found.role {
            _ if grew => NonFiniteCause::Divergence { growth: rate },
            _ if self.overflows_square => NonFiniteCause::SquareOverflow,
            _ if self.large.is_some() => NonFiniteCause::LargeInput,
            TensorRole::Weight if found.weight.as_ref().is_some_and(|(_, is_state)| !is_state) => {
                NonFiniteCause::Divergence { growth: f64::INFINITY }
            }
            _ => NonFiniteCause::Overflow,
        }
    }
}

impl<T: Scalar> Numbers<'_, T> {
    /// Returns the column of a sample's target with which the loss, or its gradient, is not finite for predictions of 0.5 too.
    fn broken_target(&self, output: usize, sample: usize, of_gradient: bool) -> Option<usize> {
        let (half, y) = (T::of(0.5), self.batch.y(output));
        let shape = self.network.result(output, self.left_out);
        let (predicted, width) = (vec![half; shape.width()], y.width());
        let target = &y.values()[sample * width..(sample + 1) * width];
        let is_broken = |target: &[T]| {
            let (mut losses, mut gradient) = ([T::zero()], vec![T::zero(); shape.width()]);
            let into = LossGradient { scale: &[T::one()], values: BatchMut::new(shape, &mut gradient) };
            let (predicted, target) = (Batch::new(shape, &predicted), Batch::new(y.shape(), target));
            self.objective.loss(output).score(predicted, target, &mut losses, Some(into));
            !losses[0].is_finite() || (of_gradient && !gradient.iter().all(|value| value.is_finite()))
        };
        let alone = |column: &usize| {
            let mut only = vec![half; width];
            only[*column] = target[*column];
            is_broken(&only)
        };
        is_broken(target).then(|| if width > 1 { (0..width).find(alone).unwrap_or(0) } else { 0 })
    }
}

/// Returns what to do about a cause; `row` and `column` are those of the number, `weight` its weight.
pub(super) fn remedy(cause: &NonFiniteCause, row: Option<usize>, column: Option<usize>, weight: &str) -> String {
    let of_row = row.map_or(String::new(), |row| format!("row {row}"));
    match cause {
        NonFiniteCause::InitialWeight => format!("another initializer for {weight}"),
        NonFiniteCause::Target { .. } => {
            format!("correct {of_row} of y, scale the targets, or use a loss that takes such targets")
        }
        NonFiniteCause::OwnPart { part } => {
            format!(
                "look in `{part}` for 0 / 0, `exp` of large and `ln` or `sqrt` of negative numbers; `layercake::check` tests it"
            )
        }
        NonFiniteCause::Divergence { .. } => {
            "a tenth of the learning rate, `clipnorm(1.0)`, or scale the inputs and the targets".to_string()
        }
        NonFiniteCause::SquareOverflow => {
            let column = column.map_or("the inputs".to_string(), |column| format!("column {column} of x"));
            format!("scale {column} and the targets, or `clipnorm(1.0)`")
        }
        NonFiniteCause::LargeInput => {
            let column = column.map_or("the inputs".to_string(), |column| format!("column {column} of x"));
            format!("correct {of_row} of x, or scale {column}, for example with `Normalization`")
        }
        NonFiniteCause::Overflow => "scale inputs and targets, smaller initial weights, or `f64` for model and data".to_string(),
        NonFiniteCause::NotReproduced => {
            "random numbers from `Forward::rng` and state from `Plan::state` in your own parts".to_string()
        }
    }
}
