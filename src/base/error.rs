//! What can go wrong, each with what was expected, what was found and the way out.

use crate::base::Shape;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call was refused; the model stays as usable as it was before the call.
///
/// Every message says what was expected, what was found and what to do.
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
    /// A door that trains or scores was opened before `compile`.
    #[error("the model is not compiled: call `compile(optimizer, loss, metrics)` before `{method}`{}", because(.cause))]
    NotCompiled {
        /// The method that was called.
        method: &'static str,
        /// Why an earlier `compile` no longer holds, or why what a file says of one cannot be used; empty if there was none.
        cause: String,
    },

    /// The model has no weights yet, because its input width is not known.
    #[error("the model is not built: add an `Input` first, call `build(inputs)`, or fit it once before `{method}`")]
    NotBuilt {
        /// The method that was called.
        method: &'static str,
    },

    /// The model has no layers.
    #[error("the model has no layers: add at least one, e.g. `model.add(Dense::new(1))`")]
    NoLayers,

    /// No layer has this name or index.
    #[error("there is no layer `{name}`; the layers are {available}")]
    NoSuchLayer {
        /// What was asked for.
        name: String,
        /// The names there are.
        available: String,
    },

    /// Two layers were given one name.
    #[error("two layers are named `{name}`: layer names must be unique")]
    DuplicateLayer {
        /// The name that stands twice.
        name: String,
    },

    /// A layer cannot take what the layer before it gives.
    #[error("layer `{layer}` cannot take samples of shape {found}: {expected}")]
    LayerInput {
        /// The layer's name.
        layer: String,
        /// The shape of one sample that reached it.
        found: Shape,
        /// What it takes.
        expected: String,
    },

    /// An argument of a part lies outside its range.
    #[error("{part}: {argument} = {value} is not allowed; expected {allowed}")]
    Argument {
        /// The part that was described, e.g. `Dropout`.
        part: String,
        /// The argument's name.
        argument: String,
        /// The value it was given.
        value: String,
        /// The range or the values it may have.
        allowed: String,
    },

    /// The learning rate was to be set, but a schedule gives it.
    #[error("the learning rate follows {schedule} and cannot be set: give the optimizer a number to be able to set it")]
    ScheduledRate {
        /// The schedule.
        schedule: String,
    },

    /// A part has no argument of this name.
    #[error("{part} has no argument `{argument}`; {hint}")]
    UnknownArgument {
        /// The part that was described.
        part: String,
        /// The name that is not known.
        argument: String,
        /// The arguments there are.
        hint: String,
    },

    /// A part was asked for by a name that nothing is registered under.
    #[error(transparent)]
    UnknownName(#[from] UnknownName),

    /// There is no row to work on.
    #[error("{what} is empty: at least one row and one column are needed")]
    Empty {
        /// Which matrix.
        what: &'static str,
    },

    /// Two inputs that belong together have different numbers of rows.
    #[error("{what} has {found} rows, but {with} has {expected}: both need one row per sample{hint}")]
    RowCount {
        /// The input whose count is off.
        what: &'static str,
        /// Its rows.
        found: usize,
        /// What it is compared with.
        with: &'static str,
        /// The rows of that.
        expected: usize,
        /// The way out, where there is a likely one.
        hint: &'static str,
    },

    /// The data have another number of columns than the model has inputs.
    #[error("{what} has {rows} rows and {columns} columns, but the model takes {expected} columns: {hint}")]
    Width {
        /// Which matrix.
        what: &'static str,
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
        /// The model's inputs.
        expected: usize,
        /// The way out.
        hint: &'static str,
    },

    /// A NaN or an infinity in the data.
    #[error("{what} has {value} at row {row}, column {column} (counted from 0): clean or fill it, see `layercake::data`")]
    NotFinite {
        /// Which matrix.
        what: &'static str,
        /// The row, counted from 0.
        row: usize,
        /// The column, counted from 0.
        column: usize,
        /// What stands there.
        value: f64,
    },

    /// A number in the data that is not the number of a class, for a layer that looks classes up.
    #[error(
        "layer `{layer}` cannot take {value}, at row {row}, column {column} of {what} (counted from 0): \
         it takes whole numbers from 0 to {last}"
    )]
    Class {
        /// The layer's name.
        layer: String,
        /// Which matrix.
        what: &'static str,
        /// The row, counted from 0.
        row: usize,
        /// The column, counted from 0.
        column: usize,
        /// What stands there.
        value: f64,
        /// The largest number it takes.
        last: usize,
    },

    /// A target that the loss or metric cannot use.
    #[error("{part}: target {value} at row {row} of {what} is not allowed; expected {expected}")]
    Target {
        /// The loss or metric.
        part: String,
        /// Which targets.
        what: &'static str,
        /// The row, counted from 0.
        row: usize,
        /// What stands there.
        value: f64,
        /// What it takes.
        expected: String,
    },

    /// The targets have a width that the loss or metric cannot compare with the model's output.
    #[error("{part}: the targets have {found} column(s) and the model has {outputs} output(s); {hint}")]
    TargetWidth {
        /// The loss or metric.
        part: String,
        /// The columns of the targets.
        found: usize,
        /// The model's outputs.
        outputs: usize,
        /// The way out.
        hint: String,
    },

    /// Weights of the wrong number or shape were handed over.
    #[error("{what}: expected {expected}, found {found}")]
    Weights {
        /// Which weights.
        what: String,
        /// What the model has.
        expected: String,
        /// What was handed over.
        found: String,
    },

    /// A callback watches a series that this training does not log.
    #[error("{callback} monitors `{name}`, which this training does not log; available: {available}")]
    UnknownSeries {
        /// The callback.
        callback: String,
        /// The series it asked for.
        name: String,
        /// The series there are.
        available: String,
    },

    /// A callback stopped the training with an error of its own.
    #[error("a callback stopped the training: {0}")]
    Callback(#[source] Box<dyn std::error::Error + Send + Sync>),

    /// A table has no column of this name.
    #[error("there is no column `{name}`; the columns are {available}")]
    NoSuchColumn {
        /// The name asked for.
        name: String,
        /// The names there are.
        available: String,
    },

    /// A cell of a table is not what its use needs.
    #[error("column `{column}`, line {line}: {found}; expected {expected}")]
    Cell {
        /// The column's name.
        column: String,
        /// The line of the file, the header being line 1.
        line: u64,
        /// What stands there.
        found: String,
        /// What is needed.
        expected: &'static str,
    },

    /// A file that is not a table.
    #[error("{file}: {problem}")]
    Table {
        /// The file, or what it was read from.
        file: String,
        /// What is wrong, with the line where there is one.
        problem: String,
    },

    /// A file of a model or of weights that cannot be used.
    #[error("{file}{}: {problem}", in_member(.member))]
    File {
        /// The file, or what it was read from.
        file: String,
        /// The part of the file: a member of an archive, a dataset; empty for the whole.
        member: String,
        /// What is wrong, and the way out where there is one.
        problem: String,
    },

    /// Reading or writing failed.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system said.
        source: std::io::Error,
    },
}

