use crate::base::Error;
use crate::base::check_finite;
use crate::base::{EPSILON, Result, Rng, Shape};
use crate::initializers::Initializer;
use crate::kernels::Scalar;
use crate::layers::{Backward, Forward, Infer, Layer, Param, Plan, WeightOptions};
use crate::part::{Arguments, Describe, FINITE};
use nalgebra::DMatrix;

/// Brings columns to mean 0 and variance 1: `y = (x - mean) / max(sqrt(variance), 1e-7)`.
/// [Keras](https://keras.io/api/layers/preprocessing_layers/numerical/normalization/)
///
/// Mean and variance are given, and then belong to the description of the layer; or they are taken from data by
/// [`adapt`](Self::adapt).
///
/// Weights, unless mean and variance are given: `mean` and `variance`, which training leaves alone. As in Keras they are 0
/// and 1 in a model made from JSON alone, until its weights are loaded.
///
/// # Errors
///
/// When the model is built: no mean and variance, or not one for each column; an axis that is not the last.
///
/// ```
/// use layercake::layers::Normalization;
/// use layercake::prelude::*;
///
/// let x = dmatrix![1.0, 100.0; 2.0, 300.0; 3.0, 500.0];
/// let mut model = Sequential::new();
/// model.add(Normalization::default().adapt(&x)?);
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![2.0, 300.0])?, dmatrix![0.0, 0.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Normalization {
    axis: Option<i64>,
    mean: Option<Vec<f64>>,
    variance: Option<Vec<f64>>,
    invert: bool,
    /// Mean and variance of data.
    adapted: Option<[Vec<f64>; 2]>,
    /// Whether mean and variance are to come with the weights of a file.
    awaits: bool,
}

impl Default for Normalization {
    fn default() -> Self {
        Self { axis: Some(-1), mean: None, variance: None, invert: false, adapted: None, awaits: false }
    }
}

impl Normalization {
    /// The layer that descriptions start from, which do not say whether there are weights.
    pub(crate) fn prototype() -> Self {
        Self { awaits: true, ..Self::default() }
    }

    /// The axis whose places have a mean of their own: the last, -1 (default), or none, which makes one mean of all.
    pub fn axis(mut self, axis: impl Into<Option<i64>>) -> Self {
        self.axis = axis.into();
        self
    }

    /// The mean of each column, or one for all; goes with [`variance`](Self::variance).
    pub fn mean(mut self, mean: impl Into<Vec<f64>>) -> Self {
        self.mean = Some(mean.into());
        self
    }

    /// The variance of each column, at least 0, or one for all; goes with [`mean`](Self::mean).
    pub fn variance(mut self, variance: impl Into<Vec<f64>>) -> Self {
        self.variance = Some(variance.into());
        self
    }

    /// Whether to go back from normalized values, `y = x max(sqrt(variance), 1e-7) + mean` (default: false).
    pub fn invert(mut self, invert: bool) -> Self {
        self.invert = invert;
        self
    }

    /// The layer with mean and variance of these data, a row for each sample; the variance divides by the number of rows.
    ///
    /// # Errors
    ///
    /// Mean or variance given already; empty data, NaN or infinity.
    pub fn adapt<T: Scalar>(mut self, data: &DMatrix<T>) -> Result<Self> {
        if self.mean.is_some() || self.variance.is_some() {
            let allowed = "either mean and variance, or `adapt`";
            return Err(Error::argument("Normalization", "mean", "given", allowed));
        }
        if data.is_empty() {
            return Err(Error::Empty { what: "data" });
        }
        check_finite("data", data.as_slice(), data.nrows())?;
        let together = if self.axis.is_some() { data.nrows() } else { data.len() };
        let moments = data.as_slice().chunks_exact(together).map(moments);
        let (mean, variance) = moments.unzip();
        self.adapted = Some([mean, variance]);
        Ok(self)
    }

    /// The weights that hold mean and variance, for this many columns; none where these are given.
    fn weights<T: Scalar>(&self, columns: usize) -> Result<Option<[Param<T>; 2]>> {
        let refused =
            |argument: &str, found: String, allowed: String| Err(Error::argument("Normalization", argument, found, allowed));
        let each = if self.axis.is_some() { columns } else { 1 };
        let given = [("mean", &self.mean), ("variance", &self.variance)];
        if given.iter().all(|(_, values)| values.is_none()) {
            let start = match &self.adapted {
                Some(adapted) => adapted.clone(),
                None if self.awaits => [vec![0.0; each], vec![1.0; each]],
                None => return refused("mean", "None".to_string(), "numbers, given or from `adapt`".to_string()),
            };
            if start[0].len() != each {
                return refused("mean", format!("{} numbers", start[0].len()), format!("{each}, from data of as many columns"));
            }
            let shape = if self.axis.is_some() { vec![columns] } else { Vec::new() };
            let [mean, variance] = start;
            let param = |name, values| Param::new(name, shape.clone(), &WeightOptions::new(Start(values)));
            return Ok(Some([param("mean", mean)?, param("variance", variance)?]));
        }
        for (argument, values) in given {
            match values.as_ref().map(Vec::len) {
                None => return refused(argument, "None".to_string(), "numbers, given or from `adapt`".to_string()),
                Some(count) if count != 1 && count != each => {
                    return refused(argument, format!("{count} numbers"), format!("{each}, or one for all"));
                }
                Some(_) => {}
            }
        }
        Ok(None)
    }

    /// Mean and variance of each place along the last axis, over and over: the weights, or what was given.
    fn moments<'a, T: Scalar>(&'a self, state: &'a [T]) -> impl Iterator<Item = (T, T)> {
        let (mean, variance) = state.split_at(state.len() / 2);
        let given = |values: &'a Option<Vec<f64>>| values.as_deref().unwrap_or_default().iter().map(|&value| T::of(value));
        let mean = mean.iter().copied().chain(given(&self.mean)).cycle();
        mean.zip(variance.iter().copied().chain(given(&self.variance)).cycle())
    }
}

