//! The member of an archive that Keras ignores: the seed, the states of the generators, and the progress of a training. It
//! lets an interrupted training continue with the same bits.

use super::place::Place;
use crate::base::Result;
use crate::base::Rng;
use crate::kernels::Scalar;
use crate::model::Model;
use crate::training::Progress;
use serde_json::{Value as Json, json};

/// The name of the member in the archive.
pub(super) const MEMBER: &str = "layercake.json";

/// The version of the member's format.
const FORMAT: u64 = 1;

pub(super) fn write<T: Scalar>(model: &Model<T>, progress: Option<&Progress>) -> Json {
    let seeded = model.network.iter().flat_map(|network| network.seeded());
    let mut session = json!({
        "format": FORMAT,
        "seed": model.seed,
        "weights": hex(&model.weights.state()),
        "shuffling": hex(&model.shuffling.state()),
        "noise": hex(&model.noise.state()),
        "seeded": seeded.map(|rng| hex(&rng.state())).collect::<Vec<_>>(),
    });
    if let Some(progress) = progress {
        session["progress"] = json!({
            "epoch": progress.epoch,
            "batches": progress.batches,
            "samples": progress.samples,
            "batch_size": progress.batch_size,
            "order": progress.order.as_deref().map(hex),
            "totals": hex_numbers(&progress.totals),
            "callbacks": progress.callbacks.iter().map(|state| hex_numbers(state)).collect::<Vec<_>>(),
        });
    }
    session
}

/// Restores the states of the generators of a model, and returns the progress of the training if the member has one.
pub(super) fn read<T: Scalar>(json: &Json, model: &mut Model<T>, place: &Place) -> Result<Option<Progress>> {
    if json["format"] != FORMAT {
        let newer = format!("its format is {}; this version of layercake reads format {FORMAT}", json["format"]);
        return Err(place.error(newer));
    }
    let missing = |name: &str| place.error(format!("`{name}` is missing or broken"));
    let whole = |from: &Json, name: &str| from[name].as_u64().ok_or_else(|| missing(name));
    let stream = |name: &str| unhex(&json[name]).and_then(|state| Rng::from_state(&state)).ok_or_else(|| missing(name));
    model.seed = whole(json, "seed")?;
    (model.weights, model.shuffling, model.noise) = (stream("weights")?, stream("shuffling")?, stream("noise")?);
    let seeded: Option<Vec<Rng>> =
        json["seeded"].as_array().into_iter().flatten().map(|state| Rng::from_state(&unhex(state)?)).collect();
    let seeded = seeded.ok_or_else(|| missing("seeded"))?;
    if let Some(network) = &mut model.network {
        network.seeded_mut().zip(seeded).for_each(|(rng, kept)| *rng = kept);
    }
    let from = &json["progress"];
    if from.is_null() {
        return Ok(None);
    }
    let size = |name: &str| whole(from, name).and_then(|size| usize::try_from(size).map_err(|_| missing(name)));
    let order = match &from["order"] {
        Json::Null => None,
        order => Some(unhex(order).ok_or_else(|| missing("order"))?),
    };
    let callbacks = from["callbacks"].as_array().ok_or_else(|| missing("callbacks"))?;
    Ok(Some(Progress {
        epoch: size("epoch")?,
        batches: size("batches")?,
        samples: size("samples")?,
        batch_size: size("batch_size")?,
        order,
        totals: unhex_numbers(&from["totals"]).ok_or_else(|| missing("totals"))?,
        callbacks: callbacks.iter().map(unhex_numbers).collect::<Option<_>>().ok_or_else(|| missing("callbacks"))?,
    }))
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

fn unhex(json: &Json) -> Option<Vec<u8>> {
    let digits = json.as_str()?.as_bytes();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |pair: &[u8]| Some((digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?) as u8);
    digits.chunks(2).map(byte).collect()
}

/// Returns the bits of numbers as hexadecimal digits, which also represent NaN and infinities.
fn hex_numbers(numbers: &[f64]) -> String {
    hex(&numbers.iter().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>())
}

fn unhex_numbers(json: &Json) -> Option<Vec<f64>> {
    let bytes = unhex(json)?;
    bytes.chunks(8).map(|bytes| Some(f64::from_le_bytes(bytes.try_into().ok()?))).collect()
}
