//! How to train a model, from a table to predictions that you can rely on. This page is documentation only.
//!
//! # Prepare the data
//!
//! A model takes matrices of numbers, with one row for each sample. The module [`data`](crate::data) reads a table, fills or
//! drops missing cells, and encodes words as numbers. Two rules prevent most problems:
//!
//! * **Split off the test rows first.** Choose everything from the training rows only, from the mean that fills a gap to the
//!   number of units. [`train_test_split`](crate::data::train_test_split()) shuffles the rows before it splits them. It can also
//!   keep the proportions of the classes.
//! * **Scale the inputs.** Training takes fewer epochs, and one learning rate suits all columns, if each column has a mean of
//!   about 0 and a standard deviation of about 1. Fit a [`StandardScaler`](crate::data::StandardScaler) on the training rows, or
//!   use [`BatchNormalization`](crate::layers::BatchNormalization) as the first layer, which learns the scale in training. For a
//!   regression, scale the targets too.
//!
//! Use `f32` in general, because it is faster. Use `f64` to compare results number by number.
//!
//! # Build the model and choose the loss
//!
//! The kind of prediction decides the last layer and the loss:
//!
//! | prediction | targets | last layer | loss | metric |
//! |---|---|---|---|---|
//! | a number | one column | `Dense::new(1)` | `"mse"`; with outliers [`Huber`](crate::losses::Huber) or `"mae"` | `"mae"`, [`R2Score`](crate::metrics::R2Score) |
//! | a count | one column | `Dense::new(1)` with [`Exponential`](crate::activations::Exponential) | [`Poisson`](crate::losses::Poisson) | `"mae"` |
//! | yes or no | 0 or 1 | `Dense::new(1)` with [`Sigmoid`](crate::activations::Sigmoid) | `"binary_crossentropy"` | `"accuracy"`, [`Auc`](crate::metrics::Auc) |
//! | yes or no, one of them rare | 0 or 1 | `Dense::new(1)` with `Sigmoid` | [`BinaryFocalCrossentropy`](crate::losses::BinaryFocalCrossentropy), or class weights | [`Precision`](crate::metrics::Precision), [`Recall`](crate::metrics::Recall), [`F1Score`](crate::metrics::F1Score) |
//! | one of `k` classes | 0 to `k - 1` | `Dense::new(k)` with [`Softmax`](crate::activations::Softmax) | `"sparse_categorical_crossentropy"` | `"accuracy"` |
//! | one of `k` classes | `k` columns, one-hot | `Dense::new(k)` with `Softmax` | `"categorical_crossentropy"` | `"accuracy"` |
//! | any of `k` labels | `k` columns of 0 or 1 | `Dense::new(k)` with `Sigmoid` | `"binary_crossentropy"` | `"binary_accuracy"` |
//!
//! Start with one to three hidden `Dense` layers of 16 to 256 units, with [`Relu`](struct@crate::activations::Relu) and
//! [`HeNormal`](struct@crate::initializers::HeNormal) weights. Deeper networks train faster with
//! [`BatchNormalization`](crate::layers::BatchNormalization) between the layers and batches of at least 32 rows.
//! [`LayerNormalization`](crate::layers::LayerNormalization) works with batches of any size. Layers with
//! [`Selu`](crate::activations::Selu), [`LecunNormal`](struct@crate::initializers::LecunNormal) weights and
//! [`AlphaDropout`](crate::layers::AlphaDropout) keep their outputs normalized by themselves.
//!
//! # Choose the optimizer
//!
//! Start with [`Adam`](crate::optimizers::Adam) and its default learning rate of 0.001. Then choose by your aim:
//!
//! | aim | setting |
//! |---|---|
//! | the best quality | a falling learning rate: [`CosineDecay`](crate::optimizers::CosineDecay) over all steps (epochs times batches), with `warmup_steps` for large batches |
//! | smaller weights | [`AdamW`](crate::optimizers::AdamW), or `weight_decay` of any optimizer; unlike [`L2`](crate::regularizers::L2) it adds nothing to the loss |
//! | a loss without sudden jumps | `clipnorm(1.0)` for each weight, or `global_clipnorm` for all weights together |
//! | smoother weights at the end | `use_ema(true)`, which averages the weights over the steps |
//! | the steps of a large batch with the memory of a small one | `gradient_accumulation_steps` |
//!
//! # Train and validate
//!
//! ```
//! use layercake::prelude::*;
//!
//! // two measurements, and an answer of yes or no that depends on both
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
//! `validation_split` takes the *last* rows, so shuffle sorted data first; `train_test_split` does so. `val_loss` may be lower
//! than `loss` at first, because only the latter is computed with dropout. Training uses several cores if the model is large
//! enough; [`threads`](crate::FitOptions::threads) limits their number, which does not change the results. In an
//! application, [`cancel`](crate::FitOptions::cancel) and [`time_budget`](crate::FitOptions::time_budget) end a training early
//! and leave a usable model.
//!
//! In addition to the data and the model, a training needs memory for a copy of the data, for the gradient, for each slot of the
//! optimizer (`Adam` has two), and for the outputs of the layers for one batch. The gradient and each slot are as large as the
//! weights. Where the data take most of the memory, [`streamed`](crate::FitOptions::streamed) avoids the copy of `x`.
//!
//! # Tune
//!
//! Judge settings by validation rows, never by the test rows. The page [tuning](crate::guide::tuning) says when a search pays and
//! how to run one, and the example `tune` does. By hand, change one thing at a time: learning rates first (0.01, 0.003, 0.001), then
//! the number of units, then `Dropout` or `weight_decay`, then the batch size.
//! A second call of [`compile`](crate::Model::compile) keeps the weights. A new `Sequential` with the same seed starts from the
//! same initial weights.
//!
//! # Evaluate
//!
//! Use the test rows once, at the end. Compare the accuracy of a classifier with the accuracy of always guessing the most frequent
//! class. The [`confusion_matrix`](crate::data::confusion_matrix()) shows which classes are mistaken for each other. For a rare
//! class, [`Precision`](crate::metrics::Precision) and [`Recall`](crate::metrics::Recall) say more than the accuracy. A
//! [`Meter`](crate::metrics::Meter) applies any metric to existing predictions.
//!
//! # What goes wrong
//!
//! [`Model::check`](crate::Model::check) looks for most of this before a training. The callback
//! [`Diagnosis`](crate::diagnosis::Diagnosis) watches a training and then reports how good it was, beside a linear model and
//! nearest neighbours, and what was wrong. Its [`Report`](crate::diagnosis::Report) can be saved as a page with plots or as JSON. To
//! see whether a change of the settings was worth it, train each setting with three seeds or more, and compare the reports:
//! [`Comparison`](crate::diagnosis::Comparison) says whether the scores differ by more than seeds make them differ.
//!
//! | symptom | likely cause | remedy |
//! |---|---|---|
//! | an error at `fit` | data with NaN, another width, labels out of range | read the error: it names the row or column and says what to do |
//! | the loss is NaN | the learning rate is too high, or the inputs are in the thousands | scale the inputs, use a tenth of the rate or `clipnorm(1.0)`; [`TerminateOnNan`](crate::callbacks::TerminateOnNan) stops at once and says [where it came from](crate::NonFinite) |
//! | the loss jumps | the learning rate is too high for the batch size | use a lower or a falling rate, a larger batch, `clipnorm` |
//! | the loss hardly falls | the learning rate is too low, or units always give 0 | use a higher rate; `LeakyRelu` or `BatchNormalization`; scaled inputs |
//! | training is good, validation is not | there are too many weights for so few rows | use `EarlyStopping`, `Dropout`, `weight_decay` or `L2`, fewer units, more rows |
//! | training and validation are both poor | there are too few weights, or the inputs say too little about the targets | use more units or layers, less regularization, better columns |
//! | validation is good, the test is not | the test rows differ in kind, or too few validation rows were used to tune | split at random, validate on more rows |
//! | the accuracy is no better than guessing | one class is rare | use `class_weight` or a focal loss, and judge by recall or AUC |
//! | predictions are worse than in training | `BatchNormalization` had too few batches to estimate the mean | use `momentum(0.9)`, more epochs |
