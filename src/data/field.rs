//! One field of a row of the user's struct, as the cell that it becomes.

use serde_core::ser::{self, Impossible, Serialize, Serializer};
use std::fmt;

/// A field of a row.
pub(super) enum Field {
    Missing,
    Number(f64),
    Text(String),
    /// What was found, and what is expected.
    Refused(String, &'static str),
}

/// What a field that holds several values should be.
const ONE_VALUE: &str = "a number, a text, a `bool` or nothing: give several values as several fields, or `skip` the field";
/// What an integer that is rounded should be.
const EXACT: &str = "an integer that a double represents exactly: give an identifier as text, or `skip` the field";

impl Field {
    /// Reads a field.
    pub(super) fn of<T: Serialize + ?Sized>(value: &T) -> Self {
        value.serialize(Reader).unwrap_or_else(|Failed(message)| Self::Refused(message, ONE_VALUE))
    }

    fn integer(value: impl Into<i128>) -> Self {
        let value = value.into();
        let number = value as f64;
        if number as i128 == value { Self::Number(number) } else { Self::Refused(value.to_string(), EXACT) }
    }

    fn several(found: &str) -> Self {
        Self::Refused(found.to_string(), ONE_VALUE)
    }
}

/// The error of a field whose own code fails.
#[derive(Debug)]
pub(super) struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failed {}

impl ser::Error for Failed {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Self(message.to_string())
    }
}

/// Reads one value.
struct Reader;

type Read<T = Field> = std::result::Result<T, Failed>;

/// Reads integers, in a method for each type.
macro_rules! integers {
    ($($method:ident: $integer:ty),+) => {
        $(fn $method(self, value: $integer) -> Read {
            Ok(Field::integer(value))
        })+
    };
}

impl Serializer for Reader {
    type Ok = Field;
    type Error = Failed;
    type SerializeSeq = Impossible<Field, Failed>;
    type SerializeTuple = Impossible<Field, Failed>;
    type SerializeTupleStruct = Impossible<Field, Failed>;
    type SerializeTupleVariant = Impossible<Field, Failed>;
    type SerializeMap = Impossible<Field, Failed>;
    type SerializeStruct = Impossible<Field, Failed>;
    type SerializeStructVariant = Impossible<Field, Failed>;

    integers! {
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128, serialize_u8: u8,
        serialize_u16: u16, serialize_u32: u32, serialize_u64: u64
    }

    fn serialize_bool(self, value: bool) -> Read {
        Ok(Field::Number(f64::from(u8::from(value))))
    }

    fn serialize_f32(self, value: f32) -> Read {
        self.serialize_f64(f64::from(value))
    }

    fn serialize_f64(self, value: f64) -> Read {
        Ok(match value {
            _ if value.is_nan() => Field::Missing,
            _ if value.is_infinite() => Field::Refused(value.to_string(), "a finite number, or NaN or `None` for a missing one"),
            _ => Field::Number(value),
        })
    }

    fn serialize_char(self, value: char) -> Read {
        Ok(Field::Text(value.to_string()))
    }

    fn serialize_str(self, value: &str) -> Read {
        Ok(Field::Text(value.to_string()))
    }

    fn serialize_bytes(self, _: &[u8]) -> Read {
        Ok(Field::several("bytes"))
    }

    fn serialize_none(self) -> Read {
        Ok(Field::Missing)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Read {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Read {
        Ok(Field::Missing)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Read {
        Ok(Field::Missing)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Read {
        Ok(Field::Text(variant.to_string()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Read {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(self, _: &'static str, _: u32, _: &'static str, _: &T) -> Read {
        Ok(Field::several("a variant with content"))
    }

    fn serialize_seq(self, _: Option<usize>) -> Read<Self::SerializeSeq> {
        Err(Failed("a list".to_string()))
    }

    fn serialize_tuple(self, _: usize) -> Read<Self::SerializeTuple> {
        Err(Failed("a tuple or an array".to_string()))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Read<Self::SerializeTupleStruct> {
        Err(Failed("a tuple".to_string()))
    }

    fn serialize_tuple_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Read<Self::SerializeTupleVariant> {
        Err(Failed("a variant with content".to_string()))
    }

    fn serialize_map(self, _: Option<usize>) -> Read<Self::SerializeMap> {
        Err(Failed("a map".to_string()))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Read<Self::SerializeStruct> {
        Err(Failed(format!("the struct `{name}`")))
    }

    fn serialize_struct_variant(self, _: &'static str, _: u32, _: &'static str, _: usize) -> Read<Self::SerializeStructVariant> {
        Err(Failed("a variant with content".to_string()))
    }
}
