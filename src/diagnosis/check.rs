//! `check`: what is wrong before a training begins.

use super::causes::{arrange, codes};
use super::constant::is_cross_entropy;
use super::facts::{Facts, Outline, PlanFacts};
use super::finding::{Finding, Place, Severity, short};
use super::kept::Kept;
use super::names::Names;
use super::remedy::Remedy;
use super::rules;
use super::start::Start;
use crate::base::{Data, Error, Result, Targets, closest};
use crate::kernels::{self, Scalar, doubles};
use crate::model::{FitOptions, Model};
use crate::part::compiled;
use nalgebra::DMatrix;

/// The options of [`Model::check_with`](crate::Model::check_with).
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct CheckOptions {
    silenced: Vec<String>,
    pub(super) names: Names,
}

impl CheckOptions {
    /// Creates options that silence nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Silences findings with these codes; what they would have explained is then listed by itself (default: none).
    pub fn silence<C: Into<String>>(mut self, codes: impl IntoIterator<Item = C>) -> Self {
        self.silenced = codes.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the names of all columns of `x`, in their order, which findings then have beside the numbers (default: none).
    ///
    /// ```
    /// use layercake::diagnosis::CheckOptions;
    /// use layercake::prelude::*;
    ///
    /// let mut table = data::Table::new();
    /// table.add_numbers("age", (0..60).map(|row| f64::from(row).sin()))?;
    /// table.add_numbers("unit", (0..60).map(|_| 1))?;
    /// table.add_numbers("price", (0..60).map(|row| f64::from(row).sin() + 0.5 * f64::from(3 * row).cos()))?;
    /// let (x, y) = (table.features_without::<f64>(&["price"])?, table.numbers("price")?);
    /// let mut model = Sequential::with_seed(1);
    /// model.add(Dense::new(1));
    /// model.compile("adam", "mse", ())?;
    /// let names = table.column_names().filter(|name| *name != "price");
    /// let findings = model.check_with(&x, &y, &FitOptions::new().epochs(200), &CheckOptions::new().columns(names))?;
    /// assert_eq!(findings[0].title(), "column 1 `unit` of x is constant: 1 in every row");
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn columns<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.names = Names::new(names.into_iter().map(Into::into).collect());
        self
    }

    /// Fails if there are names for another number of columns.
    pub(super) fn check_columns(&self, columns: usize) -> Result<()> {
        match self.names.len() {
            0 => Ok(()),
            names if names == columns => Ok(()),
            names => {
                let (value, allowed) = (format!("{names} names"), format!("a name for each of the {columns} columns of `x`"));
                Err(Error::argument("CheckOptions", "columns", value, allowed))
            }
        }
    }

    pub(super) fn is_silenced(&self, code: &str) -> bool {
        self.silenced.iter().any(|silenced| silenced == code)
    }

    pub(super) fn check(&self) -> Result<()> {
        match self.silenced.iter().find(|silenced| codes().all(|code| code != silenced.as_str())) {
            None => Ok(()),
            Some(unknown) => {
                let allowed = format!("codes of findings: {}", closest(unknown, &mut codes()));
                Err(Error::argument("CheckOptions", "silence", unknown, allowed))
            }
        }
    }
}

