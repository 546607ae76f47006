//! What is wrong with a table model before it is trained.

use super::classifier::class_of;
use super::fit::{Prepared, Target, Targets};
use super::settings::Settings;
use super::shape::Task;
use super::{Feature, FeatureSpace, TableClassifier, TableOptions, TableRegressor};
use crate::base::{Error, Result};
use crate::data::{Cell, Table};
use crate::diagnosis::{CheckOptions, Finding, Names, Read, check_table};
use crate::model::{FitOptions, Model, Sequential};
use crate::optimizers::Adam;
use nalgebra::DMatrix;
use std::sync::Arc;

impl TableClassifier {
    /// Looks for what is wrong with the table, the features, the network and the options before a training, and returns what it finds,
    /// causes first, as [`Model::check`](crate::Model::check) does.
    ///
    /// `table` and `options` are those that [`fit`](Self::fit) is going to be given. It looks at the numbers of the columns as they
    /// are, and at the features and the network of the first member. Columns have their names, and their numbers in
    /// [`Place`](crate::diagnosis::Place) are those of the table. [`check_table`](Self::check_table) compares another table with
    /// the one of a training.
    ///
    /// # Errors
    ///
    /// It fails as `fit` does, unless the network or its data are the reason, which is a finding.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut table = data::Table::new();
    /// table.add_numbers("size", (0..90).map(|row| if row % 30 == 7 { -999.0 } else { f64::from(row % 9) }))?;
    /// table.add_text("kind", (0..90).map(|row| if (row % 9) * (row % 7) > 14 { "large" } else { "small" }))?;
    /// let model = TableClassifier::new("kind").seed(1);
    /// for finding in model.check(&table, &TableOptions::new())? {
    ///     println!("{finding}");
    /// }
    /// # let found = model.check(&table, &TableOptions::new())?;
    /// # assert!(found[0].title().starts_with("column `size` of x has -999 in 3.33 % of the rows"), "{found:?}");
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn check(&self, table: &Table, options: &TableOptions<'_>) -> Result<Vec<Finding>> {
        self.check_with(table, options, &CheckOptions::new())
    }

    /// Looks for what is wrong as [`check`](Self::check) does, with options, for example without some of the findings.
    ///
    /// # Errors
    ///
    /// It fails as `check` does, if a silenced code is unknown, or if the options have names of columns: those are the table's.
    pub fn check_with(&self, table: &Table, options: &TableOptions<'_>, checks: &CheckOptions) -> Result<Vec<Finding>> {
        options.check()?;
        let names = self.names_of_classes(table)?;
        self.with_targets(table, &names, options, |targets| find(&self.settings, table, targets, options, checks))
    }

    /// Returns the names of the classes of a table.
    pub(super) fn names_of_classes(&self, table: &Table) -> Result<Arc<[String]>> {
        let target = &self.settings.target;
        let names: Arc<[String]> = table.labels(target)?.names().into();
        if names.len() < 2 {
            let problem = format!("every cell is `{}`; a classifier needs at least two classes", names.concat());
            return Err(Error::Feature { column: target.clone(), line: None, problem });
        }
        Ok(names)
    }

    /// Calls a function with the targets of the rows for training and validation.
    pub(super) fn with_targets<R>(
        &self,
        table: &Table,
        names: &[String],
        options: &TableOptions<'_>,
        call: impl FnOnce(&Targets<'_>) -> Result<R>,
    ) -> Result<R> {
        let classes_of = |table: &Table| {
            let labels = table.labels_as(&self.settings.target, names)?;
            Ok::<_, Error>(Target::Classes(labels.classes().to_vec()))
        };
        let class_weight = options.class_weight.iter().map(|(class, weight)| Ok((class_of(class, names)?, *weight)));
        let class_weight = class_weight.collect::<Result<Vec<_>>>()?;
        let (train, validation) = (classes_of(table)?, options.validation.map(classes_of).transpose()?);
        call(&Targets { task: Task::Classes(names.len()), train, validation, class_weight: &class_weight })
    }
}

impl TableRegressor {
    /// Looks for what is wrong with the table, the features, the network and the options before a training, and returns what it finds,
    /// causes first, as [`Model::check`](crate::Model::check) does.
    ///
    /// `table` and `options` are those that [`fit`](Self::fit) is going to be given. It looks at the numbers of the columns as they
    /// are, and at the features and the network of the first member. Columns have their names, and their numbers in
    /// [`Place`](crate::diagnosis::Place) are those of the table. [`check_table`](Self::check_table) compares another table with
    /// the one of a training.
    ///
    /// # Errors
    ///
    /// It fails as `fit` does, unless the network or its data are the reason, which is a finding.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut table = data::Table::new();
    /// table.add_numbers("size", (0..90).map(|row| f64::from(row % 9)))?;
    /// table.add_numbers("copy", (0..90).map(|row| 2.0 * f64::from(row % 9) + 1.0))?;
    /// table.add_numbers("price", (0..90).map(|row| f64::from((row % 9) * (row % 7))))?;
    /// let model = TableRegressor::new("price").seed(1);
    /// let found = model.check(&table, &TableOptions::new())?;
    /// assert_eq!(found[0].title(), "column `copy` of x is column `size` again, or a multiple of it");
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn check(&self, table: &Table, options: &TableOptions<'_>) -> Result<Vec<Finding>> {
        self.check_with(table, options, &CheckOptions::new())
    }

