//! The planted cases: each role of a tensor, in each of several layers, in several steps.

use super::harness::{BATCH, COLUMN, Case, MARKED, Planted, Row, STEPS, When, data};
use super::parts::{Breaks, Broken, Cliff, Fault, Picky, Steady, Wall, hiding};
use layercake::TensorRole;
use layercake::optimizers::Settings;
use layercake::prelude::*;

/// The names of the dense layers.
const LAYERS: [&str; 3] = ["first", "second", "third"];

fn built(mut model: Sequential<f32>) -> Sequential<f32> {
    model.build(5).unwrap();
    model
}

fn dense(number: usize) -> Dense<f32> {
    Dense::new(if number == 2 { 1 } else { 4 }).kernel_initializer(Constant::new(0.1))
}

/// Three dense layers with constant weights; `change` can give each another activation and so on.
fn network(change: impl Fn(usize, Dense<f32>) -> Dense<f32>) -> Sequential<f32> {
    let mut model = Sequential::with_seed(5);
    for (number, name) in LAYERS.into_iter().enumerate() {
        model.add(change(number, dense(number)).name(name));
    }
    model
}

/// Three dense layers with a layer behind one of them.
fn with_layer(behind: usize, name: &str, layer: impl Layer<f32> + Clone) -> Sequential<f32> {
    let mut model = Sequential::with_seed(5);
    for (number, own) in LAYERS.into_iter().enumerate() {
        model.add(dense(number).name(own));
        if number == behind {
            model.add(layer.clone().name(name));
        }
    }
    model
}

/// Sets values of the kernels: of `layer`, at these inputs and units.
fn set(model: &mut Sequential<f32>, layer: usize, values: &[(usize, usize, f32)]) {
    let mut weights = model.get_weights();
    values.iter().for_each(|&(input, unit, value)| weights[2 * layer][(input, unit)] = value);
    model.set_weights(&weights).unwrap();
}

/// Lets a value of the column `COLUMN` pass through unit 0 of each layer, and that of the next one through unit 1, and reach
/// the layer number `layer` with these factors in this unit.
fn lead(model: &mut Sequential<f32>, layer: usize, unit: usize, factors: [f32; 2]) {
    for of in 0..=layer {
        let first = if of == 0 { COLUMN } else { 0 };
        for (input, factor) in factors.into_iter().enumerate() {
            set(model, of, &(0..units(of)).map(|unit| (first + input, unit, 0.0)).collect::<Vec<_>>());
            match of == layer {
                true => set(model, of, &[(first + input, unit, factor)]),
                false => set(model, of, &[(first + input, input, 1.0)]),
            }
        }
    }
}

/// The data with a large cell in one row of each of the columns that are 0 otherwise.
fn marked(row: usize, values: [f32; 2]) -> (DMatrix<f32>, DMatrix<f32>) {
    let (mut x, y) = data();
    (x[(row, COLUMN)], x[(row, COLUMN + 1)]) = values.into();
    (x, y)
}

fn run(cases: Vec<Case>, expected: usize) {
    assert_eq!(cases.len(), expected);
    cases.iter().for_each(Case::run);
}

/// The number of units in the output of a dense layer.
fn units(layer: usize) -> usize {
    if layer == 2 { 1 } else { 4 }
}

#[test]
fn the_output_of_an_own_layer() {
    let mut cases = Vec::new();
    for behind in 0..3 {
        for (number, step) in STEPS.into_iter().enumerate() {
            for value in [f32::NAN, f32::NEG_INFINITY] {
                let (sample, unit) = ((3 * step + 1) % BATCH, number % units(behind));
                let fault = Fault { breaks: Breaks::Output, step, sample, unit, value };
                let mut model = with_layer(behind, "fault", fault);
                model.compile("adam", "mse", ()).unwrap();
                let (x, y) = data();
                let planted = Planted::new(When::Step(step), TensorRole::Activation, "OwnPart { part: \"Fault\"");
                let planted = planted.at("fault", unit).row(Row::OfSample(sample));
                cases.push(Case {
                    name: format!("output of a layer behind {behind}, step {step}, {value}"),
                    model,
                    x,
                    y,
                    planted,
                });
            }
        }
    }
    run(cases, 24);
}

