//! The parts of HDF5 that Keras uses: groups of arrays of numbers, and attributes of text.

pub(super) use super::hdf5::Tree;
use super::hdf5::{self, File, NewArray, Number, Values};
use super::place::Place;
use super::source::Source;
use crate::base::Result;
use crate::kernels::Scalar;
use std::io::{self, Write};

/// An HDF5 file that is read.
pub(super) struct H5 {
    file: File,
    place: Place,
}

impl H5 {
    pub(super) fn open(source: Source, place: &Place) -> Result<Self> {
        let file = File::open(source).map_err(|problem| place.error(problem))?;
        Ok(Self { file, place: place.clone() })
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Returns whether there is a group at this path.
    pub(super) fn has(&self, path: &str) -> Result<bool> {
        self.file.has_group(path).map_err(|problem| self.place.member(path).error(problem))
    }

    /// Returns the names of the groups within a group.
    pub(super) fn groups(&self, path: &str) -> Result<Vec<String>> {
        self.file.groups(path).map_err(|problem| self.place.member(path).error(problem))
    }

    /// Returns the names of the arrays in a group; none if there is no such group.
    pub(super) fn arrays(&self, path: &str) -> Result<Vec<String>> {
        self.file.arrays(path).map_err(|problem| self.place.member(path).error(problem))
    }

    /// Returns the paths of the arrays `0`, `1` and so on of a group, one for each array in it; none if there is no such group.
    pub(super) fn numbered(&self, path: &str) -> Result<Vec<String>> {
        Ok((0..self.arrays(path)?.len()).map(|number| format!("{path}/{number}")).collect())
    }

    /// Returns the shape of an array.
    pub(super) fn shape(&self, path: &str) -> Result<Vec<usize>> {
        let place = self.place.member(path);
        let shape = self.file.array(path).map_err(|problem| place.error(problem))?.shape;
        shape.into_iter().map(|extent| usize::try_from(extent).map_err(|problem| place.error(problem))).collect()
    }

    /// Reads the values of an array, which must have this shape, into `to`.
    pub(super) fn read<T: Scalar>(&self, path: &str, shape: &[usize], to: &mut [T]) -> Result<()> {
        let place = self.place.member(path);
        let found = self.shape(path)?;
        if found != shape {
            return Err(place.error(format!("its shape is {found:?}, but the model needs {shape:?}")));
        }
        let mut read = || {
            let array = self.file.array(path)?;
            read_values(array.number()?, &array.values()?, to)
        };
        read().map_err(|problem| place.error(problem))
    }

    /// Returns the texts of an attribute of a group; `None` if there is no such attribute.
    pub(super) fn texts(&self, path: &str, name: &str) -> Result<Option<Vec<String>>> {
        // Keras splits a long list into the attributes `name0`, `name1` and so on.
        let is_piece = |rest: &str| rest.bytes().all(|digit| digit.is_ascii_digit());
        let found = self.file.texts(path, |attribute| attribute.strip_prefix(name).is_some_and(is_piece));
        let mut found = found.map_err(|problem| self.place.member(path).error(problem))?;
        let mut texts = found.remove(name);
        for piece in 0.. {
            let Some(more) = found.remove(&format!("{name}{piece}")) else { break };
            texts.get_or_insert_default().extend(more);
        }
        Ok(texts)
    }
}

/// The number of values that are read at once, so that there is never a second copy of the whole array.
const WINDOW: usize = 1 << 13;

/// Reads values into `to`, at most [`WINDOW`] at a time.
fn read_values<T: Scalar>(number: Number, values: &Values, to: &mut [T]) -> Result<(), String> {
    let mut buffer = vec![0; WINDOW.min(to.len()) * number.size()];
    for (window, to) in to.chunks_mut(WINDOW).enumerate() {
        let first = window * WINDOW;
        let bytes = &mut buffer[..to.len() * number.size()];
        values.read(first * number.size(), bytes)?;
        // The usual number types are converted without an intermediate list.
        let converted = match number {
            Number::F32 => convert(bytes.as_chunks().0, to, |&bytes| f32::from_le_bytes(bytes).into()),
            Number::F64 => convert(bytes.as_chunks().0, to, |&bytes| f64::from_le_bytes(bytes)),
            other => convert(&other.values(bytes), to, |&value| value),
        };
        converted.map_err(|(place, value)| format!("value {} is {value:?}, not a finite {} number", first + place, T::DTYPE))?;
    }
    Ok(())
}

/// Converts numbers to the type of the model; fails with the index and the value of the first that is not finite in this type.
fn convert<T: Scalar, V>(from: &[V], to: &mut [T], wide: impl Fn(&V) -> f64) -> Result<(), (usize, f64)> {
    let mut finite = true;
    for (to, value) in to.iter_mut().zip(from) {
        *to = T::of(wide(value));
        finite &= to.is_finite();
    }
    match to.iter().position(|number| !finite && !number.is_finite()) {
        None => Ok(()),
        Some(place) => Err((place, wide(&from[place]))),
    }
}

impl Tree {
    /// Returns the group at a path such as `layers/dense`, which is created if it does not exist.
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

    /// Sets the attribute `name`, the name of the layer or the optimizer whose arrays are in this group.
    pub(super) fn set_name(&mut self, name: &str) {
        self.texts = vec![("name".to_string(), name.to_string())];
    }

    /// Adds an array; its name is its number in the group, counted from 0, as in Keras.
    pub(super) fn push<T: Scalar>(&mut self, shape: &[usize], values: &[T]) {
        let (number, bytes) = if T::DTYPE == "float64" {
            (Number::F64, little_endian(values, |value| value.to_f64().to_le_bytes()))
        } else {
            (Number::F32, little_endian(values, |value| (value.to_f64() as f32).to_le_bytes()))
        };
        self.push_array(number, shape, bytes);
    }

    /// Adds an array that holds one whole number.
    pub(super) fn push_integer(&mut self, value: i64) {
        self.push_array(Number::I64, &[], value.to_le_bytes().to_vec());
    }

    fn push_array(&mut self, number: Number, shape: &[usize], bytes: Vec<u8>) {
        let shape = shape.iter().map(|&extent| extent as u64).collect();
        self.arrays.push((self.arrays.len().to_string(), NewArray { number, shape, bytes }));
    }

    /// Returns the number of bytes of the values of all arrays.
    pub(super) fn size(&self) -> usize {
        let arrays = self.arrays.iter().map(|(_, array)| array.bytes.len());
        arrays.chain(self.groups.iter().map(|(_, tree)| tree.size())).sum()
    }

    /// Writes a file with this group as its root.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        hdf5::write(self, out)
    }
}

/// Returns the bytes of all values, `N` bytes for each.
fn little_endian<T: Scalar, const N: usize>(values: &[T], bytes_of: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    let mut bytes = vec![0; values.len() * N];
    let (places, _) = bytes.as_chunks_mut::<N>();
    places.iter_mut().zip(values).for_each(|(place, &value)| *place = bytes_of(value));
    bytes
}
