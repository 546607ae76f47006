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
    let seeded: Vec<&Rng> = model.network.as_ref().map(|network| network.seeded().collect()).unwrap_or_default();
    write_states(model.seed, [&model.weights, &model.shuffling, &model.noise], &seeded, progress)
}

fn write_states(seed: u64, [weights, shuffling, noise]: [&Rng; 3], seeded: &[&Rng], progress: Option<&Progress>) -> Json {
    let mut session = json!({
        "format": FORMAT,
        "seed": seed,
        "weights": hex(&weights.state()),
        "shuffling": hex(&shuffling.state()),
        "noise": hex(&noise.state()),
        "seeded": seeded.iter().map(|rng| hex(&rng.state())).collect::<Vec<_>>(),
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

/// The seed and the generators of a model, and the progress of its training if there is one.
pub(super) struct Session {
    seed: u64,
    weights: Rng,
    shuffling: Rng,
    noise: Rng,
    /// The generators of the layers that have a seed of their own.
    seeded: Vec<Rng>,
    progress: Option<Progress>,
}

impl Session {
    pub(super) fn read(json: &Json, place: &Place) -> Result<Self> {
        if json["format"] != FORMAT {
            let newer = format!("its format is {}; this version of layercake reads format {FORMAT}", json["format"]);
            return Err(place.error(newer));
        }
        let missing = |name: &str| place.error(format!("`{name}` is missing or broken"));
        let stream = |name: &str| unhex(&json[name]).and_then(|state| Rng::from_state(&state)).ok_or_else(|| missing(name));
        let seeded: Option<Vec<Rng>> =
            json["seeded"].as_array().into_iter().flatten().map(|state| Rng::from_state(&unhex(state)?)).collect();
        Ok(Self {
            seed: json["seed"].as_u64().ok_or_else(|| missing("seed"))?,
            weights: stream("weights")?,
            shuffling: stream("shuffling")?,
            noise: stream("noise")?,
            seeded: seeded.ok_or_else(|| missing("seeded"))?,
            progress: Some(&json["progress"])
                .filter(|json| !json.is_null())
                .map(|json| read_progress(json, place))
                .transpose()?,
        })
    }

    /// Restores the seed and the generators of a model, and returns the progress of its training if there is one.
    pub(super) fn restore<T: Scalar>(self, model: &mut Model<T>) -> Option<Progress> {
        model.seed = self.seed;
        (model.weights, model.shuffling, model.noise) = (self.weights, self.shuffling, self.noise);
        if let Some(network) = &mut model.network {
            network.seeded_mut().zip(self.seeded).for_each(|(rng, kept)| *rng = kept);
        }
        self.progress
    }
}

fn read_progress(from: &Json, place: &Place) -> Result<Progress> {
    let missing = |name: &str| place.error(format!("`{name}` is missing or broken"));
    let size = |name: &str| from[name].as_u64().and_then(|size| usize::try_from(size).ok()).ok_or_else(|| missing(name));
    let order = match &from["order"] {
        Json::Null => None,
        order => Some(unhex(order).ok_or_else(|| missing("order"))?),
    };
    let callbacks = from["callbacks"].as_array().ok_or_else(|| missing("callbacks"))?;
    Ok(Progress {
        epoch: size("epoch")?,
        batches: size("batches")?,
        samples: size("samples")?,
        batch_size: size("batch_size")?,
        order,
        totals: unhex_numbers(&from["totals"]).ok_or_else(|| missing("totals"))?,
        callbacks: callbacks.iter().map(unhex_numbers).collect::<Option<_>>().ok_or_else(|| missing("callbacks"))?,
    })
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
