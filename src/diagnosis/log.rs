//! Findings as messages of the `log` facade.

use super::finding::{Finding, Severity};
use log::Level;

/// The target of all messages.
const TARGET: &str = "layercake::diagnosis";

/// Returns whether a logger takes messages of any level.
pub(super) fn is_on() -> bool {
    log::log_enabled!(target: TARGET, Level::Error)
}

/// Logs each finding in one line, at the level of its severity: error, warn or info.
pub(super) fn log_findings(findings: &[Finding]) {
    for finding in findings {
        let level = match finding.severity() {
            Severity::Error => Level::Error,
            Severity::Warning => Level::Warn,
            Severity::Note => Level::Info,
        };
        let text = finding.to_string();
        let text = text.split_once(' ').map_or("", |(_severity, rest)| rest);
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        log::log!(target: TARGET, level, "{}", lines.join("; "));
    }
}
