//! Writes and reads a whole model: a `.keras` archive, or an older `.h5` file.

use super::architecture::{self, Architecture};
use super::columns::{self, Columns};
use super::compiled::{self, Settings};
use super::json::{self, Json, Parts};
use super::outline::{self, LayerPlace};
use super::reader::Reader;
use super::view::{GraphView, NetworkView};
use super::weights::{self, Stored};
use crate::base::{Error, Result, fresh_seed};
use crate::kernels::Scalar;
use crate::model::Model;
use crate::saving::Registry;
use crate::saving::archive::{self, Archive};
use crate::saving::foreign;
use crate::saving::h5::{H5, Tree};
use crate::saving::load_options::LoadOptions;
use crate::saving::place::Place;
use crate::saving::session::{self, Session};
use crate::saving::source::Source;
use crate::training::Progress;
use serde_json::json;
use std::io::{self, Write};

pub(super) const METADATA: &str = "metadata.json";
pub(super) const CONFIG: &str = "config.json";
pub(super) const WEIGHTS: &str = "model.weights.h5";

/// The attribute of an `.h5` file that holds the architecture.
const CONFIG_ATTRIBUTE: &str = "model_config";

/// The attribute of an `.h5` file that holds the compile settings.
const SETTINGS_ATTRIBUTE: &str = "training_config";

/// The version of Keras whose format is written.
const KERAS_VERSION: &str = "3.15.1";

pub(super) const HDF5_SIGNATURE: &[u8] = b"\x89HDF\r\n\x1a\n";

/// The versions of Keras whose archives can be read.
const VERSIONS: [&str; 5] = ["2.12.", "2.13.", "2.14.", "2.15.", "3."];

/// The members of a `.keras` archive.
pub(in crate::saving) struct Members {
    metadata: String,
    config: String,
    weights: Tree,
    session: String,
}

impl Members {
    pub(in crate::saving) fn of<T: Scalar>(model: &Model<T>, progress: Option<&Progress>, place: &Place) -> Result<Self> {
        let network = model.built("save")?;
        weights::check_finite(model, network, place)?;
        let config = architecture::write(model, place)?;
        Ok(Self::new(&config, weights::tree(model, network), &session::write(model, progress)))
    }

    fn new(config: &Json, weights: Tree, session: &Json) -> Self {
        let metadata = json!({"keras_version": KERAS_VERSION, "date_saved": ""}).to_string();
        Self { metadata, config: config.to_string(), weights, session: session.to_string() }
    }

    /// Returns the members of a table model with these networks.
    pub(in crate::saving) fn of_table(networks: &Model<f32>, columns: &Columns, place: &Place) -> Result<Self> {
        let Self { metadata, weights, session, .. } = Self::of(networks, None, place)?;
        let config = columns.around(architecture::write(networks, place)?, networks.built("save")?.output().width());
        Ok(Self { metadata, config: config.to_string(), weights: columns::weights(weights), session })
    }

    /// Returns the name and the bytes of each member.
    pub(in crate::saving) fn into_bytes(self) -> io::Result<Vec<(&'static str, Vec<u8>)>> {
        let mut weights = Vec::with_capacity(self.weights.size());
        self.weights.write(&mut weights)?;
        let texts = [(METADATA, self.metadata), (CONFIG, self.config), (session::MEMBER, self.session)];
        let texts = texts.into_iter().map(|(name, text)| (name, text.into_bytes()));
        Ok(texts.chain([(WEIGHTS, weights)]).collect())
    }

    pub(in crate::saving) fn write(self, out: &mut dyn Write) -> io::Result<()> {
        let mut archive = archive::Writer::new(out);
        for (name, text) in [(METADATA, self.metadata), (CONFIG, self.config), (session::MEMBER, self.session)] {
            archive.add(name, &|member| member.write_all(text.as_bytes()))?;
        }
        archive.add(WEIGHTS, &|member| self.weights.write(member))?;
        archive.finish()
    }
}

/// Opens the weights in a `.keras` file.
pub(super) fn weights_of(archive: &Archive, place: &Place) -> Result<H5> {
    H5::open(archive.part(WEIGHTS)?, &place.member(WEIGHTS))
}

