//! Runs a planted case with and without watching, and compares what is found with what was planted.

use layercake::prelude::*;
use layercake::{Error, NonFinite, NonFiniteCause, TensorRole};
use std::cell::RefCell;

pub const ROWS: usize = 60;
pub const BATCH: usize = 10;
pub const COLUMNS: usize = 5;

/// The steps in which parts break: in the first epoch, in a later one, and after a snapshot that is not the first.
pub const STEPS: [usize; 4] = [0, 4, 13, 150];

/// The rows that hold a planted cell.
pub const MARKED: [usize; 4] = [3, 17, 41, 59];

/// The first of two columns that are 0 but for planted cells.
pub const COLUMN: usize = 3;

/// When the planted number occurs first.
#[derive(Debug, Clone, Copy)]
pub enum When {
    /// In the first epoch, in the batch that holds this row.
    Row(usize),
    /// In this step, counted from 0.
    Step(usize),
}

/// Which row the planted number is computed from.
#[derive(Debug, Clone, Copy)]
pub enum Row {
    Is(usize),
    /// The row of this sample of the batch.
    OfSample(usize),
    /// It is computed from several rows.
    Any,
    Unknown,
}

/// What was planted.
#[derive(Debug, Clone)]
pub struct Planted {
    pub when: When,
    pub role: TensorRole,
    pub layer: Option<&'static str>,
    pub weight: Option<&'static str>,
    pub moment: Option<&'static str>,
    pub row: Row,
    pub column: Option<usize>,
    pub unit: Option<usize>,
    /// The beginning of the cause as it is printed for debugging.
    pub cause: &'static str,
}

pub struct Case {
    pub name: String,
    pub model: Sequential<f32>,
    pub x: DMatrix<f32>,
    pub y: DMatrix<f32>,
    pub planted: Planted,
}

impl Planted {
    pub fn new(when: When, role: TensorRole, cause: &'static str) -> Self {
        let (layer, weight, moment, column, unit) = (None, None, None, None, None);
        Self { when, role, layer, weight, moment, row: Row::Unknown, column, unit, cause }
    }

    pub fn at(self, layer: &'static str, unit: usize) -> Self {
        Self { layer: Some(layer), unit: Some(unit), ..self }
    }

    pub fn weight(self, weight: &'static str) -> Self {
        Self { weight: Some(weight), ..self }
    }

    pub fn row(self, row: Row) -> Self {
        Self { row, ..self }
    }

    pub fn column(self, column: usize) -> Self {
        Self { column: Some(column), ..self }
    }
}

/// The data: smooth columns, but for two that are 0.
pub fn data() -> (DMatrix<f32>, DMatrix<f32>) {
    let x =
        DMatrix::from_fn(ROWS, COLUMNS, |row, column| if column >= COLUMN { 0.0 } else { ((row * 7 + column * 3) as f32).sin() });
    let y = DMatrix::from_fn(ROWS, 1, |row, _| x[(row, 0)] + 1.5);
    (x, y)
}

/// What is seen of one batch in a training that nobody watches: its rows, and the weights before it.
#[derive(Debug, Default)]
struct Seen {
    rows: Vec<usize>,
    weights: Vec<DMatrix<f32>>,
}

/// Notes the rows of a batch by comparing them with the data, and the weights before it.
struct Spy<'a> {
    x: &'a DMatrix<f32>,
    when: When,
    seen: &'a RefCell<Option<(usize, usize, Seen)>>,
}

impl Spy<'_> {
    fn looks_at(&self, epoch: usize, batch: usize) -> bool {
        let batches = ROWS.div_ceil(BATCH);
        match self.when {
            When::Step(step) => step == epoch * batches + batch,
            When::Row(_) => epoch == 0,
        }
    }
}

