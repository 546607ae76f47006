//! The only list of names.

use super::config::{Arguments, Describe, Part, Spec};
use crate::Scalar;
use crate::activations::{
    Activation, Celu, Elu, Exponential, Gelu, Glu, HardShrink, HardSigmoid, HardSilu, HardTanh, LeakyRelu, Linear, LogSigmoid,
    LogSoftmax, Mish, Relu, Relu6, Selu, Sigmoid, Silu, SoftShrink, Softmax, Softplus, Softsign, SparsePlus, SparseSigmoid,
    Sparsemax, Squareplus, Tanh, TanhShrink, Threshold,
};
use crate::constraints::{Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm};
use crate::error::{Result, UnknownName};
use crate::initializers::{
    Constant, GlorotNormal, GlorotUniform, HeNormal, HeUniform, Identity, Initializer, LecunNormal, LecunUniform, Ones,
    Orthogonal, RandomNormal, RandomUniform, TruncatedNormal, VarianceScaling, Zeros,
};
use crate::layers::{
    self, Activation as ActivationLayer, ActivityRegularization, AlphaDropout, BatchNormalization, Dense, Dropout,
    Elu as EluLayer, Flatten, GaussianDropout, GaussianNoise, GroupNormalization, Identity as IdentityLayer, Layer,
    LayerNormalization, LeakyRelu as LeakyReluLayer, PRelu, Permute, Relu as ReluLayer, RepeatVector, Reshape, RmsNormalization,
    Softmax as SoftmaxLayer, Stack, UnitNormalization,
};
use crate::losses::{
    BinaryCrossentropy, BinaryFocalCrossentropy, CategoricalCrossentropy, CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy, CategoricalHinge, Circle, CosineSimilarity, Crossentropy, Dice, Hinge, Huber,
    KLDivergence, LogCosh, Loss, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError, MeanSquaredLogarithmicError,
    Poisson, SparseCategoricalCrossentropy, SquaredHinge, Tversky,
};
use crate::metrics::{self, Metric};
use crate::optimizers::{
    Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, CosineDecay, CosineDecayRestarts, ExponentialDecay, Ftrl,
    InverseTimeDecay, Lamb, Lion, Muon, Nadam, Optimizer, PiecewiseConstantDecay, PolynomialDecay, RmsProp, Schedule,
    ScheduleFreeAdamW, Sgd,
};
use crate::regularizers::{L1, L1L2, L2, OrthogonalRegularizer, Regularizer};
use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

/// Every part by name, for models that compute in `T`: Keras' parts from the start, and the user's own.
///
/// A name is found whatever its case and underscores: `"MeanSquaredError"`, `"mean_squared_error"` and the short
/// `"mse"` are one loss.
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
    /// What a neuron does with its sum.
    pub activations: Names<dyn Activation<T>>,
    /// What keeps weights within bounds.
    pub constraints: Names<dyn Constraint<T>>,
    /// What weights start from.
    pub initializers: Names<dyn Initializer>,
    /// The layers.
    pub layers: Names<dyn Layer<T>>,
    /// What training makes small.
    pub losses: Names<dyn Loss<T>>,
    /// What is measured beside the loss.
    pub metrics: Names<dyn Metric<T>>,
    /// How weights follow their gradients.
    pub optimizers: Names<dyn Optimizer<T>>,
    /// What a model pays for large weights.
    pub regularizers: Names<dyn Regularizer<T>>,
    /// How a learning rate changes from step to step.
    pub schedules: Names<dyn Schedule>,
}

