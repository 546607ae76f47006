//! The doors: models as Keras' files.

use super::architecture::{self, Architecture};
use super::archive::{self, Archive};
use super::atomic;
use super::h5::{H5, Tree};
use super::json::{Json, Reader};
use super::place::{self, Place};
use super::source::Source;
use super::weights::{self, Stored};
use super::{Registry, session};
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use crate::model::Sequential;
use crate::training::Progress;
use serde_json::json;
use std::io::{self, Seek, Write};
use std::path::Path;

const METADATA: &str = "metadata.json";
const CONFIG: &str = "config.json";
const WEIGHTS: &str = "model.weights.h5";

/// The version of Keras whose files these are.
const KERAS_VERSION: &str = "3.15.1";

const HDF5_SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

/// Models as files, which are Keras' own; see [`crate::saving`].
impl<T: Scalar> Sequential<T> {
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
        self.save_with_progress(path.as_ref(), None)
    }

    /// Loads what [`save`](Self::save) or Python's Keras has saved: a `.keras` file, or an older whole model in `.h5`.
    ///
    /// Numbers become those of `T`, whatever the file has. What the file is, its content tells and not its name. A
    /// model that was saved compiled is compiled, and its optimizer goes on where it was.
    ///
    /// # Errors
    ///
    /// [`Error::File`], with the member and the cause: a file that is broken, a part or an argument that is not known,
    /// weights that do not fit the layers or are not finite.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Self::load_with(&Registry::default(), path)
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
    ///     fn backprop(&self, a: Batch<'_, T>, mut slope: BatchMut<'_, T>) {
    ///         slope.values().iter_mut().zip(a.values()).for_each(|(d, a)| *d *= T::of(2.0) * a.sqrt());
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
        let (source, place) = Source::file(path.as_ref())?;
        Ok(read(registry, source, &place)?.0)
    }

    /// The bytes of the file that [`save`](Self::save) writes.
    ///
    /// # Errors
    ///
    /// As for `save`.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = io::Cursor::new(Vec::new());
        let place = in_memory();
        let members = Members::of(self, None, &place)?;
        members.write(&mut bytes).map_err(|error| place.io(error))?;
        Ok(bytes.into_inner())
    }

    /// Loads a model from the bytes of a file, as [`load`](Self::load) does.
    ///
    /// # Errors
    ///
    /// As for `load`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::from_bytes_with(&Registry::default(), bytes)
    }

    /// Like [`from_bytes`](Self::from_bytes), with parts of the user's own.
    ///
    /// # Errors
    ///
    /// As for `load`.
    pub fn from_bytes_with(registry: &Registry<T>, bytes: &[u8]) -> Result<Self> {
        Ok(read(registry, Source::memory(bytes.to_vec()), &in_memory())?.0)
    }

    /// Saves the weights, and what the optimizer remembers, as a `.weights.h5` file.
    /// [Keras](https://keras.io/api/models/model_saving_apis/weights_saving_and_loading/)
    ///
    /// # Errors
    ///
    /// Not built; a name that does not end with `.weights.h5`; what the system says to the writing.
    pub fn save_weights(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        place::check_ending(path, ".weights.h5")?;
        let tree = weights::tree(self, self.built("save_weights")?, &Place::file(path))?;
        atomic::write(path, |file| tree.write(file))
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
        self.built("load_weights")?;
        let (source, place) = Source::file(path.as_ref())?;
        let h5 = match source.starts_with(b"PK").map_err(|error| place.io(error))? {
            true => weights_of(&mut Archive::open(source, &place)?, &place)?,
            false => H5::open(source, &place)?,
        };
        let mut stored = Stored::new(h5)?;
        stored.check(&self.entries, self.built("load_weights")?.input())?;
        let mut loaded = self.clone();
        stored.weights(&mut loaded)?;
        if stored.fits_optimizer(self) {
            stored.optimizer(&mut loaded)?;
        }
        *self = loaded;
        Ok(())
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
        Ok(architecture::write(self, &in_memory())?.to_string())
    }

    /// A model of this architecture with fresh weights, compiled if it was compiled.
    ///
    /// # Errors
    ///
    /// No JSON of a model; a part or an argument that is not known.
    pub fn from_json(json: &str) -> Result<Self> {
        Self::from_json_with(&Registry::default(), json)
    }

    /// Like [`from_json`](Self::from_json), with parts of the user's own.
    ///
    /// # Errors
    ///
    /// As for `from_json`.
    pub fn from_json_with(registry: &Registry<T>, json: &str) -> Result<Self> {
        let place = Place::named("JSON");
        let json = architecture::parse(json.as_bytes(), &place)?;
        let Architecture { entries, input, compiled, uncompiled_because } =
            Reader { registry, place: place.clone() }.model(&json)?;
        let mut model = Self::new();
        entries.into_iter().for_each(|entry| model.add(entry));
        if let Some(input) = input {
            model.build(input)?;
        }
        compiled.map_or(Ok(()), |settings| settings.compile(&mut model, &place))?;
        model.uncompiled_because = uncompiled_because;
        Ok(model)
    }

    /// Saves the model, and with it how far its training has come.
    pub(crate) fn save_with_progress(&self, path: &Path, progress: Option<&Progress>) -> Result<()> {
        place::check_ending(path, ".keras")?;
        let members = Members::of(self, progress, &Place::file(path))?;
        atomic::write(path, |file| members.write(file))
    }

    /// Loads weights, optimizer and generators of the same model, and how far its training had come.
    pub(crate) fn resume(&mut self, path: &Path) -> Result<Progress> {
        let (source, place) = Source::file(path)?;
        let mut archive = Archive::open(source, &place)?;
        let mut stored = Stored::new(weights_of(&mut archive, &place)?)?;
        stored.check(&self.entries, self.built("fit")?.input())?;
        let mut resumed = self.clone();
        stored.weights(&mut resumed)?;
        stored.optimizer(&mut resumed)?;
        let member = place.member(session::MEMBER);
        let session = architecture::parse(&archive.member(session::MEMBER)?, &member)?;
        let progress = session::read(&session, &mut resumed, &member)?;
        let progress = progress.ok_or_else(|| member.error("it says nothing of a training to go on with"))?;
        *self = resumed;
        Ok(progress)
    }
}

