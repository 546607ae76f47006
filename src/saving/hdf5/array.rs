//! Arrays of numbers: their type, their shape, and the layout of their values (specification, IV.A.2.i).

use super::Result;
use super::btree1::{self, Leads};
use super::dataspace;
use super::datatype::{Datatype, Number};
use super::fields::Fields;
use super::file::File;
use super::header::{DATASPACE, DATATYPE, FILTERS, Header, LAYOUT};

/// An array in a file.
pub(in crate::saving) struct Array<'f> {
    file: &'f File,
    pub(in crate::saving) shape: Vec<u64>,
    datatype: Datatype,
    layout: Layout,
    filtered: bool,
}

/// How the values are stored.
enum Layout {
    /// The values are in the message itself.
    Compact(Vec<u8>),
    /// The values are contiguous, at this offset; `None` if they were never written.
    Contiguous(Option<u64>),
    /// The values are in chunks of this shape; `tree` is the offset of the tree of the chunks.
    Chunked { tree: Option<u64>, chunk: Vec<u64> },
    /// The values are stored in a way that is not supported.
    Other(String),
}

/// The bytes of all values, in row-major order.
pub(in crate::saving) enum Values<'f> {
    InFile(&'f File, u64),
    Here(Vec<u8>),
}

impl Values<'_> {
    /// Reads bytes into `to`, from byte number `first` on.
    pub(in crate::saving) fn read(&self, first: usize, to: &mut [u8]) -> Result<()> {
        match self {
            Self::InFile(file, start) => {
                file.read(start.checked_add(first as u64).ok_or("its values are beyond the end of the file")?, to)
            }
            Self::Here(bytes) => {
                let range = first..first.saturating_add(to.len());
                to.copy_from_slice(bytes.get(range).ok_or("it has fewer values than its shape requires")?);
                Ok(())
            }
        }
    }
}

impl<'f> Array<'f> {
    pub(super) fn new(file: &'f File, header: &Header) -> Result<Self> {
        let layout = header.first(LAYOUT)?.ok_or("it is no array")?;
        let datatype = header.first(DATATYPE)?.ok_or("the array has no type")?;
        let shape = header.first(DATASPACE)?.ok_or("the array has no shape")?;
        Ok(Self {
            file,
            shape: dataspace::shape(shape, file.length)?,
            datatype: Datatype::read(datatype)?,
            layout: Layout::read(layout, file)?,
            filtered: header.first(FILTERS)?.is_some_and(|filters| filters.get(1) != Some(&0)),
        })
    }

    /// Returns the type of the numbers.
    ///
    /// # Errors
    ///
    /// The array does not hold numbers; the error says what it holds.
    pub(in crate::saving) fn number(&self) -> Result<Number> {
        match &self.datatype {
            Datatype::Number(number) => Ok(*number),
            Datatype::Text { .. } | Datatype::HeapText => Err("it holds texts, not numbers".to_string()),
            Datatype::Other(what) => Err(format!("it holds {what}, not numbers")),
        }
    }

