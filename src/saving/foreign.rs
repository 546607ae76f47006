//! Tells what a file is that holds no model of Keras.

use super::place::Place;
use super::source::Source;
use crate::base::{Error, Result};
use std::path::Path;

/// The number of bytes at the start of a file that are looked at.
const START: usize = 64;

const IN_PYTHON: &str = "load it in Python and save it again with `model.save(\"name.keras\")`";

/// Files that start with these bytes, from this byte on: what they are, and the way out.
#[rustfmt::skip]
const STARTS: &[(usize, &[u8], &str, &str)] = &[
    (0, b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (0, b"BZh", "a bzip2 archive", "unpack it first"),
    (0, b"\xfd7zXZ", "an xz archive", "unpack it first"),
    (0, b"Rar!", "a RAR archive", "unpack it first"),
    (0, b"\x93NUMPY", "an array of NumPy", "build the model, and give its weights to `set_weights`"),
    (0, b"%PDF", "a PDF document", "load the file that `model.save` has written"),
    (0, b"version https://git-lfs", "a pointer of Git LFS", "fetch the file itself with `git lfs pull`"),
    (0, b"model_checkpoint_path", "the index of a folder of checkpoints of TensorFlow", IN_PYTHON),
    (4, b"TFL3", "a model of TensorFlow Lite, which holds no layers of Keras", "load the model that it was made from"),
    (8, b"{\"", "a safetensors file", "build the model, then call `load_safetensors` (feature `safetensors`)"),
    (0, b"<", "a page of HTML or XML", "the download was not the file itself: fetch it again"),
];

/// Members of zip archives that are no models of Keras: how the name of a member ends, what the archive is, and the way out.
#[rustfmt::skip]
const MEMBERS: &[(&str, &str, &str)] = &[
    ("data.pkl", "a file of PyTorch", "save its weights as safetensors in Python, and load them with `load_safetensors`"),
    ("saved_model.pb", "a packed SavedModel of TensorFlow", IN_PYTHON),
    (".npy", "an archive of NumPy arrays", "build the model, and give its weights to `set_weights`"),
    ("[Content_Types].xml", "an office document", "load the file that `model.save` has written"),
    (".h5", "an archive of other files", "unpack it, and load the file in it"),
    (".keras", "an archive of other files", "unpack it, and load the file in it"),
];

/// Returns the error for a file that is neither a zip archive nor an HDF5 file.
pub(super) fn refuse(source: &Source, place: &Place) -> Error {
    let start = match source.start(START) {
        Ok(start) => start,
        Err(error) => return place.io(error),
    };
    let known = STARTS.iter().find(|(first, bytes, ..)| start.get(*first..).is_some_and(|rest| rest.starts_with(bytes)));
    let text = start.trim_ascii_start();
    let is_pickle = matches!(start.as_slice(), [0x80, 2..=5, ..]);
    let (what, way_out) = match known {
        _ if start.is_empty() => ("it is empty", "save the model again"),
        _ if is_pickle => ("it is a Python pickle, not HDF5", IN_PYTHON),
        Some((.., what, way_out)) => return place.error(format!("it is {what}: {way_out}")),
        None if text.starts_with(b"{") => ("it is JSON without weights", "use `Sequential::from_json`, then `load_weights`"),
        None => ("it is neither a `.keras` archive nor an HDF5 file", "save the model with `model.save` in Python"),
    };
    place.error(format!("{what}: {way_out}"))
}

/// Returns the error for a zip archive with these members, of which none is the architecture of a model.
pub(super) fn refuse_archive(members: &[String], place: &Place) -> Error {
    let is_there = |end: &str| members.iter().any(|member| member.ends_with(end));
    match MEMBERS.iter().find(|(end, ..)| is_there(end)) {
        Some((_, what, way_out)) => place.error(format!("it is {what}: {way_out}")),
        None => place.error("this zip archive has no `config.json` of a model: save the model with `model.save` in Python"),
    }
}

/// Fails if the path is that of a folder.
pub(super) fn check_is_file(path: &Path, place: &Place) -> Result<()> {
    if !path.is_dir() {
        return Ok(());
    }
    let mut names: Vec<String> = Vec::new();
    for entry in path.read_dir().map_err(|error| place.io(error))?.flatten().take(1000) {
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    let has = |wanted: &dyn Fn(&str) -> bool| names.iter().any(|name| wanted(name));
    let (what, way_out) = if has(&|name| name == "saved_model.pb" || name == "keras_metadata.pb") {
        ("the folder of a SavedModel of TensorFlow", IN_PYTHON)
    } else if has(&|name| name == "checkpoint" || name.ends_with(".index") || name.contains(".data-0")) {
        ("a folder of checkpoints of TensorFlow, which hold weights alone", IN_PYTHON)
    } else if has(&|name| name == "config.json") && has(&|name| name == "model.weights.h5") {
        ("an unpacked `.keras` archive", "load its `model.weights.h5` with `load_weights`, or pack it again without compression")
    } else {
        ("a folder", "give the path of a file in it")
    };
    Err(place.error(format!("it is {what}: {way_out}")))
}
