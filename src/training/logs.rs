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
    /// A value for each name that has one at this moment.
    values: Vec<Option<f64>>,
}

impl Logs {
    pub(crate) fn new(names: Arc<[String]>) -> Self {
        Self { values: vec![None; names.len()], names }
    }

    /// Takes all values away.
    pub(crate) fn clear(&mut self) {
        self.values.fill(None);
    }

    /// Sets the values of names that follow each other, from number `first` on.
    pub(crate) fn set_from(&mut self, first: usize, values: impl Iterator<Item = f64>) {
        self.values.iter_mut().skip(first).zip(values).for_each(|(place, value)| *place = Some(value));
    }

    /// Sets the value of a name; a new one is added behind the others.
    pub(crate) fn set(&mut self, name: &str, value: f64) {
        match self.names.iter().position(|known| known == name) {
            Some(place) => self.values[place] = Some(value),
            None => {
                self.names = self.names.iter().cloned().chain([name.to_string()]).collect();
                self.values.push(Some(value));
            }
        }
    }

    /// All names there may be values of.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// All names, with their values where there are any.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, Option<f64>)> {
        self.names.iter().map(String::as_str).zip(self.values.iter().copied())
    }

    /// The loss: that of the data, and what regularizers add.
    pub fn loss(&self) -> f64 {
        self.values.first().copied().flatten().unwrap_or(f64::NAN)
    }

    /// The value of this name, if there is one.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// All names with their values, the loss first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.entries().filter_map(|(name, value)| Some((name, value?)))
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
