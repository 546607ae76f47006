//! The report as one file of HTML with plots: no script, no network, readable in light, in dark and without colours.

mod axis;
mod card;
mod curves;
mod distributions;
mod draw;
mod plot;
mod tables;

use super::finding::{Finding, short};
use super::report::{Report, Training};
use crate::base::{Error, Result, escaped};
use crate::saving::atomic;
use std::io::Write;
use std::path::Path;

const STYLE: &str = include_str!("style.css");

impl Report {
    /// Returns the report as one file of HTML: verdict, findings, plots, layers, mistakes, calibration, data and
    /// settings.
    ///
    /// It has no script and loads nothing. It follows the light or dark theme of the reader; lines are told apart by their dashes,
    /// and severities by their names, so that it can be read without colours. For the same training it is the same, but for the
    /// line with the time.
    pub fn to_html(&self) -> String {
        let mut body = format!("<h1>{}</h1>\n", escaped(self.verdict()));
        if let Some(training) = &self.training {
            body += &training.summary(&self.next(training));
        } else {
            body += "<p>No training was watched: add <code>.callback(&amp;mut diagnosis)</code> to its options.</p>\n";
        }
        body += "<h2>Findings</h2>\n";
        body += &match self.findings() {
            [] => "<p>none</p>\n".to_string(),
            findings => findings.iter().map(section).collect(),
        };
        if let Some(training) = &self.training {
            body += &training.details(self.findings());
        }
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
             <title>layercake report: {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n",
            escaped(self.verdict())
        )
    }

    /// Writes [`to_html`](Self::to_html) to a file; a file that is already there is replaced when the new one is complete.
    ///
    /// # Errors
    ///
    /// If the file cannot be written.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let x = DMatrix::from_fn(200, 3, |row, column| ((row * (column + 2)) as f64).sin());
    /// let y = DMatrix::from_fn(200, 1, |row, _| x[(row, 0)] + x[(row, 1)]);
    /// let mut model = Sequential::with_seed(1);
    /// model.add(Dense::new(8).activation(Relu));
    /// model.add(Dense::new(1));
    /// model.compile("adam", "mse", "mae")?;
    /// let mut diagnosis = Diagnosis::new();
    /// model.fit(&x, &y, FitOptions::new().epochs(20).validation_split(0.2).callback(&mut diagnosis))?;
    /// let path = std::env::temp_dir().join(format!("layercake-report-{}.html", std::process::id()));
    /// diagnosis.report().save_html(&path)?;
    /// # assert!(std::fs::read_to_string(&path)?.contains("<svg"));
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn save_html(&self, path: impl AsRef<Path>) -> Result<()> {
        let html = self.to_html();
        atomic::write(path.as_ref(), |file| file.write_all(html.as_bytes()))
    }

    /// Writes one plot to a file of SVG: `"loss"`, a metric by its name, `"updates"` of the layers, `"predicted"` numbers,
    /// the `"calibration"` of probabilities, or the `"targets"`.
    ///
    /// # Errors
    ///
    /// If the report has no plot of this name (the error lists the names), or if the file cannot be written.
    pub fn save_svg(&self, plot: &str, path: impl AsRef<Path>) -> Result<()> {
        let plots = self.training.as_ref().map_or(Vec::new(), curves::plots);
        let Some(svg) = plots.iter().find(|known| known.name == plot).and_then(plot::Plot::to_svg) else {
            let names: Vec<String> = plots.iter().map(|plot| format!("`{}`", plot.name)).collect();
            let names = if names.is_empty() { "no plot: no training was watched".to_string() } else { names.join(", ") };
            return Err(Error::argument("Report", "plot", plot, names));
        };
        atomic::write(path.as_ref(), |file| file.write_all(svg.as_bytes()))
    }
}

/// Returns a finding with its evidence, what it explains, and its remedy.
fn section(finding: &Finding) -> String {
    let evidence: String =
        finding.evidence().iter().map(|evidence| format!("<li>{}</li>\n", marked(&evidence.to_string()))).collect();
    let consequence = |finding: &Finding| format!("<li>explains {}: {}</li>\n", finding.code(), marked(finding.title()));
    let explains: String = finding.explains().iter().map(consequence).collect();
    let list =
        if evidence.is_empty() && explains.is_empty() { String::new() } else { format!("<ul>\n{evidence}{explains}</ul>\n") };
    format!(
        "<section class=\"{severity}\">\n<h3>{severity} {}: {}</h3>\n<p class=\"faint\">{}</p>\n{list}<p><b>try</b> {}</p>\n</section>\n",
        finding.code(),
        marked(finding.title()),
        marked(&finding.place_text()),
        marked(&finding.remedy_text()),
        severity = finding.severity(),
    )
}

