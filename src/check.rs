//! Checks gradients numerically, in double precision, for the crate's parts and for your own.
//!
//! Each function compares the gradient `a` that a part computes with the numeric gradient `n` from central differences,
//! `(f(v + h) - f(v - h)) / 2 h`, and returns the relative error `|a - n| / (|a| + |n|)` of the two vectors. The error is
//! about 1e-10 where the gradient is right, and rarely below 1e-4 where it is wrong. Choose values that are not close to a
//! kink, such as that of `Relu` at 0, because there is no derivative to compare with.

use crate::activations::{self, Activation, Sees};
use crate::base::{Batch, BatchMut, Inputs, Result, Rng, Samples, Targets};
use crate::kernels::Scalar;
use crate::layers::IntoLayer;
use crate::losses::{self, Loss};
use crate::model::{Model, Sequential};
use crate::network::{Buffers, LeftOut, Pass as NetworkPass, Reach, Traces};
use crate::regularizers::Regularizer;
use nalgebra::DMatrix;

/// Checks [`Activation::backprop`] at these pre-activations, with one row for each sample.
///
/// # Errors
///
/// Fails if the pre-activations are empty, not finite, or of a shape that the activation cannot take.
///
/// ```
/// use layercake::prelude::*;
///
/// let error = layercake::check::activation(&Tanh, &dmatrix![-1.0, 0.5; 2.0, 0.1])?;
/// assert!(error < 1e-6);
/// # Ok::<(), layercake::Error>(())
/// ```
pub fn activation(activation: &dyn Activation<f64>, pre_activation: &DMatrix<f64>) -> Result<f64> {
    let Samples { shape, values: pre_activation } = Samples::from_rows("pre_activation", pre_activation)?;
    activation.check_arguments()?;
    let output = activations::output(activation, &shape)?;
    let upstream = upstream(pre_activation.len() / shape.width() * output.width());
    let applied = |pre_activation: &[f64]| {
        let mut values = pre_activation.to_vec();
        activation.apply(BatchMut::new(&shape, &mut values));
        values.truncate(upstream.len());
        values
    };
    let (input_shape, input) = match activation.sees() {
        Sees::Input => (&shape, pre_activation.clone()),
        Sees::Output => (&output, applied(&pre_activation)),
    };
    let mut gradient = upstream.clone();
    gradient.resize(pre_activation.len(), 0.0);
    activation.backprop(Batch::new(input_shape, &input), BatchMut::new(&shape, &mut gradient));
    Ok(relative_error(&gradient, &pre_activation, |values| dot(&applied(values), &upstream)))
}

/// Checks the gradient of [`Loss::score`] at these predictions.
///
/// # Errors
///
/// Fails if the loss refuses the targets, or if the predictions are empty or not finite.
///
/// ```
/// use layercake::prelude::*;
///
/// let error = layercake::check::loss(&BinaryCrossentropy::default(), &dmatrix![1.0; 0.0], &dmatrix![0.8; 0.3])?;
/// assert!(error < 1e-6);
/// # Ok::<(), layercake::Error>(())
/// ```
pub fn loss<'a>(loss: &dyn Loss<f64>, targets: impl Into<Targets<'a, f64>>, predictions: &DMatrix<f64>) -> Result<f64> {
    let targets = targets.into();
    let (_, gradient) = losses::value_and_gradient(loss, targets, predictions, None)?;
    let (rows, columns) = predictions.shape();
    let value = |values: &[f64]| {
        let predictions = DMatrix::from_column_slice(rows, columns, values);
        losses::value_and_gradient(loss, targets, &predictions, None).map_or(f64::NAN, |(value, _)| value)
    };
    Ok(relative_error(gradient.as_slice(), predictions.as_slice(), value))
}

/// Checks [`Regularizer::add_gradient`] at this weight.
///
/// # Errors
///
/// Fails if an argument of the regularizer is outside its range, or if it cannot take a weight of this shape.
///
/// ```
/// use layercake::prelude::*;
///
/// let error = layercake::check::regularizer(&L1L2::new(0.1, 0.2), &dmatrix![0.5, -1.0; 2.0, 0.3])?;
/// assert!(error < 1e-6);
/// # Ok::<(), layercake::Error>(())
/// ```
pub fn regularizer(regularizer: &dyn Regularizer<f64>, weight: &DMatrix<f64>) -> Result<f64> {
    regularizer.check_arguments()?;
    let shape = [weight.nrows(), weight.ncols()];
    regularizer.check(&shape)?;
    let values = weight.transpose().as_slice().to_vec();
    let mut gradient = vec![0.0; values.len()];
    regularizer.add_gradient(&values, &shape, &mut gradient);
    Ok(relative_error(&gradient, &values, |values| regularizer.penalty(values, &shape)))
}

