//! The methods that save and load a model, as Keras' files.

use super::Registry;
use super::atomic;
use super::keras::{self, Members};
use super::place::{self, Place};
use super::source::Source;
use crate::base::Result;
use crate::kernels::Scalar;
use crate::model::{Model, Sequential};
use crate::part::compiled;
use crate::training::Progress;
use std::io;
use std::path::Path;

impl<T: Scalar> Model<T> {
    /// Saves the model as a `.keras` file: architecture, weights, compile settings, and what the optimizer remembers.
    /// [Keras](https://keras.io/api/models/model_saving_apis/model_saving_and_loading/)
    ///
    /// Python's `keras.saving.load_model` opens the file; a part of the user's own it must be given in
    /// `custom_objects`. The file is written whole or not at all.
    ///
    /// # Errors
    ///
    /// Not built; a name that does not end with `.keras`; a closure among the metrics; what the system says to the
    /// writing: a file that was there before is untouched then.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut model = Sequential::with_seed(1);
    /// model.add(Dense::new(1).activation(Sigmoid));
    /// model.compile("adam", "binary_crossentropy", "accuracy")?;
    /// let (x, y) = (dmatrix![1.0; 2.0], dmatrix![0.0; 1.0]);
    /// model.fit(&x, &y, FitOptions::new())?;
    ///
    /// let path = std::env::temp_dir().join(format!("layercake-doc-{}.keras", std::process::id()));
    /// model.save(&path)?;
    /// let mut loaded = Sequential::<f64>::load(&path)?;
    /// assert_eq!(loaded.predict(&x)?, model.predict(&x)?);
    /// assert_eq!(loaded.iterations(), 1);
    /// loaded.fit(&x, &y, FitOptions::new())?;
    /// # let _ = std::fs::remove_file(&path);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        compiled!(fn(model: &Model<T>, path: &Path) -> Result<()> { model.write(path, None) })(self, path.as_ref())
    }

    /// The bytes of the file that [`save`](Self::save) writes.
    ///
    /// # Errors
    ///
    /// As for `save`.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        compiled!(
            fn(model: &Model<T>) -> Result<Vec<u8>> {
                let mut bytes = io::Cursor::new(Vec::new());
                let place = in_memory();
                let members = Members::of(model, None, &place)?;
                members.write(&mut bytes).map_err(|error| place.io(error))?;
                Ok(bytes.into_inner())
            }
        )(self)
    }

    /// Saves the weights, and what the optimizer remembers, as a `.weights.h5` file.
    /// [Keras](https://keras.io/api/models/model_saving_apis/weights_saving_and_loading/)
    ///
    /// # Errors
    ///
    /// Not built; a name that does not end with `.weights.h5`; what the system says to the writing.
    pub fn save_weights(&self, path: impl AsRef<Path>) -> Result<()> {
        compiled!(
            fn(model: &Model<T>, path: &Path) -> Result<()> {
                place::check_ending(path, ".weights.h5")?;
                let tree = keras::weights(model, model.built("save_weights")?);
                atomic::write(path, |file| tree.write(file))
            }
        )(self, path.as_ref())
    }

    /// Loads weights that this model or one like it has saved: of a `.weights.h5`, a `.keras` or an older `.h5` file.
    ///
    /// If the model is compiled and the file has the state of an optimizer of as many values, that is loaded too;
    /// otherwise the optimizer stays as it is.
    ///
    /// # Errors
    ///
    /// Not built; a broken file, weights of another number or shape, or not finite: nothing has changed then.
    pub fn load_weights(&mut self, path: impl AsRef<Path>) -> Result<()> {
        compiled!(
            fn(model: &mut Model<T>, path: &Path) -> Result<()> {
                model.built("load_weights")?;
                let (source, place) = Source::file(path)?;
                keras::load_weights(model, source, &place)
            }
        )(self, path.as_ref())
    }

    /// The architecture and the compile settings as JSON, without the weights.
    /// [Keras](https://keras.io/api/models/model_saving_apis/model_config_serialization/)
    ///
    /// # Errors
    ///
    /// A closure among the metrics.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut model = Sequential::<f64>::with_seed(1);
    /// model.add(Input::new(3));
    /// model.add(Dense::new(2).activation(Relu).kernel_regularizer(L2::new(0.01)));
    /// let again = Sequential::<f64>::from_json(&model.to_json()?)?;
    /// assert_eq!(again.to_json()?, model.to_json()?);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn to_json(&self) -> Result<String> {
        compiled!(fn(model: &Model<T>) -> Result<String> { keras::to_json(model, &in_memory()) })(self)
    }

    /// Saves the model, and with it how far its training has come.
    pub(crate) fn save_with_progress(&self, path: &Path, progress: &Progress) -> Result<()> {
        self.write(path, Some(progress))
    }

    fn write(&self, path: &Path, progress: Option<&Progress>) -> Result<()> {
        place::check_ending(path, ".keras")?;
        let members = Members::of(self, progress, &Place::file(path))?;
        atomic::write(path, |file| members.write(file))
    }

    /// Loads weights, optimizer and generators of the same model, and how far its training had come.
    pub(crate) fn resume(&mut self, path: &Path) -> Result<Progress> {
        let (source, place) = Source::file(path)?;
        keras::resume(self, source, &place)
    }
}

