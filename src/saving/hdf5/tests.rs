//! Tests with files of h5py (`tests/golden/hdf5`, made by `tests/python/make_hdf5.py`), files of this crate, and broken files.

use super::*;
use crate::saving::source::Source;

fn golden(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/golden/hdf5/{name}.h5", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn open(bytes: &[u8]) -> Result<File> {
    File::open(Source::memory(bytes.to_vec()))
}

/// Reads the shape and the values of an array.
fn array(file: &File, path: &str) -> Result<(Vec<u64>, Vec<f64>)> {
    let array = file.array(path)?;
    let number = array.number()?;
    let values = array.values()?;
    let mut bytes = vec![0; array.shape.iter().product::<u64>() as usize * number.size()];
    values.read(0, &mut bytes)?;
    Ok((array.shape, number.values(&bytes)))
}

#[test]
fn files_of_h5py_are_read() {
    for (name, many) in [("earliest", 20), ("latest", 20), ("ordered", 3)] {
        let file = open(&golden(name)).unwrap();
        let texts = file.texts("", |_| true).unwrap();
        assert_eq!(texts.len(), many + 5, "{name}");
        for number in 0..many {
            assert_eq!(texts[&format!("text{number}")], [format!("value {number}")], "{name}");
            assert!(file.has_group(&format!("layers/dense_{number}/vars")).unwrap(), "{name}");
        }
        assert_eq!(texts["large"], ["x".repeat(5000)], "{name}");
        assert_eq!(texts["names"], ["a", "bé", ""], "{name}");
        assert_eq!(texts["fixed"], ["dense", "dense_1", ""], "{name}");
        assert!(texts["empty"].is_empty() && texts["number"].is_empty(), "{name}");
        assert!(!file.has_group(&format!("layers/dense_{many}")).unwrap() && !file.has_group("scalar").unwrap(), "{name}");
        let types = file.arrays("types").unwrap();
        assert_eq!(types.len(), 18, "{name}");
        for kind in types.iter().filter(|kind| kind.starts_with(['<', '>'])) {
            let read = array(&file, &format!("types/{kind}")).unwrap();
            assert_eq!(read, (vec![2, 3], vec![0.0, 1.0, 2.0, 3.0, 4.0, 100.0]), "{name}: {kind}");
        }
        assert_eq!(array(&file, "types/bool").unwrap(), (vec![2], vec![0.0, 1.0]), "{name}");
        assert_eq!(array(&file, "scalar").unwrap(), (vec![], vec![2.5]), "{name}");
        assert_eq!(array(&file, "none").unwrap(), (vec![0, 4], vec![]), "{name}");
        assert_eq!(array(&file, "compact").unwrap(), (vec![4], vec![0.0, 1.0, 2.0, 3.0]), "{name}");
    }
}

#[test]
fn chunks_are_put_together() {
    for name in ["earliest", "ordered"] {
        let (shape, values) = array(&open(&golden(name)).unwrap(), "chunks").unwrap();
        assert_eq!(shape, [7, 5, 3]);
        assert!(values.iter().enumerate().all(|(place, &value)| value == place as f64), "{name}: {values:?}");
    }
}

#[test]
fn what_is_not_read_is_named() {
    let (old, new) = (open(&golden("earliest")).unwrap(), open(&golden("latest")).unwrap());
    for (file, path, problem) in [
        (&old, "gzip", "compressed"),
        (&old, "unwritten", "never written"),
        (&old, "types/text", "texts, not numbers"),
        (&old, "soft", "soft or external link"),
        (&old, "nothing", "no such array"),
        (&old, "types", "it is no array"),
        (&new, "soft", "soft or external link"),
        (&new, "chunks", "libver"),
    ] {
        let error = array(file, path).unwrap_err();
        assert!(error.contains(problem), "{path}: {error}");
    }
    assert_eq!(open(b"no HDF5 file").err().unwrap(), "this is no HDF5 file");
}

/// Writes a file with more texts than fit into a heap collection of the smallest size.
fn own() -> Vec<u8> {
    let array = |number, shape: &[u64], bytes: &[u8]| NewArray { number, shape: shape.to_vec(), bytes: bytes.to_vec() };
    let mut root = Tree { texts: vec![("name".to_string(), "root é".to_string())], ..Tree::default() };
    for layer in 0..100 {
        let bytes = [layer as f32, 0.5, -1.0].map(f32::to_le_bytes).concat();
        let arrays = vec![
            ("0".to_string(), array(Number::F32, &[3, 1], &bytes)),
            ("1".to_string(), array(Number::I64, &[], &(-7_i64).to_le_bytes())),
            ("2".to_string(), array(Number::F64, &[2, 0], &[])),
        ];
        let texts = vec![("name".to_string(), format!("layer {layer} {}", "x".repeat(layer)))];
        root.groups.push((format!("dense_{layer}"), Tree { arrays, texts, groups: Vec::new() }));
    }
    let mut bytes = Vec::new();
    write(&root, &mut bytes).unwrap();
    bytes
}

#[test]
fn what_is_written_is_read() {
    let file = open(&own()).unwrap();
    assert_eq!(file.texts("", |name| name == "name").unwrap()["name"], ["root é"]);
    for layer in 0..100 {
        let path = format!("dense_{layer}");
        assert_eq!(file.arrays(&path).unwrap(), ["0", "1", "2"]);
        assert_eq!(file.texts(&path, |_| true).unwrap()["name"], [format!("layer {layer} {}", "x".repeat(layer))]);
        assert_eq!(array(&file, &format!("{path}/0")).unwrap(), (vec![3, 1], vec![layer as f64, 0.5, -1.0]));
        assert_eq!(array(&file, &format!("{path}/1")).unwrap(), (vec![], vec![-7.0]));
        assert_eq!(array(&file, &format!("{path}/2")).unwrap(), (vec![2, 0], vec![]));
    }
}

#[test]
fn broken_files_end_in_errors() {
    let mut rng = crate::Rng::new(1);
    for bytes in [golden("earliest"), golden("latest"), golden("ordered"), own()] {
        let used: Vec<usize> = (0..bytes.len()).filter(|&place| bytes[place] != 0).collect();
        for _ in 0..1000 {
            let mut broken = bytes.clone();
            for _ in 0..=rng.below(4) {
                let place = used[rng.below(used.len())];
                let width = 1 << rng.below(4);
                let byte = [0x00, 0xff, 0x7f, rng.below(256) as u8][rng.below(4)];
                broken.iter_mut().skip(place).take(width).for_each(|value| *value = byte);
            }
            if rng.below(8) == 0 {
                broken.truncate(rng.below(bytes.len()));
            }
            let Ok(file) = open(&broken) else { continue };
            for path in ["", "layers", "types", "dense_3"] {
                let _ = (file.texts(path, |_| true), file.has_group(&format!("{path}/dense_2/vars")));
                for name in file.arrays(path).unwrap_or_default() {
                    let _ = array(&file, &format!("{path}/{name}"));
                }
            }
        }
    }
}
