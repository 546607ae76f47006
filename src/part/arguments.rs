//! The visitor that checks, writes or reads the arguments of a part.
//!
//! This file has the methods for parts and enumerations; the file `numbers` has the methods for numbers. A public method
//! that takes a range or an enumeration is generic, because each part calls it with its own types. It calls a method that
//! is not generic, so that most of the code is compiled only once.

use super::convert::{Bounds, bounds, describe_range, to_words};
use super::{Choice, Describe, Kind, Lookup, Spec, Value};
use crate::base::{Error, Result, did_you_mean};
use std::fmt::Display;
use std::ops::RangeBounds;

/// The visitor of [`Describe::arguments`]: it checks, writes or reads each argument that a part shows it.
///
/// Each method takes the name of an argument and a reference to its value. A check and a read fail if the value is outside
/// the range; a read also fails if the value has another type. The visitor keeps the first error and returns it at the end.
pub struct Arguments<'a> {
    part: &'static str,
    mode: Mode<'a>,
    error: Option<Error>,
}

enum Mode<'a> {
    Check,
    Write(Vec<(String, Value)>),
    Read { spec: &'a Spec, known: Vec<&'static str>, registry: &'a dyn Lookup },
}

/// The result of [`Arguments::nested`]: how to proceed with an argument that is a part.
enum Nested<'a> {
    /// There is nothing more to do: the spec was written, or the given value is not a part and was refused.
    Done,
    /// The part is not replaced, and must be checked.
    Kept,
    /// The part is replaced by the part of this spec; `None` removes it.
    Given(Option<Spec>, &'a dyn Lookup),
}

impl<'a> Arguments<'a> {
    fn new(part: &'static str, mode: Mode<'a>) -> Self {
        Self { part, mode, error: None }
    }

    /// Returns the spec of `part`.
    #[inline(never)] // else each part has a copy of it
    pub(crate) fn write(part: &mut dyn Describe) -> Spec {
        let mut arguments = Self::new(part.class_name(), Mode::Write(Vec::new()));
        part.arguments(&mut arguments);
        let config = if let Mode::Write(config) = arguments.mode { config } else { Vec::new() };
        Spec { class_name: part.class_name().to_string(), config }
    }

    /// Returns the spec of `part` with every argument that it takes; an argument that its spec leaves out is `None`.
    #[cfg(feature = "keras")]
    pub(crate) fn write_all(part: &mut dyn Describe) -> Spec {
        let mut spec = Self::write(part);
        let nothing = Spec::named(part.class_name());
        let mut arguments =
            Arguments::new(part.class_name(), Mode::Read { spec: &nothing, known: Vec::new(), registry: &super::NoParts });
        part.arguments(&mut arguments);
        if let Mode::Read { known, .. } = arguments.mode {
            let left_out = known.into_iter().filter(|name| spec.get(name).is_none()).map(|name| (name.to_string(), Value::Null));
            let left_out: Vec<_> = left_out.collect();
            spec.config.extend(left_out);
        }
        spec
    }

    /// Fails with the first argument of `part` that is outside its range.
    #[inline(never)] // else each part has a copy of it
    pub(crate) fn check_part(part: &mut dyn Describe) -> Result<()> {
        Self::check(part.class_name(), |arguments| part.arguments(arguments))
    }

