//! The report of a training.

use super::causes::arrange;
use super::check::CheckOptions;
use super::facts::Facts;
use super::finding::{Finding, Severity, short};
use super::names::Names;
use super::outcome::{Outcome, Record};
use super::rules;
use super::skill::Skill;
use super::start::Units;
use super::targets::{Values, counts};
use crate::base::ordered;
use std::fmt;

/// What a training came to: the verdict against a constant and a reference, curves, findings, layers, and mistakes.
///
/// It displays in at most 25 lines of at most 80 columns. For the same training it displays the same, but for the last line,
/// which has the time.
#[derive(Debug)]
pub struct Report {
    pub(super) training: Option<Training>,
    findings: Vec<Finding>,
}

/// What was seen of a training.
#[derive(Debug)]
pub(super) struct Training {
    pub(super) facts: Facts,
    pub(super) record: Record,
    pub(super) outcome: Outcome,
    pub(super) seed: u64,
    /// The names of the columns.
    pub(super) names: Names,
}

/// The number of columns of the text.
const WIDTH: usize = 80;

/// The number of findings, of layers and of classes that are shown.
const FINDINGS: usize = 3;
const LAYERS: usize = 3;
const CLASSES: usize = 3;

impl Report {
    /// Creates the report of a diagnosis that has watched no training.
    pub(super) fn of_nothing() -> Self {
        Self { training: None, findings: Vec::new() }
    }

    pub(super) fn new(facts: Facts, record: Record, outcome: Outcome, seed: u64, checks: &CheckOptions) -> Self {
        let mut findings = rules::after_training(&facts, &record, &outcome);
        findings.retain(|finding| !checks.is_silenced(finding.code()) && !checks.names.leaves_out(finding.code()));
        checks.names.add_to(&mut findings, &facts);
        let training = Training { facts, record, outcome, seed, names: checks.names.clone() };
        Self { training: Some(training), findings: arrange(findings) }
    }

    /// Returns all findings, causes first.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns the verdict in a few words: how the model compares with a constant and with the reference.
    pub fn verdict(&self) -> &'static str {
        self.training.as_ref().map_or("no training was watched", Training::verdict)
    }

    fn finding_lines(&self) -> Vec<String> {
        if self.findings.is_empty() {
            return vec!["findings  none".to_string()];
        }
        let mut lines = Vec::new();
        for finding in self.findings.iter().take(FINDINGS) {
            let label = if lines.is_empty() { "findings" } else { "" };
            lines.push(format!("{label:10}{} {}: {}", finding.severity(), finding.code(), finding.title()));
            lines.push(format!("            try: {}", finding.remedy_text()));
        }
        if self.findings.len() > FINDINGS {
            lines.push(format!("          and {} more, see `findings()`", self.findings.len() - FINDINGS));
        }
        lines
    }

    /// Returns what to do next, in one line.
    pub(super) fn next(&self, training: &Training) -> String {
        match self.findings.first() {
            Some(finding) if finding.severity() != Severity::Note => finding.remedy_text(),
            _ if training.outcome.is_poor() => "other columns, another network: `layercake::tuner`".to_string(),
            _ => "tune it (`layercake::tuner`), or train several (`Ensemble`)".to_string(),
        }
    }
}

