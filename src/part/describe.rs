//! The traits [`Describe`] and [`Part`].

use super::{Arguments, Spec};
use crate::base::Result;
use std::any::Any;
use std::fmt::Debug;

/// The description of a part: its class name and the list of its arguments with their ranges.
///
/// The same list is used to check the arguments, to write them to a [`Spec`], and to read them from a spec. A part without
/// arguments needs an empty `impl`.
///
/// ```
/// use layercake::saving::{Arguments, Describe, Part};
///
/// #[derive(Debug, Clone)]
/// struct Swish {
///     beta: f64,
/// }
///
/// impl Describe for Swish {
///     fn arguments(&mut self, arguments: &mut Arguments<'_>) {
///         arguments.number("beta", &mut self.beta, 0.0..);
///     }
/// }
///
/// assert_eq!(Swish { beta: 1.0 }.spec().to_string(), "Swish(beta=1.0)");
/// let refused = Swish { beta: -1.0 }.check_arguments().unwrap_err();
/// assert_eq!(refused.to_string(), "Swish: beta = -1 is not allowed; expected a number >= 0");
/// ```
pub trait Describe {
    /// Returns the name under which the part is saved (default: the name of the type, without its path and its parameters).
    ///
    /// Override it if Keras has another name for the part.
    fn class_name(&self) -> &'static str {
        name_of_type(std::any::type_name::<Self>())
    }

    /// Visits every argument with its name, its value and its range (default: there are no arguments).
    fn arguments(&mut self, _arguments: &mut Arguments<'_>) {}
}

/// A part: anything that has a name in Keras, such as a layer or a loss.
///
/// Every type that implements [`Describe`], `Clone` and `Debug`, and can be shared between threads, implements it.
pub trait Part: Debug + Send + Sync + 'static {
    /// Returns Keras' name of the class, or of the function for an activation.
    fn name(&self) -> &'static str;
    /// Returns the class name and all arguments.
    fn spec(&self) -> Spec;
    /// Checks that each argument is in its range, in this part and in the parts that it holds.
    ///
    /// # Errors
    ///
    /// The first argument that is outside its range, usually as [`Error::Argument`](crate::Error::Argument).
    fn check_arguments(&self) -> Result<()>;
    /// Returns the part as [`Any`], which can be downcast to its type.
    fn as_any(&self) -> &dyn Any;
    /// Returns whether the type of the part is defined outside of this crate.
    #[doc(hidden)]
    fn is_own(&self) -> bool;
}

impl<P: Describe + Clone + Debug + Send + Sync + 'static> Part for P {
    fn name(&self) -> &'static str {
        self.class_name()
    }

    fn spec(&self) -> Spec {
        Arguments::write(&mut self.clone())
    }

    fn check_arguments(&self) -> Result<()> {
        Arguments::check_part(&mut self.clone())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn is_own(&self) -> bool {
        !std::any::type_name::<P>().starts_with("layercake::")
    }
}

/// Returns the name of a type without its path and its parameters.
fn name_of_type(path: &'static str) -> &'static str {
    let end = path.find('<').unwrap_or(path.len());
    let start = path[..end].rfind(':').map_or(0, |colon| colon + 1);
    &path[start..end]
}
