//! What is said of a part in words: a class name and the values of its arguments.

use std::fmt;

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
