//! Where values and slopes stand while a batch runs through layers that may lie side by side.

/// Which buffer holds each value on the way forward and each slope on the way back: as few buffers as the branches
/// allow, and two where there are none.
///
/// Value 0 is the data, value `i + 1` what node `i` gives. A node reads only values of lower number.
#[derive(Debug, Clone)]
pub(super) struct Wiring {
    /// The buffer of each value in inference; the data stand in the first buffer.
    pub(super) values: Vec<usize>,
    /// The buffer of each slope in training; that of the outputs stands in the first buffer.
    pub(super) slopes: Vec<usize>,
    /// The last node that reads each value: the first to write its slope, to which the others add.
    last_reader: Vec<usize>,
    /// The buffer for a slope that is to be added to another.
    pub(super) spare: usize,
    /// How many buffers there are.
    pub(super) buffers: usize,
}

impl Wiring {
    /// Settles the buffers for nodes that read these values.
    pub(super) fn new<'a>(nodes: impl Iterator<Item = &'a [usize]>) -> Self {
        let from: Vec<&[usize]> = nodes.collect();
        let mut last_reader = vec![0; from.len() + 1];
        let mut readers = vec![0; from.len() + 1];
        for (node, values) in from.iter().enumerate() {
            for &value in *values {
                last_reader[value] = node;
                readers[value] += 1;
            }
        }
        let mut values = vec![0];
        for node in 0..from.len() {
            let live = values.iter().zip(&last_reader).filter(|(_, last)| **last >= node).map(|(buffer, _)| *buffer);
            values.push(first_free(live));
        }
        let mut slopes = vec![None; from.len() + 1];
        slopes[from.len()] = Some(0);
        for (node, reads) in from.iter().enumerate().rev() {
            for &value in *reads {
                // the slopes behind this node have been used up
                let buffer = slopes[value].unwrap_or_else(|| first_free(slopes[..node + 2].iter().flatten().copied()));
                slopes[value] = Some(buffer);
            }
        }
        let slopes: Vec<usize> = slopes.into_iter().map(Option::unwrap_or_default).collect();
        let used = values.iter().chain(&slopes).max().map_or(0, |last| last + 1).max(2);
        let adds = readers.iter().any(|&readers| readers > 1);
        Self { values, slopes, last_reader, spare: used, buffers: used + usize::from(adds) }
    }

    /// Whether the first node alone reads the data.
    pub(super) fn data_is_read_once(&self) -> bool {
        self.last_reader[0] == 0
    }

    /// Whether the slope of `reads[place]` has been written already when node `node` comes to it on the way back.
    pub(super) fn adds(&self, node: usize, reads: &[usize], place: usize) -> bool {
        self.last_reader[reads[place]] != node || reads[..place].contains(&reads[place])
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
        Wiring::new(nodes.iter().copied())
    }

    #[test]
    fn a_plain_stack_needs_two_buffers() {
        let plain = wiring(&[&[0], &[1], &[2]]);
        assert_eq!(plain.values, [0, 1, 0, 1]);
        assert_eq!(plain.slopes, [1, 0, 1, 0]);
        assert_eq!(plain.buffers, 2);
        assert_eq!(wiring(&[]).buffers, 2);
    }

    #[test]
    fn a_value_stays_until_its_last_reader_has_run() {
        // two layers beside nothing, joined, and a layer behind them
        let residual = wiring(&[&[0], &[1], &[0, 2], &[3]]);
        assert_eq!(residual.values, [0, 1, 2, 1, 0]);
        assert!(!residual.adds(2, &[0, 2], 0), "the join writes the slope of the data");
        assert!(residual.adds(0, &[0], 0), "the first layer adds to it");
        let twice = wiring(&[&[0, 0]]);
        assert!(!twice.adds(0, &[0, 0], 0));
        assert!(twice.adds(0, &[0, 0], 1));
    }

    /// No buffer is written while it holds something that is still needed.
    #[test]
    fn live_values_and_slopes_never_share_a_buffer() {
        let nested: &[&[usize]] = &[&[0], &[1], &[2], &[1, 3], &[4], &[0, 5, 0], &[6], &[7, 7], &[8]];
        let wiring = wiring(nested);
        for (node, reads) in nested.iter().enumerate() {
            for value in 0..=node {
                let needed = nested[node..].iter().any(|reads| reads.contains(&value));
                assert!(!needed || wiring.values[value] != wiring.values[node + 1], "value {value} at node {node}");
                for &read in *reads {
                    let other = value != read && nested[node..].iter().any(|reads| reads.contains(&value));
                    assert!(!other || wiring.slopes[value] != wiring.slopes[read], "slope {value} at node {node}");
                }
            }
            assert!(reads.iter().all(|&read| wiring.slopes[read] != wiring.slopes[node + 1]));
        }
    }
}
