//! Plants faults in trainings and counts which of them are found, and which healthy trainings are accused.
//!
//! ```sh
//! cargo bench --bench faults -- FOLDER SEED          # plants and healthy runs on the tables of a folder, and on made-up ones
//! cargo bench --bench faults -- FOLDER SEED healthy  # only the healthy runs
//! cargo bench --bench faults -- FOLDER SEED check    # with the findings of `check`, before a training, instead of a report's
//! cargo bench --bench faults -- FOLDER SEED details  # also prints the findings and scores of each run
//! cargo bench --bench faults -- FOLDER SEED only X   # only plants with X in their names, and no healthy runs
//! cargo bench --bench faults -- cost                 # the time of trainings with and without a `Diagnosis`
//! ```

mod cost;
mod plants;
mod published;
mod scores;
mod setup;
mod tables;

use layercake::Rng;
use layercake::diagnosis::{Diagnosis, Finding, Severity};
use plants::{CONTROLS, PLANTS};
use published::{Count, Seen};
use scores::{Effect, Share};
use setup::Setup;
use std::sync::atomic::{AtomicBool, Ordering};
use tables::Table;

fn main() -> layercake::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if arguments.first().is_some_and(|mode| mode == "cost") {
        return cost::run();
    }
    let [folder, seed, rest @ ..] = &arguments[..] else {
        println!(
            "expected `cost`, or `FOLDER SEED`, then `healthy` for healthy runs only, `check` for the findings before a training, `details` for each run, `only X` for plants of that name"
        );
        return Ok(());
    };
    let seed: u64 = seed.parse().unwrap_or(0);
    let mut rng = Rng::new(seed);
    let mut tables = tables::read(folder, &mut rng)?;
    tables.extend(tables::made_up(&mut rng));
    println!("{} tables, seed {seed}", tables.len());
    let has = |word: &str| rest.iter().any(|given| given == word);
    DETAILS.store(has("details"), Ordering::Relaxed);
    let mut others = [Count::default(); 4];
    let only = rest.iter().position(|word| word == "only").and_then(|place| rest.get(place + 1));
    let healthy = match only {
        Some(_) => Share::default(),
        None => healthy_runs(&tables, seed, !has("check"), &mut others)?,
    };
    if !has("healthy") {
        planted_runs(&tables, (seed, only.map_or("", String::as_str)), !has("check"), healthy, &mut others)?;
    }
    if !has("check") && only.is_none() {
        published::print(&others);
    }
    Ok(())
}

/// Whether the findings and scores of each run are printed.
static DETAILS: AtomicBool = AtomicBool::new(false);

/// The findings that accuse a training: errors and warnings.
fn accusations(found: &[Finding]) -> Vec<&Finding> {
    found.iter().filter(|finding| finding.severity() < Severity::Note).collect()
}

/// The findings of `check` before a training, or with `trained` those of the report after it.
fn diagnose(setup: &Setup, seed: u64, trained: bool, seen: &mut Seen) -> layercake::Result<Vec<Finding>> {
    let mut model = setup.model(seed)?;
    if !trained {
        return setup.with_options(|x, y, options| model.check(x, y, &options));
    }
    let mut diagnosis = Diagnosis::new();
    match setup.with_options(|x, y, options| model.fit(x, y, options.callback(&mut *seen).callback(&mut diagnosis))) {
        // the report says what was located
        Ok(_) | Err(layercake::Error::NonFinite(_)) => {}
        Err(error) => return Err(error),
    }
    let report = diagnosis.report();
    if DETAILS.load(Ordering::Relaxed) {
        let codes: Vec<String> = report.findings().iter().map(|found| format!("{}{}", found.severity(), found.code())).collect();
        let text = report.to_string();
        let lines: Vec<&str> = text.lines().skip(1).take(3).map(str::trim).collect();
        println!("  detail {codes:?} {}", lines.join(" | "));
    }
    Ok(report.findings().to_vec())
}

/// Runs each control on each table, and prints what is accused.
fn healthy_runs(tables: &[Table], seed: u64, trained: bool, others: &mut [Count; 4]) -> layercake::Result<Share> {
    let (mut silent, mut sick) = (Share::default(), 0);
    for (number, table) in tables.iter().enumerate() {
        for (control, (name, change)) in CONTROLS.iter().enumerate() {
            for repeat in 0..2_u64 {
                let mut rng = Rng::new(seed * 1_000_003 + (number * 100 + control) as u64 * 10 + repeat);
                let healthy = Setup::healthy(table, &mut rng);
                let mut setup = healthy.clone();
                // a change that does harm after all is no control
                if !change(&mut setup, &mut rng) || (control > 0 && scores::lowers(&healthy, &setup, seed)?) {
                    continue;
                }
                let mut seen = Seen::default();
                let found = diagnose(&setup, rng.below(1 << 30) as u64, trained, &mut seen)?;
                let accused = accusations(&found);
                if DETAILS.load(Ordering::Relaxed) {
                    println!("  control {name} / {} {} {:?} {}", table.name, setup.activation, setup.hidden, setup.optimizer);
                }
                // a training that early stopping or more epochs improve is not healthy, although nothing was planted
                if !accused.is_empty() && is_sick(&setup, &accused, seed)? {
                    sick += 1;
                    continue;
                }
                silent.add(accused.is_empty());
                published::count(others, &published::symptoms(&seen, &setup), None);
                for finding in accused {
                    println!(
                        "healthy {:>12} {name}, {} {:?} {}: {finding}",
                        table.name, setup.activation, setup.hidden, setup.optimizer
                    );
                }
            }
        }
    }
    println!(
        "healthy runs without an error or a warning: {silent}; {sick} others overfit or underfit by themselves and were accused of it"
    );
    Ok(silent)
}

