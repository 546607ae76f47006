//! The elements of a plot as SVG; writing to a string cannot fail.

use super::axis::Axis;
use super::plot::Series;
use crate::base::escaped;
use crate::diagnosis::finding::short;
use std::fmt::Write;

/// Writes a tick with the digits that it needs.
pub(super) fn label(tick: f64) -> String {
    if tick == 0.0 || (1e-3..1e6).contains(&tick.abs()) { ((tick * 1e6).round() / 1e6).to_string() } else { short(tick) }
}

/// Adds a text.
pub(super) fn text_at(svg: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>", escaped(text));
}

/// Adds a straight line in the colour of the text.
pub(super) fn line(svg: &mut String, (x, y): (f64, f64), (to_x, to_y): (f64, f64), dashes: &str) {
    let _ = writeln!(
        svg,
        "<path d=\"M{x:.1} {y:.1}L{to_x:.1} {to_y:.1}\" stroke=\"currentColor\" stroke-width=\"1.3\" stroke-dasharray=\"{dashes}\"/>"
    );
}

/// Adds a line through the points of a series, with a gap where a value is not finite.
pub(super) fn polyline(svg: &mut String, series: &Series, (colour, dashes): (&str, &str), (x, y): (&Axis, &Axis)) {
    for run in series.points.split(|(_, value)| !y.has(*value)).filter(|run| !run.is_empty()) {
        if let [(at, value)] = run {
            let _ = writeln!(svg, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>", x.at(*at), y.at(*value));
            continue;
        }
        let points: Vec<String> = run.iter().map(|(at, value)| format!("{:.1},{:.1}", x.at(*at), y.at(*value))).collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"/>",
            points.join(" ")
        );
    }
}

/// Adds a point for each pair of a series.
pub(super) fn dots(svg: &mut String, series: &Series, colour: &str, (x, y): (&Axis, &Axis)) {
    // few points are large
    let (radius, opacity) = if series.points.len() > 20 { (2.5, 0.6) } else { (4.0, 1.0) };
    for (at, value) in series.points.iter().filter(|(at, value)| x.has(*at) && y.has(*value)) {
        let (at, value) = (x.at(*at), y.at(*value));
        let _ = writeln!(
            svg,
            "<circle cx=\"{at:.1}\" cy=\"{value:.1}\" r=\"{radius}\" fill=\"{colour}\" fill-opacity=\"{opacity}\"/>"
        );
    }
}

/// Adds vertical lines: where they are, and from where to where they go.
pub(super) fn spans(svg: &mut String, spans: &[(f64, f64, f64)], colour: &str, (x, y): (&Axis, &Axis)) {
    for &(at, from, to) in spans.iter().filter(|(at, from, to)| x.has(*at) && y.has(*from) && y.has(*to)) {
        let (at, from, to) = (x.at(at), y.at(from), y.at(to));
        let _ = writeln!(svg, "<path d=\"M{at:.1} {from:.1}V{to:.1}\" stroke=\"{colour}\" stroke-width=\"1.5\"/>");
    }
}

/// Adds a bar for each pair of a series, `width` wide on the axis and shifted by `shift`; the first series is filled, others are
/// outlines, so that they are told apart without colours.
pub(super) fn bars(
    svg: &mut String,
    series: &Series,
    (colour, is_filled): (&str, bool),
    (shift, width): (f64, f64),
    (x, y): (&Axis, &Axis),
) {
    let fill = if is_filled { colour } else { "none" };
    for &(at, value) in series.points.iter().filter(|(at, value)| x.has(*at) && y.has(*value)) {
        let (left, right) = (x.at(at + shift - width / 2.0), x.at(at + shift + width / 2.0));
        let (top, bottom) = (y.at(value), y.at(0.0));
        let _ = writeln!(
            svg,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{fill}\" stroke=\"{colour}\" \
             stroke-width=\"1.5\"/>",
            right - left,
            bottom - top
        );
    }
}
