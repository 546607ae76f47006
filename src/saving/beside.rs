//! A model with a further member in the same archive, which holds the hashes of all other members.

use super::archive::{Archive, Writer};
use super::atomic;
use super::keras::{self, Members};
use super::load_options::LoadOptions;
use super::place::{self, Place};
use super::source::Source;
use crate::base::Result;
use crate::kernels::Scalar;
use crate::model::Model;
use std::io::{Cursor, Write};
use std::path::Path;

/// The names of the members of an archive, each with the hash of its bytes.
pub(crate) type Hashes = Vec<(String, String)>;

/// A model that was loaded together with a further member.
#[derive(Debug)]
pub(crate) struct Beside<T: Scalar> {
    pub(crate) model: Model<T>,
    /// The bytes of the further member; `None` if the archive has no such member.
    pub(crate) member: Option<Vec<u8>>,
    /// The hashes of all other members.
    pub(crate) hashes: Hashes,
    pub(crate) place: Place,
}

impl<T: Scalar> Model<T> {
    /// Saves the model as `save` does, with one more member that `content` makes from the hashes of the others.
    pub(crate) fn save_beside(&self, path: &Path, name: &str, content: impl FnOnce(&Hashes) -> Result<String>) -> Result<()> {
        place::check_ending(path, ".keras")?;
        let place = Place::file(path);
        let members = Members::of(self, None, &place)?.into_bytes().map_err(|error| place.io(error))?;
        let hashes = members.iter().map(|(name, bytes)| (name.to_string(), hash(bytes))).collect();
        let content = content(&hashes)?;
        atomic::write(path, |file| {
            let mut bytes = Cursor::new(Vec::new());
            let mut archive = Writer::new(&mut bytes);
            for (name, bytes) in members.iter().map(|(name, bytes)| (*name, &bytes[..])).chain([(name, content.as_bytes())]) {
                archive.add(name, |member| member.write_all(bytes))?;
            }
            archive.finish()?;
            file.write_all(bytes.get_ref())
        })
    }
}

/// Loads a model that `save_beside` has saved, with its further member.
pub(crate) fn load_beside<T: Scalar>(path: &Path, name: &str) -> Result<Beside<T>> {
    let (source, place) = Source::file(path)?;
    let model = keras::read(LoadOptions::new(), source.clone(), &place)?;
    let (mut member, mut hashes) = (None, Hashes::new());
    if source.starts_with(b"PK").map_err(|error| place.io(error))? {
        let archive = Archive::open(source, &place)?;
        for other in archive.names() {
            let bytes = archive.member(&other)?;
            if other == name { member = Some(bytes) } else { hashes.push((other, hash(&bytes))) }
        }
    }
    Ok(Beside { model, member, hashes, place })
}

/// Returns the hash of some bytes: FNV-1a with 64 bits, in hexadecimal digits. Any change of one byte changes it.
pub(crate) fn hash(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}
