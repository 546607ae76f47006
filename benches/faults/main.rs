//! Plants faults in trainings and counts which of them are found, and which healthy trainings are accused.
//!
//! ```sh
//! cargo bench --bench faults -- FOLDER SEED          # plants and healthy runs on the tables of a folder, and on made-up ones
//! cargo bench --bench faults -- FOLDER SEED healthy  # only the healthy runs
//! ```

mod plants;
mod scores;
mod setup;
mod tables;

use layercake::Rng;
use layercake::diagnosis::{Finding, Severity};
use plants::{CONTROLS, HARMLESS, PLANTS};
use scores::Share;
use setup::Setup;
use tables::Table;

fn main() -> layercake::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let [folder, seed, rest @ ..] = &arguments[..] else {
        println!("expected `FOLDER SEED`, and `healthy` for healthy runs only");
        return Ok(());
    };
    let seed: u64 = seed.parse().unwrap_or(0);
    let mut rng = Rng::new(seed);
    let mut tables = tables::read(folder, &mut rng)?;
    tables.extend(tables::made_up(&mut rng));
    println!("{} tables, seed {seed}", tables.len());
    let healthy = healthy_runs(&tables, seed)?;
    if rest.first().is_none_or(|mode| mode != "healthy") {
        planted_runs(&tables, seed, healthy)?;
    }
    Ok(())
}

/// The findings that accuse a training: errors and warnings.
fn accusations(found: &[Finding]) -> Vec<&Finding> {
    found.iter().filter(|finding| finding.severity() < Severity::Note).collect()
}

fn diagnose(setup: &Setup, seed: u64) -> layercake::Result<Vec<Finding>> {
    let model = setup.model(seed)?;
    setup.with_options(|x, y, options| model.check(x, y, &options))
}

/// Runs each control on each table, and prints what is accused.
fn healthy_runs(tables: &[Table], seed: u64) -> layercake::Result<Share> {
    let mut silent = Share::default();
    for (number, table) in tables.iter().enumerate() {
        for (control, (name, change)) in CONTROLS.iter().enumerate() {
            for repeat in 0..2_u64 {
                let mut rng = Rng::new(seed * 1_000_003 + (number * 100 + control) as u64 * 10 + repeat);
                let healthy = Setup::healthy(table, &mut rng);
                let mut setup = healthy.clone();
                // a change that does harm after all is no control
                if !change(&mut setup, &mut rng) || (control < HARMLESS && scores::lowers(&healthy, &setup, seed)?) {
                    continue;
                }
                let found = diagnose(&setup, rng.below(1 << 30) as u64)?;
                let accused = accusations(&found);
                silent.add(accused.is_empty());
                for finding in accused {
                    println!(
                        "healthy {:>12} {name}, {} {:?} {}: {finding}",
                        table.name, setup.activation, setup.hidden, setup.optimizer
                    );
                }
            }
        }
    }
    println!("healthy runs without an error or a warning: {silent}");
    Ok(silent)
}

/// Plants each fault at three severities in each table; a plant counts if it lowers the test score or breaks validity.
fn planted_runs(tables: &[Table], seed: u64, healthy: Share) -> layercake::Result<()> {
    let (mut recall, mut first, mut precise, mut under_gate) = (Share::default(), Share::default(), healthy, Share::default());
    println!("{:32} {:>7} {:>7} {:>7} {:>8} {:>8}", "plant", "counted", "found", "first", "harmless", "accused");
    for (which, plant) in PLANTS.iter().enumerate() {
        let (mut found_here, mut first_here, mut counted, mut planted) = (0, 0, 0, 0);
        let mut accused_here = 0;
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
                let found = diagnose(&setup, key)?;
                let accused = accusations(&found);
                let counts = plant.breaks_validity || scores::lowers(&healthy, &setup, key)?;
                if !counts {
                    under_gate.add(accused.is_empty());
                    accused_here += usize::from(!accused.is_empty());
                    continue;
                }
                counted += 1;
                let is_named = |finding: &&&Finding| plant.codes.contains(&finding.code());
                let is_found = accused.iter().any(|finding| is_named(&finding));
                let is_first = accused.first().is_some_and(|finding| is_named(&finding));
                recall.add(is_found);
                first.add(is_first);
                precise.add_many(accused.iter().filter(|finding| is_named(finding)).count(), accused.len());
                found_here += usize::from(is_found);
                first_here += usize::from(is_first);
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
        println!("{:32} {counted:>7} {found_here:>7} {first_here:>7} {harmless:>8} {accused_here:>8}", plant.name);
    }
    println!("recall {recall}\nfirst  {first}\nprecision {precise}\nunder the gate and silent {under_gate}");
    Ok(())
}
