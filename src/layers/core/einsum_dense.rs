use super::einsum::{Equation, Product, indices};
use crate::activations::{Activation, Linear};
use crate::base::{Batch, BatchMut, Error, Result, Shape};
use crate::initializers::{GlorotUniform, Initializer, Zeros};
use crate::kernels::{self, Scalar};
use crate::layers::{Backward, Infer, Layer, Param, Plan, WeightOptions, weight_arguments, weight_setters};
use crate::part::{Arguments, Choice, Describe, IntoPart, Kind, Value};
use crate::regularizers::Regularizer;

/// A fully connected layer along chosen axes: `y = activation(einsum(equation, x, W) + b)`.
/// [Keras](https://keras.io/api/layers/core_layers/einsum_dense/)
///
/// An equation has a letter for each axis: `abc,bcd->abd` is `y[a, b, d] = sum over c of x[a, b, c] W[b, c, d]`, which is a
/// dense layer of its own for each `b`. The first letter of the input and of the output is that of the samples. A letter of
/// the kernel that the output does not have is summed over; `ac,bc->abc` sums nothing and multiplies each sample by `b` rows
/// of weights.
///
/// The weights are `kernel`, with the letters of the kernel, and `bias`, with those of `bias_axes` (default: no bias).
///
/// # Errors
///
/// Building the model fails if the equation does not fit the samples or the `output_shape`, or if a letter is in one of its
/// three parts only. Keras' `...` is not supported: write the letters.
///
/// ```
/// use layercake::layers::EinsumDense;
/// use layercake::prelude::*;
///
/// let mut model = Sequential::<f64>::new();
/// model.add(EinsumDense::new("abc,bcd->abd", [None, Some(4)]).bias_axes("bd"));
/// model.build([2, 3])?;
/// assert_eq!(model.predict(&dmatrix![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?.shape(), (1, 2 * 4));
/// assert_eq!(model.count_params(), 2 * 3 * 4 + 2 * 4);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct EinsumDense<T: Scalar> {
    equation: String,
    output_shape: Vec<Option<usize>>,
    bias_axes: Option<String>,
    pub(super) activation: Choice<dyn Activation<T>>,
    pub(super) kernel: WeightOptions<T>,
    pub(super) bias: WeightOptions<T>,
    activity_regularizer: Option<Choice<dyn Regularizer<T>>>,
}

impl<T: Scalar> EinsumDense<T> {
    /// Creates a layer with this equation and this shape of an output; `None` is an extent that the input has as well.
    pub fn new(equation: impl Into<String>, output_shape: impl Into<Vec<Option<usize>>>) -> Self {
        Self {
            equation: equation.into(),
            output_shape: output_shape.into(),
            bias_axes: None,
            activation: Linear.into_part(),
            kernel: WeightOptions::new(GlorotUniform),
            bias: WeightOptions::new(Zeros),
            activity_regularizer: None,
        }
    }

    /// Sets the letters of the output along which the bias differs (default: there is no bias).
    pub fn bias_axes(mut self, letters: impl Into<String>) -> Self {
        self.bias_axes = Some(letters.into());
        self
    }

    /// Sets the activation, by value or by name (default: `Linear`, the identity).
    pub fn activation<Marker>(mut self, activation: impl IntoPart<dyn Activation<T>, Marker>) -> Self {
        self.activation = activation.into_part();
        self
    }

    weight_setters!(
        kernel: "kernel", "GlorotUniform", kernel_initializer, kernel_regularizer, kernel_constraint,
        kernel_learning_rate_factor, kernel_weight_decay_factor
    );
    weight_setters!(
        bias: "bias", "Zeros", bias_initializer, bias_regularizer, bias_constraint, bias_learning_rate_factor,
        bias_weight_decay_factor
    );

    /// Sets the penalty on the outputs of the activation, divided by the number of samples and added to the loss (default:
    /// none).
    pub fn activity_regularizer<Marker>(mut self, regularizer: impl IntoPart<dyn Regularizer<T>, Marker>) -> Self {
        self.activity_regularizer = Some(regularizer.into_part());
        self
    }

