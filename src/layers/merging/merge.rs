//! Layers that put the outputs of several stacks together, value by value.

use crate::base::{Batch, BatchMut, Result, Shape};
use crate::kernels::{self, Scalar};
use crate::layers::{Backward, Branches, IntoStack, Join, Layer, Plan, Stack, Weights};
use crate::part::{Arguments, Describe};

/// Adds its input to what its stack makes of it: `y = x + f(x)`, so that what the stack learns is a difference.
/// (He et al., *Deep Residual Learning for Image Recognition*, 2016)
///
/// The stack gives samples of the shape that it takes. In a spec its layers stand under `layers`.
///
/// # Errors
///
/// When the model is built: a stack that gives another shape.
///
/// ```
/// use layercake::layers::Residual;
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(16).activation(Relu));
/// for _ in 0..3 {
///     model.add(Residual::new((Dense::new(16).activation(Relu), Dropout::new(0.1), Dense::new(16))));
/// }
/// model.add(Dense::new(1));
/// model.compile("adam", "mse", ())?;
/// model.fit(&dmatrix![1.0, 2.0; 3.0, 4.0], &dmatrix![1.0; 2.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Residual<T: Scalar> {
    /// One that passes the input on, and that of the layer.
    stacks: [Stack<T>; 2],
}

impl<T: Scalar> Residual<T> {
    /// A layer that adds its input to what this stack gives: a layer, a tuple of layers, a [`Stack`].
    pub fn new<Way>(stack: impl IntoStack<T, Way>) -> Self {
        Self { stacks: [Stack::new(), stack.into_stack()] }
    }
}

impl<T: Scalar> Describe for Residual<T> {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.stack("layers", &mut self.stacks[1]);
    }
}

impl<T: Scalar> Layer<T> for Residual<T> {
    crate::part::compiled!(Layer<T> for Residual<T>);

    fn plan(&self, input: &Shape) -> Result<Plan<T>> {
        Ok(merged(input))
    }

    fn branches(&self) -> Option<Branches<'_, T>> {
        Some(Branches { stacks: &self.stacks, join: Join::NewAxis })
    }

    fn infer(&self, _weights: Weights<'_, T>, x: Batch<'_, T>, mut y: BatchMut<'_, T>) {
        x.samples().zip(y.samples()).for_each(|(x, y)| fold(x, y, |y, x| y + x));
    }

    fn backward(&self, pass: Backward<'_, T>) {
        each_sample(pass, |_, dy, dx| each_stack(dy, dx, |_, dx| dx.copy_from_slice(dy)));
    }
}

