//! What the text of a cell means: a missing one, a number, digits that are a code.

/// The texts that mean a missing cell, none longer than `LONGEST_MISSING`.
const MISSING: [&str; 14] = ["", "NA", "N/A", "n/a", "NaN", "NAN", "nan", "NULL", "null", "?", "None", "#N/A", "<NA>", "-"];
const LONGEST_MISSING: usize = 4;

/// True if the text of a cell means that it is missing.
pub(super) fn is_missing(cell: &str) -> bool {
    let cell = trimmed(cell);
    cell.len() <= LONGEST_MISSING && MISSING.contains(&cell)
}

/// The cell without blanks around it. Most cells have none, which two bytes show.
pub(super) fn trimmed(cell: &str) -> &str {
    match cell.as_bytes() {
        [b'!'..=b'~', .., b'!'..=b'~'] => cell,
        _ => cell.trim(),
    }
}

/// The trimmed text of a cell; `None` if the cell is missing.
pub(super) fn text(cell: &str) -> Option<&str> {
    (!is_missing(cell)).then(|| cell.trim())
}

/// Parses a trimmed cell as a finite number; `None` for other text, for "inf", for a number that is too large, and for digits
/// with a zero in front, such as a postal code.
pub(super) fn number(cell: &str) -> Option<f64> {
    if is_code(cell) { None } else { any_number(cell) }
}

/// Parses a trimmed cell as a finite number, with zeros in front as well.
pub(super) fn any_number(cell: &str) -> Option<f64> {
    cell.parse().ok().filter(|number: &f64| number.is_finite())
}

/// True for two or more digits of which the first is a zero.
pub(super) fn is_code(cell: &str) -> bool {
    cell.len() > 1 && cell.starts_with('0') && cell.bytes().all(|byte| byte.is_ascii_digit())
}
