//! Text within SVG and HTML.

/// Replaces the characters that have a meaning in SVG and HTML, also within attributes in double quotes.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