#[test]
fn the_gradients_and_the_state_of_an_own_layer() {
    let mut cases = Vec::new();
    for (behind, own) in LAYERS.into_iter().enumerate() {
        for step in STEPS {
            for breaks in [Breaks::InputGradient, Breaks::WeightGradient, Breaks::State] {
                let (sample, unit) = ((3 * step + 1) % BATCH, step % units(behind));
                let unit = if breaks == Breaks::State { 1 } else { unit };
                let mut model = with_layer(behind, "fault", Fault { breaks, step, sample, unit, value: f32::NAN });
                model.compile(Sgd::default().learning_rate(1e-3), "mse", ()).unwrap();
                let (x, y) = data();
                let role = if breaks == Breaks::State { TensorRole::Weight } else { TensorRole::Gradient };
                let planted = Planted::new(When::Step(step), role, "OwnPart { part: \"Fault\"");
                let planted = match breaks {
                    // the gradient of the output of the layer before
                    Breaks::InputGradient => planted.at(own, unit).row(Row::OfSample(sample)),
                    Breaks::WeightGradient => planted.at("fault", unit).weight("scale").row(Row::Any),
                    _ => planted.at("fault", unit).weight("steps"),
                };
                cases.push(Case { name: format!("{breaks:?} of a layer behind {behind}, step {step}"), model, x, y, planted });
            }
        }
    }
    run(cases, 36);
}

#[test]
fn an_own_activation() {
    let mut cases = Vec::new();
    for (layer, own) in LAYERS.into_iter().enumerate() {
        for (number, row) in MARKED.into_iter().enumerate() {
            for in_gradient in [false, true] {
                let unit = number % units(layer);
                let cliff = Cliff { from: 1e3, value: f32::NAN, in_gradient };
                let mut model =
                    built(network(|number, dense| if number == layer { dense.activation(cliff.clone()) } else { dense }));
                lead(&mut model, layer, unit, [1.0, 0.0]);
                model.compile(Sgd::default().learning_rate(1e-12), "mse", ()).unwrap();
                let (x, y) = marked(row, [1e4, 0.0]);
                let role = if in_gradient { TensorRole::Gradient } else { TensorRole::Activation };
                let planted = Planted::new(When::Row(row), role, "OwnPart { part: \"Cliff\"").at(own, unit).row(Row::Is(row));
                let planted = if layer == 0 && !in_gradient { planted.column(COLUMN) } else { planted };
                cases.push(Case { name: format!("activation of {layer}, row {row}, {in_gradient}"), model, x, y, planted });
            }
        }
    }
    run(cases, 24);
}

/// The product of a large cell and a large weight is infinite, and the sum of two such products of opposite signs is NaN.
#[test]
fn a_pre_activation_that_overflows() {
    let mut cases = Vec::new();
    for (layer, own) in LAYERS.into_iter().enumerate() {
        for (number, row) in MARKED.into_iter().enumerate() {
            for factors in [[1e10, 0.0], [1e10, -1e10]] {
                let unit = number % units(layer);
                let mut model = built(network(|_, dense| dense.activation(Relu)));
                lead(&mut model, layer, unit, factors);
                model.compile(Sgd::default().learning_rate(1e-12), "mae", ()).unwrap();
                let (x, y) = marked(row, [1e30, 1e30]);
                let planted = Planted::new(When::Row(row), TensorRole::PreActivation, "LargeInput");
                let planted = planted.at(own, unit).row(Row::Is(row));
                let planted = if layer == 0 { planted.column(COLUMN) } else { planted };
                cases.push(Case { name: format!("pre-activation of {layer}, row {row}, {factors:?}"), model, x, y, planted });
            }
        }
    }
    run(cases, 24);
}

