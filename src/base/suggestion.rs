//! The names that an error suggests in place of an unknown one.

use super::ordered;

/// The largest number of names in the list of an error.
const LISTED: usize = 5;

/// Returns the hint for a misspelt name, e.g. "did you mean `x`? Known: `x`, `y`"; of many names, it lists the closest.
pub(crate) fn did_you_mean(name: &str, known: &mut dyn Iterator<Item = &str>) -> String {
    let known: Vec<&str> = known.collect();
    let sorted = by_distance(name, &known);
    let names = closest(name, &mut known.iter().copied());
    match sorted.first() {
        Some((distance, _, closest)) if *distance <= name.len().max(3) / 2 => format!("did you mean `{closest}`? Known: {names}"),
        Some(_) => format!("known: {names}"),
        None => "none is known".to_string(),
    }
}

/// Formats names as "`a`, `b`, `c`"; of more than five, those that are closest to `name`, and the number of the others.
pub(crate) fn closest(name: &str, known: &mut dyn Iterator<Item = &str>) -> String {
    let known: Vec<&str> = known.collect();
    if known.len() <= LISTED {
        return list(known);
    }
    let sorted = by_distance(name, &known);
    let first = list(sorted.iter().take(LISTED).map(|(.., name)| *name));
    format!("{first} and {} others", known.len() - LISTED)
}

/// Sorts names by their distance from `name`; among names at the same distance, the one with the closest length is first.
fn by_distance<'k>(name: &str, known: &[&'k str]) -> Vec<(usize, usize, &'k str)> {
    // A file may give a name of any length.
    let name: String = name.to_lowercase().chars().take(64).collect();
    let distance = |k: &str| edit_distance(&name, &k.to_lowercase());
    let sorted = known.iter().map(|&k| (distance(k), k.len().abs_diff(name.len()), k)).collect();
    ordered(sorted, &Ord::cmp)
}

/// Formats names as "`a`, `b`, `c`"; "none" if there are no names.
fn list<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    if quoted.is_empty() { "none".to_string() } else { quoted.join(", ") }
}

/// Returns the smallest number of insertions, deletions, substitutions and swaps of neighbours that turns `a` into `b`
/// (Damerau 1964).
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut distance = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            if i == 0 || j == 0 {
                distance[i][j] = i + j;
                continue;
            }
            let substituted = distance[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            distance[i][j] = substituted.min(distance[i - 1][j] + 1).min(distance[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                distance[i][j] = distance[i][j].min(distance[i - 2][j - 2] + 1);
            }
        }
    }
    distance[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_name_is_offered() {
        let hint = did_you_mean("rleu", &mut ["tanh", "elu", "relu", "sigmoid"].into_iter());
        assert!(hint.starts_with("did you mean `relu`?"), "{hint}");
        assert!(did_you_mean("zzzzzzzz", &mut ["tanh"].into_iter()).starts_with("known"), "nothing is close");
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("form", "from"), 1);
        assert_eq!(edit_distance("", "tanh"), 4);
    }
}
