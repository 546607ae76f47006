//! The order in which Keras lists the layers of a functional model.

use crate::base::ordered;
use std::cmp::Reverse;

/// One call of a layer.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The number of the layer.
    pub(crate) layer: usize,
    /// The numbers of the calls whose outputs it reads.
    pub(crate) reads: Vec<usize>,
    /// By how much what it reads is farther from the outputs: 1, unless the layer becomes several operations of Keras.
    pub(crate) steps: usize,
}

/// Returns the calls that these outputs depend on in Keras' order, in which each call follows those that it reads.
///
/// Keras orders by the distance from the outputs, the farthest first; a layer is as far as its farthest call. Layers at the same
/// distance are in the order of a depth-first search from the outputs along the inputs. The layers of the model are in the
/// order of their first calls in this list. Source: `map_graph` in `keras/src/ops/function.py`.
pub(crate) fn in_order(calls: &[Call], outputs: &[usize]) -> Vec<usize> {
    let (finished, met) = search(calls, outputs);
    let mut distance = vec![0; calls.len()];
    let mut of_layer = vec![0; met.len()];
    for &number in finished.iter().rev() {
        let Call { layer, reads, steps } = &calls[number];
        of_layer[*layer] = distance[number].max(of_layer[*layer]);
        distance[number] = of_layer[*layer];
        for &read in reads {
            distance[read] = distance[read].max(distance[number] + steps);
        }
    }
    let key = |&number: &usize| (Reverse(distance[number]), met[calls[number].layer], number);
    ordered(finished, &|a, b| key(a).cmp(&key(b)))
}

/// Searches from the outputs along the inputs, depth first: returns the calls, each after those that it reads, and for each
/// layer the place at which the search met it.
fn search(calls: &[Call], outputs: &[usize]) -> (Vec<usize>, Vec<usize>) {
    let layers = calls.iter().map(|call| call.layer + 1).max().unwrap_or(0);
    let (mut met, mut count) = (vec![usize::MAX; layers], 0);
    let (mut finished, mut is_finished) = (Vec::new(), vec![false; calls.len()]);
    // The first is on top of the stack, because it is visited first; `true` marks a call whose inputs were visited.
    let mut stack: Vec<(usize, bool)> = outputs.iter().rev().map(|&output| (output, false)).collect();
    while let Some((number, is_left)) = stack.pop() {
        if is_finished[number] {
            continue;
        }
        let Call { layer, reads, .. } = &calls[number];
        if is_left {
            is_finished[number] = true;
            finished.push(number);
            continue;
        }
        if met[*layer] == usize::MAX {
            met[*layer] = count;
            count += 1;
        }
        stack.push((number, true));
        stack.extend(reads.iter().rev().map(|&read| (read, false)));
    }
    (finished, met)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order of `model.layers` in Keras 3.15.1 for two inputs, a shared layer and two outputs.
    #[test]
    fn layers_are_in_the_order_of_keras() {
        let names = ["a", "pre", "b", "cat", "shared", "mid", "sum", "price", "sold"];
        let call = |layer: &str, reads: &[usize]| {
            let layer = names.iter().position(|name| *name == layer).unwrap();
            Call { layer, reads: reads.to_vec(), steps: 1 }
        };
        let calls = [
            call("a", &[]),
            call("b", &[]),
            call("pre", &[0]),
            call("cat", &[2, 1]),
            call("shared", &[3]),
            call("mid", &[4]),
            call("shared", &[5]),
            call("sum", &[4, 6]),
            call("price", &[7]),
            call("sold", &[6]),
        ];
        let mut found: Vec<&str> = in_order(&calls, &[8, 9]).into_iter().map(|number| names[calls[number].layer]).collect();
        assert_eq!(found.len(), calls.len(), "each call is there");
        let mut seen = Vec::new();
        found.retain(|name| {
            !seen.contains(name) && {
                seen.push(*name);
                true
            }
        });
        assert_eq!(found, names);
    }
}