impl Error {
    /// Wraps an error of the user's own, for a callback to stop training with.
    ///
    /// ```
    /// let error = layercake::Error::callback("the sensor went away");
    /// assert_eq!(error.to_string(), "a callback stopped the training: the sensor went away");
    /// ```
    pub fn callback(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Callback(cause.into())
    }

    /// An argument outside its range, for the checks of a part of one's own.
    pub fn argument(
        part: impl Into<String>,
        argument: impl Into<String>,
        value: impl ToString,
        allowed: impl Into<String>,
    ) -> Self {
        Self::Argument { part: part.into(), argument: argument.into(), value: value.to_string(), allowed: allowed.into() }
    }
}

/// "; a layer was added since", where there is a cause
fn because(cause: &str) -> String {
    if cause.is_empty() { String::new() } else { format!("; {cause}") }
}

/// ", member `config.json`", where there is one
fn in_member(member: &str) -> String {
    if member.is_empty() { String::new() } else { format!(", member `{member}`") }
}

/// A name that no registered part has, with the closest one that there is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no {kind} named `{name}`; {hint}")]
pub struct UnknownName {
    /// What was looked for: `activation`, `loss`, ...
    pub kind: &'static str,
    /// The name as it was given.
    pub name: String,
    /// The closest name, and all there are.
    pub hint: String,
}

impl UnknownName {
    /// Says that `name` is not among `known`, offering the closest.
    pub(crate) fn new(kind: &'static str, name: &str, known: &mut dyn Iterator<Item = &str>) -> Self {
        Self { kind, name: name.to_string(), hint: did_you_mean(name, known) }
    }
}

/// "did you mean `x`? known: `x`, `y`", for the error that a misspelt name gets.
pub(crate) fn did_you_mean(name: &str, known: &mut dyn Iterator<Item = &str>) -> String {
    let known: Vec<&str> = known.collect();
    let all = list(known.iter().copied());
    let distance = |k: &str| edit_distance(&name.to_lowercase(), &k.to_lowercase());
    // of several as near, one of the same length
    let closest = known.into_iter().map(|k| (distance(k), k.len().abs_diff(name.len()), k)).min();
    match closest {
        Some((distance, _, closest)) if distance <= name.len().max(3) / 2 => format!("did you mean `{closest}`? Known: {all}"),
        Some(_) => format!("known: {all}"),
        None => "none is known".to_string(),
    }
}

/// "`a`, `b`, `c`"
pub(crate) fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    if quoted.is_empty() { "none".to_string() } else { quoted.join(", ") }
}

/// The least number of insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b` (Damerau 1964).
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut distance = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            if i == 0 || j == 0 {
                distance[i][j] = i + j;
                continue;
            }
            let substituted = distance[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            distance[i][j] = substituted.min(distance[i - 1][j] + 1).min(distance[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                distance[i][j] = distance[i][j].min(distance[i - 2][j - 2] + 1);
            }
        }
    }
    distance[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_is_offered() {
        let hint = did_you_mean("rleu", &mut ["tanh", "elu", "relu", "sigmoid"].into_iter());
        assert!(hint.starts_with("did you mean `relu`?"), "{hint}");
        assert!(did_you_mean("zzzzzzzz", &mut ["tanh"].into_iter()).starts_with("known"), "nothing is close");
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("form", "from"), 1);
        assert_eq!(edit_distance("", "tanh"), 4);
    }
}
