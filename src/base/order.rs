//! Sorting. Each pair of an element and a comparison makes the compiler write the sorts of the standard library anew, about 3,000
//! lines each; what is sorted here shares one.

use std::cmp::Ordering;

/// Returns the numbers from 0 to `count` in the order of a comparison; equal ones stay as they are.
pub(crate) fn in_order(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|&a, &b| compare(a, b));
    order
}

/// Returns elements in the order of a comparison; equal ones stay as they are.
pub(crate) fn ordered<E>(mut elements: Vec<E>, compare: &dyn Fn(&E, &E) -> Ordering) -> Vec<E> {
    for (one, other) in swaps(&in_order(elements.len(), &|a, b| compare(&elements[a], &elements[b]))) {
        elements.swap(one, other);
    }
    elements
}

/// Returns the places to swap, one pair after the other, to bring elements into an order.
fn swaps(order: &[usize]) -> Vec<(usize, usize)> {
    // where each element belongs
    let mut ends = vec![0; order.len()];
    order.iter().enumerate().for_each(|(end, &place)| ends[place] = end);
    let mut swaps = Vec::new();
    for place in 0..ends.len() {
        while ends[place] != place {
            let end = ends[place];
            swaps.push((place, end));
            ends.swap(place, end);
        }
    }
    swaps
}

/// Returns the places of numbers, the smallest number first; equal ones stay as they are.
pub(crate) fn ascending(numbers: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
    order
}

/// Sorts rows by their scores, the smallest first.
pub(crate) fn sort_by_score(rows: &mut [(f32, bool)]) {
    rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_elements_stay_as_they_are() {
        let words = ["pear", "fig", "plum", "kiwi", "nut"].map(String::from).to_vec();
        assert_eq!(ordered(words, &|a, b| a.len().cmp(&b.len())), ["fig", "nut", "pear", "plum", "kiwi"]);
        assert_eq!(in_order(5, &|a, b| (b % 2).cmp(&(a % 2))), [1, 3, 0, 2, 4]);
        assert_eq!(ascending(&[2.0, f64::NAN, -1.0, 2.0, f64::NEG_INFINITY]), [4, 2, 0, 3, 1]);
        assert!(ordered(Vec::<u8>::new(), &Ord::cmp).is_empty());
    }
}
