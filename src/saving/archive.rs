//! Zip archives with uncompressed members, which is the format of a `.keras` file.

use super::place::Place;
use super::source::Source;
use crate::base::Result;
use std::io::{self, Read, Seek, Write};
use zip::read::ZipFile;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The number of bytes of a member that are checked at once.
const BUFFER: usize = 1 << 16;

/// An archive that is read. Its members are never unpacked to the disk.
pub(super) struct Archive {
    zip: ZipArchive<Source>,
    source: Source,
    place: Place,
}

impl Archive {
    /// Opens an archive and checks the names of its members.
    pub(super) fn open(source: Source, place: &Place) -> Result<Self> {
        let zip = ZipArchive::new(source.clone()).map_err(|error| place.error(format!("not a complete zip archive: {error}")))?;
        if zip.has_duplicate_names() {
            return Err(place.error("two members of the archive have the same name"));
        }
        for index in 0..zip.len() {
            let name = zip.name_for_index(index).and_then(Result::ok).unwrap_or_default();
            let leads_out = name.starts_with('/') || name.contains(['\\', ':', '\0']) || name.split('/').any(|part| part == "..");
            if name.is_empty() || leads_out {
                return Err(place.error(format!("a member is named {name:?}, which is not allowed in an archive")));
            }
        }
        Ok(Self { zip, source, place: place.clone() })
    }

    /// Returns the names of all members.
    pub(super) fn names(&self) -> Vec<String> {
        self.zip.file_names().filter_map(Result::ok).map(|name| name.into_owned()).collect()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// Returns the bytes of a member, after a check of its checksum.
    pub(super) fn member(&mut self, name: &str) -> Result<Vec<u8>> {
        let (mut member, place) = self.find(name)?;
        let mut bytes = Vec::with_capacity(member.size() as usize);
        member.read_to_end(&mut bytes).map_err(|error| place.error(error))?;
        Ok(bytes)
    }

    /// Returns a member as a [`Source`] without a copy of its bytes, after a check of its checksum.
    pub(super) fn part(&mut self, name: &str) -> Result<Source> {
        let (mut member, place) = self.find(name)?;
        let mut buffer = vec![0; BUFFER];
        while member.read(&mut buffer).map_err(|error| place.error(error))? > 0 {}
        let start = member.data_start().ok_or_else(|| place.error("its position in the archive is missing"))?;
        let end = start.saturating_add(member.size());
        drop(member);
        Ok(self.source.part(start..end))
    }

    fn find(&mut self, name: &str) -> Result<(ZipFile<'_, Source>, Place)> {
        let place = self.place.member(name);
        if !self.has(name) {
            return Err(place.error("the archive has no such member; is this a file that Keras 3 saved?"));
        }
        let member = self.zip.by_name(name).map_err(|error| place.error(error))?;
        if member.compression() != CompressionMethod::Stored {
            return Err(place.error("it is compressed, which Keras never does: pack the archive again without compression"));
        }
        if member.size() > self.source.len() {
            return Err(place.error(format!("its size is given as {} bytes, which is more than the whole file", member.size())));
        }
        Ok((member, place))
    }
}

/// An archive that is being written.
pub(super) struct Writer<W: Write + Seek>(ZipWriter<W>);

impl<W: Write + Seek> Writer<W> {
    pub(super) fn new(out: W) -> Self {
        Self(ZipWriter::new(out))
    }

    /// Adds a member of approximately `size` bytes, which `content` writes.
    pub(super) fn add(
        &mut self,
        name: &str,
        size: usize,
        content: impl FnOnce(&mut ZipWriter<W>) -> io::Result<()>,
    ) -> io::Result<()> {
        // This is half of the limit of the small format, because `size` is not exact.
        let large = size as u64 > u64::from(u32::MAX / 2);
        self.0.start_file(name, SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(large))?;
        content(&mut self.0)
    }

    pub(super) fn finish(self) -> io::Result<()> {
        self.0.finish()?.flush()
    }
}
