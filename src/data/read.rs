//! Tables from CSV files.

use super::Table;
use super::column::shown;
use super::column_reader::{ColumnReader, Refused};
use super::guesses::{Guess, Guesses};
use super::header::Header;
use super::read_options::ReadOptions;
use super::records::Records;
use super::separator;
use super::texts::grow;
use crate::base::{Error, Result};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

impl Table {
    /// Reads a CSV file in UTF-8 with a header line, and `"` around cells that contain separators or quotes.
    ///
    /// The separator is a comma, or else what divides the first rows best of `;`, tab and `|`. A first column without a name is
    /// the [`index`](Self::index). [`guesses`](Self::guesses) tells of both, and of columns that may be read otherwise than
    /// expected: with text among numbers, dates, zeros in front, other marks in numbers. [`read_with`](Self::read_with) takes
    /// options instead.
    ///
    /// ```no_run
    /// use layercake::data::Table;
    ///
    /// let table = Table::read("examples/data/iris.csv")?;
    /// println!("{} rows; {}; {}", table.rows(), table.missing(), table.guesses());
    /// # Ok::<(), layercake::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The file cannot be read, a column has no name, two columns have the same name, the header has numbers like a row, a row
    /// has more or fewer cells than the header, a quote is not closed, the text is not UTF-8, or there is no row. The message
    /// names the line.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        read_file(path.as_ref(), &ReadOptions::new())
    }

    /// Reads a CSV file as [`read`](Self::read) does, with options such as the separator or the types of columns.
    ///
    /// ```no_run
    /// use layercake::data::{ReadOptions, Table};
    ///
    /// let options = ReadOptions::new().header(false).missing(["-999"]);
    /// let table = Table::read_with("measured.csv", options)?;
    /// assert!(table.column_names().eq(["0", "1", "2"]));
    /// # Ok::<(), layercake::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of `read`, an option has a character that it cannot have, or it names a column that does not exist, or a
    /// column with the type [`Number`](super::ColumnType::Number) has text. The message names the line.
    pub fn read_with(path: impl AsRef<Path>, options: ReadOptions) -> Result<Self> {
        read_file(path.as_ref(), &options)
    }

    /// Reads CSV text from a reader, as [`read`](Self::read) does from a file. The text is in memory meanwhile.
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
        read_all(&mut reader, "CSV input", &ReadOptions::new())
    }

    /// Reads CSV text from a reader, as [`read_with`](Self::read_with) does from a file. The text is in memory meanwhile.
    ///
    /// ```
    /// use layercake::data::{ReadOptions, Table};
    /// use layercake::dvector;
    ///
    /// let table = Table::from_reader_with("size\n1,5\n2,0\n".as_bytes(), ReadOptions::new().separator(';').decimal(','))?;
    /// assert_eq!(table.numbers::<f64>("size")?, dvector![1.5, 2.0]);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of `read_with`.
    pub fn from_reader_with(mut reader: impl Read, options: ReadOptions) -> Result<Self> {
        read_all(&mut reader, "CSV input", &options)
    }
}

/// Where the bytes of a file are while they are read, perhaps twice.
enum Source {
    File(File),
    Bytes(Vec<u8>),
}

impl Source {
    fn from_start(&mut self) -> io::Result<Box<dyn Read + '_>> {
        match self {
            Self::File(file) => {
                file.rewind()?;
                Ok(Box::new(file))
            }
            Self::Bytes(bytes) => Ok(Box::new(bytes.as_slice())),
        }
    }
}

fn read_file(path: &Path, options: &ReadOptions) -> Result<Table> {
    let file = path.display().to_string();
    let io = |source| Error::Io { file: file.clone(), source };
    let mut opened = File::open(path).map_err(io)?;
    if opened.metadata().is_ok_and(|about| about.is_file()) {
        parse(&file, Source::File(opened), options)
    } else {
        // A pipe cannot be read twice.
        read_all(&mut opened, &file, options)
    }
}

fn read_all(reader: &mut dyn Read, file: &str, options: &ReadOptions) -> Result<Table> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).map_err(|source| Error::Io { file: file.to_string(), source })?;
    parse(file, Source::Bytes(bytes), options)
}

fn parse(file: &str, mut source: Source, options: &ReadOptions) -> Result<Table> {
    const HEAD: u64 = 1 << 16;
    let io = |source| Error::Io { file: file.to_string(), source };
    let mut found = None;
    let separator = match options.checked()? {
        Some(separator) => separator,
        None => {
            let mut head = Vec::new();
            source.from_start().map_err(io)?.take(HEAD).read_to_end(&mut head).map_err(io)?;
            let separator = separator::find(&head, (head.len() as u64) < HEAD);
            found = (separator != b',').then_some(char::from(separator));
            separator
        }
    };
    let mut records = Records::new(file, source.from_start().map_err(io)?, separator);
    let mut reading = Reading::start(file, &mut records, found, options)?;
    while records.advance()? {
        reading.add_row(&records)?;
    }
    drop(records);
    if reading.lines.is_empty() {
        return Err(reading.problem("the file has only a header: add at least one row below it".to_string()));
    }
    let rows = reading.columns.iter().map(ColumnReader::rows_again).max().unwrap_or(0);
    if rows > 0 {
        let mut records = Records::new(file, source.from_start().map_err(io)?, separator);
        reading.add_again(&mut records, rows)?;
    }
    Ok(reading.table())
}

