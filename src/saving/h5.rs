//! HDF5, as far as Keras uses it: groups of arrays of numbers, and attributes of text.

use super::place::Place;
use crate::Scalar;
use crate::error::Result;
use hdf5_pure::{AttrValue, DType, FileBuilder, FormatError, GroupBuilder};
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A file to read from.
pub(super) struct H5 {
    file: hdf5_pure::File,
    size: u64,
    place: Place,
}

impl H5 {
    pub(super) fn open(bytes: Vec<u8>, place: &Place) -> Result<Self> {
        let size = bytes.len() as u64;
        let file = guarded(place, || hdf5_pure::File::from_bytes(bytes).map_err(text))?;
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

    /// The values of an array, which must have this shape.
    pub(super) fn values<T: Scalar>(&self, path: &str, shape: &[usize]) -> Result<Vec<T>> {
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
            let values: Vec<T> = match dataset.dtype().map_err(text)? {
                DType::F32 => converted(dataset.read_f32().map_err(text)?.into_iter().map(f64::from)),
                DType::F64 => converted(dataset.read_f64().map_err(text)?.into_iter()),
                DType::I8 | DType::I16 | DType::I32 | DType::I64 | DType::U8 | DType::U16 | DType::U32 => {
                    converted(dataset.read_i64().map_err(text)?.into_iter().map(|value| value as f64))
                }
                other => return Err(format!("it holds {other}, not numbers")),
            }?;
            // a file cut short must not pass for zeros
            if values.len() as u64 == count.unwrap_or(0) { Ok(values) } else { Err("it is cut short".to_string()) }
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

/// The numbers in the type of the model, if that can hold them.
fn converted<T: Scalar>(values: impl Iterator<Item = f64>) -> Result<Vec<T>, String> {
    values
        .enumerate()
        .map(|(place, value)| {
            let number = T::of(value);
            if number.is_finite() {
                Ok(number)
            } else {
                Err(format!("value {place} is {value:?}, which is no {} number", T::DTYPE))
            }
        })
        .collect()
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

struct Array {
    shape: Vec<u64>,
    values: Values,
}

enum Values {
    Single(Vec<f32>),
    Double(Vec<f64>),
    Whole(i64),
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
        let values = if T::DTYPE == "float64" {
            Values::Double(values.iter().map(|value| value.to_f64()).collect())
        } else {
            Values::Single(values.iter().map(|value| value.to_f64() as f32).collect())
        };
        self.push_array(shape.iter().map(|&extent| extent as u64).collect(), values);
    }

    /// Adds a whole number.
    pub(super) fn push_integer(&mut self, value: i64) {
        self.push_array(Vec::new(), Values::Whole(value));
    }

    fn push_array(&mut self, shape: Vec<u64>, values: Values) {
        self.arrays.push((self.arrays.len().to_string(), Array { shape, values }));
    }

    /// The file with this group as its root.
    pub(super) fn into_bytes(self, place: &Place) -> Result<Vec<u8>> {
        let mut file = FileBuilder::new();
        for (name, tree) in self.groups {
            let mut group = file.create_group(&name);
            tree.fill(&mut group);
            file.add_group(group.finish());
        }
        file.finish().map_err(|error| place.error(error))
    }

    fn fill(self, group: &mut GroupBuilder) {
        if let Some(name) = self.name {
            group.set_attr("name", AttrValue::VarLenString(name));
        }
        for (name, array) in self.arrays {
            let dataset = group.create_dataset(&name);
            match array.values {
                Values::Single(values) => dataset.with_f32_data(&values),
                Values::Double(values) => dataset.with_f64_data(&values),
                Values::Whole(value) => dataset.with_i64_data(&[value]),
            }
            .with_shape(&array.shape);
        }
        for (name, tree) in self.groups {
            let mut inner = group.create_group(&name);
            tree.fill(&mut inner);
            group.add_group(inner.finish());
        }
    }
}