/// NaN goes into a dense layer, and a layer behind it turns it into 0: the loss stays finite, but the weights do not.
#[test]
fn nan_that_an_own_layer_hides() {
    let mut cases = Vec::new();
    for before in 0..3 {
        for (number, step) in STEPS.into_iter().enumerate() {
            let (sample, unit) = ((3 * step + 1) % BATCH, number % 4);
            let mut model = Sequential::with_seed(5);
            for (of, name) in LAYERS.into_iter().enumerate() {
                if of == before {
                    model.add(Fault { breaks: Breaks::Output, step, sample, unit, value: f32::NAN }.name("fault"));
                }
                model.add(dense(of).name(name));
                if of == before {
                    model.add(hiding());
                }
            }
            model.compile("adam", "mse", ()).unwrap();
            let (x, y) = data();
            let planted = Planted::new(When::Step(step), TensorRole::Activation, "OwnPart { part: \"Fault\"");
            let planted = planted.at("fault", unit).row(Row::OfSample(sample));
            let planted = if before == 0 { planted.column(unit) } else { planted };
            cases.push(Case { name: format!("hidden before {before}, step {step}"), model, x, y, planted });
        }
    }
    run(cases, 12);
}

#[test]
fn a_target_that_breaks_the_loss() {
    let mut cases = Vec::new();
    for row in MARKED {
        for column in 0..2 {
            let mut model = network(|_, dense| dense);
            model.add(Dense::new(2).kernel_initializer(Constant::new(0.1)).name("last"));
            model.compile("sgd", "mse", ()).unwrap();
            let (x, mut y) = data();
            y = y.clone().insert_column(1, 0.5);
            y[(row, column)] = -1e30;
            let planted = Planted::new(When::Row(row), TensorRole::Loss, "Target { loss: \"MeanSquaredError\"");
            let planted = Planted { unit: Some(column), ..planted.row(Row::Is(row)).column(column) };
            cases.push(Case { name: format!("target {row}, {column}"), model, x, y, planted });
        }
        for in_gradient in [false, true] {
            let mut model = network(|_, dense| dense);
            model.compile("sgd", Picky { from: 1e3, in_gradient }, ()).unwrap();
            let (x, mut y) = data();
            y[(row, 0)] = 2e3;
            let role = if in_gradient { TensorRole::Gradient } else { TensorRole::Loss };
            let planted = Planted::new(When::Row(row), role, "OwnPart { part: \"Picky\"").row(Row::Is(row)).column(0);
            let planted = Planted { unit: Some(0), layer: in_gradient.then_some("third"), ..planted };
            cases.push(Case { name: format!("own loss, row {row}, {in_gradient}"), model, x, y, planted });
        }
    }
    run(cases, 16);
}

/// A rule that adds 1 to the first value of each weight in each step, which nothing in these models breaks.
fn steady() -> Steady {
    Steady { settings: Settings::new(0.1), path: "", step: 0, index: 0, in_slot: false }
}

