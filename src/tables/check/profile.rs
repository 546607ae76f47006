//! What the columns were like in the training rows.

use crate::base::Result;
use crate::data::{Cell, Table};
#[cfg(feature = "keras")]
use crate::saving::Place;
#[cfg(feature = "keras")]
use crate::tables::json::{list, wrong};
use crate::tables::transform::Source;
use crate::tables::{Categorical, Feature, FeatureSpace, bins};
#[cfg(feature = "keras")]
use serde_json::{Value as Json, json};

/// What the cells of a column are like.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::tables) struct Profile {
    /// The share of the cells that are missing.
    pub(super) missing: f64,
    /// The share of the cells that have no level of their own.
    pub(super) unknown: f64,
    /// What its numbers are like, if it has any.
    pub(super) numbers: Option<Numbers>,
}

/// What the numbers of a column are like.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Numbers {
    pub(super) smallest: f64,
    pub(super) largest: f64,
    pub(super) mean: f64,
    /// The median of the absolute values of those that are not 0; 0 if there are none.
    pub(super) size: f64,
    /// The range between the quartiles of those that are not 0; 0 if there are none.
    pub(super) spread: f64,
}

impl Profile {
    /// Returns what the cells of a column are like, given the feature of its levels, if it has one.
    pub(super) fn of(source: &Source<'_>, rows: usize, levels: Option<&Categorical>) -> Self {
        let (mut missing, mut unknown, mut numbers) = (0, 0, Vec::new());
        for cell in (0..rows).map(|row| source.cell(row)) {
            match cell {
                Cell::Missing => missing += 1,
                Cell::Number(number) => numbers.push(number),
                Cell::Text(_) => {}
            }
            unknown += usize::from(levels.is_some_and(|levels| !levels.has_level(cell)));
        }
        let share = |count: usize| count as f64 / rows.max(1) as f64;
        Self { missing: share(missing), unknown: share(unknown), numbers: Numbers::of(&numbers) }
    }
}

impl Numbers {
    pub(super) fn of(numbers: &[f64]) -> Option<Self> {
        let (smallest, largest) = numbers.iter().copied().reduce(f64::min).zip(numbers.iter().copied().reduce(f64::max))?;
        // each number has its own factor, so that the sum of huge ones does not overflow
        let mean = numbers.iter().map(|number| number / numbers.len() as f64).sum::<f64>().clamp(smallest, largest);
        let mut others: Vec<f64> = numbers.iter().copied().filter(|number| *number != 0.0).collect();
        others.sort_unstable_by(f64::total_cmp);
        let at = |sorted: &[f64], share| bins::quantile(sorted, share).unwrap_or_default();
        let spread = 0.5 * at(&others, 0.75) - 0.5 * at(&others, 0.25);
        others.iter_mut().for_each(|number| *number = number.abs());
        others.sort_unstable_by(f64::total_cmp);
        Some(Self { smallest, largest, mean, size: at(&others, 0.5), spread })
    }
}

impl FeatureSpace {
    /// Returns what each column that the features read is like in a table.
    pub(in crate::tables) fn profiles(&self, table: &Table) -> Result<Vec<Profile>> {
        let sources = self.sources(table)?;
        let profile = |(source, name)| Profile::of(source, table.rows(), self.levels(name));
        Ok(sources.iter().zip(self.columns()).map(profile).collect())
    }

    /// Returns the feature of the levels of a column, if it has one.
    pub(super) fn levels(&self, column: &str) -> Option<&Categorical> {
        self.entries.iter().filter(|entry| entry.columns == [column]).find_map(|entry| match &entry.feature {
            Feature::Categorical(levels) => Some(levels),
            _ => None,
        })
    }
}

#[cfg(feature = "keras")]
impl Profile {
    pub(in crate::tables) fn write(&self) -> Json {
        let numbers = self.numbers.as_ref().map(|numbers| {
            let Numbers { smallest, largest, mean, size, spread } = numbers;
            json!([smallest, largest, mean, size, spread])
        });
        json!({"missing": self.missing, "unknown": self.unknown, "numbers": numbers})
    }

    pub(in crate::tables) fn read(json: &Json, place: &Place) -> Result<Self> {
        let number = |json: &Json, name| json.as_f64().ok_or_else(|| wrong(name, place));
        let numbers = match &json["numbers"] {
            Json::Null => None,
            _ => {
                let numbers = list(json, "numbers", place)?.iter().map(|value| number(value, "numbers"));
                match numbers.collect::<Result<Vec<f64>>>()?[..] {
                    [smallest, largest, mean, size, spread] => Some(Numbers { smallest, largest, mean, size, spread }),
                    _ => return Err(wrong("numbers", place)),
                }
            }
        };
        Ok(Self { missing: number(&json["missing"], "missing")?, unknown: number(&json["unknown"], "unknown")?, numbers })
    }
}
