//! The functions that load or make a model from Keras' file formats.

use super::files::in_memory;
use super::place::Place;
use super::source::Source;
use super::{LoadOptions, Registry, keras};
use crate::base::Result;
use crate::kernels::Scalar;
use crate::model::{Functional, Model, Sequential};
use crate::part::compiled;
use std::path::Path;

impl<T: Scalar> Sequential<T> {
    /// Loads a model that [`save`](Model::save) or Keras in Python has saved: a `.keras` file, or an older `.h5` file.
    ///
    /// The numbers are converted to `T`. The format is recognised by the content of the file, not by its name. If the model was
    /// compiled when it was saved, the loaded model is compiled, and its optimizer continues from the saved state.
    ///
    /// A model can be loaded and predicts even if its compile settings cannot be used. If its loss, a metric or its optimizer
    /// is not known here, the model is not compiled, and [`why_uncompiled`](Model::why_uncompiled) returns the reason. If the
    /// state of the optimizer cannot be read, the optimizer starts with a new state, and
    /// [`why_fresh_optimizer`](Model::why_fresh_optimizer) returns the reason.
    ///
    /// # Errors
    ///
    /// [`Error::Io`](crate::Error::Io) if the file cannot be read. [`Error::File`](crate::Error::File), with the member and
    /// the cause, if the file is broken, a layer or an argument is not known, the weights do not fit the layers or are not
    /// finite, or the model has several inputs or outputs: [`Functional::load`] loads such a model.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let load = compiled!(fn(path: &Path) -> Result<Model<T>> { load(LoadOptions::new(), path) });
        chain(load(path.as_ref())?, &Place::file(path.as_ref()))
    }

    /// Loads a model as [`load`](Self::load) does, with these options or with the user's own parts in a [`Registry`].
    ///
    /// If the registry has the part that a file without it cannot be compiled, the optimizer goes on from its saved state; a
    /// `compile` after loading starts it afresh.
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
    pub fn load_with<'r>(options: impl Into<LoadOptions<'r, T>>, path: impl AsRef<Path>) -> Result<Self> {
        let load = compiled!(fn(options: LoadOptions<'_, T>, path: &Path) -> Result<Model<T>> { load(options, path) });
        chain(load(options.into(), path.as_ref())?, &Place::file(path.as_ref()))
    }

    /// Loads a model from the bytes of a file, as [`load`](Sequential::load) does.
    ///
    /// # Errors
    ///
    /// As for `load`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let read = compiled!(fn(bytes: &[u8]) -> Result<Model<T>> { from_bytes(LoadOptions::new(), bytes) });
        chain(read(bytes)?, &in_memory())
    }

    /// Loads a model as [`from_bytes`](Self::from_bytes) does, with the options of [`load_with`](Self::load_with).
    ///
    /// # Errors
    ///
    /// As for `load`.
    pub fn from_bytes_with<'r>(options: impl Into<LoadOptions<'r, T>>, bytes: &[u8]) -> Result<Self> {
        let read = compiled!(fn(options: LoadOptions<'_, T>, bytes: &[u8]) -> Result<Model<T>> { from_bytes(options, bytes) });
        chain(read(options.into(), bytes)?, &in_memory())
    }

    /// Makes a model from the JSON of [`to_json`](Model::to_json), with new random weights.
    ///
    /// The model is compiled if the JSON has compile settings that can be used.
    ///
    /// # Errors
    ///
    /// The text is not the JSON of a model, or a layer or an argument is not known.
    pub fn from_json(json: &str) -> Result<Self> {
        let read = compiled!(fn(json: &str) -> Result<Model<T>> { keras::from_json(&Registry::default(), json) });
        chain(read(json)?, &Place::named("JSON"))
    }

    /// Makes a model as [`from_json`](Self::from_json) does, with the user's own parts in `registry`.
    ///
    /// # Errors
    ///
    /// As for `from_json`.
    pub fn from_json_with(registry: &Registry<T>, json: &str) -> Result<Self> {
        let read = compiled!(fn(registry: &Registry<T>, json: &str) -> Result<Model<T>> { keras::from_json(registry, json) });
        chain(read(registry, json)?, &Place::named("JSON"))
    }
}

impl<T: Scalar> Functional<T> {
    /// Loads a model of any connections, as [`Sequential::load`] does.
    ///
    /// # Errors
    ///
    /// As for `Sequential::load`, except that the model may have several inputs and outputs.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let x = Node::input("x", 3);
    /// let (low, high) = (x.then(Dense::new(1).name("low")), x.then(Dense::new(1).name("high")));
    /// let model = Functional::<f64>::with_seed(1, &x, [&low, &high])?;
    /// let path = std::env::temp_dir().join(format!("layercake-functional-{}.keras", std::process::id()));
    /// model.save(&path)?;
    /// let loaded = Functional::<f64>::load(&path)?;
    /// let x = dmatrix![1.0, 2.0, 3.0];
    /// assert_eq!(loaded.predict_all(&x)?, model.predict_all(&x)?);
    /// # let _ = std::fs::remove_file(&path);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let load = compiled!(fn(path: &Path) -> Result<Model<T>> { load(LoadOptions::new(), path) });
        Ok(Self { model: load(path.as_ref())? })
    }

    /// Loads a model as [`load`](Self::load) does, with the options of [`Sequential::load_with`].
    ///
    /// # Errors
    ///
    /// As for `load`.
    pub fn load_with<'r>(options: impl Into<LoadOptions<'r, T>>, path: impl AsRef<Path>) -> Result<Self> {
        let load = compiled!(fn(options: LoadOptions<'_, T>, path: &Path) -> Result<Model<T>> { load(options, path) });
        Ok(Self { model: load(options.into(), path.as_ref())? })
    }

    /// Loads a model from the bytes of a file, as [`load`](Self::load) does.
    ///
    /// # Errors
    ///
    /// As for `load`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let read = compiled!(fn(bytes: &[u8]) -> Result<Model<T>> { from_bytes(LoadOptions::new(), bytes) });
        Ok(Self { model: read(bytes)? })
    }

    /// Loads a model as [`from_bytes`](Self::from_bytes) does, with the options of [`Sequential::load_with`].
    ///
    /// # Errors
    ///
    /// As for `load`.
    pub fn from_bytes_with<'r>(options: impl Into<LoadOptions<'r, T>>, bytes: &[u8]) -> Result<Self> {
        let read = compiled!(fn(options: LoadOptions<'_, T>, bytes: &[u8]) -> Result<Model<T>> { from_bytes(options, bytes) });
        Ok(Self { model: read(options.into(), bytes)? })
    }

    /// Makes a model from the JSON of [`to_json`](Model::to_json), with new random weights.
    ///
    /// The model is compiled if the JSON has compile settings that can be used.
    ///
    /// # Errors
    ///
    /// The text is not the JSON of a model, or a layer or an argument is not known.
    pub fn from_json(json: &str) -> Result<Self> {
        let read = compiled!(fn(json: &str) -> Result<Model<T>> { keras::from_json(&Registry::default(), json) });
        Ok(Self { model: read(json)? })
    }

    /// Makes a model as [`from_json`](Self::from_json) does, with the user's own parts in `registry`.
    ///
    /// # Errors
    ///
    /// As for `from_json`.
    pub fn from_json_with(registry: &Registry<T>, json: &str) -> Result<Self> {
        let read = compiled!(fn(registry: &Registry<T>, json: &str) -> Result<Model<T>> { keras::from_json(registry, json) });
        Ok(Self { model: read(registry, json)? })
    }
}

/// Returns a model that can be a `Sequential`: one with one input and one output.
fn chain<T: Scalar>(model: Model<T>, place: &Place) -> Result<Sequential<T>> {
    match model.graph.has_one_input_and_output() {
        true => Ok(Sequential { model }),
        false => {
            let (inputs, outputs) = (model.graph.inputs().len().max(1), model.graph.outputs().len());
            let problem =
                format!("the model has {inputs} inputs and {outputs} outputs: load it with `Functional`, not `Sequential`");
            Err(place.error(problem))
        }
    }
}

fn load<T: Scalar>(options: LoadOptions<'_, T>, path: &Path) -> Result<Model<T>> {
    let (source, place) = Source::file(path)?;
    keras::read(options, source, &place)
}

fn from_bytes<T: Scalar>(options: LoadOptions<'_, T>, bytes: &[u8]) -> Result<Model<T>> {
    keras::read(options, Source::memory(bytes.to_vec()), &in_memory())
}
