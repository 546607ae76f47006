//! The first number of a training that was not finite: where it was, what it was computed from, the cause and the remedy.

use std::fmt;

/// The first number of a training that was NaN or infinite, in a tensor that was computed from finite numbers.
///
/// A training finds it if [`Diagnosis`](crate::diagnosis::Diagnosis) or [`TerminateOnNan`](crate::callbacks::TerminateOnNan)
/// watches it. Epoch, batch, row, column and unit are counted from 0. It displays in at most five lines, which count the epoch
/// and the batch from 1 as progress bars do.
///
/// ```
/// use layercake::prelude::*;
/// use layercake::{Error, TensorRole};
///
/// let mut model = Sequential::with_seed(1);
/// model.add(Dense::new(1));
/// model.compile(Sgd::default().learning_rate(1e200), "mse", ())?;
/// let options = FitOptions::new().epochs(100).callback(TerminateOnNan::default().raise_error(true));
/// let Err(Error::NonFinite(found)) = model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], options) else { panic!() };
/// assert_eq!((found.epoch, found.role), (1, TensorRole::Loss));
/// assert!(found.to_string().contains("divergence"));
/// assert!(f64::is_finite(model.get_weights()[0][0]));
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NonFinite {
    /// The epoch.
    pub epoch: usize,
    /// The batch of the epoch.
    pub batch: usize,
    /// What kind of tensor holds the number.
    pub role: TensorRole,
    /// The layer that the tensor belongs to; `None` for the data and for the loss as a whole.
    pub layer: Option<String>,
    /// The weight that the number belongs to, for example `kernel`; `None` if it belongs to none.
    pub weight: Option<String>,
    /// The name of the optimizer's vector that holds the number, for example `velocity`; `None` if none does.
    pub moment: Option<String>,
    /// The row of the caller's matrix that the number was computed from; for a sum over rows, the row with the largest part.
    pub row: Option<usize>,
    /// The column of `x`, or of the targets if [`role`](Self::role) is the loss, that the number was computed from; for a sum
    /// over columns, the column with the largest part. The columns of several inputs are counted one input after the other.
    pub column: Option<usize>,
    /// The unit: the index of the number in the output of a layer for one row, or the last index in a weight.
    pub unit: Option<usize>,
    /// The number: NaN or infinite.
    pub value: f64,
    /// The names and values of numbers that it was computed from; those with the largest part.
    pub operands: Vec<(String, f64)>,
    /// The cause.
    pub cause: NonFiniteCause,
    /// What to do.
    pub remedy: String,
}

/// The kinds of tensors in a training, in the order in which a step computes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TensorRole {
    /// The data.
    Input,
    /// The output of a layer before its activation.
    PreActivation,
    /// The output of a layer after its activation, or of a layer without an activation.
    Activation,
    /// The loss of a row, or a penalty.
    Loss,
    /// A gradient.
    Gradient,
    /// A vector of the optimizer, such as a running mean of gradients, or an accumulated gradient.
    Moment,
    /// A weight, or the state of a layer.
    Weight,
}

/// Why a number of a training became NaN or infinite.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum NonFiniteCause {
    /// The weights held it before the first step.
    InitialWeight,
    /// The loss has no finite value for this target, whatever the model predicts.
    Target {
        /// The loss.
        loss: String,
    },
    /// A part that is none of this crate computed it from finite numbers.
    OwnPart {
        /// The name of the part.
        part: String,
    },
    /// The weights grew from step to step: the training diverged.
    Divergence {
        /// The factor by which the largest weights or outputs of layers grew in each of the last steps, at most ten of them.
        growth: f64,
    },
    /// The gradient is finite, but its square is too large for the number type.
    SquareOverflow,
    /// A value of the data is so large that what is computed from it is too large for the number type.
    LargeInput,
    /// Finite numbers gave a result that is too large for the number type, or no number.
    Overflow,
    /// The batches since the last snapshot were run again and stayed finite, so that only this is known: a layer, a loss or
    /// another part does not compute the same twice.
    NotReproduced,
}

impl fmt::Display for TensorRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Input => "input",
            Self::PreActivation => "pre-activation",
            Self::Activation => "activation",
            Self::Loss => "loss",
            Self::Gradient => "gradient",
            Self::Moment => "moment",
            Self::Weight => "weight",
        })
    }
}