impl<T: Scalar> Sequential<T> {
    /// Loads what [`save`](Model::save) or Python's Keras has saved: a `.keras` file, or an older whole model in `.h5`.
    ///
    /// Numbers become those of `T`, whatever the file has. What the file is, its content tells and not its name. A
    /// model that was saved compiled is compiled, and its optimizer goes on where it was.
    ///
    /// A loaded model predicts whatever it was compiled with. If its loss, a metric or its optimizer is not known here,
    /// it is not compiled, and [`why_uncompiled`](Model::why_uncompiled) says why; if the state of the optimizer cannot be
    /// read, the optimizer starts afresh, and [`why_fresh_optimizer`](Model::why_fresh_optimizer) says why.
    ///
    /// # Errors
    ///
    /// [`Error::File`](crate::Error::File), with the member and the cause: a file that is broken, a layer or an argument
    /// that is not known, weights that do not fit the layers or are not finite.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let load = compiled!(fn(path: &Path) -> Result<Model<T>> { load(&Registry::default(), path) });
        Ok(Self { model: load(path.as_ref())? })
    }

    /// Like [`load`](Self::load), with parts of the user's own.
    ///
    /// # Errors
    ///
    /// As for `load`.
    ///
    /// ```
    /// use layercake::prelude::*;
    /// use layercake::saving::{Describe, Registry};
    /// use layercake::{Batch, BatchMut};
    ///
    /// #[derive(Debug, Clone)]
    /// struct Square;
    ///
    /// impl Describe for Square {}
    ///
    /// impl<T: Scalar> Activation<T> for Square {
    ///     fn apply(&self, mut z: BatchMut<'_, T>) {
    ///         z.values().iter_mut().for_each(|z| *z *= *z);
    ///     }
    ///
    ///     fn backprop(&self, a: Batch<'_, T>, mut gradient: BatchMut<'_, T>) {
    ///         gradient.values().iter_mut().zip(a.values()).for_each(|(d, a)| *d *= T::of(2.0) * a.sqrt());
    ///     }
    /// }
    ///
    /// let mut model = Sequential::<f64>::with_seed(1);
    /// model.add(Dense::new(2).activation(Square));
    /// model.build(3)?;
    /// let bytes = model.to_bytes()?;
    /// assert!(Sequential::<f64>::from_bytes(&bytes).unwrap_err().to_string().contains("no activation named `Square`"));
    ///
    /// let mut registry = Registry::default();
    /// registry.activations.register(Square, &[]);
    /// let loaded = Sequential::from_bytes_with(&registry, &bytes)?;
    /// assert_eq!(loaded.get_weights(), model.get_weights());
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn load_with(registry: &Registry<T>, path: impl AsRef<Path>) -> Result<Self> {
        let load = compiled!(fn(registry: &Registry<T>, path: &Path) -> Result<Model<T>> { load(registry, path) });
        Ok(Self { model: load(registry, path.as_ref())? })
    }

    /// Loads a model from the bytes of a file, as [`load`](Sequential::load) does.
    ///
    /// # Errors
    ///
    /// As for `load`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let read = compiled!(fn(bytes: &[u8]) -> Result<Model<T>> { from_bytes(&Registry::default(), bytes) });
        Ok(Self { model: read(bytes)? })
    }

    /// Like [`from_bytes`](Self::from_bytes), with parts of the user's own.
    ///
    /// # Errors
    ///
    /// As for `load`.
    pub fn from_bytes_with(registry: &Registry<T>, bytes: &[u8]) -> Result<Self> {
        let read = compiled!(fn(registry: &Registry<T>, bytes: &[u8]) -> Result<Model<T>> { from_bytes(registry, bytes) });
        Ok(Self { model: read(registry, bytes)? })
    }

    /// A model of this architecture with fresh weights, compiled if it was compiled.
    ///
    /// # Errors
    ///
    /// No JSON of a model; a part or an argument that is not known.
    pub fn from_json(json: &str) -> Result<Self> {
        let read = compiled!(fn(json: &str) -> Result<Model<T>> { keras::from_json(&Registry::default(), json) });
        Ok(Self { model: read(json)? })
    }

    /// Like [`from_json`](Self::from_json), with parts of the user's own.
    ///
    /// # Errors
    ///
    /// As for `from_json`.
    pub fn from_json_with(registry: &Registry<T>, json: &str) -> Result<Self> {
        let read = compiled!(fn(registry: &Registry<T>, json: &str) -> Result<Model<T>> { keras::from_json(registry, json) });
        Ok(Self { model: read(registry, json)? })
    }
}

fn load<T: Scalar>(registry: &Registry<T>, path: &Path) -> Result<Model<T>> {
    let (source, place) = Source::file(path)?;
    keras::read(registry, source, &place)
}

fn from_bytes<T: Scalar>(registry: &Registry<T>, bytes: &[u8]) -> Result<Model<T>> {
    keras::read(registry, Source::memory(bytes.to_vec()), &in_memory())
}

fn in_memory() -> Place {
    Place::named("bytes in memory")
}
