//! Reads and writes the part of HDF5 that Keras and h5py use, without the C library.
//!
//! It follows the [HDF5 file format specification, version 3.0](https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html);
//! each source file names its section.
//!
//! A file is a tree: a group has links to groups and arrays by name, and both may have attributes. Each group and array
//! is an *object header*, a list of *messages*: the links, the shape, the number type, the layout of the values, and the
//! attributes.
//!
//! | module | content |
//! |---|---|
//! | `file` | the superblock, the blocks of a file, and a limit on the bytes that one walk reads |
//! | `fields` | the fields of a structure |
//! | `checksum` | the checksum of newer structures |
//! | `header` | an object header and its messages |
//! | `group` | the links of a group, in old and in new files |
//! | `btree1`, `btree2` | the two kinds of B-trees |
//! | `global_heap`, `fractal_heap` | the two kinds of heaps: texts of any length, and large numbers of links or attributes |
//! | `datatype`, `dataspace` | the types of values, and the shapes of arrays |
//! | `attribute` | the texts of attributes |
//! | `array` | the values of an array |
//! | `write` | the writing of a whole file |
//!
//! These are not supported and are an error: compressed and otherwise filtered arrays, arrays in chunks written with
//! `libver="latest"`, soft and external links, virtual arrays, named datatypes, user blocks, layouts from before HDF5 1.6.3.
//!
//! A broken file is an error: memory is allocated only if the file is large enough for the values, and no walk through the
//! structures of a file reads many more bytes than the file has.

mod array;
mod attribute;
mod btree1;
mod btree2;
mod checksum;
mod dataspace;
mod datatype;
mod fields;
mod file;
mod fractal_heap;
mod global_heap;
mod group;
mod header;
#[cfg(test)]
mod tests;
mod write;

pub(super) use array::Values;
pub(super) use datatype::Number;
pub(super) use file::File;
pub(super) use write::{NewArray, Tree, write};

/// The result of reading a part of a file; the error is the problem, without the name of the file.
type Result<V> = std::result::Result<V, String>;
