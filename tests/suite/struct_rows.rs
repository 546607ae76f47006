//! Tables from structs and maps, through serde.

use layercake::data::{Cell, Table};
use layercake::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize, Clone, Copy)]
enum Colour {
    Red,
    #[serde(rename = "dark blue")]
    Blue,
}

#[derive(Serialize, Clone)]
struct Size {
    width: f32,
    height: Option<i16>,
}

#[derive(Serialize, Clone)]
struct Item {
    name: String,
    colour: Option<Colour>,
    #[serde(flatten)]
    size: Size,
    sold: bool,
    grade: char,
    count: u64,
    #[serde(skip)]
    _secret: Vec<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
}

fn item(name: &str, colour: Option<Colour>, height: Option<i16>, note: Option<&'static str>) -> Item {
    let size = Size { width: 1.5, height };
    Item { name: name.to_string(), colour, size, sold: note.is_some(), grade: 'b', count: 1 << 53, _secret: vec![1], note }
}

fn cells<'t>(table: &'t Table, column: &str) -> Vec<Cell<'t>> {
    table.column(column).unwrap().cells().collect()
}

#[test]
fn every_kind_of_field_becomes_a_column() {
    let rows = [
        item("bolt", None, None, None),
        item(" NA ", Some(Colour::Blue), Some(-3), None),
        item("nut", Some(Colour::Red), None, Some("x")),
    ];
    let table = Table::from_rows(&rows).unwrap();
    assert!(table.column_names().eq(["name", "colour", "width", "height", "sold", "grade", "count", "note"]));
    assert_eq!(table.rows(), 3);
    assert_eq!(cells(&table, "name"), [Cell::Text("bolt"), Cell::Missing, Cell::Text("nut")]);
    assert_eq!(cells(&table, "colour"), [Cell::Missing, Cell::Text("dark blue"), Cell::Text("Red")]);
    assert_eq!(cells(&table, "width"), [Cell::Number(1.5); 3]);
    assert_eq!(cells(&table, "height"), [Cell::Missing, Cell::Number(-3.0), Cell::Missing]);
    assert_eq!(cells(&table, "sold"), [Cell::Number(0.0), Cell::Number(0.0), Cell::Number(1.0)]);
    assert_eq!(cells(&table, "grade"), [Cell::Text("b"); 3]);
    assert_eq!(cells(&table, "count"), [Cell::Number(9_007_199_254_740_992.0); 3]);
    assert_eq!(cells(&table, "note"), [Cell::Missing, Cell::Missing, Cell::Text("x")]);
}

#[test]
fn maps_and_json_are_rows_in_any_order_of_fields() {
    let json: Vec<serde_json::Value> =
        serde_json::from_str(r#"[{"a": 1, "b": "x"}, {"b": null, "a": null}, {"c": 2.5}, {"a": 4}]"#).unwrap();
    let table = Table::from_rows(&json).unwrap();
    assert!(table.column_names().eq(["a", "b", "c"]));
    assert_eq!(cells(&table, "a"), [Cell::Number(1.0), Cell::Missing, Cell::Missing, Cell::Number(4.0)]);
    assert_eq!(cells(&table, "b"), [Cell::Text("x"), Cell::Missing, Cell::Missing, Cell::Missing]);
    assert_eq!(cells(&table, "c"), [Cell::Missing, Cell::Missing, Cell::Number(2.5), Cell::Missing]);

    let rows: Vec<BTreeMap<&str, f64>> = vec![BTreeMap::from([("x", f64::NAN)]), BTreeMap::from([("x", 2.0), ("y", 3.0)])];
    let table = Table::from_rows(rows).unwrap();
    assert_eq!(cells(&table, "x"), [Cell::Missing, Cell::Number(2.0)]);
    assert_eq!(cells(&table, "y"), [Cell::Missing, Cell::Number(3.0)]);

    assert_eq!(Table::from_rows([(); 0]).unwrap().rows(), 0);
    let missing = Table::from_rows([BTreeMap::from([("x", None::<f64>)])]).unwrap();
    assert!(missing.column("x").unwrap().is_number());
}

#[test]
fn rows_that_are_no_table_are_refused() {
    fn refused<R: Serialize>(rows: &[R]) -> String {
        Table::from_rows(rows).unwrap_err().to_string()
    }
    #[derive(Serialize)]
    struct One<T> {
        x: T,
    }
    let expected = "expected a number, a text, a `bool` or nothing: give several values as several fields, or `skip` the field";
    assert_eq!(refused(&[One { x: vec![1, 2] }]), format!("column `x`, line 2: found a list; {expected}"));
    assert_eq!(refused(&[One { x: One { x: 1 } }]), format!("column `x`, line 2: found the struct `One`; {expected}"));
    assert_eq!(refused(&[One { x: (1, 2) }]), format!("column `x`, line 2: found a tuple or an array; {expected}"));
    assert_eq!(
        refused(&[One { x: 1 }, One { x: (1u64 << 53) + 1 }]),
        "column `x`, line 3: found 9007199254740993; expected an integer that a double represents exactly: give an identifier as \
         text, or `skip` the field"
    );
    assert_eq!(
        refused(&[One { x: f32::NEG_INFINITY }]),
        "column `x`, line 2: found -inf; expected a finite number, or NaN or `None` for a missing one"
    );
    let mixed: Vec<serde_json::Value> = serde_json::from_str(r#"[{"x": 1}, {"x": null}, {"x": "y"}]"#).unwrap();
    assert_eq!(refused(&mixed), "column `x`, line 4: found `y`; expected a number, as in the rows before");
    let mixed: Vec<serde_json::Value> = serde_json::from_str(r#"[{"x": "y"}, {"x": 1.5}]"#).unwrap();
    assert_eq!(refused(&mixed), "column `x`, line 3: found 1.5; expected text, as in the rows before");
    assert_eq!(
        refused(&[(1, 2)]),
        "line 2 of the rows: found a tuple or an array; expected a struct, or a map with text as keys, whose fields become the columns"
    );
    assert!(refused(&[7.5]).contains("found the value 7.5;"));
    assert!(refused(&[BTreeMap::from([(1, 2)])]).contains("a map whose keys are no text"));
}

#[test]
fn a_model_learns_from_structs_and_answers_for_them() {
    #[derive(Serialize)]
    struct Fruit {
        weight: f64,
        colour: &'static str,
        ripe: &'static str,
    }
    let fruit = |row: usize| {
        let (weight, colour) = ((row % 9) as f64, ["red", "green"][row % 2]);
        Fruit { weight, colour, ripe: if weight > 4.0 && colour == "red" { "yes" } else { "no" } }
    };
    let table = Table::from_rows((0..90).map(fruit)).unwrap();
    let mut model = TableClassifier::new("ripe").members(2).seed(1);
    model.fit(&table, TableOptions::new().epochs(40)).unwrap();

    #[derive(Serialize)]
    struct Unlabelled {
        colour: String,
        weight: u8,
    }
    let asked = [Unlabelled { colour: "red".to_string(), weight: 8 }, Unlabelled { colour: "green".to_string(), weight: 8 }];
    let answers = model.predict(&Table::from_rows(&asked).unwrap()).unwrap();
    assert!(answers.classes().eq(["yes", "no"]));
}