/// Returns whether the remedy for what a training is accused of, overfitting or underfitting, raises its test score.
fn is_sick(setup: &Setup, accused: &[&Finding], seed: u64) -> layercake::Result<bool> {
    let mut cured = setup.clone();
    for finding in accused {
        match finding.code() {
            "LC0510" => cured.early_stopping = true,
            "LC0511" => cured.epochs *= 5,
            _ => return Ok(false),
        }
    }
    scores::lowers(&cured, setup, seed)
}

/// Plants each fault at three severities in each table; a plant counts if it lowers the test score or breaks validity.
fn planted_runs(
    tables: &[Table],
    (seed, only): (u64, &str),
    trained: bool,
    healthy: Share,
    others: &mut [Count; 4],
) -> layercake::Result<()> {
    let (mut recall, mut first, mut precise, mut under_gate) = (Share::default(), Share::default(), healthy, Share::default());
    let (mut cured, mut worse, mut worse_for_sure) = (Share::default(), Share::default(), Share::default());
    // with the plants that did no harm: naming what was planted is right there too
    let mut precise_of_all = healthy;
    println!(
        "{:32} {:>7} {:>7} {:>7} {:>7} {:>7} {:>8} {:>8}",
        "plant", "counted", "found", "first", "cured", "worse", "harmless", "accused"
    );
    for (which, plant) in PLANTS.iter().enumerate().filter(|(_, plant)| plant.name.contains(only)) {
        let (mut found_here, mut first_here, mut counted, mut planted) = (0, 0, 0, 0);
        let (mut accused_here, mut cured_here, mut worse_here) = (0, 0, 0);
        for (number, table) in tables.iter().enumerate() {
            for third in 0..3_u64 {
                let key = seed * 7_000_003 + (number * 100 + which) as u64 * 10 + third;
                let mut rng = Rng::new(key);
                let healthy = Setup::healthy(table, &mut rng);
                let mut setup = healthy.clone();
                let severity = (third as f64 + rng.uniform()) / 3.0;
                if !(plant.plant)(&mut setup, severity, &mut rng) {
                    continue;
                }
                planted += 1;
                let mut seen = Seen::default();
                let found = diagnose(&setup, key, trained, &mut seen)?;
                let accused = accusations(&found);
                let effect = Effect::new(&healthy, &setup, key)?;
                let counts = plant.breaks_validity || effect.lowers();
                if DETAILS.load(Ordering::Relaxed) {
                    println!(
                        "  run {} / {} counts {counts} {} {:?} {}",
                        plant.name, table.name, setup.activation, setup.hidden, setup.optimizer
                    );
                }
                let is_right = |finding: &&&Finding| plant.codes.contains(&finding.code());
                precise_of_all.add_many(accused.iter().filter(is_right).count(), accused.len());
                if !counts {
                    under_gate.add(accused.is_empty());
                    accused_here += usize::from(!accused.is_empty());
                    continue;
                }
                counted += 1;
                published::count(others, &published::symptoms(&seen, &setup), Some(plant.name));
                let is_named = |finding: &&&Finding| plant.codes.contains(&finding.code());
                let is_found = accused.iter().any(|finding| is_named(&finding));
                let is_first = accused.first().is_some_and(|finding| is_named(&finding));
                recall.add(is_found);
                first.add(is_first);
                precise.add_many(accused.iter().filter(|finding| is_named(finding)).count(), accused.len());
                found_here += usize::from(is_found);
                first_here += usize::from(is_first);
                if trained {
                    let remedy = accused.first().map(|finding| finding.remedy());
                    let cure = remedy.map(|remedy| effect.cure(&setup, remedy)).transpose()?;
                    cured.add(cure.as_ref().is_some_and(|cure| cure.is_cured));
                    worse.add(cure.as_ref().is_some_and(|cure| cure.is_worse));
                    worse_for_sure.add(cure.as_ref().is_some_and(|cure| cure.is_worse_for_sure));
                    cured_here += usize::from(cure.as_ref().is_some_and(|cure| cure.is_cured));
                    worse_here += usize::from(cure.as_ref().is_some_and(|cure| cure.is_worse));
                    if let (Some(cure), Some(remedy)) = (cure.filter(|cure| !cure.is_cured), remedy) {
                        let [healthy, without, with] = cure.skills;
                        println!(
                            "    not cured {:>12} {severity:.2} {} {:?} {} {} epochs: {healthy:.2} > {without:.2} > {with:.2} by {}: {remedy}",
                            table.name,
                            setup.activation,
                            setup.hidden,
                            setup.optimizer,
                            setup.epochs,
                            accused[0].code()
                        );
                    }
                }
                if !is_first {
                    let codes: Vec<&str> = accused.iter().map(|finding| finding.code()).collect();
                    println!(
                        "    missed {:>12} severity {severity:.2} {} {:?} {}: {codes:?}",
                        table.name, setup.activation, setup.hidden, setup.optimizer
                    );
                }
            }
        }
        let harmless = planted - counted;
        println!(
            "{:32} {counted:>7} {found_here:>7} {first_here:>7} {cured_here:>7} {worse_here:>7} {harmless:>8} {accused_here:>8}",
            plant.name
        );
    }
    println!("recall {recall}\nfirst  {first}\nprecision {precise}\nunder the gate and silent {under_gate}");
    println!("precision with the plants under the gate, where naming the plant is right {precise_of_all}");
    if trained {
        println!("cured by the first remedy {cured}\nmade worse by it {worse}, in all of five pairs {worse_for_sure}");
    }
    Ok(())
}
