//! HDF5, as far as Keras uses it: groups of arrays of numbers, and attributes of text.

pub(super) use super::hdf5::Tree;
use super::hdf5::{self, File, NewArray, Number, Values};
use super::place::Place;
use super::source::Source;
use crate::base::Result;
use crate::kernels::Scalar;
use std::io::{self, Write};

/// A file to read from.
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

    /// Whether there is a group of this name.
    pub(super) fn has(&self, path: &str) -> Result<bool> {
        self.file.has_group(path).map_err(|problem| self.place.member(path).error(problem))
    }

    /// The names of the groups within a group.
    pub(super) fn groups(&self, path: &str) -> Result<Vec<String>> {
        self.file.groups(path).map_err(|problem| self.place.member(path).error(problem))
    }

    /// How many arrays a group has; none if there is no such group.
    pub(super) fn count(&self, path: &str) -> Result<usize> {
        self.file.arrays(path).map(|arrays| arrays.len()).map_err(|problem| self.place.member(path).error(problem))
    }

    /// The shape of an array.
    pub(super) fn shape(&self, path: &str) -> Result<Vec<usize>> {
        let place = self.place.member(path);
        let shape = self.file.array(path).map_err(|problem| place.error(problem))?.shape;
        shape.into_iter().map(|extent| usize::try_from(extent).map_err(|problem| place.error(problem))).collect()
    }

    /// Reads the values of an array, which must have this shape, to where they belong.
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

    /// An attribute of a group: one text, or several.
    pub(super) fn texts(&self, path: &str, name: &str) -> Result<Option<Vec<String>>> {
        // Keras cuts a long list into `name0`, `name1` and so on
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

/// How many values are read at once, so that no second copy of an array comes to be.
const WINDOW: usize = 1 << 13;

/// Reads values to where they belong, some at a time.
fn read_values<T: Scalar>(number: Number, values: &Values, to: &mut [T]) -> Result<(), String> {
    let mut buffer = vec![0; WINDOW.min(to.len()) * number.size()];
    for (window, to) in to.chunks_mut(WINDOW).enumerate() {
        let first = window * WINDOW;
        let bytes = &mut buffer[..to.len() * number.size()];
        values.read(first * number.size(), bytes)?;
        // numbers as they are usually kept are taken as they come
        let converted = match number {
            Number::F32 => convert(bytes.as_chunks().0, to, |&bytes| f32::from_le_bytes(bytes).into()),
            Number::F64 => convert(bytes.as_chunks().0, to, |&bytes| f64::from_le_bytes(bytes)),
            other => convert(&other.values(bytes), to, |&value| value),
        };
        converted.map_err(|(place, value)| format!("value {} is {value:?}, which is no {} number", first + place, T::DTYPE))?;
    }
    Ok(())
}

/// The numbers in the type of the model; the place and the value of one that this type cannot hold.
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
        self.texts = vec![("name".to_string(), name.to_string())];
    }

    /// Adds an array, numbered as Keras numbers them.
    pub(super) fn push<T: Scalar>(&mut self, shape: &[usize], values: &[T]) {
        let (number, bytes) = if T::DTYPE == "float64" {
            (Number::F64, little_endian(values, |value| value.to_f64().to_le_bytes()))
        } else {
            (Number::F32, little_endian(values, |value| (value.to_f64() as f32).to_le_bytes()))
        };
        self.push_array(number, shape, bytes);
    }

    /// Adds a whole number.
    pub(super) fn push_integer(&mut self, value: i64) {
        self.push_array(Number::I64, &[], value.to_le_bytes().to_vec());
    }

    fn push_array(&mut self, number: Number, shape: &[usize], bytes: Vec<u8>) {
        let shape = shape.iter().map(|&extent| extent as u64).collect();
        self.arrays.push((self.arrays.len().to_string(), NewArray { number, shape, bytes }));
    }

    /// How many bytes the values of all arrays have.
    pub(super) fn size(&self) -> usize {
        let arrays = self.arrays.iter().map(|(_, array)| array.bytes.len());
        arrays.chain(self.groups.iter().map(|(_, tree)| tree.size())).sum()
    }

    /// Writes the file with this group as its root.
    pub(super) fn write(self, out: impl Write) -> io::Result<()> {
        hdf5::write(self, out)
    }
}

/// The bytes of all values, `N` of each.
fn little_endian<T: Scalar, const N: usize>(values: &[T], bytes_of: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    let mut bytes = vec![0; values.len() * N];
    let (places, _) = bytes.as_chunks_mut::<N>();
    places.iter_mut().zip(values).for_each(|(place, &value)| *place = bytes_of(value));
    bytes
}
