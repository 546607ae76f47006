//! Writes a whole file in this order: the superblock, the values of all arrays, the texts, and the object headers.
//!
//! The file has the newer structures, which HDF5 reads since version 1.8 (2008).

use super::Result;
use super::checksum::checksum;
use super::datatype::Number;
use super::file::SIGNATURE;
use super::header::{ATTRIBUTE, DATASPACE, DATATYPE, FILL_VALUE, GROUP_INFO, LAYOUT, LINK, LINK_INFO};
use std::io::{self, Write};

/// A group to be written, with its content.
#[derive(Default)]
pub(in crate::saving) struct Tree {
    pub(in crate::saving) arrays: Vec<(String, NewArray)>,
    pub(in crate::saving) groups: Vec<(String, Tree)>,
    /// The names and texts of attributes with one text each.
    pub(in crate::saving) texts: Vec<(String, String)>,
}

/// An array to be written; the bytes are those of the file.
pub(in crate::saving) struct NewArray {
    pub(in crate::saving) number: Number,
    pub(in crate::saving) shape: Vec<u64>,
    pub(in crate::saving) bytes: Vec<u8>,
}

const SUPERBLOCK: u64 = 48;
const NOWHERE: [u8; 8] = [0xff; 8];

/// Writes a file with this group as its root.
pub(in crate::saving) fn write(root: &Tree, out: &mut dyn Write) -> io::Result<()> {
    let mut plan = Plan { data_end: SUPERBLOCK, data: Vec::new(), base: SUPERBLOCK + size(root), structures: Vec::new() };
    let mut texts = plan.add_texts(root).into_iter();
    let root = plan.add_group(root, &mut texts).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let end = plan.base + plan.structures.len() as u64;
    let mut superblock = Vec::from(SIGNATURE);
    // The fields are the version 2, the widths of offsets and lengths, and no flags.
    superblock.extend([2, 8, 8, 0]);
    // The fields are the start of the file, no extension, the end of the file, and the root.
    for field in [[0; 8], NOWHERE, end.to_le_bytes(), root.to_le_bytes()] {
        superblock.extend(field);
    }
    superblock.extend(checksum(&superblock).to_le_bytes());
    out.write_all(&superblock)?;
    for bytes in plan.data {
        out.write_all(bytes)?;
        out.write_all(&[0; 8][..padded(bytes.len()) - bytes.len()])?;
    }
    out.write_all(&plan.structures)
}

/// Rounds a size up to a multiple of eight bytes, to which values and structures are aligned.
fn padded(size: usize) -> usize {
    size.next_multiple_of(8)
}

/// Returns the number of bytes of the values of all arrays in the file.
fn size(group: &Tree) -> u64 {
    let arrays = group.arrays.iter().map(|(_, array)| padded(array.bytes.len()) as u64);
    arrays.chain(group.groups.iter().map(|(_, inner)| size(inner))).sum()
}

/// Adds all texts of attributes to `to`, in the order in which groups are written.
fn texts<'a>(group: &'a Tree, to: &mut Vec<&'a str>) {
    to.extend(group.texts.iter().map(|(_, text)| text.as_str()));
    group.groups.iter().for_each(|(_, inner)| texts(inner, to));
}

/// The content of the file: first the values of all arrays, then all structures.
struct Plan<'a> {
    data: Vec<&'a [u8]>,
    data_end: u64,
    /// The offset of the first structure.
    base: u64,
    structures: Vec<u8>,
}

/// The reference of an attribute to a text: the size, the offset of the collection, and the number in the collection.
type TextReference = Vec<u8>;

impl<'a> Plan<'a> {
    /// Adds a structure and returns its offset.
    fn add(&mut self, structure: &[u8]) -> u64 {
        let at = self.base + self.structures.len() as u64;
        self.structures.extend(structure);
        self.structures.resize(padded(self.structures.len()), 0);
        at
    }

    /// Adds all texts and returns the references to them (specification, III.E).
    fn add_texts(&mut self, root: &Tree) -> Vec<TextReference> {
        let mut all = Vec::new();
        texts(root, &mut all);
        let mut references = Vec::new();
        // The number of a text has 16 bits, and 0 stands for the free space.
        for texts in all.chunks(1 << 15) {
            let mut objects = Vec::new();
            let at = self.base + self.structures.len() as u64;
            for (number, text) in (1_u32..).zip(texts) {
                objects.extend((number as u16).to_le_bytes());
                // There is one reference to the text.
                objects.extend([1, 0, 0, 0, 0, 0]);
                objects.extend((text.len() as u64).to_le_bytes());
                objects.extend(text.as_bytes());
                objects.resize(padded(objects.len()), 0);
                references.push([&(text.len() as u32).to_le_bytes()[..], &at.to_le_bytes(), &number.to_le_bytes()].concat());
            }
            // HDF5 requires at least 4096 bytes; the unused bytes are free space.
            let size = (16 + objects.len() + 16).max(4096);
            let free = (size - 16 - objects.len()) as u64;
            let start = [&b"GCOL\x01\0\0\0"[..], &(size as u64).to_le_bytes()].concat();
            let mut collection = [start, objects, vec![0; 8], free.to_le_bytes().to_vec()].concat();
            collection.resize(size, 0);
            self.add(&collection);
        }
        references
    }

