//! The records of a CSV file, read block by block.

use crate::base::{Error, Result};
use std::io::{ErrorKind, Read};
use std::ops::Range;

/// The bytes that are read at once, if no record is longer.
const BLOCK: usize = 1 << 16;

/// Reads one record after the other. Only the block with the current record is in memory.
///
/// A record ends with a line feed, a carriage return or both, and blank lines are skipped. A cell that begins with `"` may
/// contain separators, line ends and, written twice, quotes. The rules are those of the `csv` crate.
pub(super) struct Records<'r> {
    file: &'r str,
    input: Box<dyn Read + 'r>,
    separator: u8,
    block: Vec<u8>,
    /// The bytes of the block that were read.
    filled: usize,
    /// True if the input has no more bytes than those in the block.
    ended: bool,
    /// The start of the next record in the block, and its line.
    next: (usize, u64),
    /// The cells of the current record, and its line.
    cells: Vec<Range<usize>>,
    line: u64,
    /// The cells of the current record that were in quotes and need a copy without them.
    quoted: Vec<usize>,
}

/// What a scan of the block found.
enum Scan {
    /// A record that begins here, has this number of line feeds in its cells and ends before this byte.
    Record { start: usize, breaks: u64, end: usize },
    /// The block ends within a record.
    Incomplete,
    /// There is no further record.
    End,
}

/// The end of a cell, and the number of line feeds in it.
struct Cell {
    end: usize,
    breaks: u64,
    /// True if quotes within the text must be removed.
    rewritten: bool,
}

impl<'r> Records<'r> {
    pub(super) fn new(file: &'r str, input: Box<dyn Read + 'r>, separator: u8) -> Self {
        Self::with_block(file, input, separator, BLOCK)
    }

    fn with_block(file: &'r str, input: Box<dyn Read + 'r>, separator: u8, bytes: usize) -> Self {
        let (cells, quoted) = (Vec::new(), Vec::new());
        Self { file, input, separator, block: vec![0; bytes], filled: 0, ended: false, next: (0, 1), cells, line: 1, quoted }
    }

    /// The cells of the current record.
    pub(super) fn cells(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.cells.iter().map(|range| &self.block[range.clone()])
    }

    /// The first line of the current record.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Goes to the next record; false behind the last one.
    pub(super) fn advance(&mut self) -> Result<bool> {
        loop {
            if self.filled == 0 && !self.ended {
                self.fill()?;
                if self.block[..self.filled].starts_with(b"\xef\xbb\xbf") {
                    self.next.0 = 3;
                }
            }
            match self.scan() {
                Scan::End => return Ok(false),
                Scan::Incomplete => self.fill()?,
                Scan::Record { start, breaks, end } => {
                    if breaks > 0 {
                        self.check_quotes(start, end)?;
                    }
                    let line_feed = self.block[..end].last() == Some(&b'\n') && end > start;
                    self.next = (end, self.line + breaks + u64::from(line_feed));
                    self.remove_quotes();
                    return Ok(true);
                }
            }
        }
    }

    /// Moves the unfinished record to the start of the block and fills the rest, which is made larger for a long record.
    fn fill(&mut self) -> Result<()> {
        let start = self.next.0;
        self.block.copy_within(start..self.filled, 0);
        (self.filled, self.next.0) = (self.filled - start, 0);
        if self.filled == self.block.len() {
            self.block.resize(2 * self.filled, 0);
        }
        while self.filled < self.block.len() && !self.ended {
            match self.input.read(&mut self.block[self.filled..]) {
                Ok(0) => self.ended = true,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => return Err(Error::Io { file: self.file.to_string(), source }),
            }
        }
        Ok(())
    }

    /// Finds the cells of the next record without a change of the block, since the record may turn out to be incomplete.
    fn scan(&mut self) -> Scan {
        let bytes = &self.block[..self.filled];
        self.cells.clear();
        self.quoted.clear();
        let (mut at, mut line) = self.next;
        while let Some(end @ (b'\r' | b'\n')) = bytes.get(at) {
            line += u64::from(*end == b'\n');
            at += 1;
        }
        let start = at;
        if start == bytes.len() {
            // The blank lines are done with.
            self.next = (start, line);
            return if self.ended { Scan::End } else { Scan::Incomplete };
        }
        let mut breaks = 0;
        loop {
            let Some(cell) = end_of_cell(bytes, at, self.separator, self.ended) else { return Scan::Incomplete };
            let quote = usize::from(bytes.get(at) == Some(&b'"'));
            if cell.rewritten {
                self.quoted.push(self.cells.len());
                self.cells.push(at..cell.end);
            } else {
                // A closed cell without quotes in its text needs no copy: the outer quotes are left out here.
                self.cells.push(at + quote..cell.end - quote);
            }
            breaks += cell.breaks;
            match bytes.get(cell.end) {
                Some(&end) if end == self.separator => at = cell.end + 1,
                Some(_) => {
                    self.line = line;
                    return Scan::Record { start, breaks, end: cell.end + 1 };
                }
                None if !self.ended => return Scan::Incomplete,
                None => {
                    self.line = line;
                    return Scan::Record { start, breaks, end: cell.end };
                }
            }
        }
    }

