use super::{Direction, Metric, add_mean, check_one_axis};
use crate::base::{Batch, EPSILON, Error, Result, Scored, Shape};
use crate::kernels::Scalar;
use crate::losses::check_same_width;
use crate::part::{Arguments, Describe};

/// The means, variances and covariance of predictions and targets over the outputs of a sample.
struct Moments {
    means: [f64; 2],
    variances: [f64; 2],
    covariance: f64,
}

impl Moments {
    fn of<T: Scalar>(predicted: &[T], target: &[T]) -> Self {
        let share = 1.0 / predicted.len() as f64;
        let mean = |values: &[T]| values.iter().map(|value| value.to_f64()).sum::<f64>() * share;
        let means = [mean(predicted), mean(target)];
        let (mut variances, mut covariance) = ([0.0; 2], 0.0);
        for (p, t) in predicted.iter().zip(target) {
            let (p, t) = (p.to_f64() - means[0], t.to_f64() - means[1]);
            variances[0] += p * p * share;
            variances[1] += t * t * share;
            covariance += p * t * share;
        }
        Self { means, variances, covariance }
    }

    fn pearson(&self) -> f64 {
        self.covariance / (self.variances[0].sqrt() * self.variances[1].sqrt())
    }

    fn concordance(&self) -> f64 {
        let shift = self.means[1] - self.means[0];
        2.0 * self.covariance / (self.variances[0] + self.variances[1] + shift * shift + EPSILON)
    }
}

/// Fails unless a sample has several outputs, because the correlation is computed within a sample.
fn check_correlated(part: &str, outputs: &Shape, targets: &Shape) -> Result<()> {
    check_one_axis(part, outputs)?;
    check_same_width(part, outputs, targets)?;
    if outputs.width() > 1 {
        return Ok(());
    }
    let advice = "at least 2 outputs, because the metric correlates the outputs of each sample; for one output use `R2Score`";
    Err(Error::argument(part, "outputs", outputs.width(), advice))
}

macro_rules! correlation {
    ($(#[$doc:meta])+ $name:ident, $of:ident) => {
        $(#[$doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Default)]
        pub struct $name;

        impl Describe for $name {
            fn arguments(&mut self, arguments: &mut Arguments<'_>) {
                arguments.integer("axis", &mut -1, -1..=-1);
            }
        }

        impl<T: Scalar> Metric<T> for $name {
            crate::part::compiled!(Metric<T> for $name);

            fn update(&self, batch: Scored<'_, T>, totals: &mut [f64]) {
                add_mean(batch, totals, |predicted, target| Moments::of(predicted, target).$of());
            }

            fn direction(&self) -> Option<Direction> {
                Some(Direction::Up)
            }

            fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
                check_correlated(self.class_name(), outputs, targets.shape())
            }
        }
    };
}

correlation! {
    /// The mean over samples of the Pearson correlation between predictions and targets over the outputs of a sample,
    /// `cov(p, t) / (sd(p) sd(t))`, from -1 to 1.
    /// [Keras](https://keras.io/api/metrics/regression_metrics/)
    ///
    /// The result is NaN if the outputs or the targets of any sample are all equal, because they have no correlation.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut correlation = Meter::new(PearsonCorrelation)?;
    /// correlation.update(&dmatrix![0.0, 1.0, 0.5; 1.0, 1.0, 0.2], &dmatrix![0.1, 0.9, 0.5; 1.0, 0.9, 0.2], None)?;
    /// assert!((correlation.result()? - 0.9966996).abs() < 1e-6);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    PearsonCorrelation, pearson
}
correlation! {
    /// The mean over samples of Lin's concordance correlation (Biometrics 1989) over the outputs of a sample,
    /// `2 cov(p, t) / (var(p) + var(t) + (mean p - mean t)^2 + 1e-7)`. It is close to 1 only if predictions equal targets.
    /// [Keras](https://keras.io/api/metrics/regression_metrics/)
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut concordance = Meter::new(ConcordanceCorrelation)?;
    /// concordance.update(&dmatrix![0.0, 1.0, 0.5; 1.0, 1.0, 0.2], &dmatrix![0.1, 0.9, 0.5; 1.0, 0.9, 0.2], None)?;
    /// assert!((concordance.result()? - 0.9816317).abs() < 1e-6);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    ConcordanceCorrelation, concordance
}
