//! Lists what a file holds, without making a model of it.

use super::json::{self, Json};
use super::quirks;
use super::whole::{self, CONFIG, HDF5_SIGNATURE, METADATA, WEIGHTS};
use crate::base::{Result, ordered};
use crate::saving::archive::Archive;
use crate::saving::foreign;
use crate::saving::h5::H5;
use crate::saving::place::Place;
use crate::saving::source::Source;
use std::fmt;
use std::path::Path;

/// What a file of Keras holds; [`contents`] makes it, and displaying it prints a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    format: &'static str,
    keras_version: Option<String>,
    model: Option<String>,
    layers: Vec<(String, String)>,
    optimizer: Option<String>,
    loss: Option<String>,
    arrays: Vec<(String, Vec<usize>)>,
}

/// Lists what a `.keras`, `.weights.h5` or `.h5` file holds: its version, layers and arrays; their values are not read.
///
/// It also lists files whose layers or compile settings this crate does not know.
///
/// # Errors
///
/// [`Error::Io`](crate::Error::Io) if the file cannot be read. [`Error::File`](crate::Error::File) if it is neither an HDF5 file
/// nor an archive of Keras, or is broken.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::<f32>::with_seed(1);
/// model.add(Input::new(3));
/// model.add(Dense::new(2));
/// let path = std::env::temp_dir().join(format!("layercake-contents-{}.keras", std::process::id()));
/// model.save(&path)?;
/// let contents = layercake::saving::contents(&path)?;
/// assert_eq!(contents.layers().collect::<Vec<_>>(), [("input_layer", "InputLayer"), ("dense", "Dense")]);
/// assert!(contents.arrays().any(|(_, shape)| shape == [3, 2]));
/// println!("{contents}");
/// # let _ = std::fs::remove_file(&path);
/// # Ok::<(), layercake::Error>(())
/// ```
pub fn contents(path: impl AsRef<Path>) -> Result<Contents> {
    let (source, place) = Source::file(path.as_ref())?;
    let starts_with = |signature| source.starts_with(signature).map_err(|error| place.io(error));
    if starts_with(HDF5_SIGNATURE)? {
        return of_h5(&H5::open(source, &place)?, &place);
    }
    if !starts_with(b"PK")? {
        return Err(foreign::refuse(&source, &place));
    }
    let archive = Archive::open(source, &place)?;
    if !archive.has(CONFIG) {
        return Err(foreign::refuse_archive(&archive.names(), &place));
    }
    let parse = |archive: &Archive, name: &str| json::parse(&archive.member(name)?, &place.member(name));
    let config = parse(&archive, CONFIG)?;
    let metadata = if archive.has(METADATA) { parse(&archive, METADATA)? } else { Json::Null };
    let arrays = if archive.has(WEIGHTS) { arrays(&whole::weights_of(&archive, &place)?)? } else { Vec::new() };
    let version = metadata["keras_version"].as_str().map(str::to_string);
    Ok(Contents { arrays, keras_version: version, ..Contents::new("a `.keras` archive", &config, quirks::settings(&config).1) })
}

fn of_h5(h5: &H5, place: &Place) -> Result<Contents> {
    let text = |name: &str| h5.texts("", name).map(|texts| texts.map(|texts| texts.concat()));
    let json = |name: &str| -> Result<Json> {
        text(name)?.map_or(Ok(Json::Null), |text| json::parse(text.as_bytes(), &place.member(name)))
    };
    let config = json("model_config")?;
    let format = if config.is_null() { "an HDF5 file of weights alone" } else { "an HDF5 file of a whole model" };
    let contents = Contents::new(format, &config, &json("training_config")?);
    Ok(Contents { arrays: arrays(h5)?, keras_version: text("keras_version")?, ..contents })
}

