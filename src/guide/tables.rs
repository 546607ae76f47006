//! From a table to answers, with defaults. This page is documentation only.
//!
//! # A first program
//!
//! ```
//! # #[cfg(all(feature = "csv", feature = "keras"))] {
//! use layercake::prelude::*;
//!
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/heart_disease.csv");
//! let table = data::Table::read(path)?;
//! let target = "diameter narrowing";
//! let (train, test) = table.split(data::SplitOptions::new().test_size(0.2).seed(1).stratify_by(target))?;
//!
//! let mut model = TableClassifier::new(target).seed(1);
//! model.fit(&train, TableOptions::new())?;
//! println!("{}", model.explain()?);
//! println!("{}", model.evaluate(&test)?);
//! println!("{}", model.predict(&test)?);
//! println!("{}", model.permutation_importance(&test, 5, 1)?);
//! assert!(model.evaluate(&test)?["auc"] > 0.8);
//! # }
//! # Ok::<(), layercake::Error>(())
//! ```
//!
//! [`TableRegressor`](crate::tables::TableRegressor) does the same for a number, in the units of the target.
//!
//! # What is done by default
//!
//! | step | what | set it by |
//! |---|---|---|
//! | columns of numbers | scaled by quartiles with outliers clipped smoothly, and beside it 8 to 16 piecewise bins between quantiles | [`features`](crate::tables::TableClassifier::features) |
//! | columns of text | one-hot, levels of a single row together, at most 256 levels | `features` |
//! | missing cells | the median and a flag; a level of its own | [`Float::missing`](crate::tables::Float::missing) |
//! | unknown levels | as rare levels | [`Categorical::unknown`](crate::tables::Categorical::unknown) |
//! | constants, identifiers | not read; [`explain`](crate::tables::TableClassifier::explain) has the reason | `features` |
//! | networks | ten of two layers of 64 units with ReLU; `Adam` with a learning rate of 0.001 | [`network`](crate::tables::TableClassifier::network), [`members`](crate::tables::TableClassifier::members) |
//! | validation | a fifth of the rows, other rows for each network; the epoch with the lowest log loss or squared error is kept | [`TableOptions`](crate::tables::TableOptions) |
//! | answer | the mean of the networks | |
//!
//! Each of these was chosen on four tables and then held on four others that had no part in the choice. The table has the mean
//! difference to CatBoost 1.2 with its defaults, on the same test rows, over seeds 0 to 4 (standard error over the 5 runs).
//!
//! | table | rows | chosen on it | difference |
//! |---|---|---|---|
//! | heart disease | 303 | yes | AUC +.017 (.008) |
//! | attrition | 1,470 | yes | AUC +.025 (.005) |
//! | telco churn | 7,043 | yes | AUC +.005 (.001) |
//! | pima | 768 | no | AUC +.006 (.006) |
//! | credit data | 4,454 | no | AUC +.003 (.002) |
//! | ames | 2,930 | yes | RMSE x 0.97 (.04) |
//! | imports 85 | 201 | no | RMSE x 0.97 (.05) |
//! | SLID wages | 4,147 | no | RMSE x 0.97 (.01) |
//!
//! Boosted trees win where many categories of many levels or sharp interactions decide.
//!
//! # What each piece is worth
//!
//! The same eight tables and seeds, without one piece or with another one, as the difference to the defaults: its mean over the
//! runs with its standard error, and for numbers the geometric mean of the ratios of RMSE. `cargo bench --bench tables` repeats it.
//!
//! | instead of the defaults | AUC | log loss | RMSE |
//! |---|---|---|---|
//! | one network | -.0087 (.0019) | +.0108 (.0029) | x 1.096 |
//! | five networks | -.0019 (.0007) | +.0021 (.0010) | x 1.009 |
//! | twenty networks | .0000 (.0003) | -.0003 (.0003) | x 0.992 |
//! | no piecewise bins | -.0051 (.0019) | +.0066 (.0024) | x 1.020 |
//! | no piecewise bins and no robust scale with clip, but z-scores | -.0050 (.0019) | +.0064 (.0022) | x 1.075 |
//! | every level its own, also those of a single row | .0000 (.0000) | .0000 (.0000) | x 0.989 |
//! | three layers | -.0014 (.0007) | +.0016 (.0010) | x 0.988 |
//! | 128 units | -.0011 (.0006) | +.0008 (.0006) | x 0.993 |
//! | dropout of 0.15 | -.0012 (.0004) | +.0013 (.0005) | x 1.023 |
//! | weight decay of 0.02 | -.0002 (.0002) | +.0001 (.0002) | x 1.000 |
//! | label smoothing of 0.1 | -.0003 (.0004) | +.0095 (.0011) | |
//! | Mish, Selu | +.0006 (.0006), +.0004 (.0009) | -.0009 (.0006), -.0014 (.0013) | x 0.991, x 1.015 |
//! | a `PRelu` layer | +.0001 (.0002) | +.0003 (.0003) | x 1.001 |
//! | weights by which each unit has variance 1 on a sample | -.0044 (.0014) | +.0054 (.0013) | x 1.025 |
//! | a trained factor for each feature, with six times the learning rate | +.0006 (.0005) | -.0015 (.0005) | x 0.998 |
//! | `PeriodicEmbedding` of all features | +.0014 (.0007) | -.0033 (.0009) | x 1.002 |
//! | `CosineLog` up to 0.004 over 64 epochs | -.0001 (.0006) | -.0010 (.0009) | x 0.984 |
//! | `FlatCosine` from 0.002 over 64 epochs | -.0008 (.0005) | .0000 (.0011) | x 0.987 |
//!
//! The last six are pieces of the recipe RealMLP. None of them is a default: on the four tables that had no part in the choice,
//! no gain is larger than two standard errors, and the embedding takes 56 times the time. On those four tables alone, one network
//! for ten costs the most (AUC -.0095 (.0032), RMSE x 1.124), and the bins can be left out without a loss that shows
//! (AUC -.0007 (.0016), RMSE x 0.997): what they gain depends on the table, from nothing to an AUC of .014.
//!
//! # One row at a time
//!
//! ```
//! use layercake::data::Cell;
//! use layercake::prelude::*;
//!
//! # let mut table = data::Table::new();
//! # table.add_numbers("size", (0..60).map(|row| row % 9))?;
//! # table.add_text("colour", (0..60).map(|row| ["red", "blue"][row % 2]))?;
//! # table.add_text("kind", (0..60).map(|row| if row % 9 > 4 { "large" } else { "small" }))?;
//! # let mut model = TableClassifier::new("kind").members(1).seed(1);
//! # model.fit(&table, TableOptions::new().epochs(5))?;
//! let answer = model.predict_row(&[("size", 7.into()), ("colour", Cell::Missing)])?;
//! println!("{}: {:.2}", answer.class(), answer.probability());
//! # Ok::<(), layercake::Error>(())
//! ```
//!
//! A model is `Sync`: one behind an `Arc` serves every thread, also while a clone of it is trained further.
//!
//! # How sure
//!
//! Rows that training does not use say how sure an answer is: a table of its own, or a share that `fit` sets aside.
//!
//! ```
//! # #[cfg(all(feature = "csv", feature = "keras"))] {
//! use layercake::prelude::*;
//! use layercake::tables::{Calibration, Threshold};
//!
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/heart_disease.csv");
//! # let target = "diameter narrowing";
//! # let (train, test) = data::Table::read(path)?.split(data::SplitOptions::new().test_size(0.2).seed(1).stratify_by(target))?;
//! let mut model = TableClassifier::new(target).members(5).seed(1);
//! model.fit(&train, TableOptions::new().calibration(0.2, Calibration::new().coverage(0.9).threshold(Threshold::F1)))?;
//! println!("{}", model.calibration().unwrap());             // temperature, threshold
//! println!("{}", model.predict(&test)?);                    // classes, probabilities, and sets of classes
//! println!("{}", model.evaluate(&test)?);                   // the share of sets that have the true class is one of the scores
//! println!("{}", model.reliability(&test)?);                // are the probabilities as often right as they say?
//! model.predict(&test)?.write_csv(std::env::temp_dir().join("answers.csv"))?;
//! # let _ = std::fs::remove_file(std::env::temp_dir().join("answers.csv"));
//! # }
//! # Ok::<(), layercake::Error>(())
//! ```
//!
//! | what | for | how |
//! |---|---|---|
//! | sets, intervals | the true answer in at least this share of rows | split conformal prediction; [`Sets`](crate::tables::Sets) has two kinds, [`by_spread`](crate::tables::Calibration::by_spread) makes intervals wider where the networks differ |
//! | temperature | probabilities that are as often right as they say | one number, by the lowest log loss; no class changes |
//! | threshold | two classes of unequal weight | by accuracy, F1, balanced accuracy, or given; 0.5 if none is asked for |
//!
//! The promise of a coverage is one on average over rows that are drawn in the same way: by chance of the `n` rows it was computed
//! from, the share of later rows is off by a standard deviation of about `sqrt(coverage (1 - coverage) / n)`: 0.03 for 100 rows and
//! 0.9. Nothing is promised for a single row, a group, or rows of a later time. Rows of training or validation are refused, by their
//! hashes. What was computed is in the file; the next `fit` drops it. A regression answers with
//! [`predict_intervals`](crate::tables::TableRegressor::predict_intervals).
//!
//! # What is wrong
//!
//! [`check`](crate::tables::TableClassifier::check) looks for faults before a training, in the columns of the table and in the network
//! that reads their features: values that stand for missing cells, columns that repeat others or give the target away, rare classes.
//! [`TableOptions::diagnosis`](crate::tables::TableOptions::diagnosis) watches the first network; its report names the columns and the
//! rows of the table that it missed most.
//!
//! # A second file
//!
//! A second table may have its columns in another order, and further columns. [`predict`](crate::tables::TableClassifier::predict)
//! refuses a missing column and a number where text was, with the column and the line, and follows the rules for missing cells and
//! unknown levels. [`check_table`](crate::tables::TableClassifier::check_table) tells what is unlike the training table:
//!
//! ```
//! use layercake::prelude::*;
//!
//! # let mut table = data::Table::new();
//! # table.add_numbers("size", (0..60).map(|row| f64::from(row % 20) / 10.0))?;
//! # table.add_text("town", (0..60).map(|row| ["Oslo", "Rome"][row % 2]))?;
//! # table.add_text("kind", (0..60).map(|row| if row % 20 > 9 { "large" } else { "small" }))?;
//! # let mut second = data::Table::new();
//! # second.add_numbers("size", (0..60).map(|row| 100.0 * f64::from(row % 20) / 10.0))?;
//! # second.add_text("town", (0..60).map(|row| ["Oslo", "Bern", "NA"][row % 3]))?;
//! # let mut model = TableClassifier::new("kind").members(1).seed(1);
//! # model.fit(&table, TableOptions::new().epochs(5))?;
//! let check = model.check_table(&second)?;
//! println!("{check}");
//! # assert_eq!(check.to_string(), "column  missing  at fit  outside  remark
//! # size       0.0%    0.0%       57  57 outside 0 to 1.9, 57 of them by more than that range; values are about 100 times as large as at fit: has the unit changed?
//! # town      33.3%    0.0%       20  cells are missing, and none was at fit; 20 of unknown levels: `Bern`");
//! # Ok::<(), layercake::Error>(())
//! ```
//!
//! ```text
//! column  missing  at fit  outside  remark
//! size       0.0%    0.0%       57  57 outside 0 to 1.9, 57 of them by more than that range; values are about 100 times as large as at fit: has the unit changed?
//! town      33.3%    0.0%       20  cells are missing, and none was at fit; 20 of unknown levels: `Bern`
//! ```
//!
//! # The file
//!
//! [`save`](crate::tables::TableClassifier::save) writes one `.keras` file. Python opens it without `custom_objects` as a model with an
//! input for each column: numbers go in as they are, with NaN for a missing one, and categories as ids of their levels.
//! Probabilities come out, those of the second of two classes, or numbers in the units of the target. The encoding is made of
//! operations that Keras has; the networks are the layer `networks`, a model of branches and an `Average`.
//!
//! The member `layercake_table.json` has the columns, the features with their vocabularies, the names of the classes, the versions,
//! and a self-test. This function reads the vocabularies, and turns cells into what the model takes:
//!
//! ```python
#![doc = include_str!("read_table.py")]
//! ```
//!
//! ```python
//! model = keras.saving.load_model("titanic.keras")
//! probabilities = model.predict(inputs("titanic.keras", pandas.read_csv("passengers.csv")))
//! ```
//!
//! The answers are those of this crate to 1e-6, with the temperature of a calibration; sets, intervals and the threshold are in the
//! member alone. A number whose rule for missing or unknown cells is an error becomes NaN, and so does
//! its answer. A column of numbers that are large beside their range, such as seconds since 1970, is given less its `shift`, because
//! single precision has no digits left for the range; for all other columns `shift` is 0.
//!
//! `load` checks the hash of each member and of the whole archive, and predicts eight made-up rows, whose answers are in the file:
//! the same bits on the same kind of machine, else to 1e-6. A file that fails is refused, with the first step that differs.
//!
//! Keras leaves the member out when it saves the model again, for example after more training. Such a file is refused with a
//! message that says so; [`load_with_columns_of`](crate::tables::TableClassifier::load_with_columns_of) takes the networks from it
//! and all else from the original.