impl Training {
    /// Returns how good the model is beside the two controls, its best epoch, and what to do next.
    fn summary(&self, next: &str) -> String {
        let mut lines: Vec<String> = Vec::new();
        let skills = [("validation", self.outcome.validation), ("training", self.outcome.train)];
        for (rows, skill) in skills.into_iter().filter_map(|(rows, skill)| Some((rows, skill?))) {
            lines.push(format!(
                "{} {:.3} ± {:.3} on {} {rows} rows",
                self.score_name(),
                skill.score,
                skill.score_error,
                skill.rows
            ));
        }
        if let Some(skill) = self.outcome.skill() {
            lines.push(match self.outcome.reference {
                Some(reference) => format!(
                    "a constant prediction {:.3}, a linear model {:.3}, five nearest neighbours {:.3}",
                    skill.constant, reference.linear.score, reference.neighbours.score
                ),
                None => format!("a constant prediction {:.3}, no reference", skill.constant),
            });
        }
        if let Some(best) = self.record.best().and_then(|place| self.record.epochs.get(place)) {
            let validation = best.val_loss.map_or(String::new(), |loss| format!(", val_loss {}", short(loss)));
            lines.push(format!(
                "best epoch {} of {}: loss {}{validation}",
                best.number + 1,
                self.record.epochs.len(),
                short(best.loss)
            ));
        }
        if let Some(found) = self.calibration() {
            lines.push(format!(
                "calibration error {} (by chance {}) of the probability of {}",
                short(found.error),
                short(found.by_chance),
                found.what
            ));
        }
        lines.push(format!("next: {next}"));
        let items: String = lines.iter().map(|line| format!("<li>{}</li>\n", marked(line))).collect();
        format!("<p class=\"faint\">{}</p>\n<ul>\n{items}</ul>\n", escaped(&self.header().replace("   ", " · ")))
    }

    /// Returns plots, tables and the time.
    fn details(&self, findings: &[Finding]) -> String {
        // the plots of predictions and of targets are beside the tables of them
        let (mut curves, mut predictions, mut targets) = (String::new(), String::new(), String::new());
        for plot in curves::plots(self) {
            let figures = match plot.name.as_str() {
                "predicted" | "calibration" => &mut predictions,
                "targets" => &mut targets,
                _ => &mut curves,
            };
            *figures += &plot.to_svg().map_or(String::new(), |svg| format!("<figure>\n{svg}</figure>\n"));
        }
        let grid = |figures: String| match figures.as_str() {
            "" => String::new(),
            figures => format!("<div class=\"plots\">\n{figures}</div>\n"),
        };
        let curves = if self.record.epochs.is_empty() { "<p>no epoch has ended</p>\n".to_string() } else { grid(curves) };
        let stop = self.record.stop.as_ref().map_or(String::new(), |stop| format!("; {stop}"));
        let time = format!("{} s in {} epochs{stop}", short(self.record.seconds), self.record.epochs.len());
        let predictions = grid(predictions) + &tables::mistakes(self);
        let predictions = if predictions.is_empty() { predictions } else { format!("<h2>Predictions</h2>\n{predictions}") };
        format!(
            "<h2>Curves</h2>\n{curves}{}{predictions}{}{}<p class=\"faint\">time: {}</p>\n",
            tables::layers(self),
            card::data(self, findings, &grid(targets)),
            tables::settings(self),
            escaped(&time)
        )
    }
}

/// Returns a text as HTML, in which what is between backticks is code.
fn marked(text: &str) -> String {
    let parts: Vec<String> = text.split('`').map(escaped).collect();
    if parts.len().is_multiple_of(2) {
        return escaped(text);
    }
    let part = |(number, part): (usize, &String)| if number % 2 == 1 { format!("<code>{part}</code>") } else { part.clone() };
    parts.iter().enumerate().map(part).collect()
}
