//! The description of a part: its class name and its arguments, each named once.

use super::{Choice, Kind, Lookup};
use crate::base::{Error, Result, did_you_mean};
use std::any::Any;
use std::fmt::{self, Debug, Display};
use std::ops::{Bound, RangeBounds};

/// The value of an argument.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Not given (Keras' `None`).
    Null,
    /// A switch.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A word, or the name of a part that has only default arguments.
    Text(String),
    /// Several values.
    List(Vec<Value>),
    /// A part.
    Spec(Spec),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("None"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Int(value) => write!(f, "{value}"),
            // with its point, so that it is not taken for a whole number
            Value::Float(value) => write!(f, "{value:?}"),
            Value::Text(value) => write!(f, "{value:?}"),
            Value::List(values) => {
                f.write_str("[")?;
                for (i, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if i > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            Value::Spec(spec) => write!(f, "{spec}"),
        }
    }
}

/// Keras' object spec: a class name and arguments; an argument left out has its default.
///
/// ```
/// use layercake::prelude::*;
/// use layercake::saving::{Part, Spec, Value};
///
/// let spec = Sgd::default().learning_rate(0.5).spec();
/// assert_eq!(spec.class_name, "SGD");
/// assert_eq!(spec.get("learning_rate"), Some(&Value::Float(0.5)));
/// assert_eq!(Spec::named("Adam").to_string(), "Adam()");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// Keras' name of the class, or of the function for an activation.
    pub class_name: String,
    /// The arguments by name, in their order.
    pub config: Vec<(String, Value)>,
}

impl Spec {
    /// The spec of a part with all its arguments at their defaults.
    pub fn named(class_name: impl Into<String>) -> Self {
        Self { class_name: class_name.into(), config: Vec::new() }
    }

    /// The same spec with one more argument.
    pub fn with(mut self, argument: impl Into<String>, value: Value) -> Self {
        self.config.push((argument.into(), value));
        self
    }

    /// The value of an argument, if it is given.
    pub fn get(&self, argument: &str) -> Option<&Value> {
        self.config.iter().find(|(name, _)| name == argument).map(|(_, value)| value)
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.class_name)?;
        for (i, (name, value)) in self.config.iter().enumerate() {
            write!(f, "{}{name}={value}", if i > 0 { ", " } else { "" })?;
        }
        f.write_str(")")
    }
}

/// The numbers that are neither NaN nor infinite.
pub(crate) const FINITE: (Bound<f64>, Bound<f64>) = (Bound::Excluded(f64::NEG_INFINITY), Bound::Excluded(f64::INFINITY));

/// The finite numbers above 0.
pub(crate) const POSITIVE: (Bound<f64>, Bound<f64>) = (Bound::Excluded(0.0), Bound::Excluded(f64::INFINITY));

/// What a part says of itself: its class name and its arguments, each with its range, written once.
///
/// One list serves to check the arguments, to write them to a [`Spec`], and to read them from one. A part without
/// arguments needs an empty `impl`.
///
/// ```
/// use layercake::saving::{Arguments, Describe, Part};
///
/// #[derive(Debug, Clone)]
/// struct Swish {
///     beta: f64,
/// }
///
/// impl Describe for Swish {
///     fn arguments(&mut self, arguments: &mut Arguments<'_>) {
///         arguments.number("beta", &mut self.beta, 0.0..);
///     }
/// }
///
/// assert_eq!(Swish { beta: 1.0 }.spec().to_string(), "Swish(beta=1.0)");
/// let refused = Swish { beta: -1.0 }.check_arguments().unwrap_err();
/// assert_eq!(refused.to_string(), "Swish: beta = -1 is not allowed; expected a number >= 0");
/// ```
pub trait Describe {
    /// The name it is saved under; the name of the type unless Keras spells it otherwise.
    fn class_name(&self) -> &'static str {
        let path = std::any::type_name::<Self>();
        let path = path.split('<').next().unwrap_or(path);
        path.rsplit("::").next().unwrap_or(path)
    }

    /// Visits every argument with its name, its place and its range.
    fn arguments(&mut self, _arguments: &mut Arguments<'_>) {}
}

/// What everything with a Keras name can do; comes by itself for a type that is [`Describe`] and `Clone`.
pub trait Part: Debug + Send + Sync + 'static {
    /// Keras' name of the class, or of the function for an activation.
    fn name(&self) -> &'static str;
    /// The class name and all arguments.
    fn spec(&self) -> Spec;
    /// Fails with the first argument that lies outside its range, in this part or in one it holds.
    fn check_arguments(&self) -> Result<()>;
    /// The part itself, to ask for its type.
    fn as_any(&self) -> &dyn Any;
}

