//! HDF5, as far as Keras uses it: groups of arrays of numbers, and attributes of text.

use super::place::Place;
use super::source::Source;
use crate::base::Result;
use crate::kernels::Scalar;
use hdf5_pure::{
    AttrValue, DType, Datatype, FileBuilder, FormatError, GroupBuilder, ReadSeekSource, make_f32_type, make_f64_type,
    make_i64_type,
};
use std::fmt::Display;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A file to read from.
pub(super) struct H5 {
    file: hdf5_pure::File,
    size: u64,
    place: Place,
}

impl H5 {
    pub(super) fn open(source: Source, place: &Place) -> Result<Self> {
        let size = source.len();
        let file = guarded(place, || hdf5_pure::File::from_source(ReadSeekSource::new(source).map_err(text)?).map_err(text))?;
        Ok(Self { file, size, place: place.clone() })
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Whether there is a group of this name.
    pub(super) fn has(&self, path: &str) -> Result<bool> {
        guarded(&self.place.member(path), || match self.file.group(path) {
            Ok(_) => Ok(true),
            Err(hdf5_pure::Error::Format(FormatError::PathNotFound(_))) => Ok(false),
            Err(error) => Err(text(error)),
        })
    }

    /// The groups within a group.
    pub(super) fn groups(&self, path: &str) -> Result<Vec<String>> {
        guarded(&self.place.member(path), || {
            let group = if path.is_empty() { self.file.root() } else { self.file.group(path).map_err(text)? };
            group.groups().map_err(text)
        })
    }

    /// How many arrays a group has; none if there is no such group.
    pub(super) fn count(&self, path: &str) -> Result<usize> {
        if !self.has(path)? {
            return Ok(0);
        }
        guarded(&self.place.member(path), || Ok(self.file.group(path).map_err(text)?.datasets().map_err(text)?.len()))
    }

    /// The shape of an array.
    pub(super) fn shape(&self, path: &str) -> Result<Vec<usize>> {
        guarded(&self.place.member(path), || {
            let shape = self.file.dataset(path).map_err(text)?.shape().map_err(text)?;
            shape.into_iter().map(|extent| usize::try_from(extent).map_err(text)).collect()
        })
    }

    /// Reads the values of an array, which must have this shape, to where they belong.
    pub(super) fn read<T: Scalar>(&self, path: &str, shape: &[usize], to: &mut [T]) -> Result<()> {
        let place = self.place.member(path);
        let found = self.shape(path)?;
        if found != shape {
            return Err(place.error(format!("its shape is {found:?}, but the model needs {shape:?}")));
        }
        guarded(&place, || {
            let dataset = self.file.dataset(path).map_err(text)?;
            let count = shape.iter().try_fold(1, |count: u64, &extent| count.checked_mul(extent as u64));
            let bytes = count.and_then(|count| count.checked_mul(dataset.element_size().ok()?));
            if bytes.is_none_or(|bytes| bytes > self.size) {
                return Err(format!("an array of shape {shape:?} is larger than the file that is to hold it"));
            }
            // numbers as they are usually kept are taken as they come
            if dataset.datatype().map_err(text)? == make_f32_type() {
                let number = |bytes: [u8; 4]| f32::from_le_bytes(bytes).into();
                return in_windows(shape, to, |row, rows, to| {
                    dataset.read_raw_rows(row, rows).map(|bytes| convert(bytes.as_chunks().0, to, number))
                });
            }
            match dataset.dtype().map_err(text)? {
                DType::F32 => in_windows(shape, to, |row, rows, to| {
                    dataset.read_f32_rows(row, rows).map(|values| convert(&values, to, f64::from))
                }),
                DType::F64 => in_windows(shape, to, |row, rows, to| {
                    dataset.read_f64_rows(row, rows).map(|values| convert(&values, to, |value| value))
                }),
                DType::I8 | DType::I16 | DType::I32 | DType::I64 | DType::U8 | DType::U16 | DType::U32 => {
                    in_windows(shape, to, |row, rows, to| {
                        dataset.read_i64_rows(row, rows).map(|values| convert(&values, to, |value| value as f64))
                    })
                }
                other => Err(format!("it holds {other}, not numbers")),
            }
        })
    }

    /// An attribute of a group: one text, or several.
    pub(super) fn texts(&self, path: &str, name: &str) -> Result<Option<Vec<String>>> {
        guarded(&self.place.member(path), || {
            let group = if path.is_empty() { self.file.root() } else { self.file.group(path).map_err(text)? };
            let attrs = group.attrs().map_err(text)?;
            // Keras cuts a long list into `name0`, `name1` and so on
            let pieces = (0..).map_while(|piece| attrs.get(&format!("{name}{piece}")));
            let found: Vec<_> = attrs.get(name).into_iter().chain(pieces).collect();
            if found.is_empty() {
                return Ok(None);
            }
            Ok(Some(found.into_iter().flat_map(texts_of).collect()))
        })
    }
}

/// An empty list is saved as an empty list of numbers.
fn texts_of(value: &AttrValue) -> Vec<String> {
    match (value.as_strings(), value.as_str()) {
        (Some(texts), _) => texts.to_vec(),
        (None, Some(text)) => vec![text.to_string()],
        (None, None) => Vec::new(),
    }
}

fn text(error: impl Display) -> String {
    error.to_string()
}

/// How many values are read at once, so that no second copy of an array comes to be.
const WINDOW: usize = 1 << 13;

/// Reads an array some rows at a time, with `read` of the first row, how many, and where their values belong.
fn in_windows<T: Scalar>(
    shape: &[usize],
    to: &mut [T],
    read: impl Fn(u64, u64, &mut [T]) -> Result<Result<(), Bad>, hdf5_pure::Error>,
) -> Result<(), String> {
    let width = shape.iter().skip(1).product::<usize>().max(1);
    let rows = (WINDOW / width).max(1);
    for (number, window) in to.chunks_mut(rows * width).enumerate() {
        let first = number * rows;
        read(first as u64, (window.len() / width) as u64, window).map_err(text)?.map_err(|bad| match bad {
            Bad::CutShort => "it is cut short".to_string(),
            Bad::Value(place, value) => format!("value {} is {value:?}, which is no {} number", first * width + place, T::DTYPE),
        })?;
    }
    Ok(())
}

/// What is wrong with the values of a window.
enum Bad {
    /// There are fewer than there should be, which must not pass for zeros.
    CutShort,
    /// The number type cannot hold the value in this place.
    Value(usize, f64),
}

/// The numbers in the type of the model.
fn convert<T: Scalar, V: Copy>(from: &[V], to: &mut [T], wide: impl Fn(V) -> f64) -> Result<(), Bad> {
    if from.len() != to.len() {
        return Err(Bad::CutShort);
    }
    let mut finite = true;
    for (to, &value) in to.iter_mut().zip(from) {
        *to = T::of(wide(value));
        finite &= to.is_finite();
    }
    match to.iter().position(|number| !finite && !number.is_finite()) {
        None => Ok(()),
        Some(place) => Err(Bad::Value(place, wide(from[place]))),
    }
}

/// Reading a broken file must end in an error. The HDF5 crate means to see to that itself; should it panic after all, the
/// panic ends here.
fn guarded<V>(place: &Place, read: impl FnOnce() -> Result<V, String>) -> Result<V> {
    let read = catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err("this HDF5 file cannot be read".to_string()));
    read.map_err(|problem| place.error(problem))
}

