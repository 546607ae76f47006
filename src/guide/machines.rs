//! When one machine is not enough, and how Keras trains a model of this crate further on several. This page is documentation
//! only.
//!
//! # Whether one machine is enough
//!
//! The crate trains on the processor of one machine. For tables that is nearly always enough, so look at what costs less first:
//!
//! * **A release build.** `cargo run --release` trains many times faster than a build for debugging.
//! * **Threads.** Large models use the cores of the machine; [`threads`](crate::FitOptions::threads) limits their number.
//! * **Larger batches.** A step on 256 rows takes less time than 8 steps on 32. Raise the learning rate with the batch size,
//!   and look at the validation loss.
//! * **Memory.** With [`streamed`](crate::FitOptions::streamed) the rows are not copied, and `f32` takes half of `f64`.
//! * **Many trainings.** A search for settings needs no exchange between its trainings. [`study`](crate::tuner::Tuner::study)
//!   gives them as lines of JSON to processes on any number of machines, and the example `tune_processes` shows how.
//!
//! What is left is a single training that takes too long. Several machines then each compute the gradient of a part of a batch,
//! and add up these gradients before every step. The arithmetic of a step takes `6 b w / f` seconds for `b` rows per machine,
//! `w` weights and `f` operations per second. The exchange of the gradients in `f32` takes `8 w / s` seconds among many
//! machines, and half of that between two, with `s` bytes per second. So among many machines the exchange takes less time than
//! the arithmetic only from `b = 4 f / (3 s)` rows per machine on. This is an estimate, not a measurement: with 100 billion
//! operations per second on each machine and a network of 1 gigabit per second (125 million bytes), `b` is about 1,100 rows.
//! With much fewer rows several machines are slower than one. Try a machine with a GPU before a second machine.
//!
//! # Handing a model to Keras and back
//!
//! This crate has no engine for several machines, because Keras has one and opens the crate's files. A `.keras` file has the
//! layers, the weights, the statistics that were fitted to the data, the compile settings and the state of the optimizer, so a
//! training goes on where it stood, on either side:
//!
//! ```no_run
//! use layercake::prelude::*;
//!
//! # let (x, y) = (dmatrix![1.0_f32; 2.0], dmatrix![1.0_f32; 2.0]);
//! let mut model = Sequential::with_seed(42);
//! model.add(Dense::new(1));
//! model.compile("adam", "mse", ())?;
//! let options = || FitOptions::new().batch_size(64).shuffle(false);
//! model.fit(&x, &y, options())?;
//! model.save("here.keras")?;
//!
//! // on two devices: python tests/python/train_on_devices.py here.keras table.csv there.keras --batch-size 64 --devices 2
//!
//! let mut model = Sequential::<f32>::load("there.keras")?;
//! model.fit(&x, &y, options())?;
//! # Ok::<(), layercake::Error>(())
//! ```
//!
//! The script `tests/python/train_on_devices.py` uses Keras 3 with JAX and divides each batch among the devices with
//! `keras.distribution.DataParallel`. The example `many_machines` runs all three parts: an epoch here, an epoch there on two
//! devices, and an epoch here. It fails if a loss is further than 1e-5, relative to it, from the one of three epochs here. It
//! has been 3e-6, while an optimizer that starts afresh changes the loss of the next epoch by 4 %. Two processes give the same
//! losses as two devices of one process; `cargo run --release --example many_machines -- python3 2` starts two.
//!
//! # On several machines
//!
//! Start the script on each machine, with the same model file and table. The table is a CSV file of numbers with a header; its
//! last column has the targets. Three variables say which process is which:
//!
//! ```sh
//! export KERAS_DISTRIBUTION_JOB_ADDRESSES=first-machine:12345   # the same on all; process 0 runs there
//! export KERAS_DISTRIBUTION_NUM_PROCESSES=2
//! export KERAS_DISTRIBUTION_PROCESS_ID=0                        # 1 on the second machine
//! python train_on_devices.py here.keras table.csv there.keras --batch-size 2048 --epochs 10
//! ```
//!
//! Process 0 writes the trained file. The script keeps to five rules, which a script of your own needs as well:
//!
//! 1. **The distribution is set before the model is loaded.** Otherwise its weights are placed on one device.
//! 2. **Every batch divides by the number of devices**, the last one of an epoch as well, and also those of `evaluate` and
//!    `predict`. The script says how many rows to leave out.
//! 3. **Every process passes its own part of each batch**, with `auto_shard_dataset=False`, and `batch_size` divided by the
//!    number of processes.
//! 4. **All processes save**, each to a name of its own. If only one does, it waits for the others forever and leaves a broken
//!    file.
//! 5. **All processes leave together**, by `jax.distributed.shutdown()`. Otherwise the coordinator ends the others after a
//!    while.
//!
//! Predict and evaluate afterwards, with the file loaded here or in a process without a distribution.
//!
//! # What must be equal, and what cannot be
//!
//! The losses agree to rounding if these are the same on both sides:
//!
//! * **The batch**: `--batch-size` counts the rows on all devices together. With more devices and the same number of rows for
//!   each, the batch grows, and so must the learning rate.
//! * **The order of the rows**: the script takes them as they are, so use [`shuffle(false)`](crate::FitOptions::shuffle) here,
//!   and shuffle the table once before, for example with [`train_test_split`](crate::data::train_test_split()). If both sides
//!   shuffle in each epoch, the training is as good, but they draw different orders.
//! * **Weights of samples and classes**: they are arguments of `fit` and not in the file. The script passes none.
//!
//! `BatchNormalization` needs no care: with JAX its statistics are those of the whole batch, on all devices. These differ in
//! any case:
//!
//! * **Random numbers**: `Dropout` and noise layers draw other numbers in Keras, so the losses of such a training differ.
//! * **The memory of callbacks**: the file has the current learning rate, but not how long `EarlyStopping` or
//!   `ReduceLrOnPlateau` have waited. Each call of `fit` starts them afresh.
//! * **Rounding**: the sums of several devices are added in another order, so the last digits of weights differ. JAX computes
//!   in `f32` by default.
//! * **Saturated probabilities**: with JAX, Keras clips probabilities to the range from 1e-7 to 1 - 1e-7 in a cross-entropy,
//!   while this crate computes it from the pre-activations.
//!
//! Keras refuses a file with parts that it lacks: a part of your own, a schedule by share such as
//! [`FlatCosine`](crate::optimizers::FlatCosine), a schedule of `Dropout` or of the weight decay, a learning rate factor of a
//! single weight. Train without them, or write the class in Python and pass it to `load_model` as one of the `custom_objects`.
