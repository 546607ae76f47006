use crate::activations::{Activation, Linear};
use crate::base::Result;
use crate::base::{Batch, BatchMut, Shape};
use crate::initializers::{GlorotUniform, Zeros};
use crate::kernels::Scalar;
use crate::kernels::{self, Sizes};
use crate::layers::{Backward, Forward, Infer, InferRows, Layer, Param, Plan, WeightOptions, factor_arguments, weight_setters};
use crate::part::{Arguments, Choice, Describe, IntoPart};
use crate::regularizers::Regularizer;

/// A fully connected layer: `y = activation(x W + b)`.
/// [Keras](https://keras.io/api/layers/core_layers/dense/)
///
/// The weights are `kernel`, of shape `inputs x units`, and `bias`, of shape `units`. On samples with several axes the
/// layer acts along the last axis.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(16).activation(Relu).kernel_initializer("he_normal").kernel_regularizer(L2::new(1e-4)));
/// model.add(Dense::new(1).use_bias(false));
/// model.build(3)?;
/// assert_eq!(model.predict(&dmatrix![1.0, 2.0, 3.0])?.shape(), (1, 1));
/// assert_eq!(model.count_params(), 3 * 16 + 16 + 16);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Dense<T: Scalar> {
    units: usize,
    pub(super) activation: Choice<dyn Activation<T>>,
    use_bias: bool,
    pub(super) kernel: WeightOptions<T>,
    pub(super) bias: WeightOptions<T>,
    activity_regularizer: Option<Choice<dyn Regularizer<T>>>,
}

impl<T: Scalar> Dense<T> {
    /// Creates a layer with this number of units, at least 1.
    pub fn new(units: usize) -> Self {
        Self {
            units,
            activation: Linear.into_part(),
            use_bias: true,
            kernel: WeightOptions::new(GlorotUniform),
            bias: WeightOptions::new(Zeros),
            activity_regularizer: None,
        }
    }

    /// Sets the activation applied to the pre-activations, by value or by name (default: `Linear`, the identity).
    pub fn activation<Marker>(mut self, activation: impl IntoPart<dyn Activation<T>, Marker>) -> Self {
        self.activation = activation.into_part();
        self
    }

    /// Sets whether the units have a bias (default: true).
    pub fn use_bias(mut self, use_bias: bool) -> Self {
        self.use_bias = use_bias;
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

    /// Splits the slice of all parameters into kernel and bias; the bias is empty if `use_bias` is false.
    fn split<'p>(&self, params: &'p [T]) -> (&'p [T], &'p [T]) {
        let bias = if self.use_bias { self.units } else { 0 };
        params.split_at(params.len() - bias)
    }

    /// Writes `y = x W + b`.
    #[inline(always)]
    fn multiply(&self, params: &[T], x: &Batch<'_, T>, y: &mut BatchMut<'_, T>) {
        let (kernel, bias) = self.split(params);
        kernels::forward(y.values(), kernel, bias, x.values(), self.sizes(x));
    }

    /// Returns the sizes of the matrix products for these samples.
    fn sizes(&self, x: &Batch<'_, T>) -> Sizes {
        Sizes { units: self.units, inputs: x.shape().last(), count: x.vector_count() }
    }
}

impl<T: Scalar> Describe for Dense<T> {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.count("units", &mut self.units, 1..);
        arguments.part("activation", &mut self.activation);
        arguments.flag("use_bias", &mut self.use_bias);
        arguments.part("kernel_initializer", &mut self.kernel.initializer);
        arguments.part("bias_initializer", &mut self.bias.initializer);
        arguments.optional_part("kernel_regularizer", &mut self.kernel.regularizer);
        arguments.optional_part("bias_regularizer", &mut self.bias.regularizer);
        arguments.optional_part("activity_regularizer", &mut self.activity_regularizer);
        arguments.optional_part("kernel_constraint", &mut self.kernel.constraint);
        arguments.optional_part("bias_constraint", &mut self.bias.constraint);
        factor_arguments(arguments, ["kernel_learning_rate_factor", "kernel_weight_decay_factor"], &mut self.kernel);
        factor_arguments(arguments, ["bias_learning_rate_factor", "bias_weight_decay_factor"], &mut self.bias);
    }
}

impl<T: Scalar> Layer<T> for Dense<T> {
    crate::part::compiled!(Layer<T> for Dense<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let kernel = Param::new("kernel", [inputs[0].last(), self.units], &self.kernel)?;
        let mut plan = Plan::new(inputs[0].with_last(self.units)).param(kernel);
        if self.use_bias {
            plan = plan.param(Param::new("bias", [self.units], &self.bias)?);
        }
        plan.activation(&self.activation)?.activity_regularizer(&self.activity_regularizer)
    }

    fn infer(&self, mut pass: Infer<'_, T>) {
        self.multiply(pass.params, &pass.inputs[0], &mut pass.output);
    }

    // what `infer` does, but a small model would notice that its request is made from another
    fn forward(&self, mut pass: Forward<'_, T>) {
        self.multiply(pass.params, &pass.inputs[0], &mut pass.output);
    }

    fn infer_rows(&self, mut pass: InferRows<'_, T>) -> Option<bool> {
        let (x, (kernel, bias)) = (pass.rows, self.split(pass.params));
        let sizes = Sizes { units: self.units, inputs: x.ncols(), count: pass.output.count() };
        kernels::reads_rows::<T>(sizes)
            .then(|| kernels::forward_rows(pass.output.values(), kernel, bias, x.as_slice(), [pass.first, x.nrows()], sizes))
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        let (x, dy) = (&pass.inputs[0], pass.output_gradient.values());
        let sizes = self.sizes(x);
        // dW = x^T dy, db = sum of dy, dx = dy W^T
        pass.weights.product(0, x, &pass.output_gradient);
        if self.use_bias {
            kernels::sum_columns(pass.weights.gradient(1), dy, sizes.count);
        }
        let (kernel, _) = self.split(pass.weights.values());
        pass.input_gradients.write(0, |mut dx| kernels::input_gradient(dx.values(), kernel, dy, sizes));
    }
}
