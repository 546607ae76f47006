//! Tests activations beyond the reference numbers: accuracy and finite values for extreme inputs, and use in a model.

use layercake::activations::Sees;
use layercake::prelude::*;
use layercake::saving::{Registry, Spec};
use layercake::{Batch, BatchMut, Shape};
use std::sync::Arc;

fn all<T: Scalar>() -> Vec<Arc<dyn Activation<T>>> {
    let registry = Registry::<T>::default();
    registry.activations.names().map(|name| registry.part(&Spec::named(name)).unwrap()).collect()
}

/// The outputs for one sample, and the gradients of the inputs if the gradients of the outputs are 1.
fn pass<T: Scalar>(activation: &dyn Activation<T>, inputs: &[T]) -> (Vec<T>, Vec<T>) {
    let shape = Shape::from(inputs.len());
    let output = activation.output(&shape).unwrap();
    let mut outputs = inputs.to_vec();
    activation.apply(BatchMut::new(&shape, &mut outputs));
    outputs.truncate(output.width());
    let seen = match activation.sees() {
        Sees::Input => Batch::new(&shape, inputs),
        Sees::Output => Batch::new(&output, &outputs),
    };
    let mut gradients = vec![T::one(); inputs.len()];
    activation.backprop(seen, BatchMut::new(&shape, &mut gradients));
    (outputs, gradients)
}

#[test]
fn nothing_overflows_far_out() {
    fn check<T: Scalar>(far: f64) {
        for activation in all::<T>() {
            let inputs = [far, -far, far / 2.0, -far, 0.0, 1e-8, -1e-8, far].map(T::of);
            let (outputs, gradients) = pass(&*activation, &inputs);
            let finite = outputs.iter().chain(&gradients).all(|value| value.is_finite());
            assert!(finite, "{}: {outputs:?} {gradients:?}", activation.name());
        }
    }
    check::<f64>(700.0);
    check::<f32>(80.0);
}

/// The reference numbers were computed from the formulas in decimal arithmetic with 80 digits.
#[test]
fn tails_are_accurate_relative_to_themselves() {
    let cases: [(&dyn Activation<f64>, f64, f64, f64); 14] = [
        (&Gelu, -5.0, -1.4332578593959695e-06, -7.146946001792295e-06),
        (&Gelu, -10.0, -7.619853024160526e-23, -7.618400096464814e-22),
        (&Gelu, -20.0, -5.507248237212468e-88, -1.1014360483133464e-86),
        (&Gelu, -33.0, -1.3401912549022322e-237, -4.422623716632223e-236),
        (&Gelu.approximate(true), -6.0, -8.439646700762297e-11, -7.709973930953696e-10),
        (&Gelu.approximate(true), -9.0, -1.3364595947348725e-28, -2.515735285067425e-27),
        (&Silu, -30.0, -2.8072868906517896e-12, -2.713710660963134e-12),
        (&Silu, -700.0, -6.90177358063184e-302, -6.891913904088079e-302),
        (&Softplus, -30.0, 9.357622968839737e-14, 9.357622968839299e-14),
        (&Softplus, -700.0, 9.85967654375977e-305, 9.85967654375977e-305),
        (&Mish, -30.0, -2.807286890651921e-12, -2.713710660963392e-12),
        (&Mish, -700.0, -6.90177358063184e-302, -6.891913904088079e-302),
        (&Squareplus, -30.0, 0.03329637837290827, 0.001107421071695522),
        (&Squareplus, -700.0, 0.0014285685131314332, 2.0408038318217745e-06),
    ];
    for (activation, z, value, gradient) in cases {
        let (values, gradients) = pass(activation, &[z]);
        for (what, got, want) in [("value", values[0], value), ("gradient", gradients[0], gradient)] {
            assert!((got / want - 1.0).abs() < 1e-12, "{} of {z}: {what} {got:e}, not {want:e}", activation.name());
        }
    }
}

#[test]
fn any_activation_can_stand_anywhere_in_a_model() {
    let x = DMatrix::from_fn(20, 4, |row, column| (1.7 * row as f64 + column as f64).sin());
    let y = DMatrix::from_fn(20, 1, |row, _| x[(row, 0)] - x[(row, 2)]);
    for activation in all::<f64>() {
        let name = activation.name();
        let mut model = Sequential::with_seed(1);
        model.add(layers::Activation::new(activation.clone()));
        model.add(Dense::new(6).activation(activation.clone()));
        model.add(Dense::new(1));
        model.compile(Sgd::default().learning_rate(0.01), "mse", ()).unwrap();
        let history = model.fit(&x, &y, FitOptions::new().epochs(20).batch_size(8)).unwrap();
        let losses = &history["loss"];
        // if the first layer gives one constant, the model can learn only the mean
        assert!(losses[19] <= losses[0], "{name}: {losses:?}");
        let whole = model.predict(&x).unwrap();
        let alone = model.predict(&x.rows(13, 1).into_owned()).unwrap();
        assert_eq!(alone[0], whole[13], "{name}: a sample by itself");
    }
}

#[test]
fn a_gated_layer_hands_half_its_units_on() {
    let mut model = Sequential::with_seed(1);
    model.add(Dense::new(6).activation(Glu));
    model.add(layers::Activation::new("glu").name("halves"));
    model.build(2).unwrap_err();
    assert!(model.pop());
    model.add(Dense::new(4).activation("glu").name("last"));
    model.build(2).unwrap();
    assert_eq!(model.count_params(), (2 * 6 + 6) + (3 * 4 + 4));
    assert_eq!(model.predict(&dmatrix![0.3, -0.2; 1.0, 2.0; 0.0, 0.5]).unwrap().shape(), (3, 2));
}