    fn einsum(&self, input: &Shape) -> Result<Einsum> {
        resolve(&self.equation, &self.output_shape, self.bias_axes.as_deref(), input)
    }
}

/// Returns the equation, and the extent of each of its letters for samples of this shape.
fn extents(text: &str, output_shape: &[Option<usize>], input: &Shape) -> Result<(Equation, Vec<(char, usize)>)> {
    let equation = Equation::parse(text).map_err(|allowed| refused("equation", text, allowed))?;
    let (letters, found) = (equation.input.len(), input.dims().len());
    if found != letters {
        let (found, expected) = (input.clone(), format!("`{text}` takes samples with {letters} axes"));
        return Err(Error::LayerInput { layer: String::new(), found, expected });
    }
    if output_shape.len() != equation.output.len() {
        let allowed = format!("{} extents, one for each letter of the output but the first", equation.output.len());
        return Err(refused("output_shape", format!("{} extents", output_shape.len()), allowed));
    }
    let mut extents: Vec<(char, usize)> = equation.input.iter().copied().zip(input.dims().iter().copied()).collect();
    for (&letter, &given) in equation.output.iter().zip(output_shape) {
        match (given, extent_of(&extents, letter)) {
            (Some(given), Some(input)) if given != input => {
                return Err(refused("output_shape", given, format!("{input} for `{letter}`, as in the input")));
            }
            (None, None) => return Err(refused("output_shape", "None", format!("the extent of `{letter}`"))),
            (Some(given), None) => extents.push((letter, given)),
            (_, Some(_)) => {}
        }
    }
    Ok((equation, extents))
}

fn extent_of(extents: &[(char, usize)], letter: char) -> Option<usize> {
    extents.iter().find(|(known, _)| *known == letter).map(|(_, extent)| *extent)
}

/// Resolves the equation for samples of this shape.
fn resolve(equation: &str, output_shape: &[Option<usize>], bias_axes: Option<&str>, input: &Shape) -> Result<Einsum> {
    let (equation, extents) = extents(equation, output_shape, input)?;
    let extent = |letter: char| extent_of(&extents, letter).unwrap_or(1);
    let bias: Vec<char> = bias_axes.iter().flat_map(|letters| letters.chars()).collect();
    let positions: Option<Vec<usize>> = bias.iter().map(|letter| equation.output.iter().position(|own| own == letter)).collect();
    let Some(positions) = positions.filter(|positions| positions.is_sorted_by(|a, b| a < b)) else {
        let allowed = "letters of the output, in its order, without that of the samples";
        return Err(refused("bias_axes", bias_axes.unwrap_or_default(), allowed));
    };
    // as in Keras, the axes after the first that have no bias of their own have extent 1
    let biased = &equation.output[positions.first().copied().unwrap_or(equation.output.len())..];
    let of_bias = |&letter: &char| if bias.contains(&letter) { extent(letter) } else { 1 };
    let has_bias = bias_axes.is_some();
    let bias_indices = if has_bias { indices(&equation.output, &bias, &extent) } else { Vec::new() };
    Ok(Einsum {
        product: Product::new(&equation, &extent),
        kernel: equation.kernel.iter().map(|&letter| extent(letter)).collect(),
        bias: has_bias.then(|| biased.iter().map(of_bias).collect()),
        is_biased_alike: bias_indices.iter().enumerate().all(|(output, &bias)| output == bias),
        bias_indices,
        fans: equation.axes(),
        output: equation.output.iter().map(|&letter| extent(letter)).collect(),
    })
}

fn refused(argument: &str, value: impl ToString, allowed: impl Into<String>) -> Error {
    Error::argument("EinsumDense", argument, value, allowed)
}