    /// Adds a group with its content and returns its offset.
    fn add_group(&mut self, group: &'a Tree, texts: &mut std::vec::IntoIter<TextReference>) -> Result<u64> {
        let mut header = Messages::default();
        // The messages are version 0 without an order of links, a heap or a tree, and version 0 without numbers.
        header.add(LINK_INFO, &[&[0, 0], &NOWHERE[..], &NOWHERE].concat())?;
        header.add(GROUP_INFO, &[0, 0])?;
        for ((name, _), reference) in group.texts.iter().zip(&mut *texts) {
            header.add(ATTRIBUTE, &text_attribute(name, &reference)?)?;
        }
        for (name, array) in &group.arrays {
            let at = self.add_array(array)?;
            header.add(LINK, &link(name, at)?)?;
        }
        for (name, inner) in &group.groups {
            let at = self.add_group(inner, texts)?;
            header.add(LINK, &link(name, at)?)?;
        }
        Ok(self.add(&header.finish()?))
    }

    fn add_array(&mut self, array: &'a NewArray) -> Result<u64> {
        let mut header = Messages::default();
        header.add(DATASPACE, &dataspace(&array.shape))?;
        header.add(DATATYPE, &array.number.message())?;
        // The fields are the version 3, and flags: memory is allocated late and filled only if a fill value is set.
        header.add(FILL_VALUE, &[3, 0b1010])?;
        let size = array.bytes.len() as u64;
        let at = if size == 0 { NOWHERE } else { self.data_end.to_le_bytes() };
        // The fields are the version 3 and the contiguous layout.
        header.add(LAYOUT, &[&[3, 1], &at[..], &size.to_le_bytes()].concat())?;
        self.data_end += padded(array.bytes.len()) as u64;
        self.data.push(&array.bytes);
        Ok(self.add(&header.finish()?))
    }
}

/// The messages of an object header of version 2 (specification, IV.A.1.b).
#[derive(Default)]
struct Messages(Vec<u8>);

impl Messages {
    fn add(&mut self, kind: u16, body: &[u8]) -> Result<()> {
        let size = u16::try_from(body.len()).map_err(|_| "a name is longer than HDF5 allows")?;
        self.0.push(kind as u8);
        self.0.extend(size.to_le_bytes());
        // There are no flags.
        self.0.push(0);
        self.0.extend(body);
        Ok(())
    }

    fn finish(self) -> Result<Vec<u8>> {
        let size = u32::try_from(self.0.len()).map_err(|_| "a group has more in it than HDF5 allows")?;
        // The fields are the version 2, and flags: the size has four bytes.
        let mut header = [&b"OHDR\x02\x02"[..], &size.to_le_bytes(), &self.0].concat();
        header.extend(checksum(&header).to_le_bytes());
        Ok(header)
    }
}

/// Returns the message of a link to an object (specification, IV.A.2.g).
fn link(name: &str, at: u64) -> Result<Vec<u8>> {
    let size = u16::try_from(name.len()).map_err(|_| "a name is longer than HDF5 allows")?;
    // The fields are the version 1, flags (the encoding is given, the size of the name has two bytes), and UTF-8.
    Ok([&[1, 0x11, 1], &size.to_le_bytes()[..], name.as_bytes(), &at.to_le_bytes()].concat())
}

/// Returns the message of an attribute with one text of any length (specification, IV.A.2.m).
fn text_attribute(name: &str, reference: &[u8]) -> Result<Vec<u8>> {
    let name = [name.as_bytes(), &[0]].concat();
    let name_size = u16::try_from(name.len()).map_err(|_| "a name is longer than HDF5 allows")?;
    // The type is class 9 of version 1, a text in UTF-8 with a reference of 16 bytes. It contains the type of a byte: class 0
    // of version 1, with one byte and 8 bits from bit 0.
    let datatype = [0x19, 1, 1, 0, 16, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0];
    let dataspace = dataspace(&[]);
    let mut message = vec![3, 0];
    for size in [name_size, datatype.len() as u16, dataspace.len() as u16] {
        message.extend(size.to_le_bytes());
    }
    message.push(1);
    Ok([&message, &name[..], &datatype, &dataspace, reference].concat())
}

/// Returns the message of the number of values in each dimension (specification, IV.A.2.b).
fn dataspace(shape: &[u64]) -> Vec<u8> {
    // The fields are the version 2, no largest extents, and the kind: a single value or an array.
    let mut message = vec![2, shape.len() as u8, 0, u8::from(!shape.is_empty())];
    message.extend(shape.iter().flat_map(|extent| extent.to_le_bytes()));
    message
}
