use crate::base::{Batch, BatchMut, Error, Result, Shape};
use crate::constraints::Constraint;
use crate::initializers::{Initializer, Zeros};
use crate::kernels;
use crate::kernels::Scalar;
use crate::layers::{Backward, Layer, Param, Plan, Weights};
use crate::part::{Arguments, Choice, Describe, IntoPart};
use crate::regularizers::Regularizer;

/// A rectifier that learns its slope below 0: `y = x` where `x > 0`, `alpha * x` elsewhere.
/// (He et al., *Delving Deep into Rectifiers*, 2015; [Keras](https://keras.io/api/layers/activation_layers/prelu/))
///
/// Weight: `alpha`, of the shape of a sample, with extent 1 along `shared_axes`.
///
/// # Errors
///
/// A shared axis that the samples do not have.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(PRelu::default().alpha_initializer("ones").alpha_regularizer(L2::new(1e-3)));
/// model.build(2)?;
/// assert_eq!(model.predict(&dmatrix![-3.0, 4.0])?, dmatrix![-3.0, 4.0]);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
#[doc(alias = "PReLU")]
pub struct PRelu<T: Scalar> {
    alpha_initializer: Choice<dyn Initializer>,
    alpha_regularizer: Option<Choice<dyn Regularizer<T>>>,
    alpha_constraint: Option<Choice<dyn Constraint<T>>>,
    shared_axes: Option<Vec<i64>>,
}

impl<T: Scalar> PRelu<T> {
    /// What the slopes start from (default: `Zeros`).
    pub fn alpha_initializer<Way>(mut self, initializer: impl IntoPart<dyn Initializer, Way>) -> Self {
        self.alpha_initializer = initializer.into_part();
        self
    }

    /// What the model pays for large slopes (default: nothing).
    pub fn alpha_regularizer<Way>(mut self, regularizer: impl IntoPart<dyn Regularizer<T>, Way>) -> Self {
        self.alpha_regularizer = Some(regularizer.into_part());
        self
    }

    /// What the slopes are held to after each update (default: nothing).
    pub fn alpha_constraint<Way>(mut self, constraint: impl IntoPart<dyn Constraint<T>, Way>) -> Self {
        self.alpha_constraint = Some(constraint.into_part());
        self
    }

    /// The axes of a sample, counted from 1, along which all values share one slope (default: none).
    pub fn shared_axes(mut self, axes: impl Into<Vec<i64>>) -> Self {
        self.shared_axes = Some(axes.into());
        self
    }

    fn is_shared(&self, axis: usize) -> bool {
        self.shared_axes.as_ref().is_some_and(|axes| axes.contains(&(axis as i64 + 1)))
    }

    /// Which slope belongs to a place in a sample.
    fn slope_of(&self, shape: &Shape, mut place: usize) -> usize {
        if self.shared_axes.is_none() {
            return place;
        }
        let (mut number, mut step) = (0, 1);
        for (axis, &extent) in shape.dims().iter().enumerate().rev() {
            if !self.is_shared(axis) {
                number += place % extent * step;
                step *= extent;
            }
            place /= extent;
        }
        number
    }
}

impl<T: Scalar> Default for PRelu<T> {
    fn default() -> Self {
        Self { alpha_initializer: Zeros.into_part(), alpha_regularizer: None, alpha_constraint: None, shared_axes: None }
    }
}

impl<T: Scalar> Describe for PRelu<T> {
    fn class_name(&self) -> &'static str {
        "PReLU"
    }

    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.part("alpha_initializer", &mut self.alpha_initializer);
        arguments.optional_part("alpha_regularizer", &mut self.alpha_regularizer);
        arguments.optional_part("alpha_constraint", &mut self.alpha_constraint);
        arguments.optional_integers("shared_axes", &mut self.shared_axes, 1..);
    }
}

impl<T: Scalar> Layer<T> for PRelu<T> {
    crate::part::compiled!(Layer<T> for PRelu<T>);

    fn plan(&self, input: &Shape) -> Result<Plan<T>> {
        let axes = input.dims().len();
        if let Some(axis) = self.shared_axes.iter().flatten().find(|&&axis| axis < 1 || axis > axes as i64) {
            return Err(Error::argument("PReLU", "shared_axes", axis, format!("1 to {axes}, the axes of a sample {input}")));
        }
        let extents = input.dims().iter().enumerate();
        let shape: Vec<usize> = extents.map(|(axis, &extent)| if self.is_shared(axis) { 1 } else { extent }).collect();
        let alpha = Param::new("alpha", shape, &self.alpha_initializer)?
            .regularizer(&self.alpha_regularizer)?
            .constraint(&self.alpha_constraint)?;
        Ok(Plan::new(input.clone()).param(alpha))
    }

    fn infer(&self, weights: Weights<'_, T>, x: Batch<'_, T>, mut y: BatchMut<'_, T>) {
        y.values().copy_from_slice(x.values());
        let at = |place: usize| [weights.params[self.slope_of(x.shape(), place)]];
        // a comparison with NaN is false, so that NaN passes
        kernels::zip_channels(y.values(), [], x.width(), at, |x, [], [slope]| if x < T::zero() { slope * x } else { x });
    }

    fn backward(&self, pass: Backward<'_, T>) {
        let (x, dy, width) = (pass.x.values(), pass.dy.values(), pass.x.width());
        let slope_of = |place: usize| self.slope_of(pass.x.shape(), place);
        pass.gradient.fill(T::zero());
        let terms = |[x, d]: [T; 2], []: [T; 0]| [if x > T::zero() { T::zero() } else { d * x }];
        kernels::sum_channels([x, dy], width, |_| [], terms, |place, [sum]| pass.gradient[slope_of(place)] += sum);
        if let Some(mut dx) = pass.dx {
            dx.values().copy_from_slice(dy);
            let at = |place: usize| [pass.params[slope_of(place)]];
            // at 0 Keras takes neither slope
            kernels::zip_channels(dx.values(), [x], width, at, |d, [x], [slope]| {
                if x < T::zero() {
                    d * slope
                } else if x == T::zero() {
                    T::zero()
                } else {
                    d
                }
            });
        }
    }
}