/// Visits an output shape: a list of extents, of which some are `None`.
fn output_shape(arguments: &mut Arguments<'_>, value: &mut Vec<Option<usize>>) {
    let check = |shape: &Vec<Option<usize>>| match shape.contains(&Some(0)) {
        true => Err(Error::argument("EinsumDense", "output_shape", 0, "whole numbers >= 1 or None")),
        false => Ok(()),
    };
    let number = |extent: &Option<usize>| extent.map_or(Value::Null, |extent| Value::Int(extent as i64));
    let write = |shape: &Vec<Option<usize>>| Value::List(shape.iter().map(number).collect());
    arguments.visit_parts("output_shape", value, check, write, |part, value, _| {
        let refused = || Error::argument(part, "output_shape", value, "a list of whole numbers >= 1 or None");
        let extent = |value: &Value| match value {
            Value::Null => Ok(None),
            Value::Int(extent) => usize::try_from(*extent).map(Some).map_err(|_| refused()),
            _ => Err(refused()),
        };
        match value {
            Value::List(extents) => extents.iter().map(extent).collect(),
            one => extent(one).map(|extent| vec![extent]),
        }
    });
}

impl<T: Scalar> Describe for EinsumDense<T> {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.text("equation", &mut self.equation);
        let problem = Equation::parse(&self.equation).err();
        arguments.require(problem.is_none(), "equation", &self.equation, problem.unwrap_or_default());
        output_shape(arguments, &mut self.output_shape);
        arguments.part("activation", &mut self.activation);
        arguments.optional_text("bias_axes", &mut self.bias_axes);
        arguments.optional_part("activity_regularizer", &mut self.activity_regularizer);
        weight_arguments!(arguments, self.kernel, "kernel");
        weight_arguments!(arguments, self.bias, "bias");
    }
}

/// Returns the options with an initializer that counts inputs and outputs along these axes, unless it has axes of its own.
fn with_fans<T: Scalar>(options: &WeightOptions<T>, fans: &[Vec<usize>; 2]) -> Result<WeightOptions<T>> {
    let mut spec = options.initializer.get()?.spec();
    let mut counts = 0;
    for (argument, value) in &mut spec.config {
        let axes = if argument == "input_axes" { &fans[0] } else { &fans[1] };
        if ["input_axes", "output_axes"].contains(&argument.as_str()) && *value == Value::Null {
            *value = Value::List(axes.iter().map(|&axis| Value::Int(axis as i64)).collect());
            counts += 1;
        }
    }
    match <dyn Initializer>::find(&<dyn Initializer>::built_in(), &spec) {
        Ok(initializer) if counts == 2 => Ok(options.clone().initializer(initializer)),
        _ => Ok(options.clone()),
    }
}

impl<T: Scalar> Layer<T> for EinsumDense<T> {
    crate::part::compiled!(Layer<T> for EinsumDense<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let einsum = self.einsum(&inputs[0])?;
        let (per_sample, fixed) = einsum.product.workspace();
        let kernel = Param::new("kernel", einsum.kernel.clone(), &with_fans(&self.kernel, &einsum.fans)?)?;
        let mut plan = Plan::new(einsum.output.clone()).param(kernel).workspace(per_sample, fixed);
        if let Some(bias) = &einsum.bias {
            plan = plan.param(Param::new("bias", bias.clone(), &self.bias)?);
        }
        plan = plan.activation(&self.activation)?.activity_regularizer(&self.activity_regularizer)?;
        Ok(plan.runs(einsum))
    }

    fn infer(&self, pass: Infer<'_, T>) {
        if let Ok(einsum) = self.einsum(pass.inputs[0].shape()) {
            einsum.infer(pass);
        }
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        if let Ok(einsum) = self.einsum(pass.inputs[0].shape()) {
            einsum.backward(pass);
        }
    }
}

/// An [`EinsumDense`] for samples of known shape, which runs instead of it.
#[derive(Debug, Clone)]
struct Einsum {
    product: Product,
    output: Vec<usize>,
    /// The shapes of the weights.
    kernel: Vec<usize>,
    bias: Option<Vec<usize>>,
    /// The index of the bias of each output; empty if there is no bias.
    bias_indices: Vec<usize>,
    /// True if each output has its own bias.
    is_biased_alike: bool,
    /// The axes of the kernel that count as inputs, and those that count as outputs.
    fans: [Vec<usize>; 2],
}

