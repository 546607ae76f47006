//! Reads tables: missing cells filled, categories one-hot.

use layercake::prelude::*;
use std::path::PathBuf;

/// A table as a model takes it; `classes` is 0 for a regression, whose targets are standardised.
pub struct Loaded {
    pub x: DMatrix<f32>,
    pub y: DMatrix<f32>,
    pub classes: usize,
}

pub fn path(folder: &str, name: &str) -> PathBuf {
    let own = PathBuf::from(folder).join(format!("{name}.csv"));
    let shipped = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("examples/data/{name}.csv"));
    if own.exists() { own } else { shipped }
}

/// Reads a table; a column is a category if it has text.
pub fn read(path: &std::path::Path, target: &str, is_regression: bool) -> layercake::Result<Loaded> {
    let mut table = data::Table::read(path)?;
    let names: Vec<String> = table.column_names().filter(|name| *name != target).map(str::to_string).collect();
    let missing: Vec<String> = table.missing().columns().map(|(name, _)| name.to_string()).collect();
    for name in &names {
        let is_missing = missing.contains(name);
        if is_missing && table.fill_missing(name, data::Fill::Median).is_err() {
            table.fill_missing(name, data::Fill::Text("missing"))?;
        }
        if table.numbers::<f64>(name).is_err() {
            table.one_hot(name)?;
        }
    }
    let x: DMatrix<f32> = table.features_without(&[target])?;
    if is_regression {
        let y: DMatrix<f32> = table.features(&[target])?;
        let (_, y) = data::StandardScaler::fit_transform(&y)?;
        return Ok(Loaded { x, y, classes: 0 });
    }
    let (numbers, classes) = match table.labels(target) {
        Ok(labels) => (labels.classes().to_vec(), labels.count()),
        Err(_) => {
            let numbers: Vec<usize> = table.numbers::<f64>(target)?.iter().map(|&number| number as usize).collect();
            let count = numbers.iter().max().map_or(0, |most| most + 1);
            (numbers, count)
        }
    };
    Ok(Loaded { x, y: DMatrix::from_fn(numbers.len(), 1, |row, _| numbers[row] as f32), classes })
}