fn in_memory() -> Place {
    Place::named("bytes in memory")
}

/// What is in the archive.
struct Members {
    metadata: String,
    config: String,
    weights: Tree,
    session: String,
}

impl Members {
    fn of<T: Scalar>(model: &Sequential<T>, progress: Option<&Progress>, place: &Place) -> Result<Self> {
        let network = model.built("save")?;
        Ok(Self {
            metadata: json!({"keras_version": KERAS_VERSION, "date_saved": ""}).to_string(),
            config: architecture::write(model, place)?.to_string(),
            weights: weights::tree(model, network, &place.member(WEIGHTS))?,
            session: session::write(model, progress).to_string(),
        })
    }

    fn write(self, out: impl Write + Seek) -> io::Result<()> {
        let mut archive = archive::Writer::new(out);
        for (name, text) in [(METADATA, self.metadata), (CONFIG, self.config), (session::MEMBER, self.session)] {
            archive.add(name, text.len(), |member| member.write_all(text.as_bytes()))?;
        }
        archive.add(WEIGHTS, self.weights.size(), |member| self.weights.write(member))?;
        archive.finish()
    }
}

/// The weights in a `.keras` file.
fn weights_of(archive: &mut Archive, place: &Place) -> Result<H5> {
    H5::open(archive.part(WEIGHTS)?, &place.member(WEIGHTS))
}

/// Reads a whole model from the bytes of a file.
fn read<T: Scalar>(registry: &Registry<T>, source: Source, place: &Place) -> Result<(Sequential<T>, Option<Progress>)> {
    if source.starts_with(HDF5_SIGNATURE).map_err(|error| place.io(error))? {
        return Ok((read_older(registry, H5::open(source, place)?, place)?, None));
    }
    let mut archive = Archive::open(source, place)?;
    let metadata = architecture::parse(&archive.member(METADATA)?, &place.member(METADATA))?;
    let version = metadata["keras_version"].as_str().unwrap_or("nothing");
    if !version.starts_with("3.") {
        return Err(place.member(METADATA).error(format!("it is of Keras `{version}`; files of Keras 3 can be loaded")));
    }
    let config_place = place.member(CONFIG);
    let config = architecture::parse(&archive.member(CONFIG)?, &config_place)?;
    let architecture = Reader { registry, place: config_place }.model(&config)?;
    let mut model = assemble(architecture, weights_of(&mut archive, place)?, place)?;
    let mut progress = None;
    if archive.has(session::MEMBER) {
        let member = place.member(session::MEMBER);
        progress = session::read(&architecture::parse(&archive.member(session::MEMBER)?, &member)?, &mut model, &member)?;
    }
    Ok((model, progress))
}

/// A whole model in one `.h5` file: its configuration is in attributes.
fn read_older<T: Scalar>(registry: &Registry<T>, h5: H5, place: &Place) -> Result<Sequential<T>> {
    let text = |name: &str| -> Result<Option<Json>> {
        let texts = h5.texts("", name)?;
        texts.map(|texts| architecture::parse(texts.concat().as_bytes(), &place.member(name))).transpose()
    };
    let Some(config) = text("model_config")? else {
        let advice = "it has weights alone: build the model and call `load_weights`";
        return Err(place.error(format!("this HDF5 file has no `model_config`; {advice}")));
    };
    let reader = Reader { registry, place: place.member("model_config") };
    let mut architecture = reader.model(&config)?;
    if let Some(Json::Object(mut settings)) = text("training_config")? {
        if let Some(optimizer) = settings.remove("optimizer_config") {
            settings.insert("optimizer".to_string(), optimizer);
        }
        (architecture.compiled, architecture.uncompiled_because) =
            Reader { registry, place: place.member("training_config") }.settings(&settings)?;
    }
    assemble(architecture, h5, place)
}

/// Makes the model and gives it its weights.
fn assemble<T: Scalar>(architecture: Architecture<T>, h5: H5, place: &Place) -> Result<Sequential<T>> {
    let Architecture { entries, input, compiled, uncompiled_because } = architecture;
    let mut model = Sequential::new();
    entries.into_iter().for_each(|entry| model.add(entry));
    let Some(input) = input else { return Err(place.error("the model was never built: it has no input shape")) };
    let mut stored = Stored::new(h5)?;
    stored.check(&model.entries, &input)?;
    model.build_blank(input, stored.size()).map_err(|error| match error {
        error @ Error::File { .. } => error,
        other => place.error(other),
    })?;
    // before the optimizer, for the memory of some begins with the weights
    stored.weights(&mut model)?;
    compiled.map_or(Ok(()), |settings| settings.compile(&mut model, place))?;
    model.uncompiled_because = uncompiled_because;
    stored.optimizer(&mut model)?;
    Ok(model)
}
