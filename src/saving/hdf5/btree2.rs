//! B-trees of version 2, which newer files use for large numbers of links and attributes (specification, III.A.2).

use super::Result;
use super::fields::Fields;
use super::file::Walk;

const NO_ROOM: &str = "a tree of the file has nodes that are too small";

/// Calls `visit` with each record of the tree.
pub(super) fn visit(walk: &Walk, tree: u64, visit: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let widths = (walk.file.offset, walk.file.length);
    let header = walk.checked(tree, (22 + widths.0 + widths.1) as u64)?;
    let mut fields = Fields::new(&header);
    fields.expect(b"BTHD\0")?;
    let kind = fields.byte()?;
    let (node_size, record, depth) = (fields.count(4)?, fields.count(2)?, fields.count(2)?);
    fields.skip(2)?;
    let (root, count) = (fields.offset(widths.0)?, fields.count(2)?);
    let Some(root) = root else { return Ok(()) };
    let room = node_size.checked_sub(10).filter(|_| record > 0).ok_or(NO_ROOM)?;
    let pointers = pointers(room, record, depth, widths.0)?;
    let mut nodes = vec![(root, count, depth)];
    while let Some((node, count, level)) = nodes.pop() {
        if count > room / record {
            return Err("a tree of the file has more records than a node can hold".to_string());
        }
        let records = count * record;
        let below = if level == 0 { 0 } else { (count + 1) * pointers[level].size };
        let block = walk.checked(node, (10 + records + below) as u64)?;
        let mut fields = Fields::new(&block);
        fields.expect(if level == 0 { b"BTLF\0" } else { b"BTIN\0" })?;
        fields.expect(&[kind])?;
        for _ in 0..count {
            visit(fields.take(record)?)?;
        }
        for _ in 0..if level == 0 { 0 } else { count + 1 } {
            let child = fields.offset(widths.0)?.ok_or("a tree of the file has a missing child")?;
            let count = fields.count(pointers[0].count)?;
            fields.skip(pointers[level].size - widths.0 - pointers[0].count)?;
            nodes.push((child, count, level - 1));
        }
    }
    Ok(())
}

/// The format of the pointers to child nodes, for the nodes of one level.
struct Pointers {
    /// The number of bytes of a pointer.
    size: usize,
    /// The number of bytes of the number of records in a child node; for higher levels, of the number in the child and below.
    count: usize,
}

/// Returns the formats of the pointers of all levels, from the leaves, which have no pointers, to the root.
fn pointers(room: usize, record: usize, depth: usize, offset: usize) -> Result<Vec<Pointers>> {
    let mut all_below = room / record;
    let mut levels = vec![Pointers { size: 0, count: width(all_below) }];
    for level in 1..=depth {
        let size = offset + levels[0].count + if level == 1 { 0 } else { levels[level - 1].count };
        let most = room.saturating_sub(size) / (record + size);
        let total = Some(most)
            .filter(|&most| most > 0)
            .ok_or(NO_ROOM)?
            .checked_add(1)
            .and_then(|nodes| nodes.checked_mul(all_below)?.checked_add(most));
        all_below = total.ok_or("a tree of the file is too deep")?;
        levels.push(Pointers { size, count: width(all_below) });
    }
    Ok(levels)
}

/// Returns the number of bytes that the format uses for numbers up to `most`.
fn width(most: usize) -> usize {
    most.max(1).ilog2() as usize / 8 + 1
}
