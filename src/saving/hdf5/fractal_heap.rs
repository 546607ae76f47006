//! Fractal heaps, in which newer files store large numbers of links and attributes (specification, III.G).

use super::Result;
use super::btree2;
use super::fields::Fields;
use super::file::Walk;
use std::collections::HashMap;

/// A heap, and the blocks that have been read, by their offset.
pub(super) struct FractalHeap<'w, 'f> {
    walk: &'w Walk<'f>,
    /// The number of bytes of an object's identifier.
    pub(super) id: usize,
    /// The size of the largest object in a block.
    largest: u64,
    /// The offset of the tree of the objects that are too large for a block.
    huge: Option<u64>,
    /// The number of blocks in a row.
    width: u64,
    /// The size of the blocks of the first row.
    start: u64,
    /// The size of the largest direct blocks.
    direct: u64,
    /// The number of bits of an offset in the heap.
    bits: usize,
    root: Option<u64>,
    /// The number of rows of the root; the root is a direct block if this is 0.
    rows: u64,
    blocks: HashMap<u64, Vec<u8>>,
}

impl<'w, 'f> FractalHeap<'w, 'f> {
    pub(super) fn read(walk: &'w Walk<'f>, heap: u64) -> Result<Self> {
        let (offset, length) = (walk.file.offset, walk.file.length);
        let header = walk.checked(heap, (26 + 3 * offset + 12 * length) as u64)?;
        let mut fields = Fields::new(&header);
        fields.expect(b"FRHP\0")?;
        let id = fields.count(2)?;
        if fields.number(2)? != 0 {
            return Err("a heap of the file is compressed, which is not supported".to_string());
        }
        fields.skip(1)?;
        let largest = fields.number(4)?;
        fields.skip(length)?;
        let huge = fields.offset(offset)?;
        // These fields are the free space, and the sizes and numbers of objects.
        fields.skip(offset + 9 * length)?;
        let width = fields.number(2)?;
        let (start, direct) = (fields.number(length)?, fields.number(length)?);
        let bits = fields.count(2)?;
        fields.skip(2)?;
        let (root, rows) = (fields.offset(offset)?, fields.number(2)?);
        let is_sound = [width, start, direct].iter().all(|size| size.is_power_of_two())
            && start <= direct
            && direct <= 1 << 32
            && (1..=64).contains(&bits)
            && id > 0;
        if !is_sound {
            return Err("a heap of the file has blocks of impossible sizes".to_string());
        }
        Ok(Self { walk, id, largest, huge, width, start, direct, bits, root, rows, blocks: HashMap::new() })
    }

    /// Returns the object with this identifier.
    pub(super) fn object(&mut self, id: &[u8]) -> Result<Vec<u8>> {
        let mut fields = Fields::new(id);
        let first = fields.byte()?;
        match first >> 4 {
            0 => {
                let offset = fields.number(self.bits.div_ceil(8))?;
                let width = (self.direct.ilog2() as usize).div_ceil(8).min(self.largest.max(1).ilog2() as usize / 8 + 1);
                let size = fields.number(width)?;
                self.in_block(offset, size)
            }
            1 => self.huge(fields.rest()),
            2 => {
                let size = usize::from(first & 0xf) + 1;
                Ok(fields.take(size)?.to_vec())
            }
            _ => Err("a heap of the file has objects of an unknown kind".to_string()),
        }
    }

    /// Returns an object in a block, at this offset in the heap.
    fn in_block(&mut self, mut offset: u64, size: u64) -> Result<Vec<u8>> {
        const NOWHERE: &str = "a heap of the file has no block where an object should be";
        let mut block = self.root.ok_or(NOWHERE)?;
        let (mut rows, mut block_size) = (self.rows, self.start);
        // Row `r` has blocks of `start * 2^(r - 1)` bytes, except that row 0 has the same blocks as row 1.
        let first_row = self.start * self.width;
        let direct_rows = u64::from(self.direct.ilog2() - self.start.ilog2() + 2);
        while rows > 0 {
            let (row, row_offset) = match offset / first_row {
                0 => (0, 0),
                times => (u64::from(times.ilog2()) + 1, first_row << times.ilog2()),
            };
            block_size = self.start << row.saturating_sub(1);
            let column = (offset - row_offset) / block_size;
            if row >= rows {
                return Err(NOWHERE.to_string());
            }
            let entries = rows.checked_mul(self.width).filter(|&count| count <= self.walk.file.size()).ok_or(NOWHERE)?;
            let width = self.walk.file.offset;
            let head = 5 + width + self.bits.div_ceil(8);
            let whole = head as u64 + entries * width as u64 + 4;
            let entry = head + (row * self.width + column) as usize * width;
            let indirect = self.block(block, whole, b"FHIB", true)?;
            let mut fields = Fields::new(indirect.get(entry..).unwrap_or_default());
            block = fields.offset(width)?.ok_or(NOWHERE)?;
            offset -= row_offset + column * block_size;
            rows = match row < direct_rows {
                true => 0,
                // The part of the heap is smaller at each level, so the loop ends.
                false => u64::from((2 * block_size).ilog2().saturating_sub(first_row.ilog2())),
            };
        }
        self.walk.spend(size)?;
        // A direct block may have a checksum in the middle, which is not checked.
        let bytes = self.block(block, block_size, b"FHDB", false)?;
        let end = offset.checked_add(size).ok_or(NOWHERE)?;
        Ok(bytes.get(offset as usize..end as usize).ok_or(NOWHERE)?.to_vec())
    }

    fn block(&mut self, offset: u64, size: u64, signature: &[u8], checked: bool) -> Result<&[u8]> {
        if !self.blocks.contains_key(&offset) {
            let block = if checked { self.walk.checked(offset, size)? } else { self.walk.block(offset, size)? };
            Fields::new(&block).expect(signature)?;
            self.blocks.insert(offset, block);
        }
        Ok(&self.blocks[&offset])
    }

    /// Returns an object that is too large for a block.
    fn huge(&self, key: &[u8]) -> Result<Vec<u8>> {
        let (offset, length) = (self.walk.file.offset, self.walk.file.length);
        let mut fields = Fields::new(key);
        if key.len() >= offset + length {
            let at = fields.offset(offset)?.ok_or("a large object is missing in the file")?;
            return self.walk.block(at, fields.number(length)?);
        }
        let key = fields.number(key.len().min(8))?;
        let mut found = None;
        btree2::visit(self.walk, self.huge.ok_or("a heap of the file has no large objects")?, &mut |record| {
            let mut fields = Fields::new(record);
            let place = (fields.offset(offset)?, fields.number(length)?);
            if fields.number(length)? == key {
                found = Some(place);
            }
            Ok(())
        })?;
        match found {
            Some((Some(at), size)) => self.walk.block(at, size),
            _ => Err("a large object is missing in the file".to_string()),
        }
    }
}
