//! Tables from rows of the user's structs.

use super::Table;
use super::cell_text::text;
use super::column::{Cells, Column, shown};
use super::field::Field;
use super::texts::Texts;
use crate::base::{Error, Result};
use serde_core::ser::{self, Impossible, Serialize, SerializeMap, SerializeStruct, Serializer};
use std::fmt;

impl Table {
    /// Makes a table of structs or maps, one for each row; their fields become the columns, in the order in which they appear.
    ///
    /// Numbers and `bool` (as 0 and 1) become columns of numbers; `String`, `&str`, `char` and variants of an enum without
    /// content become columns of text. `None`, NaN, a field that a row leaves out, and texts that mean a missing cell in a file,
    /// such as `NA`, are missing cells. Attributes of serde apply: `rename`, `skip`, `flatten`.
    ///
    /// # Errors
    ///
    /// A row is no struct and no map with text as keys; a field holds several values, an infinite number or an integer that a
    /// double cannot represent; or a column holds numbers in some rows and text in others. Errors count the first row as line 2,
    /// as in every table without a file.
    ///
    /// ```
    /// use layercake::data::{Cell, Table};
    ///
    /// #[derive(serde::Serialize)]
    /// struct Customer {
    ///     age: u32,
    ///     city: &'static str,
    ///     income: Option<f64>,
    /// }
    ///
    /// let customers = [
    ///     Customer { age: 31, city: "Oslo", income: Some(52_000.0) },
    ///     Customer { age: 58, city: "Bergen", income: None },
    /// ];
    /// let table = Table::from_rows(&customers)?;
    /// assert!(table.column_names().eq(["age", "city", "income"]));
    /// assert!(table.column("income")?.cells().eq([Cell::Number(52_000.0), Cell::Missing]));
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn from_rows<R: Serialize>(rows: impl IntoIterator<Item = R>) -> Result<Self> {
        let mut columns = Columns::default();
        for row in rows {
            let refused = row.serialize(Row(&mut columns)).err();
            columns.end_row(refused)?;
        }
        columns.into_table()
    }
}

/// The columns of the rows that were read so far.
#[derive(Default)]
struct Columns {
    columns: Vec<(String, Content)>,
    rows: usize,
    /// The place of the next field, if the row has its fields in the order of the columns.
    next: usize,
}

/// The cells of a column, whose type the first cell decides that is not missing.
enum Content {
    Missing(usize),
    Numbers(Vec<f64>),
    Text(Texts),
}

/// Why a row is refused.
#[derive(Debug)]
pub(super) enum Refused {
    /// The whole row.
    Row(String),
    /// One field: what was found, and what is expected.
    Field(String, String, &'static str),
}

impl Columns {
    /// Adds a cell to the row that is being read.
    fn push(&mut self, name: &str, field: Field) -> std::result::Result<(), Refused> {
        let is_next = self.columns.get(self.next).is_some_and(|(column, _)| column == name);
        let found = if is_next { Some(self.next) } else { self.columns.iter().position(|(column, _)| column == name) };
        let place = found.unwrap_or_else(|| {
            self.columns.push((name.to_string(), Content::Missing(self.rows)));
            self.columns.len() - 1
        });
        self.next = place + 1;
        let content = &mut self.columns[place].1;
        let refused = |found: String, expected| Err(Refused::Field(name.to_string(), found, expected));
        if content.len() > self.rows {
            return refused("a second value".to_string(), "one value for each field of a row");
        }
        match (&mut *content, field) {
            (_, Field::Refused(found, expected)) => return refused(found, expected),
            (Content::Missing(count), Field::Missing) => *count += 1,
            (Content::Missing(count), Field::Number(number)) => {
                let mut numbers = vec![f64::NAN; *count];
                numbers.push(number);
                *content = Content::Numbers(numbers);
            }
            (Content::Missing(count), Field::Text(cell)) => {
                let mut texts = Texts::missing(*count);
                texts.push(text(&cell));
                *content = Content::Text(texts);
            }
            (Content::Numbers(numbers), Field::Number(number)) => numbers.push(number),
            (Content::Numbers(numbers), Field::Missing) => numbers.push(f64::NAN),
            (Content::Text(texts), Field::Text(cell)) => texts.push(text(&cell)),
            (Content::Text(texts), Field::Missing) => texts.push(None),
            (Content::Numbers(_), Field::Text(cell)) => return refused(shown(&cell), "a number, as in the rows before"),
            (Content::Text(_), Field::Number(number)) => return refused(number.to_string(), "text, as in the rows before"),
        }
        Ok(())
    }

    /// Ends a row: fields that it left out are missing.
    fn end_row(&mut self, refused: Option<Refused>) -> Result<()> {
        let line = self.rows as u64 + 2;
        match refused {
            Some(Refused::Field(column, found, expected)) => return Err(Error::Cell { column, line, found, expected }),
            Some(Refused::Row(found)) => {
                let problem =
                    format!("found {found}; expected a struct, or a map with text as keys, whose fields become the columns");
                return Err(Error::Table { file: format!("line {line} of the rows"), problem });
            }
            None => self.rows += 1,
        }
        for (_, content) in self.columns.iter_mut().filter(|(_, content)| content.len() < self.rows) {
            match content {
                Content::Missing(count) => *count += 1,
                Content::Numbers(numbers) => numbers.push(f64::NAN),
                Content::Text(texts) => texts.push(None),
            }
        }
        self.next = 0;
        Ok(())
    }