    /// Looks for what is wrong as [`check`](Self::check) does, with options, for example without some of the findings.
    ///
    /// # Errors
    ///
    /// It fails as `check` does, if a silenced code is unknown, or if the options have names of columns: those are the table's.
    pub fn check_with(&self, table: &Table, options: &TableOptions<'_>, checks: &CheckOptions) -> Result<Vec<Finding>> {
        options.check()?;
        let (_, targets) = self.targets(table, options)?;
        find(&self.settings, table, &targets, options, checks)
    }
}

/// Checks the training of the first member, and the columns of numbers.
fn find(
    settings: &Settings,
    table: &Table,
    targets: &Targets<'_>,
    options: &TableOptions<'_>,
    checks: &CheckOptions,
) -> Result<Vec<Finding>> {
    let prepared = Prepared::new(settings, table, targets, options)?;
    let shape = prepared.shape(0);
    let model: Model<f32> = (settings.network)(&shape)?.into();
    let mut own = None;
    let (train, validation) = prepared.rows(0, &mut own)?;
    let fit = FitOptions::new().epochs(options.epochs).batch_size(options.batch_size_for(train.x.nrows()));
    let features = Read {
        model: &model,
        x: &train.x,
        y: train.y.get(),
        options: FitOptions {
            sample_weight: train.weights.as_deref(),
            validation_sample_weight: validation.weights.as_deref(),
            validation_data: Some(((&validation.x).into(), validation.y.get().into())),
            threads: options.threads,
            ..fit
        },
        names: prepared.space.names_of_features(table, Vec::new()),
    };
    // a model that reads numbers as they are; nothing that is said of its training is kept
    let mut linear = Sequential::with_seed(shape.seed());
    linear.add(shape.output_layer());
    linear.compile(Adam::default(), shape.loss(), ())?;
    let numbers = prepared.space.numbers(table)?;
    let numbers = numbers.as_ref().map(|(x, names)| Read {
        model: &linear,
        x,
        y: prepared.samples.y.get(),
        options: FitOptions { threads: options.threads, ..FitOptions::new() },
        names: names.clone(),
    });
    check_table(&features, numbers.as_ref(), checks)
}

impl FeatureSpace {
    /// Returns the names of the features and of the columns that they read, for a training whose validation rows are these.
    pub(super) fn names_of_features(&self, table: &Table, rows: Vec<usize>) -> Names {
        let names: Vec<String> = table.column_names().map(str::to_string).collect();
        let place = |column: &String| names.iter().position(|name| name == column).unwrap_or(0);
        let of_entry = |entry: &super::feature_space::Entry| {
            std::iter::repeat_n(entry.columns.first().map_or(0, place), entry.feature.width())
        };
        let columns = self.entries.iter().flat_map(of_entry).collect();
        let are_scaled = self.entries.iter().all(|entry| !matches!(&entry.feature, Feature::Float(float) if float.is_unscaled()));
        Names::of_table(self.output_names(), columns, names).of_features(are_scaled, rows)
    }

    /// Returns the columns of numbers that the features read, with the mean in each missing cell.
    fn numbers(&self, table: &Table) -> Result<Option<(DMatrix<f32>, Names)>> {
        let all: Vec<String> = table.column_names().map(str::to_string).collect();
        let (mut values, mut columns, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for (place, name) in all.iter().enumerate().filter(|(_, name)| self.columns().any(|column| column == name.as_str())) {
            let column = table.column(name)?;
            let number = |cell: Cell<'_>| if let Cell::Number(number) = cell { Some(number) } else { None };
            let known: Vec<f64> = column.cells().filter_map(number).collect();
            if !column.is_number() || known.is_empty() {
                continue;
            }
            let mean = known.iter().map(|number| number / known.len() as f64).sum::<f64>();
            values.extend(column.cells().map(|cell| number(cell).unwrap_or(mean) as f32));
            columns.push(place);
            names.push(name.clone());
        }
        let x = (!columns.is_empty()).then(|| DMatrix::from_vec(table.rows(), columns.len(), values));
        Ok(x.map(|x| (x, Names::of_table(names, columns, all))))
    }
}
