//! Diagnosis: what is wrong with a training, and what to try.
//!
//! [`Model::check`](crate::Model::check) looks at data, model, loss and options before a training, and returns findings. Each
//! [`Finding`] has a stable code, a severity, a place, the numbers that led to it with what is usual, and a remedy. Causes come
//! first: what probably follows from a cause is listed in it, in [`Finding::explains`], and not beside it.
//!
//! [`Diagnosis`] is a callback that watches a training. Its [`Report`] compares the model with two controls: the best constant
//! prediction, and a reference that needs no training, the better of a ridge regression and the five nearest neighbours, fitted to
//! at most 2,000 rows and 500 columns. Rules about a training ask for an outcome: what works is no fault. So a finding of `check`
//! becomes a note in the report of a model that predicts as well as the reference, unless it says that the scores mislead. A
//! finding that no healthy training has, such as a softmax that is applied twice, becomes a note only where the model also makes
//! few mistakes, because a reference may be weak.
//!
//! A [`Remedy`] is data. [`Remedy::apply`] applies it to a [`Setup`], which holds the functions that make the model and the
//! options; [`Setup::try_remedies`] trains with and without each remedy, with the same seed, and says by how much it helped.
//! Nothing is tried by itself.
//!
//! # Names, reports and comparisons
//!
//! [`CheckOptions::columns`] and [`Diagnosis::columns`] take the names of the columns, which findings and reports then have. A
//! report displays as text; [`Report::save_html`] writes a page with plots, [`Report::save_json`] all of it for programs, and
//! [`Report::compare`] says what changed from one training to another.
//!
//! # Messages
//!
//! With the feature `log`, findings are also messages of the [`log`](https://docs.rs/log) facade, with the target
//! `layercake::diagnosis` and the severity as level: error, warn or info. `check` logs those that it returns, and `Diagnosis` those
//! of its report at the end of each training; where a logger takes them, that fits the reference within `fit`. Silenced codes are
//! not logged.
//!
//! # Codes
//!
//! | code | what it finds |
//! |---|---|
//! | LC0101 | cells that are NaN or infinite |
//! | LC0102, LC0103 | columns of different scale; columns that are all large |
//! | LC0104, LC0105, LC0107 | constant, nearly constant and equal columns |
//! | LC0106 | columns that vary only in the validation rows |
//! | LC0108 | a column that gives the target away |
//! | LC0109 | a value that stands for a missing one, such as -999 |
//! | LC0110 | validation rows that are also training rows |
//! | LC0111, LC0112 | sorted rows before `validation_split`, and without shuffling |
//! | LC0113, LC0114 | rare classes; large targets behind a linear layer |
//! | LC0201 | what `fit` would refuse |
//! | LC0202, LC0203 | logits where probabilities are taken, or the reverse; softmax applied twice |
//! | LC0204 | targets that the last layer cannot reach |
//! | LC0205, LC0206, LC0207 | a loss for other probabilities; squares of probabilities; outputs for classes that do not occur |
//! | LC0301 | units that start equal and stay equal |
//! | LC0302 | a loss at the start that is much larger than that of a constant prediction |
//! | LC0303, LC0304, LC0305 | vanishing gradients; dead units; saturated units |
//! | LC0401, LC0402 | a penalty that outweighs the data; much dropout behind a narrow layer |
//! | LC0403, LC0404, LC0405 | batches too large, steps too few, a learning rate too low to change the weights |
//! | LC0406 | a program without optimisation, and much work planned |
//! | LC0501, LC0502 | a training that diverged until a number was not finite; weights that were thrown about, by a learning rate that is too high |
//! | LC0503, LC0504, LC0505 | weights that hardly moved: a low rate, few large batches, few steps |
//! | LC0506, LC0507 | units that ended dead or saturated |
//! | LC0508, LC0509 | targets that the inputs do not tell; a single class for every row |
//! | LC0510, LC0511 | overfitting; underfitting |
//! | LC0512 | a hidden layer of one or two units |
//! | LC0513 | a number that is not finite, for another reason: data, targets, weights, or a part of your own |
//!
//! ```
//! use layercake::prelude::*;
//!
//! // the rows are sorted by class, and the last fifth of them is for validation
//! let x = DMatrix::from_fn(100, 2, |row, column| ((row * (column + 2)) as f64).sin() + (row / 50) as f64);
//! let y: Vec<usize> = (0..100).map(|row| row / 50).collect();
//! let mut model = Sequential::with_seed(1);
//! model.add(Dense::new(8).activation(Relu));
//! model.add(Dense::new(2).activation(Softmax));
//! model.compile("adam", "sparse_categorical_crossentropy", "accuracy")?;
//! let options = FitOptions::new().epochs(50).validation_split(0.2);
//! for finding in model.check(&x, &y, &options)? {
//!     println!("{finding}");
//! }
//! # assert_eq!(model.check(&x, &y, &options)?[0].code(), "LC0111");
//! # Ok::<(), layercake::Error>(())
//! ```

mod calibration;
mod causes;
mod check;
mod columns;
mod compare;
mod constant;
mod facts;
mod finding;
mod html;
mod json;
mod kept;
mod located;
#[cfg(feature = "log")]
mod log;
mod names;
mod norms;
mod of_table;
mod outcome;
mod predictions;
mod reference;
mod remedies;
mod remedy;
mod report;
mod rules;
mod skill;
mod start;
mod targets;
mod watch;

pub use check::CheckOptions;
pub use compare::Comparison;
pub use finding::{Evidence, Finding, Place, Severity};
pub(crate) use names::Names;
pub(crate) use of_table::{Read, check as check_table};
pub use remedies::{Fitted, Setup, Trial, Trials};
pub use remedy::Remedy;
pub use report::Report;
pub use watch::Diagnosis;
