use super::{Loss, LossGradient, Reduction};
use crate::activations::{Activation, MeanOfSteps};
use crate::base::{BLOCK, Batch, BatchMut, Error, Result, Shape};
use crate::kernels::Scalar;
use crate::part::{Arguments, Choice, Describe, IntoPart};
use std::sync::Arc;

/// The mean of the losses of an ensemble's members, for members in one network: `(loss(p_1, t) + .. + loss(p_k, t)) / k`.
/// (Gorishniy et al., *TabM*, 2025)
///
/// The last layer of the model must be [`GlobalAveragePooling1D`](crate::layers::GlobalAveragePooling1D), the mean of the
/// members' predictions, which `predict` returns and metrics see. In training, and for the loss of `evaluate`, each member's
/// prediction is compared with the target instead. A model without that layer has one member, and this is its loss.
///
/// Keras has no such loss: in Python, the file of such a model is loaded without its compile settings.
///
/// # Errors
///
/// Training fails if the loss of the members is one of the whole batch, such as [`Dice`](super::Dice).
///
/// ```
/// use layercake::layers::{BatchEnsembleDense, EinsumDense, GlobalAveragePooling1D};
/// use layercake::losses::MeanOfMembers;
/// use layercake::prelude::*;
///
/// let mut model = Sequential::with_seed(1);
/// model.add(BatchEnsembleDense::first(16, 4).activation(Relu));
/// model.add(EinsumDense::new("abc,bcd->abd", [None, Some(3)]).bias_axes("bd").activation(Softmax));
/// model.add(GlobalAveragePooling1D::default());
/// model.compile("adam", MeanOfMembers::new(SparseCategoricalCrossentropy::default()), "accuracy")?;
/// model.fit(&dmatrix![1.0, 2.0; 3.0, 4.0], &[2, 0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct MeanOfMembers<T: Scalar> {
    loss: Choice<dyn Loss<T>>,
}

impl<T: Scalar> MeanOfMembers<T> {
    /// Creates the mean of this loss, given by value or by name, over the members.
    pub fn new<Marker>(loss: impl IntoPart<dyn Loss<T>, Marker>) -> Self {
        Self { loss: loss.into_part() }
    }
}

impl<T: Scalar> Describe for MeanOfMembers<T> {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.part("loss", &mut self.loss);
    }
}

impl<T: Scalar> Loss<T> for MeanOfMembers<T> {
    crate::part::compiled!(Loss<T> for MeanOfMembers<T>);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], gradient: Option<LossGradient<'_, T>>) {
        match self.loss.get() {
            Ok(loss) => loss.score(predicted, target, losses, gradient),
            // `compile` has reported the unknown name
            Err(_) => losses.fill(T::of(f64::NAN)),
        }
    }

    fn check(&self, outputs: &Shape, targets: Batch<'_, T>) -> Result<()> {
        if outputs.dims().len() > 1 {
            let allowed = "one prediction for each sample: end the model with `GlobalAveragePooling1D`";
            return Err(Error::argument(self.class_name(), "outputs", outputs, allowed));
        }
        self.loss.get()?.check(outputs, targets)
    }

    fn reduction(&self) -> Reduction {
        self.loss.get().map_or(Reduction::default(), |loss| loss.reduction())
    }

    fn mask(&self, targets: Batch<'_, T>, scale: &mut [T]) -> usize {
        self.loss.get().map_or(targets.count(), |loss| loss.mask(targets, scale))
    }

    fn of_batch(&self) -> bool {
        self.loss.get().is_ok_and(|loss| loss.of_batch())
    }

    fn fuse(&self, last: &dyn Activation<T>, outputs: &Shape) -> Result<Option<Arc<dyn Loss<T>>>> {
        let loss = self.loss.get()?;
        if !last.as_any().is::<MeanOfSteps>() {
            return loss.fuse(last, outputs);
        }
        if loss.of_batch() {
            let allowed = "a loss of single samples, because each sample is compared with several predictions";
            return Err(Error::argument(self.class_name(), "loss", loss.name(), allowed));
        }
        Ok(Some(LossOfMembers { loss, member: outputs.clone() }.into_shared()))
    }
}

/// [`MeanOfMembers`] for the predictions of all members, which are one after the other in each sample.
#[derive(Debug, Clone)]
struct LossOfMembers<T: Scalar> {
    loss: Arc<dyn Loss<T>>,
    /// The shape of a member's prediction.
    member: Shape,
}

impl<T: Scalar> Describe for LossOfMembers<T> {
    fn class_name(&self) -> &'static str {
        "MeanOfMembers"
    }
}

impl<T: Scalar> Loss<T> for LossOfMembers<T> {
    crate::part::compiled!(Loss<T> for LossOfMembers<T>);

    fn score(&self, predicted: Batch<'_, T>, target: Batch<'_, T>, losses: &mut [T], mut gradient: Option<LossGradient<'_, T>>) {
        let (width, shape) = (self.member.width(), target.shape());
        let members = predicted.width() / width;
        let share = T::of(members as f64).recip();
        for (sample, ((predicted, target), loss)) in predicted.samples().zip(target.samples()).zip(losses).enumerate() {
            // one call scores as many members as there is room for copies of the target on the stack
            let together = (BLOCK / target.len()).clamp(1, BLOCK);
            let mut copies = [T::zero(); BLOCK];
            copies.chunks_exact_mut(target.len()).for_each(|copy| copy.copy_from_slice(target));
            let targets = if together == 1 { target } else { &copies };
            let mut sum = T::zero();
            for (number, predicted) in predicted.chunks(together * width).enumerate() {
                let (count, mut each) = (predicted.len() / width, [T::zero(); BLOCK]);
                let first = sample * members + number * together;
                let scale = [gradient.as_ref().map_or(share, |gradient| gradient.scale[sample] * share); BLOCK];
                let gradient = gradient.as_mut().map(|gradient| {
                    let values = &mut gradient.values.values()[first * width..];
                    LossGradient { scale: &scale[..count], values: BatchMut::first(&self.member, count, values) }
                });
                let [predicted, targets] =
                    [(&self.member, predicted), (shape, targets)].map(|(shape, values)| Batch::first(shape, count, values));
                self.loss.score(predicted, targets, &mut each[..count], gradient);
                sum += each[..count].iter().copied().sum();
            }
            *loss = sum * share;
        }
    }

    fn reduction(&self) -> Reduction {
        self.loss.reduction()
    }

    fn mask(&self, targets: Batch<'_, T>, scale: &mut [T]) -> usize {
        self.loss.mask(targets, scale)
    }
}
