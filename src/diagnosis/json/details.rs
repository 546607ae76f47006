//! What was seen of a training, as JSON.

use super::Json;
use crate::base::ordered;
use crate::diagnosis::calibration::Calibration;
use crate::diagnosis::columns::Column;
use crate::diagnosis::outcome::KernelRecord;
use crate::diagnosis::report::Training;
use crate::diagnosis::skill::Skill;
use crate::diagnosis::targets::{Target, Values};

impl Training {
    /// Returns the fields of the report that a training gives.
    pub(super) fn json(&self) -> Vec<(&'static str, Json)> {
        let worst = self.outcome.worst.iter().map(|&(row, loss)| Json::object([("row", row.into()), ("loss", loss.into())]));
        let (confusion, predictions) = self.mistakes();
        vec![
            ("training", self.course()),
            ("score", self.score()),
            ("controls", self.controls()),
            ("best", self.best()),
            ("curves", self.curves()),
            ("layers", Json::list(self.record.kernels.iter().map(|kernel| self.layer(kernel)))),
            ("confusion", confusion),
            ("predictions", predictions),
            ("calibration", self.calibration().map(|found| calibration(&found)).into()),
            ("worst_rows", Json::list(worst)),
            ("data", self.data()),
            ("settings", self.settings_json()),
        ]
    }

    fn course(&self) -> Json {
        Json::object([
            ("epochs", self.record.epochs.len().into()),
            ("steps", self.record.steps().into()),
            ("stopped", self.record.stop.clone().into()),
            ("seconds", self.record.seconds.into()),
            ("subset_loss", self.record.subset.into()),
        ])
    }

    fn score(&self) -> Json {
        let (validation, training) = (self.outcome.validation.as_ref(), self.outcome.train.as_ref());
        Json::object([("name", self.score_name().into()), ("validation", validation.into()), ("training", training.into())])
    }

    fn controls(&self) -> Json {
        let constant = self.facts.outline.start.as_ref().and_then(|start| start.constant);
        let reference = self.outcome.reference.as_ref();
        Json::object([
            ("constant", self.outcome.skill().map(|skill| skill.constant).into()),
            ("constant_loss", constant.map(|constant| constant.best).into()),
            ("linear", reference.map(|reference| &reference.linear).into()),
            ("nearest_neighbours", reference.map(|reference| &reference.neighbours).into()),
        ])
    }

    fn best(&self) -> Json {
        let best = self.record.best().and_then(|place| self.record.epochs.get(place));
        let of = |epoch: &crate::diagnosis::outcome::Epoch| {
            let (number, loss) = (epoch.number + 1, epoch.loss);
            Json::object([("epoch", number.into()), ("loss", loss.into()), ("val_loss", epoch.val_loss.into())])
        };
        best.map(of).into()
    }

    fn curves(&self) -> Json {
        let epochs = &self.record.epochs;
        let mut logs = vec![("loss".to_string(), Json::list(epochs.iter().map(|epoch| epoch.loss)))];
        if epochs.iter().any(|epoch| epoch.val_loss.is_some()) {
            logs.push(("val_loss".to_string(), Json::list(epochs.iter().map(|epoch| epoch.val_loss))));
        }
        for (name, points) in &self.record.metrics {
            // a metric of validation is not known in every epoch
            let at = |number: usize| points.iter().find(|(epoch, _)| *epoch == number).map(|(_, value)| *value);
            logs.push((name.clone(), Json::list(epochs.iter().map(|epoch| at(epoch.number)))));
        }
        Json::object([("epochs", Json::list(epochs.iter().map(|epoch| epoch.number + 1))), ("logs", Json::Object(logs))])
    }

    fn layer(&self, kernel: &KernelRecord) -> Json {
        let epochs = self.record.epochs.last().map_or(0, |epoch| epoch.number + 1);
        let units = self.units(&kernel.layer);
        Json::object([
            ("name", kernel.layer.as_str().into()),
            ("moved", kernel.displacement.into()),
            ("path", kernel.travel(epochs, self.record.batches).into()),
            ("update", kernel.update().into()),
            ("update_epochs", Json::list(kernel.updates.iter().map(|(epoch, _)| epoch + 1))),
            ("updates", Json::list(kernel.updates.iter().map(|(_, update)| *update))),
            ("units", units.map(|units| units.count).into()),
            ("dead", units.map(|units| units.never_positive).into()),
            ("saturated", units.map(|units| units.saturated).into()),
        ])
    }

