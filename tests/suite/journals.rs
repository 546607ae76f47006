//! Tests the journals of searches: a killed search resumes with the same numbers and the same file.

use crate::tuning::{numbers, searches, table};
use layercake::prelude::*;
use layercake::tuner::{HyperParameters, Job, Outcome, Study, Tuner};
use serde_json::Value as Json;
use std::path::{Path, PathBuf};

/// A file for one test, which is removed at its end.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("layercake-journal-{name}-{}.jsonl", std::process::id())))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The lines of the file without their times.
    pub(crate) fn lines(&self) -> Vec<Json> {
        let line = |line: &str| {
            let mut line: Json = serde_json::from_str(line).unwrap();
            let fields = line.as_object_mut().unwrap();
            fields.remove("seconds");
            fields.remove("at");
            line
        };
        std::fs::read_to_string(&self.0).unwrap().lines().map(line).collect()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A search that was killed has a journal that ends anywhere, also within a line.
#[test]
fn a_killed_search_resumes_bit_for_bit() {
    let (x, y) = table(30);
    for (number, (name, _)) in searches().iter().enumerate() {
        let run = |file: &Scratch| numbers(&searches().remove(number).1.journal(&file.0).search(&x, &y).unwrap());
        let whole = Scratch::new(&format!("whole-{number}"));
        let unbroken = run(&whole);
        assert_eq!(unbroken, numbers(&searches().remove(number).1.search(&x, &y).unwrap()), "{name}");
        let bytes = std::fs::read(&whole.0).unwrap();
        let killed = Scratch::new(&format!("killed-{number}"));
        for kill in 0..20 {
            // irregular places, the first within the first line and the last at the end
            let end = if kill == 19 { bytes.len() } else { (kill * bytes.len() / 19 + kill * kill * 7 + 3).min(bytes.len()) };
            std::fs::write(&killed.0, &bytes[..end]).unwrap();
            assert_eq!(run(&killed), unbroken, "{name}, killed after {end} of {} bytes", bytes.len());
            assert_eq!(killed.lines(), whole.lines(), "{name}, killed after {end} of {} bytes", bytes.len());
        }
    }
}

#[test]
fn a_journal_of_another_search_is_refused() {
    let (x, y) = table(30);
    let file = Scratch::new("other");
    let random = || searches().remove(0).1.max_trials(2).journal(&file.0);
    random().search(&x, &y).unwrap();
    let says = |tuner: Tuner<'_, f64>, x: &DMatrix<f64>, part: &str| {
        let text = tuner.search(x, &y).map(|_| ()).unwrap_err().to_string();
        assert!(text.contains(part), "{text}");
    };
    says(random().seed(8), &x, "seed was 7 and is 8; use another file");
    says(random().folds(4), &x, "folds was 3 and is 4");
    says(random().max_epochs(10), &x, "max_epochs was 9 and is 10");
    says(random().fit_options(|hp| FitOptions::new().batch_size(hp.choice("batch_size", [4, 9]))), &x, "space, `batch_size` was");
    says(random().objective("val_accuracy"), &x, "objective was \"val_loss\"");
    let mut other = x.clone();
    other[(0, 0)] += 1.0;
    says(random(), &other, "data was");
    // the function that builds the model gives other settings than it did
    let text = std::fs::read_to_string(&file.0).unwrap();
    std::fs::write(&file.0, text.replace("\"layers\":2", "\"layers\":1")).unwrap();
    says(random(), &x, "its trial 0 has the settings");
    std::fs::write(&file.0, "{\"study\": {}}\n").unwrap();
    says(random(), &x, "no journal of a search");
    std::fs::write(&file.0, format!("{}\n{{\"other\": 1}}\n", text.lines().next().unwrap())).unwrap();
    says(random(), &x, "line 2 is neither a trial nor an outcome");
    std::fs::write(&file.0, "nonsense\n").unwrap();
    says(random(), &x, "line 1 is no JSON");
    says(random().journal(std::env::temp_dir()), &x, "could not be read or written");
    // a longer search continues a shorter one
    std::fs::write(&file.0, text).unwrap();
    assert_eq!(random().max_trials(5).search(&x, &y).unwrap().trials().len(), 5);
}

/// What another program does with a job as a line of JSON gives the numbers of a search in one process.
#[test]
fn jobs_can_be_done_elsewhere() {
    let (x, y) = table(30);
    let tuner = || searches().remove(3).1;
    let here = Scratch::new("here");
    let search = tuner().journal(&here.0).search(&x, &y).unwrap();
    let elsewhere = Scratch::new("elsewhere");
    let mut study = tuner().journal(&elsewhere.0).study(&x, &y).unwrap();
    loop {
        let jobs = study.ask().unwrap();
        if jobs.is_empty() {
            break;
        }
        for job in jobs {
            let line = job.to_json();
            let answer = tuner().do_job(&Job::from_json(&line).unwrap(), &x, &y).unwrap().to_json();
            study.tell(&job, Outcome::from_json(&answer).unwrap()).unwrap();
        }
    }
    let best = search.best().unwrap();
    assert_eq!(study.best().unwrap().scores(), best.scores());
    assert_eq!(elsewhere.lines(), here.lines());
    assert!(Job::from_json("{}").is_err_and(|error| error.to_string().contains("it is no job")));
    assert!(Job::from_json("{").is_err() && Outcome::from_json("{}").is_err() && Outcome::from_json("").is_err());
    let json: Json = serde_json::from_str(&search.to_json()).unwrap();
    assert_eq!(json["trials"].as_array().unwrap().len(), search.trials().len());
}

#[test]
fn a_study_of_another_program_resumes_too() {
    let file = Scratch::new("own");
    let study = || {
        Study::bayesian(|hp: &mut HyperParameters| {
            hp.float("x", 0.0..=1.0);
            Ok(())
        })
        .seed(1)
        .max_trials(30)
        .journal(&file.0)
    };
    let run = |mut study: Study<'_>, most: usize| {
        let mut done = 0;
        loop {
            let jobs = study.ask().unwrap();
            for job in &jobs {
                if done == most {
                    return None;
                }
                study.tell(job, Outcome::scored(job.get("x").unwrap().to_f64().unwrap())).unwrap();
                done += 1;
            }
            if jobs.is_empty() {
                return Some((done, study.best().unwrap().score()));
            }
        }
    };
    assert_eq!(run(study(), 13), None);
    let (done, best) = run(study(), 100).unwrap();
    assert_eq!(done, 17);
    assert_eq!(run(study(), 100).unwrap(), (0, best));
}