    /// Fails if a quote that is not closed joins a row with the rows below.
    fn check_quotes(&self, start: usize, end: usize) -> Result<()> {
        let row = self.block[start..end].trim_ascii_end();
        let count = |searched| row.iter().filter(|&&byte| byte == searched).count() as u64;
        // A closed cell has an even number of quotes; a single inch sign in an unquoted cell does not extend over several lines.
        match (count(b'\n'), count(b'"') % 2) {
            (more @ 1.., 1) => {
                let (line, last) = (self.line, self.line + more);
                let problem = format!(
                    "lines {line} to {last} are read as one row, because a quote `\"` is not closed: \
                     close it, or write `\"\"` for a quote in the text"
                );
                Err(Error::Table { file: self.file.to_string(), problem })
            }
            _ => Ok(()),
        }
    }

    /// Writes the text of cells in quotes without them, over the cells themselves, as it is never longer.
    fn remove_quotes(&mut self) {
        for &index in &self.quoted {
            let Some(range) = self.cells.get_mut(index) else { continue };
            let (mut written, mut at, mut inside) = (range.start, range.start + 1, true);
            while at < range.end {
                let byte = self.block[at];
                at += 1;
                if inside && byte == b'"' {
                    inside = at < range.end && self.block[at] == b'"';
                    if !inside {
                        continue;
                    }
                    at += 1;
                }
                self.block[written] = byte;
                written += 1;
            }
            range.end = written;
        }
    }
}

/// Finds the end of the cell that begins here; `None` if the block ends first and the input goes on.
fn end_of_cell(bytes: &[u8], start: usize, separator: u8, ended: bool) -> Option<Cell> {
    if bytes.get(start) != Some(&b'"') {
        return Some(Cell { end: end_of_plain(bytes, start, separator), breaks: 0, rewritten: false });
    }
    let (mut at, mut breaks, mut rewritten) = (start + 1, 0, false);
    loop {
        match bytes.get(at) {
            None if !ended => return None,
            // The quote is not closed, and only the first one is left out.
            None => return Some(Cell { end: at, breaks, rewritten: true }),
            Some(b'"') if bytes.get(at + 1) == Some(&b'"') => {
                rewritten = true;
                at += 2;
            }
            Some(b'"') if at + 1 == bytes.len() && !ended => return None,
            Some(b'"') => {
                let end = end_of_plain(bytes, at + 1, separator);
                return Some(Cell { end, breaks, rewritten: rewritten || end > at + 1 });
            }
            Some(byte) => {
                breaks += u64::from(*byte == b'\n');
                at += 1;
            }
        }
    }
}

/// The next separator or line end, or the end of the block. Eight bytes are compared at once.
fn end_of_plain(bytes: &[u8], start: usize, separator: u8) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    // A byte that is zero sets its highest bit. Bytes above it may set theirs as well, so that only the lowest one counts.
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & (ONES << 7);
    let equal = |word: u64, byte: u8| zeros(word ^ (ONES * u64::from(byte)));
    let mut at = start;
    while let Some(&eight) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        let word = u64::from_le_bytes(eight);
        let ends = equal(word, separator) | equal(word, b'\n') | equal(word, b'\r');
        if ends != 0 {
            return at + ends.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let ends = |&byte: &u8| byte == separator || byte == b'\n' || byte == b'\r';
    at + rest.iter().position(ends).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::Records;

    /// The records of the csv crate.
    fn expected(bytes: &[u8], separator: u8) -> Vec<Vec<Vec<u8>>> {
        let mut reader = csv::ReaderBuilder::new();
        let reader = reader.has_headers(false).flexible(true).delimiter(separator).from_reader(bytes);
        reader.into_byte_records().flatten().map(|record| record.iter().map(<[u8]>::to_vec).collect()).collect()
    }

    #[test]
    fn records_are_those_of_the_csv_crate_for_any_bytes_and_any_size_of_the_block() {
        let mut rng = crate::base::Rng::new(7);
        let alphabet = b",,,,\n\n\r\"\"\"ab12; \xef\xbb\xbf";
        for _ in 0..50_000 {
            let mut bytes: Vec<u8> = (0..rng.below(40)).map(|_| alphabet[rng.below(alphabet.len())]).collect();
            if rng.below(4) == 0 {
                bytes.splice(0..0, *b"\xef\xbb\xbf");
            }
            let separator = [b',', b';'][rng.below(2)];
            let expected = expected(&bytes, separator);
            let mut records = Records::with_block("", Box::new(bytes.as_slice()), separator, 3 + rng.below(20));
            let mut count = 0;
            // A quote that is not closed is an error here and not in the csv crate, so that the comparison ends there.
            let ended = loop {
                match records.advance() {
                    Ok(true) => {
                        let cells: Vec<Vec<u8>> = records.cells().map(<[u8]>::to_vec).collect();
                        assert_eq!(Some(&cells), expected.get(count), "{:?}", bytes.escape_ascii().to_string());
                        count += 1;
                    }
                    Ok(false) => break true,
                    Err(_) => break false,
                }
            };
            assert!(!ended || count == expected.len(), "{:?}", bytes.escape_ascii().to_string());
        }
    }
}
