//! The options of a weight: its initializer, regularizer, constraint, learning rate factor and weight decay factor.

use crate::base::{Error, Result};
use crate::constraints::Constraint;
use crate::initializers::Initializer;
use crate::kernels::Scalar;
use crate::part::{Arguments, Choice, IntoPart};
use crate::regularizers::Regularizer;
use std::sync::Arc;

/// The options of one weight of a layer.
///
/// ```
/// use layercake::layers::{Param, WeightOptions};
/// use layercake::prelude::*;
///
/// let options = WeightOptions::new(GlorotUniform).regularizer(L2::new(1e-4)).learning_rate_factor(0.1);
/// let kernel = Param::<f32>::new("kernel", [3, 8], &options)?;
/// # let _ = kernel;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct WeightOptions<T: Scalar> {
    pub(crate) initializer: Choice<dyn Initializer>,
    pub(crate) regularizer: Option<Choice<dyn Regularizer<T>>>,
    pub(crate) constraint: Option<Choice<dyn Constraint<T>>>,
    pub(crate) learning_rate_factor: f64,
    pub(crate) weight_decay_factor: f64,
}

impl<T: Scalar> WeightOptions<T> {
    /// Creates options with this initializer, without a regularizer and a constraint, and with factors of 1.
    pub fn new<Marker>(initializer: impl IntoPart<dyn Initializer, Marker>) -> Self {
        Self {
            initializer: initializer.into_part(),
            regularizer: None,
            constraint: None,
            learning_rate_factor: 1.0,
            weight_decay_factor: 1.0,
        }
    }

    /// Sets the initializer of the weight.
    pub fn initializer<Marker>(mut self, initializer: impl IntoPart<dyn Initializer, Marker>) -> Self {
        self.initializer = initializer.into_part();
        self
    }

    /// Sets the regularizer, whose penalty on the weight is added to the loss (default: none).
    pub fn regularizer<Marker>(mut self, regularizer: impl IntoPart<dyn Regularizer<T>, Marker>) -> Self {
        self.regularizer = Some(regularizer.into_part());
        self
    }

    /// Sets the constraint that is applied to the weight after each update (default: none).
    pub fn constraint<Marker>(mut self, constraint: impl IntoPart<dyn Constraint<T>, Marker>) -> Self {
        self.constraint = Some(constraint.into_part());
        self
    }

    /// Sets the learning rate of the weight, as a multiple of the optimizer's, at least 0 (default 1).
    pub fn learning_rate_factor(mut self, factor: f64) -> Self {
        self.learning_rate_factor = factor;
        self
    }

    /// Sets the weight decay of the weight, as a multiple of the optimizer's, at least 0 (default 1).
    pub fn weight_decay_factor(mut self, factor: f64) -> Self {
        self.weight_decay_factor = factor;
        self
    }
}

/// A weight that a layer declares: its name, shape and options.
#[derive(Debug, Clone)]
pub struct Param<T: Scalar> {
    pub(crate) name: &'static str,
    pub(crate) shape: Vec<usize>,
    pub(crate) initializer: Arc<dyn Initializer>,
    pub(crate) regularizer: Option<Arc<dyn Regularizer<T>>>,
    pub(crate) constraint: Option<Arc<dyn Constraint<T>>>,
    pub(crate) learning_rate_factor: f64,
    pub(crate) weight_decay_factor: f64,
}

impl<T: Scalar> Param<T> {
    /// Creates a weight with Keras' name and shape; its values are in Keras' order, in which the last axis runs fastest.
    ///
    /// # Errors
    ///
    /// It fails if no initializer, regularizer or constraint has the given name, if one of their arguments is out of range, if
    /// one of them cannot be applied to the shape, or if a factor is negative, NaN or infinite.
    pub fn new(name: &'static str, shape: impl Into<Vec<usize>>, options: &WeightOptions<T>) -> Result<Self> {
        Self::of(name, shape.into(), options)
    }

    fn of(name: &'static str, shape: Vec<usize>, options: &WeightOptions<T>) -> Result<Self> {
        let initializer = options.initializer.get()?;
        initializer.check_arguments()?;
        initializer.check(&shape)?;
        let regularizer = checked_regularizer(&options.regularizer)?;
        regularizer.as_ref().map_or(Ok(()), |regularizer| regularizer.check(&shape))?;
        let constraint = options.constraint.as_ref().map(Choice::get).transpose()?;
        if let Some(constraint) = &constraint {
            constraint.check_arguments()?;
            constraint.check(&shape)?;
        }
        let WeightOptions { learning_rate_factor, weight_decay_factor, .. } = *options;
        for (argument, factor) in [("learning_rate_factor", learning_rate_factor), ("weight_decay_factor", weight_decay_factor)] {
            if !(0.0..f64::INFINITY).contains(&factor) {
                return Err(Error::argument(name, argument, factor, "a number >= 0 and < inf"));
            }
        }
        Ok(Self { name, shape, initializer, regularizer, constraint, learning_rate_factor, weight_decay_factor })
    }
}

