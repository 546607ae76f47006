//! The reference tests read any folder of this schema that `LAYERCAKE_GOLDEN` names, even if it lacks files or has other cases.

use super::reference::is_elsewhere;
use std::path::Path;
use std::process::{Command, Output};

/// Runs these reference tests in a process of their own, on another folder.
fn run(tests: &str, folder: &Path) -> Output {
    let mut process = Command::new(std::env::current_exe().unwrap());
    process.args([tests, "--skip", "golden::elsewhere"]).env("LAYERCAKE_GOLDEN", folder).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn another_folder_is_read_and_what_it_lacks_is_said() {
    if is_elsewhere() {
        return;
    }
    let output = run("golden::", Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden_extra")));
    let text = text(&output);
    assert!(output.status.success(), "{text}");
    for lacking in
        ["optimizers.json is not there, so that nothing was compared", "layers.json has no stochastic, so that nothing was"]
    {
        assert!(text.contains(lacking), "{text}");
    }
}

#[test]
fn a_key_that_no_test_knows_fails_by_its_name() {
    let folder = std::env::temp_dir().join(format!("layercake-golden-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let write = |list: &str, case: &str| {
        let text = format!(
            r#"{{"rtol": 1e-9, "atol": 1e-9, "{list}": [{{"id": "0", "schedule": {case}, "steps": [0], "values": [0.1]}}]}}"#
        );
        std::fs::write(folder.join("schedules.json"), text).unwrap();
        run("golden::schedules", &folder)
    };
    let known =
        r#"{"class_name": "ExponentialDecay", "config": {"initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5}}"#;
    let good = write("cases", known);
    assert!(good.status.success(), "{}", text(&good));
    let more = |key: &str| known.replacen('{', &format!(r#"{{"{key}": 1, "#), 1);
    let (of_case, of_spec, of_file) = (format!(r#"{known}, "warmth": 1"#), more("warmth"), write("coldness", known));
    for output in [write("cases", &of_case), write("cases", &of_spec)] {
        assert!(!output.status.success() && text(&output).contains("warmth"), "{}", text(&output));
    }
    assert!(!of_file.status.success() && text(&of_file).contains("coldness"), "{}", text(&of_file));
    let _ = std::fs::remove_dir_all(folder);
}
