//! The part of HDF5 that Keras and h5py use, read and written without the C library.
//!
//! The rules are those of the [HDF5 file format specification, version 3.0](https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html);
//! a file here names the section that it follows.
//!
//! A file is a tree: a group has links to groups and arrays by name, and both may have attributes. Each group and array
//! is an *object header*, a list of *messages* (its links, its shape, its number type, where its values are, its attributes).
//!
//! | here | what |
//! |---|---|
//! | `file` | the superblock, blocks of the file, and a bound on how much one walk reads |
//! | `fields` | numbers out of bytes |
//! | `checksum` | the checksum of newer structures |
//! | `header` | an object header and its messages |
//! | `group` | the links of a group, as old and as new files keep them |
//! | `btree1`, `btree2` | the two kinds of B-trees |
//! | `global_heap`, `fractal_heap` | the two kinds of heaps: texts of any length, and links or attributes in large numbers |
//! | `datatype`, `dataspace` | what a value is, and how many there are |
//! | `attribute` | texts of attributes |
//! | `array` | where the values of an array are |
//! | `write` | a whole file, written from first to last byte |
//!
//! Not read, with an error that says so: compressed and otherwise filtered arrays, arrays in chunks in the way of
//! `libver="latest"`, soft and external links, virtual arrays, named datatypes, user blocks, layouts from before HDF5 1.6.3.
//!
//! A broken file ends in an error: nothing is allocated before it is known that the file is large enough for it, and no walk
//! through the file reads much more than the file has.

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

/// What is read, or what is wrong with it, for an error that names the file.
type Result<V> = std::result::Result<V, String>;