impl<T: Scalar> Model<T> {
    /// Looks for what is wrong with data, model and options before a training, and returns what it finds, causes first.
    ///
    /// `x`, `y` and `options` are those that [`fit`](Self::fit) is going to be given. It describes at most 5,000 of the rows,
    /// and runs one step on at most 128 of them on a copy of the model; the model itself is not changed. What `fit` would refuse
    /// is a finding of severity [`Severity::Error`]. A model and data without faults give no finding, or notes only.
    ///
    /// # Errors
    ///
    /// It fails if the model is not compiled or has several inputs or outputs, if `x` and `y` do not have the same number of
    /// rows, at least one, or if an option is out of range.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let x = DMatrix::from_fn(60, 2, |row, column| if column == 0 { (row as f64).sin() } else { 900.0 * (row as f64).cos() });
    /// let y = DMatrix::from_fn(60, 1, |row, _| f64::from(u8::from((row as f64).sin() > 0.0)));
    /// let mut model = Sequential::with_seed(1);
    /// model.add(Dense::new(16).activation(Relu));
    /// model.add(Dense::new(1));
    /// model.compile("adam", "binary_crossentropy", ())?;
    /// let findings = model.check(&x, &y, &FitOptions::new().epochs(100))?;
    /// let codes: Vec<_> = findings.iter().map(|finding| finding.code()).collect();
    /// assert_eq!(codes, ["LC0202", "LC0102"]);
    /// println!("{}", findings[0]);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn check<'a>(&self, x: &DMatrix<T>, y: impl Into<Targets<'a, T>>, options: &FitOptions<'_, T>) -> Result<Vec<Finding>> {
        self.check_with(x, y, options, &CheckOptions::new())
    }

    /// Looks for what is wrong as [`check`](Self::check) does, with options, for example without some of the findings.
    ///
    /// # Errors
    ///
    /// It fails as `check` does, or if a silenced code is unknown.
    ///
    /// ```
    /// use layercake::diagnosis::CheckOptions;
    /// use layercake::prelude::*;
    ///
    /// let x = DMatrix::from_fn(60, 2, |row, column| if column == 0 { (row as f64).sin() } else { 900.0 * (row as f64).cos() });
    /// let y = DMatrix::from_fn(60, 1, |row, _| (row as f64).sin() + 0.3 * (1.7 * row as f64).cos());
    /// let mut model = Sequential::with_seed(1);
    /// model.add(Dense::new(1));
    /// model.compile("adam", "mse", ())?;
    /// let options = FitOptions::new().epochs(200);
    /// let silent = CheckOptions::new().silence(["LC0102", "LC0302"]);
    /// assert!(model.check_with(&x, &y, &options, &silent)?.iter().all(|finding| finding.code() != "LC0102"));
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn check_with<'a>(
        &self,
        x: &DMatrix<T>,
        y: impl Into<Targets<'a, T>>,
        options: &FitOptions<'_, T>,
        checks: &CheckOptions,
    ) -> Result<Vec<Finding>> {
        compiled!(
            fn(
                model: &Model<T>,
                x: &DMatrix<T>,
                y: Targets<'_, T>,
                options: &FitOptions<'_, T>,
                checks: &CheckOptions
            ) -> Result<Vec<Finding>> {
                checks.check()?;
                options.check()?;
                model.check_compiled("check")?;
                checks.check_columns(x.ncols())?;
                let mut found = kernels::with_threads(options.threads, || look(model, (x, y), options, &checks.names))?;
                found.retain(|finding| !checks.is_silenced(finding.code()));
                let found = arrange(found);
                #[cfg(feature = "log")]
                super::log::log_findings(&found);
                Ok(found)
            }
        )(self, x, y.into(), options, checks)
    }
}

