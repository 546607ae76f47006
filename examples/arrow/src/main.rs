//! Arrow record batches become a table and a table becomes a record batch: copy the two functions into your program.
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use layercake::data::{Cell, Table};
use layercake::prelude::*;
use std::sync::Arc;

type Anything = Box<dyn std::error::Error>;

/// Makes a table of a record batch: a null is a missing cell, and truth values are 0 and 1.
fn table_of(batch: &RecordBatch) -> Result<Table, Anything> {
    let mut table = Table::new();
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let name = field.name().as_str();
        let numbers = match column.data_type() {
            DataType::Float64 => numbers_of::<Float64Type>(column, Some),
            DataType::Float32 => numbers_of::<Float32Type>(column, |value| Some(value.into())),
            DataType::Int8 => numbers_of::<Int8Type>(column, |value| Some(value.into())),
            DataType::Int16 => numbers_of::<Int16Type>(column, |value| Some(value.into())),
            DataType::Int32 => numbers_of::<Int32Type>(column, |value| Some(value.into())),
            DataType::Int64 => numbers_of::<Int64Type>(column, |value| exact(value.into())),
            DataType::UInt8 => numbers_of::<UInt8Type>(column, |value| Some(value.into())),
            DataType::UInt16 => numbers_of::<UInt16Type>(column, |value| Some(value.into())),
            DataType::UInt32 => numbers_of::<UInt32Type>(column, |value| Some(value.into())),
            DataType::UInt64 => numbers_of::<UInt64Type>(column, |value| exact(value.into())),
            DataType::Boolean => {
                let values = column.as_boolean().iter();
                Some(values.map(|value| value.map_or(f64::NAN, |value| f64::from(u8::from(value)))).collect())
            }
            DataType::Utf8 => {
                table.add_text(name, column.as_string::<i32>().iter().map(Option::unwrap_or_default))?;
                continue;
            }
            DataType::LargeUtf8 => {
                table.add_text(name, column.as_string::<i64>().iter().map(Option::unwrap_or_default))?;
                continue;
            }
            other => return Err(format!("column `{name}` is of type {other}: cast it to numbers or text first").into()),
        };
        let numbers = numbers.ok_or_else(|| format!("column `{name}` has an integer that a double rounds: give it as text"))?;
        table.add_numbers(name, numbers)?;
    }
    Ok(table)
}

/// Returns the numbers of a column with NaN for a null; `None` if one of them cannot be converted.
fn numbers_of<P: ArrowPrimitiveType>(column: &ArrayRef, convert: impl Fn(P::Native) -> Option<f64>) -> Option<Vec<f64>> {
    column.as_primitive::<P>().iter().map(|value| value.map_or(Some(f64::NAN), &convert)).collect()
}

/// Converts an integer that a double represents exactly.
fn exact(value: i128) -> Option<f64> {
    let number = value as f64;
    (number as i128 == value).then_some(number)
}

/// Makes a record batch of a table: `Float64` and `Utf8`, a missing cell is a null.
fn batch_of(table: &Table) -> Result<RecordBatch, Anything> {
    let (mut fields, mut arrays) = (Vec::new(), Vec::<ArrayRef>::new());
    for name in table.column_names() {
        let column = table.column(name)?;
        let array: ArrayRef = if column.is_number() {
            Arc::new(column.cells().map(number).collect::<Float64Array>())
        } else {
            Arc::new(column.cells().map(text).collect::<StringArray>())
        };
        fields.push(Field::new(name, array.data_type().clone(), true));
        arrays.push(array);
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
}

fn number(cell: Cell<'_>) -> Option<f64> {
    if let Cell::Number(number) = cell { Some(number) } else { None }
}

fn text(cell: Cell<'_>) -> Option<&str> {
    if let Cell::Text(text) = cell { Some(text) } else { None }
}

fn main() -> Result<(), Anything> {
    let rows = 0..90;
    let weight: Int64Array = rows.clone().map(|row| (row % 7 != 3).then_some(row % 9)).collect();
    let colour: StringArray = rows.clone().map(|row| (row % 11 != 5).then_some(["red", "green"][row as usize % 2])).collect();
    let ripe: StringArray = rows.map(|row| Some(if row % 9 > 4 && row % 2 == 0 { "yes" } else { "no" })).collect();
    let field = |name: &str, of: &dyn Array| Field::new(name, of.data_type().clone(), true);
    let schema = Schema::new(vec![field("weight", &weight), field("colour", &colour), field("ripe", &ripe)]);
    let batch = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(weight), Arc::new(colour), Arc::new(ripe)])?;

    let table = table_of(&batch)?;
    let mut model = TableClassifier::new("ripe").members(2).seed(1);
    model.fit(&table, TableOptions::new().epochs(40))?;
    println!("{}", model.evaluate(&table)?);

    let back = batch_of(&table)?;
    let same = table_of(&back)?;
    for name in table.column_names() {
        if !table.column(name)?.cells().eq(same.column(name)?.cells()) {
            return Err(format!("column `{name}` changed on its way to Arrow and back").into());
        }
    }
    println!("{} rows and {} columns went to Arrow and back", back.num_rows(), back.num_columns());
    Ok(())
}
