//! Defines a custom activation, loss and metric, checks the gradients of the first two, and trains with all three.
use layercake::losses::{LossGradient, pointwise};
use layercake::metrics::add_mean;
use layercake::prelude::*;
use layercake::saving::{Arguments, Describe};
use layercake::{Batch, BatchMut, Scored, check};

/// The softsign activation, `a = z / (1 + |z|)`.
#[derive(Debug, Clone)]
struct Softsign;

impl Describe for Softsign {}

impl<T: Scalar> Activation<T> for Softsign {
    fn apply(&self, mut z: BatchMut<'_, T>) {
        z.values().iter_mut().for_each(|z| *z /= T::one() + z.abs());
    }

    fn backprop(&self, a: Batch<'_, T>, mut gradient: BatchMut<'_, T>) {
        // The derivative is da/dz = 1 / (1 + |z|)^2 = (1 - |a|)^2.
        gradient.values().iter_mut().zip(a.values()).for_each(|(d, a)| *d *= (T::one() - a.abs()).powi(2));
    }
}

/// A squared error that weights predictions above the target: `over * e^2` for those, `e^2` for the others.
#[derive(Debug, Clone)]
struct Lopsided {
    over: f64,
}

impl Describe for Lopsided {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("over", &mut self.over, 0.0..f64::INFINITY);
    }
}

impl<T: Scalar> Loss<T> for Lopsided {
    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        let over = T::of(self.over);
        pointwise(predicted, target, losses, gradient, |p, t| {
            let factor = if p > t { over } else { T::one() };
            (factor * (p - t) * (p - t), (factor + factor) * (p - t))
        });
    }
}

/// The share of samples whose prediction is above the target.
#[derive(Debug, Clone)]
struct TooHigh;

impl Describe for TooHigh {}

impl<T: Scalar> Metric<T> for TooHigh {
    fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
        add_mean(batch, totals, |predicted, target| f64::from(predicted[0] > target[0]));
    }
}

fn main() -> layercake::Result<()> {
    let x = DMatrix::from_fn(200, 1, |row, _| row as f64 / 100.0 - 1.0);
    let y = x.map(|x| (3.0 * x).sin() + 0.3 * (40.0 * x).cos());
    println!("activation: relative error of the gradient {:.1e}", check::activation(&Softsign, &x)?);
    println!("loss:       relative error of the gradient {:.1e}", check::loss(&Lopsided { over: 9.0 }, &y, &x)?);

    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(20).activation(Softsign));
    model.add(Dense::new(1));
    for over in [1.0, 9.0] {
        model.compile(Adam::default().learning_rate(0.01), Lopsided { over }, (TooHigh, "mae"))?;
        model.fit(&x, &y, FitOptions::new().epochs(200))?;
        println!("weight {over} for predictions above the target: {}", model.evaluate(&x, &y)?);
    }
    Ok(())
}
