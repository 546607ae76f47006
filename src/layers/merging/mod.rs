//! Layers that merge the outputs of several layers.

mod merge;
mod stack;

pub use stack::{IntoStack, Stack, stack};

use crate::layers::Layer;
use crate::part::parts;

parts! { Layer<T>;
    add: #[outside_prelude] Add = Add::<T>::new(), Residual = Residual::<T>::new(());
    arithmetic:
        #[outside_prelude] Average = Average::<T>::new(),
        #[outside_prelude] Maximum = Maximum::<T>::new(),
        #[outside_prelude] Minimum = Minimum::<T>::new(),
        #[outside_prelude] Multiply = Multiply::<T>::new(),
        #[outside_prelude] Subtract = Subtract::<T>::new();
    concatenate: Concatenate = Concatenate::<T>::new();
}
