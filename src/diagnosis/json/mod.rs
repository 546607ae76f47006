//! The report as JSON, for programs that read it.

mod details;
mod value;

use super::finding::{Finding, Place};
use super::report::Report;
use crate::base::Result;
use crate::saving::atomic;
use std::io::Write;
use std::path::Path;
pub(super) use value::Json;

/// The version of the format, in the field `format`. It grows by 1 when a field is removed or gets another meaning.
const FORMAT: usize = 1;

impl Report {
    /// Returns the report as JSON, with all that the text and the page of HTML have.
    ///
    /// Rows, columns and classes are counted from 0 and epochs from 1, as in the text. What is not known is `null`, and so is a
    /// number that is NaN or infinite. For the same training it is the same, but for the line with the seconds. A program should
    /// expect further fields in later versions; `format` is another number when a field was removed or has another meaning.
    ///
    /// | field | what |
    /// |---|---|
    /// | `format` | 1 |
    /// | `versions` | `layercake` and the `build`, release or debug |
    /// | `verdict`, `next` | how good the model is, and what to do next, in words |
    /// | `findings` | causes first: `code`, `severity`, `title`, `place`, `evidence`, `explains` (findings again), `remedy` |
    /// | `place` | `kind`; where there is one the `row`, the `columns`, their `names`, the `layer`; and as `text` |
    /// | `evidence` | for each number `name`, `value` and what is `usual` |
    /// | `remedy` | the name of the [`Remedy`](super::Remedy) as `kind`, and as `text` |
    /// | `training` | `epochs`, `steps`, why it `stopped`, `seconds`, the `subset_loss` without dropout and penalties |
    /// | `score` | `name`; in `validation` and `training` each `score`, its standard `error`, the number of `rows`, and the `skill`: 0 is the constant, 1 no mistake |
    /// | `controls` | the score of the best `constant`, its `constant_loss`, and `linear` and `nearest_neighbours` as in `score` |
    /// | `best` | the `epoch` with the lowest validation loss, with its `loss` and `val_loss` |
    /// | `curves` | `epochs`, and as many values of `loss`, `val_loss` and each metric in `logs` |
    /// | `layers` | those with a kernel: `name`, how far it `moved`, the `path`, the median `update`, the `updates` of some `update_epochs`; of their `units` how many are `dead`, and the share that is `saturated` |
    /// | `confusion` | for classes, a list of the `actual` class, the `predicted` class and the number of `rows` |
    /// | `predictions` | for numbers, a list of the pairs of target and prediction |
    /// | `calibration` | for probabilities, what they are `of`, the calibration `error`, the `error_by_chance` if all were right, and the `bins`: `probability`, the `share` that came true, `rows` |
    /// | `worst_rows` | the validation rows with the largest loss: `row`, `loss` |
    /// | `data` | the numbers of `rows`; of the `target` and the `validation_target` the `kind` and the rows of each class or the range; of each of the `columns` its `name`, range, mean, deviation, `distinct` values, the most frequent one, the one that stands for missing cells, and the `leak`: close to 0 if it gives the target away |
    /// | `settings` | `seed` (as text, because it may have more digits than numbers have in other languages), `epochs`, `batch_size`, `shuffle`, `steps_before`, `trained_weights`, and as Keras writes them `loss`, `optimizer` and `layers` |
    ///
    /// A report of no training has `format`, `versions`, `verdict` and `findings` only.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let x = DMatrix::from_fn(200, 3, |row, column| ((row * (column + 2)) as f64).sin());
    /// let y = DMatrix::from_fn(200, 1, |row, _| x[(row, 0)] + x[(row, 1)]);
    /// let mut model = Sequential::with_seed(1);
    /// model.add(Dense::new(8).activation(Relu));
    /// model.add(Dense::new(1));
    /// model.compile("adam", "mse", "mae")?;
    /// let mut diagnosis = Diagnosis::new();
    /// model.fit(&x, &y, FitOptions::new().epochs(20).validation_split(0.2).callback(&mut diagnosis))?;
    /// let report: serde_json::Value = serde_json::from_str(&diagnosis.report().to_json())?;
    /// assert_eq!((&report["format"], &report["score"]["name"]), (&1.into(), &"R2".into()));
    /// assert_eq!(report["curves"]["logs"]["val_mae"].as_array().unwrap().len(), 20);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn to_json(&self) -> String {
        let mut fields = vec![
            ("format".to_string(), Json::from(FORMAT)),
            ("versions".to_string(), versions()),
            ("verdict".to_string(), self.verdict().into()),
            ("findings".to_string(), Json::list(self.findings())),
        ];
        if let Some(training) = &self.training {
            fields.insert(3, ("next".to_string(), self.next(training).into()));
            fields.extend(training.json().into_iter().map(|(name, value)| (name.to_string(), value)));
        }
        format!("{}\n", Json::Object(fields))
    }

    /// Writes [`to_json`](Self::to_json) to a file; a file that is already there is replaced when the new one is complete.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    pub fn save_json(&self, path: impl AsRef<Path>) -> Result<()> {
        let json = self.to_json();
        atomic::write(path.as_ref(), |file| file.write_all(json.as_bytes()))
    }
}

fn versions() -> Json {
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    Json::object([("layercake", env!("CARGO_PKG_VERSION").into()), ("build", build.into())])
}

impl From<&Finding> for Json {
    fn from(finding: &Finding) -> Self {
        let evidence = finding.evidence().iter().map(|evidence| {
            let (name, usual) = (evidence.name.as_str().into(), evidence.usual.as_str().into());
            Self::object([("name", name), ("value", evidence.value.into()), ("usual", usual)])
        });
        // the name of the variant
        let kind: String = format!("{:?}", finding.remedy()).chars().take_while(|letter| letter.is_alphanumeric()).collect();
        Self::object([
            ("code", finding.code().into()),
            ("severity", finding.severity().to_string().into()),
            ("title", finding.title().into()),
            ("place", place(finding)),
            ("evidence", Self::list(evidence)),
            ("explains", Self::list(finding.explains())),
            ("remedy", Self::object([("kind", kind.into()), ("text", finding.remedy_text().into())])),
        ])
    }
}

fn place(finding: &Finding) -> Json {
    let (kind, row, layer) = match finding.place() {
        Place::Cell(row, _) => ("cell", Some(*row), None),
        Place::Columns(_) => ("columns", None, None),
        Place::Targets => ("targets", None, None),
        Place::Rows => ("rows", None, None),
        Place::Layer(layer) => ("layer", None, Some(layer.as_str())),
        Place::Loss => ("loss", None, None),
        Place::Options => ("options", None, None),
        Place::Training => ("training", None, None),
    };
    let mut fields = vec![("kind", Json::from(kind))];
    fields.extend(row.map(|row| ("row", row.into())));
    if !finding.columns().is_empty() {
        fields.push(("columns", Json::list(finding.columns().iter().copied())));
        let names: Vec<&str> = finding.column_names().collect();
        fields.push(("names", if names.is_empty() { Json::Null } else { Json::list(names) }));
    }
    fields.extend(layer.map(|layer| ("layer", layer.into())));
    fields.push(("text", finding.place_text().into()));
    Json::Object(fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
}
