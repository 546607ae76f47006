//! The superblock at the start of a file (specification, II.A), and the blocks of a file.

use super::Result;
use super::array::Array;
use super::attribute;
use super::checksum::checksum;
use super::fields::Fields;
use super::group::{Links, links};
use super::header::Header;
use crate::saving::source::Source;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io::Read;
use std::rc::Rc;

pub(super) const SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

/// An HDF5 file that is read.
pub(in crate::saving) struct File {
    source: Source,
    /// The number of bytes of an offset in the file.
    pub(super) offset: usize,
    /// The number of bytes of a length.
    pub(super) length: usize,
    root: u64,
    /// The links of the groups that have been read, by the offset of the group.
    known: RefCell<HashMap<u64, Rc<Links>>>,
}

impl File {
    pub(in crate::saving) fn open(source: Source) -> Result<Self> {
        let mut file = Self { source, offset: 8, length: 8, root: 0, known: RefCell::default() };
        let start = file.walk().block(0, file.size().min(96))?;
        let mut fields = Fields::new(&start);
        fields.expect(SIGNATURE).map_err(|_| "this is no HDF5 file")?;
        let version = fields.byte()?;
        let root = match version {
            0 | 1 => {
                fields.skip(4)?;
                let sizes = (fields.byte()?, fields.byte()?);
                fields.skip(if version == 0 { 9 } else { 13 })?;
                let (offset, length) = widths(sizes)?;
                // These fields are the start of the file, its free space, its end, its driver, and the name of the root.
                fields.skip(5 * offset)?;
                (offset, length, fields.offset(offset)?)
            }
            2 | 3 => {
                let (offset, length) = widths((fields.byte()?, fields.byte()?))?;
                fields.skip(1 + 3 * offset)?;
                let root = fields.offset(offset)?;
                let checked = start.len() - fields.rest().len();
                if fields.number(4)? != u64::from(checksum(&start[..checked])) {
                    return Err("the start of the file does not match its checksum".to_string());
                }
                (offset, length, root)
            }
            other => return Err(format!("the HDF5 format of the file has version {other}; versions 0 to 3 can be read")),
        };
        (file.offset, file.length) = (root.0, root.1);
        file.root = root.2.ok_or("the file has no root group")?;
        Ok(file)
    }

    pub(super) fn size(&self) -> u64 {
        self.source.len()
    }

