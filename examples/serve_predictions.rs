//! Serves predictions in one thread while another one trains on more rows: every answer comes from the newest trained model.
use layercake::data::{Cell, Rows};
use layercake::prelude::*;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread;
use std::time::{Duration, Instant};

const TARGET: &str = "diameter narrowing";

/// The model that answers now. A question holds the lock only while it copies a pointer.
type Current = RwLock<Arc<TableClassifier>>;
type Named<'a> = Vec<(&'a str, Cell<'a>)>;

/// A question with the place for its answer: the class, and how long it took.
struct Question<'a> {
    patient: Named<'a>,
    reply: Sender<layercake::Result<(String, Duration)>>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = data::Table::read(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/heart_disease.csv"))?;
    let (train, test) = table.split(data::SplitOptions::new().test_size(0.2).seed(1).stratify_by(TARGET))?;
    let (patients, actual) = (patients(&test)?, test.labels(TARGET)?);

    let current = RwLock::new(Arc::new(trained(&train, 60)?));
    let (ask, questions) = channel();
    thread::scope(|scope| {
        scope.spawn(|| serve(questions, &current));
        let trainer = scope.spawn(|| -> layercake::Result<()> {
            for rows in [120, train.rows()] {
                let model = trained(&train, rows)?; // the old model answers meanwhile
                *current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(model);
            }
            Ok(())
        });

        for round in 1.. {
            let is_last = trainer.is_finished();
            let (mut right, mut times) = (0, Vec::new());
            for (patient, class) in patients.iter().zip(actual.classes()) {
                let (reply, answer) = channel();
                ask.send(Question { patient: patient.clone(), reply }).map_err(|_| "the server ended")?;
                let (answered, time) = answer.recv()??;
                right += usize::from(answered == actual.names()[*class]);
                times.push(time);
            }
            times.sort_unstable();
            let (count, median) = (patients.len(), times[times.len() / 2]);
            if is_last || round == 1 {
                let when = if is_last { "after the training" } else { "at first" };
                println!("{when}: {right} of {count} answers right, half of them within {median:?}");
            }
            if is_last {
                println!("{} answers were given while the training ran", (round - 1) * count);
                break;
            }
        }
        drop(ask); // the server ends
        trainer.join().map_err(|_| "the training panicked")??;
        Ok(())
    })
}

/// Trains a classifier on the first rows, with one thread, since the other one serves.
fn trained(train: &data::Table, rows: usize) -> layercake::Result<TableClassifier> {
    let mut model = TableClassifier::new(TARGET).seed(1);
    model.fit(&train.take_rows(&(0..rows).collect::<Vec<_>>())?, TableOptions::new().threads(1))?;
    Ok(model)
}

/// Answers until nobody can ask any more.
fn serve(questions: Receiver<Question<'_>>, current: &Current) {
    for Question { patient, reply } in questions {
        let model = current.read().unwrap_or_else(PoisonError::into_inner).clone();
        let started = Instant::now();
        let answer = model.predict_row(&patient).map(|answer| (answer.class().to_string(), started.elapsed()));
        let _ = reply.send(answer); // whoever asked may be gone
    }
}

/// Returns the named cells of each row.
fn patients(test: &data::Table) -> layercake::Result<Vec<Named<'_>>> {
    let mut patients = vec![Vec::new(); test.rows()];
    for name in test.column_names().filter(|name| *name != TARGET) {
        for (patient, cell) in patients.iter_mut().zip(test.column(name)?.cells()) {
            patient.push((name, cell));
        }
    }
    Ok(patients)
}
