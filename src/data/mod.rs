//! Data preparation: reads tables with missing cells and text, encodes, splits and scales them into matrices.
//!
//! | step | here | in scikit-learn, pandas or Keras |
//! |---|---|---|
//! | read a file | `Table::read`, `Table::read_with` and `ReadOptions` | `read_csv` |
//! | rows of structs | `Table::from_rows`, with the feature `serde` | `DataFrame` |
//! | write a file | `Table::write` | `to_csv` |
//! | what reading had to guess | [`Table::guesses`] | |
//! | missing cells | [`Table::missing`], [`Table::drop_missing`], [`Table::fill_missing`] | `isna`, `dropna`, `SimpleImputer` |
//! | categories among the features | [`Table::one_hot`] | `OneHotEncoder`, `get_dummies` |
//! | classes to predict | [`Table::labels`], [`one_hot`], [`to_classes`] | `LabelEncoder`, `to_categorical`, `argmax` |
//! | hold out test rows | [`train_test_split`], [`Table::split`] | `train_test_split` |
//! | cross-validation | [`KFold`] | `KFold`, `StratifiedKFold`, `GroupKFold`, `TimeSeriesSplit` |
//! | all of this by default | [`tables`](crate::tables) | `FeatureSpace` |
//! | scale | [`StandardScaler`], [`MinMaxScaler`] | `StandardScaler`, `MinMaxScaler` |
//! | count mistakes | [`confusion_matrix`] | `confusion_matrix` |
//!
//! ```
//! # #[cfg(feature = "csv")] {
//! use layercake::prelude::*;
//!
//! let file = "length,sex,species\n5.1,f,setosa\n4.9,m,setosa\n,f,virginica\n6.3,m,virginica\n5.8,f,virginica\n";
//! let mut table = data::Table::from_reader(file.as_bytes())?;
//! table.fill_missing("length", data::Fill::Median)?;
//! table.one_hot("sex")?;
//! let labels = table.labels("species")?;
//! let x: DMatrix<f32> = table.features_without(&["species"])?;
//!
//! let options = data::SplitOptions::new().test_size(0.4).seed(42).stratify(labels.classes());
//! let (x_train, x_test, y_train, y_test) = data::train_test_split(&x, labels.classes(), options)?;
//! let scaler = data::StandardScaler::fit(&x_train)?;
//! let (x_train, x_test) = (scaler.transform(&x_train)?, scaler.transform(&x_test)?);
//! assert_eq!((x_train.shape(), x_test.shape()), ((3, 3), (2, 3)));
//! assert_eq!((y_train.len(), y_test.len()), (3, 2));
//! # }
//! # Ok::<(), layercake::Error>(())
//! ```

#[cfg(feature = "csv")]
mod cell_format;
mod cell_text;
mod cells;
mod column;
#[cfg(feature = "csv")]
mod column_reader;
mod encoding;
#[cfg(feature = "serde")]
mod field;
mod folds;
#[cfg(feature = "serde")]
mod from_rows;
mod guesses;
#[cfg(feature = "csv")]
mod header;
mod labels;
mod min_max_scaler;
mod missing;
mod owned;
#[cfg(feature = "csv")]
mod read;
#[cfg(feature = "csv")]
mod read_options;
#[cfg(feature = "csv")]
mod reading;
#[cfg(feature = "csv")]
mod records;
mod reliability;
mod rows;
mod scaling;
#[cfg(feature = "csv")]
mod separator;
mod split;
mod standard_scaler;
mod table;
mod texts;
#[cfg(feature = "csv")]
mod write;

pub use cells::{Cell, ColumnView};
pub(crate) use column::{key, shown};
pub use encoding::{confusion_matrix, one_hot, to_classes};
pub use folds::KFold;
pub use guesses::{Guess, Guesses};
pub use labels::Labels;
pub use min_max_scaler::MinMaxScaler;
pub use missing::{Fill, Missing};
pub(crate) use owned::{OwnedTargets, classes_of};
#[cfg(feature = "csv")]
pub use read_options::{ColumnType, ReadOptions};
pub(crate) use reliability::{Bin, bins, calibration_error, error_by_chance};
pub use rows::Rows;
pub use split::{Split, SplitOptions, train_test_split};
pub use standard_scaler::StandardScaler;
pub use table::Table;