/// What a variance divides by.
fn divisor<T: Scalar>(variance: T) -> T {
    let (root, least) = (variance.sqrt(), T::of(EPSILON));
    // NaN stays
    if root < least { least } else { root }
}

/// Begins with these numbers.
#[derive(Debug, Clone)]
struct Start(Vec<f64>);

impl Describe for Start {
    fn class_name(&self) -> &'static str {
        "Normalization"
    }
}

impl Initializer for Start {
    crate::part::compiled!(Initializer for Start);

    fn fill(&self, _shape: &[usize], _rng: &mut Rng, values: &mut [f64]) {
        values.copy_from_slice(&self.0);
    }
}

/// Mean and biased variance.
fn moments<T: Scalar>(values: &[T]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().map(|value| value.to_f64()).sum::<f64>() / count;
    let variance = values.iter().map(|value| (value.to_f64() - mean).powi(2)).sum::<f64>() / count;
    (mean, variance)
}

impl Describe for Normalization {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.optional_integer("axis", &mut self.axis, ..);
        arguments.optional_numbers("mean", &mut self.mean, FINITE);
        arguments.optional_numbers("variance", &mut self.variance, 0.0..f64::INFINITY);
        arguments.flag("invert", &mut self.invert);
    }
}

impl<T: Scalar> Layer<T> for Normalization {
    crate::part::compiled!(Layer<T> for Normalization);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let input = &inputs[0];
        let last = input.dims().len() as i64;
        if self.axis.is_some_and(|axis| axis != -1 && axis != last) {
            let allowed = format!("-1 or {last}, the last axis, or None");
            return Err(Error::argument("Normalization", "axis", self.axis.unwrap_or_default(), allowed));
        }
        let plan = Plan::new(input.clone()).batch_scratch(input.last());
        Ok(self.weights(input.last())?.into_iter().flatten().fold(plan, Plan::state))
    }

    fn infer(&self, mut pass: Infer<'_, T>) {
        for (x, y) in pass.inputs[0].vectors().zip(pass.output.vectors()) {
            for ((y, &x), (mean, variance)) in y.iter_mut().zip(x).zip(self.moments(pass.state)) {
                // y = (x - mean) / sqrt(variance), or back
                *y = if self.invert { x * divisor(variance) + mean } else { (x - mean) / divisor(variance) };
            }
        }
    }

    fn forward(&self, mut pass: Forward<'_, T>) {
        let divisors = self.moments(pass.state).map(|(_, variance)| divisor(variance));
        pass.batch_scratch.iter_mut().zip(divisors).for_each(|(kept, divisor)| *kept = divisor);
        self.infer(pass.as_infer());
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        let (dy, divisors) = (pass.output_gradient, &*pass.batch_scratch);
        pass.input_gradients.write(0, |mut dx| {
            for (dy, dx) in dy.vectors().zip(dx.vectors()) {
                for ((dx, &dy), &divisor) in dx.iter_mut().zip(dy).zip(divisors) {
                    *dx = if self.invert { dy * divisor } else { dy / divisor };
                }
            }
        });
    }
}