impl Einsum {
    /// Splits the slice of all parameters into kernel and bias; the bias is empty if there is none.
    fn split<'p, T>(&self, params: &'p [T]) -> (&'p [T], &'p [T]) {
        params.split_at(self.kernel.iter().product())
    }

    fn add_bias<T: Scalar>(&self, bias: &[T], mut y: BatchMut<'_, T>) {
        for y in y.samples() {
            y.iter_mut().zip(&self.bias_indices).for_each(|(y, &index)| *y += bias[index]);
        }
    }

    fn bias_gradient<T: Scalar>(&self, dy: &Batch<'_, T>, gradient: &mut [T]) {
        if self.is_biased_alike {
            return kernels::sum_columns(gradient, dy.values(), dy.count());
        }
        gradient.fill(T::zero());
        for dy in dy.samples() {
            dy.iter().zip(&self.bias_indices).for_each(|(&dy, &index)| gradient[index] += dy);
        }
    }
}

impl Describe for Einsum {
    fn class_name(&self) -> &'static str {
        "EinsumDense"
    }
}

impl<T: Scalar> Layer<T> for Einsum {
    crate::part::compiled!(Layer<T> for Einsum);

    fn plan(&self, _inputs: &[Shape]) -> Result<Plan<T>> {
        Ok(Plan::new(self.output.clone()))
    }

    fn infer(&self, mut pass: Infer<'_, T>) {
        let (kernel, bias) = self.split(pass.params);
        let (x, width) = (pass.inputs[0], pass.output.width());
        match &self.product {
            Product::Scaled if !bias.is_empty() && self.is_biased_alike => {
                let weights = |index: usize| [kernel[index], bias[index]];
                let product = |_, [x]: [T; 1], [weight, bias]: [T; 2]| x * weight + bias;
                return kernels::zip_channels(pass.output.values(), [x.values()], width, weights, product);
            }
            Product::Scaled => {
                let weights = |index: usize| [kernel[index]];
                kernels::zip_channels(pass.output.values(), [x.values()], width, weights, |_, [x], [weight]| x * weight);
            }
            Product::Pointwise(product) => {
                x.samples().zip(pass.output.samples()).for_each(|(x, y)| product.forward(x, kernel, y));
            }
            Product::Grouped(product) => product.forward(x.values(), kernel, pass.output.values(), pass.workspace),
        }
        if !bias.is_empty() {
            self.add_bias(bias, pass.output);
        }
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        let (x, dy) = (pass.inputs[0], pass.output_gradient);
        if self.bias.is_some() {
            self.bias_gradient(&dy, pass.weights.gradient(1));
        }
        let gradient = pass.weights.gradient(0);
        match &self.product {
            Product::Scaled => {
                let product = |[x, dy]: [T; 2], []: [T; 0]| [x * dy];
                let write = |index: usize, [sum]: [T; 1]| gradient[index] = sum;
                kernels::sum_channels([x.values(), dy.values()], dy.width(), |_| [], product, write);
            }
            Product::Pointwise(product) => {
                gradient.fill(T::zero());
                x.samples().zip(dy.samples()).for_each(|(x, dy)| product.add_weight_gradient(x, dy, gradient));
            }
            Product::Grouped(product) => product.weight_gradient(x.values(), dy.values(), gradient, pass.workspace),
        }
        let (kernel, _) = self.split(pass.weights.values());
        pass.input_gradients.write(0, |mut dx| match &self.product {
            Product::Scaled => {
                let weights = |index: usize| [kernel[index]];
                kernels::zip_channels(dx.values(), [dy.values()], dy.width(), weights, |_, [dy], [weight]| dy * weight);
            }
            Product::Pointwise(product) => {
                dx.samples().zip(dy.samples()).for_each(|(dx, dy)| product.input_gradient(kernel, dy, dx));
            }
            Product::Grouped(product) => product.input_gradient(kernel, dy.values(), dx.values(), pass.workspace),
        });
    }
}
