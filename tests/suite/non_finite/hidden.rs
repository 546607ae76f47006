//! No part of the crate turns NaN into a number: not in a register of the processor, and not in what is left over beside it.

use crate::registered::complete;
use layercake::activations::Activation;
use layercake::check::layer_pass;
use layercake::prelude::*;
use layercake::saving::Registry;
use layercake::{BatchMut, Shape};

fn activations<T: Scalar>() {
    let registry = Registry::<T>::default();
    for name in registry.activations.names() {
        let activation = registry.part::<dyn Activation<T>>(&complete::<T, dyn Activation<T>>(&registry, name)).unwrap();
        for width in (2..40).chain([63, 64, 65, 127, 200]) {
            let shape = Shape::from(width);
            let Ok(output) = activation.output(&shape) else { continue };
            for place in [0, 1, width / 2, width - 1] {
                let mut a: Vec<T> = (0..width).map(|index| T::of((index as f64 * 0.7).sin())).collect();
                a[place] = T::of(f64::NAN);
                activation.apply(BatchMut::new(&shape, &mut a));
                let is_hidden = a[..output.width()].iter().all(|value| value.is_finite());
                assert!(!is_hidden, "{name}, width {width}, place {place}: {a:?}");
            }
        }
    }
}

#[test]
fn no_activation_hides_nan_at_any_width() {
    activations::<f32>();
    activations::<f64>();
}

/// A layer that makes NaN of values above 2.
fn breaking<T: Scalar>() -> Lambda<T> {
    Lambda::elementwise(|x: T| if x > T::of(2.0) { T::of(f64::NAN) } else { x }, |_| T::one())
}

fn layers<T: Scalar>() {
    let registry = Registry::<T>::default();
    let mut checked = 0;
    for name in registry.layers.names() {
        for shape in [vec![7], vec![36], vec![4, 9]] {
            let layer = registry.part::<dyn Layer<T>>(&complete::<T, dyn Layer<T>>(&registry, name)).unwrap();
            let mut model = Sequential::<T>::with_seed(1);
            model.add(Input::new(shape.clone()));
            model.add(breaking());
            model.add(layer);
            let width: usize = shape.iter().product();
            if model.build(shape.clone()).is_err() {
                continue; // for example class numbers, or another number of axes
            }
            for place in [0, width / 2, width - 1] {
                let mut x = DMatrix::from_fn(5, width, |row, column| T::of(((row * 5 + column * 3) as f64).sin()));
                x[(2, place)] = T::of(3.0);
                let outputs = model.outputs()[0].1.width();
                let upstream = DMatrix::from_element(5, outputs, T::of(0.5));
                for training in [false, true] {
                    let pass = layer_pass(&model, &model.get_weights(), &x, &upstream, training).unwrap();
                    let is_hidden = pass.outputs.row(2).iter().all(|value| value.is_finite());
                    assert!(!is_hidden, "{name}, shape {shape:?}, place {place}, training {training}");
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 300, "{checked}");
}

#[test]
fn no_layer_hides_nan() {
    layers::<f32>();
    layers::<f64>();
}