    /// Fails with the first argument visited by `visit` that is outside its range.
    pub(crate) fn check(part: &'static str, visit: impl FnOnce(&mut Arguments<'_>)) -> Result<()> {
        let mut arguments = Arguments::new(part, Mode::Check);
        visit(&mut arguments);
        arguments.error.map_or(Ok(()), Err)
    }

    /// Sets the arguments of `part` to those of `spec`; nested parts are looked up in `registry`, a `Registry<T>`.
    pub(crate) fn read(part: &mut dyn Describe, spec: &'a Spec, registry: &'a dyn Lookup) -> Result<()> {
        let mut arguments = Self::new(part.class_name(), Mode::Read { spec, known: Vec::new(), registry });
        part.arguments(&mut arguments);
        if let Mode::Read { known, .. } = &arguments.mode
            && let Some((unknown, _)) = spec.config.iter().find(|(name, _)| !known.contains(&name.as_str()))
        {
            let hint = did_you_mean(unknown, &mut known.iter().copied());
            arguments.refuse(Error::UnknownArgument { part: arguments.part.to_string(), argument: unknown.clone(), hint });
        }
        arguments.error.map_or(Ok(()), Err)
    }

    /// Returns true if the argument is left out: the part is written and the argument has its default, or the part is read and
    /// the spec does not give the argument.
    pub(crate) fn leaves_out(&mut self, name: &'static str, is_default: bool) -> bool {
        match &mut self.mode {
            Mode::Check => false,
            Mode::Write(_) => is_default,
            Mode::Read { spec, known, .. } => {
                known.push(name);
                spec.get(name).is_none()
            }
        }
    }

    /// Visits a list of words; `None` is read as an empty list.
    pub fn words(&mut self, name: &'static str, value: &mut Vec<String>) {
        let write = |words: &Vec<String>| Value::List(words.iter().cloned().map(Value::Text).collect());
        self.visit(name, value, "a list of words", write, to_words);
    }

    /// Visits an argument that is a text.
    pub fn text(&mut self, name: &'static str, value: &mut String) {
        let read = |value: &Value| if let Value::Text(text) = value { Some(text.clone()) } else { None };
        self.visit(name, value, "a text", |text| Value::Text(text.clone()), read);
    }

    /// Visits an argument that is a text, or `None`.
    pub fn optional_text(&mut self, name: &'static str, value: &mut Option<String>) {
        let write = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
        let read = |value: &Value| match value {
            Value::Null => Some(None),
            Value::Text(text) => Some(Some(text.clone())),
            _ => None,
        };
        self.visit(name, value, "a text or None", write, read);
    }

    /// Visits an argument that is a number in `range` or a part; `part` is `None` if it is a number.
    pub fn number_or_part<P: Kind + ?Sized>(
        &mut self,
        name: &'static str,
        number: &mut f64,
        part: &mut Option<Choice<P>>,
        range: impl RangeBounds<f64>,
    ) {
        let is_part = match &self.mode {
            Mode::Read { spec, .. } => spec.get(name).map(|value| matches!(value, Value::Spec(_))),
            _ => None,
        };
        if is_part.unwrap_or(part.is_some()) {
            return self.optional_part(name, part);
        }
        *part = None;
        self.number(name, number, range);
    }

    /// Refuses the argument `name` if `holds` is false, e.g. because it contradicts another argument.
    ///
    /// The error shows `value` and the values that are `allowed`.
    pub fn require(&mut self, holds: bool, name: &'static str, value: impl ToString, allowed: impl Into<String>) {
        if !holds {
            self.refuse(Error::argument(self.part, name, value.to_string(), allowed.into()));
        }
    }

    /// Visits an argument that is true or false.
    pub fn flag(&mut self, name: &'static str, value: &mut bool) {
        let read = |value: &Value| if let Value::Bool(flag) = value { Some(*flag) } else { None };
        self.visit(name, value, "true or false", |flag| Value::Bool(*flag), read);
    }

    /// Visits an argument that is one of several words; `choices` has each word with its value.
    pub fn choice<C: Copy + PartialEq>(&mut self, name: &'static str, value: &mut C, choices: &[(&'static str, C)]) {
        let chosen = choices.iter().position(|(_, choice)| choice == value);
        let words = &mut choices.iter().map(|(word, _)| Value::Text(word.to_string()));
        if let Some(chosen) = self.one_of(name, chosen, words) {
            *value = choices[chosen].1;
        }
    }

    /// Visits an argument that is one of several words, as in [`choice`](Self::choice), or `None`.
    pub fn optional_choice<C: Copy + PartialEq>(
        &mut self,
        name: &'static str,
        value: &mut Option<C>,
        choices: &[(&'static str, C)],
    ) {
        let chosen = value.map_or(Some(choices.len()), |value| choices.iter().position(|(_, choice)| *choice == value));
        let words = &mut choices.iter().map(|(word, _)| Value::Text(word.to_string())).chain([Value::Null]);
        if let Some(chosen) = self.one_of(name, chosen, words) {
            *value = choices.get(chosen).map(|(_, choice)| *choice);
        }
    }

    /// Visits an argument that is one of several values in a spec; `choices` has each of them with its value in the part.
    ///
    /// If several of them have the same value in the part, the first is written.
    pub fn value<C: Copy + PartialEq>(&mut self, name: &'static str, value: &mut C, choices: &[(Value, C)]) {
        let chosen = choices.iter().position(|(_, choice)| choice == value);
        if let Some(chosen) = self.one_of(name, chosen, &mut choices.iter().map(|(value, _)| value.clone())) {
            *value = choices[chosen].1;
        }
    }

    /// Visits an argument that is one of `values`, and returns its index; `chosen` is the index of its current value.
    fn one_of(&mut self, name: &'static str, chosen: Option<usize>, values: &mut dyn Iterator<Item = Value>) -> Option<usize> {
        if let Mode::Check = self.mode {
            return chosen;
        }
        let values: Vec<Value> = values.collect();
        let words: Vec<String> = values.iter().map(Value::to_string).collect();
        let write = |chosen: &Option<usize>| chosen.map_or(Value::Null, |chosen| values[chosen].clone());
        let read = |value: &Value| values.iter().position(|known| known == value).map(Some);
        let mut chosen = chosen;
        self.visit(name, &mut chosen, &format!("one of {}", words.join(", ")), write, read);
        chosen
    }

    /// Visits an argument that is a part; it can be read from a spec or from a name.
    pub fn part<P: Kind + ?Sized>(&mut self, name: &'static str, value: &mut Choice<P>) {
        let mut optional = Some(value.clone());
        self.optional_part(name, &mut optional);
        match optional {
            Some(part) => *value = part,
            None => self.refuse(Error::argument(self.part, name, Value::Null, P::KIND)),
        }
    }

    /// Visits an argument that is a part, as in [`part`](Self::part), or `None`.
    pub fn optional_part<P: Kind + ?Sized>(&mut self, name: &'static str, value: &mut Option<Choice<P>>) {
        let nested = self.nested(name, P::KIND, &|| Some(value.as_ref()?.get().ok()?.spec()));
        match nested {
            Nested::Done => return,
            Nested::Kept => {}
            Nested::Given(spec, registry) => match spec.map(|spec| P::find(registry, &spec)).transpose() {
                Ok(part) => *value = part.map(Choice::from),
                Err(error) => return self.refuse(error),
            },
        }
        if let Some(choice) = value
            && let Err(error) = choice.get().map_err(Error::from).and_then(|part| part.check_arguments())
        {
            self.refuse(error);
        }
    }

    /// Visits an argument that is a part or `None`; it is not written if it is `None`.
    pub fn part_unless_none<P: Kind + ?Sized>(&mut self, name: &'static str, value: &mut Option<Choice<P>>) {
        if !self.leaves_out(name, value.is_none()) {
            self.optional_part(name, value);
        }
    }

    /// Writes the spec of an argument that is a part, or returns the spec that replaces it.
    fn nested(&mut self, name: &'static str, kind: &'static str, write: &dyn Fn() -> Option<Spec>) -> Nested<'a> {
        let (value, registry) = match &mut self.mode {
            Mode::Check => return Nested::Kept,
            Mode::Write(config) => {
                config.push((name.to_string(), write().map_or(Value::Null, Value::Spec)));
                return Nested::Done;
            }
            Mode::Read { spec, known, registry } => {
                known.push(name);
                (spec.get(name), *registry)
            }
        };
        match value {
            None => Nested::Kept,
            Some(Value::Null) => Nested::Given(None, registry),
            Some(Value::Text(text)) => Nested::Given(Some(Spec::named(text)), registry),
            Some(Value::Spec(spec)) => Nested::Given(Some(spec.clone()), registry),
            Some(other) => {
                let error = Error::argument(self.part, name, other, kind);
                self.refuse(error);
                Nested::Done
            }
        }
    }

    /// Visits an argument that holds parts. `check` also runs after a read; `read` gets the registry to look up the parts.
    pub(crate) fn visit_parts<V>(
        &mut self,
        name: &'static str,
        value: &mut V,
        check: impl Fn(&V) -> Result<()>,
        write: impl Fn(&V) -> Value,
        read: impl Fn(&'static str, &Value, &dyn Lookup) -> Result<V>,
    ) {
        match &mut self.mode {
            Mode::Check => {}
            Mode::Write(config) => return config.push((name.to_string(), write(value))),
            Mode::Read { spec, known, registry } => {
                known.push(name);
                match spec.get(name).map(|given| read(self.part, given, *registry)) {
                    None => {}
                    Some(Ok(read)) => *value = read,
                    Some(Err(error)) => return self.refuse(error),
                }
            }
        }
        if let Err(error) = check(value) {
            self.refuse(error);
        }
    }

    /// Writes the argument to the spec or reads it from the spec, depending on the mode.
    pub(super) fn visit<V>(
        &mut self,
        name: &'static str,
        value: &mut V,
        expected: &str,
        write: impl Fn(&V) -> Value,
        read: impl Fn(&Value) -> Option<V>,
    ) {
        match &mut self.mode {
            Mode::Check => {}
            Mode::Write(config) => config.push((name.to_string(), write(value))),
            Mode::Read { spec, known, .. } => {
                known.push(name);
                match spec.get(name).map(|given| (given, read(given))) {
                    None => {}
                    Some((_, Some(read))) => *value = read,
                    Some((given, None)) => {
                        let error = Error::argument(self.part, name, given, expected);
                        self.refuse(error);
                    }
                }
            }
        }
    }

    /// Refuses an empty list, and each value of a list that is outside `range`.
    pub(super) fn check_each<V: PartialOrd + Display>(&mut self, name: &str, values: &[V], kind: &str, range: &Bounds<V>) {
        if values.is_empty() {
            self.refuse(Error::argument(self.part, name, "[]", format!("at least one: {}", describe_range(kind, range))));
        }
        for (i, value) in values.iter().enumerate() {
            self.check_value(&format!("{name}[{i}]"), value, kind, range);
        }
    }

    pub(crate) fn check_range(&mut self, name: &str, value: &usize, kind: &str, range: &impl RangeBounds<usize>) {
        self.check_value(name, value, kind, &bounds(range));
    }

    pub(super) fn check_value<V: PartialOrd + Display>(&mut self, name: &str, value: &V, kind: &str, range: &Bounds<V>) {
        let comparable = value.partial_cmp(value).is_some();
        if !(comparable && range.contains(value)) {
            self.refuse(Error::argument(self.part, name, value, describe_range(kind, range)));
        }
    }

    /// Keeps `error` if it is the first.
    fn refuse(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }
}