impl Training {
    fn verdict(&self) -> &'static str {
        let Some(skill) = self.outcome.skill() else { return "the targets do not vary" };
        let reference = self.outcome.reference.map(|reference| reference.best());
        match reference {
            _ if self.record.located.is_some() => "failed: a number is not finite",
            _ if self.record.epochs.iter().any(|epoch| !epoch.loss.is_finite()) => "failed: the loss is no number",
            _ if self.outcome.is_poor() => "poor: simple models do better",
            _ if skill.value < 0.05 => "poor: not better than a constant",
            Some(reference) if reference.is_below(&skill, 0.02) => "good: better than simple models",
            Some(_) => "good: as good as simple models",
            None => "better than a constant",
        }
    }

    /// Returns the name of the score.
    pub(super) fn score_name(&self) -> &'static str {
        match self.facts.target.values {
            Values::Classes(..) => "accuracy",
            Values::Numbers(_) => "R2",
        }
    }

    /// Returns what was seen of the units of a layer after the training.
    pub(super) fn units(&self, layer: &str) -> Option<&Units> {
        let number = self.facts.outline.layers.iter().position(|known| known.name == layer)?;
        self.outcome.end.iter().flat_map(|(units, _)| units).find(|units| units.layer == number)
    }

    /// Returns what was trained: rows, columns, kind of targets, seed, build.
    pub(super) fn header(&self) -> String {
        let kind = match &self.facts.target.values {
            Values::Classes(_, count) => format!("{count} classes"),
            Values::Numbers(_) => "numbers".to_string(),
        };
        let rows = self.facts.rows + self.facts.validation.as_ref().map_or(0, |validation| validation.rows);
        let build = if cfg!(debug_assertions) { "debug" } else { "release" };
        format!("layercake report   {rows} rows x {}, {kind}   seed {}   {build}", self.facts.columns.len(), self.seed)
    }

    fn verdict_lines(&self) -> Vec<String> {
        let mut lines = vec![format!("verdict   {}", self.verdict())];
        let Some(Skill { score, score_error, constant, rows, .. }) = self.outcome.skill() else { return lines };
        let kind = if self.outcome.validation.is_some() { "validation" } else { "training" };
        let mut own = format!("{} {score:.3} +- {score_error:.3} ({rows} {kind} rows)", self.score_name());
        if let (true, Some(train)) = (self.outcome.validation.is_some(), self.outcome.train) {
            own.push_str(&format!(", in training {:.3}", train.score));
        }
        let controls = match self.outcome.reference {
            Some(reference) => format!("linear {:.3}, 5-NN {:.3}", reference.linear.score, reference.neighbours.score),
            None => "no reference".to_string(),
        };
        lines.push(format!("          {own}"));
        lines.push(format!("          constant {constant:.3}, {controls}"));
        lines
    }

    fn best_line(&self) -> Option<String> {
        let best = self.record.epochs.get(self.record.best()?)?;
        let loss = best.val_loss.map_or(String::new(), |loss| format!("   val_loss {}", short(loss)));
        let subset = self.record.subset.map_or(String::new(), |loss| format!("   at the end {}", short(loss)));
        Some(format!(
            "best      epoch {} of {}{loss}   loss {}{subset}",
            best.number + 1,
            self.record.epochs.len(),
            short(best.loss)
        ))
    }

    fn layer_lines(&self) -> Vec<String> {
        let epochs = self.record.epochs.last().map_or(0, |epoch| epoch.number + 1);
        let mut lines = Vec::new();
        for kernel in self.record.kernels.iter().take(LAYERS) {
            let label = if lines.is_empty() { "layers" } else { "" };
            let dead = self
                .units(&kernel.layer)
                .map_or(String::new(), |units| format!("  dead {}/{}", units.never_positive, units.count));
            let (travel, update) = (short(kernel.travel(epochs, self.record.batches)), short(kernel.update()));
            let moved = if kernel.displacement.is_finite() { short(kernel.displacement) } else { "from 0".to_string() };
            let name: String = kernel.layer.chars().take(16).collect();
            lines.push(format!("{label:10}{name:16} moved {moved:>6}  path {travel:>6}  update {update:>7}{dead}"));
        }
        if self.record.kernels.len() > LAYERS {
            lines.push(format!("          and {} more", self.record.kernels.len() - LAYERS));
        }
        lines
    }

    /// Shows the confusion of a few classes, the commonest mistakes of many, or the errors of numbers.
    fn mistake_lines(&self) -> Vec<String> {
        let mut lines = match &self.outcome.predicted {
            Some((Values::Classes(predicted, count), Values::Classes(actual, _))) => confusion(predicted, actual, *count),
            Some((Values::Numbers(predicted), Values::Numbers(actual))) => vec![residuals(predicted, actual)],
            _ => Vec::new(),
        };
        let worst: Vec<String> = self.outcome.worst.iter().map(|(row, loss)| format!("{row} (loss {})", short(*loss))).collect();
        if !worst.is_empty() {
            lines.push(format!("worst     rows {}", worst.join(", ")));
        }
        lines
    }
}

