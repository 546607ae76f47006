//! Statistics of a column of numbers: quantiles, mean and deviation, the edges of bins.

use crate::base::Result;
use crate::layers::Discretization;
use nalgebra::DMatrix;

/// Returns the quantile of sorted numbers for a share from 0 to 1, interpolated linearly; `None` if there are no numbers.
pub(super) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * sorted.len().checked_sub(1)? as f64;
    let (low, high) = (*sorted.get(place.floor() as usize)?, *sorted.get(place.ceil() as usize)?);
    // each end has its own factor, so that the difference of huge numbers does not overflow
    let share = place.fract();
    Some(if low == high { low } else { low * (1.0 - share) + high * share })
}

/// Returns the mean and the standard deviation `sqrt(sum((x - mean)^2) / n)`.
pub(super) fn mean_and_deviation(numbers: &[f64]) -> (f64, f64) {
    let count = numbers.len().max(1) as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let deviation = (numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / count).sqrt();
    // The mean of equal numbers may differ from them by its rounding.
    let is_constant = numbers.iter().all(|number| *number == numbers[0]);
    (mean, if is_constant { 0.0 } else { deviation })
}

/// Returns the median, and the range from the lower to the upper quartile; if that is 0, half of the whole range.
pub(super) fn median_and_range(sorted: &[f64]) -> (f64, f64) {
    let at = |share| quantile(sorted, share).unwrap_or_default();
    let quartiles = at(0.75) - at(0.25);
    (at(0.5), if quartiles > 0.0 { quartiles } else { 0.5 * (at(1.0) - at(0.0)) })
}

/// Returns the quantiles that divide sorted numbers into `num_bins` bins, with both ends, each value once.
///
/// A quantile is the nearest of the numbers, so that no edge lies between the values of a column of few values.
pub(super) fn piecewise_edges(sorted: &[f64], num_bins: usize) -> Vec<f64> {
    let last = sorted.len().saturating_sub(1) as f64;
    let nearest = |edge: usize| sorted.get((edge as f64 * last / num_bins as f64).round() as usize).copied();
    let mut edges: Vec<f64> = (0..=num_bins).filter_map(nearest).collect();
    edges.dedup();
    edges
}

/// Returns the inner boundaries of Keras' `Discretization` adapted to these numbers, each once.
pub(super) fn of_discretization(numbers: &[f64], num_bins: usize) -> Result<Vec<f64>> {
    let column = DMatrix::from_column_slice(numbers.len(), 1, numbers);
    let mut boundaries = Discretization::default().num_bins(num_bins).adapt(&column)?.boundaries().to_vec();
    boundaries.dedup();
    Ok(boundaries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_numpy() {
        // numpy.quantile([1, 2, 4, 8], [0, .1, .5, .75, 1])
        let found: Vec<_> = [0.0, 0.1, 0.5, 0.75, 1.0].iter().map(|&share| quantile(&[1.0, 2.0, 4.0, 8.0], share)).collect();
        assert_eq!(found, [1.0, 1.3, 3.0, 5.0, 8.0].map(Some));
        assert_eq!(quantile(&[], 0.5), None);
    }
}
