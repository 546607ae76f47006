use super::{Cos, Dense, EinsumDense, Flatten, Reshape, Sin};
use crate::activations::{Activation, Linear, Relu};
use crate::base::{Result, Shape};
use crate::initializers::{Distribution, RandomNormal, RandomUniform, VarianceScaling};
use crate::kernels::Scalar;
use crate::layers::{
    Backward, Concatenate, Expansion, Infer, Layer, Plan, Rescaling, Stack, WeightOptions, pass_back, pass_on, stack,
    weight_arguments, weight_setters,
};
use crate::part::{Arguments, Choice, Describe, IntoPart};
use std::f64::consts::PI;

/// The form of a [`PeriodicEmbedding`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodicForm {
    /// `activation([cos(2 pi w x), sin(2 pi w x)] W + b)`: periodic, linear, ReLU.
    Plr,
    /// `[activation(cos(2 pi (w x + c)) W + b), x]`: periodic, bias, linear, and the number itself.
    Pbld,
}

/// Embeds each column of numbers by waves with trained frequencies, so that the next layer sees more of it than one line.
///
/// Each column has its own waves, `frequencies` of them, and `units` outputs. There are two forms:
///
/// * [`plr`](Self::plr): `relu([cos(2 pi w x), sin(2 pi w x)] W + b)`. With [`lite`](Self::lite), all columns share `W` and
///   `b`. (Gorishniy et al., *On Embeddings for Numerical Features in Tabular Deep Learning*, 2022)
/// * [`pbld`](Self::pbld): `[cos(2 pi (w x + c)) W + b, x]`; `W` gives `units - 1` of the outputs, and the number itself is
///   the last. (Holzmueller et al., *Better by Default*, 2024)
///
/// Samples of shape `[columns]` become `[columns * units]`, one column after the other. Scale the columns before this layer,
/// because a frequency counts waves for a difference of 1.
///
/// The weights are the frequencies `w`, the phases `c` (for `pbld`), the kernel `W` and the bias `b`. By default `w` is normal
/// with standard deviation 0.01 for `plr` and 0.1 for `pbld`, `c` is uniform in `[-pi, pi]`, and `W` and `b` are uniform in
/// `[-1 / sqrt(n), 1 / sqrt(n)]` for `n` waves that they sum.
///
/// The model, and its file, contain the layers and operations of Keras that compute this: `EinsumDense` with `w` and `c`,
/// `Rescaling` by `2 pi`, `Cos` and `Sin`, `EinsumDense` or `Dense` with `W` and `b`, and those that join the parts.
///
/// # Errors
///
/// Building the model fails if the samples have several axes, or if the form is `Pbld` with less than 2 units or with `lite`.
///
/// ```
/// use layercake::layers::PeriodicEmbedding;
/// use layercake::prelude::*;
///
/// let mut model = Sequential::<f64>::with_seed(1);
/// model.add(PeriodicEmbedding::pbld(16, 4).learning_rate_factor(0.1));
/// model.add(Dense::new(1));
/// model.build(3)?;
/// let shapes: Vec<_> = model.get_weights().iter().map(|weight| weight.shape()).collect();
/// // w, c, W and b, then the kernel and the bias of the dense layer
/// assert_eq!(shapes, [(3, 16), (3, 16), (3 * 16, 3), (3, 3), (3 * 4, 1), (1, 1)]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct PeriodicEmbedding<T: Scalar> {
    frequencies: usize,
    units: usize,
    form: PeriodicForm,
    lite: bool,
    /// `None` is the activation of the form.
    activation: Option<Choice<dyn Activation<T>>>,
    frequency: WeightOptions<T>,
    phase: WeightOptions<T>,
    kernel: WeightOptions<T>,
    bias: WeightOptions<T>,
}

impl<T: Scalar> PeriodicEmbedding<T> {
    /// Creates a layer of the form [`PeriodicForm::Plr`] with these numbers of waves and of outputs for each column.
    pub fn plr(frequencies: usize, units: usize) -> Self {
        Self::new(PeriodicForm::Plr, frequencies, units)
    }

    /// Creates a layer of the form [`PeriodicForm::Pbld`] with these numbers of waves and of outputs, at least 2, for each
    /// column.
    pub fn pbld(frequencies: usize, units: usize) -> Self {
        Self::new(PeriodicForm::Pbld, frequencies, units)
    }

    fn new(form: PeriodicForm, frequencies: usize, units: usize) -> Self {
        let is_plr = form == PeriodicForm::Plr;
        let (scale, waves) = if is_plr { (0.01, 2 * frequencies) } else { (0.1, frequencies) };
        let limit = (waves.max(1) as f64).sqrt().recip();
        // a uniform distribution with variance 1 / (3 n) has the limits ±1 / sqrt(n)
        let uniform = VarianceScaling::default().scale(1.0 / 3.0).distribution(Distribution::Uniform);
        Self {
            frequencies,
            units,
            form,
            lite: false,
            activation: None,
            frequency: WeightOptions::new(RandomNormal.stddev(scale)),
            phase: WeightOptions::new(RandomUniform.minval(-PI).maxval(PI)),
            kernel: WeightOptions::new(uniform),
            bias: WeightOptions::new(RandomUniform.minval(-limit).maxval(limit)),
        }
    }

