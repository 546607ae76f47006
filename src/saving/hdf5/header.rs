//! Object headers: the messages that describe a group or an array (specification, IV.A).

use super::Result;
use super::fields::Fields;
use super::file::Walk;

pub(super) const DATASPACE: u16 = 0x01;
pub(super) const LINK_INFO: u16 = 0x02;
pub(super) const DATATYPE: u16 = 0x03;
pub(super) const FILL_VALUE: u16 = 0x05;
pub(super) const LINK: u16 = 0x06;
pub(super) const LAYOUT: u16 = 0x08;
pub(super) const GROUP_INFO: u16 = 0x0a;
pub(super) const FILTERS: u16 = 0x0b;
pub(super) const ATTRIBUTE: u16 = 0x0c;
const CONTINUATION: u16 = 0x10;
pub(super) const SYMBOL_TABLE: u16 = 0x11;
pub(super) const ATTRIBUTE_INFO: u16 = 0x15;

/// The kind of a message, and its position in the header.
struct Message {
    kind: u16,
    /// True if the bytes are only a reference to a message that is stored elsewhere.
    shared: bool,
    block: u32,
    start: u32,
    size: u16,
}

/// All messages of an object, and the blocks that contain them.
#[derive(Default)]
pub(super) struct Header {
    messages: Vec<Message>,
    blocks: Vec<Vec<u8>>,
}

/// The format of the messages in a header.
#[derive(Clone, Copy)]
enum Form {
    /// Version 1, with eight bytes before each message.
    Old,
    /// Version 2; `ordered` if each message has its creation order.
    New { ordered: bool },
}

impl Header {
    pub(super) fn read(walk: &Walk, offset: u64) -> Result<Self> {
        let start = walk.block(offset, 6)?;
        let (form, first) = match start[..4] == *b"OHDR" {
            true => new_start(walk, offset, &start)?,
            false => old_start(walk, offset)?,
        };
        let mut header = Self::default();
        let mut continued = header.add(walk, form, first)?;
        while let Some((offset, size)) = continued.pop() {
            let block = match form {
                Form::Old => walk.block(offset, size)?,
                Form::New { .. } => {
                    let mut block = walk.checked(offset, size)?;
                    Fields::new(&block).expect(b"OCHK")?;
                    block.drain(..4);
                    block
                }
            };
            continued.extend(header.add(walk, form, block)?);
        }
        Ok(header)
    }

    /// Adds the messages of a block, and returns the offsets and sizes of the blocks that continue it.
    fn add(&mut self, walk: &Walk, form: Form, block: Vec<u8>) -> Result<Vec<(u64, u64)>> {
        if block.len() > u32::MAX as usize {
            return Err("an object's header is larger than HDF5 allows".to_string());
        }
        let mut continued = Vec::new();
        let mut fields = Fields::new(&block);
        // This is the number of bytes before a message.
        let smallest = match form {
            Form::Old => 8,
            Form::New { ordered } => 4 + 2 * usize::from(ordered),
        };
        // Bytes that are too few for a message are a gap.
        while fields.rest().len() >= smallest {
            let kind = fields.number(if let Form::Old = form { 2 } else { 1 })? as u16;
            let size = fields.number(2)? as u16;
            let shared = fields.byte()? & 2 != 0;
            fields.skip(smallest - if let Form::Old = form { 5 } else { 4 })?;
            let start = (block.len() - fields.rest().len()) as u32;
            let body = fields.take(size.into())?;
            match kind {
                0 => (),
                CONTINUATION => {
                    let mut place = Fields::new(body);
                    let offset = place.offset(walk.file.offset)?.ok_or("the continuation of an object's header is missing")?;
                    continued.push((offset, place.number(walk.file.length)?));
                }
                _ => self.messages.push(Message { kind, shared, block: self.blocks.len() as u32, start, size }),
            }
        }
        self.blocks.push(block);
        Ok(continued)
    }

    /// Returns the messages of this kind.
    pub(super) fn all(&self, kind: u16) -> impl Iterator<Item = Result<&[u8]>> {
        self.messages.iter().filter(move |message| message.kind == kind).map(|message| match message.shared {
            false => Ok(&self.blocks[message.block as usize][message.start as usize..][..message.size.into()]),
            true => Err("a part of it is shared with other objects, which is not supported".to_string()),
        })
    }

    /// Returns the first message of this kind.
    pub(super) fn first(&self, kind: u16) -> Result<Option<&[u8]>> {
        self.all(kind).next().transpose()
    }

    fn has(&self, kind: u16) -> bool {
        self.messages.iter().any(|message| message.kind == kind)
    }

    pub(super) fn is_group(&self) -> bool {
        self.has(SYMBOL_TABLE) || self.has(LINK_INFO) || self.has(LINK)
    }

    pub(super) fn is_array(&self) -> bool {
        self.has(LAYOUT)
    }
}

/// Reads the first block of a header of version 1.
fn old_start(walk: &Walk, offset: u64) -> Result<(Form, Vec<u8>)> {
    // The fields are the version, the numbers of messages and of links, the size of the first block, and four unused bytes.
    let start = walk.block(offset, 16)?;
    let mut fields = Fields::new(&start);
    if fields.number(2)? != 1 {
        return Err("there is no object at an offset given by the file".to_string());
    }
    fields.skip(6)?;
    Ok((Form::Old, walk.block(offset + 16, fields.number(4)?)?))
}

/// Reads the first block of a header of version 2, which starts with `start`.
fn new_start(walk: &Walk, offset: u64, start: &[u8]) -> Result<(Form, Vec<u8>)> {
    let (version, flags) = (start[4], start[5]);
    if version != 2 {
        return Err(format!("an object has a header of version {version}; versions 1 and 2 can be read"));
    }
    let width = 1 << (flags & 3);
    // The optional fields are four times, and two numbers of attributes.
    let before = 6 + if flags & 0x20 != 0 { 16 } else { 0 } + if flags & 0x10 != 0 { 4 } else { 0 };
    let size = Fields::new(&walk.block(offset + before, width)?).number(width as usize)?;
    let whole = (before + width + 4).checked_add(size).ok_or("an object's header is larger than the file")?;
    let mut block = walk.checked(offset, whole)?;
    block.drain(..(before + width) as usize);
    Ok((Form::New { ordered: flags & 4 != 0 }, block))
}
