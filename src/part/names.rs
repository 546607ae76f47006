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
    name: String,
    aliases: Vec<String>,
    make: Make<P>,
}

/// Copies the prototype, has the copy visited, and makes a part of it: all that is compiled for each part by itself.
type Make<P> = Box<dyn Fn(&mut dyn FnMut(&mut dyn Describe) -> Result<()>) -> Result<Arc<P>> + Send + Sync>;

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
        let name = prototype.class_name();
        let make = move |visit: &mut dyn FnMut(&mut dyn Describe) -> Result<()>| {
            let mut part = prototype.clone();
            visit(&mut part)?;
            Ok(part.into_part().get()?)
        };
        self.add(name, aliases, Box::new(make));
    }

    fn add(&mut self, name: &str, aliases: &[&str], make: Make<P>) {
        let aliases = aliases.iter().map(|alias| alias.to_string()).collect();
        self.entries.push(Entry { name: name.to_string(), aliases, make });
    }

    /// The class names, in the order they were registered.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.name.as_str())
    }

    /// The spec of a part with all its arguments at their defaults, if there is a part of this name.
    pub fn defaults(&self, name: &str) -> Option<Spec> {
        let mut defaults = None;
        let visit = &mut |part: &mut dyn Describe| {
            defaults = Some(Arguments::write(part));
            Ok(())
        };
        (self.entry(name)?.make)(visit).ok()?;
        defaults
    }

    fn entry(&self, name: &str) -> Option<&Entry<P>> {
        let wanted = normalized(name);
        let matches = |name: &String| normalized(name) == wanted;
        self.entries.iter().rev().find(|entry| matches(&entry.name) || entry.aliases.iter().any(matches))
    }

    fn make(&self, spec: &Spec, registry: Option<&dyn Lookup>) -> Result<Arc<P>> {
        match self.entry(&spec.class_name) {
            Some(entry) => (entry.make)(&mut |part| Arguments::read(part, spec, registry)),
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
    let unknown = |_| UnknownName::new(P::KIND, name, P::built_in().names());
    Choice(find(None, &Spec::named(name)).map_err(unknown))
}
