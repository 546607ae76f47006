//! Runs a test in a process of its own, for tests that measure or change the whole process.

use std::path::Path;
use std::process::Command;

/// The variable that tells a process which test it was started for.
const ALONE: &str = "LAYERCAKE_TEST_ALONE";

/// Runs the body of a test in a process in which no other test runs, with `folder` as its working directory.
///
/// `test` is the name of the test as `cargo test -- --list` writes it: this binary is started again and asked for it alone.
pub fn alone(test: &str, folder: impl AsRef<Path>, body: impl FnOnce()) {
    if std::env::var_os(ALONE).is_some_and(|started_for| started_for == test) {
        return body();
    }
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args(["--exact", test, "--nocapture"]).env(ALONE, test).current_dir(folder);
    let output = process.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    println!("{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{test} failed in the process of its own");
    assert!(said.contains("running 1 test"), "no test is named {test}");
}
