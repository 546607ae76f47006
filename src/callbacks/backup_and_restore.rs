use super::{Callback, Run};
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use crate::model::Model;
use crate::saving::atomic;
use crate::training::StopReason;
use std::path::{Path, PathBuf};

/// Keeps a training in a file, and takes it up there when the same program is run again after an interruption.
/// [Keras](https://keras.io/api/callbacks/backup_and_restore/)
///
/// The run that is taken up ends with the same bits as one that was never interrupted: weights, optimizer, random
/// generators, the order of the samples of an epoch, the means so far, and what the callbacks remember (their
/// [`state`](Callback::state)). The history holds the epochs since. Data and options must be the same. The file is
/// `latest.keras` in the folder, a whole model that Keras opens too.
///
/// ```
/// use layercake::prelude::*;
///
/// let folder = std::env::temp_dir().join(format!("layercake-backup-{}", std::process::id()));
/// let (x, y) = (dmatrix![1.0; 2.0; 3.0], dmatrix![2.0; 4.0; 6.0]);
/// let train = |interrupted: bool| {
///     let mut model = Sequential::with_seed(7);
///     model.add(Dense::new(1));
///     model.compile("adam", "mse", ())?;
///     let fail = on_epoch_end(move |run| if interrupted && run.epoch() == 3 { Err(layercake::Error::callback("!")) } else { Ok(()) });
///     let options = FitOptions::new().epochs(6).callback(BackupAndRestore::new(&folder)).callback(fail);
///     model.fit(&x, &y, options).map(|history| (history.epochs().len(), model.get_weights()))
/// };
/// assert!(train(true).is_err());
/// let (epochs, resumed) = train(false)?;
/// assert_eq!(epochs, 3);
/// assert_eq!(resumed, train(false)?.1);
/// # let _ = std::fs::remove_dir_all(&folder);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct BackupAndRestore {
    backup_dir: PathBuf,
    save_freq: Option<usize>,
    delete_checkpoint: bool,
    /// Batches since the last backup.
    batches: usize,
}

impl BackupAndRestore {
    /// Keeps the training in this folder, which is made if need be, after each epoch.
    pub fn new(backup_dir: impl AsRef<Path>) -> Self {
        Self { backup_dir: backup_dir.as_ref().to_path_buf(), save_freq: None, delete_checkpoint: true, batches: 0 }
    }

    /// After how many batches each to keep the training, at least 1 (default: after each epoch).
    pub fn save_freq(mut self, batches: usize) -> Self {
        self.save_freq = Some(batches);
        self
    }

    /// Whether the file is removed when the training ends as it should (default: true). It stays when the training was
    /// cancelled or out of time.
    pub fn delete_checkpoint(mut self, delete_checkpoint: bool) -> Self {
        self.delete_checkpoint = delete_checkpoint;
        self
    }

    fn path(&self) -> PathBuf {
        self.backup_dir.join("latest.keras")
    }

    fn io(&self, source: std::io::Error) -> Error {
        Error::Io { file: self.backup_dir.display().to_string(), source }
    }
}

impl<T: Scalar> Callback<T> for BackupAndRestore {
    crate::model::compiled_callback!(BackupAndRestore);

    fn on_train_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        if self.save_freq == Some(0) {
            return Err(Error::argument("BackupAndRestore", "save_freq", 0, "a whole number >= 1"));
        }
        std::fs::create_dir_all(&self.backup_dir).map_err(|error| self.io(error))?;
        // what a process that was killed while it wrote has left
        atomic::remove_leftovers(&self.path()).map_err(|error| self.io(error))?;
        self.batches = 0;
        if self.path().exists() {
            run.resume_from(&self.path(), Model::resume);
        }
        Ok(())
    }

    fn on_batch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        self.batches += 1;
        if self.save_freq.is_some_and(|freq| self.batches >= freq) {
            self.batches = 0;
            run.back_up_to(&self.path(), Model::save_with_progress);
        }
        Ok(())
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        if self.save_freq.is_none() {
            run.back_up_to(&self.path(), Model::save_with_progress);
        }
        Ok(())
    }

    fn on_train_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        let interrupted = matches!(run.stop_reason(), Some(StopReason::Cancelled | StopReason::TimeBudget));
        if self.delete_checkpoint && !interrupted && self.path().exists() {
            std::fs::remove_file(self.path()).map_err(|error| self.io(error))?;
        }
        Ok(())
    }

    fn state(&self) -> Vec<f64> {
        vec![self.batches as f64]
    }

    fn restore(&mut self, state: &[f64]) -> Result<()> {
        self.batches = state.first().map_or(0, |batches| *batches as usize);
        Ok(())
    }
}
