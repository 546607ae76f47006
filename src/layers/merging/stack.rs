//! Stacks: sequences of layers that another layer holds.

use crate::kernels::Scalar;
use crate::layers::{IntoEntry, LayerEntry};

/// A sequence of layers that another layer holds. A stack without layers returns its input.
///
/// ```
/// use layercake::layers::{Residual, Stack};
/// use layercake::prelude::*;
///
/// let mut deep = Stack::new();
/// for _ in 0..3 {
///     deep.add(Dense::new(2).activation(Relu));
/// }
/// let mut model = Sequential::<f32>::new();
/// model.add(Input::new(2));
/// model.add(Residual::new(deep));
/// assert_eq!(model.count_params(), 3 * 6);
/// ```
#[derive(Debug, Clone)]
pub struct Stack<T: Scalar> {
    entries: Vec<LayerEntry<T>>,
}

impl<T: Scalar> Stack<T> {
    /// Creates a stack without layers.
    pub fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// Adds a layer after the others.
    pub fn add<Marker>(&mut self, layer: impl IntoEntry<T, Marker>) {
        self.entries.push(layer.into_entry());
    }

    /// Adds the layers of another stack after the others.
    pub(in crate::layers) fn extend(&mut self, other: Self) {
        self.entries.extend(other.entries);
    }

    pub(crate) fn entries(&self) -> &[LayerEntry<T>] {
        &self.entries
    }
}

impl<T: Scalar> Default for Stack<T> {
    fn default() -> Self {
        Self::new()
    }
}

/// Creates a stack from a layer, a tuple of up to eight layers, an array or a `Vec`; `()` is the stack without layers,
/// which returns its input.
///
/// ```
/// use layercake::layers::{Concatenate, stack};
/// use layercake::prelude::*;
///
/// // wide and deep: the last layer reads the data and the output of a network
/// let mut model = Sequential::with_seed(1);
/// model.add(Concatenate::stacks([stack(()), stack((Dense::new(8).activation(Relu), Dense::new(4).activation(Relu)))]));
/// model.add(Dense::new(1));
/// model.compile("adam", "mse", ())?;
/// model.fit(&dmatrix![1.0, 2.0; 3.0, 4.0], &dmatrix![1.0; 2.0], FitOptions::new())?;
/// assert_eq!(model.layers().next().unwrap().output_shape().unwrap().width(), 2 + 4);
/// # Ok::<(), layercake::Error>(())
/// ```
pub fn stack<T: Scalar, Marker>(layers: impl IntoStack<T, Marker>) -> Stack<T> {
    layers.into_stack()
}

/// A value that can be used as a stack; see [`stack`]. The type parameter `Marker` is always inferred.
pub trait IntoStack<T: Scalar, Marker> {
    /// Converts the value to a stack.
    fn into_stack(self) -> Stack<T>;
}

impl<T: Scalar> IntoStack<T, Stack<T>> for Stack<T> {
    fn into_stack(self) -> Stack<T> {
        self
    }
}

impl<T: Scalar> IntoStack<T, ()> for () {
    fn into_stack(self) -> Stack<T> {
        Stack::new()
    }
}

impl<T: Scalar, Marker, E: IntoEntry<T, Marker>> IntoStack<T, [Marker; 1]> for E {
    fn into_stack(self) -> Stack<T> {
        Stack { entries: vec![self.into_entry()] }
    }
}

impl<T: Scalar, Marker, E: IntoEntry<T, Marker>> IntoStack<T, [Marker; 2]> for Vec<E> {
    fn into_stack(self) -> Stack<T> {
        Stack { entries: self.into_iter().map(E::into_entry).collect() }
    }
}

impl<T: Scalar, Marker, E: IntoEntry<T, Marker>, const N: usize> IntoStack<T, [Marker; 3]> for [E; N] {
    fn into_stack(self) -> Stack<T> {
        Stack { entries: self.into_iter().map(E::into_entry).collect() }
    }
}

macro_rules! tuples {
    ($($layer:ident $way:ident),+) => {
        impl<T: Scalar, $($way, $layer: IntoEntry<T, $way>),+> IntoStack<T, ($($way,)+)> for ($($layer,)+) {
            fn into_stack(self) -> Stack<T> {
                #[allow(non_snake_case)]
                let ($($layer,)+) = self;
                Stack { entries: vec![$($layer.into_entry()),+] }
            }
        }
    };
}

tuples!(A WA);
tuples!(A WA, B WB);
tuples!(A WA, B WB, C WC);
tuples!(A WA, B WB, C WC, D WD);
tuples!(A WA, B WB, C WC, D WD, E WE);
tuples!(A WA, B WB, C WC, D WD, E WE, F WF);
tuples!(A WA, B WB, C WC, D WD, E WE, F WF, G WG);
tuples!(A WA, B WB, C WC, D WD, E WE, F WF, G WG, H WH);
