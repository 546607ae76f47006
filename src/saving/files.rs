//! The methods that save and load a model in Keras' file formats.

use super::atomic;
use super::keras::{self, Members};
use super::place::{self, Place};
use super::source::Source;
use crate::base::Result;
use crate::kernels::Scalar;
use crate::model::Model;
use crate::part::compiled;
use crate::training::Progress;
use std::path::Path;

impl<T: Scalar> Model<T> {
    /// Saves the model as a `.keras` file: architecture, weights, compile settings, and the state of the optimizer.
    /// [Keras](https://keras.io/api/models/model_saving_apis/model_saving_and_loading/)
    ///
    /// Python's `keras.saving.load_model` loads the file; it needs the user's own parts in `custom_objects`. The new file
    /// replaces an old one only when it is complete.
    ///
    /// # Errors
    ///
    /// The model is not built, the name does not end with `.keras`, a metric or a layer is a closure, or the file cannot be
    /// written. An old file is unchanged after an error.
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

    /// Returns the bytes of the file that [`save`](Self::save) writes.
    ///
    /// # Errors
    ///
    /// The model is not built, or a metric or a layer is a closure.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        compiled!(
            fn(model: &Model<T>) -> Result<Vec<u8>> {
                let mut bytes = Vec::new();
                let place = in_memory();
                let members = Members::of(model, None, &place)?;
                members.write(&mut bytes).map_err(|error| place.io(error))?;
                Ok(bytes)
            }
        )(self)
    }

    /// Saves the weights and the state of the optimizer as a `.weights.h5` file.
    /// [Keras](https://keras.io/api/models/model_saving_apis/weights_saving_and_loading/)
    ///
    /// # Errors
    ///
    /// The model is not built, the name does not end with `.weights.h5`, or the file cannot be written. An old file is
    /// unchanged after an error.
    pub fn save_weights(&self, path: impl AsRef<Path>) -> Result<()> {
        compiled!(
            fn(model: &Model<T>, path: &Path) -> Result<()> {
                place::check_ending(path, ".weights.h5")?;
                let network = model.built("save_weights")?;
                keras::check_finite(model, network, &Place::file(path))?;
                let tree = keras::weights(model, network);
                atomic::write(path, |file| tree.write(file))
            }
        )(self, path.as_ref())
    }

    /// Loads the weights of a model with the same layers, from a `.weights.h5`, a `.keras` or an older `.h5` file.
    ///
    /// If the model is compiled and the file has the state of an optimizer with the same arrays, that state is loaded as well.
    /// Otherwise the optimizer keeps its state.
    ///
    /// # Errors
    ///
    /// The model is not built, the file cannot be read, or the weights in it have another number or shape or are not finite.
    /// The model is unchanged after an error.
    pub fn load_weights(&mut self, path: impl AsRef<Path>) -> Result<()> {
        compiled!(
            fn(model: &mut Model<T>, path: &Path) -> Result<()> {
                model.built("load_weights")?;
                let (source, place) = Source::file(path)?;
                keras::load_weights(model, source, &place)
            }
        )(self, path.as_ref())
    }

    /// Loads the weights of the layers that have the same names in a file and in the model, and returns these names.
    ///
    /// The other layers keep their weights, and the optimizer keeps its state. The file may be a `.weights.h5`, a `.keras` or an
    /// older `.h5` file.
    ///
    /// # Errors
    ///
    /// The model is not built, the file cannot be read, no layer with weights has the same name in both, or the weights of such a
    /// layer have another number or shape or are not finite. The model is unchanged after an error.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut model = Sequential::<f32>::with_seed(1);
    /// model.add(Input::new(3));
    /// model.add(Dense::new(2).name("features"));
    /// let path = std::env::temp_dir().join(format!("layercake-by-name-{}.weights.h5", std::process::id()));
    /// model.save_weights(&path)?;
    ///
    /// let mut other = Sequential::<f32>::with_seed(2);
    /// other.add(Input::new(3));
    /// other.add(Dense::new(2).name("features"));
    /// other.add(Dense::new(1).name("head"));
    /// assert_eq!(other.load_weights_by_name(&path)?, ["features"]);
    /// assert_eq!(other.get_weights()[0], model.get_weights()[0]);
    /// # let _ = std::fs::remove_file(&path);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn load_weights_by_name(&mut self, path: impl AsRef<Path>) -> Result<Vec<String>> {
        compiled!(
            fn(model: &mut Model<T>, path: &Path) -> Result<Vec<String>> {
                model.built("load_weights_by_name")?;
                let (source, place) = Source::file(path)?;
                keras::load_weights_by_name(model, source, &place)
            }
        )(self, path.as_ref())
    }

    /// Returns the architecture and the compile settings as JSON, without the weights.
    /// [Keras](https://keras.io/api/models/model_saving_apis/model_config_serialization/)
    ///
    /// # Errors
    ///
    /// A metric or a layer is a closure, or a model that is not a chain of layers is not built.
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

    /// Saves the model and the progress of its training.
    pub(crate) fn save_with_progress(&self, path: &Path, progress: &Progress) -> Result<()> {
        self.write(path, Some(progress))
    }

    fn write(&self, path: &Path, progress: Option<&Progress>) -> Result<()> {
        place::check_ending(path, ".keras")?;
        let members = Members::of(self, progress, &Place::file(path))?;
        atomic::write(path, |file| members.write(file))
    }

    /// Loads the weights and the states of the optimizer and of the generators of the same model; returns the progress of its
    /// training.
    pub(crate) fn resume(&mut self, path: &Path) -> Result<Progress> {
        let (source, place) = Source::file(path)?;
        keras::resume(self, source, &place)
    }
}

/// The name of bytes in memory in errors.
pub(super) fn in_memory() -> Place {
    Place::named("bytes in memory")
}
