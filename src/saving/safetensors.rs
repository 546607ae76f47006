//! Saves and loads weights as safetensors, for libraries that read neither Keras' files nor HDF5.

use super::atomic;
use super::place::{self, Place};
use crate::base::Result;
use crate::kernels::Scalar;
use crate::model::Model;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView, serialize};
use std::collections::HashSet;
use std::path::Path;

impl<T: Scalar> Model<T> {
    /// Returns the weights in the [safetensors](https://github.com/huggingface/safetensors) format, with names `layer/weight`.
    ///
    /// # Errors
    ///
    /// The model is not built.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut model = Sequential::<f32>::with_seed(1);
    /// model.add(Input::new(3));
    /// model.add(Dense::new(2));
    /// let bytes = model.to_safetensors()?;
    /// let mut other = Sequential::<f32>::with_seed(2);
    /// other.add(Input::new(3));
    /// other.add(Dense::new(2));
    /// other.load_safetensors_bytes(&bytes)?;
    /// assert_eq!(other.get_weights(), model.get_weights());
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn to_safetensors(&self) -> Result<Vec<u8>> {
        let network = self.built("to_safetensors")?;
        let place = Place::named("safetensors");
        let mut tensors = Vec::new();
        for (name, tensor) in network.named() {
            tensors.push((name, tensor.shape.clone(), bytes_of(network.values(tensor))));
        }
        let dtype = if T::DTYPE == "float64" { Dtype::F64 } else { Dtype::F32 };
        let views: Result<Vec<_>, _> = tensors
            .iter()
            .map(|(name, shape, bytes)| TensorView::new(dtype, shape.clone(), bytes).map(|view| (name.as_str(), view)))
            .collect();
        let views = views.map_err(|error| place.error(error))?;
        serialize(views, None).map_err(|error| place.error(error))
    }

    /// Saves the weights as a safetensors file.
    ///
    /// # Errors
    ///
    /// The model is not built, or the file cannot be written. An old file is unchanged after an error.
    pub fn save_safetensors(&self, path: impl AsRef<Path>) -> Result<()> {
        atomic::write_bytes(path.as_ref(), &self.to_safetensors()?)
    }

    /// Loads the weights of a safetensors file, which must have the names that [`to_safetensors`](Self::to_safetensors) gives.
    ///
    /// # Errors
    ///
    /// The model is not built, the file cannot be read, a weight is missing, has another shape or is not finite, or the file has
    /// a tensor that the model does not have. The model is unchanged after an error.
    pub fn load_safetensors(&mut self, path: impl AsRef<Path>) -> Result<()> {
        let (bytes, place) = place::read(path.as_ref())?;
        self.read_safetensors(&bytes, &place)
    }

    /// Loads the weights from the bytes of a safetensors file, as [`load_safetensors`](Self::load_safetensors) does.
    ///
    /// # Errors
    ///
    /// As for [`load_safetensors`](Self::load_safetensors).
    pub fn load_safetensors_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.read_safetensors(bytes, &Place::named("bytes in memory"))
    }

    fn read_safetensors(&mut self, bytes: &[u8], place: &Place) -> Result<()> {
        let network = self.built("load_safetensors")?;
        let file = SafeTensors::deserialize(bytes).map_err(|error| place.error(error))?;
        let known: HashSet<String> = network.named().map(|(name, _)| name).collect();
        if let Some(other) = file.names().into_iter().find(|name| !known.contains(*name)) {
            let (found, expected) = (file.len(), known.len());
            let problem = format!("the model has no such weight: it has {expected} weights, and the file {found} tensors");
            return Err(place.member(other).error(problem));
        }
        let weights: Result<Vec<Vec<T>>> = network
            .named()
            .map(|(name, tensor)| {
                let place = place.member(&name);
                let stored = file.tensor(&name).map_err(|error| place.error(error))?;
                if stored.shape() != tensor.shape {
                    return Err(place.error(format!(
                        "its shape is {:?}, but the model needs {:?}",
                        stored.shape(),
                        tensor.shape
                    )));
                }
                values_of(stored.dtype(), stored.data(), &place)
            })
            .collect();
        let weights = weights?;
        if let Some(network) = &mut self.network {
            for (number, values) in weights.into_iter().enumerate() {
                network.set_values(number, values.into_iter());
            }
        }
        Ok(())
    }
}

fn bytes_of<T: Scalar>(values: &[T]) -> Vec<u8> {
    if T::DTYPE == "float64" {
        values.iter().flat_map(|value| value.to_f64().to_le_bytes()).collect()
    } else {
        values.iter().flat_map(|value| (value.to_f64() as f32).to_le_bytes()).collect()
    }
}

fn values_of<T: Scalar>(dtype: Dtype, bytes: &[u8], place: &Place) -> Result<Vec<T>> {
    let single = |bytes: &[u8]| bytes.try_into().map(f32::from_le_bytes).map_or(f64::NAN, f64::from);
    let double = |bytes: &[u8]| bytes.try_into().map_or(f64::NAN, f64::from_le_bytes);
    let values: Vec<T> = match dtype {
        Dtype::F32 => bytes.chunks(4).map(|bytes| T::of(single(bytes))).collect(),
        Dtype::F64 => bytes.chunks(8).map(|bytes| T::of(double(bytes))).collect(),
        other => return Err(place.error(format!("it holds {other:?}; F32 and F64 can be loaded"))),
    };
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(values),
        Some(number) => Err(place.error(format!("value {number} is {:?}, not a finite {} number", values[number], T::DTYPE))),
    }
}
