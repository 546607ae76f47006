use std::fmt;
use std::ops::Index;
use std::sync::Arc;

/// The loss and the metrics of a batch, an epoch or an evaluation, by name.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::with_seed(1);
/// model.add(Dense::new(1));
/// model.compile("sgd", "mse", "mae")?;
/// let scores = model.train_on_batch(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0])?;
/// assert_eq!(scores.loss(), scores["loss"]);
/// assert!(scores.get("mae").is_some() && scores.get("val_mae").is_none());
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Logs {
    names: Arc<[String]>,
    values: Vec<f64>,
}

impl Logs {
    pub(crate) fn new(names: Arc<[String]>) -> Self {
        Self { values: Vec::with_capacity(names.len()), names }
    }

    /// The values, to be written in the order of the names; those not written yet are left out.
    pub(crate) fn values_mut(&mut self) -> &mut Vec<f64> {
        &mut self.values
    }

    /// The loss: that of the data, and what regularizers add.
    pub fn loss(&self) -> f64 {
        self.values.first().copied().unwrap_or(f64::NAN)
    }

    /// The value of this name, if there is one.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// All names with their values, the loss first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.names.iter().map(String::as_str).zip(self.values.iter().copied())
    }
}

impl Index<&str> for Logs {
    type Output = f64;

    /// The value of this name.
    ///
    /// # Panics
    ///
    /// If there is none, as indexing a map does; [`get`](Logs::get) does not.
    fn index(&self, name: &str) -> &f64 {
        match self.names.iter().zip(&self.values).find(|(known, _)| *known == name) {
            Some((_, value)) => value,
            None => panic!("there is no `{name}` in {self:?}"),
        }
    }
}

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl fmt::Display for Logs {
    /// As in Keras' progress bar: `loss: 0.3046 - accuracy: 0.8917`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, value)) in self.iter().enumerate() {
            let dash = if i > 0 { " - " } else { "" };
            // small values as 1.2e-5, as Keras shows them
            if value.abs() > 1e-3 || value == 0.0 {
                write!(f, "{dash}{name}: {value:.4}")?;
            } else {
                write!(f, "{dash}{name}: {value:.4e}")?;
            }
        }
        Ok(())
    }
}
