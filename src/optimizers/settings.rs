use super::Schedule;
use crate::base::Result;
use crate::part::{Arguments, Choice, IntoPart};
use std::ops::Bound;

/// Defines the setters of the settings, for [`Settings`] itself or for an optimizer that has them in the given field.
macro_rules! settings_arguments {
    ($($field:ident).*) => {
        /// The learning rate: a number, at least 0, or a [`Schedule`](crate::optimizers::Schedule).
        pub fn learning_rate<Marker>(mut self, learning_rate: impl $crate::optimizers::IntoLearningRate<Marker>) -> Self {
            learning_rate.set(&mut self$(.$field)*);
            self
        }

        /// The weight decay `d`, at least 0 (default: none): each step subtracts `r d w` from each weight, in addition to the
        /// rule. It applies to all weights, including biases. (Loshchilov and Hutter, *Decoupled Weight Decay Regularization*, 2019)
        pub fn weight_decay(mut self, weight_decay: f64) -> Self {
            self$(.$field)*.weight_decay = Some(weight_decay);
            self
        }

        /// A schedule whose value multiplies the weight decay (default: none); `FlatCosine::new(1.0)` keeps it for the first
        /// half of a training and then lets it fall to 0.
        pub fn weight_decay_schedule<Marker>(
            mut self,
            schedule: impl $crate::part::IntoPart<dyn $crate::optimizers::Schedule, Marker>,
        ) -> Self {
            self$(.$field)*.weight_decay_schedule = Some(schedule.into_part());
            self
        }

        /// The largest norm of the gradient of one weight, above 0; a larger gradient is scaled down (default: no limit).
        /// (Pascanu et al., *On the difficulty of training recurrent neural networks*, 2013)
        pub fn clipnorm(mut self, clipnorm: f64) -> Self {
            self$(.$field)*.clipnorm = Some(clipnorm);
            self
        }

        /// The largest absolute value in a gradient, above 0; larger values are replaced by the limit (default: no limit).
        pub fn clipvalue(mut self, clipvalue: f64) -> Self {
            self$(.$field)*.clipvalue = Some(clipvalue);
            self
        }

        /// The largest norm of the gradient of all weights together, above 0; a larger gradient is scaled down (default: no
        /// limit).
        pub fn global_clipnorm(mut self, global_clipnorm: f64) -> Self {
            self$(.$field)*.global_clipnorm = Some(global_clipnorm);
            self
        }

        /// True to keep an exponential moving average of the weights, which replaces the weights when `fit` ends
        /// (default: false). The first average is a copy of the weights. (Polyak and Juditsky, *Acceleration of Stochastic
        /// Approximation by Averaging*, 1992)
        pub fn use_ema(mut self, use_ema: bool) -> Self {
            self$(.$field)*.use_ema = use_ema;
            self
        }

        /// The decay factor of the average of the weights, from 0 to 1 (default 0.99).
        pub fn ema_momentum(mut self, ema_momentum: f64) -> Self {
            self$(.$field)*.ema_momentum = ema_momentum;
            self
        }

        /// The number of steps after which the average replaces the weights during training, at least 1 (default: never).
        pub fn ema_overwrite_frequency(mut self, ema_overwrite_frequency: usize) -> Self {
            self$(.$field)*.ema_overwrite_frequency = Some(ema_overwrite_frequency);
            self
        }

        /// The factor by which the loss was multiplied before its gradient was computed, above 0 (default: none).
        /// [`Minimizer`](crate::optimizers::Minimizer) divides the gradient by it. It has no effect in a model, which computes
        /// its gradients from the loss itself.
        pub fn loss_scale_factor(mut self, loss_scale_factor: f64) -> Self {
            self$(.$field)*.loss_scale_factor = Some(loss_scale_factor);
            self
        }

        /// The number of batches whose gradients are averaged for one step, at least 2 (default: each batch is a step). A
        /// schedule counts batches; everything else counts steps.
        pub fn gradient_accumulation_steps(mut self, gradient_accumulation_steps: usize) -> Self {
            self$(.$field)*.gradient_accumulation_steps = Some(gradient_accumulation_steps);
            self
        }
    };
}
pub(super) use settings_arguments;

