//! A plot of lines or of points as SVG, that needs no colour to be read.

use super::axis::Axis;
use super::draw::{bars, dots, label, line, polyline, spans, text_at};
use crate::base::escaped;
use crate::diagnosis::finding::short;
use std::fmt::Write;

/// What is drawn.
pub(super) struct Plot {
    /// The name that [`save_svg`](crate::diagnosis::Report::save_svg) takes.
    pub(super) name: String,
    pub(super) kind: Kind,
    /// What the two axes have.
    pub(super) x: &'static str,
    pub(super) y: String,
    pub(super) series: Vec<Series>,
    /// Horizontal lines, each with its name.
    pub(super) levels: Vec<(&'static str, f64)>,
    /// A vertical line, with its text.
    pub(super) mark: Option<(f64, String)>,
    /// Vertical lines at points: where they are, and from where to where they go.
    pub(super) spans: Vec<(f64, f64, f64)>,
    /// The range of both axes of points, where it is not that of the points.
    pub(super) range: Option<(f64, f64)>,
}

/// How the series are drawn.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// Lines by epoch, on a linear axis.
    Lines,
    /// Lines by epoch, on a logarithmic axis if all values are above 0.
    LogLines,
    /// Points on the plane, with a line where both axes have the same value.
    Points,
    /// Bars from 0 on, of this width, beside each other where there are several series.
    Bars(f64),
}

/// A line, or a group of points.
pub(super) struct Series {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 430.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 418.0;
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
const LETTER: f64 = 8.0;
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
        match self.kind {
            Kind::Points => {
                // both axes have the same range
                all.extend(&across);
                all.extend(self.range.iter().flat_map(|(low, high)| [low, high]));
                across.clone_from(&all);
            }
            Kind::Bars(width) => {
                all.push(0.0);
                across = across.iter().flat_map(|at| [at - width / 2.0, at + width / 2.0]).collect();
            }
            Kind::Lines | Kind::LogLines => {}
        }
        let is_bars = matches!(self.kind, Kind::Bars(_));
        let floor = if is_bars { BOTTOM } else { BOTTOM - INSET };
        let y = Axis::new(&all, (floor, TOP + INSET), self.kind == Kind::LogLines);
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
        spans(&mut svg, &self.spans, STYLES[0].0, (&x, &y));
        for (number, (series, (colour, dashes))) in self.series.iter().zip(STYLES).enumerate() {
            match self.kind {
                Kind::Lines | Kind::LogLines => polyline(&mut svg, series, (colour, dashes), (&x, &y)),
                Kind::Points => dots(&mut svg, series, colour, (&x, &y)),
                Kind::Bars(width) => {
                    let each = 0.9 * width / self.series.len() as f64;
                    let shift = (number as f64 + 0.5) * each - 0.45 * width;
                    bars(&mut svg, series, (colour, number == 0), (shift, 0.85 * each), (&x, &y));
                }
            }
        }
        Some(svg + &legend + "</svg>\n")
    }

    fn is_by_epoch(&self) -> bool {
        matches!(self.kind, Kind::Lines | Kind::LogLines)
    }

    /// Returns what the plot shows, for those who cannot see it.
    fn description(&self) -> String {
        let mut parts = vec![format!("{} by {}", self.y, self.x)];
        for Series { name, points } in &self.series {
            match (points.first(), points.last()) {
                (Some((_, first)), Some((_, last))) if self.is_by_epoch() => {
                    parts.push(format!("{name} from {} to {}", short(*first), short(*last)));
                }
                _ if self.kind == Kind::Points => parts.push(format!("{} points: {name}", points.len())),
                _ => parts.push(format!("{} bars: {name}", points.len())),
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
        // there is no half of an epoch or of a class
        let is_whole = self.is_by_epoch() || self.x == "class";
        for tick in x
            .ticks()
            .into_iter()
            .filter(|tick| !is_whole || tick.fract() == 0.0 && *tick >= f64::from(u8::from(self.is_by_epoch())))
        {
            let at = x.at(tick);
            let _ = writeln!(svg, "<path d=\"M{at:.1} {BOTTOM}v5\" stroke=\"currentColor\"/>");
            text_at(svg, (at, BOTTOM + 19.0), "middle", &label(tick));
        }
        let _ = writeln!(svg, "<path d=\"M{LEFT} {TOP}V{BOTTOM}H{RIGHT}\" fill=\"none\" stroke=\"currentColor\"/>");
        text_at(svg, (RIGHT, BOTTOM + 37.0), "end", self.x);
        if self.kind == Kind::Points {
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
        let all = series.chain(levels.map(|((name, level), dashes)| (named(name, *level), "currentColor", dashes)));
        for (number, (name, colour, dashes)) in all.enumerate() {
            let name: String = name.chars().take(LONGEST).collect();
            let width = SAMPLE + 6.0 + name.chars().count() as f64 * LETTER + 10.0;
            if left > 8.0 && left + width > WIDTH {
                (left, top) = (8.0, top + 20.0);
            }
            self.sample(&mut svg, (left, top - 4.0), (colour, dashes, number));
            text_at(&mut svg, (left + SAMPLE + 6.0, top), "start", &name);
            left += width;
        }
        (svg, top + 10.0)
    }

    /// Adds the sample of a line, of a point or of a bar to the legend.
    fn sample(&self, svg: &mut String, (left, middle): (f64, f64), (colour, dashes, number): (&str, &str, usize)) {
        let right = left + SAMPLE;
        let _ = match self.kind {
            Kind::Points => writeln!(svg, "<circle cx=\"{:.1}\" cy=\"{middle:.1}\" r=\"3\" fill=\"{colour}\"/>", right - 6.0),
            Kind::Bars(_) => writeln!(
                svg,
                "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"11\" height=\"11\" fill=\"{}\" stroke=\"{colour}\" stroke-width=\"1.5\"/>",
                right - 12.0,
                middle - 6.0,
                if number == 0 { colour } else { "none" }
            ),
            Kind::Lines | Kind::LogLines => writeln!(
                svg,
                "<path d=\"M{left:.1} {middle:.1}h{SAMPLE}\" stroke=\"{colour}\" stroke-width=\"2\" stroke-dasharray=\"{dashes}\"/>"
            ),
        };
    }
}
