use super::Sees;
use super::elementwise::Elementwise;
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe, POSITIVE};

/// A smooth rectifier without exponentials, `a = (z + sqrt(z^2 + b)) / 2`.
/// (Barron, *Squareplus: A Softplus-Like Algebraic Rectifier*, 2021;
/// [Keras](https://keras.io/api/layers/activations/#squareplus-function))
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(layers::Activation::new(Squareplus.b(9.0)));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![0.0, 4.0])?, dmatrix![1.5, 4.5]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[doc(alias = "squareplus")]
pub struct Squareplus {
    b: f64,
}

/// [`Squareplus`](struct@Squareplus) with Keras' default, `b` = 4.
#[allow(non_upper_case_globals)]
pub const Squareplus: Squareplus = Squareplus { b: 4.0 };

impl Squareplus {
    /// Sets `b`, above 0 (default 4): the larger it is, the rounder the curve around 0.
    pub fn b(mut self, b: f64) -> Self {
        self.b = b;
        self
    }

    #[inline(always)]
    fn root<T: Scalar>(&self, z: T) -> T {
        (z * z + T::of(self.b)).sqrt()
    }
}

impl Default for Squareplus {
    fn default() -> Self {
        Squareplus
    }
}

impl Describe for Squareplus {
    fn class_name(&self) -> &'static str {
        "squareplus"
    }

    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("b", &mut self.b, POSITIVE);
    }
}

impl Elementwise for Squareplus {
    super::elementwise::compiled!(Squareplus);

    // Below 0, root + z would lose precision, so the equal expression b / (root - z) is used.
    #[inline(always)]
    fn value<T: Scalar>(&self, z: T) -> T {
        let sum = self.root(z) + z.abs();
        T::of(0.5) * if z < T::zero() { T::of(self.b) / sum } else { sum }
    }

    // The derivative is (1 + z / root) / 2 = a / root.
    #[inline(always)]
    fn derivative<T: Scalar>(&self, z: T) -> T {
        self.value(z) / self.root(z)
    }

    fn derivative_sees(&self) -> Sees {
        Sees::Input
    }
}
