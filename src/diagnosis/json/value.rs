//! A JSON value and its text.

use crate::part::{Spec, Value};
use std::fmt::{self, Write};

/// A JSON value; a number that is not finite is written as `null`.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::diagnosis) enum Json {
    Null,
    Bool(bool),
    Int(i64),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Creates an object with these fields in this order.
    pub(in crate::diagnosis) fn object<const N: usize>(fields: [(&str, Json); N]) -> Self {
        Self::Object(fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
    }

    pub(in crate::diagnosis) fn list<J: Into<Json>>(values: impl IntoIterator<Item = J>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }

    fn is_plain(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Object(_))
    }

    /// Returns whether the value is written in one line: lists of plain values, and within a list also objects of them.
    fn is_in_one_line(&self, is_in_list: bool) -> bool {
        match self {
            Self::List(values) => values.iter().all(Self::is_plain),
            Self::Object(fields) => fields.is_empty() || is_in_list && fields.iter().all(|(_, value)| value.is_plain()),
            _ => true,
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, indent: usize, is_in_list: bool) -> fmt::Result {
        let is_in_one_line = self.is_in_one_line(is_in_list);
        let start = |f: &mut fmt::Formatter<'_>, number: usize| match (is_in_one_line, number) {
            (true, 0) => Ok(()),
            (true, _) => f.write_str(", "),
            (false, _) => write!(f, "{}\n{:width$}", if number > 0 { "," } else { "" }, "", width = indent + 2),
        };
        let end = |f: &mut fmt::Formatter<'_>| if is_in_one_line { Ok(()) } else { write!(f, "\n{:indent$}", "") };
        match self {
            Self::Bool(flag) => write!(f, "{flag}"),
            Self::Int(number) => write!(f, "{number}"),
            // `{:?}` has as many digits as it takes to read the same number, and an exponent where it is shorter
            Self::Number(number) if number.is_finite() => write!(f, "{number:?}"),
            Self::Null | Self::Number(_) => f.write_str("null"),
            Self::Text(text) => write_text(f, text),
            Self::List(values) => {
                f.write_str("[")?;
                for (number, value) in values.iter().enumerate() {
                    start(f, number)?;
                    value.write(f, indent + 2, true)?;
                }
                end(f)?;
                f.write_str("]")
            }
            Self::Object(fields) => {
                f.write_str("{")?;
                for (number, (name, value)) in fields.iter().enumerate() {
                    start(f, number)?;
                    write_text(f, name)?;
                    f.write_str(": ")?;
                    value.write(f, indent + 2, false)?;
                }
                end(f)?;
                f.write_str("}")
            }
        }
    }
}

/// Writes a text in quotes, with the characters escaped that JSON wants escaped.
fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for letter in text.chars() {
        match letter {
            '"' | '\\' => write!(f, "\\{letter}")?,
            '\n' => f.write_str("\\n")?,
            '\t' => f.write_str("\\t")?,
            // the line separators are for programs that read JSON as JavaScript
            _ if letter.is_control() || letter == '\u{2028}' || letter == '\u{2029}' => write!(f, "\\u{:04x}", letter as u32)?,
            _ => f.write_char(letter)?,
        }
    }
    f.write_char('"')
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, 0, false)
    }
}

impl From<bool> for Json {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<usize> for Json {
    fn from(number: usize) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Json {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_string())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<J: Into<Json>> From<Option<J>> for Json {
    fn from(value: Option<J>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<&Spec> for Json {
    fn from(spec: &Spec) -> Self {
        let config = spec.config.iter().map(|(name, value)| (name.clone(), value.into())).collect();
        Self::object([("class_name", spec.class_name.as_str().into()), ("config", Self::Object(config))])
    }
}

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Int(number) => Self::Int(*number),
            Value::Float(number) => Self::Number(*number),
            Value::Text(text) => Self::Text(text.clone()),
            Value::List(values) => Self::list(values),
            Value::Spec(spec) => spec.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader of JSON reads the values back, and what is no number in JSON is null.
    #[test]
    fn a_text_is_read_back() {
        let text = "a \"quoted\" \\ line\nwith\ttabs, \u{7}, \u{2028} and é";
        let numbers = [0.1, 1e300, -1e-300, 5e-324, 3.0, f64::MAX];
        let json = Json::object([
            ("text", text.into()),
            ("numbers", Json::list(numbers)),
            ("none", Json::list([f64::NAN, f64::INFINITY, f64::NEG_INFINITY])),
            ("rows", Json::List(vec![Json::object([("row", 7_usize.into()), ("known", true.into())]), Json::Object(Vec::new())])),
            ("spec", (&Spec::named("Adam").with("learning_rate", Value::Float(0.5))).into()),
        ]);
        let written = json.to_string();
        let read: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(read["text"], text);
        assert_eq!(read["numbers"].as_array().unwrap().iter().map(|n| n.as_f64().unwrap()).collect::<Vec<_>>(), numbers);
        assert!(read["none"].as_array().unwrap().iter().all(serde_json::Value::is_null));
        assert_eq!((read["rows"][0]["row"].as_u64(), read["rows"][0]["known"].as_bool()), (Some(7), Some(true)));
        assert_eq!(read["spec"]["config"]["learning_rate"], 0.5);
        assert!(written.contains("\n  \"none\": [null, null, null],\n"), "{written}");
        assert!(written.contains("\n    {\"row\": 7, \"known\": true},\n    {}\n  ],"), "{written}");
    }
}
