//! What a table model keeps beside its features and networks, as JSON.

use super::calibrated::{Chosen, Of};
use super::{Calibrated, SeenRows, Sets, Trust};
use crate::base::Result;
use crate::saving::Place;
use crate::tables::check::Profile;
use crate::tables::json::{list, text, wrong};
use serde_json::{Value as Json, json};

impl Trust {
    pub(in crate::tables) fn write(&self) -> Json {
        let SeenRows { hashes, limit, twins } = &self.seen;
        let hashes: String = hashes.iter().map(|hash| format!("{hash:08x}")).collect();
        json!({
            "columns": self.columns.iter().map(Profile::write).collect::<Vec<_>>(),
            "training_rows": {"hashes": hashes, "limit": limit, "twins": twins},
            "calibrated": self.calibrated.as_ref().map(Calibrated::write),
        })
    }

    pub(in crate::tables) fn read(json: &Json, place: &Place) -> Result<Self> {
        let columns = list(json, "columns", place)?.iter().map(|column| Profile::read(column, place)).collect::<Result<_>>()?;
        let rows = &json["training_rows"];
        let hashes = text(rows, "hashes", place)?;
        let hash = |digits: &[u8]| u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok();
        let hashes: Option<Vec<u32>> = hashes.as_bytes().chunks(8).map(hash).collect();
        let limit = rows["limit"].as_u64().and_then(|limit| u32::try_from(limit).ok()).ok_or_else(|| wrong("limit", place))?;
        let seen =
            SeenRows { hashes: hashes.ok_or_else(|| wrong("hashes", place))?, limit, twins: number(rows, "twins", place)? };
        let calibrated = match &json["calibrated"] {
            Json::Null => None,
            calibrated => Some(Calibrated::read(calibrated, place)?),
        };
        Ok(Self { columns, seen, calibrated })
    }
}

impl Calibrated {
    fn write(&self) -> Json {
        let mut json = json!({"coverage": self.coverage, "rows": self.rows, "limit": self.limit});
        match &self.of {
            Of::Numbers { floor } => json["floor"] = json!(floor),
            Of::Classes { sets, temperature, log_loss, threshold } => {
                json["sets"] = json!(name(*sets));
                json["temperature"] = json!(temperature);
                json["log_loss"] = json!(log_loss);
                json["threshold"] = match threshold {
                    Some(Chosen { positive, name, at }) => json!({"positive": positive, "name": name, "at": at}),
                    None => Json::Null,
                };
            }
        }
        json
    }

    fn read(json: &Json, place: &Place) -> Result<Self> {
        let count = |json: &Json, name| json[name].as_u64().map(|count| count as usize).ok_or_else(|| wrong(name, place));
        let (coverage, limit) = (number(json, "coverage", place)?, number(json, "limit", place)?);
        let of = if json["sets"].is_null() {
            Of::Numbers { floor: json["floor"].as_f64() }
        } else {
            let (sets, losses) = (text(json, "sets", place)?, &json["log_loss"]);
            let known = [Sets::LeastAmbiguous, Sets::Adaptive].into_iter().find(|known| name(*known) == sets);
            let (Some(before), Some(after)) = (losses[0].as_f64(), losses[1].as_f64()) else {
                return Err(wrong("log_loss", place));
            };
            let threshold = match &json["threshold"] {
                Json::Null => None,
                chosen => {
                    let positive = count(chosen, "positive")?;
                    if positive > 1 {
                        return Err(wrong("positive", place));
                    }
                    Some(Chosen { positive, name: text(chosen, "name", place)?, at: number(chosen, "at", place)? })
                }
            };
            let (sets, temperature) = (known.ok_or_else(|| wrong("sets", place))?, number(json, "temperature", place)?);
            Of::Classes { sets, temperature, log_loss: [before, after], threshold }
        };
        Ok(Self { coverage, rows: count(json, "rows")?, limit, of })
    }
}

fn name(sets: Sets) -> &'static str {
    match sets {
        Sets::LeastAmbiguous => "least_ambiguous",
        Sets::Adaptive => "adaptive",
    }
}

fn number(json: &Json, name: &str, place: &Place) -> Result<f64> {
    json[name].as_f64().ok_or_else(|| wrong(name, place))
}
