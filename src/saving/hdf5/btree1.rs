//! B-trees of version 1, which older files use for groups and for arrays in chunks (specification, III.A.1).

use super::Result;
use super::fields::Fields;
use super::file::Walk;

/// The kind of objects in a tree.
#[derive(Clone, Copy)]
pub(super) enum Leads {
    /// Tables of links.
    ToLinks,
    /// Chunks of an array with this number of dimensions.
    ToChunks(usize),
}

/// Calls `visit` with the key and the offset of each object in the tree, in order.
pub(super) fn visit(walk: &Walk, root: u64, leads: Leads, visit: &mut dyn FnMut(&[u8], u64) -> Result<()>) -> Result<()> {
    let (kind, key) = match leads {
        Leads::ToLinks => (0, walk.file.length),
        // The key has a size, a mask of filters, and the position of the chunk, with one more number for the bytes of a value.
        Leads::ToChunks(rank) => (1, 8 + 8 * (rank + 1)),
    };
    let start = 8 + 2 * walk.file.offset as u64;
    let entry = key + walk.file.offset;
    let mut nodes: Vec<(u64, Option<u8>)> = vec![(root, None)];
    while let Some((node, wanted)) = nodes.pop() {
        let first = walk.block(node, start)?;
        let mut fields = Fields::new(&first);
        fields.expect(b"TREE")?;
        let (found, level) = (fields.byte()?, fields.byte()?);
        if found != kind || wanted.is_some_and(|wanted| wanted != level) {
            return Err("a tree of the file has a node of another kind of tree".to_string());
        }
        let count = fields.count(2)?;
        let entries = walk.block(node + start, (count * entry) as u64)?;
        let mut below = Vec::new();
        for entry in entries.chunks_exact(entry) {
            let child = Fields::new(&entry[key..]).offset(walk.file.offset)?.ok_or("a tree of the file has a missing child")?;
            match level.checked_sub(1) {
                None => visit(&entry[..key], child)?,
                Some(level) => below.push((child, Some(level))),
            }
        }
        nodes.extend(below.into_iter().rev());
    }
    Ok(())
}
