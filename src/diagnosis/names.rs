//! The names of the columns of the inputs, and texts that have them.

use super::facts::Facts;
use super::finding::Finding;
use crate::data::shown;
use std::sync::Arc;

/// The names of all columns of the inputs, in their order; empty if they are not known.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Names {
    of_inputs: Arc<[String]>,
    table: Option<Arc<Origin>>,
}

/// The table whose features the inputs are.
#[derive(Debug, Clone, PartialEq)]
struct Origin {
    /// For each column of the inputs, the column of the table.
    columns: Vec<usize>,
    /// The names of all columns of the table.
    names: Vec<String>,
    /// The row of the table of each validation row; empty if they are the rows of a table for validation.
    rows: Vec<usize>,
    /// The codes of findings that are none about features.
    left_out: &'static [&'static str],
}

/// What is said of a column as it is in a table, and not of the features that are made of it: a level of two is the other one again.
pub(super) const OF_COLUMNS: [&str; 4] = ["LC0104", "LC0105", "LC0107", "LC0109"];

/// The same with what is said of scales, which do not matter where each feature was scaled: bins have few rows, and small values.
const OF_SCALED: [&str; 6] = ["LC0102", "LC0103", "LC0104", "LC0105", "LC0107", "LC0109"];

/// The findings about the columns that the first layer with weights reads.
const READ_FIRST: [&str; 2] = ["LC0102", "LC0103"];

impl Names {
    pub(super) fn new(names: Vec<String>) -> Self {
        Self { of_inputs: names.into(), table: None }
    }

    /// Creates the names of columns that come from a table.
    ///
    /// Findings then are about the columns of the table: `columns` has the number of the column that each of `own` comes from, and
    /// `names` those of all columns.
    pub(crate) fn of_table(own: Vec<String>, columns: Vec<usize>, names: Vec<String>) -> Self {
        let origin = Origin { columns, names, rows: Vec::new(), left_out: &[] };
        Self { of_inputs: own.into(), table: Some(Arc::new(origin)) }
    }

    /// Sets that the columns are features, which were scaled or not, and the row of the table of each validation row, unless those
    /// are of another table.
    pub(crate) fn of_features(self, are_scaled: bool, rows: Vec<usize>) -> Self {
        let left_out: &[&str] = if are_scaled { &OF_SCALED } else { &OF_COLUMNS };
        let table = self.table.map(|table| Arc::new(Origin { rows, left_out, ..(*table).clone() }));
        Self { table, ..self }
    }

    /// Returns whether findings of a code say nothing about these columns.
    pub(super) fn leaves_out(&self, code: &str) -> bool {
        self.table.as_ref().is_some_and(|table| table.left_out.contains(&code))
    }

    /// Returns the number of columns of the inputs that have names.
    pub(super) fn len(&self) -> usize {
        self.of_inputs.len()
    }

    /// Returns the name of a column of the inputs.
    pub(super) fn of(&self, column: usize) -> Option<&str> {
        self.of_inputs.get(column).map(String::as_str)
    }

    /// Returns the row of the caller's data that a validation row is.
    pub(super) fn row(&self, row: usize) -> usize {
        self.table.as_ref().and_then(|table| table.rows.get(row)).copied().unwrap_or(row)
    }

    /// Returns the column of the table that a column of the inputs comes from; without a table, the column itself.
    pub(super) fn origin(&self, column: usize) -> usize {
        self.table.as_ref().and_then(|table| table.columns.get(column)).copied().unwrap_or(column)
    }

    /// Returns the names of what [`origin`](Self::origin) returns.
    pub(super) fn of_origins(&self) -> Self {
        let Some(table) = &self.table else { return self.clone() };
        let (columns, names) = ((0..table.names.len()).collect(), table.names.clone());
        Self::of_table(names.clone(), columns, names)
    }

