//! How the cells of a CSV file are read: as a missing one, as a number with its marks, as a date.

use super::cell_text::{any_number, is_code, is_missing, trimmed};
use std::borrow::Cow;

/// 10 to the power of its index, each without an error of rounding.
const POWERS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Parses digits, with a minus sign and a decimal mark if they have them, where that needs no rounding but the last one.
///
/// A value is below 2^53 and its power of ten is exact, so that the quotient is the nearest number, as from `str::parse`.
fn few_digits(cell: &[u8], decimal: char) -> Option<f64> {
    let (negative, digits) = match cell {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let (mut value, mut decimals) = (0u64, None);
    if digits.len() > POWERS.len() || matches!(digits, [] | [b'0', b'0'..=b'9', ..]) {
        return None;
    }
    for (index, &byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => value = 10 * value + u64::from(byte - b'0'),
            _ if char::from(byte) == decimal && byte.is_ascii() && decimals.is_none() && digits.len() > 1 => {
                decimals = Some(digits.len() - 1 - index)
            }
            _ => return None,
        }
    }
    if decimals.is_none() && digits.len() == POWERS.len() {
        return None; // 16 digits may be above 2^53
    }
    let number = value as f64 / POWERS[decimals.unwrap_or(0)];
    Some(if negative { -number } else { number })
}

/// The marks in numbers and the words for a missing cell.
#[derive(Debug, Clone)]
pub(super) struct CellFormat {
    pub(super) decimal: char,
    pub(super) thousands: Option<char>,
    /// Words for missing beside the usual ones.
    pub(super) missing: Vec<String>,
    pub(super) usual_missing: bool,
}

impl Default for CellFormat {
    fn default() -> Self {
        Self { decimal: '.', thousands: None, missing: Vec::new(), usual_missing: true }
    }
}

/// What a cell is in a column of numbers.
pub(super) enum Parsed<'c> {
    Missing,
    Number(f64),
    /// Trimmed text that is no number.
    Text(&'c str),
    NotUtf8,
}

impl CellFormat {
    /// Reads a cell of a column that so far has numbers only.
    pub(super) fn parse<'c>(&self, cell: &'c [u8]) -> Parsed<'c> {
        if let Some(number) = few_digits(cell, self.decimal) {
            // A number may be among the given words for a missing cell.
            let missing = !self.missing.is_empty() && self.missing.iter().any(|word| word.as_bytes() == cell);
            return if missing { Parsed::Missing } else { Parsed::Number(number) };
        }
        let Ok(text) = std::str::from_utf8(cell) else { return Parsed::NotUtf8 };
        // A number with many digits is no word for a missing cell, unless such words are given.
        if self.missing.is_empty()
            && matches!(cell, [b'0'..=b'9', ..] | [b'-', b'0'..=b'9', ..])
            && let Some(number) = self.number(text)
        {
            return Parsed::Number(number);
        }
        match self.text(text) {
            None => Parsed::Missing,
            Some(text) => self.number(text).map_or(Parsed::Text(text), Parsed::Number),
        }
    }

    /// The trimmed text of a cell; `None` if the cell is missing.
    pub(super) fn text<'c>(&self, cell: &'c str) -> Option<&'c str> {
        let cell = trimmed(cell);
        let missing = cell.is_empty()
            || self.usual_missing && is_missing(cell)
            || !self.missing.is_empty() && self.missing.iter().any(|word| word == cell);
        (!missing).then_some(cell)
    }

    /// Parses a trimmed cell as [`number`] does, with these marks.
    pub(super) fn number(&self, cell: &str) -> Option<f64> {
        if is_code(cell) { None } else { self.number_or_code(cell) }
    }

    /// Parses a trimmed cell as a number, and digits with zeros in front as well.
    pub(super) fn number_or_code(&self, cell: &str) -> Option<f64> {
        any_number(&self.usual_marks(cell)?)
    }

    /// The number with a point as its decimal mark and without thousands marks; `None` if a mark is where none may be.
    fn usual_marks<'c>(&self, cell: &'c str) -> Option<Cow<'c, str>> {
        if self.decimal == '.' && self.thousands.is_none() {
            return Some(Cow::Borrowed(cell));
        }
        let (whole, decimals) = match cell.split_once(self.decimal) {
            Some((whole, decimals)) => (whole, Some(decimals)),
            None => (cell, None),
        };
        let marks = |part: &str| part.contains(['.', self.decimal]) || self.thousands.is_some_and(|mark| part.contains(mark));
        let mut usual = match self.thousands {
            Some(mark) if whole.contains(mark) => without_thousands(whole, mark)?,
            _ if marks(whole) => return None,
            _ => whole.to_string(),
        };
        if let Some(decimals) = decimals {
            if marks(decimals) {
                return None;
            }
            usual.push('.');
            usual.push_str(decimals);
        }
        Some(Cow::Owned(usual))
    }
}