impl Callback<f32> for Spy<'_> {
    fn probes(&self, epoch: usize, batch: usize) -> bool {
        self.looks_at(epoch, batch)
    }

    fn on_batch_begin(&mut self, run: &mut Run<'_, f32>) -> layercake::Result<()> {
        let is_found = self.seen.borrow().as_ref().is_some_and(|(.., seen)| !seen.rows.is_empty());
        if self.looks_at(run.epoch(), run.batch()) && !is_found {
            let seen = Seen { rows: Vec::new(), weights: run.model().get_weights() };
            self.seen.replace(Some((run.epoch(), run.batch(), seen)));
        }
        Ok(())
    }

    fn on_batch_end(&mut self, run: &mut Run<'_, f32>) -> layercake::Result<()> {
        if let (Some(probe), Some((epoch, batch, seen))) = (run.probe(), self.seen.borrow_mut().as_mut())
            && (*epoch, *batch) == (run.epoch(), run.batch())
        {
            let row_of = |sample: &[f32]| (0..self.x.nrows()).find(|row| self.x.row(*row).iter().eq(sample)).unwrap();
            let rows: Vec<usize> = probe.inputs().unwrap().samples().map(row_of).collect();
            if !matches!(self.when, When::Row(row) if !rows.contains(&row)) {
                seen.rows = rows;
            }
        }
        Ok(())
    }
}

pub fn options<'a>() -> FitOptions<'a, f32> {
    FitOptions::new().epochs(40).batch_size(BATCH)
}

/// Returns the bits of the weights, which are equal for equal NaN too.
pub fn bits(weights: &[DMatrix<f32>]) -> Vec<u32> {
    weights.iter().flat_map(|weight| weight.iter().map(|value| value.to_bits())).collect()
}

/// Fits with [`TerminateOnNan`], and returns what it located; checks that it stops with the same words without an error.
pub fn locate(model: &Sequential<f32>, x: &DMatrix<f32>, y: &DMatrix<f32>, name: &str) -> (NonFinite, Vec<DMatrix<f32>>) {
    let mut failed = model.clone();
    let error = failed.fit(x, y, options().callback(TerminateOnNan::default().raise_error(true))).unwrap_err();
    let text = error.to_string();
    assert!(text.lines().count() <= 6, "{name}: {text}");
    let Error::NonFinite(found) = error else { panic!("{name}: {text}") };
    let mut stopped = model.clone();
    let history = stopped.fit(x, y, options().callback(TerminateOnNan::default())).unwrap();
    assert_eq!(history.stop_reason(), &StopReason::Callback(text), "{name}");
    assert_eq!(bits(&stopped.get_weights()), bits(&failed.get_weights()), "{name}");
    (*found, failed.get_weights())
}

impl Case {
    /// Runs the case; panics unless all is named exactly, and the model has the weights from before the batch.
    pub fn run(&self) {
        let Self { name, model, x, y, planted } = self;
        let (found, weights) = locate(model, x, y, name);
        let is_initial = matches!(found.cause, NonFiniteCause::InitialWeight);
        let seen = RefCell::new(None);
        let spy = Spy { x, when: planted.when, seen: &seen };
        model.clone().fit(x, y, options().callback(spy)).unwrap();
        let (epoch, batch, seen) = seen.into_inner().expect("the batch was seen");
        let shown =
            format!("{name}\n{found}\n{found:?}\nexpected {planted:?}\nin epoch {epoch}, batch {batch}, rows {:?}", seen.rows);
        assert_eq!((found.epoch, found.batch), (epoch, batch), "{shown}");
        assert_eq!(found.role, planted.role, "{shown}");
        assert_eq!(found.layer.as_deref(), planted.layer, "{shown}");
        assert_eq!(found.weight.as_deref(), planted.weight, "{shown}");
        assert_eq!(found.moment.as_deref(), planted.moment, "{shown}");
        assert_eq!(found.unit, planted.unit, "{shown}");
        assert_eq!(found.column, planted.column, "{shown}");
        match planted.row {
            Row::Is(row) => assert_eq!(found.row, Some(row), "{shown}"),
            Row::OfSample(sample) => assert_eq!(found.row, Some(seen.rows[sample]), "{shown}"),
            Row::Any => assert!(found.row.is_none_or(|row| seen.rows.contains(&row)), "{shown}"),
            Row::Unknown => assert_eq!(found.row, None, "{shown}"),
        }
        assert!(format!("{:?}", found.cause).starts_with(planted.cause), "{shown}");
        assert!(!found.value.is_finite(), "{shown}");
        assert!(!found.remedy.is_empty(), "{shown}");
        assert!(found.operands.iter().all(|(_, value)| value.is_finite()), "{shown}");
        if !is_initial {
            assert_eq!(bits(&weights), bits(&seen.weights), "{shown}");
            assert!(weights.iter().all(|weight| weight.iter().all(|value| value.is_finite())), "{shown}");
        }
    }
}
