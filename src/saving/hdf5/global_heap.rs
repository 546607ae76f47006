//! The global heap, in which texts of any length are stored (specification, III.E).

use super::Result;
use super::fields::Fields;
use super::file::Walk;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

/// The collections of the heap that have been read, by their offset.
#[derive(Default)]
pub(super) struct GlobalHeap(HashMap<u64, Collection>);

struct Collection {
    bytes: Vec<u8>,
    objects: HashMap<u64, Range<usize>>,
}

impl GlobalHeap {
    /// Returns the object to which a reference points; the reference is the offset of a collection and a number in it.
    pub(super) fn object(&mut self, walk: &Walk, reference: &mut Fields) -> Result<&[u8]> {
        let offset = reference.offset(walk.file.offset)?.ok_or("the position of a text is missing in the file")?;
        let number = reference.number(4)?;
        let collection = match self.0.entry(offset) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(Collection::read(walk, offset)?),
        };
        let range = collection.objects.get(&number).ok_or("a text is missing at the position given by the file")?;
        Ok(&collection.bytes[range.clone()])
    }
}

impl Collection {
    fn read(walk: &Walk, offset: u64) -> Result<Self> {
        let width = walk.file.length;
        let start = walk.block(offset, (8 + width) as u64)?;
        let bytes = walk.block(offset, Fields::new(&start[8..]).number(width)?)?;
        let mut fields = Fields::new(&bytes);
        fields.expect(b"GCOL\x01")?;
        fields.skip(3 + width)?;
        let mut objects = HashMap::new();
        while fields.rest().len() >= 8 + width {
            let number = fields.number(2)?;
            // These bytes are the number of references to the object, and unused bytes.
            fields.skip(6)?;
            let size = fields.count(width)?;
            // The rest of the collection is free.
            if number == 0 {
                break;
            }
            let start = bytes.len() - fields.rest().len();
            fields.skip(size)?;
            fields.align();
            objects.insert(number, start..start + size);
        }
        Ok(Self { bytes, objects })
    }
}
