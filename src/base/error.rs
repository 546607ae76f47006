//! The errors of the crate.

use super::NonFinite;
use super::suggestion::did_you_mean;
use crate::base::Shape;

/// The result of every method in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The reason a call failed; the model can be used afterwards as before the call.
///
/// Each message names what was expected, what was found, and a solution if there is one.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::<f64>::new();
/// model.add(Dense::new(1));
/// let refused = model.fit(&dmatrix![1.0], &dmatrix![1.0], FitOptions::new()).unwrap_err();
/// assert!(refused.to_string().contains("call `compile(optimizer, loss, metrics)` before `fit`"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A method that trains or evaluates was called before `compile`.
    #[error("the model is not compiled: call `compile(optimizer, loss, metrics)` before `{method}`{}", because(.cause))]
    NotCompiled {
        /// The method that was called.
        method: &'static str,
        /// The reason why an earlier `compile` is no longer valid, or why the compile settings of a file cannot be used;
        /// empty if the model was never compiled.
        cause: String,
    },

    /// The model has no weights yet, because its input width is unknown.
    #[error("the model is not built: add an `Input` first, call `build(inputs)`, or fit it once before `{method}`")]
    NotBuilt {
        /// The method that was called.
        method: &'static str,
    },

    /// The model has no layers.
    #[error("the model has no layers: add at least one, e.g. `model.add(Dense::new(1))`")]
    NoLayers,

    /// No layer has this name or index.
    #[error("there is no layer `{name}`; use the name of one of these layers: {available}")]
    NoSuchLayer {
        /// The name or index that was given.
        name: String,
        /// The names of all layers.
        available: String,
    },

    /// Two layers have the same name.
    #[error("two layers are named `{name}`: layer names must be unique, so give one of them another name with `.name(..)`")]
    DuplicateLayer {
        /// The name that occurs twice.
        name: String,
    },

    /// A layer cannot process samples of the shape it receives.
    #[error("layer `{layer}` cannot take samples of shape {found}: {expected}")]
    LayerInput {
        /// The layer's name.
        layer: String,
        /// The shape of one sample that the layer receives.
        found: Shape,
        /// The shapes that the layer accepts.
        expected: String,
    },

    /// An argument of a part is outside its range.
    #[error("{part}: {argument} = {value} is not allowed; expected {allowed}")]
    Argument {
        /// The part that has the argument, e.g. `Dropout`.
        part: String,
        /// The name of the argument.
        argument: String,
        /// The value that was given.
        value: String,
        /// The range or the values that are allowed.
        allowed: String,
    },

    /// The learning rate cannot be set, because a schedule determines it.
    #[error("the learning rate follows {schedule} and cannot be set: compile with a number as the learning rate to set it later")]
    ScheduledRate {
        /// The schedule.
        schedule: String,
    },

    /// A schedule depends on the share of the training that is done, which only `fit` knows.
    #[error(
        "{schedule} depends on the share of the training that is done, which `{method}` does not know: use `fit`, or a schedule of steps"
    )]
    ScheduleByShare {
        /// The schedule.
        schedule: String,
        /// The method that was called.
        method: &'static str,
    },

    /// A part has no argument with this name.
    #[error("{part} has no argument `{argument}`; {hint}")]
    UnknownArgument {
        /// The part that was described.
        part: String,
        /// The unknown name.
        argument: String,
        /// The closest argument and all arguments of the part.
        hint: String,
    },

    /// No part is registered under the name that was given.
    #[error(transparent)]
    UnknownName(#[from] UnknownName),

    /// An error about one of several inputs or outputs.
    #[error("{part}: {error}")]
    Within {
        /// The input or the output.
        part: String,
        /// The error.
        error: Box<Error>,
    },

    /// A model was given another number of matrices or of parts than it has inputs or outputs.
    #[error("{what}: expected {expected} for the {expected} {of} of the model ({names}), found {found}")]
    Count {
        /// What was given.
        what: &'static str,
        /// What the model has several of: inputs or outputs.
        of: &'static str,
        /// The number that the model has.
        expected: usize,
        /// The number that was given.
        found: usize,
        /// The names of the inputs or outputs.
        names: String,
    },

    /// The data have no rows or no columns.
    #[error("{what} is empty: at least one row and one column are needed")]
    Empty {
        /// The name of the matrix.
        what: &'static str,
    },

    /// Two arguments that need one row per sample have different numbers of rows.
    #[error("{what} has {found} rows, but {with} has {expected}: both need one row per sample{hint}")]
    RowCount {
        /// The argument that was checked.
        what: &'static str,
        /// Its number of rows.
        found: usize,
        /// The argument that it is compared with.
        with: &'static str,
        /// The number of rows of that argument.
        expected: usize,
        /// A likely solution; empty if there is none.
        hint: &'static str,
    },

    /// The number of columns of the data differs from the number of inputs of the model.
    #[error("{what} has {rows} rows and {columns} columns, but the model takes {expected} columns: {hint}")]
    Width {
        /// The name of the matrix.
        what: &'static str,
        /// Its number of rows.
        rows: usize,
        /// Its number of columns.
        columns: usize,
        /// The number of inputs of the model.
        expected: usize,
        /// A likely solution.
        hint: &'static str,
    },

    /// A value in the data is NaN or infinite.
    #[error("{what} has {value} at row {row}, column {column} (counted from 0): clean or fill it, see `layercake::data`")]
    NotFinite {
        /// The name of the matrix.
        what: &'static str,
        /// The row, counted from 0.
        row: usize,
        /// The column, counted from 0.
        column: usize,
        /// The value that was found.
        value: f64,
    },

    /// A value in the data is not a class index that the layer accepts.
    #[error(
        "layer `{layer}` cannot take {value}, at row {row}, column {column} of {what} (counted from 0): \
         it takes whole numbers from 0 to {last}"
    )]
    Class {
        /// The layer's name.
        layer: String,
        /// The name of the matrix.
        what: &'static str,
        /// The row, counted from 0.
        row: usize,
        /// The column, counted from 0.
        column: usize,
        /// The value that was found.
        value: f64,
        /// The largest class index that the layer accepts.
        last: usize,
    },

    /// The loss or metric cannot use a target.
    #[error("{part}: target {value} at row {row} of {what} is not allowed; expected {expected}")]
    Target {
        /// The loss or the metric.
        part: String,
        /// The name of the targets.
        what: &'static str,
        /// The row, counted from 0.
        row: usize,
        /// The value that was found.
        value: f64,
        /// The targets that the loss or metric accepts.
        expected: String,
    },

    /// The loss or metric cannot compare targets of this width with the outputs of the model.
    #[error("{part}: the targets have {found} column(s) and the model has {outputs} output(s); {hint}")]
    TargetWidth {
        /// The loss or the metric.
        part: String,
        /// The number of columns of the targets.
        found: usize,
        /// The number of outputs of the model.
        outputs: usize,
        /// A likely solution.
        hint: String,
    },

    /// Weights with the wrong number of values or the wrong shape were given.
    #[error("{what}: expected {expected}, found {found}")]
    Weights {
        /// The weights that were checked.
        what: String,
        /// The number or shape that is expected.
        expected: String,
        /// The number or shape that was given.
        found: String,
    },

    /// A callback monitors a series that this training does not log.
    #[error("{callback} monitors `{name}`, which this training does not log; available: {available}")]
    UnknownSeries {
        /// The callback.
        callback: String,
        /// The name of the series.
        name: String,
        /// The names of all series that are logged.
        available: String,
    },

    /// A callback stopped the training with its own error.
    #[error("a callback stopped the training: {0}")]
    Callback(#[source] Box<dyn std::error::Error + Send + Sync>),

    /// A number of a training became NaN or infinite; it was located, and the model has its last finite weights.
    #[error("{0}")]
    NonFinite(Box<NonFinite>),

    /// A table has no column with this name.
    #[error("there is no column `{name}`; use the name of one of these columns: {available}")]
    NoSuchColumn {
        /// The name that was given.
        name: String,
        /// The names of all columns.
        available: String,
    },

    /// A cell of a table cannot be used as requested.
    #[error("column `{column}`, line {line}: found {found}; expected {expected}")]
    Cell {
        /// The column's name.
        column: String,
        /// The line of the file; the header is line 1.
        line: u64,
        /// The value that was found.
        found: String,
        /// The content that is needed, and how to correct the cell.
        expected: &'static str,
    },

    /// A column of a table does not fit what a feature or a model was adapted to.
    #[error("column `{column}`{}: {problem}", on_line(.line))]
    Feature {
        /// The column's name.
        column: String,
        /// The line of the file, if the problem is in one cell; the header is line 1.
        line: Option<u64>,
        /// What was expected, what was found and what to do.
        problem: String,
    },

    /// A file cannot be read as a table.
    #[error("{file}: {problem}")]
    Table {
        /// The file, or the name of the input.
        file: String,
        /// The problem, with its line if it has one.
        problem: String,
    },

    /// A model file or a weights file cannot be used.
    #[error("{file}{}: {problem}", in_member(.member))]
    File {
        /// The file, or the name of the input.
        file: String,
        /// The part of the file, such as a member of an archive or a dataset; empty for the whole file.
        member: String,
        /// The problem, and a solution if there is one.
        problem: String,
    },

    /// A file could not be read or written.
    #[error("{file} could not be read or written: {source}")]
    Io {
        /// The file.
        file: String,
        /// The error of the operating system.
        source: std::io::Error,
    },
}

