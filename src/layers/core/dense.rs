use crate::activations::{Activation, Linear};
use crate::base::Result;
use crate::base::{Batch, BatchMut, Shape};
use crate::constraints::Constraint;
use crate::initializers::{GlorotUniform, Initializer, Zeros};
use crate::kernels::Scalar;
use crate::kernels::{self, Sizes};
use crate::layers::{Backward, Layer, Param, Plan, Weights};
use crate::part::{Arguments, Choice, Describe, IntoPart};
use crate::regularizers::Regularizer;
use nalgebra::DMatrix;

/// A layer in which each unit sees every input: `y = activation(x W + b)`.
/// [Keras](https://keras.io/api/layers/core_layers/dense/)
///
/// Weights: `kernel`, `inputs x units`, and `bias`, `units`. A sample with several axes is acted on along its last.
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
    activation: Choice<dyn Activation<T>>,
    use_bias: bool,
    kernel_initializer: Choice<dyn Initializer>,
    bias_initializer: Choice<dyn Initializer>,
    kernel_regularizer: Option<Choice<dyn Regularizer<T>>>,
    bias_regularizer: Option<Choice<dyn Regularizer<T>>>,
    activity_regularizer: Option<Choice<dyn Regularizer<T>>>,
    kernel_constraint: Option<Choice<dyn Constraint<T>>>,
    bias_constraint: Option<Choice<dyn Constraint<T>>>,
}

impl<T: Scalar> Dense<T> {
    /// A layer of this many units, at least 1.
    pub fn new(units: usize) -> Self {
        Self {
            units,
            activation: Linear.into_part(),
            use_bias: true,
            kernel_initializer: GlorotUniform.into_part(),
            bias_initializer: Zeros.into_part(),
            kernel_regularizer: None,
            bias_regularizer: None,
            activity_regularizer: None,
            kernel_constraint: None,
            bias_constraint: None,
        }
    }

    /// What the units do with their sums, by value or by name (default: `Linear`, nothing).
    pub fn activation<Way>(mut self, activation: impl IntoPart<dyn Activation<T>, Way>) -> Self {
        self.activation = activation.into_part();
        self
    }

    /// Whether the units have a bias (default: true).
    pub fn use_bias(mut self, use_bias: bool) -> Self {
        self.use_bias = use_bias;
        self
    }

    /// What the kernel starts from (default: `GlorotUniform`).
    pub fn kernel_initializer<Way>(mut self, initializer: impl IntoPart<dyn Initializer, Way>) -> Self {
        self.kernel_initializer = initializer.into_part();
        self
    }

    /// What the bias starts from (default: `Zeros`).
    pub fn bias_initializer<Way>(mut self, initializer: impl IntoPart<dyn Initializer, Way>) -> Self {
        self.bias_initializer = initializer.into_part();
        self
    }

    /// What the model pays for a large kernel (default: nothing).
    pub fn kernel_regularizer<Way>(mut self, regularizer: impl IntoPart<dyn Regularizer<T>, Way>) -> Self {
        self.kernel_regularizer = Some(regularizer.into_part());
        self
    }

    /// What the model pays for a large bias (default: nothing).
    pub fn bias_regularizer<Way>(mut self, regularizer: impl IntoPart<dyn Regularizer<T>, Way>) -> Self {
        self.bias_regularizer = Some(regularizer.into_part());
        self
    }

    /// What the model pays for large outputs, behind the activation, divided by the number of samples (default: nothing).
    pub fn activity_regularizer<Way>(mut self, regularizer: impl IntoPart<dyn Regularizer<T>, Way>) -> Self {
        self.activity_regularizer = Some(regularizer.into_part());
        self
    }

    /// What the kernel is held to after each update (default: nothing).
    pub fn kernel_constraint<Way>(mut self, constraint: impl IntoPart<dyn Constraint<T>, Way>) -> Self {
        self.kernel_constraint = Some(constraint.into_part());
        self
    }

