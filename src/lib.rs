//! [names]: crate::catalogue
//! [guide]: crate::guide
//! [craft]: crate::guide::training
//!
#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![warn(unreachable_pub)]

pub mod activations;
pub mod callbacks;
pub mod catalogue;
pub mod check;
pub mod constraints;
pub mod data;
pub mod guide;
pub mod initializers;
pub mod layers;
pub mod losses;
pub mod metrics;
pub mod optimizers;
pub mod regularizers;
pub mod saving;

mod batch;
mod error;
mod kernels;
mod lines;
mod names;
mod network;
mod random;
mod sequential;
mod shape;
mod summary;
mod training;

pub use batch::{Batch, BatchMut, Scored};
pub use error::{Error, Result, UnknownName};
pub use kernels::Scalar;
pub use nalgebra;
pub use nalgebra::{DMatrix, DVector};
pub use random::Rng;
pub use sequential::{LayerView, PredictOptions, PredictScratch, Sequential};
pub use shape::Shape;
pub use summary::Summary;
pub use training::{CancelToken, EvaluateOptions, FitOptions, History, Logs, StopReason, Targets};

/// Keras' small number that keeps logarithms and divisions from the edge.
pub const EPSILON: f64 = 1e-7;

/// Keras' default for the number of samples in a batch.
const DEFAULT_BATCH_SIZE: usize = 32;

/// A matrix row by row, `dmatrix![1.0, 2.0; 3.0, 4.0]`: nalgebra's macro, for crates that do not depend on nalgebra.
#[macro_export]
macro_rules! dmatrix {
    ($($values:tt)*) => {{
        #[allow(unused_imports)]
        use $crate::nalgebra;
        $crate::nalgebra::dmatrix![$($values)*]
    }};
}

/// A vector, `dvector![1.0, 2.0]`: nalgebra's macro, for crates that do not depend on nalgebra.
#[macro_export]
macro_rules! dvector {
    ($($values:tt)*) => {{
        #[allow(unused_imports)]
        use $crate::nalgebra;
        $crate::nalgebra::dvector![$($values)*]
    }};
}

/// Everything a program that builds and trains models wants, with one `use`.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1).activation(Sigmoid));
/// model.compile(Adam::default(), BinaryCrossentropy::default(), BinaryAccuracy::default())?;
/// model.fit(&dmatrix![1.0, 2.0; 3.0, 4.0], &dmatrix![0.0; 1.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
///
/// Where a loss and a metric share a name (`MeanSquaredError`), the loss is here and the metric under
/// [`metrics`]; so with the layer `Activation`, which is under [`layers`], and the trait.
/// The layers that merge stacks, `layers::Add` and its like, are there too: their names are too common to be here.
pub mod prelude {
    pub use crate::activations::{
        Activation, Celu, Elu, Exponential, Gelu, Glu, HardShrink, HardSigmoid, HardSilu, HardTanh, LeakyRelu, Linear,
        LogSigmoid, LogSoftmax, Mish, Relu, Relu6, Selu, Sigmoid, Silu, SoftShrink, Softmax, Softplus, Softsign, SparsePlus,
        SparseSigmoid, Sparsemax, Squareplus, Tanh, TanhShrink, Threshold,
    };
    #[cfg(feature = "progress")]
    pub use crate::callbacks::ProgbarLogger;
    #[cfg(feature = "keras")]
    pub use crate::callbacks::{BackupAndRestore, ModelCheckpoint};
    pub use crate::callbacks::{
        Callback, CsvLogger, EarlyStopping, LearningRateScheduler, ReduceLrOnPlateau, Run, SwapEmaWeights, TerminateOnNan,
        on_batch_begin, on_batch_end, on_epoch_begin, on_epoch_end, on_train_begin, on_train_end,
    };
    pub use crate::constraints::{Constraint, MaxNorm, MinMaxNorm, NonNeg, UnitNorm};
    pub use crate::data;
    pub use crate::initializers::{
        Constant, Distribution, FanMode, GlorotNormal, GlorotUniform, HeNormal, HeUniform, Identity, Initializer, LecunNormal,
        LecunUniform, Ones, Orthogonal, RandomNormal, RandomUniform, TruncatedNormal, VarianceScaling, Zeros,
    };
    pub use crate::layers::{
        self, ActivityRegularization, AlphaDropout, BatchNormalization, CategoryEncoding, Concatenate, Dense, Discretization,
        Dropout, Embedding, Flatten, GaussianDropout, GaussianNoise, GroupNormalization, Input, Lambda, Layer,
        LayerNormalization, LayerOptions, Normalization, PRelu, Permute, RepeatVector, Rescaling, Reshape, Residual,
        RmsNormalization, SpectralNormalization, UnitNormalization, stack,
    };
    pub use crate::losses::{
        BinaryCrossentropy, BinaryFocalCrossentropy, CategoricalCrossentropy, CategoricalFocalCrossentropy,
        CategoricalGeneralizedCrossEntropy, CategoricalHinge, Circle, CosineSimilarity, Dice, Hinge, Huber, KLDivergence,
        LogCosh, Loss, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError, MeanSquaredLogarithmicError, Poisson,
        Reduction, SparseCategoricalCrossentropy, SquaredHinge, Tversky,
    };
    pub use crate::metrics::{
        self, Accuracy, Auc, Average, BinaryAccuracy, BinaryIoU, CategoricalAccuracy, ClassAggregation, ConcordanceCorrelation,
        Curve, Direction, F1Score, FBetaScore, FalseNegatives, FalsePositives, IoU, LogCoshError, MeanIoU, Meter, Metric,
        OneHotIoU, OneHotMeanIoU, PearsonCorrelation, Precision, PrecisionAtRecall, R2Score, Recall, RecallAtPrecision,
        RootMeanSquaredError, SensitivityAtSpecificity, SparseCategoricalAccuracy, SparseTopKCategoricalAccuracy,
        SpecificityAtSensitivity, SummationMethod, TopKCategoricalAccuracy, TrueNegatives, TruePositives, metric_fn, named,
        weighted,
    };
    pub use crate::optimizers::{
        Adadelta, Adafactor, Adagrad, Adam, AdamW, Adamax, CosineDecay, CosineDecayRestarts, ExponentialDecay, Ftrl,
        InverseTimeDecay, Lamb, Lion, Muon, Nadam, Optimizer, PiecewiseConstantDecay, PolynomialDecay, RmsProp, Schedule,
        ScheduleFreeAdamW, Sgd,
    };
    pub use crate::regularizers::{L1, L1L2, L2, OrthogonalMode, OrthogonalRegularizer, Regularizer};
    pub use crate::{
        CancelToken, DMatrix, DVector, EvaluateOptions, FitOptions, History, Logs, PredictOptions, PredictScratch, Scalar,
        Sequential, StopReason, dmatrix, dvector,
    };
}

/// Compiles the parts for both number types here, once, rather than in every test that uses some of them: without
/// optimisation crates share what others have compiled.
#[cfg(all(debug_assertions, not(test)))]
mod compiled_here {
    use crate::saving::Registry;

    #[used]
    static SINGLE: fn() -> Registry<f32> = Registry::default;
    #[used]
    static DOUBLE: fn() -> Registry<f64> = Registry::default;
}
