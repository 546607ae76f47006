//! Plots of a search as SVG.

use super::report::Report;
use super::trial::Trial;
use crate::base::{escaped, ordered};
use std::fmt::Write;

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 220.0;
const MARGIN: f64 = 40.0;
const COLUMNS: usize = 3;

/// Returns one plot of the score against each name, and one of the best score so far against time.
pub(super) fn plots(report: &Report) -> String {
    let scores: Vec<f64> = report.trials.iter().filter_map(Trial::score).collect();
    let low = scores.iter().copied().fold(f64::INFINITY, f64::min);
    let high = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (low, high) = if low < high { (low, high) } else { (low.min(0.0), low.max(0.0) + 1.0) };
    let count = report.space.names.len() + 1;
    let rows = count.div_ceil(COLUMNS);
    let (width, height) = (WIDTH * COLUMNS as f64, HEIGHT * rows as f64);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"10\">\n"
    );
    for (place, known) in report.space.names.iter().enumerate() {
        let points: Vec<(f64, Option<f64>)> =
            report.trials.iter().filter_map(|trial| Some((known.domain.unit(trial.get(&known.name)?), trial.score()))).collect();
        let title = format!("{}: {}", known.name, known.domain);
        plot(&mut svg, place, &title, &report.objective, (low, high), &points, false);
    }
    plot(&mut svg, count - 1, "best so far against time", &report.objective, (low, high), &best_so_far(report), true);
    svg + "</svg>\n"
}

/// Returns the best score so far after each trial, with the share of the time.
fn best_so_far(report: &Report) -> Vec<(f64, Option<f64>)> {
    let trials: Vec<&Trial> = report.trials.iter().filter(|trial| trial.score().is_some()).collect();
    let trials = ordered(trials, &|a, b| a.at.total_cmp(&b.at));
    let end = trials.last().map_or(1.0, |trial| trial.at.max(1e-9));
    let mut best: Option<f64> = None;
    let better = |a: f64, b: f64| if report.is_up { a.max(b) } else { a.min(b) };
    let mut point = |trial: &Trial| {
        let score = trial.score()?;
        best = Some(best.map_or(score, |best| better(best, score)));
        Some((trial.at / end, best))
    };
    trials.into_iter().filter_map(&mut point).collect()
}

/// Adds one plot; points without a score are crosses at the upper edge.
fn plot(
    svg: &mut String,
    place: usize,
    title: &str,
    objective: &str,
    (low, high): (f64, f64),
    points: &[(f64, Option<f64>)],
    is_line: bool,
) {
    let (left, top) = ((place % COLUMNS) as f64 * WIDTH, (place / COLUMNS) as f64 * HEIGHT);
    let x = |unit: f64| left + MARGIN + unit * (WIDTH - 1.5 * MARGIN);
    let y = |score: f64| top + HEIGHT - MARGIN - (score - low) / (high - low) * (HEIGHT - 2.0 * MARGIN);
    // writing to a string cannot fail
    let _ = writeln!(
        svg,
        "<text x=\"{:.0}\" y=\"{:.0}\">{}</text><text x=\"{:.0}\" y=\"{:.0}\" fill=\"#666\">{}</text>",
        x(0.0),
        top + 14.0,
        escaped(title),
        x(0.0),
        top + 26.0,
        escaped(objective)
    );
    let (bottom, end) = (top + HEIGHT - MARGIN, x(1.0));
    let _ = writeln!(
        svg,
        "<path d=\"M{:.1} {:.1}V{bottom:.1}H{end:.1}\" fill=\"none\" stroke=\"#999\"/><text x=\"{left:.0}\" y=\"{:.0}\">{high:.3}</text>\
         <text x=\"{left:.0}\" y=\"{bottom:.0}\">{low:.3}</text>",
        x(0.0),
        top + MARGIN - 4.0,
        top + MARGIN + 4.0
    );
    let scored = points.iter().filter_map(|&(unit, score)| Some((unit, score?)));
    if is_line {
        let line: Vec<String> = scored.map(|(unit, score)| format!("{:.1},{:.1}", x(unit), y(score))).collect();
        let _ = writeln!(svg, "<polyline points=\"{}\" fill=\"none\" stroke=\"#26a\"/>", line.join(" "));
        return;
    }
    for (unit, score) in scored {
        let _ =
            writeln!(svg, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"#26a\" fill-opacity=\"0.6\"/>", x(unit), y(score));
    }
    for &(unit, _) in points.iter().filter(|(_, score)| score.is_none()) {
        let (x, y) = (x(unit), top + MARGIN - 4.0);
        let _ = writeln!(svg, "<path d=\"M{:.1} {:.1}l6 6m0 -6l-6 6\" stroke=\"#c33\"/>", x - 3.0, y - 3.0);
    }
}