/// Returns all findings, in no order.
pub(super) fn look<T: Scalar>(
    model: &Model<T>,
    (x, y): (&DMatrix<T>, Targets<'_, T>),
    options: &FitOptions<'_, T>,
    names: &Names,
) -> Result<Vec<Finding>> {
    check_is_single(model, "check")?;
    let mut broken: Vec<Finding> = [("x", not_finite_inputs(x)), ("y", not_finite_targets(y))]
        .into_iter()
        .filter_map(|(what, cells)| not_finite(what, &cells))
        .collect();
    if !broken.is_empty() {
        broken.iter_mut().for_each(|finding| finding.name_columns(names));
        return Ok(broken);
    }
    let mut data = Data::new(["x", "y", "sample_weight"], x.into(), &y.into(), options.sample_weight)?;
    let validation = match (&options.validation_data, options.validation_split) {
        (Some((x, y)), _) => {
            let names = ["validation x", "validation y", "validation sample_weight"];
            Some(Data::new(names, x.clone(), y, options.validation_sample_weight)?)
        }
        (None, Some(share)) => Some(data.split_off_tail(share)?),
        (None, None) => None,
    };
    let mut model = model.clone();
    if let Err(error) = prepare(&mut model, &data, validation.as_ref()) {
        return Ok(vec![refused(&error, &model, &data)]);
    }
    let mut outline = Outline::new(&model, model.built("check")?, PlanFacts::of(options));
    let kept = Kept::new(&data, validation.as_ref(), &outline.loss, outline.outputs);
    outline.start = Start::measure(&model, &kept).ok();
    let facts = Facts::new(&kept, outline);
    let mut found = rules::before_training(&facts);
    names.add_to(&mut found, &facts);
    Ok(found)
}

/// Fails if a model has several inputs or outputs.
pub(super) fn check_is_single<T: Scalar>(model: &Model<T>, part: &str) -> Result<()> {
    if !model.graph.has_one_input_and_output() {
        let (value, allowed) = ("one with several inputs or outputs", "a model with one input and one output");
        return Err(Error::argument(part, "model", value, allowed));
    }
    Ok(())
}

/// Builds the model and checks the data against it, as `fit` does.
fn prepare<T: Scalar>(model: &mut Model<T>, data: &Data<'_, T>, validation: Option<&Data<'_, T>>) -> Result<()> {
    model.check_width("x", data.count(), data.x.shape.width())?;
    model.build_for(&data.x.shape, &|| data.x.first_samples(1024))?;
    let (network, compiled) = (model.built("check")?, model.check_compiled("check")?);
    // in the order of `fit`, so that its first error is the finding
    for data in validation.into_iter().chain(std::iter::once(data)) {
        model.check_width("x", data.count(), data.x.shape.width())?;
        compiled.objective(network, data)?;
    }
    Ok(())
}

/// Makes a finding of what `fit` would refuse.
fn refused<T: Scalar>(error: &Error, model: &Model<T>, data: &Data<'_, T>) -> Finding {
    let text = error.to_string().replace('\n', " ");
    let place = match error {
        Error::Target { .. } | Error::TargetWidth { .. } => Place::Targets,
        Error::LayerInput { layer, .. } => Place::Layer(layer.clone()),
        _ => Place::Training,
    };
    let advice = Remedy::Advice("what the message says; `fit` fails with it");
    let remedy = if place == Place::Targets { numbering(model, data).map(Remedy::NumberClasses) } else { None };
    Finding::new("LC0201", Severity::Error, place, text, remedy.unwrap_or(advice))
}

/// Returns the targets that are the classes of a model with a cross-entropy, if numbered from 0 they would be classes of it.
fn numbering<T: Scalar>(model: &Model<T>, data: &Data<'_, T>) -> Option<Vec<f64>> {
    let (loss, _) = model.compiled.as_ref()?.losses.first()?;
    let outputs = model.network.as_ref()?.output().width();
    if !is_cross_entropy(loss.name()) || data.y[0].shape.width() != 1 {
        return None;
    }
    let mut targets = doubles(&data.y[0].values);
    targets.sort_unstable_by(f64::total_cmp);
    targets.dedup();
    let is_numbered = targets.iter().enumerate().all(|(class, target)| *target == class as f64);
    (targets.len() > 1 && targets.len() <= outputs.max(2) && !is_numbered).then_some(targets)
}

/// The cells that are no numbers: how many, and the first with its row, column and value.
struct Cells {
    count: usize,
    first: Option<(usize, usize, f64)>,
}

fn not_finite_inputs<T: Scalar>(x: &DMatrix<T>) -> Cells {
    cells(x.as_slice(), x.nrows())
}

fn not_finite_targets<T: Scalar>(y: Targets<'_, T>) -> Cells {
    match y {
        Targets::Matrix(matrix) => cells(matrix.as_slice(), matrix.nrows()),
        Targets::Vector(vector) => cells(vector.as_slice(), vector.len()),
        Targets::Classes(_) => Cells { count: 0, first: None },
    }
}

fn cells<T: Scalar>(values: &[T], rows: usize) -> Cells {
    if kernels::all_finite(values) {
        return Cells { count: 0, first: None };
    }
    let mut bad = values.iter().enumerate().filter(|(_, value)| !value.is_finite());
    let first = bad.next().map(|(index, value)| (index % rows, index / rows, value.to_f64()));
    Cells { count: bad.count() + usize::from(first.is_some()), first }
}

fn not_finite(what: &str, cells: &Cells) -> Option<Finding> {
    let (row, column, value) = cells.first?;
    let title = format!("{what} has {} at row {row}, column {column}", short(value));
    let place = if what == "x" { Place::Cell(row, column) } else { Place::Targets };
    let finding = Finding::new("LC0101", Severity::Error, place, title, Remedy::Clean);
    Some(finding.evidence_of("cells that are no numbers", cells.count as f64, "0"))
}
