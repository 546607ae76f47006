//! The loss of a model that predicts the same for every row, the first of the two controls.

use super::targets::{is_set, moments};
use crate::base::{Batch, Shape};
use crate::kernels::{Scalar, doubles};
use crate::losses::{Loss, scale_samples};

/// The losses of predictions that do not look at the inputs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Constant {
    /// The lowest loss of a constant prediction, for example of the shares of the classes.
    pub(super) best: f64,
    /// The loss of an untrained model: each class is as likely as the others; for numbers, the best constant plus or minus 1.
    pub(super) ignorant: f64,
}

impl Constant {
    /// Scores constant predictions of this shape; `None` if no loss is finite.
    ///
    /// Tried are the mean and the median of each target, the shares of the classes, and the logits of the shares.
    pub(super) fn new<T: Scalar>(loss: &dyn Loss<T>, targets: Batch<'_, T>, outputs: &Shape) -> Option<Self> {
        let (name, from_logits) = (loss.name(), is_set(&loss.spec(), "from_logits"));
        let is_sparse = targets.width() == 1 && outputs.width() > 1;
        let values = doubles(targets.values());
        let candidates = Candidates::new(name, from_logits, (&values, targets.width()), outputs.width())?;
        let scorer = Scorer::new(loss, targets, outputs, is_sparse);
        candidates.score(&|candidate| scorer.score(candidate))
    }
}

/// Predictions that are the same for every row.
struct Candidates {
    /// The mean and the median of each target, or the shares of the classes; or the logits of these.
    constants: Vec<Vec<f64>>,
    /// Equal probabilities of all classes, or their logits; `None` if the targets are numbers.
    even: Option<Vec<f64>>,
}

impl Candidates {
    /// Returns the candidates for a loss with this name and targets, sample by sample.
    fn new(loss: &str, from_logits: bool, (targets, columns): (&[f64], usize), width: usize) -> Option<Self> {
        let is_sparse = columns == 1 && width > 1;
        let (mut constants, mut even) = (Vec::<Vec<f64>>::new(), None);
        if is_sparse {
            let mut shares = vec![0.0; width];
            let each = 1.0 / targets.len().max(1) as f64;
            for class in targets {
                *shares.get_mut(*class as usize)? += each;
            }
            constants.push(shares);
            even = Some(if from_logits { 0.0 } else { 1.0 / width as f64 });
        } else if columns == width {
            let column = |column: usize| targets.chunks_exact(width.max(1)).map(|row| row[column]).collect();
            let columns: Vec<Vec<f64>> = (0..width).map(column).collect();
            constants.push(columns.iter().map(|column| moments(column).0).collect());
            constants.push(columns.iter().map(|column| median(column)).collect());
            if is_cross_entropy(loss) {
                let share = if loss.starts_with("Categorical") { 1.0 / width as f64 } else { 0.5 };
                even = Some(if from_logits { 0.0 } else { share });
            }
        }
        if from_logits {
            let binary = !is_sparse && loss.starts_with("Binary");
            constants.iter_mut().flatten().for_each(|share| *share = logit(*share, binary));
        }
        Some(Self { constants, even: even.map(|even| vec![even; width]) })
    }

    /// Scores the candidates; `None` if no loss is finite.
    fn score(&self, score: &dyn Fn(&[f64]) -> f64) -> Option<Constant> {
        let lowest = |constants: &[Vec<f64>]| {
            constants.iter().map(|constant| score(constant)).filter(|loss| loss.is_finite()).reduce(f64::min)
        };
        let shifted = |by: f64| {
            let mut constants = self.constants.clone();
            constants.iter_mut().flatten().for_each(|value| *value += by);
            lowest(&constants)
        };
        let best = lowest(&self.constants)?;
        let ignorant = match &self.even {
            Some(even) => lowest(std::slice::from_ref(even)),
            // the outputs of untrained layers have a deviation of about 1
            None => [1.0, -1.0].into_iter().filter_map(shifted).reduce(f64::max),
        };
        Some(Constant { best, ignorant: ignorant.unwrap_or(best).max(best) })
    }
}

