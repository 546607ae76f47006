//! What can be given where a part is expected.

use super::Kind;
use crate::base::UnknownName;
use std::sync::Arc;

/// A part that was chosen by value or by name; a name that does not exist is reported when the model is built.
#[derive(Debug)]
pub struct Choice<P: ?Sized>(pub(super) Result<Arc<P>, UnknownName>);

impl<P: ?Sized> Choice<P> {
    /// The part, or the unknown name that was given.
    pub fn get(&self) -> Result<Arc<P>, UnknownName> {
        self.0.clone()
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

/// What can be given where a part is expected: the part itself, Keras' name for it, or a `Box` or `Arc` of a `dyn` one.
///
/// The second parameter tells the three apart and is always inferred.
pub trait IntoPart<P: ?Sized, Marker> {
    /// The part, or the unknown name.
    fn into_part(self) -> Choice<P>;
}

/// The part itself was given; see [`IntoPart`].
#[derive(Debug)]
pub enum ByValue {}
/// A name was given; see [`IntoPart`].
#[derive(Debug)]
pub enum ByName {}
/// A shared part was given; see [`IntoPart`].
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