#[test]
fn an_own_regularizer_or_constraint() {
    let mut cases = Vec::new();
    for (layer, own) in LAYERS.into_iter().enumerate() {
        for step in STEPS {
            // the second value of the kernel
            let unit = 1 % units(layer);
            for in_gradient in [false, true] {
                let wall = Wall { from: step as f32, in_gradient };
                let mut model =
                    network(|number, dense| if number == layer { dense.kernel_regularizer(wall.clone()) } else { dense });
                model.compile(steady(), "mae", ()).unwrap();
                let (x, y) = data();
                let role = if in_gradient { TensorRole::Gradient } else { TensorRole::Loss };
                let mut planted = Planted::new(When::Step(step), role, "OwnPart { part: \"Wall\"").weight("kernel");
                planted.layer = Some(own);
                if in_gradient {
                    planted = planted.at(own, unit).row(Row::Any);
                    planted.column = (layer == 0).then_some(0);
                }
                cases.push(Case { name: format!("regularizer of {layer}, step {step}, {in_gradient}"), model, x, y, planted });
            }
            let wall = Wall { from: step as f32 + 1.0, in_gradient: false };
            let mut model = network(|number, dense| if number == layer { dense.kernel_constraint(wall.clone()) } else { dense });
            model.compile(steady(), "mae", ()).unwrap();
            let (x, y) = data();
            let planted = Planted::new(When::Step(step), TensorRole::Weight, "OwnPart { part: \"Wall\"").weight("kernel");
            let planted = Planted { column: (layer == 0).then_some(0), ..planted.at(own, unit).row(Row::Any) };
            cases.push(Case { name: format!("constraint of {layer}, step {step}"), model, x, y, planted });
        }
    }
    run(cases, 36);
}

#[test]
fn an_own_optimizer() {
    const PATHS: [&str; 3] = ["first/kernel", "second/bias", "third/kernel"];
    let mut cases = Vec::new();
    for (layer, path) in PATHS.into_iter().enumerate() {
        for step in STEPS {
            for in_slot in [false, true] {
                let mut model = network(|_, dense| dense);
                let rule = Steady { path, step: step as u64, index: 2, in_slot, ..steady() };
                model.compile(rule, "mae", ()).unwrap();
                let (x, y) = data();
                let role = if in_slot { TensorRole::Moment } else { TensorRole::Weight };
                let (name, weight) = path.split_once('/').unwrap();
                let planted = Planted::new(When::Step(step), role, "OwnPart { part: \"Steady\"").weight(weight);
                let planted = planted.at(name, 2 % units(layer)).row(Row::Any);
                let planted = Planted { moment: in_slot.then_some("trace"), column: (layer == 0).then_some(0), ..planted };
                cases.push(Case { name: format!("optimizer, {}, step {step}, {in_slot}", path), model, x, y, planted });
            }
        }
    }
    run(cases, 24);
}

#[test]
fn initial_weights() {
    let mut cases = Vec::new();
    for (layer, own) in LAYERS.into_iter().enumerate() {
        for weight in ["kernel", "bias"] {
            let index = if weight == "kernel" { 3 } else { units(layer) - 1 };
            let broken = Broken { index };
            let mut model = network(|number, dense| match (number == layer, weight) {
                (false, _) => dense,
                (true, "kernel") => dense.kernel_initializer(broken.clone()),
                _ => dense.bias_initializer(broken.clone()),
            });
            model.compile("adam", "mse", ()).unwrap();
            let (x, y) = data();
            let planted = Planted::new(When::Step(0), TensorRole::Weight, "InitialWeight").weight(weight);
            let planted = planted.at(own, index % units(layer));
            cases.push(Case { name: format!("initial {weight} of {layer}"), model, x, y, planted });
        }
    }
    run(cases, 6);
}

/// Lets a large cell reach a layer in which its factors are 0: outputs and loss stay finite, and the gradient of the kernel is
/// the cell times the error.
fn gradient_case(layer: usize, row: usize, sizes: [f32; 2]) -> (Sequential<f32>, DMatrix<f32>, DMatrix<f32>) {
    let mut model = Sequential::with_seed(5);
    // the gradients of the layers before are large too
    LAYERS.into_iter().enumerate().for_each(|(of, name)| model.add(dense(of).name(name).trainable(of >= layer)));
    let mut model = built(model);
    lead(&mut model, layer, 0, [0.0, 0.0]);
    let (x, mut y) = marked(row, [sizes[0], 0.0]);
    y[(row, 0)] = sizes[1];
    (model, x, y)
}

