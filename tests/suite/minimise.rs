//! Every optimizer finds the minima of standard test functions from the literature.

use layercake::optimizers::{Minimizer, Variable};
use layercake::prelude::*;
use layercake::saving::{Registry, Spec, Value};

/// A function with its gradient and its usual starting point. The minimum is 0.
struct Problem {
    name: &'static str,
    start: &'static [f64],
    value: fn(&[f64]) -> f64,
    gradient: fn(&[f64], &mut [f64]),
}

const PROBLEMS: [Problem; 4] = [SPHERE, ROSENBROCK, BEALE, VALLEY];

/// De Jong's first function (1975), started in the corner of its domain.
const SPHERE: Problem = Problem {
    name: "sphere",
    start: &[5.12, 5.12, 5.12],
    value: |x| x.iter().map(|x| x * x).sum(),
    gradient: |x, g| g.iter_mut().zip(x).for_each(|(g, x)| *g = 2.0 * x),
};

/// Rosenbrock's curved valley (1960).
const ROSENBROCK: Problem = Problem {
    name: "Rosenbrock",
    start: &[-1.2, 1.0],
    value: |x| 100.0 * (x[1] - x[0] * x[0]).powi(2) + (1.0 - x[0]).powi(2),
    gradient: |x, g| {
        let off = x[1] - x[0] * x[0];
        g[0] = -400.0 * off * x[0] - 2.0 * (1.0 - x[0]);
        g[1] = 200.0 * off;
    },
};

/// Beale's function (1958), with the starting point of Moré, Garbow and Hillstrom (1981).
const BEALE: Problem = Problem {
    name: "Beale",
    start: &[1.0, 1.0],
    value: |x| (1..=3).map(|i| beale(x, i).powi(2)).sum(),
    gradient: |x, g| {
        g[0] = (1..=3).map(|i| -2.0 * beale(x, i) * (1.0 - x[1].powi(i))).sum();
        g[1] = (1..=3).map(|i| 2.0 * beale(x, i) * x[0] * f64::from(i) * x[1].powi(i - 1)).sum();
    },
};

fn beale(x: &[f64], i: i32) -> f64 {
    [1.5, 2.25, 2.625][i as usize - 1] - x[0] * (1.0 - x[1].powi(i))
}

/// The quadratic of condition 100 that steepest descent crosses in a zigzag, from the worst start (Boyd and Vandenberghe,
/// *Convex Optimization*, 2004, section 9.3.2).
const VALLEY: Problem = Problem {
    name: "ill-conditioned",
    start: &[100.0, 1.0],
    value: |x| 0.5 * (x[0] * x[0] + 100.0 * x[1] * x[1]),
    gradient: |x, g| (g[0], g[1]) = (x[0], 100.0 * x[1]),
};

/// The learning rate and the number of steps of each optimizer for each problem.
///
/// The rate falls to 0 along half a cosine, but for Ftrl: it takes its weights from all gradients divided by the rate of the
/// step, and a falling rate draws them to 0.
#[rustfmt::skip]
const TABLE: [(&str, [(f64, usize); 4]); 14] = [
    // sphere, Rosenbrock, Beale, ill-conditioned
    ("Adadelta", [(500.0, 250), (0.3, 16_000), (20.0, 500), (5000.0, 250)]),
    ("Adafactor", [(1.0, 250), (0.01, 16_000), (0.03, 500), (10000.0, 4000)]),
    ("Adagrad", [(10.0, 250), (1.0, 32_000), (1.0, 500), (100.0, 250)]),
    ("Adam", [(50.0, 250), (1.0, 2000), (0.5, 250), (10.0, 250)]),
    ("AdamW", [(50.0, 250), (1.0, 2000), (0.5, 250), (10.0, 250)]),
    ("Adamax", [(5.0, 250), (1.0, 4000), (1.0, 500), (20.0, 250)]),
    ("Ftrl", [(5.0, 250), (0.5, 16_000), (2.0, 500), (100.0, 250)]),
    ("Lamb", [(1.0, 250), (0.02, 4000), (0.005, 500), (0.3, 250)]),
    ("Lion", [(0.3, 500), (0.005, 4000), (0.05, 1000), (0.5, 1000)]),
    ("Muon", [(0.5, 250), (0.05, 1000), (0.5, 250), (5.0, 1000)]),
    ("Nadam", [(10.0, 250), (0.1, 2000), (0.5, 250), (100.0, 250)]),
    ("RMSprop", [(0.1, 250), (0.001, 16_000), (0.02, 500), (1.0, 250)]),
    ("ScheduleFreeAdamW", [(5.0, 250), (0.05, 16_000), (1.0, 500), (100.0, 250)]),
    ("SGD", [(0.5, 250), (0.002, 32_000), (0.05, 1000), (0.03, 1000)]),
];