    /// What the bias is held to after each update (default: nothing).
    pub fn bias_constraint<Way>(mut self, constraint: impl IntoPart<dyn Constraint<T>, Way>) -> Self {
        self.bias_constraint = Some(constraint.into_part());
        self
    }

    /// Kernel and bias in the slice of all parameters; the bias is empty where there is none.
    fn split<'p>(&self, params: &'p [T]) -> (&'p [T], &'p [T]) {
        let bias = if self.use_bias { self.units } else { 0 };
        params.split_at(params.len() - bias)
    }

    /// The same as `infer` for samples that are rows of a matrix, from row `first` on, where these are better read where they are;
    /// returns whether they are finite.
    pub(crate) fn infer_rows(&self, params: &[T], x: &DMatrix<T>, first: usize, mut y: BatchMut<'_, T>) -> Option<bool> {
        let sizes = Sizes { units: self.units, inputs: x.ncols(), count: y.count() };
        let (kernel, bias) = self.split(params);
        kernels::reads_rows::<T>(sizes)
            .then(|| kernels::forward_rows(y.values(), kernel, bias, x.as_slice(), [first, x.nrows()], sizes))
    }

    /// How large the products are for these samples.
    fn sizes(&self, x: Batch<'_, T>) -> Sizes {
        Sizes { units: self.units, inputs: x.shape().last(), count: x.vector_count() }
    }
}

impl<T: Scalar> Describe for Dense<T> {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.count("units", &mut self.units, 1..);
        arguments.part("activation", &mut self.activation);
        arguments.flag("use_bias", &mut self.use_bias);
        arguments.part("kernel_initializer", &mut self.kernel_initializer);
        arguments.part("bias_initializer", &mut self.bias_initializer);
        arguments.optional_part("kernel_regularizer", &mut self.kernel_regularizer);
        arguments.optional_part("bias_regularizer", &mut self.bias_regularizer);
        arguments.optional_part("activity_regularizer", &mut self.activity_regularizer);
        arguments.optional_part("kernel_constraint", &mut self.kernel_constraint);
        arguments.optional_part("bias_constraint", &mut self.bias_constraint);
    }
}

impl<T: Scalar> Layer<T> for Dense<T> {
    crate::part::compiled!(Layer<T> for Dense<T>);

    fn plan(&self, input: &Shape) -> Result<Plan<T>> {
        let inputs = input.last();
        let kernel = Param::new("kernel", [inputs, self.units], &self.kernel_initializer)?
            .regularizer(&self.kernel_regularizer)?
            .constraint(&self.kernel_constraint)?;
        let mut plan = Plan::new(input.with_last(self.units)).param(kernel);
        if self.use_bias {
            let bias = Param::new("bias", [self.units], &self.bias_initializer)?
                .regularizer(&self.bias_regularizer)?
                .constraint(&self.bias_constraint)?;
            plan = plan.param(bias);
        }
        plan.activation(&self.activation)?.activity_regularizer(&self.activity_regularizer)
    }

    fn infer(&self, weights: Weights<'_, T>, x: Batch<'_, T>, mut y: BatchMut<'_, T>) {
        let (kernel, bias) = self.split(weights.params);
        kernels::forward(y.values(), kernel, bias, x.values(), self.sizes(x));
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let (kernel, _) = self.split(pass.params);
        let (sizes, dy) = (self.sizes(pass.x), pass.dy.values());
        let bias = pass.params.len() - kernel.len();
        let (kernel_gradient, bias_gradient) = pass.gradient.split_at_mut(pass.gradient.len() - bias);
        // the network may have kept that of the kernel
        if !kernel_gradient.is_empty() {
            kernels::weight_gradient(kernel_gradient, dy, pass.x.values(), sizes);
        }
        if self.use_bias {
            kernels::sum_columns(bias_gradient, dy, sizes.count);
        }
        if let Some(mut dx) = pass.dx {
            kernels::input_gradient(dx.values(), kernel, dy, sizes);
        }
    }
}
