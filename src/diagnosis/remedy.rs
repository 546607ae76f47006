//! What to try about a finding.

use super::finding::{list, short};
use std::fmt;

/// What to try about a finding, as data; it displays as one sentence.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Remedy {
    /// Fill the cells that are not numbers, or drop their rows.
    Clean,
    /// Put the inputs on one scale: `Normalization`, adapted to the training rows, as the first layer.
    Normalize,
    /// Drop these columns.
    DropColumns(Vec<usize>),
    /// Ask where this column comes from, and train without it to compare.
    AskAbout(usize),
    /// Treat this value of a column as missing.
    MarkMissing(usize, f64),
    /// Shuffle or stratify the rows before the validation rows are taken from their end.
    ShuffleBeforeSplit,
    /// Leave shuffling on.
    Shuffle,
    /// Keep equal rows on one side of the split.
    SplitByGroup,
    /// Give rare classes a larger weight, and look at a score that counts classes equally.
    WeightClasses,
    /// Standardise the targets, and undo it on the predictions.
    ScaleTargets,
    /// End the model with this activation.
    Head(&'static str),
    /// Compile with `from_logits(true)`, or end the model with this activation.
    FromLogits(&'static str),
    /// Remove one of two activations that follow one another, in this layer.
    RemoveActivation(String),
    /// Compile with this loss.
    Loss(&'static str),
    /// Initialise this layer with one of the usual initializers.
    Initialize(String, &'static str),
    /// Give the hidden layers another activation.
    HiddenActivation(&'static str),
    /// Divide the factor of the penalty of this layer by about this number.
    LowerPenalty(String, f64),
    /// Lower the rate of this dropout layer.
    Dropout(String, f64),
    /// Train with batches of this size.
    BatchSize(usize),
    /// Train for this number of epochs.
    Epochs(usize),
    /// Multiply the learning rate by this number.
    LearningRate(f64),
    /// Compile the program with optimisation.
    ReleaseProfile,
    /// Nothing that can be done by a program.
    Advice(&'static str),
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Clean => f.write_str("fill these cells, or drop their rows, see `layercake::data`"),
            Self::Normalize => f.write_str("`StandardScaler`, or `Normalization` as the first layer"),
            Self::DropColumns(columns) => write!(f, "drop {}", list("column", columns)),
            Self::AskAbout(column) => {
                write!(f, "ask whether column {column} is known when you predict, and train without it to compare")
            }
            Self::MarkMissing(column, value) => {
                write!(f, "treat {} in column {column} as missing: fill it with the median, and add a flag", short(*value))
            }
            Self::ShuffleBeforeSplit => f.write_str("shuffle the rows first, for example with `train_test_split`"),
            Self::Shuffle => f.write_str("leave `shuffle` on, or shuffle the rows once before the training"),
            Self::SplitByGroup => {
                f.write_str("keep equal rows on one side of the split, or validate on rows that are not in training")
            }
            Self::WeightClasses => {
                f.write_str("`class_weight` for the rare classes, and a score such as balanced accuracy or AUC")
            }
            Self::ScaleTargets => f.write_str("train on (y - mean) / deviation, and undo it on the predictions"),
            Self::Head(activation) => write!(f, "end the model with the activation `{activation}`"),
            Self::FromLogits(activation) => write!(f, "`from_logits(true)` on the loss, or end the model with `{activation}`"),
            Self::RemoveActivation(layer) => write!(f, "remove the activation of layer `{layer}`"),
            Self::Loss(loss) => write!(f, "compile with the loss `{loss}`"),
            Self::Initialize(layer, initializer) => write!(f, "initialise layer `{layer}` with `{initializer}`"),
            Self::HiddenActivation(activation) => {
                write!(f, "`{activation}` in the hidden layers, `BatchNormalization`, or fewer layers")
            }
            Self::LowerPenalty(layer, factor) => {
                write!(f, "divide the factor of the penalty of layer `{layer}` by about {}", short(*factor))
            }
            Self::Dropout(layer, rate) => write!(f, "lower the rate of layer `{layer}` to {}", short(*rate)),
            Self::BatchSize(size) => write!(f, "`batch_size({size})`"),
            Self::Epochs(epochs) => write!(f, "`epochs({epochs})`"),
            Self::LearningRate(factor) if *factor >= 1.0 => write!(f, "multiply the learning rate by {}", short(*factor)),
            Self::LearningRate(factor) => write!(f, "divide the learning rate by {}", short(1.0 / factor)),
            Self::ReleaseProfile => f.write_str("`cargo run --release`, or `opt-level = 3` for this crate in the dev profile"),
            Self::Advice(text) => f.write_str(text),
        }
    }
}
