use super::Initializer;
use crate::base::{Error, Result, Rng};
use crate::part::{Arguments, Describe, FINITE};

/// Sets all weights to 0, `w = 0`; the default for biases. [Keras](https://keras.io/api/layers/initializers/#zeros-class)
/// It is also found as `"zero"`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "zero")]
pub struct Zeros;

/// Sets all weights to 1, `w = 1`. [Keras](https://keras.io/api/layers/initializers/#ones-class)
/// It is also found as `"one"`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[doc(alias = "one")]
pub struct Ones;

/// Sets all weights to the same value. [Keras](https://keras.io/api/layers/initializers/#constant-class)
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(2).kernel_initializer(Identity.gain(3.0)).bias_initializer(Constant::new(0.5)));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![1.0, 2.0])?, dmatrix![3.5, 6.5]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Constant {
    value: f64,
}

impl Constant {
    /// Creates an initializer with this value, any finite number (Keras' default is 0).
    pub fn new(value: f64) -> Self {
        Self { value }
    }
}

/// A multiple of the identity matrix: `gain` on the diagonal, `w[i, i] = gain`, and 0 elsewhere.
/// [Keras](https://keras.io/api/layers/initializers/#identity-class)
/// It is also found as `"IdentityInitializer"`.
///
/// # Errors
///
/// Building the model fails if the weight does not have exactly two axes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[doc(alias = "IdentityInitializer")]
pub struct Identity {
    gain: f64,
}

/// [`Identity`](struct@Identity) with Keras' default, a gain of 1.
#[allow(non_upper_case_globals)]
pub const Identity: Identity = Identity { gain: 1.0 };

impl Identity {
    /// Sets the value on the diagonal, any finite number (default 1).
    pub fn gain(mut self, gain: f64) -> Self {
        self.gain = gain;
        self
    }
}

impl Default for Identity {
    fn default() -> Self {
        Identity
    }
}

impl Describe for Zeros {}
impl Describe for Ones {}

impl Describe for Constant {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("value", &mut self.value, FINITE);
    }
}

impl Describe for Identity {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("gain", &mut self.gain, FINITE);
    }
}

impl Initializer for Zeros {
    crate::part::compiled!(Initializer for Zeros);

    fn fill(&self, _shape: &[usize], _rng: &mut Rng, values: &mut [f64]) {
        values.fill(0.0);
    }
}

impl Initializer for Ones {
    crate::part::compiled!(Initializer for Ones);

    fn fill(&self, _shape: &[usize], _rng: &mut Rng, values: &mut [f64]) {
        values.fill(1.0);
    }
}

impl Initializer for Constant {
    crate::part::compiled!(Initializer for Constant);

    fn fill(&self, _shape: &[usize], _rng: &mut Rng, values: &mut [f64]) {
        values.fill(self.value);
    }
}

impl Initializer for Identity {
    crate::part::compiled!(Initializer for Identity);

    fn fill(&self, shape: &[usize], _rng: &mut Rng, values: &mut [f64]) {
        values.fill(0.0);
        let columns = shape.last().copied().unwrap_or(1);
        // Row i starts at i * columns, so the diagonal element is every (columns + 1)-th value.
        values.iter_mut().step_by(columns + 1).take(columns).for_each(|value| *value = self.gain);
    }

    fn check(&self, shape: &[usize]) -> Result<()> {
        if shape.len() == 2 {
            return Ok(());
        }
        Err(Error::argument("Identity", "shape", format!("{shape:?}"), "a weight with two axes"))
    }
}
