//! The options of loading a model.

use super::Registry;
use crate::kernels::Scalar;

/// The options of [`Sequential::load_with`](crate::Sequential::load_with) and
/// [`Sequential::from_bytes_with`](crate::Sequential::from_bytes_with).
///
/// A reference to a [`Registry`] can be given in their place.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::<f64>::with_seed(1);
/// model.add(Input::new(3));
/// model.add(Dense::new(1));
/// model.compile("adam", "mse", ())?;
/// let bytes = model.to_bytes()?;
/// let loaded = Sequential::<f64>::from_bytes_with(LoadOptions::new().compile(false), &bytes)?;
/// assert!(loaded.why_uncompiled().unwrap().contains("`compile(false)`"));
/// assert_eq!(loaded.get_weights(), model.get_weights());
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct LoadOptions<'r, T: Scalar> {
    pub(super) registry: Option<&'r Registry<T>>,
    pub(super) compile: bool,
}

impl<'r, T: Scalar> LoadOptions<'r, T> {
    /// Creates options with their defaults: the crate's own parts, and a model that is compiled if its file allows it.
    pub fn new() -> Self {
        Self { registry: None, compile: true }
    }

    /// Sets the registry that knows the user's own parts (default: the crate's own parts).
    pub fn registry(mut self, registry: &'r Registry<T>) -> Self {
        self.registry = Some(registry);
        self
    }

    /// Sets whether the model is compiled as its file says, and gets the state of the optimizer (default: true).
    pub fn compile(mut self, compile: bool) -> Self {
        self.compile = compile;
        self
    }
}

impl<T: Scalar> Default for LoadOptions<'_, T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'r, T: Scalar> From<&'r Registry<T>> for LoadOptions<'r, T> {
    fn from(registry: &'r Registry<T>) -> Self {
        Self::new().registry(registry)
    }
}
