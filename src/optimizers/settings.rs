use crate::error::{Error, Result};
use crate::saving::Arguments;

/// What every optimizer shares: the learning rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    pub(crate) learning_rate: f64,
}

impl Settings {
    /// The learning rate, at least 0.
    pub fn new(learning_rate: f64) -> Self {
        Self { learning_rate }
    }

    /// Fails if a setting lies outside its range, also where an optimizer does not list it among its arguments.
    pub(crate) fn check(&self, optimizer: &str) -> Result<()> {
        if (0.0..f64::INFINITY).contains(&self.learning_rate) {
            return Ok(());
        }
        Err(Error::argument(optimizer, "learning_rate", self.learning_rate, "a finite number >= 0"))
    }

    /// Visits the shared arguments, as part of an optimizer's own.
    pub fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.number("learning_rate", &mut self.learning_rate, 0.0..f64::INFINITY);
    }
}

/// Gives an optimizer the setters for what all optimizers share.
macro_rules! settings_arguments {
    () => {
        /// How far a step goes, at least 0.
        pub fn learning_rate(mut self, learning_rate: f64) -> Self {
            self.settings.learning_rate = learning_rate;
            self
        }
    };
}
pub(super) use settings_arguments;
