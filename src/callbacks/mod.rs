//! Callbacks: what watches a training and steps in.
//!
//! | here | in Keras | what it does |
//! |---|---|---|
//! | `BackupAndRestore` | `BackupAndRestore` | takes up an interrupted training where it was (feature `keras`) |
//! | [`CsvLogger`] | `CSVLogger` | writes a line of a table for each epoch |
//! | [`EarlyStopping`] | `EarlyStopping` | stops when a series no longer improves |
//! | [`LearningRateScheduler`] | `LearningRateScheduler` | sets the learning rate of each epoch |
//! | `ModelCheckpoint` | `ModelCheckpoint` | saves the model or its weights on the way (feature `keras`) |
//! | [`ReduceLrOnPlateau`] | `ReduceLROnPlateau` | lowers the learning rate when a series no longer improves |
//! | [`SwapEmaWeights`] | `SwapEMAWeights` | validates with the averages of the weights |
//! | [`TerminateOnNan`] | `TerminateOnNaN` | stops at the first number that is NaN or infinite, and locates it |
//! | `ProgbarLogger` | `verbose=1` | shows a progress bar (feature `progress`) |
//! | [`on_epoch_end`] and its like | `LambdaCallback` | calls a closure |

#[cfg(feature = "keras")]
mod backup_and_restore;
mod closures;
mod csv_logger;
mod early_stopping;
mod learning_rate_scheduler;
#[cfg(feature = "keras")]
mod model_checkpoint;
mod monitor;
#[cfg(feature = "progress")]
mod progbar_logger;
mod reduce_lr_on_plateau;
mod swap_ema_weights;
mod terminate_on_nan;

pub use crate::model::{Callback, Run};
#[cfg(feature = "keras")]
pub use backup_and_restore::BackupAndRestore;
pub use closures::{OnBatchBegin, OnBatchEnd, OnEpochBegin, OnEpochEnd, OnTrainBegin, OnTrainEnd, Outcome};
pub use closures::{on_batch_begin, on_batch_end, on_epoch_begin, on_epoch_end, on_train_begin, on_train_end};
pub use csv_logger::CsvLogger;
pub use early_stopping::EarlyStopping;
pub use learning_rate_scheduler::LearningRateScheduler;
#[cfg(feature = "keras")]
pub use model_checkpoint::ModelCheckpoint;
#[cfg(feature = "progress")]
pub use progbar_logger::ProgbarLogger;
pub use reduce_lr_on_plateau::ReduceLrOnPlateau;
pub use swap_ema_weights::SwapEmaWeights;
pub use terminate_on_nan::TerminateOnNan;
