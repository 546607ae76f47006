//! The separator of a CSV file, found in its first rows.

use super::records::Records;

/// The separators that are looked for. The first one is taken when several fit equally well.
const CANDIDATES: [u8; 4] = *b",;\t|";

/// The number of rows that are compared with the header.
const ROWS: usize = 20;

/// The separator that gives the header and the first rows the same and the largest number of cells, more than one. If none
/// does, the one that gives the header the most cells, so that an error names the row that differs.
///
/// `head` is the start of the file; its last row is ignored if the file goes on.
pub(super) fn find(head: &[u8], whole: bool) -> u8 {
    let counts = CANDIDATES.map(|separator| (separator, cells_of_rows(head, whole, separator)));
    let agreeing = counts.iter().filter(|(_, rows)| rows.iter().all(|cells| Some(cells) == rows.first()));
    let largest = |best: (u8, usize), (separator, rows): &(u8, Vec<usize>)| match rows.first() {
        Some(&cells) if cells > best.1 => (*separator, cells),
        _ => best,
    };
    match agreeing.fold((CANDIDATES[0], 1), largest) {
        (_, 1) => counts.iter().fold((CANDIDATES[0], 1), largest).0,
        (separator, _) => separator,
    }
}

/// The number of cells in the header and in each of the first rows.
fn cells_of_rows(head: &[u8], whole: bool, separator: u8) -> Vec<usize> {
    let mut records = Records::new("", Box::new(head), separator);
    let mut counts = Vec::new();
    // A quote that is not closed ends the comparison; the error comes from reading the file.
    while counts.len() <= ROWS && matches!(records.advance(), Ok(true)) {
        counts.push(records.cells().len());
    }
    if !whole && counts.len() <= ROWS {
        counts.pop();
    }
    counts
}