    fn into_table(self) -> Result<Table> {
        let mut table = Table::new();
        for (name, content) in self.columns {
            let cells = match content {
                Content::Missing(count) => Cells::Numbers(vec![f64::NAN; count]),
                Content::Numbers(numbers) => Cells::Numbers(numbers),
                Content::Text(texts) => Cells::Text(texts),
            };
            table.add(Column { name, cells })?;
        }
        Ok(table)
    }
}

impl Content {
    fn len(&self) -> usize {
        match self {
            Self::Missing(count) => *count,
            Self::Numbers(numbers) => numbers.len(),
            Self::Text(texts) => texts.len(),
        }
    }
}

/// Reads the fields of one row.
struct Row<'c>(&'c mut Columns);

/// Reads the entries of a map, or the fields of a struct.
pub(super) struct Fields<'c> {
    columns: &'c mut Columns,
    key: String,
}

/// Refuses a row that is one value, in a method for each kind of value.
macro_rules! refuse_values {
    ($($method:ident: $value:ty),+ $(,)?) => {
        $(fn $method(self, value: $value) -> std::result::Result<(), Refused> {
            Err(Refused::Row(format!("the value {value:?}")))
        })+
    };
}

impl<'c> Serializer for Row<'c> {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = Impossible<(), Refused>;
    type SerializeTuple = Impossible<(), Refused>;
    type SerializeTupleStruct = Impossible<(), Refused>;
    type SerializeTupleVariant = Impossible<(), Refused>;
    type SerializeMap = Fields<'c>;
    type SerializeStruct = Fields<'c>;
    type SerializeStructVariant = Impossible<(), Refused>;

    refuse_values! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_u8: u8,
        serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_f32: f32, serialize_f64: f64, serialize_char: char,
        serialize_str: &str, serialize_bytes: &[u8],
    }

    fn serialize_none(self) -> std::result::Result<(), Refused> {
        Err(Refused::Row("`None`".to_string()))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> std::result::Result<(), Refused> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> std::result::Result<(), Refused> {
        Err(Refused::Row("`()`".to_string()))
    }

    fn serialize_unit_struct(self, name: &'static str) -> std::result::Result<(), Refused> {
        Err(Refused::Row(format!("`{name}`, which has no fields")))
    }

    fn serialize_unit_variant(self, name: &'static str, _: u32, _: &'static str) -> std::result::Result<(), Refused> {
        Err(Refused::Row(format!("a variant of the enum `{name}`")))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> std::result::Result<(), Refused> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> std::result::Result<(), Refused> {
        Err(Refused::Row(format!("a variant of the enum `{name}`")))
    }

    fn serialize_seq(self, _: Option<usize>) -> std::result::Result<Self::SerializeSeq, Refused> {
        Err(Refused::Row("a list".to_string()))
    }

    fn serialize_tuple(self, _: usize) -> std::result::Result<Self::SerializeTuple, Refused> {
        Err(Refused::Row("a tuple or an array".to_string()))
    }

    fn serialize_tuple_struct(self, name: &'static str, _: usize) -> std::result::Result<Self::SerializeTupleStruct, Refused> {
        Err(Refused::Row(format!("the tuple `{name}`")))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> std::result::Result<Self::SerializeTupleVariant, Refused> {
        Err(Refused::Row(format!("a variant of the enum `{name}`")))
    }

    fn serialize_map(self, _: Option<usize>) -> std::result::Result<Fields<'c>, Refused> {
        Ok(Fields { columns: self.0, key: String::new() })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> std::result::Result<Fields<'c>, Refused> {
        Ok(Fields { columns: self.0, key: String::new() })
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> std::result::Result<Self::SerializeStructVariant, Refused> {
        Err(Refused::Row(format!("a variant of the enum `{name}`")))
    }
}

impl SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = Refused;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> std::result::Result<(), Refused> {
        self.columns.push(name, Field::of(value))
    }

    fn end(self) -> std::result::Result<(), Refused> {
        Ok(())
    }
}

impl SerializeMap for Fields<'_> {
    type Ok = ();
    type Error = Refused;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> std::result::Result<(), Refused> {
        match Field::of(key) {
            Field::Text(key) => self.key = key,
            _ => return Err(Refused::Row("a map whose keys are no text".to_string())),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> std::result::Result<(), Refused> {
        self.columns.push(&std::mem::take(&mut self.key), Field::of(value))
    }

    fn end(self) -> std::result::Result<(), Refused> {
        Ok(())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(found) => f.write_str(found),
            Self::Field(column, found, expected) => write!(f, "column `{column}`: found {found}; expected {expected}"),
        }
    }
}

impl std::error::Error for Refused {}

impl ser::Error for Refused {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Self::Row(message.to_string())
    }
}
