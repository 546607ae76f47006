//! The tree-structured Parzen estimator, in its multivariate form.
//!
//! The trials are divided into the good ones, the best tenth but at most 25, and the others. Each side gives a density: the
//! mean of a uniform one and of one kernel around each trial, a product over the names. The suggestion is the candidate drawn
//! from the density of the good that has the largest ratio of the densities `l(x) / g(x)` (Bergstra et al., *Algorithms for
//! hyper-parameter optimization*, 2011; Watanabe, *Tree-structured Parzen estimator*, 2023). A trial that runs, or that failed,
//! counts as bad; that is the constant liar, which keeps the suggestions of a batch apart.

use super::domain::Domain;
use super::space::{Settings, Space};
use crate::base::{Rng, ascending};
use std::f64::consts::{PI, SQRT_2};

/// The number of candidates of which the best is suggested.
pub(super) const CANDIDATES: usize = 24;

/// A trial as the estimator sees it: settings, and the cost to minimize; without one it counts as bad.
pub(super) struct Observation<'a> {
    pub(super) settings: &'a Settings,
    pub(super) cost: Option<f64>,
}

/// The two densities.
pub(super) struct Estimator {
    good: Density,
    bad: Density,
}

struct Density {
    /// The coordinates of each trial by the number of the name; `None` for a name that did not exist in it.
    centers: Vec<Vec<Option<f64>>>,
    width: f64,
}

impl Estimator {
    /// Divides the trials and estimates the densities.
    pub(super) fn new(space: &Space, observations: &[Observation<'_>]) -> Self {
        let costs: Vec<f64> = observations.iter().map(|observation| observation.cost.unwrap_or(f64::INFINITY)).collect();
        let order = ascending(&costs);
        let scored = observations.iter().filter(|observation| observation.cost.is_some()).count();
        let good = (observations.len().div_ceil(10)).clamp(2, 25).min(scored);
        let side = |trials: &[usize]| {
            let center = |trial: &usize| {
                let value = |name: &str| observations[*trial].settings.iter().find(|(known, _)| known == name);
                space.names.iter().map(|known| value(&known.name).map(|(_, value)| known.domain.unit(value))).collect()
            };
            let width = (trials.len().max(1) as f64).powf(-1.0 / (space.names.len() as f64 + 4.0)) / 4.0;
            Density { centers: trials.iter().map(center).collect(), width: width.max(0.05) }
        };
        Self { good: side(&order[..good]), bad: side(&order[good..]) }
    }

    /// Draws the coordinates of all names from the density of the good trials.
    pub(super) fn draw(&self, space: &Space, rng: &mut Rng) -> Vec<f64> {
        let center = self.good.centers.get(rng.below(self.good.centers.len() + 1));
        let draw = |(name, known): (usize, &super::space::Name)| {
            let uniform = rng.uniform();
            match center.and_then(|center| center[name]) {
                None => uniform,
                Some(center) if known.domain.is_choice() => {
                    if rng.uniform() < self.good.stay(&known.domain) {
                        center
                    } else {
                        uniform
                    }
                }
                Some(center) => {
                    // the inverse of the distribution function of a normal cut to 0..1, by bisection
                    let (start, end) = (normal((0.0 - center) / self.good.width), normal((1.0 - center) / self.good.width));
                    let wanted = start + uniform * (end - start);
                    let (mut low, mut high) = (0.0, 1.0);
                    for _ in 0..40 {
                        let middle = 0.5 * (low + high);
                        if normal((middle - center) / self.good.width) < wanted { low = middle } else { high = middle }
                    }
                    0.5 * (low + high)
                }
            }
        };
        space.names.iter().enumerate().map(draw).collect()
    }

    /// Returns `ln(l(x) / g(x))` over the names of these settings.
    pub(super) fn gain(&self, space: &Space, settings: &Settings) -> f64 {
        let point = |known: &super::space::Name| {
            settings.iter().find(|(name, _)| *name == known.name).map(|(_, value)| known.domain.unit(value))
        };
        let point: Vec<Option<f64>> = space.names.iter().map(point).collect();
        self.good.at(space, &point).ln() - self.bad.at(space, &point).ln()
    }
}

impl Density {
    /// Returns the density at a point, over the names that exist there.
    fn at(&self, space: &Space, point: &[Option<f64>]) -> f64 {
        let kernel = |center: &Vec<Option<f64>>| -> f64 {
            let of_name = |(name, known): (usize, &super::space::Name)| match (point[name], center.get(name).copied().flatten()) {
                (Some(x), Some(center)) => self.kernel(&known.domain, x, center),
                _ => 1.0,
            };
            space.names.iter().enumerate().map(of_name).product()
        };
        (1.0 + self.centers.iter().map(kernel).sum::<f64>()) / (self.centers.len() as f64 + 1.0)
    }

    /// Returns the density of one name at `x`, relative to a uniform one.
    fn kernel(&self, domain: &Domain, x: f64, center: f64) -> f64 {
        if domain.is_choice() {
            let (count, stay) = (domain.count().unwrap_or(1) as f64, self.stay(domain));
            let same = ((x - center) * count).abs() < 0.5;
            return (1.0 - stay) + if same { stay * count } else { 0.0 };
        }
        let z = (x - center) / self.width;
        let mass = normal((1.0 - center) / self.width) - normal((0.0 - center) / self.width);
        (-0.5 * z * z).exp() / (self.width * (2.0 * PI).sqrt() * mass)
    }

    /// Returns the share of the kernel of an option that is on the option itself.
    fn stay(&self, domain: &Domain) -> f64 {
        let count = domain.count().unwrap_or(1) as f64;
        1.0 - count / (count + self.centers.len() as f64)
    }
}

/// Returns the distribution function of the standard normal (Abramowitz and Stegun 7.1.26, to 1.5e-7).
fn normal(z: f64) -> f64 {
    let x = z.abs() / SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let series = t * (0.254_829_592 + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let erf = 1.0 - series * (-x * x).exp();
    if z < 0.0 { 0.5 * (1.0 - erf) } else { 0.5 * (1.0 + erf) }
}
