//! Attributes (specification, IV.A.2.m); only texts are read.

use super::Result;
use super::btree2;
use super::dataspace;
use super::datatype::Datatype;
use super::fields::Fields;
use super::file::Walk;
use super::fractal_heap::FractalHeap;
use super::global_heap::GlobalHeap;
use super::header::{ATTRIBUTE, ATTRIBUTE_INFO, Header};
use std::collections::HashMap;

/// Returns the texts of the attributes whose names satisfy `wanted`; an attribute without texts has an empty list.
pub(super) fn texts(walk: &Walk, header: &Header, wanted: impl Fn(&str) -> bool) -> Result<HashMap<String, Vec<String>>> {
    let mut found = HashMap::new();
    let mut heap = GlobalHeap::default();
    let mut add = |message: &[u8]| -> Result<()> {
        let attribute = Attribute::read(message)?;
        if wanted(&attribute.name) {
            let texts = attribute.texts(walk, &mut heap).map_err(|error| format!("attribute `{}`: {error}", attribute.name))?;
            found.insert(attribute.name, texts);
        }
        Ok(())
    };
    for message in header.all(ATTRIBUTE) {
        add(message?)?;
    }
    if let Some(info) = header.first(ATTRIBUTE_INFO)? {
        let mut fields = Fields::new(info);
        fields.skip(1)?;
        let ordered = fields.byte()? & 1 != 0;
        fields.skip(if ordered { 2 } else { 0 })?;
        if let (Some(heap), Some(names)) = (fields.offset(walk.file.offset)?, fields.offset(walk.file.offset)?) {
            let mut heap = FractalHeap::read(walk, heap)?;
            // Each record starts with the identifier of the attribute in the heap.
            btree2::visit(walk, names, &mut |record| {
                let id = Fields::new(record).take(heap.id)?;
                // The flags after the identifier say whether the attribute is shared.
                if record.get(heap.id).is_some_and(|flags| flags & 2 != 0) {
                    return Err("an attribute is shared with other objects, which is not supported".to_string());
                }
                add(&heap.object(id)?)
            })?;
        }
    }
    Ok(found)
}

/// An attribute whose name has been read, with the bytes of its type, shape and values.
struct Attribute<'a> {
    name: String,
    datatype: &'a [u8],
    dataspace: &'a [u8],
    value: &'a [u8],
    /// True if the type or the shape is stored elsewhere.
    shared: bool,
}

impl<'a> Attribute<'a> {
    fn read(message: &'a [u8]) -> Result<Self> {
        let mut fields = Fields::new(message);
        let version = fields.byte()?;
        if !(1..=3).contains(&version) {
            return Err(format!("an attribute has version {version}; versions 1 to 3 can be read"));
        }
        let shared = fields.byte()? & 3 != 0 && version > 1;
        let sizes = [fields.count(2)?, fields.count(2)?, fields.count(2)?];
        fields.skip(usize::from(version == 3))?;
        let mut parts = [&[][..]; 3];
        for (part, size) in parts.iter_mut().zip(sizes) {
            *part = fields.take(size)?;
            if version == 1 {
                fields.align();
            }
        }
        let [name, datatype, dataspace] = parts;
        let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
        Ok(Self { name: String::from_utf8_lossy(name).into_owned(), datatype, dataspace, value: fields.rest(), shared })
    }

    fn texts(&self, walk: &Walk, heap: &mut GlobalHeap) -> Result<Vec<String>> {
        if self.shared {
            return Err("its type is a named datatype, which is not supported".to_string());
        }
        let count = dataspace::count(&dataspace::shape(self.dataspace, walk.file.length)?).unwrap_or(u64::MAX);
        let (size, spaces) = match Datatype::read(self.datatype)? {
            Datatype::Text { size, spaces } => (size, spaces),
            Datatype::HeapText => (8 + walk.file.offset, false),
            Datatype::Number(_) | Datatype::Other(_) => return Ok(Vec::new()),
        };
        if count.checked_mul(size.max(1) as u64).is_none_or(|bytes| bytes > self.value.len() as u64) {
            return Err("its shape requires more values than the attribute has".to_string());
        }
        let values = self.value.chunks_exact(size.max(1)).take(count as usize);
        match Datatype::read(self.datatype)? {
            Datatype::HeapText => values.map(|value| in_heap(walk, heap, value)).collect(),
            _ => Ok(values.map(|value| fixed(&value[..size], spaces)).collect()),
        }
    }
}

/// Returns a text in the global heap; `value` has its size and its position in the heap.
fn in_heap(walk: &Walk, heap: &mut GlobalHeap, value: &[u8]) -> Result<String> {
    let mut fields = Fields::new(value);
    let size = fields.count(4)?;
    if size == 0 {
        return Ok(String::new());
    }
    let object = heap.object(walk, &mut fields)?;
    walk.spend(size as u64)?;
    let text = object.get(..size).ok_or("a text is incomplete")?;
    Ok(String::from_utf8_lossy(text).trim_end_matches('\0').to_string())
}

/// Returns a text of a fixed size without the padding.
fn fixed(bytes: &[u8], spaces: bool) -> String {
    let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    let text = String::from_utf8_lossy(text);
    if spaces { text.trim_end_matches(' ').to_string() } else { text.into_owned() }
}
