//! A training whose process is killed again and again ends with the same bits as one that was never interrupted.

use layercake::prelude::*;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The variable that marks the process to be killed and names its folder.
const FOLDER: &str = "LAYERCAKE_INTERRUPTED";

/// The line that the training prints after each batch.
const BATCH: &str = "batch";

const KILLS: usize = 20;

/// Trains with a backup after every third batch, and writes the model and the history at the end.
fn train(folder: &Path) -> layercake::Result<()> {
    let x = DMatrix::<f32>::from_fn(200, 5, |row, column| ((row * 5 + column) as f32 * 0.7).sin());
    let y = DMatrix::from_fn(200, 1, |row, _| x[(row, 0)] * x[(row, 1)] - x[(row, 2)]);
    let mut model = Sequential::with_seed(5);
    model.add(Dense::new(16).activation(Relu));
    model.add(BatchNormalization::default());
    model.add(Dropout::new(0.2));
    model.add(Dense::new(1));
    model.compile(Adam::default(), "mse", "mae")?;
    let backup = BackupAndRestore::new(folder.join("backup")).save_freq(3);
    let stop = EarlyStopping::new("val_loss").patience(2).restore_best_weights(true);
    let says = on_batch_end(|_| {
        let mut out = std::io::stdout();
        writeln!(out, "{BATCH}").and_then(|()| out.flush()).map_err(layercake::Error::callback)
    });
    let options = FitOptions::new().epochs(8).batch_size(4).validation_split(0.2).callback(backup).callback(stop).callback(says);
    let history = model.fit(&x, &y, options)?;
    let mut lines = String::new();
    for (row, epoch) in history.epochs().iter().enumerate() {
        for name in ["loss", "mae", "val_loss", "val_mae"] {
            let _ = writeln!(lines, "{epoch} {name} {:x}", history[name][row].to_bits());
        }
    }
    fs::write(folder.join("history"), lines).unwrap();
    model.save(folder.join("final.keras"))
}

/// Does nothing unless it is run by the test below, in a process of its own.
#[test]
fn trains_in_a_process_of_its_own() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        train(Path::new(&folder)).unwrap();
    }
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "interrupted::trains_in_a_process_of_its_own", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits for this many batches and a little longer, then kills the process. Returns whether it was still running.
fn kill(mut child: Child, batches: usize, delay: Duration) -> bool {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    // keep the pipe open until the process is dead; otherwise its next line would end it by a broken pipe
    let mut batch = lines.filter(|line| line.ends_with(BATCH));
    let seen = batch.by_ref().take(batches).count();
    std::thread::sleep(delay);
    child.kill().unwrap();
    let was_killed = !child.wait().unwrap().success();
    was_killed && seen == batches
}

/// The model and the history of a training, if it finished.
fn outcome(folder: &Path) -> Option<(Vec<u8>, String)> {
    Some((fs::read(folder.join("final.keras")).ok()?, fs::read_to_string(folder.join("history")).ok()?))
}

fn new_folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("layercake-interrupted-{}-{name}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn a_process_killed_twenty_times_ends_with_the_bits_of_one_that_never_was() {
    let (whole, broken) = (new_folder("whole"), new_folder("broken"));
    assert!(start(&whole).wait_with_output().unwrap().status.success());
    let (model, history) = outcome(&whole).unwrap();

    let mut state = 1_u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for number in 0..KILLS {
        let (batches, delay) = (random(15) as usize, Duration::from_micros(random(4000)));
        assert!(kill(start(&broken), batches, delay), "kill {number}: the training was over before");
        assert!(outcome(&broken).is_none());
    }
    // one more kill while the file is being written
    fs::write(broken.join("backup/.latest.keras.1-0.tmp"), "half").unwrap();
    assert!(start(&broken).wait_with_output().unwrap().status.success());
    let (resumed, rest) = outcome(&broken).unwrap();
    assert!(resumed == model, "the models differ");
    assert!(history.ends_with(&rest) && rest.len() < history.len(), "{rest}\nafter\n{history}");
    let left: Vec<_> = fs::read_dir(broken.join("backup")).unwrap().collect();
    assert!(left.is_empty(), "the backup is removed, and what a kill left of one: {left:?}");
    for folder in [whole, broken] {
        let _ = fs::remove_dir_all(folder);
    }
}
