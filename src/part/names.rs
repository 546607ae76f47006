//! The traits and the table that find a part by its name.

use super::{Arguments, ByValue, Choice, Describe, IntoPart, Part, Spec};
use crate::base::{Result, UnknownName};
use std::any::{Any, TypeId};
use std::fmt::Debug;
use std::sync::Arc;

/// The parts of one kind by name.
///
/// A name is found with or without underscores, in upper or lower case.
pub struct Names<P: ?Sized> {
    known: Known,
    prototypes: Vec<Box<dyn Prototype<P>>>,
}

/// The class name of each prototype, and its aliases.
#[derive(Default)]
struct Known(Vec<(&'static str, Vec<String>)>);

impl Known {
    fn add(&mut self, name: &'static str, aliases: &[&str]) {
        self.0.push((name, aliases.iter().map(|alias| alias.to_string()).collect()));
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| *name)
    }

    /// Returns the place of the last one with this name.
    fn place(&self, name: &str) -> Option<usize> {
        let wanted = normalized(name);
        let matches = |name: &str| normalized(name) == wanted;
        self.0.iter().rposition(|(name, aliases)| matches(name) || aliases.iter().any(|alias| matches(alias)))
    }

    fn unknown(&self, kind: &'static str, name: &str) -> UnknownName {
        UnknownName::new(kind, name, &mut self.names())
    }
}

/// A part with its defaults. Only these two methods are compiled for each registered part; all other code is shared.
trait Prototype<P: ?Sized>: Describe + Send + Sync {
    fn copy(&self) -> Box<dyn Prototype<P>>;
    fn finish(self: Box<Self>) -> Choice<P>;
}

impl<P: ?Sized, A: IntoPart<P, ByValue> + Describe + Clone + Send + Sync + 'static> Prototype<P> for A {
    fn copy(&self) -> Box<dyn Prototype<P>> {
        Box::new(self.clone())
    }

    fn finish(self: Box<Self>) -> Choice<P> {
        (*self).into_part()
    }
}

impl<P: Kind + ?Sized> Names<P> {
    /// Makes the table of the parts that `register` adds.
    pub(crate) fn of(register: impl Fn(&mut Self)) -> Self {
        let mut names = Self { known: Known::default(), prototypes: Vec::new() };
        register(&mut names);
        names
    }

    /// Adds a part under its class name and the names in `aliases`; `prototype` is the part with its defaults.
    ///
    /// If several parts have the same name, the last one added is found.
    pub fn register<A>(&mut self, prototype: A, aliases: &[&str])
    where
        A: IntoPart<P, ByValue> + Describe + Clone + Send + Sync + 'static,
    {
        self.add(Box::new(prototype), aliases);
    }

    fn add(&mut self, prototype: Box<dyn Prototype<P>>, aliases: &[&str]) {
        self.known.add(prototype.class_name(), aliases);
        self.prototypes.push(prototype);
    }

    /// Returns the class names, in the order in which the parts were added.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.names()
    }

    /// Returns every alias with the class name of its part.
    #[cfg(test)]
    pub(crate) fn aliases(&self) -> impl Iterator<Item = (&str, &str)> {
        self.known.0.iter().flat_map(|(name, aliases)| aliases.iter().map(|alias| (alias.as_str(), *name)))
    }

    /// Returns the spec of a part with all its arguments at their defaults; `None` if there is no part with this name.
    pub fn defaults(&self, name: &str) -> Option<Spec> {
        Some(Arguments::write(&mut *self.copy(name)?))
    }

    /// The spec of a part with every argument that it takes, also those that its spec leaves out at their defaults.
    #[cfg(feature = "keras")]
    pub(crate) fn every_argument(&self, name: &str) -> Option<Spec> {
        Some(Arguments::write_all(&mut *self.copy(name)?))
    }

    fn copy(&self, name: &str) -> Option<Box<dyn Prototype<P>>> {
        self.known.place(name).map(|place| self.prototypes[place].copy())
    }

    fn make(&self, spec: &Spec, registry: &dyn Lookup) -> Result<Arc<P>> {
        let Some(mut part) = self.copy(&spec.class_name) else {
            return Err(self.known.unknown(P::KIND, &spec.class_name).into());
        };
        Arguments::read(&mut *part, spec, registry)?;
        Ok(part.finish().get()?)
    }
}

impl<P: ?Sized> Debug for Names<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.known.names()).finish()
    }
}

/// Returns the name in lower case without underscores: `MeanSquaredError` and `mean_squared_error` become the same.
fn normalized(name: &str) -> String {
    name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect()
}

/// A registry of parts for models of any number type.
pub trait Lookup {
    /// Returns the [`Names`] of the kind with this type id; `None` if the registry has no such kind.
    fn names_of(&self, kind: TypeId) -> Option<&dyn Any>;
}

/// The parts of one kind, for parts that hold no parts of other kinds.
impl<P: ?Sized + 'static> Lookup for Names<P> {
    fn names_of(&self, kind: TypeId) -> Option<&dyn Any> {
        (kind == TypeId::of::<P>()).then_some(self)
    }
}

/// A registry for parts that hold no other parts.
pub(crate) struct NoParts;

impl Lookup for NoParts {
    fn names_of(&self, _: TypeId) -> Option<&dyn Any> {
        None
    }
}

/// A kind of part: `dyn Activation<T>`, `dyn Loss<T>` and so on.
///
/// The crate implements it for its own kinds.
pub trait Kind: Part {
    /// The name of the kind in messages, e.g. `loss`.
    const KIND: &'static str;
    /// Returns the crate's own parts of this kind.
    fn built_in() -> Names<Self>;

    /// Makes the part that a spec describes; it and the parts that it holds are looked up in the registry.
    ///
    /// # Errors
    ///
    /// The name or an argument is unknown, an argument is outside its range, or the registry is for another number type.
    fn find(registry: &dyn Lookup, spec: &Spec) -> Result<Arc<Self>>;

    /// Returns the crate's own part with this name, with all its arguments at their defaults.
    fn named(name: &str) -> Choice<Self>;
}

/// Implements [`Kind::find`] for every kind.
///
/// It never names the crate's own parts: each layer can be read from a spec, and would link all of them into every program.
pub(crate) fn find<P: Kind + ?Sized>(registry: &dyn Lookup, spec: &Spec) -> Result<Arc<P>> {
    match registry.names_of(TypeId::of::<P>()).and_then(<dyn Any>::downcast_ref::<Names<P>>) {
        Some(names) => names.make(spec, registry),
        None => Err(of_other_numbers(P::KIND, &spec.class_name).into()),
    }
}

fn of_other_numbers(kind: &'static str, name: &str) -> UnknownName {
    let hint = "this registry is for models of another number type".to_string();
    UnknownName { kind, name: name.to_string(), hint }
}

/// Implements [`Kind::named`] for every kind.
pub(crate) fn named<P: Kind + ?Sized>(name: &str) -> Choice<P> {
    let built_in = P::built_in();
    let unknown = |_| Arc::new(built_in.known.unknown(P::KIND, name));
    Choice(built_in.make(&Spec::named(name), &built_in).map_err(unknown))
}
