//! What a check found: a finding with its evidence, its place and its remedy.

use super::names::Names;
use super::remedy::Remedy;
use std::fmt;

/// One thing that is wrong, or worth knowing, about data, model, options or training.
///
/// It displays in at most three lines: what it is, the evidence with what is usual, and what to try.
///
/// ```
/// use layercake::prelude::*;
///
/// let x = DMatrix::from_fn(50, 2, |row, column| if column == 0 { 3.0 } else { (row as f64).sin() });
/// let y = DMatrix::from_fn(50, 1, |row, _| (row as f64).sin() + (row as f64).cos());
/// let mut model = Sequential::with_seed(1);
/// model.add(Dense::new(1));
/// model.compile("adam", "mse", ())?;
/// let findings = model.check(&x, &y, &FitOptions::new().epochs(100))?;
/// assert_eq!(findings[0].code(), "LC0104");
/// assert_eq!(findings[0].to_string(), "note LC0104: column 0 of x is constant: 3 in every row
///   found: distinct values 1 (usual: at least 2)
///   try: drop column 0");
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    code: &'static str,
    pub(super) severity: Severity,
    place: Place,
    title: String,
    evidence: Vec<Evidence>,
    pub(super) explains: Vec<Finding>,
    remedy: Remedy,
    names: Names,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The training cannot be right.
    Error,
    /// The training is probably worse than it could be, or its scores say less than they seem to.
    Warning,
    /// Harmless, but worth knowing.
    Note,
}

/// Where a finding is; rows and columns are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// A cell of the inputs.
    Cell(usize, usize),
    /// Columns of the inputs; of a table model, columns of the table.
    Columns(Vec<usize>),
    /// The targets.
    Targets,
    /// The rows: their order, or their split into training and validation.
    Rows,
    /// The layer of this name.
    Layer(String),
    /// The loss.
    Loss,
    /// The options of the training, and the optimizer.
    Options,
    /// The training as a whole.
    Training,
}

/// A number that led to a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Evidence {
    /// The name of the number.
    pub name: String,
    /// The number.
    pub value: f64,
    /// The values that are usual.
    pub usual: String,
}

impl Finding {
    pub(super) fn new(code: &'static str, severity: Severity, place: Place, title: impl Into<String>, remedy: Remedy) -> Self {
        let (title, names) = (title.into(), Names::default());
        Self { code, severity, place, title, evidence: Vec::new(), explains: Vec::new(), remedy, names }
    }

    /// Gives the columns their names, if the finding is about columns.
    pub(super) fn name_columns(&mut self, names: &Names) {
        if matches!(self.place, Place::Cell(..) | Place::Columns(_)) {
            self.title = names.in_text(&self.title);
            match &mut self.place {
                Place::Cell(_, column) => *column = names.origin(*column),
                Place::Columns(columns) => to_origins(columns, names),
                _ => {}
            }
            match &mut self.remedy {
                Remedy::DropColumns(columns) | Remedy::AskAbout(columns) => to_origins(columns, names),
                Remedy::MarkMissing(cells) => cells.iter_mut().for_each(|(column, _)| *column = names.origin(*column)),
                _ => {}
            }
            self.names = names.of_origins();
        }
    }

    /// Returns the columns that the finding is about.
    pub(super) fn columns(&self) -> &[usize] {
        match &self.place {
            Place::Cell(_, column) => std::slice::from_ref(column),
            Place::Columns(columns) => columns,
            _ => &[],
        }
    }

    /// Returns the place in words, with the names of the columns.
    pub(super) fn place_text(&self) -> String {
        self.names.in_text(&self.place.to_string())
    }

    /// Returns the remedy in words, with the names of the columns.
    pub(super) fn remedy_text(&self) -> String {
        self.names.in_text(&self.remedy.to_string())
    }

    /// Adds a number to the evidence.
    pub(super) fn evidence_of(mut self, name: impl Into<String>, value: f64, usual: impl Into<String>) -> Self {
        self.evidence.push(Evidence { name: name.into(), value, usual: usual.into() });
        self
    }

