//! A plot of lines or of points as SVG, that needs no colour to be read.

use super::axis::Axis;
use crate::base::escaped;
use crate::diagnosis::finding::short;
use std::fmt::Write;

/// What is drawn.
pub(super) struct Plot {
    /// The name that [`save_svg`](crate::diagnosis::Report::save_svg) takes.
    pub(super) name: String,
    /// What the two axes have.
    pub(super) x: &'static str,
    pub(super) y: String,
    pub(super) series: Vec<Series>,
    /// Horizontal lines, each with its name.
    pub(super) levels: Vec<(&'static str, f64)>,
    /// A vertical line, with its text.
    pub(super) mark: Option<(f64, String)>,
    /// True for a logarithmic axis, if all values are above 0.
    pub(super) may_be_log: bool,
    /// True for points on the plane, with a line where both axes have the same value.
    pub(super) is_scatter: bool,
}

/// A line, or a group of points.
pub(super) struct Series {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 480.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 468.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 240.0;

/// The distance of the outermost values from the axes, so that a line at the edge can be seen.
const INSET: f64 = 6.0;

/// The colour and the dashes of each line; the colours are dark enough on white and light enough on black.
const STYLES: [(&str, &str); 6] =
    [("#2878c8", ""), ("#c4570f", "7 4"), ("#2e8b57", "2 3"), ("#a05fc0", "10 3 2 3"), ("#b8860b", "14 4"), ("#777", "4 2 1 2")];

/// The dashes of horizontal lines.
const LEVELS: [&str; 2] = ["1 4", "10 4 1 4"];

/// The widest name of a line, and the width of one of its letters and of its sample.
const LONGEST: usize = 28;
const LETTER: f64 = 7.0;
const SAMPLE: f64 = 34.0;

impl Plot {
    /// Returns the plot as an SVG; `None` if no value is finite.
    pub(super) fn to_svg(&self) -> Option<String> {
        let points =
            || self.series.iter().flat_map(|series| &series.points).copied().filter(|(x, y)| x.is_finite() && y.is_finite());
        let levels = || self.levels.iter().map(|(_, level)| *level).filter(|level| level.is_finite());
        let mut all: Vec<f64> = points().map(|(_, y)| y).collect();
        if all.is_empty() {
            return None;
        }
        all.extend(levels());
        let mut across: Vec<f64> = points().map(|(x, _)| x).collect();
        if self.is_scatter {
            // both axes have the same range
            all.extend(&across);
            across.clone_from(&all);
        }
        let y = Axis::new(&all, (BOTTOM - INSET, TOP + INSET), self.may_be_log);
        let x = Axis::new(&across, (LEFT + INSET, RIGHT - INSET), false);
        let (legend, height) = self.legend(&y);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\" \
             font-family=\"system-ui, sans-serif\" font-size=\"13\" fill=\"currentColor\">\n",
            escaped(&self.description())
        );
        self.axes(&mut svg, &x, &y);
        for ((_, level), dashes) in self.levels.iter().zip(LEVELS).filter(|((_, level), _)| level.is_finite()) {
            line(&mut svg, (LEFT, y.at(*level)), (RIGHT, y.at(*level)), dashes);
        }
        if let Some((at, text)) = &self.mark {
            let at = x.at(*at);
            line(&mut svg, (at, TOP - 4.0), (at, BOTTOM), "3 3");
            let anchor = if at > WIDTH / 2.0 { "end" } else { "start" };
            text_at(&mut svg, (at, TOP - 8.0), anchor, text);
        }
        for (series, (colour, dashes)) in self.series.iter().zip(STYLES) {
            if self.is_scatter {
                dots(&mut svg, series, colour, (&x, &y))
            } else {
                polyline(&mut svg, series, (colour, dashes), (&x, &y))
            }
        }
        Some(svg + &legend + "</svg>\n")
    }

    /// Returns what the plot shows, for those who cannot see it.
    fn description(&self) -> String {
        let mut parts = vec![format!("{} by {}", self.y, self.x)];
        for Series { name, points } in &self.series {
            match (points.first(), points.last()) {
                (Some((_, first)), Some((_, last))) if !self.is_scatter => {
                    parts.push(format!("{name} from {} to {}", short(*first), short(*last)));
                }
                _ => parts.push(format!("{} points: {name}", points.len())),
            }
        }
        parts.extend(self.levels.iter().map(|(name, level)| format!("{name} {}", short(*level))));
        parts.extend(self.mark.iter().map(|(_, text)| text.clone()));
        parts.join("; ")
    }

