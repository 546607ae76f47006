//! Sources of bytes: a file, bytes in memory, or a part of either. A file is never read as a whole, so that a large model is
//! not in memory twice.

use super::foreign;
use super::place::Place;
use crate::base::Result;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A range of bytes, and the position of the next byte to read.
#[derive(Clone)]
pub(super) struct Source {
    whole: Arc<Whole>,
    part: Range<u64>,
    position: u64,
}

enum Whole {
    File(Mutex<File>),
    Memory(Vec<u8>),
}

impl Source {
    pub(super) fn file(path: &Path) -> Result<(Self, Place)> {
        let place = Place::file(path);
        foreign::check_is_file(path, &place)?;
        let open = || {
            let file = File::open(path)?;
            let size = file.metadata()?.len();
            Ok(Self { whole: Arc::new(Whole::File(Mutex::new(file))), part: 0..size, position: 0 })
        };
        Ok((open().map_err(|error| place.io(error))?, place))
    }

    pub(super) fn memory(bytes: Vec<u8>) -> Self {
        Self { part: 0..bytes.len() as u64, whole: Arc::new(Whole::Memory(bytes)), position: 0 }
    }

    /// Returns a part of these bytes; a range that exceeds them is cut off at their end.
    pub(super) fn part(&self, part: Range<u64>) -> Self {
        let place = |place: u64| self.part.start.saturating_add(place).min(self.part.end);
        Self { whole: self.whole.clone(), part: place(part.start)..place(part.end), position: 0 }
    }

    pub(super) fn len(&self) -> u64 {
        self.part.end - self.part.start
    }

    pub(super) fn starts_with(&self, signature: &[u8]) -> io::Result<bool> {
        Ok(self.start(signature.len())? == signature)
    }

    /// Returns the first `size` bytes, or all if there are fewer.
    pub(super) fn start(&self, size: usize) -> io::Result<Vec<u8>> {
        let mut start = Vec::new();
        self.part(0..size as u64).read_to_end(&mut start)?;
        Ok(start)
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.len().saturating_sub(self.position);
        let size = usize::try_from(rest).unwrap_or(usize::MAX).min(buffer.len());
        let (start, buffer) = (self.part.start + self.position, &mut buffer[..size]);
        let read = match &*self.whole {
            _ if size == 0 => 0,
            Whole::File(file) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                file.seek(SeekFrom::Start(start))?;
                file.read(buffer)?
            }
            Whole::Memory(bytes) => (&bytes[start as usize..]).read(buffer)?,
        };
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for Source {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(from) => self.len().checked_add_signed(from),
            SeekFrom::Current(from) => self.position.checked_add_signed(from),
        };
        self.position = to.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
