use super::random::{standard_normal, truncated_normal};
use super::{Initializer, fans, seeded};
use crate::base::{Error, Result, Rng};
use crate::part::{Arguments, Describe, POSITIVE};

/// Random numbers with mean 0 and variance `scale / n`, where `n` is the number of inputs of a unit, the number of its
/// outputs, or the mean of both. This variance keeps the scale of values from layer to layer.
/// [Keras](https://keras.io/api/layers/initializers/#variancescaling-class)
///
/// The truncated normal distribution is cut at two standard deviations. It is drawn with the standard deviation
/// `sqrt(scale / n) / 0.87962566`, so that its variance is `scale / n` after truncation. The uniform distribution has the
/// range from `-sqrt(3 scale / n)` to `sqrt(3 scale / n)`.
///
/// # Errors
///
/// Building the model fails if only one of `input_axes` and `output_axes` is set, or if the weight does not have one of the
/// axes.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::<f64>::new();
/// let wide = VarianceScaling::default().scale(2.0).mode(FanMode::FanAvg).distribution(Distribution::Uniform);
/// model.add(Dense::new(64).kernel_initializer(wide));
/// model.add(Dense::new(64).kernel_initializer(HeNormal));
/// model.add(Dense::new(1).kernel_initializer(GlorotUniform.seed(7)));
/// model.build(16)?;
/// assert!(model.get_weights()[0].amax() <= (3.0f64 * 2.0 / 40.0).sqrt());
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct VarianceScaling {
    scale: f64,
    mode: FanMode,
    distribution: Distribution,
    seed: Option<u64>,
    input_axes: Option<Vec<usize>>,
    output_axes: Option<Vec<usize>>,
}

/// The number that the variance of a [`VarianceScaling`] is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FanMode {
    /// The number of inputs of a unit.
    FanIn,
    /// The number of outputs of a unit.
    FanOut,
    /// The mean of the numbers of inputs and outputs.
    FanAvg,
}

/// The distribution of the values of a [`VarianceScaling`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distribution {
    /// The normal distribution, truncated at two standard deviations.
    TruncatedNormal,
    /// The normal distribution.
    UntruncatedNormal,
    /// The uniform distribution.
    Uniform,
}

/// The standard deviation of a standard normal distribution truncated at -2 and 2.
const STDDEV_CUT_AT_2: f64 = 0.879_625_661_034_239_8;

impl VarianceScaling {
    const fn new(scale: f64, mode: FanMode, distribution: Distribution) -> Self {
        Self { scale, mode, distribution, seed: None, input_axes: None, output_axes: None }
    }

    /// Sets the factor of the variance, above 0 (default 1).
    pub fn scale(mut self, scale: f64) -> Self {
        self.scale = scale;
        self
    }

    /// Sets the number that the variance is divided by (default: the number of inputs).
    pub fn mode(mut self, mode: FanMode) -> Self {
        self.mode = mode;
        self
    }

    /// Sets the distribution of the values (default: truncated normal).
    pub fn distribution(mut self, distribution: Distribution) -> Self {
        self.distribution = distribution;
        self
    }

    /// Visits the arguments that all initializers in this file have.
    fn shared_arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.seed("seed", &mut self.seed);
        arguments.optional_axes("input_axes", &mut self.input_axes);
        arguments.optional_axes("output_axes", &mut self.output_axes);
    }

    fn fans(&self, shape: &[usize]) -> (f64, f64) {
        let product = |axes: &[usize]| axes.iter().map(|&axis| shape[axis] as f64).product();
        match (&self.input_axes, &self.output_axes) {
            (Some(inputs), Some(outputs)) => (product(inputs), product(outputs)),
            _ => fans(shape),
        }
    }
}

impl Default for VarianceScaling {
    fn default() -> Self {
        Self::new(1.0, FanMode::FanIn, Distribution::TruncatedNormal)
    }
}

impl Describe for VarianceScaling {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        let modes = [("fan_in", FanMode::FanIn), ("fan_out", FanMode::FanOut), ("fan_avg", FanMode::FanAvg)];
        let distributions = [
            ("truncated_normal", Distribution::TruncatedNormal),
            ("untruncated_normal", Distribution::UntruncatedNormal),
            ("uniform", Distribution::Uniform),
            ("normal", Distribution::TruncatedNormal),
        ];
        arguments.number("scale", &mut self.scale, POSITIVE);
        arguments.choice("mode", &mut self.mode, &modes);
        arguments.choice("distribution", &mut self.distribution, &distributions);
        self.shared_arguments(arguments);
    }
}

impl Initializer for VarianceScaling {
    crate::part::compiled!(Initializer for VarianceScaling);

    fn fill(&self, shape: &[usize], rng: &mut Rng, values: &mut [f64]) {
        let (fan_in, fan_out) = self.fans(shape);
        let n = match self.mode {
            FanMode::FanIn => fan_in,
            FanMode::FanOut => fan_out,
            FanMode::FanAvg => (fan_in + fan_out) / 2.0,
        };
        let n = n.max(1.0);
        let stddev = (self.scale / n).sqrt();
        let limit = (3.0 * self.scale / n).sqrt();
        seeded(self.seed, rng, |rng| match self.distribution {
            Distribution::TruncatedNormal => values.fill_with(|| stddev / STDDEV_CUT_AT_2 * truncated_normal(rng)),
            Distribution::UntruncatedNormal => values.fill_with(|| stddev * standard_normal(rng)),
            Distribution::Uniform => values.fill_with(|| limit * (2.0 * rng.uniform() - 1.0)),
        });
    }

