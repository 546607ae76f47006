//! The parts of a kind by name.

use super::{Arguments, ByValue, Choice, Describe, IntoPart, Part, Spec};
use crate::base::{Result, UnknownName};
use std::any::{Any, TypeId};
use std::fmt::Debug;
use std::sync::Arc;

/// The parts of one kind by name.
pub struct Names<P: ?Sized> {
    entries: Vec<Entry<P>>,
}

struct Entry<P: ?Sized> {
    name: &'static str,
    aliases: Vec<String>,
    prototype: Box<dyn Prototype<P>>,
}

/// A part with its defaults: all that is compiled for each registered part by itself.
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
    /// The parts that a list registers.
    pub(crate) fn of(register: impl Fn(&mut Self)) -> Self {
        let mut names = Self { entries: Vec::new() };
        register(&mut names);
        names
    }

    /// Adds a part under its class name and these further names; a prototype gives the defaults.
    ///
    /// A part registered later hides an earlier one of the same name.
    pub fn register<A>(&mut self, prototype: A, aliases: &[&str])
    where
        A: IntoPart<P, ByValue> + Describe + Clone + Send + Sync + 'static,
    {
        self.add(Box::new(prototype), aliases);
    }

    fn add(&mut self, prototype: Box<dyn Prototype<P>>, aliases: &[&str]) {
        let aliases = aliases.iter().map(|alias| alias.to_string()).collect();
        self.entries.push(Entry { name: prototype.class_name(), aliases, prototype });
    }

    /// The class names, in the order they were registered.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name)
    }

    /// Every further name with the class name that it is for.
    #[cfg(test)]
    pub(crate) fn aliases(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().flat_map(|entry| entry.aliases.iter().map(|alias| (alias.as_str(), entry.name)))
    }

    /// The spec of a part with all its arguments at their defaults, if there is a part of this name.
    pub fn defaults(&self, name: &str) -> Option<Spec> {
        Some(Arguments::write(&mut *self.entry(name)?.prototype.copy()))
    }

    /// The spec of a part with every argument that it takes, also those that its spec leaves out at their defaults.
    #[cfg(feature = "keras")]
    pub(crate) fn every_argument(&self, name: &str) -> Option<Spec> {
        Some(Arguments::write_all(&mut *self.entry(name)?.prototype.copy()))
    }

    fn entry(&self, name: &str) -> Option<&Entry<P>> {
        let wanted = normalized(name);
        let matches = |name: &str| normalized(name) == wanted;
        self.entries.iter().rev().find(|entry| matches(entry.name) || entry.aliases.iter().any(|alias| matches(alias)))
    }

    fn make(&self, spec: &Spec, registry: Option<&dyn Lookup>) -> Result<Arc<P>> {
        let Some(entry) = self.entry(&spec.class_name) else {
            return Err(UnknownName::new(P::KIND, &spec.class_name, &mut self.names()).into());
        };
        let mut part = entry.prototype.copy();
        Arguments::read(&mut *part, spec, registry)?;
        Ok(part.finish().get()?)
    }
}

impl<P: ?Sized> Debug for Names<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.entries.iter().map(|entry| &entry.name)).finish()
    }
}

/// `MeanSquaredError`, `mean_squared_error` and `MEANSQUAREDERROR` are one name.
fn normalized(name: &str) -> String {
    name.chars().filter(|c| *c != '_').map(|c| c.to_ascii_lowercase()).collect()
}

/// A registry of parts, whatever its number type.
pub trait Lookup {
    /// The [`Names`] of one kind, by the type id of the kind; `None` if it has no such kind.
    fn names_of(&self, kind: TypeId) -> Option<&dyn Any>;
}

/// A kind of part: `dyn Activation<T>`, `dyn Loss<T>` and so on.
pub trait Kind: Part {
    /// What it is called in messages.
    const KIND: &'static str;
    /// The parts of this kind that come with the crate.
    fn built_in() -> Names<Self>;

    /// Makes the part that a spec describes; without a registry only those that come with the crate are known.
    ///
    /// # Errors
    ///
    /// An unknown name or argument, an argument outside its range, a registry for another number type.
    fn find(registry: Option<&dyn Lookup>, spec: &Spec) -> Result<Arc<Self>>;

    /// The part of this name that comes with the crate, with all its arguments at their defaults.
    fn named(name: &str) -> Choice<Self>;
}

/// What [`Kind::find`] does, for every kind.
pub(crate) fn find<P: Kind + ?Sized>(registry: Option<&dyn Lookup>, spec: &Spec) -> Result<Arc<P>> {
    let Some(registry) = registry else { return P::built_in().make(spec, None) };
    match registry.names_of(TypeId::of::<P>()).and_then(<dyn Any>::downcast_ref::<Names<P>>) {
        Some(names) => names.make(spec, Some(registry)),
        None => {
            let hint = "this registry is for models of another number type".to_string();
            Err(UnknownName { kind: P::KIND, name: spec.class_name.clone(), hint }.into())
        }
    }
}

/// What [`Kind::named`] does, for every kind.
pub(crate) fn named<P: Kind + ?Sized>(name: &str) -> Choice<P> {
    let unknown = |_| UnknownName::new(P::KIND, name, &mut P::built_in().names());
    Choice(find(None, &Spec::named(name)).map_err(unknown))
}
