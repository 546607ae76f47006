//! Tests searches in processes of their own: one that is killed resumes with the same numbers and the same journal, and one
//! that was asked for no output prints nothing.

use crate::journals::Scratch;
use crate::tuning::{numbers, searches, table};
use std::io::{Read, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The variables that mark the process of a search: they name its number and its journal, which may be empty.
const SEARCH: &str = "LAYERCAKE_SEARCH";
const JOURNAL: &str = "LAYERCAKE_SEARCH_JOURNAL";

/// What the process prints before and after its search, since the test harness prints lines of its own.
const MARK: &str = "<search>";

const KILLS: usize = 20;

fn mark() {
    let mut out = std::io::stdout();
    out.write_all(MARK.as_bytes()).and_then(|()| out.flush()).unwrap();
}

/// Does nothing unless it is run by the tests below, in a process of its own.
#[test]
fn searches_in_a_process_of_its_own() {
    let Some(number) = std::env::var(SEARCH).ok() else { return };
    let (x, y) = table(30);
    let (_, mut tuner) = searches().remove(number.parse().unwrap());
    if let Some(journal) = std::env::var_os(JOURNAL) {
        tuner = tuner.journal(journal);
    }
    mark();
    tuner.search(&x, &y).unwrap();
    mark();
}

fn search(number: usize, journal: Option<&Path>) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "killed_searches::searches_in_a_process_of_its_own", "--nocapture"]);
    command.env(SEARCH, number.to_string()).env_remove(JOURNAL);
    if let Some(journal) = journal {
        command.env(JOURNAL, journal);
    }
    command
}

/// A number from 0 to 1 from a generator with a fixed seed.
fn draw(state: &mut u64) -> f64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) as f64 / (1_u64 << 31) as f64
}

/// Reads what a process prints up to the next mark.
fn read_to_mark(out: &mut impl Read) {
    let mut said = Vec::new();
    let mut byte = [0];
    while !said.ends_with(MARK.as_bytes()) {
        out.read_exact(&mut byte).unwrap();
        said.push(byte[0]);
    }
}

/// The moments are spread over the measured time of the search and a little longer, so that the last may fall after its end.
#[test]
fn a_search_whose_process_is_killed_resumes_bit_for_bit() {
    let (x, y) = table(30);
    let mut state = 1;
    let count = searches().len();
    let start = |number: usize, file: &Scratch| {
        let mut child = search(number, Some(file.path())).stdout(Stdio::piped()).spawn().unwrap();
        // the pipe stays open while the process runs; otherwise its next line would end it
        let mut out = child.stdout.take().unwrap();
        read_to_mark(&mut out);
        (child, out)
    };
    let unbroken = |number: usize| {
        let file = Scratch::new(&format!("unbroken-process-{number}"));
        let (mut child, mut out) = start(number, &file);
        let begun = Instant::now();
        read_to_mark(&mut out);
        let time = begun.elapsed();
        assert!(child.wait().unwrap().success());
        (file, time, numbers(&searches().remove(number).1.search(&x, &y).unwrap()))
    };
    let wholes: Vec<_> = (0..count).map(unbroken).collect();
    for kill in 0..KILLS {
        let number = kill % count;
        let (whole, time, result) = &wholes[number];
        let share = 1.1 * (kill as f64 + draw(&mut state)) / KILLS as f64;
        let file = Scratch::new(&format!("killed-process-{kill}"));
        let (mut child, out) = start(number, &file);
        std::thread::sleep(time.mul_f64(share));
        child.kill().unwrap();
        child.wait().unwrap();
        drop(out);
        let left = std::fs::metadata(file.path()).map_or(0, |file| file.len());
        let (name, tuner) = searches().remove(number);
        let resumed = tuner.journal(file.path()).search(&x, &y).unwrap();
        assert_eq!(&numbers(&resumed), result, "{name}, kill {kill}, after {left} bytes");
        assert_eq!(file.lines(), whole.lines(), "{name}, kill {kill}, after {left} bytes");
    }
}

#[test]
fn a_search_that_was_asked_for_no_output_prints_nothing() {
    for (number, (name, _)) in searches().iter().enumerate() {
        let output = search(number, None).output().unwrap();
        let (out, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(output.status.success(), "{name}: {out}{errors}");
        assert_eq!(errors, "", "{name}");
        let parts: Vec<&str> = out.split(MARK).collect();
        assert_eq!((parts.len(), parts[1]), (3, ""), "{name}: {out}");
    }
}
