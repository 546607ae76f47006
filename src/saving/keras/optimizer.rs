//! The state of an optimizer as the arrays of a file.
//!
//! | Keras | arrays |
//! |---|---|
//! | 3 | iteration, learning rate (unless a schedule determines it), then the slots weight by weight |
//! | 2.11 to 2.15 | iteration, then the slots weight by weight |
//! | before 2.11 | iteration (missing in some files before 2.3), then the first slot of all weights, then the second, .. |

use super::quirks;
use crate::base::Result;
use crate::kernels::Scalar;
use crate::network::Network;
use crate::optimizers::{Item, LentMut, OptimizerState};
use crate::saving::h5::H5;

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
        !self.arrays.is_empty() && self.arranged(optimizer, h5).is_ok()
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
        let memories = optimizer.memories_in(&self.order);
        for (memory, array) in memories.iter().zip(self.arranged(optimizer, h5)?) {
            match array {
                Some(path) => optimizer.overwrite_memory(memory, |to| match to {
                    LentMut::Values(values) => h5.read(path, &memory.shape, values),
                    LentMut::Number(number) => {
                        h5.read(path, &[], std::slice::from_mut(number))?;
                        check_number(h5, path, &memory.item, *number)
                    }
                })?,
                // The iteration comes first, so it has been read.
                None if matches!(memory.item, Item::Scalar(_)) => {
                    let product = quirks::product_of_momenta(optimizer.rule(), optimizer.iterations());
                    let product = product.map_err(|problem| h5.place().member("optimizer").error(problem))?;
                    optimizer.overwrite_memory(memory, |to| {
                        if let LentMut::Number(number) = to {
                            *number = product;
                        }
                        Ok(())
                    })?;
                }
                None => {}
            }
        }
        Ok(())
    }

    /// Returns the array of each item of the optimizer's state; `None` for an item that the file does not have.
    fn arranged<T: Scalar>(&self, optimizer: &OptimizerState<T>, h5: &H5) -> Result<Vec<Option<&str>>> {
        if self.by_slot {
            return self.by_slot(optimizer, h5);
        }
        let memories = optimizer.memories_in(&self.order);
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
        let is_lacking = |item: Item| is_rate(item) || (quirks::has_momenta(optimizer.rule()) && matches!(item, Item::Scalar(_)));
        let lacks_numbers = found + memories.iter().filter(|memory| is_lacking(memory.item)).count() == wanted;
        if was_at_work && !lacks_numbers {
            return Err(self.other_arrays(optimizer, h5, wanted));
        }
        let array = |item| match lacks_numbers {
            true if is_lacking(item) => None,
            false if found == 1 && is_rate(item) => None,
            _ => arrays.next(),
        };
        Ok(memories.iter().map(|memory| memory.item).map(array).collect())
    }

    /// Returns the arrays as [`arranged`](Self::arranged) does, for files of Keras before 2.11.
    fn by_slot<T: Scalar>(&self, optimizer: &OptimizerState<T>, h5: &H5) -> Result<Vec<Option<&str>>> {
        let memories = optimizer.memories_in(&self.order);
        let weights = optimizer.weight_count();
        let slots = memories.iter().filter(|memory| matches!(memory.item, Item::Slot { .. })).count();
        let mut arrays = self.arrays.iter().map(String::as_str).peekable();
        let has_number = arrays.peek().map(|first| h5.shape(first)).transpose()?.is_some_and(|shape| shape.is_empty());
        let iteration = if has_number { arrays.next() } else { None };
        // `Nadam` stores the product of its momenta in the array after the iteration.
        let product = arrays.next_if(|next| quirks::has_momenta(optimizer.rule()) && is_momentum_cache(next));
        let arrays: Vec<&str> = arrays.collect();
        // Older optimizers stored some numbers that are no longer part of the state, in arrays of one value each.
        for other in arrays.iter().skip(slots).filter(|_| slots > 0) {
            if h5.shape(other)? != [1] {
                return Err(self.other_arrays(optimizer, h5, slots + usize::from(has_number)));
            }
        }
        let is_read = |item: Item| match item {
            Item::Iteration | Item::LearningRate | Item::Slot { .. } => true,
            Item::Scalar(_) => quirks::has_momenta(optimizer.rule()),
            _ => false,
        };
        if arrays.len() < slots || !memories.iter().all(|memory| is_read(memory.item)) {
            return Err(self.other_arrays(optimizer, h5, memories.len()));
        }
        let array = |item| match item {
            Item::Iteration => iteration,
            Item::Slot { slot, weight } => arrays.get(slot * weights + weight).copied(),
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

    fn other_arrays<T: Scalar>(&self, optimizer: &OptimizerState<T>, h5: &H5, wanted: usize) -> crate::base::Error {
        let (found, name) = (self.arrays.len(), optimizer.rule().name());
        h5.place().member("optimizer").error(format!("it has {found} arrays, but {name} has {wanted} for these weights"))
    }
}

fn is_momentum_cache(path: &str) -> bool {
    path.trim_end_matches(":0").ends_with("/momentum_cache")
}

fn check_number(h5: &H5, path: &str, item: &Item, value: f64) -> Result<()> {
    let is_count = || value.fract() == 0.0 && value < 9e15;
    let (is_allowed, what) = match item {
        Item::Iteration => (value >= 0.0 && is_count(), "number of steps"),
        Item::LearningRate => (value >= 0.0, "learning rate"),
        Item::Scalar(_) => ((0.0..=1.0).contains(&value), "product of momenta, which is from 0 to 1"),
        _ => (true, "number"),
    };
    if is_allowed { Ok(()) } else { Err(h5.place().member(path).error(format!("{value} is not a {what}"))) }
}