/// Returns the chosen regularizer, and fails if its name is unknown or one of its arguments is out of range.
pub(super) fn checked_regularizer<T: Scalar>(
    regularizer: &Option<Choice<dyn Regularizer<T>>>,
) -> Result<Option<Arc<dyn Regularizer<T>>>> {
    let regularizer = regularizer.as_ref().map(Choice::get).transpose()?;
    regularizer.as_ref().map_or(Ok(()), |regularizer| regularizer.check_arguments())?;
    Ok(regularizer)
}

/// Visits the two factors of a weight. Keras does not have them, so they are written only if they are not 1.
pub(crate) fn factor_arguments<T: Scalar>(
    arguments: &mut Arguments<'_>,
    names: [&'static str; 2],
    options: &mut WeightOptions<T>,
) {
    arguments.number_unless(names[0], &mut options.learning_rate_factor, 1.0, 0.0..f64::INFINITY);
    arguments.number_unless(names[1], &mut options.weight_decay_factor, 1.0, 0.0..f64::INFINITY);
}

/// Visits the options of a weight, which are the arguments that start with the name of the weight.
macro_rules! weight_arguments {
    ($arguments:ident, $options:expr, $name:literal) => {
        $arguments.part(concat!($name, "_initializer"), &mut $options.initializer);
        $arguments.optional_part(concat!($name, "_regularizer"), &mut $options.regularizer);
        $arguments.optional_part(concat!($name, "_constraint"), &mut $options.constraint);
        $crate::layers::factor_arguments(
            $arguments,
            [concat!($name, "_learning_rate_factor"), concat!($name, "_weight_decay_factor")],
            &mut $options,
        );
    };
}
pub(crate) use weight_arguments;

/// Defines the builder methods for the options of a weight, which are in the given field.
macro_rules! weight_setters {
    (
        $($field:ident).+: $what:literal, $default:literal,
        $initializer:ident, $regularizer:ident, $constraint:ident, $learning_rate_factor:ident, $weight_decay_factor:ident
    ) => {
        #[doc = concat!("Sets the initializer of the ", $what, " (default: `", $default, "`).")]
        pub fn $initializer<Marker>(
            mut self,
            initializer: impl $crate::part::IntoPart<dyn $crate::initializers::Initializer, Marker>,
        ) -> Self {
            self.$($field).+.initializer = initializer.into_part();
            self
        }

        #[doc = concat!("Sets the regularizer, whose penalty on the ", $what, " is added to the loss (default: none).")]
        pub fn $regularizer<Marker>(
            mut self,
            regularizer: impl $crate::part::IntoPart<dyn $crate::regularizers::Regularizer<T>, Marker>,
        ) -> Self {
            self.$($field).+.regularizer = Some(regularizer.into_part());
            self
        }

        #[doc = concat!("Sets the constraint that is applied to the ", $what, " after each update (default: none).")]
        pub fn $constraint<Marker>(
            mut self,
            constraint: impl $crate::part::IntoPart<dyn $crate::constraints::Constraint<T>, Marker>,
        ) -> Self {
            self.$($field).+.constraint = Some(constraint.into_part());
            self
        }

        #[doc = concat!("Sets the learning rate of the ", $what, ", as a multiple of the optimizer's, at least 0 (default 1).")]
        ///
        /// Keras has no such argument: to load a model that uses it in Python, you need your own layer class.
        pub fn $learning_rate_factor(mut self, factor: f64) -> Self {
            self.$($field).+.learning_rate_factor = factor;
            self
        }

        #[doc = concat!("Sets the weight decay of the ", $what, ", as a multiple of the optimizer's, at least 0 (default 1).")]
        ///
        /// Keras has no such argument: to load a model that uses it in Python, you need your own layer class.
        pub fn $weight_decay_factor(mut self, factor: f64) -> Self {
            self.$($field).+.weight_decay_factor = factor;
            self
        }
    };
}
pub(crate) use weight_setters;
