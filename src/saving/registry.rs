//! The registry of the parts of all kinds.

use crate::activations::Activation;
use crate::base::Result;
use crate::constraints::Constraint;
use crate::initializers::Initializer;
use crate::kernels::Scalar;
use crate::layers::Layer;
use crate::losses::Loss;
use crate::metrics::Metric;
use crate::optimizers::{Optimizer, Schedule};
use crate::part::{Kind, Lookup, Names, Spec};
use crate::regularizers::Regularizer;
use std::any::{Any, TypeId};
use std::sync::Arc;

/// The parts of all kinds by name, for models with the number type `T`.
///
/// The default registry has the crate's own parts; the user's own parts are added with [`Names::register`]. A name is found
/// in upper or lower case, with or without underscores: `"MeanSquaredError"`, `"mean_squared_error"` and the alias
/// `"mse"` find the same loss.
///
/// ```
/// use layercake::prelude::*;
/// use layercake::saving::{Part, Registry, Spec, Value};
///
/// let registry = Registry::<f32>::default();
/// let adam = registry.part::<dyn Optimizer<f32>>(&Spec::named("adam").with("beta_1", Value::Float(0.8)))?;
/// assert_eq!(adam.spec().get("beta_1"), Some(&Value::Float(0.8)));
///
/// let unknown = registry.part::<dyn Activation<f32>>(&Spec::named("rleu")).unwrap_err();
/// assert!(unknown.to_string().contains("did you mean `relu`?"));
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug)]
pub struct Registry<T: Scalar> {
    /// The activations, which layers apply to their pre-activations.
    pub activations: Names<dyn Activation<T>>,
    /// The constraints, which are applied to weights after each update.
    pub constraints: Names<dyn Constraint<T>>,
    /// The initializers, which set the initial weights.
    pub initializers: Names<dyn Initializer>,
    /// The layers.
    pub layers: Names<dyn Layer<T>>,
    /// The losses, which training minimizes.
    pub losses: Names<dyn Loss<T>>,
    /// The metrics, which are computed in addition to the loss.
    pub metrics: Names<dyn Metric<T>>,
    /// The optimizers, which update the weights from their gradients.
    pub optimizers: Names<dyn Optimizer<T>>,
    /// The regularizers, whose penalties on weights are added to the loss.
    pub regularizers: Names<dyn Regularizer<T>>,
    /// The schedules, which set the learning rate of each update.
    pub schedules: Names<dyn Schedule>,
}

impl<T: Scalar> Registry<T> {
    /// Makes the part that a spec describes.
    ///
    /// # Errors
    ///
    /// The name or an argument is unknown (the error offers the closest name), or an argument has another type or is outside
    /// its range.
    pub fn part<P: Kind + ?Sized>(&self, spec: &Spec) -> Result<Arc<P>> {
        P::find(self, spec)
    }
}

impl<T: Scalar> Default for Registry<T> {
    fn default() -> Self {
        Self {
            activations: Kind::built_in(),
            constraints: Kind::built_in(),
            initializers: Kind::built_in(),
            layers: Kind::built_in(),
            losses: Kind::built_in(),
            metrics: Kind::built_in(),
            optimizers: Kind::built_in(),
            regularizers: Kind::built_in(),
            schedules: Kind::built_in(),
        }
    }
}

impl<T: Scalar> Lookup for Registry<T> {
    fn names_of(&self, kind: TypeId) -> Option<&dyn Any> {
        let Self { activations, constraints, initializers, layers, losses, metrics, optimizers, regularizers, schedules } = self;
        [
            (TypeId::of::<dyn Activation<T>>(), activations as &dyn Any),
            (TypeId::of::<dyn Constraint<T>>(), constraints),
            (TypeId::of::<dyn Initializer>(), initializers),
            (TypeId::of::<dyn Layer<T>>(), layers),
            (TypeId::of::<dyn Loss<T>>(), losses),
            (TypeId::of::<dyn Metric<T>>(), metrics),
            (TypeId::of::<dyn Optimizer<T>>(), optimizers),
            (TypeId::of::<dyn Regularizer<T>>(), regularizers),
            (TypeId::of::<dyn Schedule>(), schedules),
        ]
        .into_iter()
        .find_map(|(known, names)| (known == kind).then_some(names))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::snake_case;

    /// Fails unless each name of a kind finds a part with defaults, and the spec of that part finds the same part.
    fn check_names<P: Kind + ?Sized>(registry: &Registry<f64>, names: &Names<P>) {
        let strings = names.names().flat_map(|name| [(name.to_string(), name), (snake_case(name), name)]);
        let aliases = names.aliases().map(|(alias, name)| (alias.to_string(), name));
        for (string, name) in strings.chain(aliases) {
            let defaults = names.defaults(&string).unwrap_or_else(|| panic!("{string} finds nothing"));
            assert_eq!(defaults.class_name, name, "{string}");
            match registry.part::<P>(&Spec::named(&string)) {
                Ok(part) => {
                    assert_eq!(part.spec(), defaults, "{string}");
                    assert_eq!(registry.part::<P>(&defaults).unwrap().spec(), defaults, "{string}");
                }
                // The error is that an argument without a default is missing.
                Err(error) => assert!(error.to_string().starts_with(&format!("{name}: ")), "{string}: {error}"),
            }
        }
        let count = names.names().map(snake_case).collect::<std::collections::BTreeSet<_>>().len();
        assert_eq!(count, names.names().count(), "two {}s of one name", P::KIND);
    }

    #[test]
    fn every_name_in_the_lists_finds_its_part() {
        let registry = Registry::<f64>::default();
        check_names(&registry, &registry.activations);
        check_names(&registry, &registry.constraints);
        check_names(&registry, &registry.initializers);
        check_names(&registry, &registry.layers);
        check_names(&registry, &registry.losses);
        check_names(&registry, &registry.metrics);
        check_names(&registry, &registry.optimizers);
        check_names(&registry, &registry.regularizers);
        check_names(&registry, &registry.schedules);
    }
}
