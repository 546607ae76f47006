use super::bin::{Bin, output};
use crate::base::{Error, Result, Shape, check_finite};
use crate::kernels::{Scalar, doubles};
use crate::layers::{Backward, Infer, Layer, Plan};
use crate::part::{Arguments, Describe, Value};
use nalgebra::DMatrix;
use std::ops::Range;

/// Encodes each column of numbers by bins: a value fills the bins below it, and its own bin in part.
/// (Gorishniy et al., *On Embeddings for Numerical Features in Tabular Deep Learning*, 2022)
///
/// For the boundaries `b0 < b1 < .. < bm` of a column, the output has `m` values:
/// `e_j = clamp((x - b_j) / (b_j+1 - b_j), 0, 1)`. The first is not clamped below, and the last is not clamped above, so
/// that values outside of the boundaries keep their order. A layer after it then learns a line for each bin where it would
/// learn one line for a plain number. The outputs of the columns follow one another.
///
/// The boundaries are given, or computed from data by [`adapt`](Self::adapt). Training does not change them.
///
/// Keras has no such layer: the file of a model has operations of Keras that compute the same.
///
/// # Errors
///
/// Building the model fails if there are no boundaries, if those of a column are not in ascending order, or if their number
/// is not that of the columns.
///
/// ```
/// use layercake::layers::PiecewiseLinear;
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(PiecewiseLinear::default().bin_boundaries([[0.0, 10.0, 30.0]]));
/// model.build(1)?;
/// assert_eq!(model.predict(&dmatrix![-5.0; 5.0; 20.0; 40.0])?, dmatrix![-0.5, 0.0; 0.5, 0.0; 1.0, 0.5; 1.0, 1.5]);
///
/// let x = DMatrix::from_fn(100, 2, |row, column| (row * (column + 1)) as f64);
/// let adapted = PiecewiseLinear::default().num_bins(4).adapt(&x)?;
/// assert_eq!(adapted.boundaries(1), Some(&[0.0, 49.5, 99.0, 148.5, 198.0][..]));
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PiecewiseLinear {
    num_bins: usize,
    /// The boundaries of each column, or one list for all columns.
    bin_boundaries: Option<Vec<Vec<f64>>>,
}

impl Default for PiecewiseLinear {
    fn default() -> Self {
        Self { num_bins: 16, bin_boundaries: None }
    }
}

impl PiecewiseLinear {
    /// Sets the largest number of bins that [`adapt`](Self::adapt) makes for a column, at least 1 (default 16).
    pub fn num_bins(mut self, num_bins: usize) -> Self {
        self.num_bins = num_bins;
        self
    }

    /// Sets the boundaries of each column, or one list for all columns, in ascending order.
    ///
    /// A column with less than two boundaries has no outputs.
    pub fn bin_boundaries<B: Into<Vec<f64>>>(mut self, boundaries: impl IntoIterator<Item = B>) -> Self {
        self.bin_boundaries = Some(boundaries.into_iter().map(Into::into).collect());
        self
    }

    /// Returns the boundaries of a column, or `None` if the layer has none for it.
    pub fn boundaries(&self, column: usize) -> Option<&[f64]> {
        match self.bin_boundaries.as_deref()? {
            [all] => Some(all),
            each => each.get(column).map(Vec::as_slice),
        }
    }

    /// Returns the layer with boundaries at the quantiles of each column: `num_bins + 1` equally spaced shares from the
    /// smallest value to the largest, with linear interpolation.
    ///
    /// Equal quantiles count once, so a column with few different values has fewer bins, and a column with a single value has
    /// none. The boundaries are rounded to single precision.
    ///
    /// # Errors
    ///
    /// It fails if boundaries are given, if `num_bins` is 0, if no column has two different values, or if the data are empty
    /// or contain NaN or infinity.
    pub fn adapt<T: Scalar>(mut self, data: &DMatrix<T>) -> Result<Self> {
        crate::part::Part::check_arguments(&self)?;
        if self.bin_boundaries.is_some() {
            return Err(Error::argument("PiecewiseLinear", "bin_boundaries", "given", "either boundaries or `adapt`"));
        }
        if data.is_empty() {
            return Err(Error::Empty { what: "data" });
        }
        check_finite("data", data.as_slice(), data.nrows())?;
        let quantiles = data.as_slice().chunks_exact(data.nrows()).map(|column| quantiles(doubles(column), self.num_bins));
        let boundaries: Vec<Vec<f64>> = quantiles.collect();
        if boundaries.iter().all(|column| column.len() < 2) {
            let allowed = "data with at least one column that has two different values";
            return Err(Error::argument("PiecewiseLinear", "data", "constant columns", allowed));
        }
        self.bin_boundaries = Some(boundaries);
        Ok(self)
    }

