//! The brackets of Hyperband and successive halving: how many trials start, and after which epochs the best of them go on.

use std::fmt;

/// The factor by which the number of epochs of Hyperband grows from rung to rung, and its number of trials falls.
const ETA: usize = 3;

/// The factor by which the number of epochs of successive halving grows from rung to rung, and its number of trials falls.
///
/// Trials are continued and not restarted, so that a rung costs nothing, and a search with more rungs, the first of them after
/// one epoch, needs fewer epochs for the same result.
const HALF: usize = 2;

/// The smallest number of trials of a rung if the defaults are among them, which take one of its places.
const BEST_AND_DEFAULTS: usize = 2;

/// Trials that start together, and the numbers of epochs after which only the best of them go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bracket {
    pub(super) trials: usize,
    pub(super) rungs: Vec<usize>,
    /// One in this many trials goes on after a rung.
    pub(super) one_in: usize,
    /// The smallest number of trials that go on.
    pub(super) least: usize,
}

impl Bracket {
    /// Returns how many of the trials of a rung go on to the next.
    pub(super) fn survivors(&self, trials: usize) -> usize {
        (trials / self.one_in).max(self.least).min(trials)
    }

    /// Returns for each rung its number of trials and its epochs.
    fn plan(&self) -> impl Iterator<Item = (usize, usize)> {
        let next = |trials: &mut usize, &epochs: &usize| Some((std::mem::replace(trials, self.survivors(*trials)), epochs));
        self.rungs.iter().scan(self.trials, next)
    }
}

/// Returns all brackets of Hyperband (Li et al. 2018), the one with the shortest first rung first.
///
/// With `s` from `floor(log3(max / min))` down to 0, a bracket starts `ceil((s_max + 1) / (s + 1) * 3^s)` trials with
/// `max / 3^s` epochs. The defaults are in the first bracket.
pub(super) fn brackets(min_epochs: usize, max_epochs: usize) -> Vec<Bracket> {
    let mut most = 0;
    while min_epochs.saturating_mul(ETA.saturating_pow(most + 1)) <= max_epochs {
        most += 1;
    }
    let bracket = |rounds: u32| {
        let trials = ((most as usize + 1) * ETA.pow(rounds)).div_ceil(rounds as usize + 1);
        let rungs = (0..=rounds).rev().map(|left| shortened(max_epochs, ETA, left).max(1)).collect();
        Bracket { trials, rungs, one_in: ETA, least: if rounds == most { BEST_AND_DEFAULTS } else { 1 } }
    };
    (0..=most).rev().map(bracket).collect()
}

/// Returns the one bracket of successive halving (Jamieson and Talwalkar 2016).
///
/// Its rungs are `max / 2^k` for all `k` that give at least `min`. By default so many trials start that one is left at the last
/// rung, beside the defaults.
pub(super) fn halving(min_epochs: usize, max_epochs: usize, trials: Option<usize>) -> Bracket {
    let earlier = (1..).map(|left| shortened(max_epochs, HALF, left)).take_while(|&epochs| epochs >= min_epochs.max(1));
    let mut rungs: Vec<usize> = std::iter::once(max_epochs).chain(earlier).collect();
    rungs.reverse();
    rungs.dedup();
    let by_default = HALF.saturating_pow(rungs.len() as u32 - 1);
    Bracket { trials: trials.unwrap_or(by_default), rungs, one_in: HALF, least: BEST_AND_DEFAULTS }
}

/// Returns `epochs / by^times`, rounded.
fn shortened(epochs: usize, by: usize, times: u32) -> usize {
    (epochs as f64 / (by as f64).powi(times as i32)).round() as usize
}

/// The brackets of a [`Hyperband`](super::Hyperband), which display as a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brackets(pub(super) Vec<Bracket>);

impl Brackets {
    /// Returns the number of trials of all brackets.
    pub fn trials(&self) -> usize {
        self.0.iter().map(|bracket| bracket.trials).sum()
    }

    /// Returns the largest number of epochs of all trials together, on the first fold.
    pub fn epochs(&self) -> usize {
        let of_bracket = |bracket: &Bracket| {
            let epochs =
                bracket.plan().scan(0, |before, (trials, epochs)| Some(trials * (epochs - std::mem::replace(before, epochs))));
            epochs.sum::<usize>()
        };
        self.0.iter().map(of_bracket).sum()
    }
}

impl fmt::Display for Brackets {
    /// Writes a line for each bracket, for example `27 trials to epoch 2, 9 to 6, 3 to 18, 2 to 54`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, bracket) in self.0.iter().enumerate() {
            write!(f, "bracket {}: ", number + 1)?;
            for (rung, (trials, epochs)) in bracket.plan().enumerate() {
                match rung {
                    0 => write!(f, "{trials} trials to epoch {epochs}")?,
                    _ => write!(f, ", {trials} to {epochs}")?,
                }
            }
            writeln!(f)?;
        }
        write!(f, "{} trials in all with up to {} epochs; ", self.trials(), self.epochs())?;
        write!(f, "a trial that goes on is continued, not restarted")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_brackets_are_those_of_hyperband() {
        let text = Brackets(brackets(2, 54)).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "bracket 1: 27 trials to epoch 2, 9 to 6, 3 to 18, 2 to 54");
        assert_eq!(lines[1], "bracket 2: 12 trials to epoch 6, 4 to 18, 1 to 54");
        assert_eq!(lines[2..4], ["bracket 3: 6 trials to epoch 18, 2 to 54", "bracket 4: 4 trials to epoch 54"]);
        assert_eq!(brackets(5, 4), [Bracket { trials: 1, rungs: vec![4], one_in: 3, least: 2 }]);
    }

    #[test]
    fn successive_halving_keeps_half_and_the_defaults() {
        let text = |trials| Brackets(vec![halving(1, 54, trials)]).to_string();
        let rungs = "64 trials to epoch 1, 32 to 2, 16 to 3, 8 to 7, 4 to 14, 2 to 27, 2 to 54";
        // 64 + 32 + 16 + 8 x 4 + 4 x 7 + 2 x 13 + 2 x 27
        assert!(
            text(None).starts_with(&format!("bracket 1: {rungs}\n64 trials in all with up to 252 epochs;")),
            "{}",
            text(None)
        );
        let rungs = "9 trials to epoch 1, 4 to 2, 2 to 3, 2 to 7, 2 to 14, 2 to 27, 2 to 54";
        assert!(text(Some(9)).starts_with(&format!("bracket 1: {rungs}\n")), "{}", text(Some(9)));
        assert!(text(Some(1)).starts_with("bracket 1: 1 trials to epoch 1, 1 to 2, "));
        assert_eq!(halving(3, 10, None), Bracket { trials: 4, rungs: vec![3, 5, 10], one_in: 2, least: 2 });
        assert_eq!(halving(1, 2, None), Bracket { trials: 2, rungs: vec![1, 2], one_in: 2, least: 2 });
        assert_eq!(halving(5, 4, None), Bracket { trials: 1, rungs: vec![4], one_in: 2, least: 2 });
    }
}
