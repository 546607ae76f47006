//! Reads the fields of a structure one after the other.

use super::Result;

/// The bytes of a structure, which are read in order.
#[derive(Clone)]
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    /// The number of bytes that have been read.
    position: usize,
}

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Reads the next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let taken = self.rest().get(..count).ok_or("an HDF5 structure is incomplete")?;
        self.position += count;
        Ok(taken)
    }

    pub(super) fn skip(&mut self, count: usize) -> Result<()> {
        self.take(count).map(|_| ())
    }

    /// Skips bytes up to the next multiple of eight from the start.
    pub(super) fn align(&mut self) {
        self.position = self.position.next_multiple_of(8).min(self.bytes.len());
    }

    /// Returns the bytes that have not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.position..]
    }

    /// Reads a little-endian number of `width` bytes, at most eight.
    pub(super) fn number(&mut self, width: usize) -> Result<u64> {
        let mut bytes = [0; 8];
        bytes.get_mut(..width).ok_or("a number has more than 64 bits")?.copy_from_slice(self.take(width)?);
        Ok(u64::from_le_bytes(bytes))
    }

    /// Reads a number of `width` bytes that must fit into a `usize`.
    pub(super) fn count(&mut self, width: usize) -> Result<usize> {
        self.number(width)?.try_into().map_err(|_| "a structure is larger than memory".to_string())
    }

    pub(super) fn byte(&mut self) -> Result<u8> {
        Ok(self.take(1)?[0])
    }

    /// Reads an offset in the file; all ones are read as `None`.
    pub(super) fn offset(&mut self, width: usize) -> Result<Option<u64>> {
        let is_none = self.rest().iter().take(width).all(|&byte| byte == 0xff);
        let offset = self.number(width)?;
        Ok((!is_none).then_some(offset))
    }

    /// Reads these bytes; fails if the next bytes are others.
    pub(super) fn expect(&mut self, bytes: &[u8]) -> Result<()> {
        match self.take(bytes.len())? == bytes {
            true => Ok(()),
            false => Err(format!("an HDF5 structure does not begin with {:?}", String::from_utf8_lossy(bytes))),
        }
    }
}