/// A table while its rows are read.
struct Reading<'r> {
    file: &'r str,
    options: &'r ReadOptions,
    /// The separator that was found, if it is not a comma.
    found: Option<char>,
    header: Header,
    columns: Vec<ColumnReader>,
    lines: Vec<u64>,
}

impl<'r> Reading<'r> {
    /// Reads the header.
    fn start(file: &'r str, records: &mut Records<'_>, found: Option<char>, options: &'r ReadOptions) -> Result<Self> {
        if !records.advance()? {
            let problem = "the file is empty: it needs a header line with the names of the columns, and a line for each row";
            return Err(Error::Table { file: file.to_string(), problem: problem.to_string() });
        }
        let cells: Vec<&str> = (records.cells().enumerate())
            .map(|(index, cell)| std::str::from_utf8(cell).map_err(|_| not_utf8(file, records.line(), index, None)))
            .collect::<Result<_>>()?;
        let header = Header::read(&cells, records.line(), file, options)?;
        let set = |name: &str| options.types.iter().rev().find(|(other, _)| other == name).map(|&(_, set)| set);
        let columns = header.names.iter().map(|name| ColumnReader::new(name.clone(), set(name))).collect();
        let mut reading = Self { file, options, found, header, columns, lines: Vec::new() };
        if reading.header.is_row {
            reading.add_row(records)?;
        }
        Ok(reading)
    }

    fn add_row(&mut self, records: &Records<'_>) -> Result<()> {
        let (line, cells) = (records.line(), records.cells());
        if cells.len() != self.columns.len() {
            return Err(self.ragged(records));
        }
        for (index, (column, cell)) in self.columns.iter_mut().zip(cells).enumerate() {
            if let Err(refused) = column.push(cell, &self.options.format) {
                return Err(self.refused(refused, line, index, cell));
            }
        }
        grow(&mut self.lines);
        self.lines.push(line);
        Ok(())
    }

    /// Reads the text of cells that were taken for numbers, before another cell showed that the column has text.
    fn add_again(&mut self, records: &mut Records<'_>, rows: usize) -> Result<()> {
        let changed = || Error::Table { file: self.file.to_string(), problem: "the file changed while it was read".to_string() };
        if !self.header.is_row {
            records.advance()?;
        }
        for _ in 0..rows {
            if !records.advance()? || records.cells().len() != self.columns.len() {
                return Err(changed());
            }
            for (column, cell) in self.columns.iter_mut().zip(records.cells()) {
                column.push_again(cell, &self.options.format).map_err(|_| changed())?;
            }
        }
        Ok(())
    }

    fn table(self) -> Table {
        let mut guesses: Vec<Guess> = self.found.map(Guess::Separator).into_iter().chain(self.header.guesses).collect();
        let (mut columns, mut index) = (Vec::with_capacity(self.columns.len()), None);
        for (position, column) in self.columns.into_iter().enumerate() {
            let (column, guess) = column.finished(&self.lines, &self.options.format);
            if self.header.index == Some(position) {
                index = Some(column);
            } else {
                columns.push(column);
                guesses.extend(guess);
            }
        }
        let mut lines = self.lines;
        lines.shrink_to_fit();
        Table { columns, lines, index, guesses: Guesses(guesses) }
    }

    fn problem(&self, problem: String) -> Error {
        Error::Table { file: self.file.to_string(), problem }
    }

    fn refused(&self, refused: Refused, line: u64, index: usize, cell: &[u8]) -> Error {
        let name = self.columns[index].name();
        match refused {
            Refused::NotUtf8 => not_utf8(self.file, line, index, Some(name)),
            Refused::NotANumber => self.problem(format!(
                "line {line}, column `{name}`: found {}; expected a number, as the type of the column was set: \
                 correct the cell, or make its text a missing cell with `ReadOptions::missing`",
                shown(String::from_utf8_lossy(cell).trim())
            )),
        }
    }

    /// The error for a row with another number of cells than the header.
    fn ragged(&self, records: &Records<'_>) -> Error {
        let line = records.line();
        if let Some(index) = records.cells().position(|cell| std::str::from_utf8(cell).is_err()) {
            return not_utf8(self.file, line, index, self.columns.get(index).map(ColumnReader::name));
        }
        let (cells, expected) = (records.cells().len(), self.columns.len());
        let first = if self.header.is_row { "first row" } else { "header" };
        let guess = self.found.map_or_else(String::new, |found| {
            format!("; the separator `{}` was found: `ReadOptions::separator` sets another", found.escape_default())
        });
        self.problem(format!(
            "line {line} has {cells} cell(s), but the {first} has {expected}: each row needs as many cells as the {first}{guess}"
        ))
    }
}

fn not_utf8(file: &str, line: u64, index: usize, name: Option<&str>) -> Error {
    let column = name.map_or_else(|| format!("column {}", index + 1), |name| format!("column `{name}`"));
    let problem = format!("line {line}, {column}: the text is not valid UTF-8: save the file in the encoding UTF-8");
    Error::Table { file: file.to_string(), problem }
}
