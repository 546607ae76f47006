use super::{Optimizer, OptimizerState, SavedVariable, TrainedWeight, Variable};
use crate::base::{Error, Result};
use crate::kernels::{self, Scalar};
use crate::part::IntoPart;

/// Applies an optimizer to arbitrary values, without a model, as Keras' `optimizer.apply` does.
/// [Keras](https://keras.io/api/optimizers/#apply-method)
///
/// The values of all weights are one slice, weight after weight, each in Keras' order (the last axis varies fastest). All
/// [`Settings`](super::Settings) of the optimizer are applied.
///
/// ```
/// use layercake::optimizers::{Minimizer, Variable};
/// use layercake::prelude::*;
///
/// // (x - 1)^2 + (y + 2)^2
/// let mut point = [5.0, 5.0];
/// let mut minimizer = Minimizer::new(Adam::default().learning_rate(0.1), [Variable::new("point", [2])])?;
/// for _ in 0..500 {
///     let gradient = [2.0 * (point[0] - 1.0), 2.0 * (point[1] + 2.0)];
///     minimizer.apply(&mut point, &gradient)?;
/// }
/// assert!((point[0] - 1.0_f64).abs() < 1e-3 && (point[1] + 2.0_f64).abs() < 1e-3);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Minimizer<T: Scalar> {
    state: OptimizerState<T>,
    variables: Vec<Variable>,
    /// A copy of the gradient, because clipping changes it.
    gradient: Vec<T>,
}

impl<T: Scalar> Minimizer<T> {
    /// Makes a minimizer for weights with these names and shapes.
    ///
    /// # Errors
    ///
    /// The name of the optimizer is unknown, an argument is outside its range, a schedule is one by share of the training, or the
    /// weights do not fit in memory.
    pub fn new<Marker>(
        optimizer: impl IntoPart<dyn Optimizer<T>, Marker>,
        variables: impl IntoIterator<Item = Variable>,
    ) -> Result<Self> {
        let state = OptimizerState::new(optimizer.into_part().get()?)?;
        state.check_schedules("Minimizer")?;
        let variables: Vec<Variable> = variables.into_iter().collect();
        let size = variables.iter().try_fold(0, |sum: usize, variable| sum.checked_add(size(variable)?));
        let mut gradient = Vec::new();
        let Some(size) = size.filter(|&size| gradient.try_reserve_exact(size).is_ok()) else {
            return Err(Error::argument("Minimizer", "variables", variables.len(), "sizes that fit in memory"));
        };
        gradient.resize(size, T::zero());
        Ok(Self { state, variables, gradient })
    }

    /// Takes one step, or accumulates the gradient if the step needs more batches.
    ///
    /// # Errors
    ///
    /// The number of values differs from that of the variables.
    pub fn apply(&mut self, weights: &mut [T], gradient: &[T]) -> Result<()> {
        self.check("weights", weights)?;
        self.check("gradient", gradient)?;
        self.build(weights);
        self.gradient.copy_from_slice(gradient);
        if let Some(factor) = self.state.rule.settings().loss_scale_factor.map(T::of) {
            kernels::divide(&mut self.gradient, factor);
        }
        if self.state.accumulate(&mut self.gradient) {
            self.state.clip(&mut self.gradient);
            self.state.update(weights, &self.gradient);
        }
        self.state.average(weights);
        self.state.advance();
        Ok(())
    }

    /// Ends a training: with `use_ema`, the averages replace the weights. (Keras' `finalize_variable_values`)
    ///
    /// # Errors
    ///
    /// The number of values differs from that of the variables.
    pub fn finalize(&self, weights: &mut [T]) -> Result<()> {
        self.check("weights", weights)?;
        self.state.finalize(weights);
        Ok(())
    }

    /// The learning rate of the next step.
    pub fn learning_rate(&self) -> f64 {
        self.state.learning_rate()
    }

    /// Sets the learning rate from the next step on.
    ///
    /// # Errors
    ///
    /// The rate is negative, NaN or infinite, or the optimizer has a schedule.
    pub fn set_learning_rate(&mut self, learning_rate: f64) -> Result<()> {
        self.state.set_learning_rate(learning_rate)
    }

    /// The number of steps taken so far.
    pub fn iterations(&self) -> u64 {
        self.state.iterations()
    }

    /// Copies all variables of the optimizer, in Keras' order. (Keras' `optimizer.variables`)
    pub fn variables(&self) -> Vec<SavedVariable> {
        self.state.saved()
    }

    /// Restores the variables that [`variables`](Self::variables) returned, for these weights.
    ///
    /// # Errors
    ///
    /// The number or shapes of the variables do not match this optimizer and its weights. Nothing has changed then.
    pub fn set_variables(&mut self, weights: &[T], variables: &[SavedVariable]) -> Result<()> {
        self.check("weights", weights)?;
        self.build(weights);
        self.state.restore(variables)
    }

    fn build(&mut self, weights: &[T]) {
        if !self.state.is_built() {
            let mut end = 0;
            let trained = |variable: &Variable| {
                let start = end;
                end += size(variable).unwrap_or(0);
                TrainedWeight { variable: variable.clone(), range: start..end, is_complete: false }
            };
            self.state.build(self.variables.iter().map(trained).collect(), weights);
        }
    }

    fn check(&self, what: &str, values: &[T]) -> Result<()> {
        if values.len() == self.gradient.len() {
            return Ok(());
        }
        let (expected, found) = (format!("{} values", self.gradient.len()), values.len().to_string());
        Err(Error::Weights { what: what.to_string(), expected, found })
    }
}

/// The number of values of a variable; `None` if it overflows.
fn size(variable: &Variable) -> Option<usize> {
    variable.shape.iter().try_fold(1, |size: usize, &extent| size.checked_mul(extent))
}
