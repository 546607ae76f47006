//! The summary of a model.

use crate::base::{Shape, with_commas};
use crate::kernels::Scalar;
use crate::model::Model;
use std::fmt;

/// A summary of a model: its layers with their output shapes and numbers of weights.
///
/// [`Model::summary`](crate::Model::summary) returns it. Displaying it prints the same table as Keras. The table of a
/// [`Functional`](crate::Functional) model also lists the inputs, and has a column of what each layer reads; the calls of a
/// shared layer are separated by semicolons.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::<f32>::with_seed(1);
/// model.add(Input::new(4));
/// model.add(Dense::new(8).activation(Relu));
/// model.add(Dense::new(3).activation(Softmax).trainable(false));
/// let summary = model.summary();
/// assert_eq!((summary.total_params(), summary.trainable_params()), (67, 40));
/// println!("{summary}");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    lines: Vec<[String; 5]>,
    has_connections: bool,
    total: usize,
    trainable: usize,
    bytes_per_value: usize,
}

impl Summary {
    pub(super) fn new<T: Scalar>(model: &Model<T>) -> Self {
        let inputs = model.graph.inputs();
        let has_connections = !inputs.is_empty();
        let mut summary = Self { lines: Vec::new(), has_connections, total: 0, trainable: 0, bytes_per_value: size_of::<T>() };
        for input in inputs {
            let [name, shape] = [format!("{} (InputLayer)", input.name), input.shape.to_string()];
            summary.lines.push([name, shape, "0".to_string(), "-".to_string(), "-".to_string()]);
        }
        for layer in model.layers() {
            summary.total += layer.count_params();
            summary.trainable += layer.count_trainable();
            let name = [layer.name(), &layer.spec().class_name];
            let (trainable, reads) = (layer.trainable(), layer.connections());
            summary.lines.push(line(name, layer.output_shape(), layer.count_params(), trainable, &reads));
        }
        summary
    }

    /// Returns the number of values in all weights.
    pub fn total_params(&self) -> usize {
        self.total
    }

    /// Returns the number of values in the weights that training updates.
    pub fn trainable_params(&self) -> usize {
        self.trainable
    }

    fn size(&self, values: usize) -> String {
        let bytes = (values * self.bytes_per_value) as f64;
        let units = [(1024.0 * 1024.0 * 1024.0, "GB"), (1024.0 * 1024.0, "MB"), (1024.0, "KB")];
        match units.into_iter().find(|(unit, _)| bytes >= *unit) {
            Some((unit, name)) => format!("{:.2} {name}", bytes / unit),
            None => format!("{bytes:.2} B"),
        }
    }
}

/// Returns the cells of a layer.
fn line([name, class]: [&str; 2], shape: Option<&Shape>, params: usize, trainable: bool, reads: &[Vec<String>]) -> [String; 5] {
    [
        format!("{name} ({class})"),
        shape.map_or("?".to_string(), ToString::to_string),
        shape.map_or("0 (unbuilt)".to_string(), |_| with_commas(params)),
        if trainable { "Y" } else { "N" }.to_string(),
        reads.iter().map(|reads| reads.join(", ")).collect::<Vec<_>>().join("; "),
    ]
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = ["Layer (type)", "Output Shape", "Param #", "Trainable", "Connected to"].map(str::to_string);
        let widest =
            |column: usize| self.lines.iter().chain([&header]).map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths = [0, 1, 2, 3, 4].map(widest);
        let columns = if self.has_connections { 5 } else { 4 };
        let rule = |left: &str, middle: &str, right: &str| {
            format!("{left}{}{right}", widths.map(|width| "━".repeat(width + 2))[..columns].join(middle))
        };
        let line = |[name, shape, params, trainable, reads]: &[String; 5]| {
            let [a, b, c, d, e] = widths;
            let line = format!("┃ {name:<a$} ┃ {shape:<b$} ┃ {params:>c$} ┃ {trainable:^d$} ┃");
            if self.has_connections { format!("{line} {reads:<e$} ┃") } else { line }
        };
        writeln!(f, "{}", rule("┏", "┳", "┓"))?;
        writeln!(f, "{}", line(&header))?;
        writeln!(f, "{}", rule("┣", "╋", "┫"))?;
        self.lines.iter().try_for_each(|layer| writeln!(f, "{}", line(layer)))?;
        writeln!(f, "{}", rule("┗", "┻", "┛"))?;
        let frozen = self.total - self.trainable;
        writeln!(f, " Total params: {} ({})", with_commas(self.total), self.size(self.total))?;
        writeln!(f, " Trainable params: {} ({})", with_commas(self.trainable), self.size(self.trainable))?;
        write!(f, " Non-trainable params: {} ({})", with_commas(frozen), self.size(frozen))
    }
}