    /// Returns which class was taken for which, and the predicted numbers; one of the two is null.
    fn mistakes(&self) -> (Json, Json) {
        match &self.outcome.predicted {
            Some((Values::Classes(predicted, _), Values::Classes(actual, _))) => {
                let pairs: Vec<(usize, usize)> = actual.iter().copied().zip(predicted.iter().copied()).collect();
                let pairs = ordered(pairs, &Ord::cmp);
                let cell = |run: &[(usize, usize)]| {
                    let (actual, predicted) = run[0];
                    Json::object([("actual", actual.into()), ("predicted", predicted.into()), ("rows", run.len().into())])
                };
                (Json::list(pairs.chunk_by(|a, b| a == b).map(cell)), Json::Null)
            }
            Some((Values::Numbers(predicted), Values::Numbers(actual))) => {
                let pair = |(target, predicted): (&f64, &f64)| Json::list([*target, *predicted]);
                (Json::Null, Json::list(actual.iter().zip(predicted).map(pair)))
            }
            _ => (Json::Null, Json::Null),
        }
    }

    fn data(&self) -> Json {
        let facts = &self.facts;
        let validation = facts.validation.as_ref();
        let columns = facts.columns.iter().enumerate().map(|(number, column)| column_json(self.names.of(number), column));
        Json::object([
            ("rows", facts.rows.into()),
            ("validation_rows", validation.map_or(0, |validation| validation.rows).into()),
            ("target", (&facts.target).into()),
            ("validation_target", validation.map(|validation| &validation.target).into()),
            ("columns", Json::list(columns)),
        ])
    }

    fn settings_json(&self) -> Json {
        let outline = &self.facts.outline;
        let layer = |layer: &crate::diagnosis::facts::LayerFacts| {
            Json::object([("name", layer.name.as_str().into()), ("layer", (&layer.spec).into())])
        };
        Json::object([
            ("seed", self.seed.to_string().into()),
            ("epochs", outline.plan.epochs.into()),
            ("batch_size", self.record.batch_size.into()),
            ("shuffle", outline.plan.shuffle.into()),
            ("steps_before", usize::try_from(outline.iterations).unwrap_or(usize::MAX).into()),
            ("trained_weights", outline.trained.into()),
            ("loss", (&outline.loss).into()),
            ("optimizer", (&outline.optimizer).into()),
            ("layers", Json::list(outline.layers.iter().map(layer))),
        ])
    }
}

fn column_json(name: Option<&str>, column: &Column) -> Json {
    let (mode, share) = column.mode;
    let missing = column.outlying.filter(|found| found.stands_for_missing);
    Json::object([
        ("name", name.into()),
        ("min", column.min.into()),
        ("max", column.max.into()),
        ("mean", column.mean.into()),
        ("deviation", column.deviation.into()),
        ("root_mean_square", column.rms.into()),
        ("distinct", column.distinct.into()),
        ("most_frequent", mode.into()),
        ("most_frequent_share", share.into()),
        ("missing_value", missing.map(|found| found.value).into()),
        ("missing_share", missing.map_or(0.0, |found| found.share).into()),
        ("leak", column.leak.into()),
    ])
}

fn calibration(found: &Calibration) -> Json {
    let bin = |bin: &crate::data::Bin| {
        let (probability, share) = (bin.mean.into(), bin.share.into());
        Json::object([("probability", probability), ("share", share), ("rows", bin.rows.into())])
    };
    Json::object([
        ("of", found.what.into()),
        ("error", found.error.into()),
        ("error_by_chance", found.by_chance.into()),
        ("bins", Json::list(found.bins.iter().map(bin))),
    ])
}

impl From<&Skill> for Json {
    fn from(skill: &Skill) -> Self {
        Self::object([
            ("score", skill.score.into()),
            ("error", skill.score_error.into()),
            ("rows", skill.rows.into()),
            ("skill", skill.value.into()),
        ])
    }
}

impl From<&Target> for Json {
    fn from(target: &Target) -> Self {
        match &target.values {
            Values::Classes(..) => Self::object([("kind", "classes".into()), ("rows_of_classes", Self::list(target.counts()))]),
            Values::Numbers(_) => {
                let ((low, high), (mean, deviation)) = (target.range(), target.moments.first().copied().unwrap_or_default());
                Self::object([
                    ("kind", "numbers".into()),
                    ("min", low.into()),
                    ("max", high.into()),
                    ("mean", mean.into()),
                    ("deviation", deviation.into()),
                ])
            }
        }
    }
}