#[test]
fn a_gradient_that_overflows() {
    let mut cases = Vec::new();
    for (layer, own) in LAYERS.into_iter().enumerate() {
        for row in MARKED {
            let (mut model, x, y) = gradient_case(layer, row, [1e30, 1e14]);
            model.compile(Sgd::default().learning_rate(1e-30), "mse", ()).unwrap();
            let planted = Planted::new(When::Row(row), TensorRole::Gradient, "LargeInput").weight("kernel");
            let planted = Planted { column: (layer == 0).then_some(COLUMN), ..planted.at(own, 0).row(Row::Is(row)) };
            cases.push(Case { name: format!("gradient of {layer}, row {row}"), model, x, y, planted });
        }
    }
    run(cases, 12);
}

#[test]
fn a_moment_whose_square_overflows() {
    let mut cases = Vec::new();
    for (layer, own) in LAYERS.into_iter().enumerate() {
        for row in MARKED {
            for (number, moment) in ["velocity", "velocity", "accumulator"].into_iter().enumerate() {
                let (mut model, x, y) = gradient_case(layer, row, [1e12, 1e14]);
                match number {
                    0 => model.compile(Adam::default().learning_rate(1e-30), "mse", ()).unwrap(),
                    1 => model.compile(RmsProp::default().learning_rate(1e-30), "mse", ()).unwrap(),
                    _ => model.compile(Adagrad::default().learning_rate(1e-30), "mse", ()).unwrap(),
                }
                let planted = Planted::new(When::Row(row), TensorRole::Moment, "SquareOverflow").weight("kernel");
                let planted = planted.at(own, 0).row(Row::Is(row));
                let planted = Planted { column: (layer == 0).then_some(COLUMN), moment: Some(moment), ..planted };
                cases.push(Case { name: format!("moment of {layer}, row {row}, {number}"), model, x, y, planted });
            }
        }
    }
    run(cases, 36);
}

#[test]
fn a_weight_after_too_large_a_step() {
    let mut cases = Vec::new();
    for (layer, own) in LAYERS.into_iter().enumerate() {
        for step in [1, 4, 13, 150] {
            let mut model = Sequential::with_seed(5);
            for (number, name) in LAYERS.into_iter().enumerate() {
                model.add(dense(number).name(name).trainable(number == layer));
            }
            let rate = PiecewiseConstantDecay::new([step - 1], [1e-12, 3e38]);
            model.compile(Sgd::default().learning_rate(rate), "mse", ()).unwrap();
            let (x, y) = data();
            let planted = Planted::new(When::Step(step), TensorRole::Weight, "Divergence { growth: inf").weight("kernel");
            let planted = planted.at(own, 0).row(Row::Any);
            let planted = Planted { column: (layer == 0).then_some(0), ..planted };
            cases.push(Case { name: format!("weight of {layer}, step {step}"), model, x, y: y * 1e4, planted });
        }
    }
    run(cases, 12);
}

/// A large cell makes the variance of a batch infinite; the outputs stay finite, and the moving variance does not.
#[test]
fn the_state_of_a_layer() {
    let mut cases = Vec::new();
    for layer in 0..3 {
        for (number, row) in MARKED.into_iter().enumerate() {
            let unit = number % units(layer);
            let mut model = built(with_layer(layer, "norm", BatchNormalization::default()));
            let mut weights = model.get_weights();
            for of in 0..=layer {
                let first = if of == 0 { COLUMN } else { 0 };
                weights[2 * of].row_mut(first).fill(0.0);
                weights[2 * of][(first, if of == layer { unit } else { 0 })] = 1.0;
            }
            model.set_weights(&weights).unwrap();
            model.compile(Sgd::default().learning_rate(1e-30), "mae", ()).unwrap();
            let (x, y) = marked(row, [1e30, 0.0]);
            let planted = Planted::new(When::Row(row), TensorRole::Weight, "").at("norm", unit).weight("moving_variance");
            cases.push(Case { name: format!("state behind {layer}, row {row}"), model, x, y, planted });
        }
    }
    run(cases, 12);
}
