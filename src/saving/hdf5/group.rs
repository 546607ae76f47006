//! The links of a group. Older files have them in a symbol table (specification, III.B to D), newer files in messages
//! (IV.A.2.g), or in a fractal heap if there are many.

use super::Result;
use super::btree1::{self, Leads};
use super::btree2;
use super::fields::Fields;
use super::file::Walk;
use super::fractal_heap::FractalHeap;
use super::header::{Header, LINK, LINK_INFO, SYMBOL_TABLE};
use std::collections::BTreeMap;

/// The offset of the object of each name; `None` if the link is a soft or an external link.
pub(super) type Links = BTreeMap<String, Option<u64>>;

/// Returns the links of a group; an object that is not a group has no links.
pub(super) fn links(walk: &Walk, group: &Header) -> Result<Links> {
    let mut links = Links::new();
    if let Some(table) = group.first(SYMBOL_TABLE)? {
        in_table(walk, table, &mut links)?;
    }
    for message in group.all(LINK) {
        add(walk, message?, &mut links)?;
    }
    if let Some(info) = group.first(LINK_INFO)? {
        let mut fields = Fields::new(info);
        fields.skip(1)?;
        let ordered = fields.byte()? & 1 != 0;
        fields.skip(if ordered { 8 } else { 0 })?;
        if let (Some(heap), Some(names)) = (fields.offset(walk.file.offset)?, fields.offset(walk.file.offset)?) {
            let mut heap = FractalHeap::read(walk, heap)?;
            // Each record has the hash of the name, and then the identifier of the link in the heap.
            btree2::visit(walk, names, &mut |record| {
                let mut id = Fields::new(record);
                id.skip(4)?;
                let message = heap.object(id.take(heap.id)?)?;
                add(walk, &message, &mut links)
            })?;
        }
    }
    Ok(links)
}

/// Adds the link of a message.
fn add(walk: &Walk, message: &[u8], links: &mut Links) -> Result<()> {
    let mut fields = Fields::new(message);
    fields.expect(&[1])?;
    let flags = fields.byte()?;
    let kind = if flags & 8 != 0 { fields.byte()? } else { 0 };
    // These fields are the creation order of the link, and the encoding of the name.
    fields.skip(if flags & 4 != 0 { 8 } else { 0 } + if flags & 0x10 != 0 { 1 } else { 0 })?;
    let size = fields.count(1 << (flags & 3))?;
    let name = fields.take(size)?;
    let object = if kind == 0 { fields.offset(walk.file.offset)? } else { None };
    keep(walk, name, object, links)
}

fn keep(walk: &Walk, name: &[u8], object: Option<u64>, links: &mut Links) -> Result<()> {
    walk.spend(name.len() as u64)?;
    links.insert(String::from_utf8_lossy(name).into_owned(), object);
    Ok(())
}

/// Adds the links of a symbol table.
fn in_table(walk: &Walk, table: &[u8], links: &mut Links) -> Result<()> {
    let (offset, length) = (walk.file.offset, walk.file.length);
    let mut fields = Fields::new(table);
    let (Some(tree), Some(heap)) = (fields.offset(offset)?, fields.offset(offset)?) else { return Ok(()) };
    let heap = walk.block(heap, (8 + 2 * length + offset) as u64)?;
    let mut fields = Fields::new(&heap);
    fields.expect(b"HEAP\0")?;
    fields.skip(3)?;
    let size = fields.number(length)?;
    fields.skip(length)?;
    let names = walk.block(fields.offset(offset)?.ok_or("the names of a group are missing")?, size)?;
    btree1::visit(walk, tree, Leads::ToLinks, &mut |_, table| {
        let head = walk.block(table, 8)?;
        let mut fields = Fields::new(&head);
        fields.expect(b"SNOD\x01\0")?;
        let entry = 2 * offset + 24;
        let entries = walk.block(table + 8, fields.number(2)? * entry as u64)?;
        for entry in entries.chunks_exact(entry) {
            let mut fields = Fields::new(entry);
            let start = fields.count(offset)?;
            let object = fields.offset(offset)?;
            let name = names.get(start..).and_then(|name| name.split(|&byte| byte == 0).next());
            // A soft link has the type 2.
            let is_soft = fields.number(4)? == 2;
            keep(walk, name.ok_or("a name of a group is missing")?, object.filter(|_| !is_soft), links)?;
        }
        Ok(())
    })
}
