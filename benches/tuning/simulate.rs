//! Simulates searches on the stored table: how many epochs each needs, over many random orders of the settings.
//!
//! Regret is 0 for the best setting of a table by its loss after 54 epochs, and 1 for the median one. A search is charged for
//! the epochs that it trains; what is continued is not charged twice. Its regret is that of the setting it would recommend: of
//! those that were trained longest, the best.

use crate::lookup::{self, CASES, EPOCHS, LAST, SEEDS, SETTINGS, TABLES, jobs, space};
use layercake::tuner::{HyperParameters, Job, Outcome, Study};

/// The number of random orders, and the budgets in epochs up to which curves are drawn.
const ORDERS: usize = 540;
const FULL: usize = 54;
const MOST: usize = 128;

/// The regret of the recommended setting after each full run's worth of epochs.
type Curve = Vec<f64>;

/// One table and split with its best and its median loss after all epochs.
struct Case {
    stored: lookup::Case,
    best: f64,
    median: f64,
}

impl Case {
    fn of(stored: lookup::Case) -> Self {
        let mut last: Vec<f64> = stored.losses.iter().map(|loss| loss[LAST]).collect();
        last.sort_by(f64::total_cmp);
        Self { best: last[0], median: last[SETTINGS / 2], stored }
    }

    fn loss(&self, setting: usize, rung: usize) -> f64 {
        self.stored.losses[setting][rung]
    }

    fn regret(&self, setting: usize) -> f64 {
        // a training that ended with NaN counts as the median one
        ((self.loss(setting, LAST) - self.best) / (self.median - self.best)).min(1.0)
    }
}

/// Runs a study whose trial `t` has the setting that `setting` gives; returns the mean regret after each full run.
fn curve(mut study: Study<'_>, case: &Case, budget: usize, setting: &dyn Fn(&Job) -> usize) -> layercake::Result<Curve> {
    let mut curve = Curve::new();
    let (mut spent, mut best) = (0, (0, f64::INFINITY, 1.0));
    while curve.len() < budget {
        let jobs = study.ask()?;
        if jobs.is_empty() {
            break;
        }
        for job in jobs {
            let number = setting(&job);
            let rung = EPOCHS.iter().position(|epochs| *epochs == job.epochs()).unwrap_or(LAST);
            let loss = case.loss(number, rung);
            spent += job.epochs() - job.initial_epoch();
            // with a smaller budget this job is not done
            while (curve.len() + 1) * FULL < spent {
                curve.push(best.2);
            }
            if rung > best.0 || (rung == best.0 && loss < best.1) {
                best = (rung, loss, case.regret(number));
            }
            let outcome = if loss.is_finite() { Outcome::scored(loss) } else { Outcome::failed("not finite") };
            study.tell(&job, outcome.of_constant(loss / case.stored.constant).epochs(job.epochs()))?;
        }
    }
    curve.resize(budget, best.2);
    Ok(curve)
}

/// The mean of the curves over all orders.
fn mean(cases: &[&Case], budget: usize, run: impl Fn(&Case, u64) -> layercake::Result<Curve>) -> layercake::Result<Curve> {
    let mut sum = vec![0.0; budget];
    for order in 0..ORDERS {
        let curve = run(cases[order % cases.len()], order as u64)?;
        sum.iter_mut().zip(&curve).for_each(|(sum, regret)| *sum += regret / ORDERS as f64);
    }
    Ok(sum)
}

/// A space of one name, the place in a random order.
fn place(hp: &mut HyperParameters) -> layercake::Result<()> {
    hp.int("place", 0..=SETTINGS - 1);
    Ok(())
}

/// The largest number of trials of a successive halving that uses at most this budget.
fn starts(runs: usize) -> usize {
    let epochs = |&trials: &usize| planned(Study::halving(place), trials).brackets().epochs();
    (1..=SETTINGS).rev().find(|trials| epochs(trials) <= runs * FULL).unwrap_or(1)
}

