use super::moments::{Moments, moments_arguments};
use super::settings::settings_arguments;
use super::{Optimizer, Settings, Slot, Step};
use crate::kernels::Scalar;
use crate::part::{Arguments, Describe};

/// [`Adam`](super::Adam) with a decaying maximum of the absolute gradient instead of the mean square.
/// (Kingma and Ba, *Adam: A Method for Stochastic Optimization*, 2015, section 7; [Keras](https://keras.io/api/optimizers/adamax/))
///
/// `m = b1 m + (1 - b1) g`, `u = max(b2 u, abs(g))`, `w -= r m / ((1 - b1^t) (u + eps))`.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(1));
/// model.compile(Adamax::default().learning_rate(0.01), "mse", ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Adamax {
    settings: Settings,
    moments: Moments,
}

impl Adamax {
    settings_arguments!(settings);
    moments_arguments!(moments);
}

impl Default for Adamax {
    /// A learning rate of 0.001.
    fn default() -> Self {
        Self { settings: Settings::new(0.001), moments: Moments::default() }
    }
}

impl Describe for Adamax {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        self.settings.arguments(arguments);
        self.moments.arguments(arguments);
    }
}

impl<T: Scalar> Optimizer<T> for Adamax {
    crate::part::compiled!(Optimizer<T> for Adamax);

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::new("momentum"), Slot::new("norm")]
    }

    fn update(&self, step: Step<'_, T>) {
        let [correction, _] = self.moments.corrections(step.number);
        let rate = step.learning_rate / T::of(correction);
        let (rest, beta_2) = (T::of(1.0 - self.moments.beta_1), T::of(self.moments.beta_2));
        let epsilon = T::of(self.moments.epsilon);
        // m += (g - m)(1 - b1), u = max(b2 u, abs(g)), w -= r m / ((1 - b1^t) (u + eps))
        step.each(|w, g, [m, u]| {
            let m = m + (g - m) * rest;
            let (kept, size) = (beta_2 * u, g.abs());
            let u = if size > kept { size } else { kept };
            (w - rate * m / (u + epsilon), [m, u])
        });
    }
}