/// Reads a whole model from a file.
pub(in crate::saving) fn read<T: Scalar>(options: LoadOptions<'_, T>, source: Source, place: &Place) -> Result<Model<T>> {
    read_part(options, source, place, |config, place| match columns::is_table_model(&config) {
        true => Err(place.error(
            "it is a table model, whose inputs are columns: load it with `TableClassifier::load` or `TableRegressor::load`",
        )),
        false => Ok((config, String::new())),
    })
}

/// Reads the networks of a table model.
pub(in crate::saving) fn read_networks(source: Source, place: &Place) -> Result<Model<f32>> {
    read_part(LoadOptions::new(), source, place, columns::take_networks)
}

/// Returns the operations of the encoding of columns in a table model, each with its constants.
pub(in crate::saving) fn encoding(source: Source, place: &Place) -> Result<Vec<(String, Vec<f64>)>> {
    let config = config(source, place)?.filter(columns::is_table_model);
    config.as_ref().map(columns::encoding).ok_or_else(|| place.error("it is no file of a table model"))
}

/// Reads a whole model, or what `part` takes out of its JSON, with the group of its weights.
fn read_part<T: Scalar>(
    options: LoadOptions<'_, T>,
    source: Source,
    place: &Place,
    part: fn(Json, &Place) -> Result<(Json, String)>,
) -> Result<Model<T>> {
    let default;
    let registry = match options.registry {
        Some(registry) => registry,
        None => {
            default = Registry::default();
            &default
        }
    };
    let file = WholeFile::open(source, place, part)?;
    let mut architecture = architecture::read(&file.reader(registry, &file.config_place), &file.config)?;
    file.add_group(&mut architecture.places);
    let settings = match options.compile {
        true => file.settings(registry, &architecture.graph.output_names(), place),
        false => Err(NOT_ASKED.to_string()),
    };
    let (weights, archive) = match file.container {
        Container::Archive(archive) => (weights_of(&archive, place)?, Some(archive)),
        Container::Older(h5) => (h5, None),
    };
    let mut model = assemble(architecture, settings, weights, place)?;
    if let Some(archive) = archive.filter(|archive| archive.has(session::MEMBER)) {
        read_session(&archive, place)?.restore(&mut model);
    }
    Ok(model)
}

/// A file of a whole model, whose weights are read when its architecture is known.
struct WholeFile {
    version: Option<String>,
    config: Json,
    config_place: Place,
    /// The group of the model's weights; empty for all of the file.
    group: String,
    container: Container,
}

/// The container of the weights.
enum Container {
    Archive(Archive),
    /// An `.h5` file, which has the JSON of the model in attributes.
    Older(H5),
}

impl WholeFile {
    fn open(source: Source, place: &Place, part: fn(Json, &Place) -> Result<(Json, String)>) -> Result<Self> {
        let starts_with = |signature| source.starts_with(signature).map_err(|error| place.io(error));
        if starts_with(HDF5_SIGNATURE)? {
            return Self::older(H5::open(source, place)?, place);
        }
        if !starts_with(b"PK")? {
            return Err(foreign::refuse(&source, place));
        }
        let archive = Archive::open(source, place)?;
        if !archive.has(CONFIG) {
            return Err(foreign::refuse_archive(&archive.names(), place));
        }
        let metadata = match archive.has(METADATA) {
            true => json::parse(&archive.member(METADATA)?, &place.member(METADATA))?,
            false => Json::Null,
        };
        // A file without a version is read as one of Keras 3.
        let version = metadata["keras_version"].as_str().unwrap_or(KERAS_VERSION).to_string();
        if !VERSIONS.iter().any(|known| version.starts_with(known)) {
            let problem = format!("it was saved by Keras `{version}`; archives of Keras 2.12 to 3 can be loaded");
            return Err(place.member(METADATA).error(problem));
        }
        let config_place = place.member(CONFIG);
        let (config, group) = part(json::parse(&archive.member(CONFIG)?, &config_place)?, &config_place)?;
        Ok(Self { version: Some(version), config, config_place, group, container: Container::Archive(archive) })
    }

