use super::{Callback, Run};
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

/// Writes a table to a file, with a line for each epoch as soon as it has ended.
/// [Keras](https://keras.io/api/callbacks/csv_logger/)
///
/// The columns are `epoch`, counted from 0, and in alphabetical order the series that are known when the training begins:
/// give it behind callbacks that log something. A value that an epoch does not have, for want of a validation, is `NA`.
/// The file is there from the beginning of a training on; an error of the file ends it.
///
/// ```
/// use layercake::prelude::*;
///
/// let path = std::env::temp_dir().join(format!("layercake-log-{}.csv", std::process::id()));
/// let mut model = Sequential::with_seed(1);
/// model.add(Dense::new(1));
/// model.compile("sgd", "mse", "mae")?;
/// let options = FitOptions::new().epochs(2).callback(CsvLogger::new(&path));
/// let history = model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], options)?;
/// let table = std::fs::read_to_string(&path).unwrap();
/// let lines: Vec<&str> = table.lines().collect();
/// assert_eq!(lines[0], "epoch,loss,mae");
/// assert_eq!(lines[2], format!("1,{},{}", history["loss"][1], history["mae"][1]));
/// # let _ = std::fs::remove_file(&path);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug)]
#[doc(alias = "CSVLogger")]
pub struct CsvLogger {
    filename: PathBuf,
    separator: char,
    append: bool,
    columns: Vec<String>,
    /// Open while a training runs.
    file: Option<File>,
}

impl CsvLogger {
    /// Writes to this file, over what is there.
    pub fn new(filename: impl AsRef<Path>) -> Self {
        Self { filename: filename.as_ref().to_path_buf(), separator: ',', append: false, columns: Vec::new(), file: None }
    }

    /// What stands between two cells: any character but a quote and the end of a line (default `,`).
    pub fn separator(mut self, separator: char) -> Self {
        self.separator = separator;
        self
    }

    /// Whether to write behind what is there, which must have the same columns (default: false).
    pub fn append(mut self, append: bool) -> Self {
        self.append = append;
        self
    }

    /// Opens the file; in a new one the header comes first.
    fn open(&self) -> Result<File> {
        let header = self.row("epoch", &str::to_string);
        let found = if self.append { self.in_file(first_line(&self.filename))? } else { String::new() };
        if !found.is_empty() && found.trim_end() != header.trim_end() {
            let (found, header) = (found.trim_end(), header.trim_end());
            let problem = format!("the columns there are `{found}` and those of this training `{header}`: use another file");
            return Err(Error::Table { file: self.filename.display().to_string(), problem });
        }
        let mut options = OpenOptions::new();
        options.create(true).append(self.append).write(true).truncate(!self.append);
        let mut file = self.in_file(options.open(&self.filename))?;
        if found.is_empty() {
            self.in_file(file.write_all(header.as_bytes()))?;
        }
        Ok(file)
    }

    /// A line with a cell for the epoch and one for each column.
    fn row(&self, epoch: &str, cell: &dyn Fn(&str) -> String) -> String {
        let cells = [epoch.to_string()].into_iter().chain(self.columns.iter().map(|column| cell(column)));
        let cells: Vec<String> = cells.map(|cell| self.quote(cell)).collect();
        cells.join(self.separator.encode_utf8(&mut [0; 4])) + "\r\n"
    }

    /// Quotes a cell that could not be told from several.
    fn quote(&self, cell: String) -> String {
        if cell.contains([self.separator, '"', '\r', '\n']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
    }

    /// Names the file in an error of the system.
    fn in_file<R>(&self, result: io::Result<R>) -> Result<R> {
        result.map_err(|source| Error::Io { file: self.filename.display().to_string(), source })
    }
}

/// The first line of a file; nothing if there is none.
fn first_line(path: &Path) -> io::Result<String> {
    let mut line = String::new();
    match File::open(path) {
        Ok(file) => BufReader::new(file).read_line(&mut line).map(|_| line),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(line),
        Err(error) => Err(error),
    }
}

impl<T: Scalar> Callback<T> for CsvLogger {
    crate::model::compiled_callback!(CsvLogger);

    fn on_train_begin(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        if ['"', '\r', '\n'].contains(&self.separator) {
            let allowed = "any character but a quote and the end of a line";
            return Err(Error::argument("CsvLogger", "separator", format!("{:?}", self.separator), allowed));
        }
        let mut columns: Vec<&str> = run.series().collect();
        columns.sort_unstable();
        self.columns = columns.into_iter().map(str::to_string).collect();
        self.file = Some(self.open()?);
        Ok(())
    }

    fn on_epoch_end(&mut self, run: &mut Run<'_, T>) -> Result<()> {
        let value = |column: &str| run.logs().get(column).map_or("NA".to_string(), |value| format!("{value:?}"));
        let row = self.row(&run.epoch().to_string(), &value);
        match self.file.as_mut().map(|file| file.write_all(row.as_bytes())) {
            Some(written) => self.in_file(written),
            None => Ok(()),
        }
    }

    fn on_train_end(&mut self, _run: &mut Run<'_, T>) -> Result<()> {
        self.file = None;
        Ok(())
    }
}
