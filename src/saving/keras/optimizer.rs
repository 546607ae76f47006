//! The state of an optimizer as the arrays of a file.
//!
//! | Keras | arrays |
//! |---|---|
//! | 3 | iteration, learning rate (unless a schedule determines it), then the slots weight by weight |
//! | 2.11 to 2.15 | iteration, then the slots weight by weight |
//! | before 2.11 | iteration (missing in some files before 2.3), then the first slot of all weights, then the second, .. |

use super::quirks;
use crate::base::{Error, Result};
use crate::kernels::Scalar;
use crate::network::Network;
use crate::optimizers::{Item, LentMut, Memory, OptimizerState};
use crate::saving::h5::H5;

/// The state of an optimizer without its values and its number type.
struct StateView {
    /// The class of the optimizer.
    name: &'static str,
    has_momenta: bool,
    memories: Vec<Memory>,
    /// The number of trained weights.
    weights: usize,
}

impl StateView {
    /// Makes the view of an optimizer, with the trained weights in this order.
    fn of<T: Scalar>(optimizer: &OptimizerState<T>, order: &[usize]) -> Self {
        let (name, has_momenta) = (optimizer.rule().name(), quirks::has_momenta(optimizer.rule()));
        Self { name, has_momenta, memories: optimizer.memories_in(order), weights: optimizer.weight_count() }
    }
}

/// The paths of an optimizer's arrays, in their order.
pub(super) struct StoredOptimizer {
    arrays: Vec<String>,
    /// The numbers of the trained weights, in the order in which Keras lists them.
    order: Vec<usize>,
    by_slot: bool,
}

impl StoredOptimizer {
    /// Finds the arrays in a file of Keras 3 or an archive of Keras 2, which numbers them.
    pub(super) fn numbered(h5: &H5, order: Vec<usize>) -> Result<Self> {
        Ok(Self { arrays: h5.numbered("optimizer/vars")?, order, by_slot: false })
    }

    /// Finds the arrays in an `.h5` file, which lists their names.
    pub(super) fn listed(h5: &H5, order: Vec<usize>) -> Result<Self> {
        let names = match h5.has("optimizer_weights")? {
            true => h5.texts("optimizer_weights", "weight_names")?.unwrap_or_default(),
            false => Vec::new(),
        };
        // Before 2.11, the name of the iteration was `Adam/iter:0` or `Adam/iterations:0`.
        let by_slot = names.first().is_some_and(|first| !first.trim_end_matches(":0").ends_with("iteration"));
        Ok(Self { arrays: names.iter().map(|name| format!("optimizer_weights/{name}")).collect(), order, by_slot })
    }

    /// Returns whether the arrays fit the state of this optimizer, whose memory is allocated.
    pub(super) fn fits<T: Scalar>(&self, optimizer: &OptimizerState<T>, h5: &H5) -> bool {
        !self.arrays.is_empty() && self.arranged(&StateView::of(optimizer, &self.order), h5).is_ok()
    }

    /// Reads the state of the optimizer; does nothing if the file has no arrays for it.
    ///
    /// # Errors
    ///
    /// The arrays belong to another optimizer or to other weights; some arrays may have been read before the error.
    pub(super) fn read<T: Scalar>(&self, optimizer: &mut OptimizerState<T>, network: &Network<T>, h5: &H5) -> Result<()> {
        if self.arrays.is_empty() {
            return Ok(());
        }
        if !optimizer.is_built() {
            optimizer.build(network.trained(), network.params());
        }
        let state = StateView::of(optimizer, &self.order);
        for (memory, array) in state.memories.iter().zip(self.arranged(&state, h5)?) {
            let product = match (array, memory.item) {
                // The iteration comes first, so it has been read.
                (None, Item::Scalar(_)) => quirks::product_of_momenta(optimizer.rule(), optimizer.iterations())
                    .map_err(|problem| h5.place().member("optimizer").error(problem))?,
                (None, _) => continue,
                (Some(_), _) => 0.0,
            };
            optimizer.overwrite_memory(memory, |to| match (to, array) {
                (LentMut::Values(values), Some(path)) => h5.read(path, &memory.shape, values),
                (LentMut::Number(number), Some(path)) => read_number(h5, path, &memory.item, number),
                (LentMut::Number(number), None) => {
                    *number = product;
                    Ok(())
                }
                (LentMut::Values(_), None) => Ok(()),
            })?;
        }
        Ok(())
    }

