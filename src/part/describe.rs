//! What a part says of itself, and what every part can do.

use super::{Arguments, Spec};
use crate::base::Result;
use std::any::Any;
use std::fmt::Debug;

/// What a part says of itself: its class name and its arguments, each with its range, written once.
///
/// One list serves to check the arguments, to write them to a [`Spec`], and to read them from one. A part without
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
    /// The name it is saved under; the name of the type unless Keras spells it otherwise.
    fn class_name(&self) -> &'static str {
        name_of_type(std::any::type_name::<Self>())
    }

    /// Visits every argument with its name, its value and its range.
    fn arguments(&mut self, _arguments: &mut Arguments<'_>) {}
}

/// What everything with a Keras name can do; comes by itself for a type that is [`Describe`] and `Clone`.
pub trait Part: Debug + Send + Sync + 'static {
    /// Keras' name of the class, or of the function for an activation.
    fn name(&self) -> &'static str;
    /// The class name and all arguments.
    fn spec(&self) -> Spec;
    /// Fails with the first argument that lies outside its range, in this part or in one it holds.
    fn check_arguments(&self) -> Result<()>;
    /// The part itself, to ask for its type.
    fn as_any(&self) -> &dyn Any;
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
}

/// The name of a type without its path and its parameters.
fn name_of_type(path: &'static str) -> &'static str {
    let path = path.split('<').next().unwrap_or(path);
    path.rsplit("::").next().unwrap_or(path)
}