    /// Returns the bins of all columns, each with the number of its column, for this number of columns.
    pub(crate) fn bins(&self, columns: usize) -> Result<Vec<(usize, Bin)>> {
        let refused = |found: String, allowed: &str| Err(Error::argument("PiecewiseLinear", "bin_boundaries", found, allowed));
        let mut bins = Vec::new();
        match self.bin_boundaries.as_deref() {
            None => return refused("None".into(), "lists of numbers, given or from `adapt`"),
            Some([_]) => {}
            Some(lists) if lists.len() == columns => {}
            Some(lists) => return refused(format!("{} lists", lists.len()), &format!("{columns}, one for each column")),
        }
        for column in 0..columns {
            let boundaries = self.boundaries(column).unwrap_or_default();
            if !Bin::between(boundaries).all(|bin| bin.has_width()) {
                return refused(format!("{boundaries:?}"), "numbers in ascending order");
            }
            bins.extend(Bin::between(boundaries).map(|bin| (column, bin)));
        }
        if bins.is_empty() { refused("no bin".into(), "at least two boundaries for one of the columns") } else { Ok(bins) }
    }
}

/// Returns the different quantiles of a column at equally spaced shares, rounded to single precision.
fn quantiles(mut values: Vec<f64>, bins: usize) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let quantile = |number: usize| {
        let position = (values.len() - 1) as f64 * number as f64 / bins as f64;
        let (below, share) = (position as usize, position.fract());
        let above = values.get(below + 1).copied().unwrap_or(values[below]);
        f64::from((values[below] + share * (above - values[below])) as f32)
    };
    let mut quantiles: Vec<f64> = (0..=bins).map(quantile).collect();
    quantiles.dedup();
    quantiles
}

/// Visits the boundaries: a list for each column, or one list for all.
fn boundaries(arguments: &mut Arguments<'_>, value: &mut Option<Vec<Vec<f64>>>) {
    let list = |column: &Vec<f64>| Value::List(column.iter().copied().map(Value::Float).collect());
    let write = |columns: &Option<Vec<Vec<f64>>>| match columns {
        Some(columns) => Value::List(columns.iter().map(list).collect()),
        None => Value::Null,
    };
    let check = |columns: &Option<Vec<Vec<f64>>>| match columns.iter().flatten().flatten().find(|number| !number.is_finite()) {
        Some(number) => Err(Error::argument("PiecewiseLinear", "bin_boundaries", number, "finite numbers")),
        None => Ok(()),
    };
    arguments.visit_parts("bin_boundaries", value, check, write, |part, value, _| {
        let refused = || Error::argument(part, "bin_boundaries", value, "a list of numbers for each column, or None");
        let number = |value: &Value| match value {
            Value::Float(number) => Ok(*number),
            Value::Int(number) => Ok(*number as f64),
            _ => Err(refused()),
        };
        let numbers = |list: &[Value]| list.iter().map(number).collect::<Result<Vec<f64>>>();
        match value {
            Value::Null => Ok(None),
            Value::List(columns) if columns.iter().all(|column| matches!(column, Value::List(_))) => {
                let columns = columns.iter().filter_map(|column| if let Value::List(list) = column { Some(list) } else { None });
                columns.map(|list| numbers(list)).collect::<Result<_>>().map(Some)
            }
            Value::List(all) => numbers(all).map(|all| Some(vec![all])),
            _ => Err(refused()),
        }
    });
}

impl Describe for PiecewiseLinear {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.count("num_bins", &mut self.num_bins, 1..);
        boundaries(arguments, &mut self.bin_boundaries);
    }
}

