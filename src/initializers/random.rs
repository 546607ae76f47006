use super::{Initializer, seeded};
use crate::base::Rng;
use crate::part::{Arguments, Describe, FINITE};
use rand_distr::{Distribution as _, StandardNormal};

/// Normal random numbers with this mean and standard deviation.
/// [Keras](https://keras.io/api/layers/initializers/#randomnormal-class)
///
/// It is also found as `"normal"`.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::<f64>::new();
/// model.add(Dense::new(8).kernel_initializer(RandomNormal.stddev(0.1)).bias_initializer("uniform"));
/// model.add(Dense::new(8).kernel_initializer(RandomUniform.minval(0.0).maxval(0.1).seed(7)));
/// model.add(Dense::new(8).kernel_initializer(TruncatedNormal.mean(0.5).stddev(0.1)));
/// model.build(2)?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[doc(alias = "normal")]
pub struct RandomNormal {
    mean: f64,
    stddev: f64,
    seed: Option<u64>,
}

/// [`RandomNormal`](struct@RandomNormal) with Keras' defaults, mean 0 and standard deviation 0.05.
#[allow(non_upper_case_globals)]
pub const RandomNormal: RandomNormal = RandomNormal { mean: 0.0, stddev: 0.05, seed: None };

/// Normal random numbers at most two standard deviations from the mean, `|w - mean| <= 2 stddev`; numbers further away are
/// drawn again.
/// [Keras](https://keras.io/api/layers/initializers/#truncatednormal-class)
///
/// `stddev` is the standard deviation before truncation; the truncated numbers have 0.88 times this standard deviation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TruncatedNormal {
    mean: f64,
    stddev: f64,
    seed: Option<u64>,
}

/// [`TruncatedNormal`](struct@TruncatedNormal) with Keras' defaults, mean 0 and standard deviation 0.05.
#[allow(non_upper_case_globals)]
pub const TruncatedNormal: TruncatedNormal = TruncatedNormal { mean: 0.0, stddev: 0.05, seed: None };

/// Uniform random numbers, `minval <= w < maxval`.
/// [Keras](https://keras.io/api/layers/initializers/#randomuniform-class)
///
/// It is also found as `"uniform"`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[doc(alias = "uniform")]
pub struct RandomUniform {
    minval: f64,
    maxval: f64,
    seed: Option<u64>,
}

/// [`RandomUniform`](struct@RandomUniform) with Keras' defaults, from -0.05 to 0.05.
#[allow(non_upper_case_globals)]
pub const RandomUniform: RandomUniform = RandomUniform { minval: -0.05, maxval: 0.05, seed: None };

impl RandomUniform {
    /// Sets the smallest value, any finite number (default -0.05).
    pub fn minval(mut self, minval: f64) -> Self {
        self.minval = minval;
        self
    }

    /// Sets the upper end of the range, at least `minval` (default 0.05).
    pub fn maxval(mut self, maxval: f64) -> Self {
        self.maxval = maxval;
        self
    }

    /// Sets the initializer's own seed, which gives the same values in every model (default: the model's seed).
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }
}

impl Default for RandomUniform {
    fn default() -> Self {
        RandomUniform
    }
}

impl Describe for RandomUniform {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("minval", &mut self.minval, FINITE);
        arguments.number("maxval", &mut self.maxval, self.minval..f64::INFINITY);
        arguments.seed("seed", &mut self.seed);
    }
}

impl Initializer for RandomUniform {
    crate::part::compiled!(Initializer for RandomUniform);

    fn fill(&self, _shape: &[usize], rng: &mut Rng, values: &mut [f64]) {
        // The two ends are weighted, because their difference may overflow.
        seeded(self.seed, rng, |rng| {
            values.fill_with(|| {
                let share = rng.uniform();
                self.minval * (1.0 - share) + self.maxval * share
            });
        });
    }
}

macro_rules! normal {
    ($name:ident, $draw:path) => {
        impl $name {
            /// Sets the mean, any finite number (default 0).
            pub fn mean(mut self, mean: f64) -> Self {
                self.mean = mean;
                self
            }

            /// Sets the standard deviation, at least 0 (default 0.05).
            pub fn stddev(mut self, stddev: f64) -> Self {
                self.stddev = stddev;
                self
            }

            /// Sets the initializer's own seed, which gives the same values in every model (default: the model's seed).
            pub fn seed(mut self, seed: u64) -> Self {
                self.seed = Some(seed);
                self
            }
        }

        impl Default for $name {
            fn default() -> Self {
                $name
            }
        }

        impl Describe for $name {
            fn arguments(&mut self, arguments: &mut Arguments<'_>) {
                arguments.number("mean", &mut self.mean, FINITE);
                arguments.number("stddev", &mut self.stddev, 0.0..f64::INFINITY);
                arguments.seed("seed", &mut self.seed);
            }
        }

        impl Initializer for $name {
            crate::part::compiled!(Initializer for $name);

            fn fill(&self, _shape: &[usize], rng: &mut Rng, values: &mut [f64]) {
                seeded(self.seed, rng, |rng| values.fill_with(|| self.mean + self.stddev * $draw(rng)));
            }
        }
    };
}

normal!(RandomNormal, standard_normal);
normal!(TruncatedNormal, truncated_normal);

/// Draws a normal random number with mean 0 and variance 1.
pub(super) fn standard_normal(rng: &mut Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// Draws standard normal random numbers until one is within two standard deviations of 0.
pub(super) fn truncated_normal(rng: &mut Rng) -> f64 {
    loop {
        let drawn = standard_normal(rng);
        if drawn.abs() <= 2.0 {
            return drawn;
        }
    }
}
