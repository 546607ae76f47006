//! Parts of a user's own that break at a chosen place of a chosen step.

use layercake::activations::{Activation, Sees};
use layercake::constraints::Constraint;
use layercake::layers::{Backward, Forward, Infer, Layer, Param, Plan, WeightOptions};
use layercake::losses::{Loss, LossGradient, pointwise};
use layercake::optimizers::{Optimizer, Settings, Slot, Step};
use layercake::prelude::*;
use layercake::regularizers::Regularizer;
use layercake::saving::{Arguments, Describe};
use layercake::{Batch, BatchMut, Rng, Shape};

/// What a [`Fault`] breaks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Breaks {
    Output,
    InputGradient,
    WeightGradient,
    State,
}

/// A layer that scales its inputs by a weight, and breaks one number in one step.
#[derive(Debug, Clone)]
pub struct Fault {
    pub breaks: Breaks,
    /// The number of the step, counted from 0.
    pub step: usize,
    pub sample: usize,
    pub unit: usize,
    pub value: f32,
}

impl Describe for Fault {}

impl Layer<f32> for Fault {
    fn plan(&self, inputs: &[Shape]) -> layercake::Result<Plan<f32>> {
        let width = inputs[0].width();
        let scale = Param::new("scale", [width], &WeightOptions::new(Ones))?;
        let steps = Param::new("steps", [2], &WeightOptions::new(Zeros))?;
        Ok(Plan::new(inputs[0].clone()).param(scale).state(steps).batch_scratch(1))
    }

    fn infer(&self, mut pass: Infer<'_, f32>) {
        for (x, y) in pass.inputs[0].samples().zip(pass.output.samples()) {
            (0..x.len()).for_each(|i| y[i] = x[i] * pass.params[i]);
        }
    }

    fn forward(&self, mut pass: Forward<'_, f32>) {
        self.infer(pass.as_infer());
        let is_now = pass.state[0] == self.step as f32;
        pass.batch_scratch[0] = f32::from(u8::from(is_now));
        pass.state[0] += 1.0;
        let width = pass.inputs[0].width();
        match self.breaks {
            Breaks::Output if is_now => pass.output.values()[self.sample * width + self.unit] = self.value,
            Breaks::State if is_now => pass.state[1] = self.value,
            _ => {}
        }
    }

    fn backward(&self, pass: &mut Backward<'_, f32>) {
        let (x, dy, is_now) = (pass.inputs[0], pass.output_gradient, pass.batch_scratch[0] == 1.0);
        let (scale, gradient) = pass.weights.split();
        gradient.fill(0.0);
        for (x, dy) in x.samples().zip(dy.samples()) {
            (0..x.len()).for_each(|i| gradient[i] += x[i] * dy[i]);
        }
        if is_now && self.breaks == Breaks::WeightGradient {
            gradient[self.unit] = self.value;
        }
        pass.input_gradients.write(0, |mut dx| {
            for (dx, dy) in dx.samples().zip(dy.samples()) {
                (0..dx.len()).for_each(|i| dx[i] = dy[i] * scale[i]);
            }
            if is_now && self.breaks == Breaks::InputGradient {
                let width = dy.width();
                dx.values()[self.sample * width + self.unit] = self.value;
            }
        });
    }
}

/// The layer that hides NaN: `f32::max` returns the other number.
pub fn hiding() -> Lambda<f32> {
    Lambda::elementwise(|x: f32| x.max(0.0), |x| if x > 0.0 { 1.0 } else { 0.0 })
}

/// The identity below a size, and above it a number that is not finite, or its derivative.
#[derive(Debug, Clone)]
pub struct Cliff {
    pub from: f32,
    pub value: f32,
    pub in_gradient: bool,
}

impl Describe for Cliff {}

impl Activation<f32> for Cliff {
    fn apply(&self, mut z: BatchMut<'_, f32>) {
        z.values().iter_mut().filter(|z| !self.in_gradient && **z >= self.from).for_each(|z| *z = self.value);
    }

    fn backprop(&self, seen: Batch<'_, f32>, mut gradient: BatchMut<'_, f32>) {
        let broken = seen.values().iter().zip(gradient.values()).filter(|(z, _)| self.in_gradient && **z >= self.from);
        broken.for_each(|(_, g)| *g = self.value);
    }

    fn sees(&self) -> Sees {
        Sees::Input
    }
}

/// The squared error, and for targets from a size on a number that is not finite, or its derivative.
#[derive(Debug, Clone)]
pub struct Picky {
    pub from: f32,
    pub in_gradient: bool,
}

impl Describe for Picky {}

impl Loss<f32> for Picky {
    fn score(&self, predicted: Batch<'_, f32>, target: Batch<'_, f32>, losses: &mut [f32], into: Option<LossGradient<'_, f32>>) {
        pointwise(predicted, target, losses, into, |p, t| match (t >= self.from, self.in_gradient) {
            (true, false) => (f32::NAN, 0.0),
            (true, true) => (1.0, f32::NEG_INFINITY),
            _ => ((p - t) * (p - t), 2.0 * (p - t)),
        });
    }
}

/// A penalty that is not finite once the first weight is at least so large, or whose derivative is.
#[derive(Debug, Clone)]
pub struct Wall {
    pub from: f32,
    pub in_gradient: bool,
}

impl Describe for Wall {}

impl Regularizer<f32> for Wall {
    fn penalty(&self, weight: &[f32], _shape: &[usize]) -> f32 {
        if weight[0] >= self.from && !self.in_gradient { f32::INFINITY } else { 0.0 }
    }

    fn add_gradient(&self, weight: &[f32], _shape: &[usize], gradient: &mut [f32]) {
        if weight[0] >= self.from && self.in_gradient {
            gradient[1] = f32::NAN;
        }
    }
}

impl Constraint<f32> for Wall {
    fn project(&self, weight: &mut [f32], _shape: &[usize]) {
        if weight[0] >= self.from {
            weight[1] = f32::NAN;
        }
    }
}

/// Gradient descent that adds 1 to the first value of each weight in each step, and breaks one value of a weight in one step.
#[derive(Debug, Clone)]
pub struct Steady {
    pub settings: Settings,
    /// The path of the weight to break.
    pub path: &'static str,
    pub step: u64,
    pub index: usize,
    /// True to break the slot and not the weight.
    pub in_slot: bool,
}

impl Describe for Steady {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        self.settings.arguments(arguments);
    }
}

impl Optimizer<f32> for Steady {
    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::new("trace")]
    }

    fn by_weight(&self) -> bool {
        true
    }

    fn update(&self, step: Step<'_, f32>) {
        let (path, number) = (step.variable.path.clone(), step.number);
        let [trace] = step.slots.get();
        trace.copy_from_slice(step.gradient);
        step.weight[0] += 1.0;
        if path == self.path && number == self.step + 1 {
            match self.in_slot {
                true => trace[self.index] = f32::NAN,
                false => step.weight[self.index] = f32::NAN,
            }
        }
    }
}

/// Gives all weights the same value, but for one.
#[derive(Debug, Clone)]
pub struct Broken {
    pub index: usize,
}

impl Describe for Broken {}

impl layercake::initializers::Initializer for Broken {
    fn fill(&self, _shape: &[usize], _rng: &mut Rng, values: &mut [f64]) {
        values.fill(0.1);
        values[self.index] = f64::NAN;
    }
}
