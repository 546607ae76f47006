//! Runs the trials of a search in other processes, as Slurm, Ray or GNU parallel would on many machines.
//!
//! ```sh
//! cargo run --release --example tune_processes            # asks for jobs and starts a process for each
//! cargo run --release --example tune_processes -- job     # reads one job from its input and prints the outcome
//! ```
//!
//! A job is one line of JSON and so is its outcome. The worker needs the same function and the same data, and nothing else: the
//! seed is in the job. With a cluster, write the lines of one batch to a file, run the worker on each, for example with
//! `parallel --pipe -N1 worker job < batch`, and tell the outcomes in any order. The journal has the numbers of a search on one
//! machine.
use layercake::layers::Normalization;
use layercake::prelude::*;
use layercake::tuner::{HyperParameters, Job, Outcome, SuccessiveHalving, Tuner};
use std::io::{Read, Write};
use std::process::{Command, Stdio};

fn build(hp: &mut HyperParameters) -> layercake::Result<Sequential<f32>> {
    let mut model = Sequential::with_seed(hp.seed());
    model.add(Normalization::default());
    model.add(Dense::new(hp.log_int("units", 4..=128)).activation(Relu));
    model.add(Dense::new(3).activation(Softmax));
    let rate = hp.log_float("learning_rate", 1e-4..=1e-1);
    model.compile(Adam::default().learning_rate(rate), "sparse_categorical_crossentropy", "accuracy")?;
    Ok(model)
}

/// The search, the same in all processes.
fn tuner<'a>() -> Tuner<'a, f32> {
    SuccessiveHalving::new(build).max_epochs(27).min_epochs(3).validation_split(0.25).seed(1)
}

fn data() -> layercake::Result<(DMatrix<f32>, Vec<usize>)> {
    let table = data::Table::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/wine.csv"))?;
    let classes: DVector<f32> = table.features::<f32>(&["target"])?.column(0).into_owned();
    Ok((table.features_without(&["target"])?, classes.iter().map(|&class| class as usize).collect()))
}

/// The worker: one job in, one outcome out.
fn work() -> layercake::Result<()> {
    let mut line = String::new();
    std::io::stdin().read_to_string(&mut line).map_err(layercake::Error::callback)?;
    let (x, y) = data()?;
    println!("{}", tuner().do_job(&Job::from_json(&line)?, &x, &y)?.to_json());
    Ok(())
}

/// Starts a process for a job and returns its outcome; a process that fails is a failed trial.
fn elsewhere(job: &Job) -> std::io::Result<Outcome> {
    let mut worker = Command::new(std::env::current_exe()?).arg("job").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    if let Some(mut input) = worker.stdin.take() {
        input.write_all(job.to_json().as_bytes())?;
    }
    let output = worker.wait_with_output()?;
    let answer = String::from_utf8_lossy(&output.stdout);
    Ok(Outcome::from_json(&answer).unwrap_or_else(|error| Outcome::failed(format!("{}: {error}", output.status))))
}

fn main() -> layercake::Result<()> {
    if std::env::args().nth(1).as_deref() == Some("job") {
        return work();
    }
    let (x, y) = data()?;
    let mut study = tuner().study(&x, &y)?;
    loop {
        let jobs = study.ask()?;
        if jobs.is_empty() {
            break;
        }
        // all jobs of a batch run at once
        let outcomes: Vec<std::io::Result<Outcome>> = std::thread::scope(|scope| {
            let started: Vec<_> = jobs.iter().map(|job| scope.spawn(|| elsewhere(job))).collect();
            started
                .into_iter()
                .map(|worker| worker.join().unwrap_or_else(|_| Ok(Outcome::failed("the worker panicked"))))
                .collect()
        });
        for (job, outcome) in jobs.iter().zip(outcomes) {
            study.tell(job, outcome.map_err(layercake::Error::callback)?)?;
        }
    }
    for trial in study.ranked().iter().take(3) {
        let settings: Vec<String> = trial.settings().map(|(name, setting)| format!("{name} {setting}")).collect();
        println!("{:.4} after {:>2} epochs: {}", trial.score().unwrap_or(f64::NAN), trial.epochs(), settings.join(", "));
    }
    let here = tuner().search(&x, &y)?;
    println!(
        "the same as in one process: {}",
        here.best()?.scores() == study.best().map(|best| best.scores()).unwrap_or_default()
    );
    Ok(())
}
