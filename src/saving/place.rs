//! The position of an error: a file, and a member of the file.

use crate::base::{Error, Result};
use std::fmt::Display;
use std::path::Path;

/// A file, or a member of one.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    file: String,
    member: String,
}

impl Place {
    pub(crate) fn file(path: &Path) -> Self {
        Self::named(path.display().to_string())
    }

    /// Makes the place of an input that is not a file, such as bytes in memory.
    pub(crate) fn named(file: impl Into<String>) -> Self {
        Self { file: file.into(), member: String::new() }
    }

    /// Returns the place of a part of this place.
    pub(crate) fn member(&self, member: &str) -> Self {
        let inside = if self.member.is_empty() { member.to_string() } else { format!("{}/{member}", self.member) };
        Self { file: self.file.clone(), member: inside }
    }

    /// Makes an error for a problem at this place.
    pub(crate) fn error(&self, problem: impl Display) -> Error {
        Error::File { file: self.file.clone(), member: self.member.clone(), problem: problem.to_string() }
    }

    pub(crate) fn io(&self, source: std::io::Error) -> Error {
        Error::Io { file: self.file.clone(), source }
    }
}

/// Reads a whole file.
#[cfg(feature = "safetensors")]
pub(crate) fn read(path: &Path) -> Result<(Vec<u8>, Place)> {
    let place = Place::file(path);
    Ok((std::fs::read(path).map_err(|error| place.io(error))?, place))
}

/// Fails unless the name of the file has the ending that Keras requires.
#[cfg(feature = "keras")]
pub(crate) fn check_ending(path: &Path, ending: &str) -> Result<()> {
    if path.to_string_lossy().ends_with(ending) {
        return Ok(());
    }
    Err(Place::file(path).error(format!("the name of this file must end with `{ending}`, or Keras will not open it")))
}