    fn older(h5: H5, place: &Place) -> Result<Self> {
        let Some(config) = json_of(&h5, CONFIG_ATTRIBUTE, place)? else {
            return Err(place.error(match (weights::has_weights(&h5)?, h5.texts("", "PYTABLES_FORMAT_VERSION")?) {
                (true, _) => "it has weights alone: build the model, then call `load_weights`",
                (false, Some(_)) => {
                    "it is a store of pandas or PyTables and no model of Keras: load the file that `model.save` has written"
                }
                (false, None) => "it is no model of Keras: this HDF5 file has no `model_config` and no weights of layers",
            }));
        };
        let version = h5.texts("", "keras_version")?.map(|texts| texts.concat());
        let (config_place, group) = (place.member(CONFIG_ATTRIBUTE), String::new());
        Ok(Self { version, config, config_place, group, container: Container::Older(h5) })
    }

    fn reader<'r>(&self, registry: &'r dyn Parts, place: &Place) -> Reader<'r> {
        Reader::new(registry, place.clone(), self.version.as_deref())
    }

    /// Puts the layers at these places into the group of the model's weights.
    fn add_group(&self, places: &mut [LayerPlace]) {
        for place in places.iter_mut().filter(|_| !self.group.is_empty()) {
            place.group = format!("{}/{}", self.group, place.group);
        }
    }

    /// Returns the compile settings for a model with these outputs, or the reason why they cannot be used.
    fn settings<'r>(&self, registry: &'r dyn Parts, outputs: &[String], place: &Place) -> Result<Settings<'r>, String> {
        let Container::Older(h5) = &self.container else {
            return self.reader(registry, &self.config_place).settings_within(&self.config, outputs);
        };
        match json_of(h5, SETTINGS_ATTRIBUTE, place).map_err(|error| error.to_string())? {
            Some(Json::Object(settings)) => {
                let reader = self.reader(registry, &place.member(SETTINGS_ATTRIBUTE));
                reader.settings(&settings, outputs).map_err(|error| error.to_string())
            }
            _ => Err(compiled::NEVER.to_string()),
        }
    }
}

/// Returns the JSON in an attribute of an `.h5` file, if there is one.
fn json_of(h5: &H5, attribute: &str, place: &Place) -> Result<Option<Json>> {
    let texts = h5.texts("", attribute)?;
    texts.map(|texts| json::parse(texts.concat().as_bytes(), &place.member(attribute))).transpose()
}

/// Reads the member of an archive that Keras ignores.
fn read_session(archive: &Archive, place: &Place) -> Result<Session> {
    let place = place.member(session::MEMBER);
    Session::read(&json::parse(&archive.member(session::MEMBER)?, &place)?, &place)
}

/// The reason why a model is not compiled that was loaded without its compile settings.
const NOT_ASKED: &str = "it was loaded with `compile(false)`";

/// Makes a model from the JSON of its architecture, with new random weights.
pub(in crate::saving) fn from_json<T: Scalar>(registry: &Registry<T>, json: &str) -> Result<Model<T>> {
    let place = Place::named("JSON");
    let json = json::parse(json.as_bytes(), &place)?;
    let reader = Reader::new(registry, place, json["keras_version"].as_str());
    let Architecture { graph, input, .. } = architecture::read(&reader, &json)?;
    let settings = reader.settings_within(&json, &graph.output_names());
    let mut model = Model::with_seed(fresh_seed());
    model.graph = graph;
    if let Some(input) = input {
        model.build(input)?;
    }
    compile(&mut model, settings);
    Ok(model)
}

/// Makes the model and reads its weights. Compile settings or an optimizer state that cannot be used are not an error.
fn assemble<T: Scalar>(
    architecture: Architecture<T>,
    settings: Result<Settings<'_>, String>,
    h5: H5,
    place: &Place,
) -> Result<Model<T>> {
    let Architecture { graph, places, input } = architecture;
    let mut model = Model::with_seed(fresh_seed());
    model.graph = graph;
    let Some(input) = input else { return Err(place.error("the model was never built: it has no input shape")) };
    model.plan(input).map_err(|error| in_file(error, place))?;
    let view = GraphView::of(&model.graph);
    let mut stored = Stored::new(h5, outline::read(&view, &places))?;
    if let Some(network) = &model.network {
        stored.check(&view, &NetworkView::of(network))?;
    }
    model.allocate().map_err(|error| in_file(error, place))?;
    // The weights are read before the optimizer is compiled, because the state of some optimizers starts with the weights.
    stored.weights(&mut model)?;
    compile(&mut model, settings);
    let fresh = model.compiled.clone();
    if let Err(error) = stored.optimizer(&mut model) {
        model.compiled = fresh;
        model.fresh_because = Some(error.to_string());
    }
    Ok(model)
}

