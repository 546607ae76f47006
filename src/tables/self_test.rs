//! Eight made-up rows with their answers, by which a loaded file is checked.

use super::feature_space::{Column, Entry};
use super::fitted::Fitted;
use super::json::{list, wrong};
use super::{Feature, FeatureSpace};
use crate::base::Result;
use crate::data::Cell;
use crate::kernels::machine;
use crate::saving::Place;
use serde_json::{Value as Json, json};

const ROWS: usize = 8;
/// A text that no training row is likely to have.
const UNKNOWN: &str = "(unknown)";
/// By how much an answer may differ on another kind of machine or in another version, which may add in another order.
const TOLERANCE: f32 = 1e-6;

/// Returns the rows with their features and the outputs of the networks.
///
/// The cells are between the smallest and the largest number of a column, or its levels; no row is one of the user's. In the
/// last two rows a cell is missing and one is unknown, unless a rule refuses that.
pub(super) fn write(fitted: &Fitted) -> Result<Json> {
    let (mut rows, mut features, mut outputs) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..ROWS {
        let cells: Vec<Cell<'_>> = fitted.space.columns.iter().enumerate().map(|at| fitted.space.made_up(at, row)).collect();
        let mut special = cells.clone();
        match row {
            6 => special.iter_mut().take(1).for_each(|cell| *cell = Cell::Missing),
            7 => special
                .iter_mut()
                .filter(|cell| matches!(cell, Cell::Text(_)))
                .take(1)
                .for_each(|cell| *cell = Cell::Text(UNKNOWN)),
            _ => {}
        }
        let (cells, encoded, output) = match answer(fitted, &special) {
            Ok((encoded, output)) => (special, encoded, output),
            Err(_) => answer(fitted, &cells).map(|(encoded, output)| (cells, encoded, output))?,
        };
        rows.push(Json::from_iter(cells.into_iter().map(write_cell)));
        features.push(encoded);
        outputs.push(output);
    }
    Ok(json!({"made_by": made_by(), "rows": rows, "features": features, "outputs": outputs}))
}

/// Names the version of this crate and the kind of machine, both of which the last bits of an answer depend on.
fn made_by() -> String {
    format!("layercake {} on {}", env!("CARGO_PKG_VERSION"), machine())
}

/// Fails at the first feature of a row that differs, or if the outputs of the networks differ.
pub(super) fn check(fitted: &Fitted, json: &Json, place: &Place) -> Result<()> {
    let (rows, features, outputs) = (list(json, "rows", place)?, list(json, "features", place)?, list(json, "outputs", place)?);
    if [rows.len(), features.len(), outputs.len()] != [ROWS; 3] {
        return Err(place.error(format!("the self-test has other than {ROWS} rows")));
    }
    for (row, (cells, (features, outputs))) in rows.iter().zip(features.iter().zip(outputs)).enumerate() {
        let cells: Vec<Cell<'_>> = cells.as_array().ok_or_else(|| wrong("rows", place))?.iter().map(read_cell).collect();
        let failed =
            |step: &str| place.error(format!("the self-test fails in row {row} at {step}: the file was changed or is broken"));
        let (found, found_outputs) = answer(fitted, &cells).map_err(|error| failed(&format!("`{error}`")))?;
        let (expected, expected_outputs) = (floats(features, place)?, floats(outputs, place)?);
        if expected.len() != found.len() || expected_outputs.len() != found_outputs.len() {
            return Err(failed("the number of features or outputs"));
        }
        let mut first = 0;
        for entry in &fitted.space.entries {
            let own = first..first + entry.feature.width();
            first = own.end;
            if expected[own.clone()] != found[own] {
                return Err(failed(&format!("the feature of column `{}`", entry.columns.join("` and `"))));
            }
        }
        let tolerance = if json["made_by"] == made_by() { 0.0 } else { TOLERANCE };
        let is_near = |(a, b): (&f32, &f32)| (a - b).abs() <= tolerance * a.abs().max(1.0);
        if !expected_outputs.iter().zip(&found_outputs).all(is_near) {
            return Err(failed("the networks"));
        }
    }
    Ok(())
}

/// Returns the features of a row and the outputs of the networks for it.
fn answer(fitted: &Fitted, cells: &[Cell<'_>]) -> Result<(Vec<f32>, Vec<f32>)> {
    let named: Vec<(&str, Cell<'_>)> = fitted.space.columns().zip(cells.iter().copied()).collect();
    let outputs = fitted.predict_row(&named, |outputs| outputs.to_vec())?;
    let mut encoded = vec![0.0; fitted.space.width()];
    fitted.space.encode_row(cells, &mut encoded)?;
    Ok((encoded.into_iter().map(|value| value as f32).collect(), outputs))
}

impl FeatureSpace {
    /// Returns a cell that a column may have.
    fn made_up(&self, (place, column): (usize, &Column), row: usize) -> Cell<'_> {
        let reads = |entry: &&Entry| entry.columns == [column.name.as_str()];
        let level = self.entries.iter().filter(reads).find_map(|entry| match &entry.feature {
            Feature::Categorical(levels) => levels.level(row + place),
            _ => None,
        });
        let step = row * (2 * place + 3) % ROWS;
        level.unwrap_or_else(|| match column.is_number {
            true => {
                let share = step as f64 / (ROWS - 1) as f64;
                Cell::Number(column.range[0] * (1.0 - share) + column.range[1] * share)
            }
            false => Cell::Text(["a", "b", "c"][step % 3]),
        })
    }
}

fn write_cell(cell: Cell<'_>) -> Json {
    match cell {
        Cell::Missing => Json::Null,
        Cell::Number(number) => json!(number),
        Cell::Text(text) => json!(text),
    }
}

fn read_cell(json: &Json) -> Cell<'_> {
    match json {
        Json::String(text) => Cell::Text(text),
        other => other.as_f64().into(),
    }
}

fn floats(json: &Json, place: &Place) -> Result<Vec<f32>> {
    let numbers = json.as_array().ok_or_else(|| wrong("a row of the self-test", place))?;
    numbers.iter().map(|number| Some(number.as_f64()? as f32)).collect::<Option<_>>().ok_or_else(|| wrong("a number", place))
}
