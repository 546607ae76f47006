//! The faults that are planted, and changes that look sick and are not.

use crate::setup::Setup;
use crate::tables::normal;
use layercake::Rng;
use layercake::prelude::DVector;

/// A fault.
pub struct Plant {
    pub name: &'static str,
    /// The findings that name it.
    pub codes: &'static [&'static str],
    /// Changes a healthy training; the severity is from 0 to 1. Returns false where the fault has no meaning.
    pub plant: fn(&mut Setup, f64, &mut Rng) -> bool,
    /// True if it makes validation or test scores say less than they seem to, whatever it does to the test score.
    pub breaks_validity: bool,
}

/// Returns a number between two others, evenly by their logarithms.
fn between(low: f64, high: f64, severity: f64) -> f64 {
    (low.ln() + severity * (high / low).ln()).exp()
}

const fn plant(name: &'static str, codes: &'static [&'static str], plant: fn(&mut Setup, f64, &mut Rng) -> bool) -> Plant {
    Plant { name, codes, plant, breaks_validity: false }
}

const fn invalid(name: &'static str, codes: &'static [&'static str], plant: fn(&mut Setup, f64, &mut Rng) -> bool) -> Plant {
    Plant { name, codes, plant, breaks_validity: true }
}

pub const PLANTS: [Plant; 24] = [
    plant("columns of different scale", &["LC0102"], |setup, severity, rng| {
        let factor = between(30.0, 1e5, severity) as f32;
        let count = (setup.x.ncols() / 3).max(1);
        for column in picked(setup.x.ncols(), count, rng) {
            setup.x.column_mut(column).iter_mut().for_each(|value| *value *= factor);
            setup.test.0.column_mut(column).iter_mut().for_each(|value| *value *= factor);
        }
        true
    }),
    plant("large targets", &["LC0114", "LC0302"], |setup, severity, _| {
        setup.target = (between(30.0, 1e6, severity) as f32, between(3.0, 1e4, severity) as f32);
        let (mean, deviation) = setup.target;
        setup.y.iter_mut().for_each(|value| *value = mean + deviation * *value);
        setup.classes == 0
    }),
    plant("equal weights", &["LC0301"], |setup, severity, _| {
        setup.initial = (0.0, if severity < 0.5 { 0.0 } else { 0.1 });
        true
    }),
    plant("large initial weights", &["LC0302", "LC0304", "LC0305"], |setup, severity, _| {
        setup.initial = (between(3.0, 40.0, severity), 0.0);
        true
    }),
    plant("many sigmoid layers", &["LC0303"], |setup, severity, _| {
        setup.hidden = vec![32; 3 + (4.0 * severity) as usize];
        setup.activation = "sigmoid";
        true
    }),
    plant("dead units", &["LC0304"], |setup, severity, _| {
        setup.initial = (1.0, -between(2.0, 20.0, severity));
        setup.activation = "relu";
        true
    }),
    invalid("a leaking column", &["LC0108"], |setup, severity, rng| {
        let noise = between(1e-4, 3e-2, severity);
        let scale = if setup.classes == 0 { 1.0 } else { 2.0 / (setup.classes - 1) as f64 };
        // one column more, which is not known when predicting: a remedy can bring back only what is still there
        let column = rng.below(setup.x.ncols() + 1);
        let leaked: Vec<f32> = setup.y.iter().map(|&y| (scale * f64::from(y) + noise * normal(rng)) as f32).collect();
        let unknown: Vec<f32> = setup.test.1.iter().map(|_| leaked[rng.below(leaked.len())]).collect();
        setup.x = setup.x.clone().insert_column(column, 0.0);
        setup.test.0 = setup.test.0.clone().insert_column(column, 0.0);
        setup.x.set_column(column, &DVector::from_vec(leaked));
        setup.test.0.set_column(column, &DVector::from_vec(unknown));
        true
    }),
    invalid("validation rows from training", &["LC0110"], |setup, severity, rng| {
        let share = between(0.1, 0.9, severity);
        let rows = setup.y.len();
        let kept = (rows as f64 * 0.8) as usize;
        for row in kept..rows {
            if rng.uniform() < share {
                let other = rng.below(kept);
                let values = setup.x.row(other).into_owned();
                setup.x.row_mut(row).copy_from(&values);
                setup.y[row] = setup.y[other];
            }
        }
        true
    }),
    invalid("sorted before the split", &["LC0111"], |setup, severity, rng| {
        sort(setup, between(0.3, 0.01, severity), rng);
        true
    }),
    plant("sorted and not shuffled", &["LC0112"], |setup, severity, rng| {
        sort(setup, between(0.3, 0.001, severity), rng);
        setup.shuffle = false;
        // validation rows of all kinds
        let mut order: Vec<usize> = (0..setup.test.1.len()).collect();
        rng.shuffle(&mut order);
        order.truncate(setup.test.1.len() / 2);
        setup.given_validation = Some((setup.test.0.select_rows(&order), order.iter().map(|&row| setup.test.1[row]).collect()));
        true
    }),
    plant("-999 for missing", &["LC0109"], |setup, severity, rng| {
        let share = between(0.015, 0.2, severity);
        for column in picked(setup.x.ncols(), (setup.x.ncols() / 4).max(1), rng) {
            for x in [&mut setup.x, &mut setup.test.0] {
                x.column_mut(column).iter_mut().for_each(|value| {
                    if rng.uniform() < share {
                        *value = -999.0;
                    }
                });
            }
        }
        true
    }),
    plant("softmax twice", &["LC0203"], |setup, _, _| {
        setup.head_again = true;
        setup.classes > 0
    }),
    plant("logits as probabilities", &["LC0202"], |setup, severity, _| {
        setup.head = if severity < 0.5 { "linear" } else { "tanh" };
        setup.classes > 0
    }),
    plant("a head out of reach", &["LC0204"], |setup, severity, _| {
        setup.head = ["tanh", "relu", "sigmoid"][(severity * 2.99) as usize];
        setup.classes == 0
    }),
    plant("a strong penalty", &["LC0401"], |setup, severity, _| {
        setup.l2 = between(0.03, 5.0, severity);
        true
    }),
    plant("much dropout", &["LC0402"], |setup, severity, _| {
        setup.dropout = 1.0 - between(0.4, 0.05, severity);
        setup.hidden = vec![16; setup.hidden.len().min(2)];
        true
    }),
    plant("a large batch", &["LC0403", "LC0404", "LC0504", "LC0505"], |setup, severity, _| {
        setup.batch = setup.y.len();
        setup.epochs = between(20.0, 3.0, severity) as usize;
        true
    }),
    plant("few steps", &["LC0404", "LC0403", "LC0504", "LC0505"], |setup, severity, _| {
        setup.epochs = 1;
        setup.batch = between(64.0, 256.0, severity) as usize;
        true
    }),
    plant("a low rate", &["LC0405", "LC0404", "LC0503"], |setup, severity, _| {
        setup.rate *= between(3e-2, 1e-4, severity);
        true
    }),
    plant("a high rate", &["LC0502", "LC0501"], |setup, severity, _| {
        setup.rate *= between(30.0, 3e3, severity);
        true
    }),
    plant("shuffled targets", &["LC0508"], |setup, _, rng| {
        rng.shuffle(&mut setup.y);
        true
    }),
    plant("one hidden unit", &["LC0512", "LC0511"], |setup, _, _| {
        setup.hidden = vec![1; setup.hidden.len()];
        true
    }),
    plant("trained for too long", &["LC0510"], |setup, severity, _| {
        setup.hidden = vec![256, 256];
        setup.epochs = between(200.0, 600.0, severity) as usize;
        setup.y.len() <= 500
    }),
    plant("a loss for other probabilities", &["LC0205"], |setup, _, _| {
        setup.head = "sigmoid";
        setup.loss = "sparse_categorical_crossentropy";
        setup.classes > 2
    }),
];

/// A change of a training, with its name; it returns false where it has no meaning.
type Control = (&'static str, fn(&mut Setup, &mut Rng) -> bool);

/// Changes that look sick and are not.
pub const CONTROLS: [Control; 14] = [
    ("nothing", |_, _| true),
    ("pixels of 0 to 255", |setup, _| {
        for x in [&mut setup.x, &mut setup.test.0] {
            x.iter_mut().for_each(|value| *value = (128.0 + 40.0 * *value).clamp(0.0, 255.0));
        }
        setup.optimizer == "adam"
    }),
    ("columns of scale 0.3 to 10", |setup, rng| {
        for column in 0..setup.x.ncols() {
            let factor = between(0.3, 10.0, rng.uniform()) as f32;
            setup.x.column_mut(column).iter_mut().for_each(|value| *value *= factor);
            setup.test.0.column_mut(column).iter_mut().for_each(|value| *value *= factor);
        }
        setup.optimizer == "adam"
    }),
    ("one column that is nearly enough", |setup, rng| {
        let column = rng.below(setup.x.ncols());
        for (x, y) in [(&mut setup.x, &setup.y), (&mut setup.test.0, &setup.test.1)] {
            for row in 0..y.len() {
                x[(row, column)] = (f64::from(y[row]) + 0.5 * normal(rng)) as f32;
            }
        }
        true
    }),
    ("a zero last layer", |setup, _| {
        setup.zero_last = true;
        true
    }),
    ("label smoothing", |setup, _| {
        setup.smoothing = 0.1;
        setup.classes == 2
    }),
    ("no shuffling of rows in random order", |setup, _| {
        setup.shuffle = false;
        true
    }),
    ("few validation rows", |setup, _| {
        setup.validation = 30.0 / setup.y.len() as f64;
        setup.y.len() > 100
    }),
    ("a small penalty", |setup, _| {
        setup.l2 = 1e-4;
        true
    }),
    ("usual dropout", |setup, _| {
        setup.dropout = 0.2;
        true
    }),
    ("converged", |setup, _| {
        setup.epochs = 200;
        true
    }),
    ("columns of zeros and ones", |setup, _| {
        for x in [&mut setup.x, &mut setup.test.0] {
            for mut column in x.column_iter_mut().step_by(2) {
                column.iter_mut().for_each(|value| *value = f32::from(u8::from(*value > 1.5)));
            }
        }
        true
    }),
    ("outliers in a regression", |setup, rng| {
        for value in &mut setup.y {
            if rng.below(50) == 0 {
                *value *= 4.0;
            }
        }
        setup.classes == 0
    }),
    ("a head that fits", |setup, _| {
        setup.head = "tanh";
        for y in [&mut setup.y, &mut setup.test.1] {
            y.iter_mut().for_each(|value| *value = (0.25 * *value).clamp(-0.95, 0.95));
        }
        setup.classes == 0
    }),
];

fn picked(columns: usize, count: usize, rng: &mut Rng) -> Vec<usize> {
    let mut order: Vec<usize> = (0..columns).collect();
    rng.shuffle(&mut order);
    order.truncate(count);
    order
}

/// Sorts the rows by their targets, but for a share of them, which stay in a random order.
fn sort(setup: &mut Setup, noise: f64, rng: &mut Rng) {
    let (low, high) = setup.y.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), &y| (low.min(y), high.max(y)));
    let key: Vec<f64> = setup
        .y
        .iter()
        .map(|&y| {
            if rng.uniform() < noise {
                f64::from(low) + rng.uniform() * f64::from(high - low)
            } else {
                f64::from(y) + 1e-3 * rng.uniform()
            }
        })
        .collect();
    let mut order: Vec<usize> = (0..key.len()).collect();
    order.sort_by(|&a, &b| key[a].total_cmp(&key[b]));
    setup.x = setup.x.select_rows(&order);
    setup.y = order.iter().map(|&row| setup.y[row]).collect();
}
