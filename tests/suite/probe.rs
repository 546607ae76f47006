//! What a callback is shown of a step, and that looking changes nothing.

use layercake::prelude::*;

/// Keeps what it was shown of the first batches.
#[derive(Default)]
struct Seen {
    batches: usize,
    probes: Vec<layercake::Probe<f64>>,
}

impl Callback<f64> for Seen {
    fn probes(&self, epoch: usize, batch: usize) -> bool {
        epoch == 0 && batch < self.batches
    }

    fn on_batch_end(&mut self, run: &mut Run<'_, f64>) -> layercake::Result<()> {
        if run.epoch() == 0 && run.batch() < self.batches {
            self.probes.extend(run.probe().cloned());
        } else {
            assert!(run.probe().is_none(), "a batch that no callback asked for");
        }
        Ok(())
    }
}

fn model() -> Sequential<f64> {
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(2).activation(Tanh).name("hidden"));
    model.add(Dense::new(1).name("output"));
    model.compile(Sgd::default().learning_rate(0.1), "mse", ()).unwrap();
    model.build(2).unwrap();
    let weights = [dmatrix![0.5, -1.0; 0.25, 2.0], dmatrix![0.1, -0.2], dmatrix![1.5; -0.5], dmatrix![0.3]];
    model.set_weights(&weights).unwrap();
    model
}

#[test]
fn a_probe_is_what_a_hand_computes() {
    let (x, y) = (dmatrix![1.0, 2.0; -0.5, 0.3; 0.7, -1.1], dmatrix![1.0; 0.0; -1.0]);
    let mut model = model();
    let before = model.get_weights();
    let mut seen = Seen { batches: 1, ..Seen::default() };
    model.fit(&x, &y, FitOptions::new().batch_size(3).shuffle(false).callback(&mut seen)).unwrap();
    let after = model.get_weights();
    let probe = &seen.probes[0];
    let rows = |bias: &DMatrix<f64>| DMatrix::from_fn(3, bias.len(), |_, column| bias[column]);
    // z1 = x W1 + b1, a1 = tanh(z1), z2 = a1 W2 + b2, and back: dz2 = 2 (z2 - y) / 3, dz1 = dz2 W2^T (1 - a1^2)
    let z1 = &x * &before[0] + rows(&before[1]);
    let a1 = z1.map(f64::tanh);
    let z2 = &a1 * &before[2] + rows(&before[3]);
    let dz2 = (&z2 - &y) * (2.0 / 3.0);
    let dz1 = (&dz2 * before[2].transpose()).component_mul(&a1.map(|a| 1.0 - a * a));
    let near = |got: &[f64], want: &DMatrix<f64>| {
        // by rows, a sample or an input after the other
        let got = DMatrix::from_row_slice(want.nrows(), want.ncols(), got);
        approx::assert_relative_eq!(&got, want, epsilon = 1e-12);
    };
    near(probe.inputs().unwrap().values(), &x);
    near(probe.targets().unwrap().values(), &y);
    let [hidden, output] = probe.nodes() else { panic!("{:?}", probe.nodes()) };
    assert_eq!([hidden.name(), output.name()], ["hidden", "output"]);
    for (node, [z, a, dz]) in [(hidden, [&z1, &a1, &dz1]), (output, [&z2, &z2, &dz2])] {
        near(node.pre_activation().values(), z);
        near(node.output().values(), a);
        near(node.gradient().values(), dz);
    }
    let sums = |dz: &DMatrix<f64>| DMatrix::from_fn(1, dz.ncols(), |_, column| dz.column(column).sum());
    let gradients = [x.transpose() * &dz1, sums(&dz1), a1.transpose() * &dz2, sums(&dz2)];
    let paths: Vec<&str> = probe.weights().iter().map(|weight| weight.path()).collect();
    assert_eq!(paths, ["hidden/kernel", "hidden/bias", "output/kernel", "output/bias"]);
    for (number, (weight, gradient)) in probe.weights().iter().zip(&gradients).enumerate() {
        near(weight.gradient(), gradient);
        let (old, new) = (flat(&before[number]), flat(&after[number]));
        near(weight.before(), &old);
        near(weight.after(), &new);
        near(weight.after(), &flat_like(&old, &before[number], gradient));
        let relative = gradient.norm() * 0.1 / before[number].norm();
        approx::assert_relative_eq!(weight.relative_update(), relative, max_relative = 1e-12);
    }
}

