//! The forms in which `compile` takes losses.

use super::Loss;
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use crate::part::{Choice, IntoPart};
use std::sync::Arc;

/// A loss with its factor.
pub(crate) type WeightedLoss<T> = (Arc<dyn Loss<T>>, f64);

/// The losses of a model with several outputs, with a factor for each.
///
/// The loss that training minimises is the sum of the losses of the outputs, each times its factor, and of the penalties of
/// regularizers. Without factors, a tuple of losses can be given to `compile` directly.
///
/// ```
/// use layercake::prelude::*;
///
/// let x = Node::input("x", 2);
/// let hidden = x.then(Dense::new(4).activation(Relu));
/// let (price, sold) = (hidden.then(Dense::new(1).name("price")), hidden.then(Dense::new(1).activation(Sigmoid).name("sold")));
/// let mut model = Functional::with_seed(1, &x, [&price, &sold])?;
/// let losses = Losses::new(("mse", "binary_crossentropy")).loss_weights([1.0, 0.25]);
/// model.compile("adam", losses, of_output("sold", "accuracy"))?;
/// let (x, price, sold) = (dmatrix![1.0, 2.0; 3.0, 4.0], dvector![0.5, 1.5], [0, 1]);
/// let history = model.fit(&x, (&price, &sold), FitOptions::new())?;
/// assert!(history.get("sold_loss").is_some() && history.get("sold_accuracy").is_some());
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Losses<T: Scalar> {
    losses: Vec<Choice<dyn Loss<T>>>,
    loss_weights: Option<Vec<f64>>,
}

impl<T: Scalar> Losses<T> {
    /// Creates the losses of the outputs, in their order; one loss is that of each output.
    pub fn new<Marker>(losses: impl IntoLosses<T, Marker>) -> Self {
        losses.into_losses()
    }

    /// Sets the factor of each output's loss, a finite number of at least 0 (default: 1 each).
    pub fn loss_weights(mut self, loss_weights: impl IntoIterator<Item = f64>) -> Self {
        self.loss_weights = Some(loss_weights.into_iter().collect());
        self
    }

    /// Returns the losses with their factors: one for all outputs, or one for each.
    pub(crate) fn checked(self) -> Result<Vec<WeightedLoss<T>>> {
        let mut losses: Vec<Arc<dyn Loss<T>>> = Vec::with_capacity(self.losses.len());
        for loss in &self.losses {
            let loss = loss.get()?;
            loss.check_arguments()?;
            loss.reduction().check_is_one_number(loss.name())?;
            losses.push(loss);
        }
        if losses.is_empty() {
            return Err(Error::argument("compile", "loss", "none", "at least one loss"));
        }
        let Some(weights) = self.loss_weights else { return Ok(losses.into_iter().map(|loss| (loss, 1.0)).collect()) };
        if let Some(weight) = weights.iter().find(|weight| !(0.0..f64::INFINITY).contains(*weight)) {
            return Err(Error::argument("compile", "loss_weights", *weight, "finite numbers >= 0"));
        }
        match (&losses[..], weights.len()) {
            ([one], 1..) => Ok(weights.into_iter().map(|weight| (one.clone(), weight)).collect()),
            (several, count) if several.len() == count => Ok(losses.into_iter().zip(weights).collect()),
            (several, count) => {
                let allowed = format!("{} factors, one for each loss", several.len());
                Err(Error::argument("compile", "loss_weights", format!("{count} factors"), allowed))
            }
        }
    }
}

/// The forms in which `compile` takes losses: one loss or its name, a tuple, an array or a `Vec` with a loss for each output, or
/// [`Losses`] with factors.
///
/// The type parameter `Marker` distinguishes the implementations and is always inferred.
pub trait IntoLosses<T: Scalar, Marker> {
    /// Converts to a list of losses in the same order.
    fn into_losses(self) -> Losses<T>;
}

impl<T: Scalar> IntoLosses<T, Losses<T>> for Losses<T> {
    fn into_losses(self) -> Losses<T> {
        self
    }
}

impl<T: Scalar, Marker, L: IntoPart<dyn Loss<T>, Marker>> IntoLosses<T, (Marker,)> for L {
    fn into_losses(self) -> Losses<T> {
        Losses { losses: vec![self.into_part()], loss_weights: None }
    }
}

impl<T: Scalar, Marker, L: IntoPart<dyn Loss<T>, Marker>, const N: usize> IntoLosses<T, [Marker; 1]> for [L; N] {
    fn into_losses(self) -> Losses<T> {
        Losses { losses: self.into_iter().map(L::into_part).collect(), loss_weights: None }
    }
}

impl<T: Scalar, Marker, L: IntoPart<dyn Loss<T>, Marker>> IntoLosses<T, [Marker; 2]> for Vec<L> {
    fn into_losses(self) -> Losses<T> {
        Losses { losses: self.into_iter().map(L::into_part).collect(), loss_weights: None }
    }
}

macro_rules! tuples {
    ($($loss:ident $marker:ident),+) => {
        impl<T: Scalar, $($marker, $loss: IntoPart<dyn Loss<T>, $marker>),+> IntoLosses<T, ($($marker,)+)> for ($($loss,)+) {
            fn into_losses(self) -> Losses<T> {
                #[allow(non_snake_case)]
                let ($($loss,)+) = self;
                Losses { losses: vec![$($loss.into_part()),+], loss_weights: None }
            }
        }
    };
}

tuples!(A MarkerA, B MarkerB);
tuples!(A MarkerA, B MarkerB, C MarkerC);
tuples!(A MarkerA, B MarkerB, C MarkerC, D MarkerD);
tuples!(A MarkerA, B MarkerB, C MarkerC, D MarkerD, E MarkerE);
tuples!(A MarkerA, B MarkerB, C MarkerC, D MarkerD, E MarkerE, F MarkerF);
