//! The features of a table as JSON.

use super::dropped::Dropped;
use super::feature_space::{Column, Entry};
use super::{Feature, FeatureSpace};
use crate::base::Result;
use crate::part::{Spec, Value};
use crate::saving::Place;
use serde_json::{Map, Value as Json, json};

/// Returns the JSON of the columns, the features and the columns that are not read.
pub(super) fn write(space: &FeatureSpace) -> Json {
    let column = |column: &Column| json!({"name": column.name, "is_number": column.is_number, "range": column.range});
    let feature = |entry: &Entry| json!({"columns": entry.columns, "feature": write_spec(&entry.feature.spec())});
    let dropped = |dropped: &Dropped| json!({"column": dropped.column, "reason": dropped.reason});
    json!({
        "columns": space.columns.iter().map(column).collect::<Vec<_>>(),
        "features": space.entries.iter().map(feature).collect::<Vec<_>>(),
        "not_read": space.dropped.iter().map(dropped).collect::<Vec<_>>(),
    })
}

/// Reads what [`write`] wrote.
pub(super) fn read(json: &Json, place: &Place) -> Result<FeatureSpace> {
    let columns = list(json, "columns", place)?.iter().map(|column| {
        let range = list(column, "range", place)?;
        let end = |end: usize| range.get(end).and_then(Json::as_f64).ok_or_else(|| wrong("range", place));
        let is_number = column["is_number"].as_bool().ok_or_else(|| wrong("is_number", place))?;
        Ok(Column { name: text(column, "name", place)?, is_number, range: [end(0)?, end(1)?] })
    });
    let columns: Vec<Column> = columns.collect::<Result<_>>()?;
    let entries = list(json, "features", place)?.iter().map(|entry| {
        let names = texts(entry, "columns", place)?;
        if names.is_empty() || !names.iter().all(|name| columns.iter().any(|column| column.name == *name)) {
            return Err(wrong("columns of a feature", place));
        }
        let feature = Feature::from_spec(&read_spec(&entry["feature"], place)?).map_err(|error| place.error(error))?;
        Ok(Entry { columns: names, feature })
    });
    let entries = entries.collect::<Result<_>>()?;
    let dropped = list(json, "not_read", place)?.iter();
    let dropped =
        dropped.map(|dropped| Ok(Dropped { column: text(dropped, "column", place)?, reason: text(dropped, "reason", place)? }));
    let space = FeatureSpace { entries, dropped: dropped.collect::<Result<_>>()?, columns };
    if space.is_adapted() { Ok(space) } else { Err(place.error("its features are not adapted to training rows")) }
}

pub(super) fn wrong(name: &str, place: &Place) -> crate::base::Error {
    place.error(format!("`{name}` is missing or has another type than expected"))
}

pub(super) fn list<'j>(json: &'j Json, name: &str, place: &Place) -> Result<&'j Vec<Json>> {
    json[name].as_array().ok_or_else(|| wrong(name, place))
}

pub(super) fn text(json: &Json, name: &str, place: &Place) -> Result<String> {
    json[name].as_str().map(str::to_string).ok_or_else(|| wrong(name, place))
}

pub(super) fn texts(json: &Json, name: &str, place: &Place) -> Result<Vec<String>> {
    list(json, name, place)?.iter().map(|text| text.as_str().map(str::to_string).ok_or_else(|| wrong(name, place))).collect()
}

fn write_spec(spec: &Spec) -> Json {
    let config: Map<String, Json> = spec.config.iter().map(|(name, value)| (name.clone(), write_value(value))).collect();
    json!({"class_name": spec.class_name, "config": config})
}

fn write_value(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => json!(flag),
        Value::Int(number) => json!(number),
        Value::Float(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::List(values) => values.iter().map(write_value).collect(),
        Value::Spec(spec) => write_spec(spec),
    }
}

fn read_spec(json: &Json, place: &Place) -> Result<Spec> {
    let config = json["config"].as_object().ok_or_else(|| wrong("config", place))?;
    let config = config.iter().map(|(name, value)| Ok((name.clone(), read_value(value, place)?))).collect::<Result<_>>()?;
    Ok(Spec { class_name: text(json, "class_name", place)?, config })
}

fn read_value(json: &Json, place: &Place) -> Result<Value> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::Int(number),
            None => Value::Float(number.as_f64().ok_or_else(|| wrong("a number", place))?),
        },
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(values) => Value::List(values.iter().map(|value| read_value(value, place)).collect::<Result<_>>()?),
        Json::Object(_) => Value::Spec(read_spec(json, place)?),
    })
}
