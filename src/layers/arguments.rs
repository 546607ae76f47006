//! The arguments of layers that hold other layers.

use crate::base::{Error, Result};
use crate::kernels::Scalar;
use crate::layers::{Layer, LayerEntry, Stack};
use crate::part::{Arguments, Kind, Lookup, Spec, Value};
use std::ops::RangeBounds;

impl Arguments<'_> {
    /// Visits an argument that is a layer, described by its spec or by its name alone.
    pub fn layer<T: Scalar>(&mut self, name: &'static str, entry: &mut LayerEntry<T>) {
        self.visit_parts(name, entry, check, write, |part: &str, value: &Value, registry: &dyn Lookup| {
            read(part, name, value, registry)
        });
    }

    /// Visits an argument that is a stack of layers: a list of specs, each with the layer's arguments and optionally its
    /// `name` and `trainable`.
    pub fn stack<T: Scalar>(&mut self, name: &'static str, stack: &mut Stack<T>) {
        let read = |part: &str, value: &Value, registry: &dyn Lookup| read_stack(part, name, value, registry);
        self.visit_parts(name, stack, check_stack, write_stack, read);
    }

    /// Visits an argument that is several stacks: a list of lists whose length must be in `range`.
    ///
    /// A layer without stacks is written without the argument.
    pub fn stacks<T: Scalar>(&mut self, name: &'static str, stacks: &mut Option<Vec<Stack<T>>>, range: impl RangeBounds<usize>) {
        if self.leaves_out(name, stacks.is_none()) {
            return;
        }
        let read = |part: &str, value: &Value, registry: &dyn Lookup| {
            list(part, name, value)?.iter().map(|stack| read_stack(part, name, stack, registry)).collect::<Result<_>>().map(Some)
        };
        let check = |stacks: &Option<Vec<Stack<T>>>| stacks.iter().flatten().try_for_each(check_stack);
        let write = |stacks: &Option<Vec<Stack<T>>>| Value::List(stacks.iter().flatten().map(write_stack).collect());
        self.visit_parts(name, stacks, check, write, read);
        if let Some(stacks) = stacks {
            self.check_range(name, &stacks.len(), "a number of stacks", &range);
        }
    }
}

fn check<T: Scalar>(entry: &LayerEntry<T>) -> Result<()> {
    entry.layer.check_arguments()
}

fn write<T: Scalar>(entry: &LayerEntry<T>) -> Value {
    let mut spec = entry.layer.spec();
    spec.config.extend(entry.name.iter().map(|name| ("name".to_string(), Value::Text(name.clone()))));
    spec.config.extend((!entry.trainable).then(|| ("trainable".to_string(), Value::Bool(false))));
    Value::Spec(spec)
}

fn read<T: Scalar>(part: &str, name: &str, value: &Value, registry: &dyn Lookup) -> Result<LayerEntry<T>> {
    let mut spec = match value {
        Value::Text(class) => Spec::named(class),
        Value::Spec(spec) => spec.clone(),
        other => return Err(Error::argument(part, name, other, "layers")),
    };
    let (mut own_name, mut trainable) = (None, true);
    spec.config.retain(|(argument, value)| match (argument.as_str(), value) {
        ("name", Value::Text(name)) => {
            own_name = Some(name.clone());
            false
        }
        ("trainable", Value::Bool(flag)) => {
            trainable = *flag;
            false
        }
        _ => true,
    });
    let entry = LayerEntry::from(<dyn Layer<T>>::find(registry, &spec)?).trainable(trainable);
    Ok(own_name.into_iter().fold(entry, LayerEntry::name))
}

fn check_stack<T: Scalar>(stack: &Stack<T>) -> Result<()> {
    stack.entries().iter().try_for_each(check)
}

fn write_stack<T: Scalar>(stack: &Stack<T>) -> Value {
    Value::List(stack.entries().iter().map(write).collect())
}

fn read_stack<T: Scalar>(part: &str, name: &str, value: &Value, registry: &dyn Lookup) -> Result<Stack<T>> {
    let mut stack = Stack::new();
    for layer in list(part, name, value)? {
        stack.add(read::<T>(part, name, layer, registry)?);
    }
    Ok(stack)
}

fn list<'v>(part: &str, name: &str, value: &'v Value) -> Result<&'v [Value]> {
    match value {
        Value::List(values) => Ok(values),
        other => Err(Error::argument(part, name, other, "lists of layers")),
    }
}