    fn check(&self, shape: &[usize]) -> Result<()> {
        let pair = [("input_axes", &self.input_axes), ("output_axes", &self.output_axes)];
        if self.input_axes.is_some() != self.output_axes.is_some() {
            let (missing, _) = if self.input_axes.is_some() { pair[1] } else { pair[0] };
            return Err(Error::argument("VarianceScaling", missing, "None", "axes, because the other is set"));
        }
        for (name, axes) in pair {
            if let Some(axis) = axes.iter().flatten().find(|&&axis| axis >= shape.len()) {
                let allowed = format!("axes below {}, the number of axes of the weight", shape.len());
                return Err(Error::argument("VarianceScaling", name, axis, allowed));
            }
        }
        Ok(())
    }
}

macro_rules! family_setters {
    ($name:ident$(.$inner:tt)?) => {
        impl $name {
            /// Sets the initializer's own seed, which gives the same values in every model (default: the model's seed).
            pub fn seed(mut self, seed: u64) -> Self {
                self$(.$inner)?.seed = Some(seed);
                self
            }

            /// Sets the axes of the weight whose extents are multiplied to the number of inputs (default: by the shape, as
            /// [`fans`] does); set `output_axes` too.
            pub fn input_axes(mut self, axes: impl Into<Vec<usize>>) -> Self {
                self$(.$inner)?.input_axes = Some(axes.into());
                self
            }

            /// Sets the axes of the weight whose extents are multiplied to the number of outputs; set `input_axes` too.
            pub fn output_axes(mut self, axes: impl Into<Vec<usize>>) -> Self {
                self$(.$inner)?.output_axes = Some(axes.into());
                self
            }
        }
    };
}

/// Defines an initializer that is a [`VarianceScaling`] with fixed scale, mode and distribution.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident = $scale:literal, $mode:ident, $distribution:ident) => {
        $(#[$doc])*
        ///
        /// The arguments `seed`, `input_axes` and `output_axes` are those of [`VarianceScaling`].
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            scaling: VarianceScaling,
        }

        #[doc = concat!("[`", stringify!($name), "`](struct@", stringify!($name), ") with Keras' defaults.")]
        #[allow(non_upper_case_globals)]
        pub const $name: $name =
            $name { scaling: VarianceScaling::new($scale, FanMode::$mode, Distribution::$distribution) };

        family_setters!($name.scaling);

        impl Default for $name {
            fn default() -> Self {
                $name
            }
        }

        impl Describe for $name {
            fn arguments(&mut self, arguments: &mut Arguments<'_>) {
                self.scaling.shared_arguments(arguments);
            }
        }

        impl Initializer for $name {
            crate::part::compiled!(Initializer for $name);

            fn fill(&self, shape: &[usize], rng: &mut Rng, values: &mut [f64]) {
                self.scaling.fill(shape, rng, values);
            }

            fn check(&self, shape: &[usize]) -> Result<()> {
                self.scaling.check(shape)
            }
        }
    };
}

family_setters!(VarianceScaling);

named! {
    /// Uniform random numbers within `± sqrt(6 / (fan_in + fan_out))`; the default for kernels.
    /// (Glorot and Bengio, *Understanding the difficulty of training deep feedforward neural networks*, 2010;
    /// [Keras](https://keras.io/api/layers/initializers/#glorotuniform-class))
    GlorotUniform = 1.0, FanAvg, Uniform
}

named! {
    /// Normal random numbers with variance `2 / (fan_in + fan_out)`, truncated at two standard deviations.
    /// (Glorot and Bengio, *Understanding the difficulty of training deep feedforward neural networks*, 2010;
    /// [Keras](https://keras.io/api/layers/initializers/#glorotnormal-class))
    GlorotNormal = 1.0, FanAvg, TruncatedNormal
}

named! {
    /// Uniform random numbers within `± sqrt(3 / fan_in)`.
    /// (LeCun et al., *Efficient BackProp*, 1998; [Keras](https://keras.io/api/layers/initializers/#lecununiform-class))
    LecunUniform = 1.0, FanIn, Uniform
}

named! {
    /// Normal random numbers with variance `1 / fan_in`, truncated at two standard deviations, for layers with the activation
    /// [`Selu`](crate::activations::Selu).
    /// (LeCun et al., *Efficient BackProp*, 1998; [Keras](https://keras.io/api/layers/initializers/#lecunnormal-class))
    LecunNormal = 1.0, FanIn, TruncatedNormal
}

named! {
    /// Uniform random numbers within `± sqrt(6 / fan_in)`, for layers with the activation
    /// [`Relu`](struct@crate::activations::Relu).
    /// (He et al., *Delving Deep into Rectifiers*, 2015;
    /// [Keras](https://keras.io/api/layers/initializers/#heuniform-class))
    HeUniform = 2.0, FanIn, Uniform
}

named! {
    /// Normal random numbers with variance `2 / fan_in`, truncated at two standard deviations, for layers with the activation
    /// [`Relu`](struct@crate::activations::Relu).
    /// (He et al., *Delving Deep into Rectifiers*, 2015;
    /// [Keras](https://keras.io/api/layers/initializers/#henormal-class))
    HeNormal = 2.0, FanIn, TruncatedNormal
}