    /// Returns the values.
    ///
    /// # Errors
    ///
    /// The array is larger than the file, or its values are compressed, were never written, or have an unsupported layout.
    pub(in crate::saving) fn values(&self) -> Result<Values<'f>> {
        let size = self.number()?.size() as u64;
        let bytes = dataspace::count(&self.shape).and_then(|count| count.checked_mul(size));
        let bytes = bytes
            .filter(|&bytes| bytes <= self.file.size())
            .ok_or_else(|| format!("an array of shape {:?} is larger than the file", self.shape))?;
        let never = "its values were never written";
        match &self.layout {
            _ if bytes == 0 => Ok(Values::Here(Vec::new())),
            _ if self.filtered => Err("compressed values are not supported: save the array without compression".to_string()),
            Layout::Compact(values) => Ok(Values::Here(values.clone())),
            Layout::Contiguous(at) => Ok(Values::InFile(self.file, at.ok_or(never)?)),
            Layout::Chunked { tree, chunk } => Ok(Values::Here(self.chunks(tree.ok_or(never)?, chunk, size, bytes as usize)?)),
            Layout::Other(how) => Err(format!("its values are stored {how}, which is not supported")),
        }
    }

    /// Copies the values of all chunks into one array.
    fn chunks(&self, tree: u64, chunk: &[u64], size: u64, bytes: usize) -> Result<Vec<u8>> {
        let odd = || "the chunks of the array do not fit it".to_string();
        let rank = self.shape.len();
        let chunk_bytes = dataspace::count(chunk).and_then(|count| count.checked_mul(size)).ok_or_else(odd)?;
        if rank == 0 || chunk.len() != rank || chunk.contains(&0) {
            return Err(odd());
        }
        let mut values = vec![0; bytes];
        let mut written = 0;
        let walk = self.file.walk();
        btree1::visit(&walk, tree, Leads::ToChunks(rank), &mut |key, at| {
            let mut fields = Fields::new(key);
            let (stored, _) = (fields.number(4)?, fields.skip(4)?);
            let first: Vec<u64> = (0..rank).map(|_| fields.number(8)).collect::<Result<_>>()?;
            let is_inside =
                first.iter().zip(&self.shape).zip(chunk).all(|((first, extent), chunk)| first < extent && first % chunk == 0);
            if stored != chunk_bytes || !is_inside {
                return Err(odd());
            }
            let block = walk.block(at, chunk_bytes)?;
            written += self.place(&block, chunk, &first, size as usize, &mut values);
            Ok(())
        })?;
        match written == bytes {
            true => Ok(values),
            false => Err("some of its values were never written".to_string()),
        }
    }

    /// Copies the rows of a chunk into the array, and returns the number of copied bytes.
    fn place(&self, block: &[u8], chunk: &[u64], first: &[u64], size: usize, values: &mut [u8]) -> usize {
        let last = chunk.len() - 1;
        let row = size * chunk[last] as usize;
        let inside = size * chunk[last].min(self.shape[last] - first[last]) as usize;
        let mut written = 0;
        'rows: for (number, bytes) in block.chunks_exact(row).enumerate() {
            // The loop computes the index of the row in each dimension, and the position of the row in the array.
            let (mut number, mut start, mut stride) = (number as u64, first[last], self.shape[last]);
            for axis in (0..last).rev() {
                let place = first[axis] + number % chunk[axis];
                if place >= self.shape[axis] {
                    continue 'rows;
                }
                number /= chunk[axis];
                start += place * stride;
                stride *= self.shape[axis];
            }
            let start = start as usize * size;
            values[start..start + inside].copy_from_slice(&bytes[..inside]);
            written += inside;
        }
        written
    }
}

impl Layout {
    fn read(message: &[u8], file: &File) -> Result<Self> {
        let mut fields = Fields::new(message);
        let version = fields.byte()?;
        if !(3..=5).contains(&version) {
            return Err(format!("an array has a layout of version {version}; versions 3 to 5 can be read"));
        }
        Ok(match (version, fields.byte()?) {
            (_, 0) => {
                let size = fields.count(2)?;
                Self::Compact(fields.take(size)?.to_vec())
            }
            (_, 1) => Self::Contiguous(fields.offset(file.offset)?),
            (3, 2) => {
                // The last extent is the size of a value.
                let rank = fields.byte()?.saturating_sub(1);
                let tree = fields.offset(file.offset)?;
                Self::Chunked { tree, chunk: (0..rank).map(|_| fields.number(4)).collect::<Result<_>>()? }
            }
            (_, 2) => Self::Other("in chunks in the way of `libver=\"latest\"`".to_string()),
            (_, 3) => Self::Other("in other files".to_string()),
            (_, other) => Self::Other(format!("in the unknown layout {other}")),
        })
    }
}