impl fmt::Display for NonFiniteCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InitialWeight => f.write_str("the weight was so before the first step"),
            Self::Target { loss } => write!(f, "{loss} has no finite value for this target, whatever is predicted"),
            Self::OwnPart { part } => write!(f, "your own `{part}` computed it from finite numbers"),
            Self::Divergence { growth } if growth.is_finite() => {
                write!(f, "divergence: the largest numbers grew {} times in each step", rounded(*growth))
            }
            Self::Divergence { .. } => f.write_str("divergence: a single step was too large for the number type"),
            Self::SquareOverflow => f.write_str("the gradient is finite, but its square is too large for the number type"),
            Self::LargeInput => f.write_str("a value of the data is too large for what is computed from it"),
            Self::Overflow => f.write_str("the result of finite numbers is too large for the number type, or no number"),
            Self::NotReproduced => {
                f.write_str("unknown: run again, the batches stayed finite, so a part does not compute the same twice")
            }
        }
    }
}

impl NonFinite {
    /// Names the tensor: ``gradient of `dense/kernel` ``.
    fn tensor(&self) -> String {
        let layer = self.layer.as_deref().unwrap_or_default();
        match (&self.weight, &self.moment, self.role) {
            (Some(weight), Some(moment), _) => format!("the {moment} of `{layer}/{weight}`"),
            (Some(weight), None, TensorRole::Weight) => format!("`{layer}/{weight}`"),
            (Some(weight), None, role) => format!("the {role} of `{layer}/{weight}`"),
            (None, _, TensorRole::Input) => "the input".to_string(),
            (None, _, role) if layer.is_empty() => format!("the {role}"),
            (None, _, role) => format!("the {role} of layer `{layer}`"),
        }
    }

    /// Names the place within the tensor: `unit 3, row 17, column 2 (counted from 0)`.
    fn place(&self) -> String {
        let numbers = [("unit", self.unit), ("row", self.row), ("column", self.column)];
        let known = numbers.iter().filter_map(|(name, number)| Some(format!("{name} {}", (*number)?)));
        let known: Vec<String> = known.collect();
        if known.is_empty() { String::new() } else { format!(", {} (counted from 0)", known.join(", ")) }
    }
}

impl fmt::Display for NonFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (epoch, batch) = (self.epoch + 1, self.batch + 1);
        write!(f, "{} became {} in epoch {epoch}, batch {batch}{}", self.tensor(), self.value, self.place())?;
        if !self.operands.is_empty() {
            let operands: Vec<String> =
                self.operands.iter().map(|(name, value)| format!("{name} = {}", rounded(*value))).collect();
            write!(f, "\n  from: {}", operands.join(", "))?;
        }
        write!(f, "\n  cause: {}\n  try: {}", self.cause, self.remedy)?;
        match self.cause {
            NonFiniteCause::InitialWeight => Ok(()),
            _ => f.write_str("\n  the model has the weights from before this batch"),
        }
    }
}

/// Writes a number with three digits after the point, or with an exponent.
fn rounded(value: f64) -> String {
    let size = value.abs();
    match size {
        _ if value == value.trunc() && size < 1e6 => format!("{value}"),
        _ if !(1e-3..1e6).contains(&size) => format!("{value:.2e}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_displays_in_five_lines() {
        let mut found = NonFinite {
            epoch: 1,
            batch: 4,
            role: TensorRole::Moment,
            layer: Some("dense".to_string()),
            weight: Some("kernel".to_string()),
            moment: Some("velocity".to_string()),
            row: Some(17),
            column: None,
            unit: Some(3),
            value: f64::INFINITY,
            operands: vec![("gradient".to_string(), 1e20), ("a".to_string(), 12.5)],
            cause: NonFiniteCause::SquareOverflow,
            remedy: "`clipnorm(1.0)`".to_string(),
        };
        let text = "the velocity of `dense/kernel` became inf in epoch 2, batch 5, unit 3, row 17 (counted from 0)
  from: gradient = 1.00e20, a = 12.500
  cause: the gradient is finite, but its square is too large for the number type
  try: `clipnorm(1.0)`
  the model has the weights from before this batch";
        assert_eq!(found.to_string(), text);
        found = NonFinite { role: TensorRole::Weight, weight: None, layer: None, moment: None, row: None, unit: None, ..found };
        assert!(found.to_string().starts_with("the weight became inf in epoch 2, batch 5\n"));
    }
}