/// A group to be written: arrays, groups in it, and its name in the model.
#[derive(Default)]
pub(super) struct Tree {
    arrays: Vec<(String, Array)>,
    groups: Vec<(String, Tree)>,
    name: Option<String>,
}

/// Its values as the file has them.
struct Array {
    datatype: Datatype,
    shape: Vec<u64>,
    bytes: Vec<u8>,
}

impl Tree {
    /// The group at a path like `layers/dense`, made where it is not there yet.
    pub(super) fn group(&mut self, path: &str) -> &mut Tree {
        path.split('/').fold(self, |tree, name| {
            let known = tree.groups.iter().position(|(known, _)| known == name);
            let place = known.unwrap_or_else(|| {
                tree.groups.push((name.to_string(), Tree::default()));
                tree.groups.len() - 1
            });
            &mut tree.groups[place].1
        })
    }

    /// Notes what the thing is called whose numbers these are.
    pub(super) fn set_name(&mut self, name: &str) {
        self.name = Some(name.to_string());
    }

    /// Adds an array, numbered as Keras numbers them.
    pub(super) fn push<T: Scalar>(&mut self, shape: &[usize], values: &[T]) {
        let (datatype, bytes) = if T::DTYPE == "float64" {
            (make_f64_type(), little_endian(values, |value| value.to_f64().to_le_bytes()))
        } else {
            (make_f32_type(), little_endian(values, |value| (value.to_f64() as f32).to_le_bytes()))
        };
        self.push_array(datatype, shape, bytes);
    }

    /// Adds a whole number.
    pub(super) fn push_integer(&mut self, value: i64) {
        self.push_array(make_i64_type(), &[], value.to_le_bytes().to_vec());
    }

    fn push_array(&mut self, datatype: Datatype, shape: &[usize], bytes: Vec<u8>) {
        let shape = shape.iter().map(|&extent| extent as u64).collect();
        self.arrays.push((self.arrays.len().to_string(), Array { datatype, shape, bytes }));
    }

    /// How many bytes the values of all arrays have.
    pub(super) fn size(&self) -> usize {
        let arrays = self.arrays.iter().map(|(_, array)| array.bytes.len());
        arrays.chain(self.groups.iter().map(|(_, tree)| tree.size())).sum()
    }

    /// Writes the file with this group as its root.
    pub(super) fn write(self, out: impl Write) -> io::Result<()> {
        let mut file = FileBuilder::new();
        for (name, tree) in self.groups {
            let mut group = file.create_group(&name);
            tree.fill(&mut group);
            file.add_group(group.finish());
        }
        file.finish_to(out).map_err(|error| match error {
            hdf5_pure::Error::Io(error) => error,
            other => io::Error::other(other.to_string()),
        })
    }

    fn fill(self, group: &mut GroupBuilder) {
        if let Some(name) = self.name {
            group.set_attr("name", AttrValue::VarLenString(name));
        }
        for (name, Array { datatype, shape, bytes }) in self.arrays {
            let count = shape.iter().product();
            group.create_dataset(&name).with_raw_data(datatype, bytes, count).with_shape(&shape);
        }
        for (name, tree) in self.groups {
            let mut inner = group.create_group(&name);
            tree.fill(&mut inner);
            group.add_group(inner.finish());
        }
    }
}

/// The bytes of all values, `N` of each.
fn little_endian<T: Scalar, const N: usize>(values: &[T], bytes_of: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    let mut bytes = vec![0; values.len() * N];
    let (places, _) = bytes.as_chunks_mut::<N>();
    places.iter_mut().zip(values).for_each(|(place, &value)| *place = bytes_of(value));
    bytes
}
