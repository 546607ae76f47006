//! Which buffer holds which value while a batch runs through nodes that may have several readers.

use crate::layers::Target;

/// The buffer of each value on the way forward and of each gradient on the way back: as few buffers as the branches
/// allow, two where there are none, each as large as the largest that it holds.
///
/// Value 0 is the data, value `i + 1` the output of node `i`. A node reads values of lower number only.
#[derive(Debug, Clone)]
pub(super) struct Wiring {
    /// The buffer of each value in prediction; the data are in the first buffer.
    pub(super) values: Vec<usize>,
    /// The buffer of each gradient in training; that of the output is in the first buffer.
    pub(super) gradients: Vec<usize>,
    /// What becomes of the gradient of each input, for each node.
    pub(super) targets: Vec<Vec<Target>>,
    /// The buffer for a gradient that is added to another.
    pub(super) spare: usize,
    /// How many values of a sample each buffer holds.
    pub(super) sizes: Vec<usize>,
    data_is_read_once: bool,
}

/// A node as the wiring sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    /// The values that it reads.
    pub(super) reads: &'a [usize],
    /// How many values of a sample it writes.
    pub(super) width: usize,
    /// Whether the gradient of its output leads to a weight that is trained.
    pub(super) needs_gradient: bool,
}

impl Wiring {
    /// Settles the buffers for these nodes, and data of `input` values in a sample.
    pub(super) fn new(input: usize, nodes: &[Reader<'_>]) -> Self {
        let count = nodes.len();
        let width = |value: usize| value.checked_sub(1).map_or(input, |node| nodes[node].width);
        // the last node that reads a value is the first to write its gradient
        let mut last_reader = vec![0; count + 1];
        for (node, reader) in nodes.iter().enumerate() {
            reader.reads.iter().for_each(|&value| last_reader[value] = node);
        }
        let mut values = vec![0];
        for node in 0..count {
            let live = values.iter().zip(&last_reader).filter(|(_, last)| **last >= node).map(|(buffer, _)| *buffer);
            values.push(first_free(live));
        }
        let mut gradients = vec![None; count + 1];
        gradients[count] = Some(0);
        for (node, reader) in nodes.iter().enumerate().rev() {
            for &value in reader.reads {
                // the gradients of later nodes have been used up
                let buffer = gradients[value].unwrap_or_else(|| first_free(gradients[..node + 2].iter().flatten().copied()));
                gradients[value] = Some(buffer);
            }
        }
        let gradients: Vec<usize> = gradients.into_iter().map(Option::unwrap_or_default).collect();
        let needed = |value: usize| value.checked_sub(1).is_some_and(|node| nodes[node].needs_gradient);
        let targets: Vec<Vec<Target>> = (0..count)
            .map(|node| {
                let reads = nodes[node].reads;
                let adds = |place: usize| last_reader[reads[place]] != node || reads[..place].contains(&reads[place]);
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

    /// Whether the first node alone reads the data.
    pub(super) fn data_is_read_once(&self) -> bool {
        self.data_is_read_once
    }
}

/// The lowest number that is not among these.
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
        Wiring::new(1, &readers)
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
        // a layer that is skipped by a connection: node 2 reads the data and the output of node 1
        let residual = wiring(&[&[0], &[1], &[0, 2], &[3]]);
        assert_eq!(residual.values, [0, 1, 2, 1, 0]);
        assert!(!residual.targets[2][0].adds, "the merging layer writes the gradient of the data");
        assert!(residual.targets[0][0].adds, "the first layer adds to it");
        assert_eq!(residual.sizes[residual.spare], 1, "the spare buffer holds the gradient of the data");
        let twice = wiring(&[&[0, 0]]);
        assert!(!twice.targets[0][0].adds);
        assert!(twice.targets[0][1].adds);
    }

    /// No buffer is written while it holds something that is still needed, and each is large enough.
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
