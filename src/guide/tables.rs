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
//! # The file
//!
//! [`save`](crate::tables::TableClassifier::save) writes one `.keras` file. Python opens it as the model of the networks, which takes
//! the numbers of the features. The member `layercake_table.json` has the columns, the features with their vocabularies, and the
//! names of the classes, for Python as well:
//!
//! ```python
//! import json, keras, zipfile
//! about = json.loads(zipfile.ZipFile("titanic.keras").read("layercake_table.json"))
//! for entry in about["table"]["features"]:
//!     config = entry["feature"]["config"]
//!     print(entry["columns"], config.get("words") or config.get("numbers") or config.get("edges"))
//! networks = keras.saving.load_model("titanic.keras")      # probabilities of about["answers"]
//! ```
//!
//! Keras leaves that member out when it saves the model again; such a file is refused with a message that says so. `load` checks
//! the hash of each member and predicts eight made-up rows, whose answers are in the file.
