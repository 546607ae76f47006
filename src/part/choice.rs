//! The values that can be given where a part is expected.

use super::Kind;
use crate::base::UnknownName;
use std::sync::Arc;

/// A part that was given by value or by name; an unknown name is reported when the model is built.
#[derive(Debug)]
pub struct Choice<P: ?Sized>(pub(super) Result<Arc<P>, Arc<UnknownName>>);

impl<P: ?Sized> Choice<P> {
    /// Returns the part.
    ///
    /// # Errors
    ///
    /// [`UnknownName`] if a name was given and no part has this name.
    pub fn get(&self) -> Result<Arc<P>, UnknownName> {
        self.0.clone().map_err(Arc::unwrap_or_clone)
    }
}

impl<P: ?Sized> Clone for Choice<P> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<P: ?Sized> From<Arc<P>> for Choice<P> {
    fn from(part: Arc<P>) -> Self {
        Self(Ok(part))
    }
}

/// A value that can be given where a part is expected: the part itself, Keras' name of it, or a `Box` or `Arc` of a `dyn` part.
///
/// `Marker` is [`ByValue`], [`ByName`] or [`Shared`], and is always inferred.
pub trait IntoPart<P: ?Sized, Marker> {
    /// Converts the value to a part; an unknown name is kept for a later error.
    fn into_part(self) -> Choice<P>;
}

/// Marks that the part itself was given; see [`IntoPart`].
#[derive(Debug)]
pub enum ByValue {}
/// Marks that a name was given; see [`IntoPart`].
#[derive(Debug)]
pub enum ByName {}
/// Marks that a `Box` or an `Arc` was given; see [`IntoPart`].
#[derive(Debug)]
pub enum Shared {}

impl<P: Kind + ?Sized> IntoPart<P, ByName> for &str {
    fn into_part(self) -> Choice<P> {
        P::named(self)
    }
}

impl<P: Kind + ?Sized> IntoPart<P, ByName> for &&str {
    fn into_part(self) -> Choice<P> {
        (*self).into_part()
    }
}

impl<P: Kind + ?Sized> IntoPart<P, ByName> for &String {
    fn into_part(self) -> Choice<P> {
        self.as_str().into_part()
    }
}

impl<P: Kind + ?Sized> IntoPart<P, ByName> for String {
    fn into_part(self) -> Choice<P> {
        self.as_str().into_part()
    }
}

impl<P: ?Sized> IntoPart<P, Shared> for Box<P> {
    fn into_part(self) -> Choice<P> {
        Arc::<P>::from(self).into()
    }
}

impl<P: ?Sized> IntoPart<P, Shared> for Arc<P> {
    fn into_part(self) -> Choice<P> {
        self.into()
    }
}
