//! Tables from CSV files.

use super::Table;
use super::read_options::ReadOptions;
use super::reading::Reading;
use super::records::Records;
use super::separator;
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
    /// The bytes from the first one.
    fn rewound(&mut self) -> io::Result<Box<dyn Read + '_>> {
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
            source.rewound().map_err(io)?.take(HEAD).read_to_end(&mut head).map_err(io)?;
            let separator = separator::find(&head, (head.len() as u64) < HEAD);
            found = (separator != b',').then_some(char::from(separator));
            separator
        }
    };
    let mut records = Records::new(file, source.rewound().map_err(io)?, separator);
    let mut reading = Reading::start(file, &mut records, found, options)?;
    while records.advance()? {
        reading.add_row(&records)?;
    }
    drop(records);
    let rows = reading.rows_again()?;
    if rows > 0 {
        let mut records = Records::new(file, source.rewound().map_err(io)?, separator);
        reading.add_again(&mut records, rows)?;
    }
    Ok(reading.table())
}
