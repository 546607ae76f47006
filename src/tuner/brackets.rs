//! The brackets of Hyperband and successive halving: how many trials start, and after which epochs the best of them go on.

use std::fmt;

/// The factor by which the number of epochs grows from rung to rung, and by which Hyperband's number of trials falls.
const ETA: usize = 3;

/// The factor by which the number of trials of successive halving falls from rung to rung.
///
/// On tables a search with more trials at the start and a quarter that goes on needs fewer epochs than one with a third.
const QUARTER: usize = 4;

/// Trials that start together, and the numbers of epochs after which only the best of them go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bracket {
    pub(super) trials: usize,
    pub(super) rungs: Vec<usize>,
    /// One in this many trials goes on after a rung.
    pub(super) one_in: usize,
}

impl Bracket {
    /// Returns how many of the trials of a rung go on to the next.
    pub(super) fn survivors(&self, trials: usize) -> usize {
        (trials / self.one_in).max(1)
    }
}

/// Returns all brackets of Hyperband (Li et al. 2018), the one with the shortest first rung first.
///
/// With `s` from `floor(log3(max / min))` down to 0, a bracket starts `ceil((s_max + 1) / (s + 1) * 3^s)` trials with
/// `max / 3^s` epochs.
pub(super) fn brackets(min_epochs: usize, max_epochs: usize) -> Vec<Bracket> {
    let mut most = 0;
    while min_epochs.saturating_mul(ETA.saturating_pow(most + 1)) <= max_epochs {
        most += 1;
    }
    let bracket = |rounds: u32| {
        let trials = ((most as usize + 1) * ETA.pow(rounds)).div_ceil(rounds as usize + 1);
        let rung = |left: u32| ((max_epochs as f64 / ETA.pow(left) as f64).round() as usize).max(1);
        Bracket { trials, rungs: (0..=rounds).rev().map(rung).collect(), one_in: ETA }
    };
    (0..=most).rev().map(bracket).collect()
}

/// Returns the one bracket of successive halving, by default with so many trials that one is left at the last rung.
pub(super) fn halving(min_epochs: usize, max_epochs: usize, trials: Option<usize>) -> Bracket {
    let Bracket { rungs, .. } = brackets(min_epochs, max_epochs).swap_remove(0);
    let by_default = QUARTER.saturating_pow(rungs.len() as u32 - 1);
    Bracket { trials: trials.unwrap_or(by_default), rungs, one_in: QUARTER }
}

/// The brackets of a [`Hyperband`](super::Hyperband), which display as a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brackets(pub(super) Vec<Bracket>);

impl Brackets {
    /// Returns the number of trials of all brackets.
    pub fn trials(&self) -> usize {
        self.0.iter().map(|bracket| bracket.trials).sum()
    }
}

impl fmt::Display for Brackets {
    /// Writes a line for each bracket, for example `27 trials to epoch 2, 9 to 6, 3 to 18, 1 to 54`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, bracket) in self.0.iter().enumerate() {
            write!(f, "bracket {}: ", number + 1)?;
            let mut trials = bracket.trials;
            for (rung, epochs) in bracket.rungs.iter().enumerate() {
                match rung {
                    0 => write!(f, "{trials} trials to epoch {epochs}")?,
                    _ => write!(f, ", {trials} to {epochs}")?,
                }
                trials = bracket.survivors(trials);
            }
            writeln!(f)?;
        }
        write!(f, "{} trials in all; a trial that goes on is continued, not restarted", self.trials())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_brackets_are_those_of_hyperband() {
        let text = Brackets(brackets(2, 54)).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "bracket 1: 27 trials to epoch 2, 9 to 6, 3 to 18, 1 to 54");
        assert_eq!(lines[1], "bracket 2: 12 trials to epoch 6, 4 to 18, 1 to 54");
        assert_eq!(lines[2..4], ["bracket 3: 6 trials to epoch 18, 2 to 54", "bracket 4: 4 trials to epoch 54"]);
        assert_eq!(brackets(5, 4), [Bracket { trials: 1, rungs: vec![4], one_in: 3 }]);
    }

    #[test]
    fn successive_halving_keeps_a_quarter() {
        let text = |trials| Brackets(vec![halving(2, 54, trials)]).to_string();
        assert!(text(None).starts_with("bracket 1: 64 trials to epoch 2, 16 to 6, 4 to 18, 1 to 54\n"));
        assert!(text(Some(30)).starts_with("bracket 1: 30 trials to epoch 2, 7 to 6, 1 to 18, 1 to 54\n"));
        assert_eq!(halving(5, 4, None), Bracket { trials: 1, rungs: vec![4], one_in: 4 });
    }
}