    /// Returns how a text names a column: by number and name, or those of a table by their name.
    fn shown(&self, column: usize) -> String {
        match (self.of(column), &self.table) {
            (None, _) => column.to_string(),
            (Some(name), Some(_)) => shown(name),
            (Some(name), None) => format!("{column} {}", shown(name)),
        }
    }

    /// Returns a text in which the name of each column follows its number: "columns 1, 2" becomes "columns 1 `a`, 2 `b`".
    pub(super) fn in_text(&self, text: &str) -> String {
        if self.of_inputs.is_empty() {
            return text.to_string();
        }
        let (mut named, mut rest) = (String::new(), text);
        while let Some(start) = rest.find("column") {
            let is_word = !rest[..start].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_');
            let word = start + "column".len();
            let word = word + usize::from(rest[word..].starts_with('s'));
            named.push_str(&rest[..word]);
            rest = &rest[word..];
            let (mut separator, mut list): (&str, Vec<String>) = (" ", Vec::new());
            while let Some((number, digits)) = rest.strip_prefix(separator).filter(|_| is_word).and_then(number) {
                rest = &rest[separator.len() + digits..];
                list.push(self.shown(number));
                separator = ", ";
            }
            if !list.is_empty() {
                named.push(' ');
                named.push_str(&list.join(", "));
            }
        }
        named + rest
    }

    /// Names the columns in findings about columns.
    pub(super) fn add_to(&self, findings: &mut [Finding], facts: &Facts) {
        if self.of_inputs.is_empty() {
            return;
        }
        let read = facts.outline.start.as_ref().and_then(|start| start.read_first.as_ref());
        let are_others = read.is_some_and(|read| read.len() != facts.columns.len());
        for finding in findings {
            if !are_others || !READ_FIRST.contains(&finding.code()) {
                finding.name_columns(self);
            }
            self.add_to(&mut finding.explains, facts);
        }
    }
}

/// Returns the number at the start of a text, and how many digits it has.
fn number(text: &str) -> Option<(usize, usize)> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    Some((text[..digits].parse().ok()?, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_numbers_of_columns_only() {
        let names = Names::new(["age", "fare", "a`b"].map(String::from).to_vec());
        let named = [
            ("column 1 of x is constant: 3 in every row", "column 1 `fare` of x is constant: 3 in every row"),
            ("columns 0, 1, 2, 7 and 3 more", "columns 0 `age`, 1 `fare`, 2 `a`b`, 7 and 3 more"),
            ("x has NaN at row 1, column 0", "x has NaN at row 1, column 0 `age`"),
            ("3 columns repeat, column 1 repeats column 0", "3 columns repeat, column 1 `fare` repeats column 0 `age`"),
            ("layer `my_column 1` has 2 units, and 1 column", "layer `my_column 1` has 2 units, and 1 column"),
            ("drop column 0", "drop column 0 `age`"),
        ];
        for (text, expected) in named {
            assert_eq!(names.in_text(text), expected);
            assert_eq!(Names::default().in_text(text), text);
        }
    }

    #[test]
    fn features_have_the_names_of_the_columns_of_the_table() {
        let text = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        let features = text(&["age", "sex=f", "sex=m", "fare"]);
        let names = Names::of_table(features, vec![3, 1, 1, 0], text(&["fare", "sex", "name", "age"]));
        assert!(!names.leaves_out("LC0104"));
        let names = names.of_features(true, vec![7, 9]);
        assert_eq!(names.in_text("columns 0, 1, 2, 3 and 4 more"), "columns `age`, `sex=f`, `sex=m`, `fare` and 4 more");
        assert_eq!((names.of(1), names.origin(1), names.row(1), names.row(5)), (Some("sex=f"), 1, 9, 5));
        assert!(names.leaves_out("LC0102") && names.leaves_out("LC0104") && !names.leaves_out("LC0108"));
        assert!(!names.clone().of_features(false, Vec::new()).leaves_out("LC0102"));
        assert_eq!(names.of_origins().in_text("drop column 3"), "drop column `age`");
    }
}
