//! The description of a part as data: a class name and the values of its arguments.

use std::fmt;

/// The value of an argument.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value (Keras' `None`).
    Null,
    /// True or false.
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
            // `{:?}` writes the decimal point of whole values, so that they are not read as whole numbers.
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

/// Keras' description of an object: a class name and arguments; an argument that is not given has its default.
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
    /// The names and values of the arguments, in the order in which the part lists them.
    pub config: Vec<(String, Value)>,
}

impl Spec {
    /// Makes the spec of a part with all its arguments at their defaults.
    pub fn named(class_name: impl Into<String>) -> Self {
        Self { class_name: class_name.into(), config: Vec::new() }
    }

    /// Adds an argument.
    pub fn with(mut self, argument: impl Into<String>, value: Value) -> Self {
        self.config.push((argument.into(), value));
        self
    }

    /// Returns the value of an argument; `None` if it is not given.
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