/// Adds the place to an error without one.
fn in_file(error: Error, place: &Place) -> Error {
    match error {
        error @ Error::File { .. } => error,
        other => place.error(other),
    }
}

/// Compiles a model, or stores the reason why it is not compiled.
fn compile<T: Scalar>(model: &mut Model<T>, settings: Result<Settings<'_>, String>) {
    let compiled = settings.and_then(|settings| settings.compile(model).map_err(|error| error.to_string()));
    if let Err(cause) = compiled {
        model.uncompiled_because = cause.into();
    }
}

/// Returns the architecture in the file of a whole model; `None` for a file of weights alone.
pub(super) fn config(source: Source, place: &Place) -> Result<Option<Json>> {
    if source.starts_with(HDF5_SIGNATURE).map_err(|error| place.io(error))? {
        return json_of(&H5::open(source, place)?, CONFIG_ATTRIBUTE, place);
    }
    if !source.starts_with(b"PK").map_err(|error| place.io(error))? {
        return Ok(None);
    }
    let archive = Archive::open(source, place)?;
    match archive.has(CONFIG) {
        true => json::parse(&archive.member(CONFIG)?, &place.member(CONFIG)).map(Some),
        false => Ok(None),
    }
}

/// Opens the weights in a `.weights.h5`, a `.keras` or an `.h5` file.
pub(super) fn open_weights(source: Source, place: &Place) -> Result<H5> {
    let starts_with = |signature| source.starts_with(signature).map_err(|error| place.io(error));
    if starts_with(b"PK")? {
        let archive = Archive::open(source, place)?;
        if !archive.has(WEIGHTS) {
            return Err(foreign::refuse_archive(&archive.names(), place));
        }
        return weights_of(&archive, place);
    }
    if !starts_with(HDF5_SIGNATURE)? {
        return Err(foreign::refuse(&source, place));
    }
    let h5 = H5::open(source, place)?;
    if !weights::has_weights(&h5)? {
        return Err(place.error("it has no weights of layers of Keras"));
    }
    Ok(h5)
}

/// Loads the weights, and the state of the optimizer if it fits the optimizer of the model.
pub(in crate::saving) fn load_weights<T: Scalar>(model: &mut Model<T>, source: Source, place: &Place) -> Result<()> {
    let stored = weights_for(&GraphView::of(&model.graph), &NetworkView::of(model.built("load_weights")?), source, place)?;
    let mut loaded = stored.loaded(model)?;
    if stored.fits_optimizer(model) {
        stored.optimizer(&mut loaded)?;
        loaded.fresh_because = None;
    }
    *model = loaded;
    Ok(())
}

/// Opens a file whose weights fit a model.
fn weights_for(graph: &GraphView<'_>, network: &NetworkView<'_>, source: Source, place: &Place) -> Result<Stored> {
    let config = config(source.clone(), place)?;
    let mut stored = Stored::new(open_weights(source, place)?, outline::of_file(graph, config.as_ref()))?;
    stored.check(graph, network)?;
    Ok(stored)
}

/// Loads the weights and the states of the optimizer and of the generators of the same model; returns the progress of its
/// training.
pub(in crate::saving) fn resume<T: Scalar>(model: &mut Model<T>, source: Source, place: &Place) -> Result<Progress> {
    let graph = GraphView::of(&model.graph);
    let archive = Archive::open(source, place)?;
    let mut stored = Stored::new(weights_of(&archive, place)?, outline::written(&graph))?;
    stored.check(&graph, &NetworkView::of(model.built("fit")?))?;
    let mut resumed = stored.loaded(model)?;
    stored.optimizer(&mut resumed)?;
    let progress = read_session(&archive, place)?.restore(&mut resumed);
    let none = || place.member(session::MEMBER).error("it has no training that can be continued");
    let progress = progress.ok_or_else(none)?;
    *model = resumed;
    Ok(progress)
}