/// Checks the gradients of a layer's weights and of its input, with its activation and regularizers.
///
/// The layer gets random weights. It is checked twice, in training mode and in inference mode, with the same random numbers
/// each time. The function returns the larger of the two errors. The input of a layer that takes class numbers has no gradient;
/// for such a layer, only the gradients of the weights are checked.
///
/// # Errors
///
/// Fails if the layer cannot take samples of this width, or if the data are empty or not finite.
///
/// ```
/// use layercake::prelude::*;
///
/// let error = layercake::check::layer(Dense::new(3).activation(Tanh), &dmatrix![0.1, -0.4; 0.7, 0.2])?;
/// assert!(error < 1e-6);
/// # Ok::<(), layercake::Error>(())
/// ```
pub fn layer<Marker>(layer: impl IntoLayer<f64, Marker>, x: &DMatrix<f64>) -> Result<f64> {
    let mut model = Sequential::with_seed(1);
    model.add(layer);
    model.build(x.ncols())?;
    self::model(&model, x)
}

/// Checks the gradients of a built model's weights and of its inputs, as [`layer`] does for one layer.
///
/// The weights are random numbers for the check. The state of the layers, for example a running mean, keeps its values. The
/// model itself does not change. The data of a model with several inputs are a tuple, as for `fit`.
///
/// # Errors
///
/// Fails if the model is not built, or if the data have another width, are empty or are not finite.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::with_seed(1);
/// model.add(Dense::new(3));
/// model.add(BatchNormalization::default());
/// model.build(2)?;
/// assert!(layercake::check::model(&model, &dmatrix![0.1, -0.4; 0.7, 0.2; 0.5, 0.3])? < 1e-6);
/// # Ok::<(), layercake::Error>(())
/// ```
pub fn model<'a>(model: &Model<f64>, x: impl Into<Inputs<'a, f64>>) -> Result<f64> {
    let network = model.built("check")?;
    let x = x.into();
    model.check_shape("x", &x)?;
    x.check("x")?;
    let x = &DMatrix::from_vec(x.rows(), x.columns(), flat(x.matrices().iter().copied()));
    let mut rng = Rng::new(2);
    let mut weights = model.get_weights();
    for (weight, _) in weights.iter_mut().zip(network.tensors()).filter(|(_, tensor)| !tensor.is_state) {
        weight.apply(|value| *value = 2.0 * rng.uniform() - 1.0);
    }
    let is_state: Vec<bool> = network.tensors().iter().map(|tensor| tensor.is_state).collect();
    // numbers of classes have no gradient
    let varies_x = !network.checks_data();
    let width = network.output_width();
    let upstream = DMatrix::from_vec(x.nrows(), width, upstream(x.nrows() * width));
    let error = |training: bool| -> Result<f64> {
        let pass = layer_pass(model, &weights, x, &upstream, training)?;
        let params = weights.iter().zip(&is_state).filter(|(_, is_state)| !**is_state).map(|(weight, _)| weight);
        let at = flat(varies_x.then_some(x).into_iter().chain(params));
        let analytic = flat(varies_x.then_some(&pass.input_gradient).into_iter().chain(&pass.gradient));
        let value = |values: &[f64]| {
            let mut rest = values;
            let mut next = |like: &DMatrix<f64>| {
                let (these, others) = rest.split_at(like.len());
                rest = others;
                DMatrix::from_column_slice(like.nrows(), like.ncols(), these)
            };
            let x = if varies_x { next(x) } else { x.clone() };
            let varied =
                weights.iter().zip(&is_state).map(|(weight, is_state)| if *is_state { weight.clone() } else { next(weight) });
            let pass = layer_pass(model, &varied.collect::<Vec<_>>(), &x, &upstream, training);
            pass.map_or(f64::NAN, |pass| pass.outputs.dot(&upstream) + pass.penalty)
        };
        Ok(relative_error(&analytic, &at, value))
    };
    let (training, inference) = (error(true)?, error(false)?);
    // `f64::max` would hide a NaN
    Ok(if inference > training || inference.is_nan() { inference } else { training })
}

fn flat<'a>(matrices: impl Iterator<Item = &'a DMatrix<f64>>) -> Vec<f64> {
    matrices.flat_map(|matrix| matrix.iter().copied()).collect()
}

/// The results of one forward and backward pass through a model.
#[derive(Debug, Clone)]
pub struct Pass<T> {
    /// The outputs, one row for each sample.
    pub outputs: DMatrix<T>,
    /// The gradient of the inputs, one row for each sample.
    pub input_gradient: DMatrix<T>,
    /// The gradient of each parameter, in the order and the shapes of `get_weights`, without the state.
    pub gradient: Vec<DMatrix<T>>,
    /// The state of the layers after the pass, for example a running mean.
    pub state: Vec<DMatrix<T>>,
    /// The penalty that the regularizers add to the loss.
    pub penalty: T,
}

