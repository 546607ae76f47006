//! Changes of the compile settings: the loss and the learning rate.

use super::draft::Draft;
use super::layers::set;
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use crate::losses::Loss;
use crate::optimizers::{Optimizer, OptimizerState};
use crate::part::{Kind, Spec, Value};
use crate::saving::Registry;

/// The arguments of schedules that are learning rates.
const RATES: [&str; 5] = ["initial_learning_rate", "peak_learning_rate", "warmup_target", "end_learning_rate", "values"];

impl<T: Scalar> Draft<'_, T> {
    /// Compiles with another loss, the optimizer and the metrics of before.
    pub(super) fn set_loss(&mut self, name: &str) -> Result<()> {
        let loss = <dyn Loss<T>>::named(name).get()?;
        if let Some(compiled) = &mut self.model.compiled {
            compiled.losses.iter_mut().for_each(|(old, _)| *old = loss.clone());
        }
        Ok(())
    }

    /// Multiplies the learning rate, or all rates of its schedule.
    pub(super) fn multiply_rate(&mut self, factor: f64) -> Result<()> {
        let Some(compiled) = &mut self.model.compiled else { return Ok(()) };
        if !compiled.optimizer.is_scheduled() {
            let rate = compiled.optimizer.learning_rate() * factor;
            return compiled.optimizer.set_learning_rate(rate);
        }
        let mut spec = compiled.optimizer.rule().spec();
        let old = spec.get("learning_rate").cloned();
        if let Some(Value::Spec(schedule)) = &old {
            let mut schedule = schedule.clone();
            multiply(&mut schedule, factor);
            set(&mut spec, "learning_rate", Value::Spec(schedule));
        }
        if spec.get("learning_rate") == old.as_ref() {
            return Err(Error::argument("Remedy", "learning_rate", spec, "a number or a schedule of this crate"));
        }
        compiled.optimizer = OptimizerState::new(Registry::<T>::default().part::<dyn Optimizer<T>>(&spec)?)?;
        Ok(())
    }
}

fn multiply(schedule: &mut Spec, factor: f64) {
    for (name, value) in &mut schedule.config {
        match value {
            Value::Float(rate) if RATES.contains(&name.as_str()) => *rate *= factor,
            Value::List(rates) if RATES.contains(&name.as_str()) => {
                let floats = rates.iter_mut().filter_map(|rate| if let Value::Float(rate) = rate { Some(rate) } else { None });
                floats.for_each(|rate| *rate *= factor);
            }
            // a schedule around another one
            Value::Spec(inner) => multiply(inner, factor),
            _ => {}
        }
    }
}
