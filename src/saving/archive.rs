//! The zip archive that a `.keras` file is; its members are stored, not compressed.

use super::place::Place;
use crate::error::Result;
use std::io::{self, Cursor, Read, Seek, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// An archive in memory. Nothing is ever unpacked to the disk.
pub(super) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    size: u64,
    place: Place,
}

impl<'a> Archive<'a> {
    /// Opens an archive and checks the names of its members.
    pub(super) fn open(bytes: &'a [u8], place: &Place) -> Result<Self> {
        let zip =
            ZipArchive::new(Cursor::new(bytes)).map_err(|error| place.error(format!("not a whole zip archive: {error}")))?;
        if zip.has_duplicate_names() {
            return Err(place.error("two members of the archive have one name"));
        }
        for index in 0..zip.len() {
            let name = zip.name_for_index(index).and_then(Result::ok).unwrap_or_default();
            let leads_out = name.starts_with('/') || name.contains(['\\', ':', '\0']) || name.split('/').any(|part| part == "..");
            if name.is_empty() || leads_out {
                return Err(place.error(format!("a member is named {name:?}, which is not a name inside an archive")));
            }
        }
        Ok(Self { zip, size: bytes.len() as u64, place: place.clone() })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// The bytes of a member, checked against its checksum.
    pub(super) fn member(&mut self, name: &str) -> Result<Vec<u8>> {
        let place = self.place.member(name);
        if !self.has(name) {
            return Err(place.error("the archive has no such member; is this a file that Keras 3 saved?"));
        }
        let mut member = self.zip.by_name(name).map_err(|error| place.error(error))?;
        if member.compression() != CompressionMethod::Stored {
            return Err(place.error("it is compressed, which Keras never does: pack the archive again without compression"));
        }
        if member.size() > self.size {
            return Err(place.error(format!("it claims to have {} bytes, more than the whole file", member.size())));
        }
        let mut bytes = Vec::with_capacity(member.size() as usize);
        member.read_to_end(&mut bytes).map_err(|error| place.error(error))?;
        Ok(bytes)
    }
}

/// Writes an archive of these members.
pub(super) fn write(out: impl Write + Seek, members: &[(&str, &[u8])]) -> io::Result<()> {
    let mut zip = ZipWriter::new(out);
    for (name, bytes) in members {
        let large = bytes.len() as u64 >= u64::from(u32::MAX);
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(large);
        zip.start_file(*name, options)?;
        zip.write_all(bytes)?;
    }
    zip.finish()?.flush()
}