    fn axes(&self, svg: &mut String, x: &Axis, y: &Axis) {
        let scale = if y.is_log() { " (log axis)" } else { "" };
        text_at(svg, (4.0, 14.0), "start", &format!("{}{scale}", self.y));
        for tick in y.ticks() {
            let at = y.at(tick);
            let _ = writeln!(svg, "<path d=\"M{LEFT} {at:.1}H{RIGHT}\" stroke=\"currentColor\" stroke-opacity=\"0.15\"/>");
            text_at(svg, (LEFT - 6.0, at + 4.5), "end", &label(tick));
        }
        // there is no half of an epoch
        for tick in x.ticks().into_iter().filter(|tick| self.is_scatter || tick.fract() == 0.0 && *tick >= 1.0) {
            let at = x.at(tick);
            let _ = writeln!(svg, "<path d=\"M{at:.1} {BOTTOM}v5\" stroke=\"currentColor\"/>");
            text_at(svg, (at, BOTTOM + 19.0), "middle", &label(tick));
        }
        let _ = writeln!(svg, "<path d=\"M{LEFT} {TOP}V{BOTTOM}H{RIGHT}\" fill=\"none\" stroke=\"currentColor\"/>");
        text_at(svg, (RIGHT, BOTTOM + 37.0), "end", self.x);
        if self.is_scatter {
            line(svg, (LEFT + INSET, BOTTOM - INSET), (RIGHT - INSET, TOP + INSET), "3 3");
        }
    }

    /// Returns the names of the lines, each with a sample, and the height of the plot.
    fn legend(&self, y: &Axis) -> (String, f64) {
        let mut svg = String::new();
        let (mut left, mut top) = (8.0, BOTTOM + 60.0);
        let series = self.series.iter().zip(STYLES).map(|(series, (colour, dashes))| (series.name.clone(), colour, dashes));
        let named = |name: &str, level: f64| format!("{name} {}", short(level));
        let levels = self.levels.iter().zip(LEVELS).filter(|((_, level), _)| y.has(*level));
        for (name, colour, dashes) in
            series.chain(levels.map(|((name, level), dashes)| (named(name, *level), "currentColor", dashes)))
        {
            let name: String = name.chars().take(LONGEST).collect();
            let width = SAMPLE + 6.0 + name.chars().count() as f64 * LETTER + 10.0;
            if left > 8.0 && left + width > WIDTH {
                (left, top) = (8.0, top + 20.0);
            }
            if self.is_scatter {
                let _ = writeln!(
                    svg,
                    "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>",
                    left + SAMPLE - 6.0,
                    top - 4.0
                );
            } else {
                let _ = writeln!(
                    svg,
                    "<path d=\"M{left:.1} {:.1}h{SAMPLE}\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"/>",
                    top - 4.0
                );
            }
            text_at(&mut svg, (left + SAMPLE + 6.0, top), "start", &name);
            left += width;
        }
        (svg, top + 10.0)
    }
}

/// Writes a tick with the digits that it needs.
fn label(tick: f64) -> String {
    if tick == 0.0 || (1e-3..1e6).contains(&tick.abs()) { ((tick * 1e6).round() / 1e6).to_string() } else { short(tick) }
}

/// Adds a text; writing to a string cannot fail.
fn text_at(svg: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>", escaped(text));
}

/// Adds a straight line in the colour of the text.
fn line(svg: &mut String, (x, y): (f64, f64), (to_x, to_y): (f64, f64), dashes: &str) {
    let _ = writeln!(
        svg,
        "<path d=\"M{x:.1} {y:.1}L{to_x:.1} {to_y:.1}\" stroke=\"currentColor\" stroke-width=\"1.3\" stroke-dasharray=\"{dashes}\"/>"
    );
}

/// Adds a line through the points of a series, with a gap where a value is not finite.
fn polyline(svg: &mut String, series: &Series, (colour, dashes): (&str, &str), (x, y): (&Axis, &Axis)) {
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

fn dots(svg: &mut String, series: &Series, colour: &str, (x, y): (&Axis, &Axis)) {
    for (at, value) in series.points.iter().filter(|(at, value)| x.has(*at) && y.has(*value)) {
        let (at, value) = (x.at(*at), y.at(*value));
        let _ = writeln!(svg, "<circle cx=\"{at:.1}\" cy=\"{value:.1}\" r=\"2.5\" fill=\"{colour}\" fill-opacity=\"0.6\"/>");
    }
}
