//! The parts of a kind by name.

use super::{Arguments, ByValue, Describe, IntoPart, Part, Spec};
use crate::base::{Result, UnknownName};
use std::any::{Any, TypeId};
use std::fmt::Debug;
use std::sync::Arc;

/// The parts of one kind by name.
pub struct Names<P: ?Sized> {
    entries: Vec<Entry<P>>,
}

struct Entry<P: ?Sized> {
    name: String,
    aliases: Vec<String>,
    make: Make<P>,
    defaults: Box<dyn Fn() -> Spec + Send + Sync>,
}

type Make<P> = Box<dyn Fn(&Spec, Option<&dyn Lookup>) -> Result<Arc<P>> + Send + Sync>;

impl<P: Kind + ?Sized> Names<P> {
    /// No parts.
    pub(crate) fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Adds a part under its class name and these further names; a prototype gives the defaults.
    ///
    /// A part registered later hides an earlier one of the same name.
    pub fn register<A>(&mut self, prototype: A, aliases: &[&str])
    where
        A: IntoPart<P, ByValue> + Describe + Clone + Send + Sync + 'static,
    {
        let name = prototype.class_name().to_string();
        let described = prototype.clone();
        let defaults = Box::new(move || Arguments::write(&mut described.clone()));
        let make: Make<P> = Box::new(move |spec, registry| {
            let mut part = prototype.clone();
            Arguments::read(&mut part, spec, registry)?;
            Ok(part.into_part().get()?)
        });
        let aliases = aliases.iter().map(|alias| alias.to_string()).collect();
        self.entries.push(Entry { name, aliases, make, defaults });
    }

    /// The class names, in the order they were registered.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// The spec of a part with all its arguments at their defaults, if there is a part of this name.
    pub fn defaults(&self, name: &str) -> Option<Spec> {
        self.entry(name).map(|entry| (entry.defaults)())
    }

    fn entry(&self, name: &str) -> Option<&Entry<P>> {
        let wanted = normalized(name);
        let matches = |name: &String| normalized(name) == wanted;
        self.entries.iter().rev().find(|entry| matches(&entry.name) || entry.aliases.iter().any(matches))
    }

    fn make(&self, spec: &Spec, registry: Option<&dyn Lookup>) -> Result<Arc<P>> {
        match self.entry(&spec.class_name) {
            Some(entry) => (entry.make)(spec, registry),
            None => Err(UnknownName::new(P::KIND, &spec.class_name, self.names()).into()),
        }
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
    fn find(registry: Option<&dyn Lookup>, spec: &Spec) -> Result<Arc<Self>> {
        let Some(registry) = registry else { return Self::built_in().make(spec, None) };
        match registry.names_of(TypeId::of::<Self>()).and_then(<dyn Any>::downcast_ref::<Names<Self>>) {
            Some(names) => names.make(spec, Some(registry)),
            None => Err(UnknownName {
                kind: Self::KIND,
                name: spec.class_name.clone(),
                hint: "this registry is for models of another number type".to_string(),
            }
            .into()),
        }
    }
}