impl<T: Scalar> Layer<T> for PiecewiseLinear {
    crate::part::compiled!(Layer<T> for PiecewiseLinear);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let &[columns] = inputs[0].dims() else {
            let (found, expected) = (inputs[0].clone(), "it takes samples with one axis, the columns".to_string());
            return Err(Error::LayerInput { layer: String::new(), found, expected });
        };
        let bins = Bins::<T>::new(&self.bins(columns)?)?;
        Ok(Plan::new(bins.lows.len()).runs(bins))
    }

    fn infer(&self, pass: Infer<'_, T>) {
        if let Ok(bins) = self.bins(pass.inputs[0].width()).and_then(|bins| Bins::<T>::new(&bins)) {
            bins.infer(pass);
        }
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        if let Ok(bins) = self.bins(pass.inputs[0].width()).and_then(|bins| Bins::<T>::new(&bins)) {
            bins.backward(pass);
        }
    }
}

/// The bins of all columns in the number type of a model, which run instead of the layer.
#[derive(Debug, Clone)]
struct Bins<T> {
    /// The columns that have bins, each with the range of its bins.
    columns: Vec<(usize, Range<usize>)>,
    lows: Vec<T>,
    factors: Vec<T>,
    /// The least and the largest output of each bin.
    least: Vec<T>,
    most: Vec<T>,
}

impl<T: Scalar> Bins<T> {
    /// Fails if two boundaries are so close that the number type cannot tell them apart.
    fn new(bins: &[(usize, Bin)]) -> Result<Self> {
        let rounded = |f: fn(&Bin) -> f64| bins.iter().map(|(_, bin)| T::of(f(bin))).collect::<Vec<T>>();
        let (lows, factors) = (rounded(|bin| bin.low), rounded(|bin| bin.factor));
        if let Some(((_, bin), _)) = bins.iter().zip(&factors).find(|(_, factor)| !factor.is_finite()) {
            let allowed = format!("boundaries with a distance that is not near 0 in {}", T::DTYPE);
            return Err(Error::argument("PiecewiseLinear", "bin_boundaries", bin.low, allowed));
        }
        let mut columns: Vec<(usize, Range<usize>)> = Vec::new();
        for (number, &(column, _)) in bins.iter().enumerate() {
            match columns.last_mut().filter(|(last, _)| *last == column) {
                Some((_, range)) => range.end = number + 1,
                None => columns.push((column, number..number + 1)),
            }
        }
        Ok(Self { columns, lows, factors, least: rounded(Bin::least), most: rounded(Bin::most) })
    }

    /// Calls `each` with the column, the range of its bins, and the low ends, factors, least and largest outputs of the bins.
    fn each_column(&self, mut each: impl FnMut(usize, Range<usize>, [&[T]; 4])) {
        for (column, range) in &self.columns {
            let of_column = [&self.lows, &self.factors, &self.least, &self.most].map(|values| &values[range.clone()]);
            each(*column, range.clone(), of_column);
        }
    }
}

impl<T: Scalar> Describe for Bins<T> {
    fn class_name(&self) -> &'static str {
        "PiecewiseLinear"
    }
}

impl<T: Scalar> Layer<T> for Bins<T> {
    crate::part::compiled!(Layer<T> for Bins<T>);

    fn plan(&self, _inputs: &[Shape]) -> Result<Plan<T>> {
        Ok(Plan::new(self.lows.len()))
    }

    fn infer(&self, mut pass: Infer<'_, T>) {
        for (x, y) in pass.inputs[0].samples().zip(pass.output.samples()) {
            self.each_column(|column, range, [lows, factors, least, most]| {
                let x = x[column];
                let bins = lows.iter().zip(factors).zip(least.iter().zip(most));
                for (y, ((&low, &factor), (&least, &most))) in y[range].iter_mut().zip(bins) {
                    *y = output(x, low, factor, least, most);
                }
            });
        }
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        let (x, dy) = (pass.inputs[0], pass.output_gradient);
        pass.input_gradients.write(0, |mut dx| {
            dx.values().fill(T::zero());
            for ((x, dy), dx) in x.samples().zip(dy.samples()).zip(dx.samples()) {
                self.each_column(|column, range, [lows, factors, least, most]| {
                    let x = x[column];
                    let bins = lows.iter().zip(factors).zip(least.iter().zip(most)).zip(&dy[range]);
                    for (((&low, &factor), (&least, &most)), &dy) in bins {
                        let z = (x - low) * factor;
                        // At a boundary the gradient is that of the bin above it.
                        if z >= least && z < most {
                            dx[column] += dy * factor;
                        }
                    }
                });
            }
        });
    }
}
