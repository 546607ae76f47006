//! The tables of a report as HTML: layers, mistakes and settings.

use crate::base::escaped;
use crate::diagnosis::finding::short;
use crate::diagnosis::report::{Training, confused};
use crate::diagnosis::targets::Values;

/// The largest number of classes whose confusion is a square, and of mistakes that are listed instead.
const CLASSES: usize = 12;
const MISTAKES: usize = 20;

/// Returns a table with these heads and rows; the first cell of each row is its head, and numbers are below each other.
pub(super) fn table(heads: &[String], rows: &[Vec<String>]) -> String {
    of_class("", heads, rows)
}

/// Returns a table of names and values, whose lines break where they are long.
pub(super) fn facts(rows: &[Vec<String>]) -> String {
    of_class(" class=\"facts\"", &heads(&["what", "value"]), rows)
}

fn of_class(class: &str, heads: &[String], rows: &[Vec<String>]) -> String {
    let is_number = |column: usize| {
        let mut cells = rows.iter().filter_map(|row| row.get(column));
        let starts = |cell: &String| cell.starts_with(|letter: char| letter.is_ascii_digit() || letter == '-');
        column > 0 && cells.all(starts)
    };
    let right: Vec<&str> = (0..heads.len()).map(|column| if is_number(column) { " class=\"number\"" } else { "" }).collect();
    let right = |column: usize| right.get(column).copied().unwrap_or_default();
    let head = |(column, head): (usize, &String)| format!("<th scope=\"col\"{}>{}</th>", right(column), escaped(head));
    let heads: String = heads.iter().enumerate().map(head).collect();
    let row = |cells: &Vec<String>| {
        let cell = |(column, cell): (usize, &String)| match column {
            0 => format!("<th scope=\"row\">{}</th>", escaped(cell)),
            _ => format!("<td{}>{}</td>", right(column), escaped(cell)),
        };
        format!("<tr>{}</tr>\n", cells.iter().enumerate().map(cell).collect::<String>())
    };
    let rows: String = rows.iter().map(row).collect();
    format!("<div class=\"wide\"><table{class}>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n")
}

pub(super) fn heads(names: &[&str]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// Returns how far the kernel of each layer moved, and how many of its units ended dead or saturated.
pub(super) fn layers(training: &Training) -> String {
    let epochs = training.record.epochs.last().map_or(0, |epoch| epoch.number + 1);
    let row = |kernel: &crate::diagnosis::outcome::KernelRecord| {
        let units = training.units(&kernel.layer);
        let moved = if kernel.displacement.is_finite() { short(kernel.displacement) } else { "from 0".to_string() };
        vec![
            kernel.layer.clone(),
            moved,
            short(kernel.travel(epochs, training.record.batches)),
            short(kernel.update()),
            units.map_or("-".to_string(), |units| format!("{}\u{a0}of\u{a0}{}", units.never_positive, units.count)),
            units.map_or("-".to_string(), |units| format!("{:.0}\u{a0}%", 100.0 * units.saturated)),
        ]
    };
    let rows: Vec<_> = training.record.kernels.iter().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    let heads = heads(&["layer", "moved", "path", "update", "dead units", "saturated"]);
    format!(
        "<h2>Layers</h2>\n{}<p class=\"faint\">Relative to the norm of the kernel at the start: the distance from its first weights \
         (moved), the sum of all updates (path) and one update (update).</p>\n",
        table(&heads, &rows)
    )
}

/// Returns which class was taken for which, or the errors of numbers, and the rows with the largest loss.
pub(super) fn mistakes(training: &Training) -> String {
    let mut html = String::new();
    if let Some((Values::Classes(predicted, count), Values::Classes(actual, known))) = &training.outcome.predicted {
        html += "<h3>Confusion</h3>\n";
        html += &confusion(predicted, actual, *count.max(known));
    }
    let row = |&(row, loss): &(usize, f64)| vec![row.to_string(), short(loss)];
    let worst: Vec<_> = training.outcome.worst.iter().map(row).collect();
    if !worst.is_empty() {
        html += &format!("<h3>Worst validation rows</h3>\n{}", table(&heads(&["row", "loss"]), &worst));
    }
    html
}

fn confusion(predicted: &[usize], actual: &[usize], count: usize) -> String {
    if count <= CLASSES {
        let cell = |class: usize, taken: usize| {
            predicted.iter().zip(actual).filter(|(p, a)| (**a, **p) == (class, taken)).count().to_string()
        };
        let row =
            |class: usize| std::iter::once(format!("class {class}")).chain((0..count).map(|taken| cell(class, taken))).collect();
        let first = std::iter::once("predicted as".to_string());
        let heads: Vec<String> = first.chain((0..count).map(|class| class.to_string())).collect();
        return table(&heads, &(0..count).map(row).collect::<Vec<_>>());
    }
    let pairs = confused(predicted, actual);
    let row = |((actual, predicted), count): &((usize, usize), usize)| {
        vec![format!("class {actual}"), format!("class {predicted}"), count.to_string()]
    };
    let rows: Vec<_> = pairs.iter().take(MISTAKES).map(row).collect();
    let more = pairs.len().saturating_sub(MISTAKES);
    let more = if more > 0 { format!("<p class=\"faint\">and {more} more</p>\n") } else { String::new() };
    table(&heads(&["class", "predicted as", "rows"]), &rows) + &more
}

/// Returns model, loss, optimizer, options and version.
pub(super) fn settings(training: &Training) -> String {
    let outline = &training.facts.outline;
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    let mut rows = vec![
        ["layercake", &format!("{} ({build})", env!("CARGO_PKG_VERSION"))].map(ToString::to_string).to_vec(),
        ["loss", &outline.loss.to_string()].map(ToString::to_string).to_vec(),
        ["optimizer", &outline.optimizer.to_string()].map(ToString::to_string).to_vec(),
    ];
    let numbers = [
        ("seed", training.seed.to_string()),
        ("epochs", format!("{} of {}", training.record.epochs.len(), outline.plan.epochs)),
        ("batch size", training.record.batch_size.to_string()),
        ("shuffle", outline.plan.shuffle.to_string()),
        ("steps before this training", outline.iterations.to_string()),
        ("trained weights", outline.trained.to_string()),
    ];
    rows.extend(numbers.into_iter().map(|(name, value)| vec![name.to_string(), value]));
    rows.extend(outline.layers.iter().map(|layer| vec![format!("layer {}", layer.name), layer.spec.to_string()]));
    format!("<h2>Settings</h2>\n{}", facts(&rows))
}
