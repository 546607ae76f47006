//! Checked data for the training loop; copied samples are stored one per column.

use super::{Batch, Error, Inputs, Result, Shape, TargetList, Targets};
use crate::kernels::{self, Scalar};
use nalgebra::DMatrix;
use std::ops::Range;

/// Copied samples, one after the other.
#[derive(Debug)]
pub(crate) struct Samples<T> {
    pub(crate) shape: Shape,
    pub(crate) values: Vec<T>,
}

/// Borrowed rows of the caller's matrices; they are copied into samples when a batch needs them.
///
/// A sample of a model with several inputs has the columns of all of them, one input after the other.
#[derive(Debug)]
pub(crate) struct Rows<'a, T: Scalar> {
    pub(crate) shape: Shape,
    inputs: Inputs<'a, T>,
    range: Range<usize>,
}

/// Inputs, targets and sample weights with the same number of rows.
#[derive(Debug)]
pub(crate) struct Data<'a, T: Scalar> {
    pub(crate) x: Rows<'a, T>,
    /// The targets of each output, at least one.
    pub(crate) y: Vec<Samples<T>>,
    pub(crate) weight: Option<Vec<T>>,
    /// The names of the inputs and targets in error messages.
    x_name: &'static str,
    y_name: &'static str,
}

impl<T: Scalar> Samples<T> {
    /// Checks the values of a matrix and copies its rows into samples.
    pub(crate) fn from_rows(what: &'static str, matrix: &DMatrix<T>) -> Result<Self> {
        Ok(Rows::new(what, matrix.into())?.to_samples())
    }

    pub(crate) fn from_targets(what: &'static str, targets: Targets<'_, T>) -> Result<Self> {
        let (shape, values) = match targets {
            Targets::Matrix(matrix) => return Self::from_rows(what, matrix),
            Targets::Vector(vector) => (1.into(), vector.as_slice().to_vec()),
            Targets::Classes(classes) => (1.into(), classes.iter().map(|&class| T::of(class as f64)).collect()),
        };
        check_finite(what, &values, values.len())?;
        Ok(Self { shape, values })
    }

    pub(crate) fn count(&self) -> usize {
        self.values.len() / self.shape.width()
    }

    /// Returns all samples as one batch.
    pub(crate) fn all(&self) -> Batch<'_, T> {
        Batch::new(&self.shape, &self.values)
    }

    /// Keeps the first `count` samples and returns the rest.
    fn split_off(&mut self, count: usize) -> Self {
        Self { shape: self.shape.clone(), values: self.values.split_off(count * self.shape.width()) }
    }
}

impl<'a, T: Scalar> Rows<'a, T> {
    /// Checks the values of the matrices and borrows all their rows.
    fn new(what: &'static str, inputs: Inputs<'a, T>) -> Result<Self> {
        inputs.check(what)?;
        Ok(Self { shape: inputs.columns().into(), range: 0..inputs.rows(), inputs })
    }

    pub(crate) fn count(&self) -> usize {
        self.range.len()
    }

    /// Copies consecutive rows, from `first` on, into `samples` until it is full.
    pub(crate) fn write(&self, first: usize, samples: &mut [T]) {
        self.inputs.write(self.range.start + first, samples);
    }

    /// Copies the rows with these indices into `samples`, in this order.
    pub(crate) fn gather(&self, order: &[usize], samples: &mut [T]) {
        self.inputs.gather(self.range.start, order, samples);
    }

    /// Copies the first `count` rows, or all if there are fewer, into samples.
    pub(crate) fn first_samples(&self, count: usize) -> Samples<T> {
        let mut values = vec![T::zero(); count.min(self.count()) * self.shape.width()];
        self.write(0, &mut values);
        Samples { shape: self.shape.clone(), values }
    }

    /// Copies all rows into samples.
    pub(crate) fn to_samples(&self) -> Samples<T> {
        self.first_samples(self.count())
    }

    /// Keeps the first `count` rows and returns the rest.
    fn split_off(&mut self, count: usize) -> Self {
        let start = self.range.start + count;
        let end = std::mem::replace(&mut self.range.end, start);
        Self { shape: self.shape.clone(), inputs: self.inputs.clone(), range: start..end }
    }
}

