//! Tables from CSV files.

use super::Table;
use super::column::{Cells, Column};
use crate::base::{Error, Result};
use csv::{ByteRecord, Position, StringRecord};
use std::collections::HashSet;
use std::io::Read;
use std::path::Path;

impl Table {
    /// Reads a CSV file: a header line, a comma between cells, in UTF-8, with `"` around cells that need it.
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
    /// A file that cannot be read, and, with the line named, what is no table: a header without a name for each
    /// column or with one twice, a row with more or fewer cells than the header, a quote that is never closed,
    /// bytes that are not UTF-8, or no row at all.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = path.display().to_string();
        match std::fs::read(path) {
            Ok(bytes) => parse(file, &bytes),
            Err(source) => Err(Error::Io { file, source }),
        }
    }

    /// Reads CSV text from anything that gives bytes, as [`read`](Self::read) does from a file.
    ///
    /// ```
    /// use layercake::data::Table;
    ///
    /// let table = Table::from_reader("size,colour\n1.5,red\n,blue\n".as_bytes())?;
    /// assert_eq!(table.missing().to_string(), "column `size`: 1 missing, on line 3");
    /// let text_among_numbers = Table::from_reader("size\n1.5\n1.6 m\n".as_bytes())?;
    /// let refused = text_among_numbers.numbers::<f64>("size").unwrap_err().to_string();
    /// assert!(refused.starts_with("column `size`, line 3: `1.6 m`; expected a finite number"));
    /// # Ok::<(), layercake::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for `read`.
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
    let cells = |place| rows.iter().map(move |(_, row)| row.get(place).unwrap_or_default());
    let column = |(place, name): (usize, &str)| Column { name: name.to_string(), cells: Cells::parse(cells(place)) };
    Ok(Table { columns: header.iter().enumerate().map(column).collect(), lines: rows.iter().map(|(line, _)| *line).collect() })
}

/// A row with the line it begins on.
type Line = (u64, StringRecord);

/// The header and the rows, all of one length; a problem is told in words.
fn records(bytes: &[u8]) -> Result<(StringRecord, Vec<Line>), String> {
    // the lengths are compared here and not by the csv crate, so that the message names line and counts alike
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let (mut header, mut rows, mut record): (Option<StringRecord>, Vec<Line>, _) = (None, Vec::new(), ByteRecord::new());
    loop {
        let start = reader.position().clone();
        if !reader.read_byte_record(&mut record).map_err(|error| error.to_string())? {
            break;
        }
        let line = first_line(bytes, &start, reader.position())?;
        let text = StringRecord::from_byte_record(record.clone()).map_err(|error| {
            let place = error.utf8_error().field();
            let name = header.as_ref().and_then(|header| header.get(place));
            let column = name.map_or_else(|| format!("column {}", place + 1), |name| format!("column `{}`", name.trim()));
            format!("line {line}, {column}: bytes that are not UTF-8; save the file in that encoding")
        })?;
        match &header {
            None => header = Some(checked_header(text, line)?),
            Some(header) if header.len() != text.len() => {
                let (found, expected) = (text.len(), header.len());
                return Err(format!("line {line} has {found} cell(s), but the header has {expected}: each row needs as many"));
            }
            Some(_) => rows.push((line, text)),
        }
    }
    match header {
        None => Err("there is no header: the file is empty".to_string()),
        Some(_) if rows.is_empty() => Err("there is no row below the header".to_string()),
        Some(header) => Ok((header, rows)),
    }
}

/// The header, if each column has a name of its own.
fn checked_header(mut header: StringRecord, line: u64) -> Result<StringRecord, String> {
    header.trim();
    let mut known = HashSet::new();
    for (place, name) in header.iter().enumerate() {
        if name.is_empty() {
            return Err(format!("line {line}: column {} of the header has no name", place + 1));
        }
        if !known.insert(name) {
            return Err(format!("line {line}: two columns are named `{name}`; each needs a name of its own"));
        }
    }
    Ok(header)
}

/// The line that a row begins on; fails if an open quote made it swallow the rows below.
fn first_line(bytes: &[u8], start: &Position, end: &Position) -> Result<u64, String> {
    let mut line = start.line();
    let mut row = bytes.get(start.byte() as usize..end.byte() as usize).unwrap_or_default();
    // the reader skips blank lines without a word, but the row begins below them
    while let [end @ (b'\r' | b'\n'), rest @ ..] = row {
        line += u64::from(*end == b'\n');
        row = rest;
    }
    let count = |wanted| row.trim_ascii_end().iter().filter(|&&byte| byte == wanted).count() as u64;
    // a closed cell has its quotes in pairs, and a lone inch sign in a plain cell does not reach beyond its line
    match (count(b'\n'), count(b'"') % 2) {
        (more, 1) if more > 0 => {
            let last = line + more;
            Err(format!(
                "lines {line} to {last} are one row, as a `\"` is not closed: close it, or double one that is meant as such"
            ))
        }
        _ => Ok(line),
    }
}