impl<T: Scalar> Registry<T> {
    /// Makes the part that a spec describes.
    ///
    /// # Errors
    ///
    /// An unknown name or argument (the closest is offered), an argument of another type or outside its range.
    pub fn part<P: Kind + ?Sized>(&self, spec: &Spec) -> Result<Arc<P>> {
        P::find(Some(self), spec)
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
    fn new() -> Self {
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

/// A registry, whatever its number type.
pub trait Lookup: Any {
    /// The initializers, which have no number type.
    fn initializers(&self) -> &Names<dyn Initializer>;
    /// The schedules, which have none either.
    fn schedules(&self) -> &Names<dyn Schedule>;
    /// The registry itself.
    fn as_any(&self) -> &dyn Any;
}

impl<T: Scalar> Lookup for Registry<T> {
    fn initializers(&self) -> &Names<dyn Initializer> {
        &self.initializers
    }

    fn schedules(&self) -> &Names<dyn Schedule> {
        &self.schedules
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A kind of part: `dyn Activation<T>`, `dyn Loss<T>` and so on.
pub trait Kind: Part {
    /// What it is called in messages.
    const KIND: &'static str;
    /// The parts of this kind that come with the crate.
    fn built_in() -> Names<Self>;
    /// The parts of this kind in a registry, if that is one for this number type.
    fn names_in(registry: &dyn Lookup) -> Option<&Names<Self>>;

    /// Makes the part that a spec describes; without a registry only those that come with the crate are known.
    fn find(registry: Option<&dyn Lookup>, spec: &Spec) -> Result<Arc<Self>> {
        match registry.map(Self::names_in) {
            Some(Some(names)) => names.make(spec, registry),
            Some(None) => Err(UnknownName {
                kind: Self::KIND,
                name: spec.class_name.clone(),
                hint: "this registry is for models of another number type".to_string(),
            }
            .into()),
            None => Self::built_in().make(spec, registry),
        }
    }
}

/// A part that was chosen by value or by name; a name that does not exist is reported when the model is built.
#[derive(Debug)]
pub struct Choice<P: ?Sized>(Result<Arc<P>, UnknownName>);

impl<P: ?Sized> Choice<P> {
    /// The part, or the unknown name that stands in its place.
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

/// What can stand where a part is wanted: the part itself, Keras' name for it, or a `Box` or `Arc` of a `dyn` one.
///
/// The second parameter tells the three apart and is always inferred.
pub trait IntoPart<P: ?Sized, Way> {
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
        let unknown = |_| UnknownName::new(P::KIND, self, P::built_in().names());
        Choice(P::find(None, &Spec::named(self)).map_err(unknown))
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

/// A kind of part and the parts of it that come with the crate, each with the short names Keras has for it.
macro_rules! kind {
    ($field:ident: $kind:ident<T>, $word:literal, [$($part:expr $(=> [$($alias:literal),+])?),+ $(,)?]) => {
        impl<T: Scalar> Kind for dyn $kind<T> {
            const KIND: &'static str = $word;

            fn built_in() -> Names<Self> {
                let mut names = Names::new();
                $(names.register($part, &[$($($alias),+)?]);)+
                names
            }

            fn names_in(registry: &dyn Lookup) -> Option<&Names<Self>> {
                registry.as_any().downcast_ref::<Registry<T>>().map(|registry| &registry.$field)
            }
        }

        impl<T: Scalar, P: $kind<T>> IntoPart<dyn $kind<T>, ByValue> for P {
            fn into_part(self) -> Choice<dyn $kind<T>> {
                Choice(Ok(Arc::new(self)))
            }
        }
    };
}

kind!(activations: Activation<T>, "activation", [
    Celu,
    Elu,
    Exponential,
    Gelu,
    Glu,
    HardShrink,
    HardSigmoid,
    HardSilu => ["hard_swish"],
    HardTanh,
    LeakyRelu,
    Linear,
    LogSigmoid,
    LogSoftmax,
    Mish,
    Relu,
    Relu6,
    Selu,
    Sigmoid,
    Silu => ["swish"],
    SoftShrink,
    Softmax,
    Softplus,
    Softsign,
    SparsePlus,
    SparseSigmoid,
    Sparsemax,
    Squareplus,
    Tanh,
    TanhShrink,
    Threshold::new(0.0, 0.0),
]);
kind!(constraints: Constraint<T>, "constraint", [
    MaxNorm::default(),
    MinMaxNorm::default(),
    NonNeg,
    UnitNorm::default(),
]);
kind!(layers: Layer<T>, "layer", [
    ActivationLayer::<T>::default(),
    ActivityRegularization::default(),
    layers::Add::<T>::prototype(),
    AlphaDropout::new(0.0),
    layers::Average::<T>::prototype(),
    BatchNormalization::<T>::default(),
    layers::CategoryEncoding::new(1),
    layers::Concatenate::new([Stack::<T>::new()]),
    Dense::<T>::new(1),
    layers::Discretization::default(),
    Dropout::new(0.0),
    EluLayer::default(),
    layers::Embedding::<T>::new(1, 1),
    Flatten,
    GaussianDropout::new(0.0),
    GaussianNoise::new(0.0),
    GroupNormalization::<T>::default(),
    IdentityLayer,
    LayerNormalization::<T>::default(),
    LeakyReluLayer::default(),
    layers::Maximum::<T>::prototype(),
    layers::Minimum::<T>::prototype(),
    layers::Multiply::<T>::prototype(),
    layers::Normalization::prototype(),
    PRelu::<T>::default(),
    Permute::new([1]),
    ReluLayer::default(),
    RepeatVector::new(1),
    layers::Rescaling::new(1.0),
    Reshape::new([-1]),
    layers::Residual::<T>::new(()),
    RmsNormalization::default(),
    SoftmaxLayer::default(),
    layers::SpectralNormalization::new(Dense::<T>::new(1)),
    layers::Subtract::<T>::prototype(),
    UnitNormalization,
]);
kind!(losses: Loss<T>, "loss", [
    BinaryCrossentropy::default() => ["bce"],
    BinaryFocalCrossentropy::default(),
    CategoricalCrossentropy::default(),
    CategoricalFocalCrossentropy::default(),
    CategoricalGeneralizedCrossEntropy::default(),
    CategoricalHinge::default(),
    Circle::default(),
    CosineSimilarity::default(),
    Crossentropy::default() => ["ce"],
    Dice::default(),
    Hinge::default(),
    Huber::default(),
    KLDivergence::default() => ["kld"],
    LogCosh::default(),
    MeanAbsoluteError::default() => ["mae"],
    MeanAbsolutePercentageError::default() => ["mape"],
    MeanSquaredError::default() => ["mse"],
    MeanSquaredLogarithmicError::default() => ["msle"],
    Poisson::default(),
    SparseCategoricalCrossentropy::default(),
    SquaredHinge::default(),
    Tversky::default(),
]);
// what Keras has no default for has one here that is out of range, so that leaving it out is an error
kind!(metrics: Metric<T>, "metric", [
    metrics::Accuracy,
    metrics::Auc::default(),
    metrics::BinaryAccuracy::default(),
    metrics::BinaryCrossentropy::default() => ["bce"],
    metrics::BinaryIoU::default(),
    metrics::CategoricalAccuracy,
    metrics::CategoricalCrossentropy::default(),
    metrics::CategoricalHinge,
    metrics::ConcordanceCorrelation,
    metrics::CosineSimilarity,
    metrics::Crossentropy => ["ce"],
    metrics::F1Score::default(),
    metrics::FBetaScore::default(),
    metrics::FalseNegatives::default(),
    metrics::FalsePositives::default(),
    metrics::Hinge,
    metrics::IoU::new(0, []),
    metrics::KLDivergence,
    metrics::LogCoshError,
    metrics::Mean,
    metrics::MeanAbsoluteError => ["mae"],
    metrics::MeanAbsolutePercentageError => ["mape"],
    metrics::MeanIoU::new(0),
    metrics::MeanSquaredError => ["mse"],
    metrics::MeanSquaredLogarithmicError => ["msle"],
    metrics::OneHotIoU::new(0, []),
    metrics::OneHotMeanIoU::new(0),
    metrics::PearsonCorrelation,
    metrics::Poisson,
    metrics::Precision::default(),
    metrics::PrecisionAtRecall::new(f64::NAN),
    metrics::R2Score::default(),
    metrics::Recall::default(),
    metrics::RecallAtPrecision::new(f64::NAN),
    metrics::RootMeanSquaredError,
    metrics::SensitivityAtSpecificity::new(f64::NAN),
    metrics::SparseCategoricalAccuracy,
    metrics::SparseCategoricalCrossentropy::default(),
    metrics::SparseTopKCategoricalAccuracy::default(),
    metrics::SpecificityAtSensitivity::new(f64::NAN),
    metrics::SquaredHinge,
    metrics::Sum,
    metrics::TopKCategoricalAccuracy::default(),
    metrics::TrueNegatives::default(),
    metrics::TruePositives::default(),
]);
kind!(optimizers: Optimizer<T>, "optimizer", [
    Adadelta::default(),
    Adafactor::default(),
    Adagrad::default(),
    Adam::default(),
    AdamW::default(),
    Adamax::default(),
    Ftrl::default(),
    Lamb::default(),
    Lion::default(),
    Muon::default(),
    Nadam::default(),
    RmsProp::default(),
    ScheduleFreeAdamW::default(),
    Sgd::default(),
]);
kind!(regularizers: Regularizer<T>, "regularizer", [
    L1::default(),
    L1L2::default(),
    L2::default(),
    OrthogonalRegularizer::default(),
]);

impl Kind for dyn Initializer {
    const KIND: &'static str = "initializer";

    fn built_in() -> Names<Self> {
        let mut names = Names::new();
        names.register(Constant::default(), &[]);
        names.register(GlorotNormal, &[]);
        names.register(GlorotUniform, &[]);
        names.register(HeNormal, &[]);
        names.register(HeUniform, &[]);
        names.register(Identity, &["IdentityInitializer"]);
        names.register(LecunNormal, &[]);
        names.register(LecunUniform, &[]);
        names.register(Ones, &["one"]);
        names.register(Orthogonal, &["OrthogonalInitializer"]);
        names.register(RandomNormal, &["normal"]);
        names.register(RandomUniform, &["uniform"]);
        names.register(TruncatedNormal, &[]);
        names.register(VarianceScaling::default(), &[]);
        names.register(Zeros, &["zero"]);
        names
    }

    fn names_in(registry: &dyn Lookup) -> Option<&Names<Self>> {
        Some(registry.initializers())
    }
}

impl<P: Initializer> IntoPart<dyn Initializer, ByValue> for P {
    fn into_part(self) -> Choice<dyn Initializer> {
        Choice(Ok(Arc::new(self)))
    }
}

impl Kind for dyn Schedule {
    const KIND: &'static str = "schedule";

    fn built_in() -> Names<Self> {
        let mut names = Names::new();
        names.register(CosineDecay::new(0.001, 1000), &[]);
        names.register(CosineDecayRestarts::new(0.001, 1000), &[]);
        names.register(ExponentialDecay::new(0.001, 1000, 0.9), &[]);
        names.register(InverseTimeDecay::new(0.001, 1000, 0.9), &[]);
        names.register(PiecewiseConstantDecay::new([], [0.001]), &[]);
        names.register(PolynomialDecay::new(0.001, 1000), &[]);
        names
    }

    fn names_in(registry: &dyn Lookup) -> Option<&Names<Self>> {
        Some(registry.schedules())
    }
}

impl<P: Schedule> IntoPart<dyn Schedule, ByValue> for P {
    fn into_part(self) -> Choice<dyn Schedule> {
        Choice(Ok(Arc::new(self)))
    }
}
