//! The calls of the layers of a functional model that is being read, and the order in which they are read.

use super::json::Json;
use super::outline::LayerPlace;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// The output of a layer as a file names it: the layer, the number of its call, and the number of the output.
pub(super) type History = (String, usize, usize);

/// One call of a layer that is being read.
pub(super) struct Call<'j> {
    pub(super) layer: &'j Json,
    pub(super) place: LayerPlace,
    pub(super) reads: Vec<History>,
    /// The number of axes of the first value that it reads, if the file has it.
    pub(super) axes: Option<usize>,
}

/// The numbers of the calls of each layer.
pub(super) type CallNumbers = HashMap<String, Vec<usize>>;

/// Returns the layer, the call and the output that a list of JSON names.
pub(super) fn history(list: &[Json]) -> Option<History> {
    let number = |json: &Json| json.as_u64().and_then(|number| usize::try_from(number).ok());
    match list {
        [Json::String(name), call, output, ..] => Some((name.clone(), number(call)?, number(output)?)),
        _ => None,
    }
}

/// Makes the first call of each layer number 0: Keras 2 counts the calls of a model within the model from 1.
pub(super) fn count_calls_from_0(references: Vec<&mut History>, numbers: &CallNumbers) {
    let mut last: HashMap<String, usize> = HashMap::new();
    for (name, call, _) in &references {
        let most = last.entry(name.clone()).or_default();
        *most = (*most).max(*call);
    }
    for (name, call, _) in references {
        let first = numbers.get(name).map_or(0, |calls| last[name].saturating_add(1).saturating_sub(calls.len()));
        *call = call.saturating_sub(first);
    }
}

/// The order in which calls are read: of those whose inputs have been read, the first in the order of the file is next.
pub(super) struct Order {
    /// For each call, the number of calls that it waits for, and the calls that wait for it.
    waits: Vec<usize>,
    waiting: Vec<Vec<usize>>,
    ready: BinaryHeap<Reverse<usize>>,
    done: usize,
}

impl Order {
    pub(super) fn new(calls: &[Call<'_>], numbers: &CallNumbers, inputs: &[History]) -> Self {
        let (mut waits, mut waiting) = (vec![0; calls.len()], vec![Vec::new(); calls.len()]);
        for (call, Call { reads, .. }) in calls.iter().enumerate() {
            for (name, number, _) in reads {
                match numbers.get(name).and_then(|calls| calls.get(*number)) {
                    Some(&read) => {
                        waits[call] += 1;
                        waiting[read].push(call);
                    }
                    None if inputs.iter().any(|(input, ..)| input == name) => {}
                    // nothing computes it, so the call waits for ever
                    None => waits[call] += 1,
                }
            }
        }
        let ready = (0..calls.len()).filter(|&call| waits[call] == 0).map(Reverse).collect();
        Self { waits, waiting, ready, done: 0 }
    }

    /// Returns the number of the next call, if there is one.
    pub(super) fn next(&mut self) -> Option<usize> {
        let Reverse(call) = self.ready.pop()?;
        self.done += 1;
        for waiting in std::mem::take(&mut self.waiting[call]) {
            self.waits[waiting] -= 1;
            if self.waits[waiting] == 0 {
                self.ready.push(Reverse(waiting));
            }
        }
        Some(call)
    }

    pub(super) fn done(&self) -> usize {
        self.done
    }
}
