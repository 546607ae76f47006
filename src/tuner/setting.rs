//! The value of one hyperparameter.

use std::fmt;

/// The value of one hyperparameter in a trial.
///
/// ```
/// use layercake::tuner::Setting;
///
/// assert_eq!(Setting::from(32_usize), Setting::Int(32));
/// assert_eq!(Setting::from("adam").to_string(), "adam");
/// assert_eq!(Setting::from(1e-3).to_string(), "0.001");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Setting {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A word.
    Text(String),
}

impl Setting {
    /// Returns the setting as a number: 0 or 1 for a truth value, `None` for a word.
    pub fn to_f64(&self) -> Option<f64> {
        match self {
            Self::Bool(value) => Some(f64::from(u8::from(*value))),
            Self::Int(value) => Some(*value as f64),
            Self::Float(value) => Some(*value),
            Self::Text(_) => None,
        }
    }
}

impl fmt::Display for Setting {
    /// Writes numbers with at most four digits that count.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Text(value) => f.write_str(value),
            Self::Float(value) => {
                let short: f64 = format!("{value:.3e}").parse().unwrap_or(*value);
                if short != 0.0 && (short.abs() < 1e-3 || short.abs() >= 1e6) {
                    write!(f, "{short:e}")
                } else {
                    write!(f, "{short}")
                }
            }
        }
    }
}

macro_rules! from {
    ($($type:ty => $value:ident $setting:expr),+ $(,)?) => {
        $(impl From<$type> for Setting {
            fn from($value: $type) -> Self {
                $setting
            }
        })+
    };
}

from! {
    bool => value Self::Bool(value),
    i32 => value Self::Int(value.into()),
    i64 => value Self::Int(value),
    u32 => value Self::Int(value.into()),
    usize => value Self::Int(i64::try_from(value).unwrap_or(i64::MAX)),
    f32 => value Self::Float(value.into()),
    f64 => value Self::Float(value),
    &str => value Self::Text(value.to_string()),
    String => value Self::Text(value),
}
