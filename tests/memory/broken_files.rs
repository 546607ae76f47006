//! Loads thousands of broken files. Each is refused or loaded without a panic, and with memory of at most a few times the
//! size of the file.

use crate::counting::{MOST, USED};
use crate::process::alone;
use layercake::Rng;
use layercake::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The memory of a load that does not depend on the size of the file: registries, parsed JSON, the model itself.
const ROOM: usize = 4 << 20;

fn files() -> Vec<(String, Vec<u8>)> {
    let folders = ["files", "strangers"].map(|folder| format!("{}/tests/golden/{folder}", env!("CARGO_MANIFEST_DIR")));
    let mut files: Vec<_> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "keras" || ending == "h5"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    let mut model = Sequential::<f32>::with_seed(1);
    model.add(Input::new(3));
    model.add(Dense::new(2).activation(Relu.max_value(6.0)));
    model.add(Dense::new(1));
    model.compile(Sgd::default().momentum(0.9), "mse", "mae").unwrap();
    files.push(("own.keras".to_string(), model.to_bytes().unwrap()));
    files.sort();
    files
}

/// Breaks a file in one of several ways.
fn mutate(bytes: &mut Vec<u8>, rng: &mut Rng) {
    let size = bytes.len();
    match rng.below(6) {
        0 => bytes.truncate(rng.below(size)),
        1 => (0..=rng.below(8)).for_each(|_| bytes[rng.below(size)] ^= 1 << rng.below(8)),
        2 => {
            // a field of 1 to 8 bytes set to an extreme
            let (place, width, byte) = (rng.below(size), 1 << rng.below(4), [0x00, 0xff, 0x7f, 0x80][rng.below(4)]);
            bytes.iter_mut().skip(place).take(width).for_each(|value| *value = byte);
        }
        3 => {
            let (from, to, count) = (rng.below(size), rng.below(size), rng.below(64));
            let piece: Vec<u8> = bytes[from..(from + count).min(size)].to_vec();
            bytes.splice(to..to, piece);
        }
        4 => {
            let (place, count) = (rng.below(size), rng.below(64));
            bytes.drain(place..(place + count).min(size));
        }
        // the first bytes have the structures that all others depend on
        _ => bytes[rng.below(size.min(512))] = rng.below(256) as u8,
    }
}

/// Changes the HDF5 member of an archive and packs it again, because its checksum would reveal every change otherwise.
fn repacked(bytes: &[u8], rng: &mut Rng) -> Option<Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).ok()?;
    let broken = ["model.weights.h5", "config.json"][rng.below(2)];
    let mut packed = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).ok()?;
        let mut content = Vec::new();
        std::io::Read::read_to_end(&mut member, &mut content).ok()?;
        let name = member.name().ok()?.into_owned();
        if name == broken {
            mutate(&mut content, rng);
        }
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        packed.start_file(name, options).ok()?;
        std::io::Write::write_all(&mut packed, &content).ok()?;
    }
    Some(packed.finish().ok()?.into_inner())
}

#[test]
fn broken_files_are_refused_without_panic_or_greed() {
    alone("broken_files::broken_files_are_refused_without_panic_or_greed", ".", loads_broken_files);
}

fn loads_broken_files() {
    let mut rng = Rng::new(2026);
    let (mut refused, mut loaded) = (0, 0);
    let panics = std::sync::Arc::new(AtomicUsize::new(0));
    let counted = panics.clone();
    std::panic::set_hook(Box::new(move |panic| {
        counted.fetch_add(1, Ordering::Relaxed);
        eprintln!("{panic}");
    }));
    for (name, bytes) in files() {
        let mut model = Sequential::<f32>::from_bytes(&bytes).ok();
        for _ in 0..400 {
            let mut broken = bytes.clone();
            match bytes.starts_with(b"PK") && rng.below(2) == 0 {
                true => broken = repacked(&bytes, &mut rng).unwrap(),
                false => mutate(&mut broken, &mut rng),
            }
            let before = USED.load(Ordering::Relaxed);
            MOST.store(before, Ordering::Relaxed);
            let result = Sequential::<f32>::from_bytes(&broken);
            let peak = MOST.load(Ordering::Relaxed) - before;
            assert!(peak < 16 * broken.len() + ROOM, "{name}: {peak} bytes for a file of {}", broken.len());
            match result {
                Ok(_) => loaded += 1,
                Err(layercake::Error::File { file, problem, .. }) => {
                    assert!(!file.is_empty() && !problem.is_empty());
                    refused += 1;
                }
                Err(other) => panic!("{name}: {other}, which names no file"),
            }
            // an existing model keeps its weights when a file is refused
            if let Some(model) = &mut model {
                let weights = model.get_weights();
                let path = std::env::temp_dir().join(format!("layercake-broken-{}.weights.h5", std::process::id()));
                if rng.below(8) == 0 {
                    std::fs::write(&path, &broken).unwrap();
                    if model.load_weights(&path).is_err() {
                        assert_eq!(model.get_weights(), weights);
                    }
                    let weights = model.get_weights();
                    MOST.store(USED.load(Ordering::Relaxed), Ordering::Relaxed);
                    let before = MOST.load(Ordering::Relaxed);
                    if model.load_weights_by_name(&path).is_err() {
                        assert_eq!(model.get_weights(), weights);
                    }
                    let _ = layercake::saving::contents(&path).map(|contents| contents.to_string());
                    let peak = MOST.load(Ordering::Relaxed) - before;
                    assert!(peak < 16 * broken.len() + ROOM, "{name}: {peak} bytes for a file of {}", broken.len());
                    let _ = std::fs::remove_file(&path);
                }
            }
        }
    }
    let _ = std::panic::take_hook();
    println!("{refused} refused, {loaded} loaded");
    assert_eq!(panics.load(Ordering::Relaxed), 0, "panics that were caught");
    assert!(refused > 1000 && loaded > 100, "{refused} refused, {loaded} loaded");
}