    /// Starts a walk, which reads structures all over the file.
    pub(super) fn walk(&self) -> Walk<'_> {
        Walk { file: self, left: Cell::new(2 * self.size() + 4096) }
    }

    /// Reads bytes from this offset on.
    pub(super) fn read(&self, offset: u64, to: &mut [u8]) -> Result<()> {
        let end = offset.checked_add(to.len() as u64).filter(|&end| end <= self.size());
        let end = end.ok_or("the file refers to data after its end: it is incomplete or broken")?;
        self.source.part(offset..end).read_exact(to).map_err(|error| error.to_string())
    }

    /// Returns the offset of the object at this path; `None` if there is no such object.
    fn find(&self, walk: &Walk, path: &str) -> Result<Option<u64>> {
        let mut at = self.root;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            match self.links(walk, at)?.get(name) {
                None => return Ok(None),
                Some(None) => return Err(format!("`{name}` is a soft or external link, which is not supported")),
                Some(&Some(next)) => at = next,
            }
        }
        Ok(Some(at))
    }

    /// Returns the links of the group at this offset; an object that is not a group has no links.
    fn links(&self, walk: &Walk, group: u64) -> Result<Rc<Links>> {
        if let Some(links) = self.known.borrow().get(&group) {
            return Ok(links.clone());
        }
        let links = Rc::new(links(walk, &Header::read(walk, group)?)?);
        let mut known = self.known.borrow_mut();
        // A link has at least 40 bytes, unless the groups of a broken file overlap.
        let count: usize = known.values().map(|links| links.len()).sum();
        if count as u64 > self.size() / 40 {
            known.clear();
        }
        known.insert(group, links.clone());
        Ok(links)
    }

    /// Returns whether there is a group at this path.
    pub(in crate::saving) fn has_group(&self, path: &str) -> Result<bool> {
        let walk = self.walk();
        match self.find(&walk, path)? {
            None => Ok(false),
            Some(at) => Ok(Header::read(&walk, at)?.is_group()),
        }
    }

    /// Returns the names of all arrays in a group.
    pub(in crate::saving) fn arrays(&self, path: &str) -> Result<Vec<String>> {
        self.members(path, Header::is_array)
    }

    /// Returns the names of all groups in a group.
    pub(in crate::saving) fn groups(&self, path: &str) -> Result<Vec<String>> {
        self.members(path, Header::is_group)
    }

    fn members(&self, path: &str, is_wanted: fn(&Header) -> bool) -> Result<Vec<String>> {
        let walk = self.walk();
        let Some(group) = self.find(&walk, path)? else { return Ok(Vec::new()) };
        let mut members = Vec::new();
        for (name, &at) in self.links(&walk, group)?.iter() {
            if let Some(at) = at
                && is_wanted(&Header::read(&walk, at)?)
            {
                members.push(name.clone());
            }
        }
        Ok(members)
    }

    /// Returns the array at this path.
    pub(in crate::saving) fn array(&self, path: &str) -> Result<Array<'_>> {
        let walk = self.walk();
        let at = self.find(&walk, path)?.ok_or("the file has no such array")?;
        Array::new(self, &Header::read(&walk, at)?)
    }

    /// Returns the texts of the attributes of a group or an array whose names satisfy `wanted`.
    ///
    /// An attribute that does not hold texts, such as an empty list, has an empty list of texts.
    pub(in crate::saving) fn texts(&self, path: &str, wanted: impl Fn(&str) -> bool) -> Result<HashMap<String, Vec<String>>> {
        let walk = self.walk();
        let at = self.find(&walk, path)?.ok_or("the file has no such group")?;
        attribute::texts(&walk, &Header::read(&walk, at)?, wanted)
    }
}

/// Checks the widths of offsets and lengths, and returns them.
fn widths((offset, length): (u8, u8)) -> Result<(usize, usize)> {
    match [offset, length].iter().all(|width| [2, 4, 8].contains(width)) {
        true => Ok((offset.into(), length.into())),
        false => Err(format!("offsets of {offset} bytes and lengths of {length} bytes are not supported")),
    }
}

/// A walk through the structures of a file, with a limit on the number of bytes that it reads.
///
/// The structures of a valid file do not overlap, so a walk reads each byte at most twice; a walk that reads more is in a
/// cycle of a broken file.
pub(super) struct Walk<'f> {
    pub(super) file: &'f File,
    left: Cell<u64>,
}

impl Walk<'_> {
    /// Counts bytes that are read or allocated; fails at the limit.
    pub(super) fn spend(&self, bytes: u64) -> Result<()> {
        let left = self.left.get().checked_sub(bytes).ok_or("the structures of the file form a cycle: the file is broken")?;
        self.left.set(left);
        Ok(())
    }

    /// Reads the bytes of a structure.
    pub(super) fn block(&self, offset: u64, size: u64) -> Result<Vec<u8>> {
        self.spend(size)?;
        if offset.checked_add(size).is_none_or(|end| end > self.file.size()) {
            return Err("the file refers to data after its end: it is incomplete or broken".to_string());
        }
        let mut block = vec![0; size as usize];
        self.file.read(offset, &mut block)?;
        Ok(block)
    }

    /// Reads the bytes of a structure, and checks and removes the checksum at its end.
    pub(super) fn checked(&self, offset: u64, size: u64) -> Result<Vec<u8>> {
        let mut block = self.block(offset, size)?;
        let start = block.len().checked_sub(4).ok_or("a structure has no room for its checksum")?;
        if block[start..] != checksum(&block[..start]).to_le_bytes() {
            return Err("an HDF5 structure does not match its checksum: the file is broken".to_string());
        }
        block.truncate(start);
        Ok(block)
    }
}
