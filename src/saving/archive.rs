//! Zip archives with uncompressed members, which is the format of a `.keras` file.

use super::place::Place;
use super::source::Source;
use crate::base::Result;
use rawzip::{
    CompressionMethod, RECOMMENDED_BUFFER_SIZE, ReaderAt, ZipArchive, ZipArchiveEntryWayfinder, ZipArchiveWriter, ZipLocator,
};
use std::collections::HashSet;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// An archive that is read. Its members are never unpacked to the disk.
pub(super) struct Archive {
    zip: ZipArchive<Source>,
    members: Vec<Member>,
    place: Place,
}

/// What the directory of an archive says about a member.
struct Member {
    name: String,
    compression: CompressionMethod,
    entry: ZipArchiveEntryWayfinder,
}

impl Archive {
    /// Opens an archive and checks the names of its members.
    pub(super) fn open(source: Source, place: &Place) -> Result<Self> {
        let broken = |error: rawzip::Error| place.error(format!("not a complete zip archive: {error}"));
        let (size, mut buffer) = (source.len(), vec![0; RECOMMENDED_BUFFER_SIZE]);
        let zip = ZipLocator::new().locate_in_reader(source, &mut buffer, size).map_err(|(_, error)| broken(error))?;
        let (mut members, mut names) = (Vec::new(), HashSet::new());
        let mut entries = zip.entries(&mut buffer);
        while let Some(entry) = entries.next_entry().map_err(broken)? {
            let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
            let leads_out = name.starts_with('/') || name.contains(['\\', ':', '\0']) || name.split('/').any(|part| part == "..");
            if name.is_empty() || leads_out {
                return Err(place.error(format!("a member is named {name:?}, which is not allowed in an archive")));
            }
            if !names.insert(name.clone()) {
                return Err(place.error("two members of the archive have the same name"));
            }
            members.push(Member { name, compression: entry.compression_method(), entry: entry.wayfinder() });
        }
        if members.len() as u64 != zip.entries_hint() {
            return Err(place.error("not a complete zip archive: its directory has another number of members than its end says"));
        }
        Ok(Self { zip, members, place: place.clone() })
    }

    /// Returns the names of all members.
    pub(super) fn names(&self) -> Vec<String> {
        self.members.iter().map(|member| member.name.clone()).collect()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.members.iter().any(|member| member.name == name)
    }

    /// Returns the bytes of a member, after a check of its checksum.
    pub(super) fn member(&self, name: &str) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.read(name, |reader, size| {
            bytes.reserve_exact(size);
            reader.read_to_end(&mut bytes)
        })?;
        Ok(bytes)
    }

    /// Returns a member as a [`Source`] without a copy of its bytes, after a check of its checksum.
    pub(super) fn part(&self, name: &str) -> Result<Source> {
        let (start, end) = self.read(name, |reader, _| {
            let mut buffer = vec![0; RECOMMENDED_BUFFER_SIZE];
            while reader.read(&mut buffer)? > 0 {}
            Ok(())
        })?;
        Ok(self.zip.get_ref().part(start..end))
    }

    /// Reads a member to its end, where its checksum is checked, and returns its place in the archive.
    fn read<N>(&self, name: &str, read: impl FnOnce(&mut dyn Read, usize) -> io::Result<N>) -> Result<(u64, u64)> {
        let place = self.place.member(name);
        let Some(member) = self.members.iter().find(|member| member.name == name) else {
            return Err(place.error("the archive has no such member; is this a file that Keras 3 saved?"));
        };
        if member.compression != CompressionMethod::STORE {
            return Err(place.error("it is compressed, which Keras never does: pack the archive again without compression"));
        }
        let (size, whole) = (member.entry.compressed_size_hint(), self.zip.get_ref().len());
        if size > whole {
            return Err(place.error(format!("its size is given as {size} bytes, which is more than the whole file")));
        }
        let entry = self.zip.get_entry(member.entry).map_err(|error| place.error(error))?;
        read(&mut entry.verifying_reader(entry.reader()), size as usize).map_err(|error| place.error(error))?;
        Ok(entry.compressed_data_range())
    }
}

impl ReaderAt for Source {
    fn read_at(&self, buffer: &mut [u8], start: u64) -> io::Result<usize> {
        let mut source = self.clone();
        source.seek(SeekFrom::Start(start))?;
        source.read(buffer)
    }
}

/// An archive that is being written.
pub(super) struct Writer<'w>(ZipArchiveWriter<&'w mut dyn Write>);

impl<'w> Writer<'w> {
    pub(super) fn new(out: &'w mut dyn Write) -> Self {
        Self(ZipArchiveWriter::new(out))
    }

    /// Adds a member, which `content` writes.
    pub(super) fn add(&mut self, name: &str, content: &dyn Fn(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let (mut entry, checksum) = self.0.new_file(name).start().map_err(io::Error::other)?;
        let mut member = checksum.wrap(&mut entry);
        content(&mut member)?;
        let (_, sums) = member.finish().map_err(io::Error::other)?;
        entry.finish(sums).map_err(io::Error::other)?;
        Ok(())
    }

    pub(super) fn finish(self) -> io::Result<()> {
        self.0.finish().map_err(io::Error::other)?.flush()
    }

    /// Ends the archive with a comment, which is the end of its bytes.
    pub(super) fn finish_with(mut self, comment: &str) -> io::Result<()> {
        self.0.set_comment(comment);
        self.finish()
    }
}
