//! The features of a table as Keras has them in a file: which inputs its model takes, and how they become features.

use super::feature_space::Entry;
use super::float::{Bins, Scaling};
use super::{Feature, FeatureSpace, Float};
use crate::data::Cell;
use crate::layers::Bin;
use crate::saving::{Answer, Columns, Encoded, name_of_input};
use serde_json::{Value as Json, json};

/// The largest size of a scaled number before its outliers are clipped; larger ones have the same output.
const LARGEST: f64 = 1e9;

/// Returns the model of Keras around the networks, and a description of its inputs for those who call it.
pub(super) fn columns(space: &FeatureSpace, answer: Answer) -> (Columns, Json) {
    let mut columns = Columns { inputs: Vec::new(), outputs: Vec::new(), answer };
    let mut described: Vec<Json> = Vec::new();
    for entry in &space.entries {
        let input = describe(entry);
        let place = described.iter().position(|known| *known == input).unwrap_or_else(|| {
            columns.inputs.push(name_of_input(&entry.columns.join("_x_"), &columns.inputs));
            described.push(input);
            described.len() - 1
        });
        match &entry.feature {
            Feature::Float(feature) => columns.outputs.extend(feature.encoded(place)),
            Feature::Categorical(feature) if feature.is_number() => {
                columns.outputs.push(Encoded { factor: 1.0, ..Encoded::zero(place) });
            }
            Feature::Categorical(feature) => columns.outputs.extend(levels(place, feature.width())),
            Feature::Hashed(feature) => columns.outputs.extend(levels(place, feature.width())),
        }
    }
    for (input, name) in described.iter_mut().zip(&columns.inputs) {
        input["name"] = json!(name);
    }
    (columns, Json::Array(described))
}

/// Describes the input that a feature reads: its columns, and what a cell becomes.
fn describe(entry: &Entry) -> Json {
    let mut input = json!({"name": "", "columns": entry.columns});
    match &entry.feature {
        Feature::Float(feature) => input["shift"] = json!(feature.shift),
        Feature::Categorical(feature) => {
            input["levels"] = feature.levels().map(level).collect();
            (input["missing"], input["unknown"]) =
                (json!(feature.number(Cell::Missing).ok()), json!(feature.number_of_unknown()));
        }
        Feature::Hashed(feature) => input["hash_bins"] = json!(feature.width()),
    }
    input
}

fn level(cell: Cell<'_>) -> Json {
    match cell {
        Cell::Text(text) => json!(text),
        Cell::Number(number) => json!(number),
        Cell::Missing => Json::Null,
    }
}

/// Returns the outputs for the numbers of levels: the output with number `n`, counted from 1, is 1 for the level `n`.
fn levels(input: usize, width: usize) -> impl Iterator<Item = Encoded> {
    (1..=width).map(move |number| {
        let from = number as f64;
        Encoded { range: Some([from, from + 1.0]), ..Encoded::zero(input) }
    })
}

impl Float {
    /// Returns the outputs of the feature, which reads numbers less its `shift`.
    fn encoded(&self, input: usize) -> Vec<Encoded> {
        let zero = Encoded::zero(input);
        let scaled = || {
            let center = -self.offset / self.scale;
            let linear = match center.is_finite() {
                true => Encoded { low: center - self.shift, factor: self.scale, ..zero },
                false => Encoded { offset: self.offset, ..zero },
            };
            match self.scaling {
                Scaling::Robust => Encoded { least: -LARGEST, most: LARGEST, softness: 1.0 / 3.0, ..linear },
                _ => linear,
            }
        };
        let mut outputs = Vec::new();
        outputs.extend((self.scaling != Scaling::Omitted).then(scaled));
        let piece =
            |bin: Bin| Encoded { low: bin.low - self.shift, factor: bin.factor, least: bin.least(), most: bin.most(), ..zero };
        match self.bins {
            Bins::Piecewise if self.bin_count() > 0 => outputs.extend(Bin::between(&self.edges).map(piece)),
            Bins::Discretized => {
                let end = |edge: Option<&f64>, open: f64| edge.map_or(open, |edge| edge - self.shift);
                let bin = |bin: usize| {
                    let from = bin.checked_sub(1).and_then(|below| self.edges.get(below));
                    let range = [end(from, f64::NEG_INFINITY), end(self.edges.get(bin), f64::INFINITY)];
                    Encoded { range: Some(range), ..zero }
                };
                outputs.extend((0..=self.edges.len()).map(bin));
            }
            Bins::None | Bins::Piecewise => {}
        }
        outputs.extend(self.has_flag.then_some(zero));
        let mut missing = vec![0.0; self.width()];
        if self.encode(Cell::Missing, |number| number, &mut missing).is_ok() {
            outputs.iter_mut().zip(missing).for_each(|(output, missing)| output.missing = Some(missing));
        }
        outputs
    }
}
