//! Layers that merge the outputs of other layers value by value.

use super::Stack;
use super::merge::{expand_stacks, fold, merging_layer, same_shape};
use crate::base::{Error, Result, Shape};
use crate::kernels::{self, Scalar};
use crate::layers::{Backward, Expansion, Infer, Layer, Plan};
use crate::part::{Arguments, Describe};

merging_layer!(
    /// The difference of the outputs of two layers: `y = a - b`.
    /// [Keras](https://keras.io/api/layers/merging_layers/subtract/)
    Subtract, 2..=2
);
merging_layer!(
    /// The product of the outputs of several layers, value by value: `y = a b ...`, for example to gate one by another.
    /// [Keras](https://keras.io/api/layers/merging_layers/multiply/)
    Multiply, 1..
);
merging_layer!(
    /// The mean of the outputs of several layers: `y = (a + b + ...) / n`.
    /// [Keras](https://keras.io/api/layers/merging_layers/average/)
    Average, 1..
);
merging_layer!(
    /// The maximum of the outputs of several layers, value by value, `y = max(x1, x2, ..)`. Of equal values the first gets the
    /// gradient.
    /// [Keras](https://keras.io/api/layers/merging_layers/maximum/)
    Maximum, 1..
);
merging_layer!(
    /// The minimum of the outputs of several layers, value by value, `y = min(x1, x2, ..)`. Of equal values the first gets the
    /// gradient.
    /// [Keras](https://keras.io/api/layers/merging_layers/minimum/)
    Minimum, 1..
);

impl<T: Scalar> Layer<T> for Subtract<T> {
    crate::part::compiled!(Layer<T> for Subtract<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        if inputs.len() != 2 {
            let expected = format!("it takes two inputs, not {}", inputs.len());
            return Err(Error::LayerInput { layer: String::new(), found: inputs[0].clone(), expected });
        }
        same_shape(inputs)
    }

    fn infer(&self, pass: Infer<'_, T>) {
        fold(pass, |y, x| y - x);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        let dy = pass.output_gradient.values();
        pass.input_gradients.write(0, |mut dx| dx.values().copy_from_slice(dy));
        pass.input_gradients.write(1, |mut dx| {
            dx.values().copy_from_slice(dy);
            kernels::map(dx.values(), |d| -d);
        });
    }

    fn expand(&self) -> Option<Expansion<'_, T>> {
        expand_stacks(&self.stacks, Self::new())
    }
}

impl<T: Scalar> Layer<T> for Multiply<T> {
    crate::part::compiled!(Layer<T> for Multiply<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        same_shape(inputs)
    }

    fn infer(&self, pass: Infer<'_, T>) {
        fold(pass, |y, x| y * x);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        let dy = pass.output_gradient.values();
        // dx_i is dy times all other inputs.
        for number in 0..pass.inputs.len() {
            pass.input_gradients.write(number, |mut dx| {
                dx.values().copy_from_slice(dy);
                for (_, x) in pass.inputs.iter().enumerate().filter(|(other, _)| *other != number) {
                    kernels::multiply(dx.values(), x.values());
                }
            });
        }
    }

    fn expand(&self) -> Option<Expansion<'_, T>> {
        expand_stacks(&self.stacks, Self::new())
    }
}

impl<T: Scalar> Layer<T> for Average<T> {
    crate::part::compiled!(Layer<T> for Average<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        same_shape(inputs)
    }

    fn infer(&self, mut pass: Infer<'_, T>) {
        let count = T::of(pass.inputs.len() as f64);
        let Infer { params, state, inputs, output, workspace } = &mut pass;
        fold(Infer { params, state, inputs, output: output.reborrow(), workspace }, |y, x| y + x);
        kernels::divide(pass.output.values(), count);
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        let (dy, count) = (pass.output_gradient.values(), T::of(pass.inputs.len() as f64));
        for input in 0..pass.inputs.len() {
            pass.input_gradients.write(input, |mut dx| {
                dx.values().copy_from_slice(dy);
                kernels::divide(dx.values(), count);
            });
        }
    }

    fn expand(&self) -> Option<Expansion<'_, T>> {
        expand_stacks(&self.stacks, Self::new())
    }
}

impl<T: Scalar> Layer<T> for Maximum<T> {
    crate::part::compiled!(Layer<T> for Maximum<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        same_shape(inputs)
    }

    fn infer(&self, pass: Infer<'_, T>) {
        fold(pass, |y, x| if beats(x, y, x > y) { x } else { y });
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        winner_takes(pass, |x, best| x > best);
    }

    fn expand(&self) -> Option<Expansion<'_, T>> {
        expand_stacks(&self.stacks, Self::new())
    }
}

impl<T: Scalar> Layer<T> for Minimum<T> {
    crate::part::compiled!(Layer<T> for Minimum<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        same_shape(inputs)
    }

    fn infer(&self, pass: Infer<'_, T>) {
        fold(pass, |y, x| if beats(x, y, x < y) { x } else { y });
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        winner_takes(pass, |x, best| x < best);
    }

    fn expand(&self) -> Option<Expansion<'_, T>> {
        expand_stacks(&self.stacks, Self::new())
    }
}

/// Returns whether `x` replaces `best`: NaN replaces every number, and no number replaces NaN.
fn beats<T: Scalar>(x: T, best: T, better: bool) -> bool {
    let is_nan = |value: T| value.partial_cmp(&value).is_none();
    better || (is_nan(x) && !is_nan(best))
}

/// Writes the gradient of each output value to the input that the value came from, and 0 to the others.
fn winner_takes<T: Scalar>(pass: &mut Backward<'_, T>, better: impl Fn(T, T) -> bool) {
    let (inputs, dy) = (pass.inputs, pass.output_gradient.values());
    let winner = |i: usize| {
        (1..inputs.len()).fold(0, |best, other| {
            let (x, y) = (inputs[other].values()[i], inputs[best].values()[i]);
            if beats(x, y, better(x, y)) { other } else { best }
        })
    };
    for number in 0..inputs.len() {
        pass.input_gradients.write(number, |mut dx| {
            let gradients = dx.values().iter_mut().zip(dy).enumerate();
            gradients.for_each(|(i, (dx, &dy))| *dx = if winner(i) == number { dy } else { T::zero() });
        });
    }
}
