//! Tables from CSV files.

use super::Table;
use super::column::{Cells, Column};
use crate::base::{Error, Result};
use csv::{ByteRecord, Position, StringRecord};
use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

impl Table {
    /// Reads a CSV file in UTF-8 with a header line, commas between cells, and `"` around cells that contain commas or quotes.
    ///
    /// ```no_run
    /// use layercake::data::Table;
    ///
    /// let table = Table::read("examples/data/iris.csv")?;
    /// println!("{} rows; {}", table.rows(), table.missing());
    /// # Ok::<(), layercake::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The file cannot be read, a column has no name, two columns have the same name, a row has more or fewer cells than
    /// the header, a quote is not closed, the text is not UTF-8, or there is no row. The message names the line.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => parse(file, &bytes),
            Err(source) => Err(Error::Io { file, source }),
        }
    }

    /// Reads CSV text from a reader, as [`read`](Self::read) does from a file.
    ///
    /// ```
    /// use layercake::data::Table;
    ///
    /// let table = Table::from_reader("size,colour\n1.5,red\n,blue\n".as_bytes())?;
    /// assert_eq!(table.missing().to_string(), "column `size`: 1 missing, on line 3");
    /// let text_among_numbers = Table::from_reader("size\n1.5\n1.6 m\n".as_bytes())?;
    /// let refused = text_among_numbers.numbers::<f64>("size").unwrap_err().to_string();
    /// assert!(refused.starts_with("column `size`, line 3: found `1.6 m`; expected a finite number"));
    /// # Ok::<(), layercake::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of `read`.
    pub fn from_reader(mut reader: impl Read) -> Result<Self> {
        let file = "CSV input".to_string();
        let mut bytes = Vec::new();
        match reader.read_to_end(&mut bytes) {
            Ok(_) => parse(file, &bytes),
            Err(source) => Err(Error::Io { file, source }),
        }
    }
}

fn parse(file: String, bytes: &[u8]) -> Result<Table> {
    let (header, rows) = records(bytes).map_err(|problem| Error::Table { file, problem })?;
    let cells = |index| rows.iter().map(move |(_, row)| row.get(index).unwrap_or_default());
    let column = |(index, name): (usize, &str)| Column { name: name.to_string(), cells: Cells::parse(cells(index)) };
    Ok(Table { columns: header.iter().enumerate().map(column).collect(), lines: rows.iter().map(|(line, _)| *line).collect() })
}

/// A row with the number of its first line.
type Line = (u64, StringRecord);

/// The header and the rows, all with the same number of cells; the error is the text of the problem.
fn records(bytes: &[u8]) -> Result<(StringRecord, Vec<Line>), String> {
    // The lengths are compared here and not by the csv crate, so that the message names the line and both counts.
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let (mut header, mut rows, mut record): (Option<StringRecord>, Vec<Line>, _) = (None, Vec::new(), ByteRecord::new());
    loop {
        let start = reader.position().clone();
        if !reader.read_byte_record(&mut record).map_err(|error| error.to_string())? {
            break;
        }
        let line = first_line(bytes, &start, reader.position())?;
        let text = StringRecord::from_byte_record(record.clone()).map_err(|error| {
            let index = error.utf8_error().field();
            let name = header.as_ref().and_then(|header| header.get(index));
            let column = name.map_or_else(|| format!("column {}", index + 1), |name| format!("column `{}`", name.trim()));
            format!("line {line}, {column}: the text is not valid UTF-8: save the file in the encoding UTF-8")
        })?;
        match &header {
            None => header = Some(checked_header(text, line)?),
            Some(header) if header.len() != text.len() => {
                let (found, expected) = (text.len(), header.len());
                return Err(format!(
                    "line {line} has {found} cell(s), but the header has {expected}: each row needs as many cells as the header"
                ));
            }
            Some(_) => rows.push((line, text)),
        }
    }
    match header {
        None => {
            Err("the file is empty: it needs a header line with the names of the columns, and a line for each row".to_string())
        }
        Some(_) if rows.is_empty() => Err("the file has only a header: add at least one row below it".to_string()),
        Some(header) => Ok((header, rows)),
    }
}

/// Trims the names of the header; fails if a name is empty or occurs twice.
fn checked_header(mut header: StringRecord, line: u64) -> Result<StringRecord, String> {
    header.trim();
    let mut known = HashSet::new();
    for (index, name) in header.iter().enumerate() {
        if name.is_empty() {
            return Err(format!("line {line}: column {} of the header has no name: give each column a name", index + 1));
        }
        if !known.insert(name) {
            return Err(format!("line {line}: two columns are named `{name}`: give each column its own name"));
        }
    }
    Ok(header)
}

/// The number of the first line of a row; fails if a quote that is not closed joins the row with the rows below.
fn first_line(bytes: &[u8], start: &Position, end: &Position) -> Result<u64, String> {
    let mut line = start.line();
    let mut row = bytes.get(start.byte() as usize..end.byte() as usize).unwrap_or_default();
    // The reader skips blank lines before the row, so they are counted here.
    while let [end @ (b'\r' | b'\n'), rest @ ..] = row {
        line += u64::from(*end == b'\n');
        row = rest;
    }
    let count = |searched| row.trim_ascii_end().iter().filter(|&&byte| byte == searched).count() as u64;
    // A closed cell has an even number of quotes; a single inch sign in an unquoted cell does not extend over several lines.
    match (count(b'\n'), count(b'"') % 2) {
        (more, 1) if more > 0 => {
            let last = line + more;
            Err(format!(
                "lines {line} to {last} are read as one row, because a quote `\"` is not closed: \
                 close it, or write `\"\"` for a quote in the text"
            ))
        }
        _ => Ok(line),
    }
}
