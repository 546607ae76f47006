//! What to try about a finding.

use super::finding::{list, short};
use std::fmt;

/// What to try about a finding, as data; it displays as one sentence.
///
/// [`apply`](Self::apply) applies it to a [`Setup`](super::Setup), which can then be trained.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Remedy {
    /// Fill the cells that are not numbers with the median of their column, and drop rows whose target is not a number.
    Clean,
    /// Put the inputs on one scale: `Normalization`, by the training rows, as the first layer. Constant columns become 0.
    Normalize,
    /// Drop these columns.
    DropColumns(Vec<usize>),
    /// Ask where these columns come from, and train without them to compare.
    AskAbout(Vec<usize>),
    /// Treat this value of each of these columns as missing: replace it by what a ridge regression makes of the other columns, or
    /// by the median where the rows are too few or the columns more than 256, and add a column that is 1 where it was.
    MarkMissing(Vec<(usize, f64)>),
    /// Shuffle the rows before the validation rows are taken from their end; these can then tell the best epoch, so that its
    /// weights are kept if there are at least 30 of them.
    ShuffleBeforeSplit,
    /// Leave shuffling on.
    Shuffle,
    /// Keep equal rows on one side of the split: leave out the validation rows that are also training rows; if too few are left,
    /// some of the training rows take their place.
    SplitByGroup,
    /// Give rare classes a larger weight, and look at a score that counts classes equally.
    WeightClasses,
    /// Number the classes from 0, in the order of these targets, with one output for each.
    NumberClasses(Vec<f64>),
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
    /// Initialise each of these layers with one of the usual initializers, and its bias with zeros.
    Initialize(Vec<(String, &'static str)>),
    /// Give the hidden layers another activation, and the initializer that goes with it. A network whose gradients do not vanish
    /// also overfits sooner: the weights of the best epoch are kept if there are at least 30 rows for validation.
    HiddenActivation(&'static str),
    /// Give the hidden layers another activation, and keep this number of them at most, with more units for those left out;
    /// the weights of the best epoch are kept, as for [`HiddenActivation`](Self::HiddenActivation).
    FewerLayers(&'static str, usize),
    /// Divide the factor of the penalty of these layers by about this number.
    LowerPenalty(Vec<String>, f64),
    /// Lower the rate of these dropout layers.
    Dropout(Vec<String>, f64),
    /// Lower the rate of these dropout layers to 0.1, and give these narrow layers at least this number of units.
    WiderDropout {
        /// The names of the dropout layers.
        dropouts: Vec<String>,
        /// The names of the narrow layers.
        layers: Vec<String>,
        /// The number of units.
        units: usize,
    },
    /// Give each of these layers at least this number of units.
    Units(Vec<String>, usize),
    /// Give each hidden layer four times the units, and train for three times the epochs, as [`Epochs`](Self::Epochs) does.
    Enlarge,
    /// Train with batches of this size.
    BatchSize(usize),
    /// Train for this number of epochs, and keep the weights of the best one if there are at least 30 rows for validation.
    Epochs(usize),
    /// Train with batches of this size, for this number of epochs as [`Epochs`](Self::Epochs) does.
    Steps {
        /// The number of samples in a batch.
        batch_size: usize,
        /// The number of epochs.
        epochs: usize,
    },
    /// Multiply the learning rate by this number.
    LearningRate(f64),
    /// Stop when the validation loss has not improved for this number of epochs, and keep the best weights.
    EarlyStopping(usize),
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
            Self::AskAbout(columns) => {
                let (verb, it) = if columns.len() > 1 { ("are", "them") } else { ("is", "it") };
                write!(
                    f,
                    "ask whether {} {verb} known when you predict, and train without {it} to compare",
                    list("column", columns)
                )
            }
            Self::MarkMissing(cells) => {
                let columns: Vec<usize> = cells.iter().map(|(column, _)| *column).collect();
                let value = cells.first().map_or(0.0, |(_, value)| *value);
                let columns = list("column", &columns);
                write!(f, "treat {} in {columns} as missing: fill it by the other columns, and add a flag", short(value))
            }
            Self::ShuffleBeforeSplit => {
                f.write_str("shuffle the rows first, for example with `train_test_split`, and keep the best weights")
            }
            Self::Shuffle => f.write_str("leave `shuffle` on, or shuffle the rows once before the training"),
            Self::SplitByGroup => {
                f.write_str("keep equal rows on one side of the split, or validate on rows that are not in training")
            }
            Self::WeightClasses => {
                f.write_str("`class_weight` for the rare classes, and a score such as balanced accuracy or AUC")
            }
            Self::NumberClasses(targets) => {
                let named = targets.iter().take(4).enumerate().map(|(class, target)| format!("{} as {class}", short(*target)));
                let more = if targets.len() > 4 { ", .." } else { "" };
                write!(f, "number the classes from 0: {}{more}", named.collect::<Vec<_>>().join(", "))
            }
            Self::ScaleTargets => f.write_str("train on (y - mean) / deviation, and undo it on the predictions"),
            Self::Head(activation) => write!(f, "end the model with the activation `{activation}`"),
            Self::FromLogits(activation) => write!(f, "`from_logits(true)` on the loss, or end the model with `{activation}`"),
            Self::RemoveActivation(layer) => write!(f, "remove the activation of layer `{layer}`"),
            Self::Loss(loss) => write!(f, "compile with the loss `{loss}`"),
            Self::Initialize(layers) => {
                let each = layers.iter().take(4).map(|(layer, initializer)| format!("layer `{layer}` with `{initializer}`"));
                let more = if layers.len() > 4 { format!(" and {} more", layers.len() - 4) } else { String::new() };
                write!(f, "initialise {}{more}", each.collect::<Vec<_>>().join(", "))
            }
            Self::HiddenActivation(activation) => {
                write!(f, "`{activation}` in the hidden layers, `BatchNormalization`, or fewer layers")
            }
            Self::FewerLayers(activation, most) => {
                write!(f, "`{activation}` in the hidden layers, and {most} of them at most; or `BatchNormalization`")
            }
            Self::LowerPenalty(layers, factor) => {
                write!(f, "divide the factor of the penalty of {} by about {}", named(layers), short(*factor))
            }
            Self::Dropout(layers, rate) => write!(f, "lower the rate of {} to {}", named(layers), short(*rate)),
            Self::WiderDropout { dropouts, layers, units } => {
                write!(f, "lower the rate of {} to 0.1, and give {} {units} units or more", named(dropouts), named(layers))
            }
            Self::Units(layers, units) => write!(f, "give {} {units} units or more", named(layers)),
            Self::Enlarge => f.write_str("four times the units in the hidden layers, and three times the epochs"),
            Self::EarlyStopping(patience) => {
                write!(f, "`EarlyStopping` with a patience of {patience} and `restore_best_weights`, or dropout")
            }
            Self::BatchSize(size) => write!(f, "`batch_size({size})`"),
            Self::Epochs(epochs) => write!(f, "`epochs({epochs})`"),
            Self::Steps { batch_size, epochs } => write!(f, "`batch_size({batch_size})` and `epochs({epochs})`"),
            Self::LearningRate(factor) if *factor >= 1.0 => write!(f, "multiply the learning rate by {}", short(*factor)),
            Self::LearningRate(factor) => write!(f, "divide the learning rate by {}", short(1.0 / factor)),
            Self::ReleaseProfile => f.write_str("`cargo run --release`, or `opt-level = 3` for this crate in the dev profile"),
            Self::Advice(text) => f.write_str(text),
        }
    }
}

/// Names layers, the first four of them at most.
fn named(layers: &[String]) -> String {
    let first: Vec<String> = layers.iter().take(4).map(|layer| format!("`{layer}`")).collect();
    let more = if layers.len() > 4 { format!(" and {} more", layers.len() - 4) } else { String::new() };
    format!("layer{} {}{more}", if layers.len() > 1 { "s" } else { "" }, first.join(", "))
}
