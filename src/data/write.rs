//! Tables to CSV files.

use super::Table;
use super::column::{Cells, Column};
use crate::base::{Error, Result};
use std::path::Path;

impl Table {
    /// Writes a CSV file in UTF-8 with a header line, which [`read`](Self::read) reads again; a file that is there is replaced.
    ///
    /// Cells are divided by commas, and `"` stands around those that need it. A missing cell is empty. Numbers have as many
    /// digits as it takes to read the same number again. Names of rows are the first column, without a name.
    ///
    /// ```
    /// use layercake::data::Table;
    ///
    /// let mut table = Table::new();
    /// table.add_numbers("size", [1.5, f64::NAN])?;
    /// table.add_text("colour", ["red, dark", "blue"])?;
    /// let path = std::env::temp_dir().join(format!("layercake-table-{}.csv", std::process::id()));
    /// table.write(&path)?;
    /// assert_eq!(std::fs::read_to_string(&path).unwrap(), "size,colour\n1.5,\"red, dark\"\n,blue\n");
    /// # let _ = std::fs::remove_file(&path);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    #[doc(alias = "to_csv")]
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        std::fs::write(path, self.csv()).map_err(|source| Error::Io { file: path.display().to_string(), source })
    }

    fn csv(&self) -> String {
        let columns: Vec<&Column> = self.index.iter().chain(&self.columns).collect();
        let names = columns.iter().enumerate().map(|(place, column)| {
            let is_index = place == 0 && self.index.is_some();
            if is_index { String::new() } else { quoted(&column.name) }
        });
        let mut text = line(names.collect());
        for row in 0..self.rows() {
            text += &line(columns.iter().map(|column| written(column, row)).collect());
        }
        text
    }
}

/// Joins the cells of a line; a line of one empty cell has quotes, because an empty line is no row.
fn line(cells: Vec<String>) -> String {
    match &cells[..] {
        [one] if one.is_empty() => "\"\"\n".to_string(),
        _ => cells.join(",") + "\n",
    }
}

fn written(column: &Column, row: usize) -> String {
    match &column.cells {
        Cells::Numbers(numbers) if numbers[row].is_nan() => String::new(),
        // large and small numbers with an exponent
        Cells::Numbers(numbers) => format!("{:?}", numbers[row]).trim_end_matches(".0").to_string(),
        Cells::Text(texts) => texts.get(row).map_or_else(String::new, quoted),
    }
}

/// Puts a text in quotes if it has a separator, a quote, an end of a line, or blanks at an end.
fn quoted(text: &str) -> String {
    if text.trim() == text && !text.contains([',', ';', '\t', '|', '"', '\n', '\r']) {
        return text.to_string();
    }
    format!("\"{}\"", text.replace('"', "\"\""))
}