    /// Returns the array of each item of the optimizer's state; `None` for an item that the file does not have.
    fn arranged(&self, state: &StateView, h5: &H5) -> Result<Vec<Option<&str>>> {
        if self.by_slot {
            return self.by_slot(state, h5);
        }
        let memories = &state.memories;
        let (found, wanted) = (self.arrays.len(), memories.len());
        let mut arrays = self.arrays.iter().map(String::as_str);
        if found == wanted {
            return Ok(arrays.map(Some).collect());
        }
        let is_rate = |item: Item| item == Item::LearningRate;
        let keeps_rate = memories.iter().any(|memory| is_rate(memory.item));
        // An optimizer that has made no update may have no slots in the file.
        let was_at_work = found > 1 + usize::from(keeps_rate) || self.iteration(h5)? > 0.0;
        // Keras 2.11 to 2.15 save neither the learning rate nor the product of the momenta of `Nadam`.
        let is_lacking = |item: Item| is_rate(item) || (state.has_momenta && matches!(item, Item::Scalar(_)));
        let lacks_numbers = found + memories.iter().filter(|memory| is_lacking(memory.item)).count() == wanted;
        if was_at_work && !lacks_numbers {
            return Err(self.other_arrays(state, h5, wanted));
        }
        let array = |item| match lacks_numbers {
            true if is_lacking(item) => None,
            false if found == 1 && is_rate(item) => None,
            _ => arrays.next(),
        };
        Ok(memories.iter().map(|memory| memory.item).map(array).collect())
    }

    /// Returns the arrays as [`arranged`](Self::arranged) does, for files of Keras before 2.11.
    fn by_slot(&self, state: &StateView, h5: &H5) -> Result<Vec<Option<&str>>> {
        let memories = &state.memories;
        let slots = memories.iter().filter(|memory| matches!(memory.item, Item::Slot { .. })).count();
        let mut arrays = self.arrays.iter().map(String::as_str).peekable();
        let has_number = arrays.peek().map(|first| h5.shape(first)).transpose()?.is_some_and(|shape| shape.is_empty());
        let iteration = if has_number { arrays.next() } else { None };
        // `Nadam` stores the product of its momenta in the array after the iteration.
        let product = arrays.next_if(|next| state.has_momenta && is_momentum_cache(next));
        let arrays: Vec<&str> = arrays.collect();
        // Older optimizers stored some numbers that are no longer part of the state, in arrays of one value each.
        for other in arrays.iter().skip(slots).filter(|_| slots > 0) {
            if h5.shape(other)? != [1] {
                return Err(self.other_arrays(state, h5, slots + usize::from(has_number)));
            }
        }
        let is_read = |item: Item| match item {
            Item::Iteration | Item::LearningRate | Item::Slot { .. } => true,
            Item::Scalar(_) => state.has_momenta,
            _ => false,
        };
        if arrays.len() < slots || !memories.iter().all(|memory| is_read(memory.item)) {
            return Err(self.other_arrays(state, h5, memories.len()));
        }
        let array = |item| match item {
            Item::Iteration => iteration,
            Item::Slot { slot, weight } => arrays.get(slot * state.weights + weight).copied(),
            Item::Scalar(_) => product,
            _ => None,
        };
        Ok(memories.iter().map(|memory| array(memory.item)).collect())
    }

    fn iteration(&self, h5: &H5) -> Result<f64> {
        let mut iteration = [0.0];
        match self.arrays.first() {
            Some(first) => h5.read(first, &[], &mut iteration).map(|()| iteration[0]),
            None => Ok(0.0),
        }
    }

    fn other_arrays(&self, state: &StateView, h5: &H5, wanted: usize) -> Error {
        let (found, name) = (self.arrays.len(), state.name);
        h5.place().member("optimizer").error(format!("it has {found} arrays, but {name} has {wanted} for these weights"))
    }
}

fn is_momentum_cache(path: &str) -> bool {
    path.trim_end_matches(":0").ends_with("/momentum_cache")
}

fn read_number(h5: &H5, path: &str, item: &Item, number: &mut f64) -> Result<()> {
    h5.read(path, &[], std::slice::from_mut(number))?;
    let value = *number;
    let is_count = || value.fract() == 0.0 && value < 9e15;
    let (is_allowed, what) = match item {
        Item::Iteration => (value >= 0.0 && is_count(), "number of steps"),
        Item::LearningRate => (value >= 0.0, "learning rate"),
        Item::Scalar(_) => ((0.0..=1.0).contains(&value), "product of momenta, which is from 0 to 1"),
        _ => (true, "number"),
    };
    if is_allowed { Ok(()) } else { Err(h5.place().member(path).error(format!("{value} is not a {what}"))) }
}