/// Counts which class was taken for which.
fn confusion(predicted: &[usize], actual: &[usize], count: usize) -> Vec<String> {
    if count <= CLASSES {
        let row = |class: usize| {
            let of_class: Vec<usize> = predicted.iter().zip(actual).filter(|(_, a)| **a == class).map(|(p, _)| *p).collect();
            let cells: String = counts(&of_class, count.max(predicted.iter().max().map_or(0, |most| most + 1)))
                .iter()
                .map(|cell| format!("{cell:>6}"))
                .collect();
            let label = if class == 0 { "confusion" } else { "" };
            format!("{label:10}class {class} predicted as{cells}")
        };
        return (0..count).map(row).collect();
    }
    let pairs = confused(predicted, actual);
    let texts: Vec<String> = pairs.iter().take(4).map(|((a, p), count)| format!("{a} as {p} ({count})")).collect();
    vec![format!("confusion {}", if texts.is_empty() { "none".to_string() } else { texts.join(", ") })]
}

/// Counts each class that was taken for another, the commonest mistake first: `((actual, predicted), count)`.
pub(super) fn confused(predicted: &[usize], actual: &[usize]) -> Vec<((usize, usize), usize)> {
    let mut pairs: Vec<((usize, usize), usize)> = Vec::new();
    for pair in actual.iter().copied().zip(predicted.iter().copied()).filter(|(a, p)| a != p) {
        match pairs.iter_mut().find(|(known, _)| *known == pair) {
            Some((_, count)) => *count += 1,
            None => pairs.push((pair, 1)),
        }
    }
    ordered(pairs, &|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)))
}

fn residuals(predicted: &[f64], actual: &[f64]) -> String {
    let mut errors: Vec<f64> = predicted.iter().zip(actual).map(|(p, a)| p - a).collect();
    errors.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| short(errors.get(((errors.len() - 1) as f64 * share) as usize).copied().unwrap_or(0.0));
    format!("errors    5 % below {}, median {}, 5 % above {}", at(0.05), at(0.5), at(0.95))
}

/// Draws a curve on a logarithmic axis, with one block for each of at most 48 groups of epochs.
fn curve(label: &str, values: &[f64]) -> Option<String> {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const CELLS: usize = 48;
    let finite = || values.iter().copied().filter(|value| value.is_finite() && *value > 0.0);
    let (low, high) = (finite().reduce(f64::min)?.ln(), finite().reduce(f64::max)?.ln());
    let cells = values.len().min(CELLS);
    let cell = |number: usize| {
        let group = &values[number * values.len() / cells..(number + 1) * values.len() / cells];
        let mean = group.iter().sum::<f64>() / group.len() as f64;
        match mean {
            _ if !mean.is_finite() => '?',
            _ if mean <= 0.0 || high <= low => BLOCKS[0],
            _ => BLOCKS[(((mean.ln() - low) / (high - low)).clamp(0.0, 1.0) * 7.0).round() as usize],
        }
    };
    let blocks: String = (0..cells).map(cell).collect();
    Some(format!("{label:10}{blocks}  {} to {}", short(low.exp()), short(high.exp())))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(training) = &self.training else {
            return f.write_str("layercake report   no training was watched: add `.callback(&mut diagnosis)` to its options");
        };
        let epochs = &training.record.epochs;
        let mut lines = vec![training.header()];
        lines.extend(training.verdict_lines());
        lines.extend(training.best_line());
        lines.extend(curve("loss", &epochs.iter().map(|epoch| epoch.loss).collect::<Vec<_>>()));
        lines.extend(curve("val_loss", &epochs.iter().filter_map(|epoch| epoch.val_loss).collect::<Vec<_>>()));
        lines.extend(self.finding_lines());
        lines.extend(training.layer_lines());
        lines.extend(training.mistake_lines());
        lines.push(format!("next      {}", self.next(training)));
        let stop = training.record.stop.as_ref().map_or(String::new(), |stop| format!("   {stop}"));
        lines.push(format!("time      {} s in {} epochs{stop}", short(training.record.seconds), epochs.len()));
        write_lines(f, &lines)
    }
}

/// Writes lines of at most 80 columns; what is longer is cut.
pub(super) fn write_lines(f: &mut fmt::Formatter<'_>, lines: &[String]) -> fmt::Result {
    for (number, line) in lines.iter().enumerate() {
        let end = if number + 1 < lines.len() { "\n" } else { "" };
        if line.chars().count() <= WIDTH {
            write!(f, "{line}{end}")?;
        } else {
            let cut: String = line.chars().take(WIDTH - 2).collect();
            write!(f, "{cut}..{end}")?;
        }
    }
    Ok(())
}
