use crate::base::Error;
use crate::base::check_finite;
use crate::base::{EPSILON, Result, Rng, Shape};
use crate::initializers::Initializer;
use crate::kernels::Scalar;
use crate::layers::{Backward, Forward, Infer, Layer, Param, Plan, WeightOptions};
use crate::part::{Arguments, Describe, FINITE};
use nalgebra::DMatrix;

/// Normalizes columns to mean 0 and variance 1: `y = (x - mean) / max(sqrt(variance), 1e-7)`.
/// [Keras](https://keras.io/api/layers/preprocessing_layers/numerical/normalization/)
///
/// Mean and variance are either given as arguments or computed from data by [`adapt`](Self::adapt).
///
/// If they are not given as arguments, the layer has the weights `mean` and `variance`, which training does not update. As
/// in Keras, these are 0 and 1 in a model made from JSON alone, until its weights are loaded.
///
/// # Errors
///
/// Building the model fails if there is no mean or variance, if their number is not the number of columns, or if the axis
/// is not the last.
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
    /// The mean and variance computed by `adapt`.
    adapted: Option<[Vec<f64>; 2]>,
    /// True if mean and variance are to be loaded with the weights of a file.
    awaits: bool,
}

impl Default for Normalization {
    fn default() -> Self {
        Self { axis: Some(-1), mean: None, variance: None, invert: false, adapted: None, awaits: false }
    }
}

impl Normalization {
    /// Creates the layer that a description is read into; its weights may be loaded later.
    pub(crate) fn prototype() -> Self {
        Self { awaits: true, ..Self::default() }
    }

    /// Sets the axis whose indices have their own mean and variance: the last, -1 (default), or `None` for one mean and
    /// variance of all values.
    pub fn axis(mut self, axis: impl Into<Option<i64>>) -> Self {
        self.axis = axis.into();
        self
    }

    /// Sets the mean of each column, or one mean for all; set [`variance`](Self::variance) too.
    pub fn mean(mut self, mean: impl Into<Vec<f64>>) -> Self {
        self.mean = Some(mean.into());
        self
    }

    /// Sets the variance of each column, at least 0, or one variance for all; set [`mean`](Self::mean) too.
    pub fn variance(mut self, variance: impl Into<Vec<f64>>) -> Self {
        self.variance = Some(variance.into());
        self
    }

    /// Sets whether the layer computes the inverse, `y = x max(sqrt(variance), 1e-7) + mean` (default: false).
    pub fn invert(mut self, invert: bool) -> Self {
        self.invert = invert;
        self
    }

    /// Returns the layer with the mean and the biased variance of these data, a matrix with one row for each sample.
    ///
    /// # Errors
    ///
    /// It fails if mean or variance are given, or if the data are empty or contain NaN or infinity.
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

    /// Returns the layer with a variance of 1 for each column that was constant when it was adapted.
    pub(crate) fn only_shifting_constants(mut self) -> Self {
        if let Some([mean, variance]) = &mut self.adapted {
            // the mean of equal values may be rounded
            let is_constant = |(mean, variance): (&f64, f64)| variance.sqrt() <= 1e-13 * mean.abs();
            mean.iter().zip(variance).filter(|(mean, v)| is_constant((mean, **v))).for_each(|(_, variance)| *variance = 1.0);
        }
        self
    }

    /// Returns the weights `mean` and `variance` for this number of columns, or `None` if they are given as arguments.
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

    /// Iterates over mean and variance of each index of the last axis, and starts again after the last index.
    fn moments<'a, T: Scalar>(&'a self, state: &'a [T]) -> impl Iterator<Item = (T, T)> {
        let (mean, variance) = state.split_at(state.len() / 2);
        let given = |values: &'a Option<Vec<f64>>| values.as_deref().unwrap_or_default().iter().map(|&value| T::of(value));
        let mean = mean.iter().copied().chain(given(&self.mean)).cycle();
        mean.zip(variance.iter().copied().chain(given(&self.variance)).cycle())
    }
}

/// Returns `max(sqrt(variance), 1e-7)`.
fn divisor<T: Scalar>(variance: T) -> T {
    let (root, least) = (variance.sqrt(), T::of(EPSILON));
    // A comparison keeps NaN, which `max` would replace.
    if root < least { least } else { root }
}

/// An initializer that writes these numbers.
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

/// Returns mean and biased variance.
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
        // the mean and the divisor of each index
        let plan = Plan::new(input.clone()).batch_scratch(input.last()).workspace(0, 2 * input.last());
        Ok(self.weights(input.last())?.into_iter().flatten().fold(plan, Plan::state))
    }

    fn infer(&self, mut pass: Infer<'_, T>) {
        let (means, divisors) = pass.workspace.split_at_mut(pass.workspace.len() / 2);
        for ((kept_mean, kept_divisor), (mean, variance)) in means.iter_mut().zip(&mut *divisors).zip(self.moments(pass.state)) {
            (*kept_mean, *kept_divisor) = (mean, divisor(variance));
        }
        for (x, y) in pass.inputs[0].vectors().zip(pass.output.vectors()) {
            for (((y, &x), &mean), &divisor) in y.iter_mut().zip(x).zip(&*means).zip(&*divisors) {
                // y = (x - mean) / divisor, or the inverse
                *y = if self.invert { x * divisor + mean } else { (x - mean) / divisor };
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