/// The digits of groups between thousands marks; `None` unless each group but the first has three digits.
fn without_thousands(whole: &str, mark: char) -> Option<String> {
    let mut groups = whole.split(mark);
    let mut digits = groups.next()?.to_string();
    let first = digits.trim_start_matches(['-', '+']);
    if !(1..=3).contains(&first.len()) || !first.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    for group in groups {
        if group.len() != 3 || !group.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        digits.push_str(group);
    }
    Some(digits)
}

/// True for a day in digits, such as `2024-01-31`, `31.01.2024` or `1/31/24`, and for one with a time of day behind it.
pub(super) fn is_date(cell: &str) -> bool {
    let (day, time) = match cell.split_once(['T', ' ']) {
        Some((day, time)) => (day, Some(time)),
        None => (cell, None),
    };
    let Some(mark) = day.chars().find(|character| !character.is_ascii_digit()) else { return false };
    let parts: Vec<&str> = day.split(mark).collect();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let in_order = match parts.as_slice() {
        [a, b, c] if [a, b, c].into_iter().all(|part| digits(part)) => match (a.len(), b.len(), c.len()) {
            (4, 1..=2, 1..=2) => month_and_day(b, c),
            (1..=2, 1..=2, 2 | 4) => month_and_day(a, b) || month_and_day(b, a),
            _ => false,
        },
        _ => false,
    };
    // A time begins with hours and minutes; seconds and a zone may follow.
    let is_time = |time: &str| {
        time.split_once(':').is_some_and(|(hour, rest)| digits(hour) && rest.starts_with(|c: char| c.is_ascii_digit()))
    };
    matches!(mark, '-' | '/' | '.') && in_order && time.is_none_or(is_time)
}

fn month_and_day(month: &str, day: &str) -> bool {
    let within = |part: &str, last| part.parse::<u32>().is_ok_and(|number| (1..=last).contains(&number));
    within(month, 12) && within(day, 31)
}

/// True for a number with a decimal comma or with thousands marks in one of the usual ways.
pub(super) fn is_number_with_marks(cell: &str) -> bool {
    let marks = [(',', '.'), ('.', ','), (',', ' '), ('.', '\''), (',', '\u{a0}'), (',', '\u{202f}')];
    marks.into_iter().any(|(decimal, thousands)| {
        let format = CellFormat { decimal, thousands: Some(thousands), ..CellFormat::default() };
        format.number_or_code(cell).is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::{few_digits, is_date};

    #[test]
    fn few_digits_are_the_number_that_std_parses() {
        let mut rng = crate::base::Rng::new(1);
        let alphabet = b"0123456789.-";
        let mut parsed = 0;
        for _ in 0..200_000 {
            let characters = if rng.below(9) == 0 { 12 } else { 11 };
            let cell: Vec<u8> = (0..=rng.below(19)).map(|_| alphabet[rng.below(characters)]).collect();
            let Some(number) = few_digits(&cell, '.') else { continue };
            let text = std::str::from_utf8(&cell).unwrap_or_default();
            assert_eq!(text.parse().map(f64::to_bits), Ok(number.to_bits()), "{text}");
            parsed += 1;
        }
        assert!(parsed > 50_000, "{parsed}");
        for text in ["", "-", ".", "-.", "00", "007", "1e3", "1,5", "+1", "1.2.3", "9999999999999999", " 1"] {
            assert_eq!(few_digits(text.as_bytes(), '.'), None, "{text}");
        }
        assert_eq!(few_digits(b"-0,5", ','), Some(-0.5));
    }

    #[test]
    fn dates_are_days_with_or_without_a_time() {
        for date in ["2024-01-31", "2024/1/3", "31.01.2024", "1/31/24", "31-12-1999", "2024-01-31T12:30:00Z", "1.2.2024 9:05"] {
            assert!(is_date(date), "{date}");
        }
        for other in
            ["", "2024", "1.2.3", "2024-13-01", "2024-01-32", "32.13.2024", "2024-01", "2024-01-31 noon", "1-2-3-2024", "a-b-c"]
        {
            assert!(!is_date(other), "{other}");
        }
    }
}
