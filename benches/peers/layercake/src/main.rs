// layercake's own row. usage: peer-layercake W0..W5 THREADS
#[path = "../../common/infer.rs"]
mod infer;
#[path = "../../common/work.rs"]
mod work;
use layercake::nalgebra::DMatrix;
use layercake::prelude::*;
use work::{Loss, Opt, Rng, W, drive, get};

fn network(w: &W) -> Sequential<f32> {
    let mut model = Sequential::with_seed(42);
    let last = w.sizes.len() - 1;
    for (layer, &units) in w.sizes.iter().enumerate().skip(1) {
        let dense = Dense::new(units);
        model.add(match (layer == last, w.loss) {
            (false, _) => dense.activation(Relu),
            (true, Loss::Bce) => dense.activation(Sigmoid),
            (true, Loss::Cce) => dense.activation(Softmax),
            (true, Loss::Mse) => dense,
        });
    }
    model
}

fn compile(model: &mut Sequential<f32>, w: &W) -> layercake::Result<()> {
    let (adam, momentum) = (Adam::default(), Sgd::default().momentum(0.9));
    match (w.opt, w.loss) {
        (Opt::Adam, Loss::Bce) => model.compile(adam, BinaryCrossentropy::default(), ()),
        (Opt::Adam, Loss::Cce) => model.compile(adam, SparseCategoricalCrossentropy::default(), ()),
        (Opt::Adam, Loss::Mse) => model.compile(adam, MeanSquaredError::default(), ()),
        (Opt::Sgdm, Loss::Bce) => model.compile(momentum, BinaryCrossentropy::default(), ()),
        (Opt::Sgdm, Loss::Cce) => model.compile(momentum, SparseCategoricalCrossentropy::default(), ()),
        (Opt::Sgdm, Loss::Mse) => model.compile(momentum, MeanSquaredError::default(), ()),
    }
}

fn main() {
    let w = std::env::args().nth(1).unwrap_or_default();
    if w == "W5" {
        let mut model = network(&W { name: "W5", n: 0, sizes: &[784, 128, 64, 10], batch: 1, epochs: 0, loss: Loss::Cce, opt: Opt::Adam, reps: 0 });
        model.build(784).unwrap();
        let rows = |n: usize| {
            let mut r = Rng(42);
            DMatrix::from_row_iterator(n, 784, (0..n * 784).map(|_| (r.next() >> 40) as f32 / 16777216.0))
        };
        let (one, many) = (rows(1), rows(10_000));
        let threads = std::env::args().nth(2).map_or(1, |threads| threads.parse().unwrap());
        return infer::time("layercake", threads, |n| {
            let options = PredictOptions::new().threads(threads);
            std::hint::black_box(model.predict_with(if n == 1 { &one } else { &many }, options).unwrap());
        });
    }
    // the peers get their data row by row; here the matrix is made once, outside the timed fits, as a user has it
    let w = get(&w);
    let (x, labels, y) = w.data();
    let x = DMatrix::from_row_slice(w.n, w.sizes[0], &x);
    let classes: Vec<usize> = labels.iter().map(|&label| label as usize).collect();
    let y = DMatrix::from_vec(w.n, 1, y);
    drive("layercake", |w, threads| {
        let mut model = network(w);
        compile(&mut model, w).unwrap();
        let options = FitOptions::new().batch_size(w.batch).epochs(w.epochs).threads(threads);
        let history = match w.loss {
            Loss::Cce => model.fit(&x, &classes, options),
            _ => model.fit(&x, &y, options),
        };
        *history.unwrap()["loss"].last().unwrap() as f32
    });
}
