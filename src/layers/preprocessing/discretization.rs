use super::encoding::OutputMode;
use crate::base::Error;
use crate::base::check_finite;
use crate::base::{Result, Shape};
use crate::kernels::{Scalar, doubles};
use crate::layers::{Backward, Infer, Layer, Plan};
use crate::part::{Arguments, Describe};
use nalgebra::DMatrix;

/// Replaces each value by the number of its bin: the boundaries `[b0, b1]` define the bins `x < b0`, `b0 <= x < b1` and
/// `b1 <= x`. [Keras](https://keras.io/api/layers/preprocessing_layers/numerical/discretization/)
///
/// The boundaries are given, or computed from data by [`adapt`](Self::adapt). The gradient of the inputs is 0.
///
/// # Errors
///
/// Building the model fails if there are no boundaries, or if they are not in ascending order.
///
/// ```
/// use layercake::layers::{Discretization, OutputMode};
/// use layercake::prelude::*;
///
/// let ages = dmatrix![18.0; 22.0; 31.0; 34.0; 45.0; 52.0; 67.0; 70.0];
/// let mut model = Sequential::new();
/// model.add(Discretization::default().num_bins(4).adapt(&ages)?);
/// model.build(1)?;
/// assert_eq!(model.predict(&dmatrix![1.0; 99.0])?, dmatrix![0.0; 3.0]);
///
/// let given = Discretization::default().bin_boundaries([30.0, 60.0]).output_mode(OutputMode::OneHot);
/// let mut model = Sequential::new();
/// model.add(given);
/// model.build(1)?;
/// assert_eq!(model.predict(&dmatrix![18.0; 30.0])?, dmatrix![1.0, 0.0, 0.0; 0.0, 1.0, 0.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Discretization {
    bin_boundaries: Option<Vec<f64>>,
    num_bins: Option<usize>,
    epsilon: f64,
    output_mode: OutputMode,
}

impl Default for Discretization {
    fn default() -> Self {
        Self { bin_boundaries: None, num_bins: None, epsilon: 0.01, output_mode: OutputMode::Int }
    }
}

impl Discretization {
    /// Sets the boundaries between the bins, in ascending order.
    pub fn bin_boundaries(mut self, bin_boundaries: impl Into<Vec<f64>>) -> Self {
        self.bin_boundaries = Some(bin_boundaries.into());
        self
    }

    /// Sets the number of bins that [`adapt`](Self::adapt) makes, at least 1.
    pub fn num_bins(mut self, num_bins: usize) -> Self {
        self.num_bins = Some(num_bins);
        self
    }

    /// Sets the tolerance of [`adapt`](Self::adapt) for the share of data in a bin, above 0 and at most 1 (default: 0.01).
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    /// Sets how the bins are encoded (default: `Int`, the bin number).
    pub fn output_mode(mut self, output_mode: OutputMode) -> Self {
        self.output_mode = output_mode;
        self
    }

    /// Returns the layer with boundaries such that each bin contains about the same number of these values.
    ///
    /// The values of all columns are used together. As in Keras, the boundaries are computed in single precision.
    ///
    /// # Errors
    ///
    /// It fails if `num_bins` is not set, if boundaries are given, if an argument is out of range, or if the data are empty
    /// or contain NaN or infinity.
    pub fn adapt<T: Scalar>(mut self, data: &DMatrix<T>) -> Result<Self> {
        crate::part::Part::check_arguments(&self)?;
        let refuse =
            |argument: &str, value: &str, allowed: &str| Err(Error::argument("Discretization", argument, value, allowed));
        let Some(bins) = self.num_bins else { return refuse("num_bins", "None", "the number of bins that `adapt` is to make") };
        if self.bin_boundaries.is_some() {
            return refuse("bin_boundaries", "given", "either boundaries or `adapt`");
        }
        if data.is_empty() {
            return Err(Error::Empty { what: "data" });
        }
        check_finite("data", data.as_slice(), data.nrows())?;
        let summary = compress(summarize(doubles(data.as_slice()), self.epsilon), self.epsilon);
        let bins = compress(summary, 1.0 / bins as f64);
        let boundaries = bins.split_last().map_or(&[][..], |(_, boundaries)| boundaries);
        self.bin_boundaries = Some(boundaries.iter().map(|&(value, _)| value.into()).collect());
        Ok(self)
    }

