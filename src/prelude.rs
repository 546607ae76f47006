//! Imports what a program that builds and trains models needs, with one `use`.
//!
//! ```
//! use layercake::prelude::*;
//!
//! let mut model = Sequential::new();
//! model.add(Dense::new(1).activation(Sigmoid));
//! model.compile(Adam::default(), BinaryCrossentropy::default(), BinaryAccuracy::default())?;
//! model.fit(&dmatrix![1.0, 2.0; 3.0, 4.0], &dmatrix![0.0; 1.0], FitOptions::new())?;
//! # Ok::<(), layercake::Error>(())
//! ```
//!
//! Where a loss and a metric share a name (`MeanSquaredError`), the prelude has the loss; the metric is in [`metrics`].
//! `Activation` is the trait; the layer of that name is in [`layers`]. The merging layers (`layers::Add` and others) are in
//! [`layers`] only, because their names are too common for a prelude.

pub use crate::activations::{Activation, for_prelude::*};
#[cfg(feature = "progress")]
pub use crate::callbacks::ProgbarLogger;
#[cfg(feature = "keras")]
pub use crate::callbacks::{BackupAndRestore, ModelCheckpoint};
pub use crate::callbacks::{
    Callback, CsvLogger, EarlyStopping, LearningRateScheduler, ReduceLrOnPlateau, Run, SwapEmaWeights, TerminateOnNan,
    on_batch_begin, on_batch_end, on_epoch_begin, on_epoch_end, on_train_begin, on_train_end,
};
pub use crate::constraints::{Constraint, for_prelude::*};
pub use crate::data;
pub use crate::diagnosis::Diagnosis;
pub use crate::graph::{Connect, Node, Shared};
pub use crate::initializers::{Initializer, for_prelude::*};
pub use crate::layers::{self, Input, Lambda, Layer, LayerOptions, for_prelude::*, stack};
pub use crate::losses::{Loss, Losses, Reduction, for_prelude::*};
pub use crate::metrics::{self, Direction, Meter, Metric, for_prelude::*, metric_fn, named, of_output, weighted};
pub use crate::optimizers::schedules::{Schedule, for_prelude::*};
pub use crate::optimizers::{Optimizer, for_prelude::*};
pub use crate::regularizers::{Regularizer, for_prelude::*};
#[cfg(feature = "keras")]
pub use crate::saving::LoadOptions;
pub use crate::tables::{FeatureSpace, TableClassifier, TableOptions, TableRegressor};
pub use crate::{
    CancelToken, DMatrix, DVector, EvaluateOptions, FitOptions, Functional, History, Logs, PredictOptions, PredictScratch,
    Scalar, Sequential, StopReason, dmatrix, dvector,
};
