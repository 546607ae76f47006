//! Converts numbers from and to the values of a spec, and describes ranges in words.

use super::Value;
use std::fmt::Display;
use std::ops::{Bound, RangeBounds};

/// The two ends of a range of any type.
pub(super) type Bounds<V> = (Bound<V>, Bound<V>);

/// The numbers that are neither NaN nor infinite.
pub(crate) const FINITE: (Bound<f64>, Bound<f64>) = (Bound::Excluded(f64::NEG_INFINITY), Bound::Excluded(f64::INFINITY));

/// The finite numbers above 0.
pub(crate) const POSITIVE: (Bound<f64>, Bound<f64>) = (Bound::Excluded(0.0), Bound::Excluded(f64::INFINITY));

/// Returns the ends of a range, so that the functions that take them are not generic in the type of the range.
pub(super) fn bounds<V: Copy>(range: &impl RangeBounds<V>) -> Bounds<V> {
    (range.start_bound().cloned(), range.end_bound().cloned())
}

/// Describes a range in words, e.g. "a number >= 0 and < 1".
pub(super) fn describe_range<V: Display>(kind: &str, range: &Bounds<V>) -> String {
    let start = match &range.0 {
        Bound::Included(start) => format!(" >= {start}"),
        Bound::Excluded(start) => format!(" > {start}"),
        Bound::Unbounded => String::new(),
    };
    let end = match &range.1 {
        Bound::Included(end) => format!(" <= {end}"),
        Bound::Excluded(end) => format!(" < {end}"),
        Bound::Unbounded => String::new(),
    };
    let and = if start.is_empty() || end.is_empty() { "" } else { " and" };
    format!("{kind}{start}{and}{end}")
}

/// Returns a function that reads `None` as `None`, and any other value with `read`.
pub(super) fn optional<V>(read: impl Fn(&Value) -> Option<V>) -> impl Fn(&Value) -> Option<Option<V>> {
    move |value| if *value == Value::Null { Some(None) } else { read(value).map(Some) }
}

pub(super) fn to_number(value: &Value) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        Value::Int(number) => Some(*number as f64),
        _ => None,
    }
}

/// Reads a list of numbers; a single number counts as a list of one.
pub(super) fn to_numbers(value: &Value) -> Option<Vec<f64>> {
    match value {
        Value::List(list) => list.iter().map(to_number).collect(),
        one => to_number(one).map(|one| vec![one]),
    }
}

pub(super) fn from_numbers(numbers: &[f64]) -> Value {
    Value::List(numbers.iter().copied().map(Value::Float).collect())
}

/// Reads a whole number >= 0, which may be written with a decimal point.
pub(super) fn to_count(value: &Value) -> Option<usize> {
    match value {
        Value::Int(count) => usize::try_from(*count).ok(),
        Value::Float(count) if count.fract() == 0.0 && (0.0..1e15).contains(count) => Some(*count as usize),
        _ => None,
    }
}

pub(super) fn from_count(count: &usize) -> Value {
    Value::Int(i64::try_from(*count).unwrap_or(i64::MAX))
}

pub(super) fn to_integer(value: &Value) -> Option<i64> {
    if let Value::Int(number) = value { Some(*number) } else { None }
}

/// Reads a list of whole numbers; a single number counts as a list of one.
pub(super) fn to_integers(value: &Value) -> Option<Vec<i64>> {
    match value {
        Value::List(values) => values.iter().map(to_integer).collect(),
        one => to_integer(one).map(|one| vec![one]),
    }
}

pub(super) fn from_integers(numbers: &[i64]) -> Value {
    Value::List(numbers.iter().copied().map(Value::Int).collect())
}

/// Reads a list of axes, counted from 0.
pub(super) fn to_axes(value: &Value) -> Option<Vec<usize>> {
    match value {
        Value::List(axes) => axes.iter().map(|axis| usize::try_from(to_integer(axis)?).ok()).collect(),
        _ => None,
    }
}

/// Reads a list of words; `None` counts as an empty list.
pub(super) fn to_words(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::List(words) => {
            words.iter().map(|word| if let Value::Text(word) = word { Some(word.clone()) } else { None }).collect()
        }
        Value::Null => Some(Vec::new()),
        _ => None,
    }
}