impl Error {
    /// Wraps an error with which a callback stops the training.
    ///
    /// ```
    /// let error = layercake::Error::callback("the sensor went away");
    /// assert_eq!(error.to_string(), "a callback stopped the training: the sensor went away");
    /// ```
    pub fn callback(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Callback(cause.into())
    }

    /// Adds the name of the input or output that the error is about.
    pub(crate) fn within(self, part: impl Into<String>) -> Self {
        Self::Within { part: part.into(), error: Box::new(self) }
    }

    /// Makes an [`Argument`](Self::Argument) error, for the argument checks of a custom part.
    pub fn argument(
        part: impl Into<String>,
        argument: impl Into<String>,
        value: impl ToString,
        allowed: impl Into<String>,
    ) -> Self {
        Self::Argument { part: part.into(), argument: argument.into(), value: value.to_string(), allowed: allowed.into() }
    }
}

/// Formats the cause of [`Error::NotCompiled`] as `"; {cause}"`; empty if there is no cause.
fn because(cause: &str) -> String {
    if cause.is_empty() { String::new() } else { format!("; {cause}") }
}

/// Formats the line of [`Error::Feature`] as `", line {line}"`; empty without a line.
fn on_line(line: &Option<u64>) -> String {
    line.map_or_else(String::new, |line| format!(", line {line}"))
}

/// Formats the member of [`Error::File`] as ``", member `{member}`"``; empty for the whole file.
fn in_member(member: &str) -> String {
    if member.is_empty() { String::new() } else { format!(", member `{member}`") }
}

/// No registered part has this name; the message offers the closest known name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no {kind} named `{name}`; {hint}")]
pub struct UnknownName {
    /// The kind of part: `activation`, `loss`, ...
    pub kind: &'static str,
    /// The name that was given.
    pub name: String,
    /// The closest name and all known names.
    pub hint: String,
}

impl UnknownName {
    /// Makes the error for a `name` that is not in `known`.
    pub(crate) fn new(kind: &'static str, name: &str, known: &mut dyn Iterator<Item = &str>) -> Self {
        Self { kind, name: name.to_string(), hint: did_you_mean(name, known) }
    }
}