    pub(crate) fn boundaries(&self) -> &[f64] {
        self.bin_boundaries.as_deref().unwrap_or_default()
    }
}

/// Values in ascending order, each with the number of data that it represents.
type Summary = Vec<(f32, f32)>;

/// Returns sorted values at equal intervals, about `1 / epsilon` of them.
fn summarize(mut values: Vec<f64>, epsilon: f64) -> Summary {
    values.iter_mut().for_each(|value| *value = f64::from(*value as f32));
    values.sort_unstable_by(f64::total_cmp);
    let increment = values.len() as f64 * epsilon;
    let step = increment.max(1.0);
    values.into_iter().skip(increment as usize).step_by(step as usize).map(|value| (value as f32, step as f32)).collect()
}

/// Returns the interpolated values at each multiple of `epsilon` of the summary's total weight.
fn compress(summary: Summary, epsilon: f64) -> Summary {
    if (summary.len() as f64) * epsilon < 1.0 {
        return summary;
    }
    let mut total = 0.0f32;
    let weights: Vec<f32> = summary
        .iter()
        .map(|&(_, weight)| {
            total += weight;
            total
        })
        .collect();
    let shares: Vec<f64> = weights.iter().map(|&weight| (weight / total).into()).collect();
    let mut before = 0.0;
    let at = |i: usize| {
        let share = epsilon + i as f64 * epsilon;
        let value = interpolate(share, &shares, |index| summary[index].0.into());
        let weight = interpolate(share, &shares, |index| weights[index].into());
        let own = weight - before;
        before = weight;
        (value as f32, own as f32)
    };
    (0..(1.0 / epsilon).ceil() as usize).map(at).collect()
}

/// Interpolates linearly between the points `(xs[i], y(i))` at `x`; outside of them it returns `y` of the nearest end.
fn interpolate(x: f64, xs: &[f64], y: impl Fn(usize) -> f64) -> f64 {
    let above = xs.partition_point(|&point| point <= x);
    if above == 0 || above == xs.len() {
        return y(above.saturating_sub(1));
    }
    let below = above - 1;
    let rate = (y(above) - y(below)) / (xs[above] - xs[below]);
    rate * (x - xs[below]) + y(below)
}

impl Describe for Discretization {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.optional_numbers("bin_boundaries", &mut self.bin_boundaries, ..);
        arguments.optional_count("num_bins", &mut self.num_bins, 1..);
        let positive = (std::ops::Bound::Excluded(0.0), std::ops::Bound::Included(1.0));
        arguments.number("epsilon", &mut self.epsilon, positive);
        let modes = [
            ("int", OutputMode::Int),
            ("one_hot", OutputMode::OneHot),
            ("multi_hot", OutputMode::MultiHot),
            ("count", OutputMode::Count),
        ];
        arguments.choice("output_mode", &mut self.output_mode, &modes);
    }
}

impl<T: Scalar> Layer<T> for Discretization {
    crate::part::compiled!(Layer<T> for Discretization);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let input = &inputs[0];
        let boundaries = self.boundaries();
        if self.bin_boundaries.is_none() || !boundaries.is_sorted() {
            let (found, allowed) = (format!("{:?}", self.bin_boundaries), "numbers in ascending order, given or from `adapt`");
            return Err(Error::argument("Discretization", "bin_boundaries", found, allowed));
        }
        let bins = boundaries.len() + 1;
        let plan = Plan::new(self.output_mode.shape(input, bins));
        Ok(if self.output_mode == OutputMode::Int { plan.gives_classes(bins) } else { plan })
    }

    fn infer(&self, pass: Infer<'_, T>) {
        let boundaries = self.boundaries();
        self.output_mode.encode(boundaries.len() + 1, pass.inputs[0], pass.output, |value| {
            let value = value.to_f64();
            (!value.is_nan()).then(|| boundaries.partition_point(|&boundary| boundary <= value))
        });
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        pass.input_gradients.write(0, |mut dx| dx.values().fill(T::zero()));
    }
}
