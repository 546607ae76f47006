//! A column while its cells are read.

use super::cell_format::{CellFormat, Parsed, is_date, is_number_with_marks};
use super::cell_text::is_code;
use super::column::{Cells, Column};
use super::guesses::Guess;
use super::read_options::ColumnType;
use super::texts::{Texts, grow};

/// A column that holds numbers until a cell is text.
pub(super) struct ColumnReader {
    column: Column,
    /// The type that was set for the column.
    set: Option<ColumnType>,
    /// True if a cell was a number.
    has_numbers: bool,
    /// The number of rows that were read as numbers before the first text, and need to be read again as text.
    rows_again: usize,
    /// Their text.
    again: Texts,
}

/// Why a cell cannot be read.
pub(super) enum Refused {
    NotUtf8,
    NotANumber,
}

impl ColumnReader {
    pub(super) fn new(name: String, set: Option<ColumnType>) -> Self {
        let cells = match set {
            Some(ColumnType::Text) => Cells::Text(Texts::default()),
            Some(ColumnType::Number) | None => Cells::Numbers(Vec::new()),
        };
        Self { column: Column { name, cells }, set, has_numbers: false, rows_again: 0, again: Texts::default() }
    }

    pub(super) fn name(&self) -> &str {
        &self.column.name
    }

    pub(super) fn rows_again(&self) -> usize {
        self.rows_again
    }

    /// Adds the cell of the next row.
    pub(super) fn push(&mut self, cell: &[u8], format: &CellFormat) -> Result<(), Refused> {
        match &mut self.column.cells {
            Cells::Text(texts) => {
                let cell = std::str::from_utf8(cell).map_err(|_| Refused::NotUtf8)?;
                texts.push(format.text(cell));
                return Ok(());
            }
            Cells::Numbers(numbers) => {
                let number = match format.parse(cell) {
                    Parsed::Number(number) => {
                        self.has_numbers = true;
                        number
                    }
                    Parsed::Missing => f64::NAN,
                    Parsed::Text(text) => match self.set.and_then(|_| format.number_or_code(text)) {
                        Some(number) => number,
                        None => return self.push_text(text),
                    },
                    Parsed::NotUtf8 => return Err(Refused::NotUtf8),
                };
                grow(numbers);
                numbers.push(number);
            }
        }
        Ok(())
    }

    /// Turns a column of numbers into one of text and adds its first text.
    fn push_text(&mut self, text: &str) -> Result<(), Refused> {
        if self.set.is_some() {
            return Err(Refused::NotANumber);
        }
        let rows = self.column.cells.len();
        // A number does not tell whether it was written as `1` or as `1.0`.
        let mut texts = if self.has_numbers { Texts::default() } else { Texts::missing(rows) };
        self.rows_again = if self.has_numbers { rows } else { 0 };
        texts.push(Some(text));
        self.column.cells = Cells::Text(texts);
        Ok(())
    }

    /// Adds the text of a row that is read again; the rows come from the first to the last.
    pub(super) fn push_again(&mut self, cell: &[u8], format: &CellFormat) -> Result<(), Refused> {
        if self.again.len() < self.rows_again {
            let cell = std::str::from_utf8(cell).map_err(|_| Refused::NotUtf8)?;
            self.again.push(format.text(cell));
        }
        Ok(())
    }

    /// The column, and what was guessed about it.
    pub(super) fn finished(mut self, lines: &[u64], format: &CellFormat) -> (Column, Option<Guess>) {
        if let Cells::Text(texts) = &mut self.column.cells
            && self.again.len() > 0
        {
            self.again.append(texts);
            *texts = self.again;
        }
        let guess = match &mut self.column.cells {
            Cells::Numbers(numbers) => {
                numbers.shrink_to_fit();
                None
            }
            Cells::Text(texts) => {
                texts.shrink();
                if self.set.is_none() { guess(&self.column.name, texts, lines, format) } else { None }
            }
        };
        (self.column, guess)
    }
}

/// Says why a column was read as text, if somebody may have expected numbers.
fn guess(name: &str, texts: &Texts, lines: &[u64], format: &CellFormat) -> Option<Guess> {
    const COMPARED: usize = 100;
    let known = || texts.iter().zip(lines).filter_map(|(cell, &line)| Some((cell?, line)));
    let not_numbers = || known().filter(|(cell, _)| format.number(cell).is_none());
    let (first, line) = not_numbers().next()?;
    let (column, cell) = (name.to_string(), first.to_string());
    if is_code(first) {
        return Some(Guess::Code { column, line, cell });
    }
    if is_date(first) && known().take(COMPARED).all(|(cell, _)| is_date(cell)) {
        return Some(Guess::Date { column, line, cell });
    }
    if is_number_with_marks(first) {
        return Some(Guess::Mark { column, line, cell });
    }
    // Text mostly begins with a letter.
    let is_text = |cell: &str| cell.starts_with(|c: char| c.is_ascii_alphabetic()) || format.number(cell).is_none();
    let count = |(texts, cells), (cell, _): (&str, u64)| (texts + usize::from(is_text(cell)), cells + 1);
    let (texts, cells) = known().fold((0, 0), count);
    (texts < cells).then_some(Guess::Text { column, line, cell, texts, cells })
}