    /// Returns the code, which stays the same in all releases, for example `"LC0102"`.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Returns how much the finding matters.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Returns where the finding is.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Returns the names of the columns in [`place`](Self::place), in their order; none if they are not known, see
    /// [`CheckOptions::columns`](super::CheckOptions::columns).
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns().iter().filter_map(|&column| self.names.of(column))
    }

    /// Returns what is wrong, in one line.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Returns the numbers that led to the finding.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// Returns the findings that probably follow from this one and are therefore not listed beside it.
    pub fn explains(&self) -> &[Finding] {
        &self.explains
    }

    /// Returns what to try.
    pub fn remedy(&self) -> &Remedy {
        &self.remedy
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.severity, self.code, self.title)?;
        let mut parts: Vec<String> = self.evidence.iter().map(Evidence::to_string).collect();
        if !self.explains.is_empty() {
            let mut codes: Vec<&str> = self.explains.iter().map(|finding| finding.code).collect();
            codes.dedup();
            parts.push(format!("explains {}", codes.join(", ")));
        }
        if !parts.is_empty() {
            write!(f, "\n  found: {}", parts.join("; "))?;
        }
        write!(f, "\n  try: {}", self.remedy_text())
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cell(row, column) => write!(f, "row {row}, column {column}"),
            Self::Columns(columns) => f.write_str(&list("column", columns)),
            Self::Targets => f.write_str("targets"),
            Self::Rows => f.write_str("rows"),
            Self::Layer(name) => write!(f, "layer `{name}`"),
            Self::Loss => f.write_str("loss"),
            Self::Options => f.write_str("options"),
            Self::Training => f.write_str("training"),
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} (usual: {})", self.name, short(self.value), self.usual)
    }
}

/// Replaces columns of the inputs by those of the table that they come from, each once.
fn to_origins(columns: &mut Vec<usize>, names: &Names) {
    let inputs = std::mem::take(columns);
    for column in inputs.into_iter().map(|column| names.origin(column)) {
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
}

/// Writes a number with about three significant digits.
pub(super) fn short(value: f64) -> String {
    let size = value.abs();
    let whole = value.round() + 0.0;
    if size < 1e6 && (value - whole).abs() <= 1e-9 * size {
        return format!("{whole:.0}");
    }
    match size {
        _ if !size.is_finite() => format!("{value}"),
        _ if !(1e-3..1e6).contains(&size) => format!("{value:.1e}"),
        _ if size >= 100.0 => format!("{value:.0}"),
        _ if size >= 10.0 => format!("{value:.1}"),
        _ if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// Lists numbers, the first four of them at most: `columns 1, 2, 3, 4 and 7 more`.
pub(super) fn list(what: &str, numbers: &[usize]) -> String {
    let first: Vec<String> = numbers.iter().take(4).map(usize::to_string).collect();
    let more = if numbers.len() > 4 { format!(" and {} more", numbers.len() - 4) } else { String::new() };
    format!("{what}{} {}{more}", if numbers.len() > 1 { "s" } else { "" }, first.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_about_three_digits() {
        let texts = [0.0, 7.0, 0.01234, 1.2345, 12.345, 1234.5, 1e7, -0.00012, f64::INFINITY, 1.0 - 1e-12, -0.0].map(short);
        assert_eq!(texts, ["0", "7", "0.012", "1.23", "12.3", "1234", "1.0e7", "-1.2e-4", "inf", "1", "0"]);
        assert_eq!(list("column", &[3]), "column 3");
        assert_eq!(list("column", &[1, 2, 3, 4, 5, 6]), "columns 1, 2, 3, 4 and 2 more");
    }

    #[test]
    fn a_finding_has_at_most_three_lines() {
        let remedy = Remedy::Normalize;
        let finding = Finding::new("LC0102", Severity::Warning, Place::Targets, "a title", remedy.clone());
        assert_eq!(finding.to_string(), format!("warning LC0102: a title\n  try: {remedy}"));
        let consequence = Finding::new("LC0302", Severity::Warning, Place::Loss, "another", remedy);
        let mut finding = finding.evidence_of("a", 1.0, "2").evidence_of("b", 0.5, "below 0.1");
        finding.explains = vec![consequence.clone(), consequence];
        let second = "  found: a 1 (usual: 2); b 0.500 (usual: below 0.1); explains LC0302";
        assert_eq!(finding.to_string().lines().nth(1), Some(second));
        assert_eq!(finding.to_string().lines().count(), 3);
    }
}
