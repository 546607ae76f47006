//! Probabilities in bins, beside the share of rows that came true.

use crate::base::{Rng, derived_seed};

/// The rows of one bin of probabilities.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bin {
    /// The smallest and the largest probability.
    pub(crate) ends: [f32; 2],
    /// The mean probability.
    pub(crate) mean: f64,
    /// The share of the rows that came true.
    pub(crate) share: f64,
    pub(crate) rows: usize,
}

/// Returns at most 10 bins, of about as many rows each and of about ten or more, of rows that are sorted by their probability;
/// rows of one probability are in one bin.
pub(crate) fn bins(rows: &[(f32, bool)]) -> Vec<Bin> {
    let count = (rows.len() / 10).clamp(1, 10);
    let (mut bins, mut first) = (Vec::with_capacity(count), 0);
    for bin in 1..=count {
        let mut end = bin * rows.len() / count;
        while end > 0 && end < rows.len() && rows[end].0 == rows[end - 1].0 {
            end += 1;
        }
        if let Some(own) = rows.get(first..end).filter(|own| !own.is_empty()) {
            let share = own.iter().filter(|(_, came_true)| *came_true).count() as f64 / own.len() as f64;
            let mean = own.iter().map(|(p, _)| f64::from(*p)).sum::<f64>() / own.len() as f64;
            bins.push(Bin { ends: [own[0].0, own[own.len() - 1].0], mean, share, rows: own.len() });
            first = end;
        }
    }
    bins
}

/// Returns the expected calibration error: `sum over bins of n_b / n |mean probability - share that came true|`.
pub(crate) fn calibration_error(bins: &[Bin]) -> f64 {
    let rows = bins.iter().map(|bin| bin.rows).sum::<usize>() as f64;
    bins.iter().map(|bin| bin.rows as f64 / rows * (bin.mean - bin.share).abs()).sum()
}

/// Returns the mean error of 100 draws in which every probability is right.
pub(crate) fn error_by_chance(rows: &[(f32, bool)]) -> f64 {
    const DRAWS: u64 = 100;
    let mut drawn = rows.to_vec();
    let error = |draw| {
        let mut rng = Rng::new(derived_seed(0, &[draw]));
        drawn.iter_mut().for_each(|(p, came_true)| *came_true = rng.uniform() < f64::from(*p));
        calibration_error(&bins(&drawn))
    };
    (0..DRAWS).map(error).sum::<f64>() / DRAWS as f64
}
