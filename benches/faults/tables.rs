//! The tables: those of a folder, and made-up ones.

use layercake::Rng;
use layercake::prelude::*;
use std::path::Path;

/// A table with standardised columns; `classes` is 0 for a regression, whose targets are standardised too.
#[derive(Clone)]
pub struct Table {
    pub name: String,
    pub x: DMatrix<f32>,
    pub y: Vec<f32>,
    pub classes: usize,
}

/// The largest number of rows that are used of a table.
const ROWS: usize = 1_200;

/// Reads all CSV files of a folder; the last column is the target, which is a number if it has more than 20 values.
pub fn read(folder: &str, rng: &mut Rng) -> layercake::Result<Vec<Table>> {
    let mut files: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "csv"));
    files.sort();
    files.iter().map(|path| read_one(path, rng)).collect()
}

fn read_one(path: &Path, rng: &mut Rng) -> layercake::Result<Table> {
    let mut table = data::Table::read(path)?;
    let names: Vec<String> = table.column_names().map(str::to_string).collect();
    let missing: Vec<String> = table.missing().columns().map(|(name, _)| name.to_string()).collect();
    let target = names[names.len() - 1].clone();
    for name in &names[..names.len() - 1] {
        if missing.contains(name) && table.fill_missing(name, data::Fill::Median).is_err() {
            table.fill_missing(name, data::Fill::Text("missing"))?;
        }
        if table.numbers::<f64>(name).is_err() {
            table.one_hot(name)?;
        }
    }
    let x: DMatrix<f32> = table.features_without(&[&target])?;
    let (y, classes) = match table.numbers::<f32>(&target) {
        Ok(numbers) => {
            let mut distinct: Vec<f32> = numbers.iter().copied().collect();
            distinct.sort_by(f32::total_cmp);
            distinct.dedup();
            match distinct.len() {
                0..=20 => {
                    let class = |value: &f32| distinct.iter().position(|known| known == value).unwrap_or(0) as f32;
                    (numbers.iter().map(class).collect(), distinct.len())
                }
                _ => (numbers.iter().copied().collect(), 0),
            }
        }
        Err(_) => {
            let labels = table.labels(&target)?;
            (labels.classes().iter().map(|&class| class as f32).collect(), labels.count())
        }
    };
    let name = path.file_stem().map_or(String::new(), |stem| stem.to_string_lossy().into_owned());
    Ok(finished(name, x, y, classes, rng))
}

/// Shuffles the rows, keeps the first ones, and standardises.
fn finished(name: String, x: DMatrix<f32>, y: Vec<f32>, classes: usize, rng: &mut Rng) -> Table {
    let mut order: Vec<usize> = (0..y.len()).collect();
    rng.shuffle(&mut order);
    order.truncate(ROWS);
    let mut x = x.select_rows(&order);
    let mut y: Vec<f32> = order.iter().map(|&row| y[row]).collect();
    for mut column in x.column_iter_mut() {
        let (mean, deviation) = moments(column.as_slice());
        let divisor = if deviation > 0.0 { deviation } else { 1.0 };
        column.iter_mut().for_each(|value| *value = (*value - mean) / divisor);
    }
    if classes == 0 {
        let (mean, deviation) = moments(&y);
        y.iter_mut().for_each(|value| *value = (*value - mean) / deviation);
    }
    Table { name, x, y, classes }
}

pub fn moments(values: &[f32]) -> (f32, f32) {
    let count = values.len() as f64;
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
    let variance = values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count;
    (mean as f32, variance.sqrt() as f32)
}

/// A normal number, by the sum of uniform ones.
pub fn normal(rng: &mut Rng) -> f64 {
    (0..12).map(|_| rng.uniform()).sum::<f64>() - 6.0
}

/// Makes tables of known kinds, other ones for each seed.
pub fn made_up(rng: &mut Rng) -> Vec<Table> {
    let mut made = Vec::new();
    let mut add =
        |name: &str, rows: usize, columns: usize, classes: usize, rng: &mut Rng, row: &dyn Fn(&mut Rng) -> (Vec<f64>, f64)| {
            let (mut x, mut y) = (DMatrix::zeros(rows, columns), Vec::new());
            for number in 0..rows {
                let (values, target) = row(rng);
                values.iter().enumerate().for_each(|(column, value)| x[(number, column)] = *value as f32);
                y.push(target as f32);
            }
            let table = finished(name.to_string(), x, y, classes, rng);
            made.push(table);
        };
    add("moons", 600, 2, 2, rng, &|rng| {
        let (class, angle) = (rng.below(2) as f64, std::f64::consts::PI * rng.uniform());
        let x = vec![
            angle.cos() * (1.0 - 2.0 * class) + class + 0.15 * normal(rng),
            angle.sin() * (1.0 - 2.0 * class) + 0.5 * class + 0.15 * normal(rng),
        ];
        (x, class)
    });
    add("xor", 900, 10, 2, rng, &|rng| {
        let x: Vec<f64> = (0..10).map(|_| 2.0 * rng.uniform() - 1.0).collect();
        let class = f64::from(u8::from(x[0] * x[1] > 0.0));
        (x, class)
    });
    add("linear", 500, 8, 0, rng, &|rng| {
        let x: Vec<f64> = (0..8).map(|_| normal(rng)).collect();
        let y = x[0] + 0.5 * x[1] - 0.7 * x[2] + 0.2 * x[3] + 0.4 * normal(rng);
        (x, y)
    });
    add("sparse", 800, 50, 2, rng, &|rng| {
        let x: Vec<f64> = (0..50).map(|_| normal(rng)).collect();
        let y = x[0] + x[1] - x[2] + 0.5 * x[3] * x[4] + 0.3 * normal(rng);
        (x, f64::from(u8::from(y > 0.0)))
    });
    add("heavy", 700, 6, 0, rng, &|rng| {
        let x: Vec<f64> = (0..6).map(|_| normal(rng).exp()).collect();
        let y = (x[0] + x[1]).ln() + 0.3 * x[2].ln() + 0.2 * normal(rng);
        (x, y)
    });
    add("rare", 1_200, 6, 2, rng, &|rng| {
        let class = f64::from(u8::from(rng.below(50) == 0));
        (vec![normal(rng) + 4.0 * class, normal(rng) - 3.0 * class, normal(rng), normal(rng), normal(rng), normal(rng)], class)
    });
    add("friedman", 800, 10, 0, rng, &|rng| {
        let x: Vec<f64> = (0..10).map(|_| rng.uniform()).collect();
        let y = 10.0 * (std::f64::consts::PI * x[0] * x[1]).sin() + 20.0 * (x[2] - 0.5).powi(2) + 10.0 * x[3] + 5.0 * x[4];
        let y = y + normal(rng);
        (x, y)
    });
    add("blobs", 600, 5, 4, rng, &|rng| {
        let class = rng.below(4);
        let x = (0..5).map(|column| 1.5 * ((class * 7 + column * 3) as f64).sin() + normal(rng)).collect();
        (x, class as f64)
    });
    made
}
