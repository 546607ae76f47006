//! Whatever bytes are loaded as a model, as weights or as safetensors: an error, never a panic.
#![no_main]

use layercake::prelude::*;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(model) = Functional::<f32>::from_bytes(bytes) {
        // what was loaded can be used, and saved and loaded again
        let width = model.layers().filter_map(|layer| layer.output_shape()).map(|shape| shape.width()).max().unwrap_or(0);
        let inputs: Vec<usize> = model.inputs().iter().map(|(_, shape)| shape.width()).collect();
        if width.max(inputs.iter().sum()) < 1 << 16 {
            let x: Vec<_> = inputs.iter().map(|&width| DMatrix::from_element(2, width, 0.5)).collect();
            let _ = model.predict_all(&x);
        }
        let saved = model.to_bytes().unwrap();
        assert_eq!(Functional::<f32>::from_bytes(&saved).unwrap().to_bytes().unwrap(), saved);
    }
    let mut model = Sequential::<f32>::with_seed(1);
    model.add(Input::new(2));
    model.add(Dense::new(2));
    let _ = model.load_safetensors_bytes(bytes);
    // these take the path of a file
    let path = std::env::temp_dir().join(format!("layercake-fuzz-{}", std::process::id()));
    if std::fs::write(&path, bytes).is_ok() {
        let _ = layercake::saving::contents(&path).map(|contents| contents.to_string());
        let _ = model.load_weights(&path);
        let _ = model.load_weights_by_name(&path);
    }
});
