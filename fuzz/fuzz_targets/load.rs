//! Whatever bytes are loaded as a model or as safetensors: an error, never a panic.
#![no_main]

use layercake::prelude::*;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(model) = Sequential::<f32>::from_bytes(bytes) {
        // what was loaded can be used, and saved and loaded again
        let width = model.layers().filter_map(|layer| layer.output_shape()).map(|shape| shape.width()).max().unwrap_or(0);
        let inputs = model.input_shape().map_or(1, |shape| shape.width());
        if width.max(inputs) < 1 << 16 {
            let _ = model.predict(&DMatrix::from_element(2, inputs, 0.5));
        }
        let saved = model.to_bytes().unwrap();
        assert_eq!(Sequential::<f32>::from_bytes(&saved).unwrap().to_bytes().unwrap(), saved);
    }
    let mut model = Sequential::<f32>::with_seed(1);
    model.add(Input::new(2));
    model.add(Dense::new(2));
    let _ = model.load_safetensors_bytes(bytes);
});