fn planned(study: Study<'_>, trials: usize) -> Study<'_> {
    study.max_epochs(FULL).max_trials(trials)
}

/// The regret of successive halving after each full run, each of a search that is planned for this budget; `plans` are budgets
/// and numbers of trials.
fn halving(case: &Case, order: u64, plans: &[(usize, usize)]) -> layercake::Result<Curve> {
    let mut curve = vec![1.0; 32];
    for &(runs, trials) in plans {
        // budgets in between have the regret of the next smaller one
        let regret = in_order(case, order, runs, Study::halving(place), trials)?[runs - 1];
        curve[runs - 1..].fill(regret);
    }
    Ok(curve)
}

fn in_order(case: &Case, order: u64, budget: usize, study: Study<'_>, trials: usize) -> layercake::Result<Curve> {
    let mut settings: Vec<usize> = (0..SETTINGS).collect();
    layercake::Rng::new(order).shuffle(&mut settings);
    let of = |job: &Job| settings[job.get("place").and_then(|place| place.to_f64()).unwrap_or(0.0) as usize];
    curve(planned(study, trials).seed(order), case, budget, &of)
}

/// The coordinates of the settings of the table, from 0 to 1, and of a job, to find the nearest.
fn coordinates(job: &Job) -> [f64; 7] {
    let value = |name: &str| job.get(name).and_then(|value| value.to_f64()).unwrap_or(0.0);
    let log = |name: &str, low: f64, high: f64| (value(name) / low).ln() / (high / low).ln();
    let is_sgd = job.get("optimizer").is_some_and(|value| value.to_string() == "sgd");
    [
        value("layers") / 2.0,
        log("units", 4.0, 256.0),
        log("rate", 1e-4, 1e-1),
        if is_sgd { 1.0 } else { 0.0 },
        value("dropout") * 2.0,
        log("l2", 1e-7, 1e-2),
        log("batch_size", 16.0, 128.0),
    ]
}

fn nearest(points: &[[f64; 7]], job: &Job) -> usize {
    let own = coordinates(job);
    let distance = |point: &[f64; 7]| point.iter().zip(&own).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    (0..points.len()).min_by(|&a, &b| distance(&points[a]).total_cmp(&distance(&points[b]))).unwrap_or(0)
}

/// The regret of random search after each full run.
fn at_random(case: &Case, order: u64) -> layercake::Result<Curve> {
    let mut settings: Vec<usize> = (0..SETTINGS).collect();
    layercake::Rng::new(order).shuffle(&mut settings);
    let mut best = (f64::INFINITY, 1.0);
    let step = |&setting: &usize| {
        let loss = case.loss(setting, LAST);
        best = if loss < best.0 { (loss, case.regret(setting)) } else { best };
        best.1
    };
    Ok(settings.iter().take(MOST).map(step).collect())
}

/// Prints with how many full runs random search is as good as another search with 8 and with 16.
fn compare(name: &str, random: &Curve, curve: &Curve) {
    for budget in [8, 16] {
        let needed = random.iter().position(|regret| *regret <= curve[budget - 1]).map(|runs| runs + 1);
        let needed = needed.map_or(format!("more than {MOST}"), |runs| runs.to_string());
        println!("{name} with {budget} full runs is as good as random search with {needed}");
    }
}

pub fn run() -> layercake::Result<()> {
    let cases: Vec<Case> = lookup::cases()?.into_iter().map(Case::of).collect();
    if cases.len() != CASES {
        println!("the stored table has {} of {CASES} cases: write it again with `table FOLDER`", cases.len());
        return Ok(());
    }
    let all: Vec<&Case> = cases.iter().collect();
    let points: Vec<[f64; 7]> = jobs()?.iter().map(coordinates).collect();
    let by_nearest = |case: &Case, order: u64, tpe: bool| {
        let study = planned(Study::hyperband(space), 400).seed(order).tpe(tpe);
        curve(study, case, 32, &|job| nearest(&points, job))
    };
    let plans = [2, 4, 8, 12, 16, 24, 32].map(|runs| (runs, starts(runs)));
    let by_halving = |case: &Case, order: u64| halving(case, order, &plans);
    let curves = [
        ("random", mean(&all, MOST, at_random)?),
        ("successive halving", mean(&all, 32, by_halving)?),
        ("Hyperband", mean(&all, 32, |case, order| in_order(case, order, 32, Study::hyperband(place), SETTINGS))?),
        ("Hyperband, nearest settings", mean(&all, 32, |case, order| by_nearest(case, order, false))?),
        ("Hyperband with TPE, nearest settings", mean(&all, 32, |case, order| by_nearest(case, order, true))?),
    ];
    println!("mean regret over {ORDERS} random orders of {SETTINGS} settings, {CASES} tables and splits");
    println!("| budget in full runs | {} |", curves.each_ref().map(|(name, _)| *name).join(" | "));
    println!("|---|{}", "---|".repeat(curves.len()));
    for budget in [4, 8, 16, 32] {
        let cells: Vec<String> = curves.iter().map(|(_, curve)| format!("{:.3}", curve[budget - 1])).collect();
        println!("| {budget} | {} |", cells.join(" | "));
    }
    curves[1..3].iter().for_each(|(name, curve)| compare(name, &curves[0].1, curve));
    for first in 0..2 {
        // every other table, with its splits
        let half: Vec<&Case> = cases.chunks(SEEDS).skip(first).step_by(2).flatten().collect();
        let names: Vec<&str> = TABLES.iter().skip(first).step_by(2).map(|(name, _, _)| *name).collect();
        println!("only {}:", names.join(", "));
        compare("successive halving", &mean(&half, MOST, at_random)?, &mean(&half, 32, by_halving)?);
    }
    let svg = plot(&curves);
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/tuning.svg");
    std::fs::write(file, svg).map_err(layercake::Error::callback)
}

/// Draws the curves: regret against the logarithm of the budget.
fn plot(curves: &[(&str, Curve)]) -> String {
    let colors = ["#888", "#26a", "#c33", "#e90", "#2a6"];
    let x = |runs: f64| 40.0 + 540.0 * runs.ln() / (MOST as f64).ln();
    let y = |regret: f64| 320.0 - 300.0 * (regret / 0.6).min(1.0);
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"600\" height=\"360\" font-family=\"sans-serif\" font-size=\"11\">\n",
    );
    svg += "<rect width=\"600\" height=\"360\" fill=\"#fff\"/><path d=\"M40 20V320H590\" fill=\"none\" stroke=\"#999\"/>\n";
    for runs in [1, 2, 4, 8, 16, 32, 64, 128] {
        svg += &format!("<text x=\"{:.0}\" y=\"336\">{runs}</text>\n", x(f64::from(runs)) - 4.0);
    }
    for regret in [0.0, 0.2, 0.4, 0.6] {
        svg += &format!("<text x=\"14\" y=\"{:.0}\">{regret}</text>\n", y(regret) + 4.0);
    }
    svg += "<text x=\"240\" y=\"352\">budget in full runs of 54 epochs</text><text x=\"44\" y=\"14\">mean regret</text>\n";
    for (number, (name, curve)) in curves.iter().enumerate() {
        let points: Vec<String> =
            curve.iter().enumerate().map(|(run, regret)| format!("{:.1},{:.1}", x(run as f64 + 1.0), y(*regret))).collect();
        let (color, line) = (colors[number % colors.len()], 40 + 16 * number);
        svg += &format!("<polyline points=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"1.5\"/>\n", points.join(" "));
        svg += &format!("<text x=\"370\" y=\"{line}\" fill=\"{color}\">{name}</text>\n");
    }
    svg + "</svg>\n"
}
