//! How a model comes to be: from a table to predictions one may rely on. Documentation only.
//!
//! # Prepare the data
//!
//! A model sees matrices of numbers, one row for each sample. [`data`](crate::data) reads a table, fills or drops missing
//! cells, and makes numbers of words. Two rules save most of the trouble:
//!
//! * **Hold rows back first.** What chooses anything, be it the mean that fills a gap or the number of units, may look at
//!   the training rows only. [`train_test_split`](crate::data::train_test_split()) shuffles and, asked to, keeps the classes in proportion.
//! * **Scale the inputs.** Columns of about mean 0 and deviation 1 take fewer epochs, and one rate suits them all:
//!   [`StandardScaler`](crate::data::StandardScaler), fitted on the training rows, or
//!   [`BatchNormalization`](crate::layers::BatchNormalization) as the first layer, which learns the scale with the model. For
//!   a regression, scale the targets too.
//!
//! `f32` is the usual number type, and the faster one; `f64` is for comparing numbers.
//!
//! # Build the model and choose the loss
//!
//! What is predicted settles the last layer and the loss:
//!
//! | predicted | targets | last layer | loss | metric |
//! |---|---|---|---|---|
//! | a number | one column | `Dense::new(1)` | `"mse"`; with outliers [`Huber`](crate::losses::Huber) or `"mae"` | `"mae"`, [`R2Score`](crate::metrics::R2Score) |
//! | a count | one column | `Dense::new(1)` with [`Exponential`](crate::activations::Exponential) | [`Poisson`](crate::losses::Poisson) | `"mae"` |
//! | yes or no | 0 or 1 | `Dense::new(1)` with [`Sigmoid`](crate::activations::Sigmoid) | `"binary_crossentropy"` | `"accuracy"`, [`Auc`](crate::metrics::Auc) |
//! | the same, one of them rare | 0 or 1 | the same | [`BinaryFocalCrossentropy`](crate::losses::BinaryFocalCrossentropy), or class weights | [`Precision`](crate::metrics::Precision), [`Recall`](crate::metrics::Recall), [`F1Score`](crate::metrics::F1Score) |
//! | one of `k` classes | 0 to `k - 1` | `Dense::new(k)` with [`Softmax`](crate::activations::Softmax) | `"sparse_categorical_crossentropy"` | `"accuracy"` |
//! | one of `k` classes | `k` columns | the same | `"categorical_crossentropy"` | `"accuracy"` |
//! | any of `k` labels | `k` columns of 0 or 1 | `Dense::new(k)` with `Sigmoid` | `"binary_crossentropy"` | `"binary_accuracy"` |
//!
//! Before it, one to three `Dense` layers of 16 to 256 units with [`Relu`](struct@crate::activations::Relu) and
//! [`HeNormal`](struct@crate::initializers::HeNormal) weights. [`BatchNormalization`](crate::layers::BatchNormalization) between them lets
//! deeper nets train faster, given batches of 32 rows or more; [`LayerNormalization`](crate::layers::LayerNormalization) does
//! not care about the batch. A net that normalizes itself is [`Selu`](crate::activations::Selu),
//! [`LecunNormal`](struct@crate::initializers::LecunNormal) and [`AlphaDropout`](crate::layers::AlphaDropout).
//!
//! # Choose the optimizer
//!
//! [`Adam`](crate::optimizers::Adam) at its default rate of 0.001 is where to start. From there:
//!
//! | wanted | taken |
//! |---|---|
//! | the last bit of quality | a rate that falls: [`CosineDecay`](crate::optimizers::CosineDecay) over all steps (epochs times batches), with `warmup_steps` for large batches |
//! | smaller weights | [`AdamW`](crate::optimizers::AdamW), or `weight_decay` of any optimizer; unlike an [`L2`](crate::regularizers::L2) it is no part of the loss |
//! | no sudden jumps | `clipnorm(1.0)`, or `global_clipnorm` for all weights together |
//! | smoother weights at the end | `use_ema(true)` |
//! | the steps of a large batch, the memory of a small one | `gradient_accumulation_steps` |
//!
//! # Train and validate
//!
//! ```
//! use layercake::prelude::*;
//!
//! // two measurements and a yes or no, which hangs on both
//! let x = DMatrix::from_fn(400, 2, |row, column| ((row * (7 + 6 * column)) % 40) as f32);
//! let y = DMatrix::from_fn(400, 1, |row, _| f32::from(u8::from(x[(row, 0)] + 2.0 * x[(row, 1)] > 60.0)));
//!
//! let (x_train, x_test, y_train, y_test) = data::train_test_split(&x, &y, data::SplitOptions::new().test_size(0.2).seed(1))?;
//! let (scaler, x_train) = data::StandardScaler::fit_transform(&x_train)?;
//! let x_test = scaler.transform(&x_test)?;
//!
//! let mut model = Sequential::with_seed(42);
//! model.add(Dense::new(32).activation(Relu).kernel_initializer(HeNormal));
//! model.add(BatchNormalization::default().momentum(0.9));
//! model.add(Dropout::new(0.1));
//! model.add(Dense::new(1).activation(Sigmoid));
//!
//! let (epochs, batches) = (60, x_train.nrows().div_ceil(32));
//! let rate = CosineDecay::new(0.01, epochs * batches);
//! model.compile(AdamW::default().learning_rate(rate).clipnorm(1.0), "binary_crossentropy", ("accuracy", "auc"))?;
//!
//! let mut stop = EarlyStopping::new("val_loss").patience(20).restore_best_weights(true);
//! let options = FitOptions::new().epochs(epochs).validation_split(0.2).callback(&mut stop).callback(TerminateOnNan::default());
//! let history = model.fit(&x_train, &y_train, options)?;
//! println!("the best of {} epochs: {:?}", history["val_loss"].len(), stop.best_epoch());
//!
//! let scores = model.evaluate(&x_test, &y_test)?;
//! assert!(scores["accuracy"] > 0.9 && scores["auc"] > 0.95);
//! # Ok::<(), layercake::Error>(())
//! ```
//!
//! `validation_split` takes the *last* rows: a file that is sorted must be shuffled first, as `train_test_split` does. The
//! training `loss` includes dropout and penalties, so that `val_loss` may well be the lower of the two at first. Training uses
//! the machine's cores where there is work enough; [`threads`](crate::FitOptions::threads) bounds them, and the results are the
//! same bits for any number. In an application, [`cancel`](crate::FitOptions::cancel) and
//! [`time_budget`](crate::FitOptions::time_budget) end a training in good order.
//!
//! Beside the data and the model a training takes memory for a copy of the data, for the gradient and each slot of the optimizer
//! (`Adam` has two), each as large as the weights, and for what the layers give for one batch. Where the data take most of the
//! memory, [`streamed`](crate::FitOptions::streamed) does without the copy of `x`.
//!
//! # Tune
//!
//! Change one thing at a time, and judge by the validation rows, never by the test rows: the learning rate first (0.01, 0.003,
//! 0.001), then the units, then what restrains them (`Dropout`, `weight_decay`), then the batch size. The example `tune` does it.
//! [`compile`](crate::Sequential::compile) again keeps the weights; a new `Sequential` with the same seed starts from the
//! same ones.
//!
//! # Evaluate
//!
//! The test rows are looked at once, at the end. For classes an accuracy is read beside that of always guessing the most
//! frequent one; [`confusion_matrix`](crate::data::confusion_matrix()) shows which are taken for which,
//! [`Precision`](crate::metrics::Precision) and [`Recall`](crate::metrics::Recall) what a rare one costs. A
//! [`Meter`](crate::metrics::Meter) applies any metric to predictions that are there.
//!
//! # What goes wrong
//!
//! | symptom | likely cause | answer |
//! |---|---|---|
//! | an error at `fit` | data with NaN, another width, labels out of range | it names the row or column and the way out |
//! | the loss is NaN | a rate too high, inputs in the thousands | scale the inputs, a tenth of the rate, `clipnorm(1.0)`; [`TerminateOnNan`](crate::callbacks::TerminateOnNan) stops at once |
//! | the loss jumps | a rate too high for the batch | a lower rate or one that falls, a larger batch, `clipnorm` |
//! | the loss hardly falls | a rate too low; units that are stuck at 0 | a higher rate; `LeakyRelu` or `BatchNormalization`; scaled inputs |
//! | training is good, validation is not | too many weights for the rows | `EarlyStopping`, `Dropout`, `weight_decay` or `L2`, fewer units, more rows |
//! | training and validation are both poor | too few weights, or inputs that do not tell | more units or layers, fewer restraints, better columns |
//! | validation is good, the test is not | the test rows are of another kind, or tuning went by too few rows | split at random, validate on more rows |
//! | the accuracy stays at that of guessing | one class is rare | `class_weight`, a focal loss, and judge by recall or AUC |
//! | predictions differ from training's | `BatchNormalization` has seen too few batches to know the mean | `momentum(0.9)`, more epochs |