/// A merging layer: its name, how many stacks it takes, a sample of its outputs and one of the slopes of its inputs.
macro_rules! merge {
    ($(#[$documentation:meta])* $name:ident, $count:expr, $least:literal, $merge:expr, $slope:expr) => {
        $(#[$documentation])*
        ///
        /// All stacks see the same input and give the same shape. In a spec they stand under `layers`, a list of layers
        /// for each.
        ///
        /// # Errors
        ///
        /// When the model is built: another number of stacks, or stacks that give different shapes.
        #[derive(Debug, Clone)]
        pub struct $name<T: Scalar> {
            stacks: Vec<Stack<T>>,
        }

        impl<T: Scalar> $name<T> {
            /// A layer on these stacks; see [`stack`](super::stack).
            pub fn new(stacks: impl IntoIterator<Item = Stack<T>>) -> Self {
                Self { stacks: stacks.into_iter().collect() }
            }

            /// The least that can be built, for the registry to start from.
            pub(crate) fn prototype() -> Self {
                Self { stacks: vec![Stack::new(); $least] }
            }
        }

        impl<T: Scalar> Describe for $name<T> {
            fn arguments(&mut self, arguments: &mut Arguments<'_>) {
                arguments.stacks("layers", &mut self.stacks, $count);
            }
        }

        impl<T: Scalar> Layer<T> for $name<T> {
            crate::part::compiled!(Layer<T> for $name<T>);

            fn plan(&self, input: &Shape) -> Result<Plan<T>> {
                Ok(merged(input))
            }

            fn branches(&self) -> Option<Branches<'_, T>> {
                Some(Branches { stacks: &self.stacks, join: Join::NewAxis })
            }

            fn infer(&self, _weights: Weights<'_, T>, x: Batch<'_, T>, mut y: BatchMut<'_, T>) {
                x.samples().zip(y.samples()).for_each(|(x, y)| $merge(x, y));
            }

            fn backward(&self, pass: Backward<'_, T>) {
                each_sample(pass, $slope);
            }
        }
    };
}

merge!(
    /// The sum of what its stacks give: `y = a + b + ...`
    /// [Keras](https://keras.io/api/layers/merging_layers/add/)
    ///
    /// ```
    /// use layercake::layers::{self, stack};
    /// use layercake::prelude::*;
    ///
    /// let mut model = Sequential::new();
    /// model.add(layers::Add::new([stack(Dense::new(4)), stack((Dense::new(8).activation(Relu), Dense::new(4)))]));
    /// model.build(2)?;
    /// assert_eq!(model.predict(&dmatrix![1.0, 2.0])?.shape(), (1, 4));
    /// # Ok::<(), layercake::Error>(())
    /// ```
    Add, 1.., 1,
    |x, y| fold(x, y, |y, x| y + x),
    |_, dy, dx| each_stack(dy, dx, |_, dx| dx.copy_from_slice(dy))
);

merge!(
    /// The difference of what its two stacks give: `y = a - b`.
    /// [Keras](https://keras.io/api/layers/merging_layers/subtract/)
    Subtract, 2..=2, 2,
    |x, y| fold(x, y, |y, x| y - x),
    |_, dy: &[T], dx| each_stack(dy, dx, |place, dx| {
        dx.copy_from_slice(dy);
        if place == 1 {
            kernels::map(dx, |d| -d);
        }
    })
);

merge!(
    /// The product of what its stacks give, value by value: `y = a b ...`, a gate for instance.
    /// [Keras](https://keras.io/api/layers/merging_layers/multiply/)
    Multiply, 1.., 1,
    |x, y| fold(x, y, |y, x| y * x),
    // dx_i = dy times all other x
    |x: &[T], dy: &[T], dx| each_stack(dy, dx, |place, dx| {
        dx.copy_from_slice(dy);
        let others = x.chunks_exact(dy.len()).enumerate().filter(|(other, _)| *other != place);
        others.for_each(|(_, x)| kernels::zip(dx, x, |d, x| d * x));
    })
);

merge!(
    /// The mean of what its stacks give.
    /// [Keras](https://keras.io/api/layers/merging_layers/average/)
    Average, 1.., 1,
    |x: &[T], y: &mut [T]| {
        let count = T::of((x.len() / y.len()) as f64);
        fold(x, y, |y, x| y + x);
        kernels::map(y, |y| y / count);
    },
    |_, dy: &[T], dx: &mut [T]| {
        let count = T::of((dx.len() / dy.len()) as f64);
        each_stack(dy, dx, |_, dx| {
            dx.copy_from_slice(dy);
            kernels::map(dx, |d| d / count);
        });
    }
);

merge!(
    /// The largest of what its stacks give, value by value; of equal ones the first takes the slope.
    /// [Keras](https://keras.io/api/layers/merging_layers/maximum/)
    Maximum, 1.., 1,
    |x, y| fold(x, y, |y, x| if beats(x, y, x > y) { x } else { y }),
    |x, dy, dx| winner_takes(x, dy, dx, |x, best| x > best)
);

merge!(
    /// The smallest of what its stacks give, value by value; of equal ones the first takes the slope.
    /// [Keras](https://keras.io/api/layers/merging_layers/minimum/)
    Minimum, 1.., 1,
    |x, y| fold(x, y, |y, x| if beats(x, y, x < y) { x } else { y }),
    |x, dy, dx| winner_takes(x, dy, dx, |x, best| x < best)
);

/// The plan of a layer whose input is `[stacks, ...]` and whose output is `[...]`.
fn merged<T: Scalar>(input: &Shape) -> Plan<T> {
    Plan::new(input.dims().get(1..).unwrap_or_default())
}

/// Combines the outputs of all stacks for one sample, which stand one behind the other, from the first on.
fn fold<T: Scalar>(x: &[T], y: &mut [T], combine: impl Fn(T, T) -> T + Sync) {
    let mut outputs = x.chunks_exact(y.len());
    if let Some(first) = outputs.next() {
        y.copy_from_slice(first);
    }
    outputs.for_each(|x| kernels::zip(y, x, &combine));
}

/// Whether `x` replaces `best`; NaN does and is not replaced.
fn beats<T: Scalar>(x: T, best: T, better: bool) -> bool {
    let is_nan = |value: T| value.partial_cmp(&value).is_none();
    better || (is_nan(x) && !is_nan(best))
}

/// The slope of each value goes to the stack that gave it.
fn winner_takes<T: Scalar>(x: &[T], dy: &[T], dx: &mut [T], better: impl Fn(T, T) -> bool) {
    dx.fill(T::zero());
    for (i, &slope) in dy.iter().enumerate() {
        let mut best = i;
        for place in (i..x.len()).step_by(dy.len()) {
            if beats(x[place], x[best], better(x[place], x[best])) {
                best = place;
            }
        }
        dx[best] = slope;
    }
}

/// Writes the slopes sample by sample from inputs and `dy`.
fn each_sample<T: Scalar>(pass: Backward<'_, T>, slope: impl Fn(&[T], &[T], &mut [T])) {
    if let Some(mut dx) = pass.dx {
        pass.x.samples().zip(pass.dy.samples()).zip(dx.samples()).for_each(|((x, dy), dx)| slope(x, dy, dx));
    }
}

/// Writes the slopes of a sample stack by stack.
fn each_stack<T: Scalar>(dy: &[T], dx: &mut [T], slope: impl Fn(usize, &mut [T])) {
    dx.chunks_exact_mut(dy.len()).enumerate().for_each(|(place, dx)| slope(place, dx));
}
