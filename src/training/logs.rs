use std::fmt;
use std::ops::Index;
use std::sync::Arc;

/// The loss and the metrics of a batch, an epoch or an evaluation, each with its name.
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
    /// The value of each name; `None` if it has none at present.
    values: Vec<Option<f64>>,
}

impl Logs {
    pub(crate) fn new(names: Arc<[String]>) -> Self {
        Self { values: vec![None; names.len()], names }
    }

    /// Removes all values; the names stay.
    pub(crate) fn clear(&mut self) {
        self.values.fill(None);
    }

    /// Sets the values of consecutive names, from name number `first` on.
    pub(crate) fn set_from(&mut self, first: usize, values: impl Iterator<Item = f64>) {
        self.values.iter_mut().skip(first).zip(values).for_each(|(place, value)| *place = Some(value));
    }

    /// Sets the value of a name; a new name is added after the others.
    pub(crate) fn set(&mut self, name: &str, value: f64) {
        match self.names.iter().position(|known| known == name) {
            Some(place) => self.values[place] = Some(value),
            None => {
                self.names = self.names.iter().cloned().chain([name.to_string()]).collect();
                self.values.push(Some(value));
            }
        }
    }

    /// Returns all names, also those without a value.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns all names with their values; `None` for a name without a value.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, Option<f64>)> {
        self.names.iter().map(String::as_str).zip(self.values.iter().copied())
    }

    /// Returns the loss, including the penalties of regularizers; NaN if there is none yet.
    pub fn loss(&self) -> f64 {
        self.values.first().copied().flatten().unwrap_or(f64::NAN)
    }

    /// Returns the value of this name, or `None` if there is none.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Returns all names that have a value, with their values, the loss first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.entries().filter_map(|(name, value)| Some((name, value?)))
    }
}

impl Index<&str> for Logs {
    type Output = f64;

    /// Returns the value of this name.
    ///
    /// # Panics
    ///
    /// It panics if the name has no value; [`get`](Logs::get) returns `None` instead.
    fn index(&self, name: &str) -> &f64 {
        let place = self.names.iter().position(|known| known == name);
        match place.and_then(|place| self.values[place].as_ref()) {
            Some(value) => value,
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
    /// Writes the values as Keras' progress bar does: `loss: 0.3046 - accuracy: 0.8917`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (name, value)) in self.iter().enumerate() {
            let dash = if i > 0 { " - " } else { "" };
            // like Keras, writes small values with an exponent
            if value.abs() > 1e-3 || value == 0.0 {
                write!(f, "{dash}{name}: {value:.4}")?;
            } else {
                write!(f, "{dash}{name}: {value:.4e}")?;
            }
        }
        Ok(())
    }
}
