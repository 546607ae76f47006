use super::{Dense, EinsumDense};
use crate::activations::{Activation, Linear};
use crate::base::{Result, Shape};
use crate::initializers::{GlorotUniform, Ones, RandomNormal, Zeros};
use crate::kernels::Scalar;
use crate::layers::{Backward, Expansion, Infer, Layer, Plan, Stack, WeightOptions, stack, weight_arguments, weight_setters};
use crate::part::{Arguments, Choice, Describe, IntoPart};

/// A dense layer of several members that share a kernel, for an ensemble in one network:
/// `y_k = activation(((x_k * r_k) W) * s_k + b_k)` for member `k`.
/// (Wen et al., *BatchEnsemble*, 2020; Gorishniy et al., *TabM*, 2025)
///
/// Samples have the shape `[members, inputs]`: one row for each member. The first layer of an ensemble, created by
/// [`first`](Self::first), takes plain samples `[inputs]` and gives each of them to all members. Layers that act along the
/// last axis, such as [`Dropout`](crate::layers::Dropout) or [`Dense`], come in between as in any network.
///
/// The members share the kernel `W`, of shape `inputs x units`. Each has its own factors of the inputs `r_k` and of the
/// outputs `s_k`, and its own bias `b_k`. They differ because the `r_k` of the first layer are random, and learn from there;
/// all other factors start as ones. One product with `W` serves all members.
///
/// End the network with [`EinsumDense`], `abc,bcd->abd`, which is an output layer for each member, and with
/// [`GlobalAveragePooling1D`](super::GlobalAveragePooling1D), the mean of their predictions. Train it with
/// [`MeanOfMembers`](crate::losses::MeanOfMembers), the mean of their losses: with the loss of the mean they would not learn
/// to be right by themselves.
///
/// The model, and its file, contain the layers of Keras that compute this: `EinsumDense` with `r`, `Dense` with `W`, and
/// `EinsumDense` with `s` and `b`.
///
/// # Errors
///
/// Building the model fails if the samples do not have one axis for `first`, or two axes otherwise.
///
/// ```
/// use layercake::layers::{BatchEnsembleDense, EinsumDense, GlobalAveragePooling1D};
/// use layercake::losses::MeanOfMembers;
/// use layercake::prelude::*;
///
/// let members = 8;
/// let mut model = Sequential::with_seed(1);
/// model.add(BatchEnsembleDense::first(32, members).activation(Relu));
/// model.add(BatchEnsembleDense::new(32).activation(Relu));
/// model.add(EinsumDense::new("abc,bcd->abd", [None, Some(1)]).bias_axes("bd").activation(Sigmoid));
/// model.add(GlobalAveragePooling1D::default());
/// model.compile("adam", MeanOfMembers::new("binary_crossentropy"), "accuracy")?;
/// model.fit(&dmatrix![1.0, 2.0; 3.0, 4.0], &dmatrix![1.0; 0.0], FitOptions::new())?;
/// assert_eq!(model.predict(&dmatrix![1.0, 2.0])?.shape(), (1, 1));
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BatchEnsembleDense<T: Scalar> {
    units: usize,
    members: Option<usize>,
    activation: Choice<dyn Activation<T>>,
    use_bias: bool,
    kernel: WeightOptions<T>,
    input_factors: WeightOptions<T>,
    output_factors: WeightOptions<T>,
    bias: WeightOptions<T>,
}

impl<T: Scalar> BatchEnsembleDense<T> {
    /// Creates a layer with this number of units, at least 1, for samples of shape `[members, inputs]`.
    pub fn new(units: usize) -> Self {
        Self {
            units,
            members: None,
            activation: Linear.into_part(),
            use_bias: true,
            kernel: WeightOptions::new(GlorotUniform),
            input_factors: WeightOptions::new(Ones),
            output_factors: WeightOptions::new(Ones),
            bias: WeightOptions::new(Zeros),
        }
    }

    /// Creates the first layer of an ensemble with this number of members, at least 1, for samples of shape `[inputs]`.
    ///
    /// The factors of the inputs are drawn from a normal distribution with standard deviation 1.
    pub fn first(units: usize, members: usize) -> Self {
        let input_factors = WeightOptions::new(RandomNormal.stddev(1.0));
        Self { members: Some(members), input_factors, ..Self::new(units) }
    }

    /// Sets the activation, by value or by name (default: `Linear`, the identity).
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
        input_factors: "factors of the inputs", "Ones`, or `RandomNormal` with `stddev` 1 for `first", input_factors_initializer,
        input_factors_regularizer, input_factors_constraint, input_factors_learning_rate_factor,
        input_factors_weight_decay_factor
    );
    weight_setters!(
        output_factors: "factors of the outputs", "Ones", output_factors_initializer, output_factors_regularizer,
        output_factors_constraint, output_factors_learning_rate_factor, output_factors_weight_decay_factor
    );
    weight_setters!(
        bias: "bias", "Zeros", bias_initializer, bias_regularizer, bias_constraint, bias_learning_rate_factor,
        bias_weight_decay_factor
    );

    /// Returns the layers that multiply by the factors of the inputs and by the kernel.
    fn inner(&self) -> Stack<T> {
        let mut scaled = match self.members {
            Some(members) => EinsumDense::new("ac,bc->abc", [Some(members), None]),
            None => EinsumDense::new("abc,bc->abc", [None, None]),
        };
        scaled.kernel = self.input_factors.clone();
        let mut dense = Dense::new(self.units).use_bias(false);
        dense.kernel = self.kernel.clone();
        stack((scaled, dense))
    }

    /// Returns the layer that multiplies by the factors of the outputs and adds the bias.
    fn outer(&self) -> EinsumDense<T> {
        let scaled = EinsumDense::new("abc,bc->abc", [None, None]);
        let mut scaled = if self.use_bias { scaled.bias_axes("bc") } else { scaled };
        scaled.activation = self.activation.clone();
        (scaled.kernel, scaled.bias) = (self.output_factors.clone(), self.bias.clone());
        scaled
    }
}

impl<T: Scalar> Describe for BatchEnsembleDense<T> {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.count("units", &mut self.units, 1..);
        arguments.optional_count("members", &mut self.members, 1..);
        arguments.part("activation", &mut self.activation);
        arguments.flag("use_bias", &mut self.use_bias);
        weight_arguments!(arguments, self.kernel, "kernel");
        weight_arguments!(arguments, self.input_factors, "input_factors");
        weight_arguments!(arguments, self.output_factors, "output_factors");
        weight_arguments!(arguments, self.bias, "bias");
    }
}

impl<T: Scalar> Layer<T> for BatchEnsembleDense<T> {
    crate::part::compiled!(Layer<T> for BatchEnsembleDense<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        self.outer().plan(inputs)
    }

    fn infer(&self, pass: Infer<'_, T>) {
        self.outer().infer(pass);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        self.outer().backward(pass);
    }

    fn expand(&self) -> Option<Expansion<'_, T>> {
        Some(Expansion { stacks: vec![self.inner()].into(), merge: self.outer().into_shared() })
    }
}
