//! The only list of names.

use crate::activations::{
    Activation, Celu, Elu, Exponential, Gelu, Glu, HardShrink, HardSigmoid, HardSilu, HardTanh, LeakyRelu, Linear, LogSigmoid,
    LogSoftmax, Mish, Relu, Relu6, Selu, Sigmoid, Silu, SoftShrink, Softmax, Softplus, Softsign, SparsePlus, SparseSigmoid,
    Sparsemax, Squareplus, Tanh, TanhShrink, Threshold,
};
use crate::base::Result;
use crate::constraints::{Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm};
use crate::initializers::{
    Constant, GlorotNormal, GlorotUniform, HeNormal, HeUniform, Identity, Initializer, LecunNormal, LecunUniform, Ones,
    Orthogonal, RandomNormal, RandomUniform, TruncatedNormal, VarianceScaling, Zeros,
};
use crate::kernels::Scalar;
use crate::layers::{
    self, Activation as ActivationLayer, ActivityRegularization, AlphaDropout, BatchNormalization, Dense, Dropout,
    Elu as EluLayer, Flatten, GaussianDropout, GaussianNoise, GroupNormalization, Identity as IdentityLayer, Layer,
    LayerNormalization, LeakyRelu as LeakyReluLayer, PRelu, Permute, Relu as ReluLayer, RepeatVector, Reshape, RmsNormalization,
    Softmax as SoftmaxLayer, UnitNormalization,
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
use crate::part::{ByValue, Choice, IntoPart, Kind, Lookup, Names, Spec};
use crate::regularizers::{L1, L1L2, L2, OrthogonalRegularizer, Regularizer};
use std::any::{Any, TypeId};
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

        }

        impl<T: Scalar, P: $kind<T>> IntoPart<dyn $kind<T>, ByValue> for P {
            fn into_part(self) -> Choice<dyn $kind<T>> {
                Choice::from(Arc::new(self) as Arc<dyn $kind<T>>)
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
    layers::Add::<T>::default(),
    AlphaDropout::new(0.0),
    layers::Average::<T>::default(),
    BatchNormalization::<T>::default(),
    layers::CategoryEncoding::new(1),
    layers::Concatenate::<T>::new(),
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
    layers::Maximum::<T>::default(),
    layers::Minimum::<T>::default(),
    layers::Multiply::<T>::default(),
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
    layers::Subtract::<T>::default(),
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
}

impl<P: Initializer> IntoPart<dyn Initializer, ByValue> for P {
    fn into_part(self) -> Choice<dyn Initializer> {
        Choice::from(Arc::new(self) as Arc<dyn Initializer>)
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
}

impl<P: Schedule> IntoPart<dyn Schedule, ByValue> for P {
    fn into_part(self) -> Choice<dyn Schedule> {
        Choice::from(Arc::new(self) as Arc<dyn Schedule>)
    }
}