/// Where an optimizer gets on a problem, with a learning rate that falls to 0 along half a cosine or stays.
fn lowest(name: &str, problem: &Problem, (rate, falls): (f64, bool), steps: usize) -> f64 {
    let schedule = Spec::named("CosineDecay")
        .with("initial_learning_rate", Value::Float(rate))
        .with("decay_steps", Value::Int(steps as i64));
    let rate = if falls { Value::Spec(schedule) } else { Value::Float(rate) };
    let spec = Spec::named(name).with("learning_rate", rate).with("weight_decay", Value::Null);
    let optimizer = Registry::<f64>::default().part::<dyn Optimizer<f64>>(&spec).unwrap();
    // a matrix of one column, so that rules for matrices apply
    let mut minimizer = Minimizer::new(optimizer, [Variable::new("x", [problem.start.len(), 1])]).unwrap();
    let (mut x, mut gradient) = (problem.start.to_vec(), vec![0.0; problem.start.len()]);
    for _ in 0..steps {
        (problem.gradient)(&x, &mut gradient);
        if minimizer.apply(&mut x, &gradient).is_err() {
            return f64::NAN;
        }
    }
    (problem.value)(&x)
}

const BOUND: f64 = 1e-6;

#[test]
fn every_optimizer_finds_the_lowest_point_of_every_function() {
    for (name, settings) in TABLE {
        for (problem, (rate, steps)) in PROBLEMS.iter().zip(settings) {
            let lowest = lowest(name, problem, (rate, name != "Ftrl"), steps);
            assert!(lowest < BOUND, "{name} on {}: {lowest:e} after {steps} steps", problem.name);
        }
    }
}

/// Whether some learning rate, with as many steps as the table has at most, leads to the lowest point.
fn is_solved(name: &str, problem: &Problem) -> bool {
    let rates = (-4..4).flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(power)));
    let rates: Vec<_> = rates.flat_map(|rate| [(rate, true), (rate, false)]).collect();
    [250, 1000, 4000, 32_000].iter().any(|&steps| rates.iter().any(|&rate| lowest(name, problem, rate, steps) < BOUND))
}

/// An optimizer without a row above is tried with one learning rate after the other; a row makes its test quick.
#[test]
fn so_does_every_optimizer_that_is_not_in_the_table() {
    let registry = Registry::<f64>::default();
    for name in registry.optimizers.names().filter(|name| TABLE.iter().all(|(known, _)| known != name)) {
        for problem in &PROBLEMS {
            assert!(is_solved(name, problem), "{name} finds the lowest point of {} with no learning rate", problem.name);
        }
    }
    assert!(is_solved("Adam", &BEALE), "the search finds what is known");
}

/// The gradients of the problems agree with central differences.
#[test]
fn the_gradients_are_right() {
    for problem in &PROBLEMS {
        let mut gradient = vec![0.0; problem.start.len()];
        (problem.gradient)(problem.start, &mut gradient);
        for (index, partial) in gradient.iter().enumerate() {
            let near = |by: f64| {
                let mut x = problem.start.to_vec();
                x[index] += by;
                (problem.value)(&x)
            };
            let numeric = (near(1e-5) - near(-1e-5)) / 2e-5;
            assert!((partial - numeric).abs() < 1e-6 * (1.0 + partial.abs()), "{}: {partial} {numeric}", problem.name);
        }
    }
}