/// The settings that all optimizers share. (Keras' common arguments)
/// [Keras](https://keras.io/api/optimizers/)
///
/// A step divides the gradient by `loss_scale_factor`, accumulates it over `gradient_accumulation_steps` batches, clips it,
/// subtracts the weight decay from the weights, applies the rule of the optimizer, and updates the averages of the weights.
/// The crate applies the settings around the rule, so they also work for a custom optimizer.
///
/// ```
/// use layercake::prelude::*;
///
/// let careful = Adam::default().learning_rate(CosineDecay::new(1e-3, 2_000)).clipnorm(1.0).weight_decay(0.01);
/// let averaged = Sgd::default().learning_rate(0.1).use_ema(true).ema_momentum(0.9);
/// # let mut model = Sequential::<f64>::new();
/// # model.compile(careful, "mse", ())?;
/// # model.compile(averaged, "mse", ())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Settings {
    pub(super) learning_rate: f64,
    pub(super) schedule: Option<Choice<dyn Schedule>>,
    pub(super) weight_decay: Option<f64>,
    pub(super) weight_decay_schedule: Option<Choice<dyn Schedule>>,
    pub(super) clipnorm: Option<f64>,
    pub(super) clipvalue: Option<f64>,
    pub(super) global_clipnorm: Option<f64>,
    pub(super) use_ema: bool,
    pub(super) ema_momentum: f64,
    pub(super) ema_overwrite_frequency: Option<usize>,
    pub(super) loss_scale_factor: Option<f64>,
    pub(super) gradient_accumulation_steps: Option<usize>,
}

/// A finite number above 0.
const POSITIVE: (Bound<f64>, Bound<f64>) = (Bound::Excluded(0.0), Bound::Excluded(f64::INFINITY));

impl Settings {
    /// Settings with this learning rate, a number or a schedule, and with Keras' defaults for all other settings, which are off.
    pub fn new<Marker>(learning_rate: impl IntoLearningRate<Marker>) -> Self {
        let mut settings = Self {
            learning_rate: 0.0,
            schedule: None,
            weight_decay: None,
            weight_decay_schedule: None,
            clipnorm: None,
            clipvalue: None,
            global_clipnorm: None,
            use_ema: false,
            ema_momentum: 0.99,
            ema_overwrite_frequency: None,
            loss_scale_factor: None,
            gradient_accumulation_steps: None,
        };
        learning_rate.set(&mut settings);
        settings
    }

    settings_arguments!();

    /// Fails if a setting is outside its range, even if the optimizer does not list the settings among its arguments.
    pub(super) fn check(&self, optimizer: &'static str) -> Result<()> {
        Arguments::check(optimizer, |arguments| self.clone().arguments(arguments))
    }

    /// Visits the settings as arguments of an optimizer.
    pub fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number_or_part("learning_rate", &mut self.learning_rate, &mut self.schedule, 0.0..f64::INFINITY);
        arguments.optional_number("weight_decay", &mut self.weight_decay, 0.0..f64::INFINITY);
        arguments.part_unless_none("weight_decay_schedule", &mut self.weight_decay_schedule);
        arguments.optional_number("clipnorm", &mut self.clipnorm, POSITIVE);
        arguments.optional_number("clipvalue", &mut self.clipvalue, POSITIVE);
        arguments.optional_number("global_clipnorm", &mut self.global_clipnorm, POSITIVE);
        arguments.flag("use_ema", &mut self.use_ema);
        arguments.number("ema_momentum", &mut self.ema_momentum, 0.0..=1.0);
        arguments.optional_count("ema_overwrite_frequency", &mut self.ema_overwrite_frequency, 1..);
        arguments.optional_number("loss_scale_factor", &mut self.loss_scale_factor, POSITIVE);
        arguments.optional_count("gradient_accumulation_steps", &mut self.gradient_accumulation_steps, 2..);
        self.refuse_two_clippings(arguments);
    }

    fn refuse_two_clippings(&self, arguments: &mut Arguments<'_>) {
        let clippings = [("clipnorm", self.clipnorm), ("clipvalue", self.clipvalue), ("global_clipnorm", self.global_clipnorm)];
        let mut given = clippings.into_iter().filter_map(|(name, limit)| Some((name, limit?)));
        if let (Some((first, limit)), Some((second, other))) = (given.next(), given.next()) {
            let allowed = format!("None, because {first} = {limit} is set: use only one kind of clipping");
            arguments.require(false, second, other, allowed);
        }
    }
}

/// The types that can be given as a learning rate: a number, or a [`Schedule`] by value or in a `Box` or `Arc`.
///
/// The type parameter distinguishes them and is always inferred.
pub trait IntoLearningRate<Marker> {
    /// Sets the learning rate of `settings`.
    fn set(self, settings: &mut Settings);
}

/// Marks a learning rate that is a number; see [`IntoLearningRate`].
#[derive(Debug)]
pub enum Constant {}

impl IntoLearningRate<Constant> for f64 {
    fn set(self, settings: &mut Settings) {
        settings.learning_rate = self;
        settings.schedule = None;
    }
}

impl<Marker, S: IntoPart<dyn Schedule, Marker>> IntoLearningRate<(Marker,)> for S {
    fn set(self, settings: &mut Settings) {
        settings.schedule = Some(self.into_part());
    }
}