impl<'a, T: Scalar> Data<'a, T> {
    /// Checks inputs, targets and weights, borrows the inputs, and copies the targets and weights.
    pub(crate) fn new(names: [&'static str; 3], x: Inputs<'a, T>, y: &TargetList<'_, T>, weight: Option<&[T]>) -> Result<Self> {
        let [x_name, y_name, weight_name] = names;
        let rows = y.targets().first().map_or(0, Targets::rows);
        let row_count = |what, found, with, hint| Error::RowCount { what, found, with, expected: rows, hint };
        x.each(|x| {
            let transposed = "; it may be transposed: samples are rows, so try `x.transpose()`";
            let hint = if rows == x.ncols() { transposed } else { "" };
            if rows == x.nrows() { Ok(()) } else { Err(row_count(x_name, x.nrows(), y_name, hint)) }
        })?;
        let x = Rows::new(x_name, x)?;
        let samples = |(number, &targets): (usize, &Targets<'_, T>)| {
            let checked = match targets.rows() {
                found if found != rows => Err(row_count(y_name, found, "the first output", "")),
                _ => Samples::from_targets(y_name, targets),
            };
            if y.targets().len() == 1 { checked } else { checked.map_err(|error| error.within(of_output(number))) }
        };
        let mut of_outputs = Vec::with_capacity(y.targets().len());
        y.targets().iter().enumerate().try_for_each(|output| samples(output).map(|samples| of_outputs.push(samples)))?;
        let y = of_outputs;
        let Some(weight) = weight else { return Ok(Self { x, y, weight: None, x_name, y_name }) };
        if weight.len() != rows {
            return Err(row_count(weight_name, weight.len(), y_name, ""));
        }
        check_finite(weight_name, weight, rows)?;
        if let Some(row) = weight.iter().position(|&weight| weight < T::zero()) {
            return Err(Error::argument(format!("{weight_name}[{row}]"), "weight", weight[row], "a number >= 0"));
        }
        Ok(Self { x, y, weight: Some(weight.to_vec()), x_name, y_name })
    }

    pub(crate) fn count(&self) -> usize {
        self.x.count()
    }

    /// Removes the last `share` of the samples and returns them; as in Keras, `floor(n (1 - share))` samples are kept.
    pub(crate) fn split_off_tail(&mut self, share: f64) -> Result<Self> {
        let kept = (self.count() as f64 * (1.0 - share)).floor() as usize;
        if kept == 0 || kept >= self.count() {
            let advice = format!("a share that leaves at least one of the {} rows on each side", self.count());
            return Err(Error::argument("FitOptions", "validation_split", share, advice));
        }
        let weight = self.weight.as_mut().map(|weight| weight.split_off(kept));
        let (x, y) = (self.x.split_off(kept), self.y.iter_mut().map(|y| y.split_off(kept)).collect());
        Ok(Self { x, y, weight, x_name: self.x_name, y_name: self.y_name })
    }

    /// Returns the columns of the inputs, each with the values of all samples.
    pub(crate) fn columns(&self) -> Vec<&[T]> {
        let mut columns = Vec::with_capacity(self.x.shape.width());
        for matrix in self.x.inputs.matrices() {
            columns.extend(matrix.as_slice().chunks_exact(matrix.nrows()).map(|column| &column[self.x.range.clone()]));
        }
        columns
    }

    /// Returns the name of the inputs, and the row of the first sample in the caller's matrix.
    pub(crate) fn origin(&self) -> (&'static str, usize) {
        (self.x_name, self.x.range.start)
    }

    /// Adds the name of the targets and the row in the caller's data to a [`Error::Target`].
    pub(crate) fn locate(&self, error: Error) -> Error {
        match error {
            Error::Target { part, row, value, expected, .. } => {
                Error::Target { part, what: self.y_name, row: row + self.x.range.start, value, expected }
            }
            other => other,
        }
    }

    /// Multiplies each sample's weight by the weight of its class.
    ///
    /// The class is the index of the largest one-hot target, or the value of a single target.
    ///
    /// # Errors
    ///
    /// A target is not that of a class, or all weights become 0.
    pub(crate) fn weigh_classes(&mut self, classes: &[(usize, f64)]) -> Result<()> {
        if classes.is_empty() {
            return Ok(());
        }
        let [y] = &self.y[..] else {
            let allowed = "`sample_weight`, because only a model with one output has weights of classes";
            return Err(Error::argument("FitOptions", "class_weight", "given", allowed));
        };
        self.check_classes(y)?;
        let count = self.x.count();
        let weight = self.weight.get_or_insert_with(|| vec![T::one(); count]);
        for (target, weight) in y.all().samples().zip(weight) {
            let class = match target {
                [label] => label.to_f64(),
                one_hot => index_of_largest(one_hot) as f64,
            };
            if let Some((_, factor)) = classes.iter().rev().find(|(known, _)| *known as f64 == class) {
                *weight *= T::of(*factor);
            }
        }
        self.check_weights("sample weights times class weights")
    }

    /// Fails at the first target that is not that of a class: a whole number, or shares of the classes that sum to 1.
    fn check_classes(&self, y: &Samples<T>) -> Result<()> {
        let Some((row, value)) = first_unclassed(&kernels::doubles(&y.values), y.shape.width()) else { return Ok(()) };
        let expected = "a class, because there are class weights: a whole number, or one column for each class that sum to 1; for \
                        other targets use `sample_weight`";
        let (part, expected) = ("class_weight".to_string(), expected.to_string());
        Err(self.locate(Error::Target { part, what: self.y_name, row, value, expected }))
    }

    /// Fails if a class weight is that of a class that none of these targets is, and that `outputs` outputs cannot be.
    pub(crate) fn check_class_weights(&self, classes: &[(usize, f64)], outputs: usize) -> Result<()> {
        let known = outputs.max(2);
        let is_in = |y: &Samples<T>, class: usize| match y.shape.width() {
            1 => class < known || y.values.contains(&T::of(class as f64)),
            width => class < width,
        };
        let is_there = |class: usize| self.y.iter().any(|y| is_in(y, class));
        match classes.iter().find(|(class, _)| !is_there(*class)) {
            None => Ok(()),
            Some((class, weight)) => {
                let argument = format!("class_weight of class {class}");
                let allowed = format!("weights for classes that can occur: the model has the classes 0 to {}", known - 1);
                Err(Error::argument("FitOptions", argument, weight, allowed))
            }
        }
    }

    /// Fails if all samples have the weight 0, so that nothing is learnt from them or measured.
    pub(crate) fn check_weights(&self, name: &str) -> Result<()> {
        match &self.weight {
            Some(weight) if weight.iter().all(|weight| *weight == T::zero()) => {
                let allowed = "a weight above 0 for at least one sample, because samples of weight 0 count for nothing";
                Err(Error::argument(name, "weight", "0 for each sample", allowed))
            }
            _ => Ok(()),
        }
    }
}

/// Returns the name of one of several outputs in an error.
fn of_output(number: usize) -> String {
    format!("output {number} (counted from 0)")
}

/// Returns the first row whose target is no class: no whole number, or no shares that sum to 1; with a value of it.
fn first_unclassed(targets: &[f64], width: usize) -> Option<(usize, f64)> {
    let is_share = |t: &f64| (0.0..=1.0).contains(t);
    let is_class = |target: &[f64]| match target {
        [label] => label.fract() == 0.0,
        shares => shares.iter().all(is_share) && (shares.iter().sum::<f64>() - 1.0).abs() < 1e-3,
    };
    let (row, target) = targets.chunks_exact(width.max(1)).enumerate().find(|(_, target)| !is_class(target))?;
    Some((row, *target.iter().find(|t| !is_share(t)).unwrap_or(&target[0])))
}

/// Returns the index of the largest value; among equal values, the first index.
fn index_of_largest<T: Scalar>(values: &[T]) -> usize {
    let by_value = |a: &usize, b: &usize| values[*a].partial_cmp(&values[*b]).unwrap_or(std::cmp::Ordering::Equal).then(b.cmp(a));
    (0..values.len()).max_by(by_value).unwrap_or(0)
}

/// Fails at the first NaN or infinite value of a column-major matrix with this number of rows.
pub(crate) fn check_finite<T: Scalar>(what: &'static str, values: &[T], rows: usize) -> Result<()> {
    if kernels::all_finite(values) {
        return Ok(());
    }
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => Err(Error::NotFinite { what, row: index % rows, column: index / rows, value: values[index].to_f64() }),
    }
}
