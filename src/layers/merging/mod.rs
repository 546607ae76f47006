//! Layers that put the outputs of several layers together.

mod stack;

pub use stack::{Branches, IntoStack, Join, Stack, stack};

use crate::layers::Layer;
use crate::part::parts;

parts! { Layer<T>;
    concatenate: Concatenate = Concatenate::new([Stack::<T>::new()]);
    merge:
        #[outside_prelude] Add = Add::<T>::prototype(),
        #[outside_prelude] Average = Average::<T>::prototype(),
        #[outside_prelude] Maximum = Maximum::<T>::prototype(),
        #[outside_prelude] Minimum = Minimum::<T>::prototype(),
        #[outside_prelude] Multiply = Multiply::<T>::prototype(),
        Residual = Residual::<T>::new(()),
        #[outside_prelude] Subtract = Subtract::<T>::prototype();
}
