//! What several benches share: data and networks that are the same in every run.

use layercake::prelude::*;

/// Numbers from -1 to 1 that look random and are always the same.
pub fn matrix(rows: usize, columns: usize) -> DMatrix<f32> {
    let mut rng = layercake::Rng::new(1);
    DMatrix::from_fn(rows, columns, |_, _| 2.0 * rng.uniform() as f32 - 1.0)
}

/// Layers of these widths, the first being the inputs, with relu and `last`; not compiled.
pub fn network(widths: &[usize], last: &str) -> Sequential<f32> {
    let mut model = Sequential::with_seed(1);
    if let [_, hidden @ .., outputs] = widths {
        hidden.iter().for_each(|&units| model.add(Dense::new(units).activation(Relu)));
        model.add(Dense::new(*outputs).activation(last));
    }
    model
}