pub(super) fn is_cross_entropy(loss: &str) -> bool {
    loss.ends_with("rossentropy") || loss.ends_with("CrossEntropy")
}

fn logit(share: f64, binary: bool) -> f64 {
    let share = share.clamp(1e-7, 1.0 - 1e-7);
    if binary { (share / (1.0 - share)).ln() } else { share.ln() }
}

pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

/// Scores predictions that are the same for every row.
struct Scorer<'a, T: Scalar> {
    loss: &'a dyn Loss<T>,
    outputs: &'a Shape,
    /// The targets that differ from each other, and the share of the whole loss that each has.
    shape: &'a Shape,
    distinct: Vec<T>,
    shares: Vec<f64>,
}

impl<'a, T: Scalar> Scorer<'a, T> {
    /// Prepares the targets; those that are indices of classes are scored once for each class.
    fn new(loss: &'a dyn Loss<T>, targets: Batch<'a, T>, outputs: &'a Shape, is_sparse: bool) -> Self {
        let mut scale = vec![T::zero(); targets.count()];
        scale_samples(loss, targets, None, &mut scale);
        let mut scorer = Self { loss, outputs, shape: targets.shape(), distinct: Vec::new(), shares: Vec::new() };
        for (target, scale) in targets.samples().zip(&scale) {
            let known = scorer.distinct.iter().position(|known| is_sparse && *known == target[0]);
            match known {
                Some(place) => scorer.shares[place] += scale.to_f64(),
                None => {
                    scorer.distinct.extend_from_slice(target);
                    scorer.shares.push(scale.to_f64());
                }
            }
        }
        scorer
    }

    /// Returns the loss of this prediction.
    fn score(&self, prediction: &[f64]) -> f64 {
        let count = self.shares.len();
        let predicted: Vec<T> = (0..count).flat_map(|_| prediction.iter().map(|value| T::of(*value))).collect();
        let mut losses = vec![T::zero(); count];
        let (predicted, targets) = (Batch::new(self.outputs, &predicted), Batch::new(self.shape, &self.distinct));
        self.loss.score(predicted, targets, &mut losses, None);
        losses.iter().zip(&self.shares).map(|(loss, share)| loss.to_f64() * share).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::{BinaryCrossentropy, MeanAbsoluteError, MeanSquaredError, SparseCategoricalCrossentropy};

    fn constant(loss: &dyn Loss<f64>, targets: &[f64], outputs: usize) -> Constant {
        Constant::new(loss, Batch::new(&Shape::from(1), targets), &Shape::from(outputs)).unwrap()
    }

    #[test]
    fn the_best_constant_is_the_one_of_the_textbook() {
        let values = [1.0, 2.0, 3.0, 10.0];
        assert_eq!(constant(&MeanSquaredError::default(), &values, 1).best, 12.5);
        assert_eq!(constant(&MeanAbsoluteError::default(), &values, 1).best, 2.5);
        let entropy = -(0.25_f64 * 0.25_f64.ln() + 0.75 * 0.75_f64.ln());
        for from_logits in [false, true] {
            let binary = constant(&BinaryCrossentropy::default().from_logits(from_logits), &[1.0, 0.0, 0.0, 0.0], 1);
            approx::assert_relative_eq!(binary.best, entropy, max_relative = 1e-6);
            approx::assert_relative_eq!(binary.ignorant, 2.0_f64.ln(), max_relative = 1e-6);
            let loss = SparseCategoricalCrossentropy::default().from_logits(from_logits);
            let sparse = constant(&loss, &[2.0, 0.0, 0.0, 0.0], 3);
            approx::assert_relative_eq!(sparse.best, entropy, max_relative = 1e-6);
            approx::assert_relative_eq!(sparse.ignorant, 3.0_f64.ln(), max_relative = 1e-6);
        }
    }
}
