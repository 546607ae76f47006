//! The assignment of buffers to values and gradients, in a network where several nodes may read the same value.

use crate::layers::Target;

/// The buffer of each value in prediction and of each gradient in the backward pass.
///
/// A network without branches needs two buffers; branches may need more. Each buffer has the size of the largest value or
/// gradient that it holds.
///
/// Value 0 is the data, value `i + 1` the output of node `i`. A node reads values of lower number only.
#[derive(Debug, Clone)]
pub(super) struct Wiring {
    /// The buffer of each value in prediction; the data are in the first buffer.
    pub(super) values: Vec<usize>,
    /// The buffer of each gradient in the backward pass; the gradient of the only output is in the first buffer.
    pub(super) gradients: Vec<usize>,
    /// For each node, where the gradient of each of its inputs is written.
    pub(super) targets: Vec<Vec<Target>>,
    /// The buffer for a gradient that is then added to another.
    pub(super) spare: usize,
    /// The number of values that each buffer holds for one sample.
    pub(super) sizes: Vec<usize>,
    data_is_read_once: bool,
}

/// The properties of a node that the wiring depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    /// The numbers of the values that the node reads.
    pub(super) reads: &'a [usize],
    /// The number of values that the node writes for one sample.
    pub(super) width: usize,
    /// True if a trained weight of this node, or of a node before it, depends on the gradient of the output.
    pub(super) needs_gradient: bool,
}

impl Wiring {
    /// Assigns buffers for these nodes, for data with `input` values in a sample, and for the values that are outputs.
    pub(super) fn new(input: usize, nodes: &[Reader<'_>], outputs: &[usize]) -> Self {
        let count = nodes.len();
        let width = |value: usize| value.checked_sub(1).map_or(input, |node| nodes[node].width);
        // the backward pass runs in reverse, so the last node that reads a value is the first to write its gradient
        let mut last_reader = vec![0; count + 1];
        for (node, reader) in nodes.iter().enumerate() {
            reader.reads.iter().for_each(|&value| last_reader[value] = node);
        }
        let is_output = |value: usize| outputs.contains(&value);
        let mut values = vec![0];
        for node in 0..count {
            let is_live = |value: usize| last_reader[value] >= node || is_output(value);
            let live = (0..values.len()).filter(|&value| is_live(value)).map(|value| values[value]);
            values.push(first_free(live));
        }
        // the loss writes the gradients of the outputs before the backward pass
        let mut gradients = vec![None; count + 1];
        for &output in outputs {
            gradients[output] = gradients[output].or_else(|| Some(first_free(gradients.iter().flatten().copied())));
        }
        for (node, reader) in nodes.iter().enumerate().rev() {
            for &value in reader.reads {
                // the gradients of later values are no longer needed, so their buffers are free
                let buffer = gradients[value].unwrap_or_else(|| first_free(gradients[..node + 2].iter().flatten().copied()));
                gradients[value] = Some(buffer);
            }
        }
        let gradients: Vec<usize> = gradients.into_iter().map(Option::unwrap_or_default).collect();
        let needed = |value: usize| value.checked_sub(1).is_some_and(|node| nodes[node].needs_gradient);
        let targets: Vec<Vec<Target>> = (0..count)
            .map(|node| {
                let reads = nodes[node].reads;
                let adds = |place: usize| {
                    let value = reads[place];
                    last_reader[value] != node || reads[..place].contains(&value) || is_output(value)
                };
                let target =
                    |place: usize| Target { buffer: gradients[reads[place]], adds: adds(place), needed: needed(reads[place]) };
                (0..reads.len()).map(target).collect()
            })
            .collect();
        let spare = values.iter().chain(&gradients).max().map_or(0, |last| last + 1).max(2);
        let mut sizes = vec![0; spare + 1];
        for value in 0..=count {
            for buffer in [values[value], gradients[value]] {
                sizes[buffer] = sizes[buffer].max(width(value));
            }
        }
        let added = (0..count).flat_map(|node| targets[node].iter().zip(nodes[node].reads));
        sizes[spare] = added.filter(|(target, _)| target.adds).map(|(_, &value)| width(value)).max().unwrap_or(0);
        let data_is_read_once = last_reader[0] == 0;
        Self { values, gradients, targets, spare, sizes, data_is_read_once }
    }

    /// Returns whether the first node is the only one that reads the data.
    pub(super) fn data_is_read_once(&self) -> bool {
        self.data_is_read_once
    }
}

/// Returns the lowest number that is not in `taken`.
fn first_free(taken: impl Iterator<Item = usize> + Clone) -> usize {
    let mut free = 0;
    while taken.clone().any(|taken| taken == free) {
        free += 1;
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wiring(nodes: &[&[usize]]) -> Wiring {
        let reader = |(node, reads): (usize, &&'static [usize])| Reader { reads, width: node + 2, needs_gradient: true };
        let nodes: Vec<Vec<usize>> = nodes.iter().map(|reads| reads.to_vec()).collect();
        let _ = reader;
        let readers: Vec<Reader<'_>> =
            nodes.iter().enumerate().map(|(node, reads)| Reader { reads, width: node + 2, needs_gradient: true }).collect();
        Wiring::new(1, &readers, &[nodes.len()])
    }

    #[test]
    fn a_chain_needs_two_buffers() {
        let chain = wiring(&[&[0], &[1], &[2]]);
        assert_eq!(chain.values, [0, 1, 0, 1]);
        assert_eq!(chain.gradients, [1, 0, 1, 0]);
        assert_eq!(chain.sizes, [4, 4, 0], "the widths are 1, 2, 3 and 4");
        assert_eq!(wiring(&[]).sizes, [1, 0, 0]);
    }

    #[test]
    fn a_value_stays_until_its_last_reader_has_run() {
        // a skip connection: node 2 reads the data and the output of node 1
        let residual = wiring(&[&[0], &[1], &[0, 2], &[3]]);
        assert_eq!(residual.values, [0, 1, 2, 1, 0]);
        assert!(!residual.targets[2][0].adds, "the merging layer writes the gradient of the data");
        assert!(residual.targets[0][0].adds, "the first layer adds to it");
        assert_eq!(residual.sizes[residual.spare], 1, "the spare buffer holds the gradient of the data");
        let twice = wiring(&[&[0, 0]]);
        assert!(!twice.targets[0][0].adds);
        assert!(twice.targets[0][1].adds);
    }

    /// Checks that no buffer is overwritten while its value is still needed, and that each buffer is large enough.
    #[test]
    fn live_values_and_gradients_never_share_a_buffer() {
        let nested: &[&[usize]] = &[&[0], &[1], &[2], &[1, 3], &[4], &[0, 5, 0], &[6], &[7, 7], &[8]];
        let wiring = wiring(nested);
        for (node, reads) in nested.iter().enumerate() {
            for value in 0..=node {
                let needed = nested[node..].iter().any(|reads| reads.contains(&value));
                assert!(!needed || wiring.values[value] != wiring.values[node + 1], "value {value} at node {node}");
                for &read in *reads {
                    let other = value != read && nested[node..].iter().any(|reads| reads.contains(&value));
                    assert!(!other || wiring.gradients[value] != wiring.gradients[read], "gradient {value} at node {node}");
                }
            }
            assert!(reads.iter().all(|&read| wiring.gradients[read] != wiring.gradients[node + 1]));
        }
        for value in 0..=nested.len() {
            assert!(wiring.sizes[wiring.values[value]] > value && wiring.sizes[wiring.gradients[value]] > value);
        }
    }
}