    /// Sets whether all columns share the kernel and the bias, for the form `Plr` (default: false).
    pub fn lite(mut self, lite: bool) -> Self {
        self.lite = lite;
        self
    }

    /// Sets the activation, by value or by name (default: `Relu` for `Plr` and `Linear`, the identity, for `Pbld`).
    pub fn activation<Marker>(mut self, activation: impl IntoPart<dyn Activation<T>, Marker>) -> Self {
        self.activation = Some(activation.into_part());
        self
    }

    /// Sets the learning rate of all weights, as a multiple of the optimizer's, at least 0 (default 1).
    pub fn learning_rate_factor(mut self, factor: f64) -> Self {
        for weight in [&mut self.frequency, &mut self.phase, &mut self.kernel, &mut self.bias] {
            weight.learning_rate_factor = factor;
        }
        self
    }

    weight_setters!(
        frequency: "frequencies", "RandomNormal", frequency_initializer, frequency_regularizer, frequency_constraint,
        frequency_learning_rate_factor, frequency_weight_decay_factor
    );
    weight_setters!(
        phase: "phases", "RandomUniform", phase_initializer, phase_regularizer, phase_constraint, phase_learning_rate_factor,
        phase_weight_decay_factor
    );
    weight_setters!(
        kernel: "kernel", "VarianceScaling", kernel_initializer, kernel_regularizer, kernel_constraint,
        kernel_learning_rate_factor, kernel_weight_decay_factor
    );
    weight_setters!(
        bias: "bias", "RandomUniform", bias_initializer, bias_regularizer, bias_constraint, bias_learning_rate_factor,
        bias_weight_decay_factor
    );

    /// Returns the layer that computes `w x`, or `w x + c`, for samples of shape `[columns]`.
    fn waves(&self) -> EinsumDense<T> {
        let mut waves = EinsumDense::new("ab,bc->abc", [None, Some(self.frequencies)]);
        waves.kernel = self.frequency.clone();
        if self.form == PeriodicForm::Pbld {
            waves = waves.bias_axes("bc");
            waves.bias = self.phase.clone();
        }
        waves
    }

    /// Returns the layer with this number of units for each column.
    fn linear(&self, units: usize) -> Stack<T> {
        let of_form = || if self.form == PeriodicForm::Plr { Relu.into_part() } else { Linear.into_part() };
        let activation = self.activation.clone().unwrap_or_else(of_form);
        if self.lite {
            let mut dense = Dense::new(units);
            (dense.kernel, dense.bias, dense.activation) = (self.kernel.clone(), self.bias.clone(), activation);
            return stack(dense);
        }
        let mut dense = EinsumDense::new("abc,bcd->abd", [None, Some(units)]).bias_axes("bd");
        (dense.kernel, dense.bias, dense.activation) = (self.kernel.clone(), self.bias.clone(), activation);
        stack(dense)
    }

    /// Returns the layers that compute the outputs, before they are flattened.
    fn embedding(&self) -> Stack<T> {
        let turned = || Rescaling::new(2.0 * PI);
        let mut layers = Stack::new();
        match self.form {
            PeriodicForm::Plr => {
                layers.add(self.waves());
                layers.add(turned());
                layers.add(Concatenate::stacks([stack(Cos), stack(Sin)]));
                layers.extend(self.linear(self.units));
            }
            PeriodicForm::Pbld => {
                let mut wave = stack((self.waves(), turned(), Cos));
                wave.extend(self.linear(self.units.saturating_sub(1)));
                layers.add(Concatenate::stacks([wave, stack(Reshape::new([-1, 1]))]));
            }
        }
        layers
    }
}

impl<T: Scalar> Describe for PeriodicEmbedding<T> {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.count("frequencies", &mut self.frequencies, 1..);
        arguments.count("units", &mut self.units, 1..);
        arguments.choice("form", &mut self.form, &[("plr", PeriodicForm::Plr), ("pbld", PeriodicForm::Pbld)]);
        arguments.flag("lite", &mut self.lite);
        let is_plr = self.form == PeriodicForm::Plr;
        arguments.require(is_plr || self.units > 1, "units", self.units, "at least 2 for the form `pbld`");
        arguments.require(is_plr || !self.lite, "lite", self.lite, "false for the form `pbld`, whose columns share no weights");
        arguments.optional_part("activation", &mut self.activation);
        weight_arguments!(arguments, self.frequency, "frequency");
        weight_arguments!(arguments, self.phase, "phase");
        weight_arguments!(arguments, self.kernel, "kernel");
        weight_arguments!(arguments, self.bias, "bias");
    }
}

impl<T: Scalar> Layer<T> for PeriodicEmbedding<T> {
    crate::part::compiled!(Layer<T> for PeriodicEmbedding<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        Flatten.plan(inputs)
    }

    fn infer(&self, pass: Infer<'_, T>) {
        pass_on(pass);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        pass_back(pass);
    }

    fn expand(&self) -> Option<Expansion<'_, T>> {
        Some(Expansion { stacks: vec![self.embedding()].into(), merge: Flatten.into_shared() })
    }
}
