//! The methods of [`Arguments`] for numbers, lists of numbers, and numbers that may be `None`.

use super::convert::{
    Bounds, bounds, from_count, from_integers, from_numbers, optional, to_axes, to_count, to_integer, to_integers, to_number,
    to_numbers,
};
use super::{Arguments, Value};
use std::ops::RangeBounds;

impl Arguments<'_> {
    /// Visits a number in `range`, e.g. `0.0..1.0`; a range that excludes its start is a pair of `Bound`s. NaN is refused.
    pub fn number(&mut self, name: &'static str, value: &mut f64, range: impl RangeBounds<f64>) {
        self.number_within(name, value, bounds(&range));
    }

    fn number_within(&mut self, name: &'static str, value: &mut f64, range: Bounds<f64>) {
        self.visit(name, value, "a number", |number| Value::Float(*number), to_number);
        self.check_value(name, value, "a number", &range);
    }

    /// Visits a number in `range`; it is not written if it equals `default`.
    pub fn number_unless(&mut self, name: &'static str, value: &mut f64, default: f64, range: impl RangeBounds<f64>) {
        if !self.leaves_out(name, *value == default) {
            self.number_within(name, value, bounds(&range));
        }
    }

    /// Visits a number in `range`, or `None`.
    pub fn optional_number(&mut self, name: &'static str, value: &mut Option<f64>, range: impl RangeBounds<f64>) {
        self.optional_number_within(name, value, bounds(&range));
    }

    fn optional_number_within(&mut self, name: &'static str, value: &mut Option<f64>, range: Bounds<f64>) {
        let write = |number: &Option<f64>| number.map_or(Value::Null, Value::Float);
        self.visit(name, value, "a number or None", write, optional(to_number));
        if let Some(number) = value {
            self.check_value(name, number, "a number", &range);
        }
    }

    /// Visits a whole number in `range`; it may be negative.
    pub fn integer(&mut self, name: &'static str, value: &mut i64, range: impl RangeBounds<i64>) {
        self.integer_within(name, value, bounds(&range));
    }

    fn integer_within(&mut self, name: &'static str, value: &mut i64, range: Bounds<i64>) {
        self.visit(name, value, "a whole number", |number| Value::Int(*number), to_integer);
        self.check_value(name, value, "a whole number", &range);
    }

    /// Visits a list of whole numbers, each in `range`; a single number is read as a list of one.
    pub fn integers(&mut self, name: &'static str, value: &mut Vec<i64>, range: impl RangeBounds<i64>) {
        self.integers_within(name, value, bounds(&range));
    }

    fn integers_within(&mut self, name: &'static str, value: &mut Vec<i64>, range: Bounds<i64>) {
        self.visit(name, value, "a list of whole numbers", |numbers| from_integers(numbers), to_integers);
        value.iter().for_each(|number| self.check_value(name, number, "whole numbers", &range));
    }

    /// Visits a list of whole numbers, as in [`integers`](Self::integers), or `None`.
    pub fn optional_integers(&mut self, name: &'static str, value: &mut Option<Vec<i64>>, range: impl RangeBounds<i64>) {
        self.optional_integers_within(name, value, bounds(&range));
    }

    fn optional_integers_within(&mut self, name: &'static str, value: &mut Option<Vec<i64>>, range: Bounds<i64>) {
        let write = |numbers: &Option<Vec<i64>>| numbers.as_deref().map_or(Value::Null, from_integers);
        self.visit(name, value, "a list of whole numbers or None", write, optional(to_integers));
        value.iter().flatten().for_each(|number| self.check_value(name, number, "whole numbers", &range));
    }

    /// Visits a whole number in `range`, which may be negative, or `None`.
    pub fn optional_integer(&mut self, name: &'static str, value: &mut Option<i64>, range: impl RangeBounds<i64>) {
        self.optional_integer_within(name, value, bounds(&range));
    }

    fn optional_integer_within(&mut self, name: &'static str, value: &mut Option<i64>, range: Bounds<i64>) {
        let write = |number: &Option<i64>| number.map_or(Value::Null, Value::Int);
        self.visit(name, value, "a whole number or None", write, optional(to_integer));
        if let Some(number) = value {
            self.check_value(name, number, "a whole number", &range);
        }
    }

    /// Visits the seed of a generator, which may be any whole number, or `None`.
    pub fn seed(&mut self, name: &'static str, value: &mut Option<u64>) {
        let mut seed = value.map(u64::cast_signed);
        self.optional_integer(name, &mut seed, ..);
        *value = seed.map(i64::cast_unsigned);
    }

    /// Visits a list of axes, counted from 0, or `None`.
    pub fn optional_axes(&mut self, name: &'static str, value: &mut Option<Vec<usize>>) {
        let write = |axes: &Option<Vec<usize>>| match axes {
            Some(axes) => Value::List(axes.iter().map(from_count).collect()),
            None => Value::Null,
        };
        self.visit(name, value, "a list of axes from 0 on, or None", write, optional(to_axes));
    }

    /// Visits an axis that must be the last, which is -1 in Keras.
    pub fn last_axis(&mut self, name: &'static str) {
        let read = |value: &Value| (*value == Value::Int(-1)).then_some(());
        self.visit(name, &mut (), "-1, the last axis", |()| Value::Int(-1), read);
    }

    /// Visits a whole number >= 0 in `range`.
    pub fn count(&mut self, name: &'static str, value: &mut usize, range: impl RangeBounds<usize>) {
        self.count_within(name, value, bounds(&range));
    }

    fn count_within(&mut self, name: &'static str, value: &mut usize, range: Bounds<usize>) {
        self.visit(name, value, "a whole number", from_count, to_count);
        self.check_value(name, value, "a whole number", &range);
    }

    /// Visits a whole number >= 0 in `range`, or `None`.
    pub fn optional_count(&mut self, name: &'static str, value: &mut Option<usize>, range: impl RangeBounds<usize>) {
        self.optional_count_within(name, value, bounds(&range));
    }

    fn optional_count_within(&mut self, name: &'static str, value: &mut Option<usize>, range: Bounds<usize>) {
        let write = |count: &Option<usize>| count.as_ref().map_or(Value::Null, from_count);
        self.visit(name, value, "a whole number or None", write, optional(to_count));
        if let Some(count) = value {
            self.check_value(name, count, "a whole number", &range);
        }
    }

    /// Visits a list of at least one whole number >= 0, each in `range`.
    pub fn counts(&mut self, name: &'static str, value: &mut Vec<usize>, range: impl RangeBounds<usize>) {
        self.counts_within(name, value, bounds(&range));
    }

    fn counts_within(&mut self, name: &'static str, value: &mut Vec<usize>, range: Bounds<usize>) {
        let write = |counts: &Vec<usize>| Value::List(counts.iter().map(from_count).collect());
        let read = |value: &Value| if let Value::List(list) = value { list.iter().map(to_count).collect() } else { None };
        self.visit(name, value, "a list of whole numbers", write, read);
        self.check_each(name, value, "a whole number", &range);
    }

    /// Visits a list of at least one number, each in `range`, or `None`; a single number is read as a list of one.
    pub fn optional_numbers(&mut self, name: &'static str, value: &mut Option<Vec<f64>>, range: impl RangeBounds<f64>) {
        self.optional_numbers_within(name, value, bounds(&range));
    }

    fn optional_numbers_within(&mut self, name: &'static str, value: &mut Option<Vec<f64>>, range: Bounds<f64>) {
        let write = |numbers: &Option<Vec<f64>>| numbers.as_deref().map_or(Value::Null, from_numbers);
        self.visit(name, value, "a list of numbers or None", write, optional(to_numbers));
        if let Some(numbers) = value {
            self.check_each(name, numbers, "a number", &range);
        }
    }

    /// Visits a list of numbers, each in `range`; `None` is read as an empty list.
    pub fn numbers(&mut self, name: &'static str, value: &mut Vec<f64>, range: impl RangeBounds<f64>) {
        self.numbers_within(name, value, bounds(&range));
    }

    fn numbers_within(&mut self, name: &'static str, value: &mut Vec<f64>, range: Bounds<f64>) {
        let read = |value: &Value| match value {
            Value::List(list) => list.iter().map(to_number).collect(),
            Value::Null => Some(Vec::new()),
            _ => None,
        };
        self.visit(name, value, "a list of numbers", |numbers| from_numbers(numbers), read);
        value.iter().for_each(|number| self.check_value(name, number, "numbers", &range));
    }
}
