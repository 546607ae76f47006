//! A table model: an archive of Keras with a further member, which holds the hashes of all other members.
//!
//! The comment at the end of the archive is the hash of all bytes before it.

use super::archive::{Archive, Writer};
use super::atomic;
use super::keras::{self, Columns, Members};
use super::place::{self, Place};
use super::source::Source;
use crate::base::Result;
use crate::model::Model;
use std::io::{Read, Write};
use std::path::Path;

/// The names of the members of an archive, each with the hash of its bytes.
pub(crate) type Hashes = Vec<(String, String)>;

/// Saves a model of these networks, whose inputs are columns, with one more member that `content` makes from the hashes of the
/// others.
pub(crate) fn save_beside(
    path: &Path,
    (networks, columns): (&Model<f32>, &Columns),
    name: &str,
    content: impl FnOnce(&Hashes) -> Result<String>,
) -> Result<()> {
    place::check_ending(path, ".keras")?;
    let place = Place::file(path);
    let members = Members::of_table(networks, columns, &place)?.into_bytes().map_err(|error| place.io(error))?;
    let hashes = members.iter().map(|(name, bytes)| (name.to_string(), hash(bytes))).collect();
    let content = content(&hashes)?;
    atomic::write(path, |file| {
        let mut sealed = Vec::new();
        let mut archive = Writer::new(&mut sealed);
        for (name, bytes) in members.iter().map(|(name, bytes)| (*name, &bytes[..])).chain([(name, content.as_bytes())]) {
            archive.add(name, &|member| member.write_all(bytes))?;
        }
        archive.finish_with(&hash(&[]))?;
        seal(&mut sealed);
        file.write_all(&sealed)
    })
}

/// Makes the comment of an archive the hash of all bytes before it; it is a hash already.
fn seal(bytes: &mut [u8]) {
    let end = bytes.len() - hash(&[]).len();
    let hash = hash(&bytes[..end]);
    bytes[end..].copy_from_slice(hash.as_bytes());
}

/// An archive of Keras with a further member.
pub(crate) struct Beside {
    source: Source,
    pub(crate) place: Place,
    /// The bytes of the further member; `None` if the archive has no such member.
    pub(crate) member: Option<Vec<u8>>,
    /// The hashes of all other members.
    pub(crate) hashes: Hashes,
    /// Whether the archive has the hash of its bytes as its comment.
    pub(crate) is_sealed: bool,
}

impl Beside {
    /// Opens an archive, whose further member has this name; a file of another kind has no members.
    pub(crate) fn open(path: &Path, name: &str) -> Result<Self> {
        let (mut source, place) = Source::file(path)?;
        let (mut member, mut hashes, mut is_sealed) = (None, Hashes::new(), false);
        if source.starts_with(b"PK").map_err(|error| place.io(error))? {
            let archive = Archive::open(source.clone(), &place)?;
            for other in archive.names() {
                let bytes = archive.member(&other)?;
                if other == name { member = Some(bytes) } else { hashes.push((other, hash(&bytes))) }
            }
            let mut bytes = Vec::new();
            source.read_to_end(&mut bytes).map_err(|error| place.io(error))?;
            let (content, comment) = bytes.split_at(bytes.len().saturating_sub(hash(&[]).len()));
            is_sealed = comment == hash(content).as_bytes();
        }
        Ok(Self { source, place, member, hashes, is_sealed })
    }

    /// Returns the operations of the encoding of columns, each with its constants.
    pub(crate) fn encoding(&self) -> Result<Vec<(String, Vec<f64>)>> {
        keras::encoding(self.source.clone(), &self.place)
    }

    /// Reads the networks.
    pub(crate) fn networks(&self) -> Result<Model<f32>> {
        keras::read_networks(self.source.clone(), &self.place)
    }
}

/// Returns the hash of some bytes: FNV-1a with 64 bits, in hexadecimal digits. Any change of one byte changes it.
pub(crate) fn hash(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}