/// Runs one forward and one backward pass through a copy of a built model with these weights.
///
/// `upstream` is the gradient of the outputs, so that the gradients are those of `sum(outputs * upstream) + penalty`.
/// `training` chooses between training mode and inference mode.
///
/// # Errors
///
/// Fails if the model is not built, or if weights, data or `upstream` have other shapes or are not finite.
pub fn layer_pass<T: Scalar>(
    model: &Model<T>,
    weights: &[DMatrix<T>],
    x: &DMatrix<T>,
    upstream: &DMatrix<T>,
    training: bool,
) -> Result<Pass<T>> {
    let mut model = model.clone();
    model.set_weights(weights)?;
    if model.graph.inputs().len() < 2 {
        model.check_shape("x", &x.into())?;
    }
    let x = Samples::from_rows("x", x)?;
    let upstream = Samples::from_rows("upstream", upstream)?;
    let count = x.count();
    let mut network = model.built("layer_pass")?.clone();
    let width = network.output_width();
    if (upstream.count(), upstream.shape.width()) != (count, width) {
        let (what, expected) = ("upstream".to_string(), format!("{count} x {width}"));
        let found = format!("{} x {}", upstream.count(), upstream.shape.width());
        return Err(crate::base::Error::Weights { what, expected, found });
    }
    for (column, values) in to_rows(x.all()).column_iter().enumerate() {
        network.check_column("x", column, values.as_slice(), 0)?;
    }
    let mut traces = Traces::new(&network, count, false);
    let batch = x.all();
    let pass = NetworkPass { left_out: LeftOut::NONE, training, progress: 0.0, probed: false };
    let activity = network.forward(batch, pass, &mut traces, &mut Rng::new(3));
    let mut buffers = Buffers::new(&network, count);
    let mut first = 0;
    for output in 0..network.output_count() {
        let columns = network.shape_of_output(output).width();
        let gradient = buffers.output_gradient(&network, output, count * columns);
        for (gradient, upstream) in gradient.chunks_exact_mut(columns).zip(upstream.all().samples()) {
            gradient.copy_from_slice(&upstream[first..first + columns]);
        }
        first += columns;
    }
    let mut gradient = vec![T::zero(); network.params().len()];
    let input_gradient = network.backward(batch, (pass, Reach::Data), &mut traces, &mut buffers, &mut gradient, None);
    let input_gradient = to_rows(input_gradient);
    network.add_penalty_gradient(&mut gradient);
    let outputs =
        (0..network.output_count()).map(|output| to_rows(network.traced_output(output, (count, LeftOut::NONE), &traces)));
    let tensors = |is_state| network.tensors().iter().filter(move |tensor| tensor.is_state == is_state);
    Ok(Pass {
        outputs: DMatrix::from_vec(count, width, outputs.flat_map(|output| output.as_slice().to_vec()).collect()),
        input_gradient,
        gradient: tensors(false).map(|tensor| tensor.to_matrix(&gradient[tensor.range.clone()])).collect(),
        state: tensors(true).map(|tensor| tensor.to_matrix(network.values(tensor))).collect(),
        penalty: network.penalty() + activity,
    })
}

fn to_rows<T: Scalar>(samples: Batch<'_, T>) -> DMatrix<T> {
    DMatrix::from_row_slice(samples.count(), samples.width(), samples.values())
}

/// A gradient of the outputs without any symmetry that could hide an error.
fn upstream(count: usize) -> Vec<f64> {
    (0..count).map(|i| (1.7 * i as f64 + 0.3).sin()).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The relative error of a gradient of `f`, compared with central differences at a point.
fn relative_error(analytic: &[f64], at: &[f64], f: impl Fn(&[f64]) -> f64) -> f64 {
    let mut varied = at.to_vec();
    let numeric: Vec<f64> = (0..analytic.len().min(at.len()))
        .map(|i| {
            // with the cube root of the machine precision the rounding error is about as large as the formula's error
            let step = f64::EPSILON.cbrt() * at[i].abs().max(1.0);
            varied[i] = at[i] + step;
            let above = f(&varied);
            varied[i] = at[i] - step;
            let below = f(&varied);
            varied[i] = at[i];
            (above - below) / (2.0 * step)
        })
        .collect();
    let norm = |values: &[f64]| dot(values, values).sqrt();
    let difference: Vec<f64> = analytic.iter().zip(&numeric).map(|(a, n)| a - n).collect();
    let size = norm(analytic) + norm(&numeric);
    if size == 0.0 { 0.0 } else { norm(&difference) / size }
}

/// The matrix products of a dense layer, for the benchmarks of this crate.
#[doc(hidden)]
pub mod products {
    use crate::kernels::{self, Scalar, Sizes};

    /// `y = x W + b`.
    pub fn forward<T: Scalar>(y: &mut [T], [kernel, bias]: [&[T]; 2], x: &[T], [count, inputs, units]: [usize; 3]) {
        kernels::forward(y, kernel, bias, x, Sizes { units, inputs, count });
    }

    /// `dW = x^T dy`.
    pub fn weight_gradient<T: Scalar>(gradient: &mut [T], dy: &[T], x: &[T], [count, inputs, units]: [usize; 3]) {
        kernels::weight_gradient(gradient, dy, x, Sizes { units, inputs, count });
    }

    /// `dx = dy W^T`.
    pub fn input_gradient<T: Scalar>(dx: &mut [T], kernel: &[T], dy: &[T], [count, inputs, units]: [usize; 3]) {
        kernels::input_gradient(dx, kernel, dy, Sizes { units, inputs, count });
    }
}