/// A weight as one row, in Keras' order.
fn flat(weight: &DMatrix<f64>) -> DMatrix<f64> {
    DMatrix::from_row_slice(1, weight.len(), weight.transpose().as_slice())
}

/// The weight after a step with learning rate 0.1, as one row.
fn flat_like(old: &DMatrix<f64>, weight: &DMatrix<f64>, gradient: &DMatrix<f64>) -> DMatrix<f64> {
    let gradient = DMatrix::from_row_slice(weight.nrows(), weight.ncols(), flat(gradient).as_slice());
    old - flat(&gradient) * 0.1
}

/// The weights after a training, looked at or not.
fn trained(build: impl Fn() -> Sequential<f64>, x: &DMatrix<f64>, y: &DMatrix<f64>, batches: usize) -> Vec<DMatrix<f64>> {
    let mut model = build();
    let mut seen = Seen { batches, ..Seen::default() };
    let options = FitOptions::new().epochs(2).batch_size(8).callback(&mut seen);
    model.fit(x, y, options).unwrap();
    assert_eq!(seen.probes.len(), batches);
    model.get_weights()
}

#[test]
fn looking_changes_no_bit() {
    let x = DMatrix::from_fn(24, 2, |row, column| ((row + 3 * column) as f64).sin());
    let y = DMatrix::from_fn(24, 1, |row, _| (row as f64).cos());
    assert_eq!(trained(model, &x, &y, 0), trained(model, &x, &y, 2));
}

/// Weights of at least 65,536 values are updated while their gradient is computed, unless something asks for the gradient.
#[test]
fn looking_at_large_weights_changes_no_bit_either() {
    let x = DMatrix::from_fn(24, 512, |row, column| ((row + 3 * column) as f64).sin());
    let y = DMatrix::from_fn(24, 1, |row, _| (row as f64).cos());
    for optimizer in ["adam", "sgd", "rmsprop"] {
        let build = || {
            let mut model = Sequential::with_seed(1);
            model.add(Dense::new(160).activation(Relu));
            model.add(Dense::new(1));
            model.compile(optimizer, "mse", ()).unwrap();
            model
        };
        assert_eq!(trained(build, &x, &y, 0), trained(build, &x, &y, 2), "{optimizer}");
    }
}

/// Counts the batches that it is called for.
#[derive(Default)]
struct Quiet(Vec<(usize, usize)>);

impl Callback<f64> for Quiet {
    fn watches_batches(&self) -> bool {
        false
    }

    fn probes(&self, epoch: usize, batch: usize) -> bool {
        (epoch, batch) == (1, 2)
    }

    fn on_batch_end(&mut self, run: &mut Run<'_, f64>) -> layercake::Result<()> {
        self.0.push((run.epoch(), run.batch()));
        assert_eq!(run.probe().is_some(), (run.epoch(), run.batch()) == (1, 2));
        Ok(())
    }
}

#[test]
fn a_callback_that_does_not_watch_batches_is_called_for_those_that_it_probes() {
    let x = DMatrix::from_fn(24, 2, |row, column| ((row + 3 * column) as f64).sin());
    let y = DMatrix::from_fn(24, 1, |row, _| (row as f64).cos());
    let mut quiet = Quiet::default();
    model().fit(&x, &y, FitOptions::new().epochs(3).batch_size(8).callback(&mut quiet)).unwrap();
    assert_eq!(quiet.0, [(1, 2)]);
    // beside one that watches, it is called for all
    let mut quiet = Quiet::default();
    let options = FitOptions::new().epochs(3).batch_size(8).callback(&mut quiet).callback(on_batch_end(|_| ()));
    model().fit(&x, &y, options).unwrap();
    assert_eq!(quiet.0.len(), 9);
}