impl<P: Describe + Clone + Debug + Send + Sync + 'static> Part for P {
    fn name(&self) -> &'static str {
        self.class_name()
    }

    fn spec(&self) -> Spec {
        Arguments::write(&mut self.clone())
    }

    fn check_arguments(&self) -> Result<()> {
        Arguments::check(self.class_name(), |arguments| self.clone().arguments(arguments))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The visitor of [`Describe::arguments`]: it checks, writes or reads each argument it is shown.
pub struct Arguments<'a> {
    part: &'static str,
    mode: Mode<'a>,
    error: Option<Error>,
}

enum Mode<'a> {
    Check,
    Write(Vec<(String, Value)>),
    Read { spec: &'a Spec, known: Vec<&'static str>, registry: Option<&'a dyn Lookup> },
}

impl<'a> Arguments<'a> {
    /// The spec of `part`.
    pub(crate) fn write<P: Describe>(part: &mut P) -> Spec {
        let mut arguments = Arguments { part: part.class_name(), mode: Mode::Write(Vec::new()), error: None };
        part.arguments(&mut arguments);
        let config = if let Mode::Write(config) = arguments.mode { config } else { Vec::new() };
        Spec { class_name: part.class_name().to_string(), config }
    }

    /// Fails with the first argument among those visited that lies outside its range.
    pub(crate) fn check(part: &'static str, visit: impl FnOnce(&mut Arguments<'_>)) -> Result<()> {
        let mut arguments = Arguments { part, mode: Mode::Check, error: None };
        visit(&mut arguments);
        arguments.error.map_or(Ok(()), Err)
    }

    /// Gives `part` the arguments of `spec`; nested parts are looked up in `registry`, a `Registry<T>`.
    pub(crate) fn read<P: Describe>(part: &mut P, spec: &'a Spec, registry: Option<&'a dyn Lookup>) -> Result<()> {
        let mode = Mode::Read { spec, known: Vec::new(), registry };
        let mut arguments = Self { part: part.class_name(), mode, error: None };
        part.arguments(&mut arguments);
        if let Mode::Read { known, .. } = &arguments.mode
            && let Some((unknown, _)) = spec.config.iter().find(|(name, _)| !known.contains(&name.as_str()))
        {
            let hint = did_you_mean(unknown, known.iter().copied());
            arguments.refuse(Error::UnknownArgument { part: arguments.part.to_string(), argument: unknown.clone(), hint });
        }
        arguments.error.map_or(Ok(()), Err)
    }

    /// A number within a range, e.g. `0.0..1.0`, or a pair of `Bound`s where the start is left out. NaN never is.
    pub fn number(&mut self, name: &'static str, place: &mut f64, range: impl RangeBounds<f64>) {
        self.visit(name, place, "a number", |number| Value::Float(*number), to_number);
        self.check_range(name, place, "a number", &range);
    }

    /// A number within a range that is left out of the description where it has its default.
    pub fn number_unless(&mut self, name: &'static str, place: &mut f64, default: f64, range: impl RangeBounds<f64>) {
        if !self.leaves_out(name, *place == default) {
            self.number(name, place, range);
        }
    }

    /// Whether an argument that has its default now is neither to be written nor given in what is read.
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

    /// A number that may be missing.
    pub fn optional_number(&mut self, name: &'static str, place: &mut Option<f64>, range: impl RangeBounds<f64>) {
        let read = |value: &Value| if *value == Value::Null { Some(None) } else { to_number(value).map(Some) };
        self.visit(name, place, "a number or None", |number| number.map_or(Value::Null, Value::Float), read);
        if let Some(number) = place {
            self.check_range(name, number, "a number", &range);
        }
    }

    /// A whole number of either sign within a range.
    pub fn integer(&mut self, name: &'static str, place: &mut i64, range: impl RangeBounds<i64>) {
        self.visit(name, place, "a whole number", |number| Value::Int(*number), to_integer);
        self.check_range(name, place, "a whole number", &range);
    }

    /// Whole numbers of either sign, each within a range; one alone may stand without a list.
    pub fn integers(&mut self, name: &'static str, place: &mut Vec<i64>, range: impl RangeBounds<i64>) {
        self.visit(name, place, "a list of whole numbers", |numbers| from_integers(numbers), to_integers);
        place.iter().for_each(|number| self.check_range(name, number, "whole numbers", &range));
    }

    /// Whole numbers, as in [`integers`](Self::integers), that may be missing.
    pub fn optional_integers(&mut self, name: &'static str, place: &mut Option<Vec<i64>>, range: impl RangeBounds<i64>) {
        let read = |value: &Value| if *value == Value::Null { Some(None) } else { to_integers(value).map(Some) };
        let write = |numbers: &Option<Vec<i64>>| numbers.as_deref().map_or(Value::Null, from_integers);
        self.visit(name, place, "a list of whole numbers or None", write, read);
        place.iter().flatten().for_each(|number| self.check_range(name, number, "whole numbers", &range));
    }

    /// A whole number of either sign that may be missing.
    pub fn optional_integer(&mut self, name: &'static str, place: &mut Option<i64>, range: impl RangeBounds<i64>) {
        let read = |value: &Value| if *value == Value::Null { Some(None) } else { to_integer(value).map(Some) };
        self.visit(name, place, "a whole number or None", |number| number.map_or(Value::Null, Value::Int), read);
        if let Some(number) = place {
            self.check_range(name, number, "a whole number", &range);
        }
    }

    /// The seed of a generator, any whole number, that may be missing.
    pub fn seed(&mut self, name: &'static str, place: &mut Option<u64>) {
        let mut seed = place.map(u64::cast_signed);
        self.optional_integer(name, &mut seed, ..);
        *place = seed.map(i64::cast_unsigned);
    }

    /// Axes by number that may be missing.
    pub fn optional_axes(&mut self, name: &'static str, place: &mut Option<Vec<usize>>) {
        let axis = |value: &Value| if let Value::Int(axis) = value { usize::try_from(*axis).ok() } else { None };
        let read = |value: &Value| match value {
            Value::Null => Some(None),
            Value::List(axes) => axes.iter().map(axis).collect::<Option<_>>().map(Some),
            _ => None,
        };
        let int = |&axis: &usize| Value::Int(i64::try_from(axis).unwrap_or(i64::MAX));
        let write =
            |axes: &Option<Vec<usize>>| axes.as_ref().map_or(Value::Null, |axes| Value::List(axes.iter().map(int).collect()));
        self.visit(name, place, "a list of axes from 0 on, or None", write, read);
    }

    /// An axis that can only be the last: Keras' -1.
    pub fn last_axis(&mut self, name: &'static str) {
        let read = |value: &Value| (*value == Value::Int(-1)).then_some(());
        self.visit(name, &mut (), "-1, the last axis", |()| Value::Int(-1), read);
    }

    /// A whole number within a range.
    pub fn count(&mut self, name: &'static str, place: &mut usize, range: impl RangeBounds<usize>) {
        self.visit(name, place, "a whole number", from_count, to_count);
        self.check_range(name, place, "a whole number", &range);
    }

    /// A whole number within a range that may be missing.
    pub fn optional_count(&mut self, name: &'static str, place: &mut Option<usize>, range: impl RangeBounds<usize>) {
        let read = |value: &Value| if *value == Value::Null { Some(None) } else { to_count(value).map(Some) };
        self.visit(name, place, "a whole number or None", |count| count.as_ref().map_or(Value::Null, from_count), read);
        if let Some(count) = place {
            self.check_range(name, count, "a whole number", &range);
        }
    }

    /// At least one whole number, each within a range.
    pub fn counts(&mut self, name: &'static str, place: &mut Vec<usize>, range: impl RangeBounds<usize>) {
        let write = |counts: &Vec<usize>| Value::List(counts.iter().map(from_count).collect());
        let read = |value: &Value| if let Value::List(list) = value { list.iter().map(to_count).collect() } else { None };
        self.visit(name, place, "a list of whole numbers", write, read);
        self.check_each(name, place, "a whole number", &range);
    }

    /// At least one number, each within a range; or none given. A single number stands for a list of one.
    pub fn optional_numbers(&mut self, name: &'static str, place: &mut Option<Vec<f64>>, range: impl RangeBounds<f64>) {
        let write = |numbers: &Option<Vec<f64>>| match numbers {
            Some(numbers) => Value::List(numbers.iter().map(|&number| Value::Float(number)).collect()),
            None => Value::Null,
        };
        let read = |value: &Value| match value {
            Value::Null => Some(None),
            Value::List(list) => list.iter().map(to_number).collect::<Option<_>>().map(Some),
            number => to_number(number).map(|number| Some(vec![number])),
        };
        self.visit(name, place, "a list of numbers or None", write, read);
        if let Some(numbers) = place {
            self.check_each(name, numbers, "a number", &range);
        }
    }

    /// Numbers, each within a range.
    pub fn numbers(&mut self, name: &'static str, place: &mut Vec<f64>, range: impl RangeBounds<f64>) {
        self.list(name, place, "a list of numbers", |number| Value::Float(*number), to_number);
        place.iter().for_each(|number| self.check_range(name, number, "numbers", &range));
    }

    /// Words; none at all may also be a missing value.
    pub fn words(&mut self, name: &'static str, place: &mut Vec<String>) {
        let read = |value: &Value| if let Value::Text(text) = value { Some(text.clone()) } else { None };
        self.list(name, place, "a list of words", |word| Value::Text(word.clone()), read);
    }

    /// A number within a range, or a part that stands in its place.
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

    /// Says that an argument does not go together with another unless it holds.
    pub fn require(&mut self, holds: bool, name: &'static str, value: impl ToString, allowed: impl Into<String>) {
        if !holds {
            self.refuse(Error::argument(self.part, name, value, allowed));
        }
    }

    /// A switch.
    pub fn flag(&mut self, name: &'static str, place: &mut bool) {
        let read = |value: &Value| if let Value::Bool(flag) = value { Some(*flag) } else { None };
        self.visit(name, place, "true or false", |flag| Value::Bool(*flag), read);
    }

    /// One of a few words; `choices` pairs each word with what it means.
    pub fn choice<C: Copy + PartialEq>(&mut self, name: &'static str, place: &mut C, choices: &[(&'static str, C)]) {
        let choices: Vec<(Value, C)> = choices.iter().map(|(word, choice)| (Value::Text(word.to_string()), *choice)).collect();
        self.value(name, place, &choices);
    }

    /// One of a few words, or none.
    pub fn optional_choice<C: Copy + PartialEq>(
        &mut self,
        name: &'static str,
        place: &mut Option<C>,
        choices: &[(&'static str, C)],
    ) {
        let words = choices.iter().map(|(word, choice)| (Value::Text(word.to_string()), Some(*choice)));
        self.value(name, place, &words.chain([(Value::Null, None)]).collect::<Vec<_>>());
    }

    /// One of a few values; `choices` pairs each with what it means, and of several that mean the same the first is written.
    pub fn value<C: Copy + PartialEq>(&mut self, name: &'static str, place: &mut C, choices: &[(Value, C)]) {
        let write = |choice: &C| choices.iter().find(|(_, c)| c == choice).map_or(Value::Null, |(value, _)| value.clone());
        let read = |value: &Value| choices.iter().find(|(known, _)| known == value).map(|(_, choice)| *choice);
        let values: Vec<String> = choices.iter().map(|(value, _)| value.to_string()).collect();
        self.visit(name, place, &format!("one of {}", values.join(", ")), write, read);
    }

    /// A part, described by its spec or by its bare name.
    pub fn part<P: Kind + ?Sized>(&mut self, name: &'static str, place: &mut Choice<P>) {
        let mut optional = Some(place.clone());
        self.optional_part(name, &mut optional);
        match optional {
            Some(part) => *place = part,
            None => self.refuse(Error::argument(self.part, name, Value::Null, P::KIND)),
        }
    }

    /// A part that may be missing.
    pub fn optional_part<P: Kind + ?Sized>(&mut self, name: &'static str, place: &mut Option<Choice<P>>) {
        let found = match &mut self.mode {
            Mode::Check => None,
            Mode::Write(config) => {
                let spec = place.as_ref().and_then(|choice| choice.get().ok()).map(|part| Value::Spec(part.spec()));
                config.push((name.to_string(), spec.unwrap_or(Value::Null)));
                return;
            }
            Mode::Read { spec, known, registry } => {
                known.push(name);
                match spec.get(name) {
                    None => None,
                    Some(Value::Null) => Some(Ok(None)),
                    Some(Value::Text(text)) => Some(P::find(*registry, &Spec::named(text)).map(Some)),
                    Some(Value::Spec(spec)) => Some(P::find(*registry, spec).map(Some)),
                    Some(other) => Some(Err(Error::argument(self.part, name, other, P::KIND))),
                }
            }
        };
        match found {
            Some(Ok(part)) => *place = part.map(Choice::from),
            Some(Err(error)) => return self.refuse(error),
            None => {}
        }
        if let Some(choice) = place
            && let Err(error) = choice.get().map_err(Error::from).and_then(|part| part.check_arguments())
        {
            self.refuse(error);
        }
    }

    /// The same for an argument with parts in it, which are checked as well and looked up in the registry when read.
    pub(crate) fn visit_parts<V>(
        &mut self,
        name: &'static str,
        place: &mut V,
        check: impl Fn(&V) -> Result<()>,
        write: impl Fn(&V) -> Value,
        read: impl Fn(&'static str, &Value, Option<&dyn Lookup>) -> Result<V>,
    ) {
        match &mut self.mode {
            Mode::Check => {}
            Mode::Write(config) => return config.push((name.to_string(), write(place))),
            Mode::Read { spec, known, registry } => {
                known.push(name);
                match spec.get(name).map(|value| read(self.part, value, *registry)) {
                    None => {}
                    Some(Ok(value)) => *place = value,
                    Some(Err(error)) => return self.refuse(error),
                }
            }
        }
        if let Err(error) = check(place) {
            self.refuse(error);
        }
    }

    fn list<V>(
        &mut self,
        name: &'static str,
        place: &mut Vec<V>,
        expected: &str,
        write: impl Fn(&V) -> Value,
        read: impl Fn(&Value) -> Option<V>,
    ) {
        let read_all = |value: &Value| match value {
            Value::List(values) => values.iter().map(&read).collect(),
            Value::Null => Some(Vec::new()),
            _ => None,
        };
        self.visit(name, place, expected, |values| Value::List(values.iter().map(&write).collect()), read_all);
    }

    /// Writes the argument to the spec or reads it from there, whichever is being done.
    fn visit<V>(
        &mut self,
        name: &'static str,
        place: &mut V,
        expected: &str,
        write: impl Fn(&V) -> Value,
        read: impl Fn(&Value) -> Option<V>,
    ) {
        match &mut self.mode {
            Mode::Check => {}
            Mode::Write(config) => config.push((name.to_string(), write(place))),
            Mode::Read { spec, known, .. } => {
                known.push(name);
                match spec.get(name).map(|value| (value, read(value))) {
                    None => {}
                    Some((_, Some(value))) => *place = value,
                    Some((value, None)) => {
                        let error = Error::argument(self.part, name, value, expected);
                        self.refuse(error);
                    }
                }
            }
        }
    }

    /// Checks every value of a list, which must not be empty.
    fn check_each<V: PartialOrd + Display>(&mut self, name: &str, values: &[V], kind: &str, range: &impl RangeBounds<V>) {
        if values.is_empty() {
            self.refuse(Error::argument(self.part, name, "[]", format!("at least one: {}", describe_range(kind, range))));
        }
        for (i, value) in values.iter().enumerate() {
            self.check_range(&format!("{name}[{i}]"), value, kind, range);
        }
    }

    pub(crate) fn check_range<V: PartialOrd + Display>(
        &mut self,
        name: &str,
        value: &V,
        kind: &str,
        range: &impl RangeBounds<V>,
    ) {
        let comparable = value.partial_cmp(value).is_some();
        if !(comparable && range.contains(value)) {
            self.refuse(Error::argument(self.part, name, value, describe_range(kind, range)));
        }
    }

    /// Keeps the first error.
    fn refuse(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }
}

fn to_number(value: &Value) -> Option<f64> {
    match value {
        Value::Float(number) => Some(*number),
        Value::Int(number) => Some(*number as f64),
        _ => None,
    }
}

/// A whole number, also one that was written with a decimal point.
fn to_count(value: &Value) -> Option<usize> {
    match value {
        Value::Int(count) => usize::try_from(*count).ok(),
        Value::Float(count) if count.fract() == 0.0 && (0.0..1e15).contains(count) => Some(*count as usize),
        _ => None,
    }
}

fn from_count(count: &usize) -> Value {
    Value::Int(i64::try_from(*count).unwrap_or(i64::MAX))
}

fn to_integer(value: &Value) -> Option<i64> {
    if let Value::Int(number) = value { Some(*number) } else { None }
}

fn to_integers(value: &Value) -> Option<Vec<i64>> {
    match value {
        Value::List(values) => values.iter().map(to_integer).collect(),
        one => to_integer(one).map(|one| vec![one]),
    }
}

fn from_integers(numbers: &[i64]) -> Value {
    Value::List(numbers.iter().copied().map(Value::Int).collect())
}

/// "a number >= 0 and < 1"
fn describe_range<V: Display>(kind: &str, range: &impl RangeBounds<V>) -> String {
    let start = match range.start_bound() {
        Bound::Included(start) => format!(" >= {start}"),
        Bound::Excluded(start) => format!(" > {start}"),
        Bound::Unbounded => String::new(),
    };
    let end = match range.end_bound() {
        Bound::Included(end) => format!(" <= {end}"),
        Bound::Excluded(end) => format!(" < {end}"),
        Bound::Unbounded => String::new(),
    };
    let and = if start.is_empty() || end.is_empty() { "" } else { " and" };
    format!("{kind}{start}{and}{end}")
}