impl Contents {
    fn new(format: &'static str, config: &Json, settings: &Json) -> Self {
        let optimizer = Some(&settings["optimizer"]).filter(|json| !json.is_null()).unwrap_or(&settings["optimizer_config"]);
        let mut layers = Vec::new();
        add_layers(config, "", &mut layers);
        Self {
            format,
            keras_version: None,
            model: class_of(config),
            layers,
            optimizer: class_of(optimizer),
            loss: class_of(&settings["loss"]),
            arrays: Vec::new(),
        }
    }

    /// Returns the version of Keras that wrote the file, if the file names one.
    pub fn keras_version(&self) -> Option<&str> {
        self.keras_version.as_deref()
    }

    /// Returns the class of the model; `None` if the file has weights alone.
    pub fn model(&self) -> Option<&str> {
        self.model.as_deref()
    }

    /// Returns the name and the class of each layer; a layer of a model within the model has the name `outer/inner`.
    pub fn layers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.layers.iter().map(|(name, class)| (name.as_str(), class.as_str()))
    }

    /// Returns the class of the optimizer, if the model was compiled.
    pub fn optimizer(&self) -> Option<&str> {
        self.optimizer.as_deref()
    }

    /// Returns the loss, if the model was compiled with one that has a name.
    pub fn loss(&self) -> Option<&str> {
        self.loss.as_deref()
    }

    /// Returns the path and the shape of each array: the weights, and the state of the optimizer.
    pub fn arrays(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.arrays.iter().map(|(path, shape)| (path.as_str(), shape.as_slice()))
    }
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.format)?;
        if let Some(version) = &self.keras_version {
            write!(f, " of Keras {version}")?;
        }
        for (what, value) in [("model", &self.model), ("optimizer", &self.optimizer), ("loss", &self.loss)] {
            if let Some(value) = value {
                write!(f, "\n{what}: {value}")?;
            }
        }
        self.layers.iter().try_for_each(|(name, class)| write!(f, "\nlayer {name} ({class})"))?;
        self.arrays.iter().try_for_each(|(path, shape)| write!(f, "\narray {path} {shape:?}"))
    }
}

/// Returns the name of a part or of a function in JSON.
fn class_of(json: &Json) -> Option<String> {
    json.as_str().or_else(|| json["class_name"].as_str()).map(str::to_string)
}

/// Adds the layers of a model, those of the models within it included; serde_json limits the depth.
fn add_layers(model: &Json, outer: &str, layers: &mut Vec<(String, String)>) {
    let config = &model["config"];
    let list = config.get("layers").unwrap_or(config);
    for layer in list.as_array().into_iter().flatten() {
        let name = layer["config"]["name"].as_str().or(layer["name"].as_str()).unwrap_or_default();
        let name = if outer.is_empty() { name.to_string() } else { format!("{outer}/{name}") };
        layers.push((name.clone(), class_of(layer).unwrap_or_default()));
        if layer["config"]["layers"].is_array() || layer["config"].is_array() {
            add_layers(layer, &name, layers);
        }
    }
}

/// The limits of a list of arrays: a broken file may have a group that contains itself.
const MOST_ARRAYS: usize = 100_000;
const DEEPEST: usize = 32;

/// Returns the paths and shapes of all arrays.
fn arrays(h5: &H5) -> Result<Vec<(String, Vec<usize>)>> {
    let mut found = Vec::new();
    let mut visited = 0;
    let mut waiting = vec![(String::new(), 0)];
    while let Some((group, depth)) = waiting.pop() {
        let inside = |name: String| if group.is_empty() { name } else { format!("{group}/{name}") };
        for name in h5.arrays(&group)? {
            let path = inside(name);
            found.push((path.clone(), h5.shape(&path)?));
        }
        let groups = h5.groups(&group)?;
        visited += groups.len();
        if found.len() + visited > MOST_ARRAYS || depth > DEEPEST {
            return Err(h5.place().member(&group).error("it has more groups and arrays than a model of Keras"));
        }
        waiting.extend(groups.into_iter().rev().map(|name| (inside(name), depth + 1)));
    }
    Ok(ordered(found, &Ord::cmp))
}
