//! The products of `EinsumDense`: an equation, and for given extents the values that it multiplies.

use crate::kernels::{self, Scalar, Sizes};

/// An equation `input,kernel->output` without the letter of the samples, which comes first in input and output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Equation {
    pub(super) input: Vec<char>,
    pub(super) kernel: Vec<char>,
    pub(super) output: Vec<char>,
}

impl Equation {
    /// Reads an equation; the error says which equations are allowed.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let text: String = text.chars().filter(|letter| *letter != ' ').collect();
        let parts = text.split_once("->").and_then(|(operands, output)| Some((operands.split_once(',')?, output)));
        let Some(((input, kernel), output)) = parts else { return Err("`input,kernel->output`, such as `ab,bc->ac`") };
        let [input, kernel, output] = [input, kernel, output].map(|letters| letters.chars().collect::<Vec<char>>());
        let is_once = |letters: &[char]| {
            letters.iter().enumerate().all(|(i, letter)| letter.is_ascii_alphabetic() && !letters[..i].contains(letter))
        };
        if ![&input, &kernel, &output].into_iter().all(|letters| is_once(letters)) {
            return Err("letters, each once in the input, in the kernel and in the output; `...` is not supported");
        }
        let samples = input.first().copied();
        if samples.is_none() || samples != output.first().copied() || samples.is_some_and(|letter| kernel.contains(&letter)) {
            return Err(
                "an equation whose input and output start with the letter of the samples, which the kernel does not have",
            );
        }
        let equation = Self { input: input[1..].to_vec(), kernel, output: output[1..].to_vec() };
        equation.every_letter_is_twice().then_some(equation).ok_or("an equation with each letter in two or three of its parts")
    }

    fn every_letter_is_twice(&self) -> bool {
        let parts = [&self.input, &self.kernel, &self.output];
        parts
            .iter()
            .flat_map(|letters| letters.iter())
            .all(|letter| parts.iter().filter(|part| part.contains(letter)).count() > 1)
    }

    /// Returns the axes of the kernel that are summed over, and those that the output has, as Keras counts inputs and outputs.
    pub(super) fn axes(&self) -> [Vec<usize>; 2] {
        let axes = |in_output: bool| {
            let chosen = self.kernel.iter().enumerate().filter(|(_, letter)| self.output.contains(letter) == in_output);
            chosen.map(|(axis, _)| axis).collect()
        };
        [axes(false), axes(true)]
    }
}

/// Returns the index of a value of a tensor with axes `tensor`, for each combination of the letters of `loops`, the last of
/// which runs fastest. A letter that the tensor does not have changes nothing.
pub(super) fn indices(loops: &[char], tensor: &[char], extent: &dyn Fn(char) -> usize) -> Vec<usize> {
    let mut found = vec![0];
    for &letter in loops {
        let position = tensor.iter().position(|own| *own == letter);
        let step = position.map_or(0, |position| tensor[position + 1..].iter().map(|&inner| extent(inner)).product());
        found = found.iter().flat_map(|&first| (0..extent(letter)).map(move |index| first + index * step)).collect();
    }
    found
}

/// What an equation multiplies, for given extents.
#[derive(Debug, Clone)]
pub(super) enum Product {
    /// Each output is one input times one weight, and all have the same order.
    Scaled,
    /// Each output is one input times one weight.
    Pointwise(Pointwise),
    /// The outputs are matrix products, one for each group of the weights.
    Grouped(Grouped),
}

impl Product {
    pub(super) fn new(equation: &Equation, extent: &dyn Fn(char) -> usize) -> Self {
        let Equation { input, kernel, output } = equation;
        if input == output && kernel == output {
            Self::Scaled
        } else if kernel.iter().all(|letter| output.contains(letter)) {
            Self::Pointwise(Pointwise::new(equation, extent))
        } else {
            Self::Grouped(Grouped::new(equation, extent))
        }
    }

    /// Returns the sizes of the workspace for each sample and for a batch.
    pub(super) fn workspace(&self) -> (usize, usize) {
        match self {
            Self::Grouped(grouped) => grouped.workspace(),
            _ => (0, 0),
        }
    }
}

/// Products of single values, in runs along the last axis of the output.
#[derive(Debug, Clone)]
pub(super) struct Pointwise {
    /// The first input and the first weight of each run.
    runs: [Vec<usize>; 2],
    /// The distance between the inputs, and between the weights, of a run.
    steps: [usize; 2],
    size: usize,
}

impl Pointwise {
    fn new(equation: &Equation, extent: &dyn Fn(char) -> usize) -> Self {
        let Equation { input, kernel, output } = equation;
        let (last, outer) = output.split_last().map_or((None, &[][..]), |(last, outer)| (Some(*last), outer));
        let last = Vec::from_iter(last);
        let step = |tensor: &[char]| indices(&last, tensor, extent).get(1).copied().unwrap_or(0);
        Self {
            runs: [indices(outer, input, extent), indices(outer, kernel, extent)],
            steps: [step(input), step(kernel)],
            size: indices(&last, &[], extent).len(),
        }
    }

    /// Calls `each` with the number of the first output, of the first input and of the first weight of each run.
    fn each(&self, mut each: impl FnMut(usize, usize, usize)) {
        let [inputs, weights] = &self.runs;
        for (number, (&input, &weight)) in inputs.iter().zip(weights).enumerate() {
            each(number * self.size, input, weight);
        }
    }

    pub(super) fn forward<T: Scalar>(&self, x: &[T], weights: &[T], y: &mut [T]) {
        y.fill(T::zero());
        let [input, weight] = self.steps;
        self.each(|first, x0, w0| add_products(self.size, (&mut y[first..], 1), (&x[x0..], input), (&weights[w0..], weight)));
    }

    /// Adds the gradient of the weights for one sample.
    pub(super) fn add_weight_gradient<T: Scalar>(&self, x: &[T], dy: &[T], gradient: &mut [T]) {
        let [input, weight] = self.steps;
        self.each(|first, x0, w0| add_products(self.size, (&mut gradient[w0..], weight), (&x[x0..], input), (&dy[first..], 1)));
    }

    /// Writes the gradient of the inputs for one sample.
    pub(super) fn input_gradient<T: Scalar>(&self, weights: &[T], dy: &[T], dx: &mut [T]) {
        dx.fill(T::zero());
        let [input, weight] = self.steps;
        self.each(|first, x0, w0| add_products(self.size, (&mut dx[x0..], input), (&weights[w0..], weight), (&dy[first..], 1)));
    }
}

/// Adds `a[i] * b[i]` to `sums[i]` for each `i` below `size`; each slice comes with the distance between its values.
#[inline(always)]
fn add_products<T: Scalar>(size: usize, sums: (&mut [T], usize), a: (&[T], usize), b: (&[T], usize)) {
    let ((sums, step), (a, a_step), (b, b_step)) = (sums, a, b);
    match (step, a_step, b_step) {
        (1, 1, 1) => {
            for ((sum, &a), &b) in sums[..size].iter_mut().zip(&a[..size]).zip(&b[..size]) {
                *sum += a * b;
            }
        }
        (1, 0, 1) => sums[..size].iter_mut().zip(&b[..size]).for_each(|(sum, &b)| *sum += a[0] * b),
        (1, 1, 0) => sums[..size].iter_mut().zip(&a[..size]).for_each(|(sum, &a)| *sum += a * b[0]),
        _ => (0..size).for_each(|i| sums[i * step] += a[i * a_step] * b[i * b_step]),
    }
}

/// Matrix products: for each group, `y = x W` with a row for each sample and each row of a sample.
#[derive(Debug, Clone)]
pub(super) struct Grouped {
    /// The first value of each group in the inputs, the weights and the outputs of a sample.
    groups: [Vec<usize>; 3],
    /// The indices of the values of a row, in the inputs and in the outputs, from the first value of the group on.
    inputs: Vec<usize>,
    outputs: Vec<usize>,
    weights: Vec<usize>,
    /// The numbers of values of a sample.
    widths: [usize; 2],
    sizes: Sizes,
}

impl Grouped {
    fn new(equation: &Equation, extent: &dyn Fn(char) -> usize) -> Self {
        let Equation { input, kernel, output } = equation;
        let chosen = |letters: &[char], wanted: &dyn Fn(&char) -> bool| -> Vec<char> {
            letters.iter().copied().filter(|letter| wanted(letter)).collect()
        };
        let groups = chosen(output, &|letter| input.contains(letter) && kernel.contains(letter));
        let rows = chosen(output, &|letter| !kernel.contains(letter));
        let sums = chosen(kernel, &|letter| !output.contains(letter));
        let units = chosen(output, &|letter| !input.contains(letter));
        let of = |outer: &[char], inner: &[char], tensor: &[char]| indices(&[outer, inner].concat(), tensor, extent);
        let count = |letters: &[char]| indices(letters, &[], extent).len();
        Self {
            groups: [of(&groups, &[], input), of(&groups, &[], kernel), of(&groups, &[], output)],
            inputs: of(&rows, &sums, input),
            outputs: of(&rows, &units, output),
            weights: of(&sums, &units, kernel),
            widths: [count(input), count(output)],
            sizes: Sizes { units: count(&units), inputs: count(&sums), count: count(&rows) },
        }
    }

    fn workspace(&self) -> (usize, usize) {
        (self.inputs.len() + self.outputs.len(), self.weights.len())
    }

    /// Splits the workspace into the inputs and outputs of a group, and its weights or their gradient.
    fn split<'w, T>(&self, workspace: &'w mut [T], samples: usize) -> [&'w mut [T]; 3] {
        let (x, rest) = workspace.split_at_mut(samples * self.inputs.len());
        let (y, rest) = rest.split_at_mut(samples * self.outputs.len());
        [x, y, &mut rest[..self.weights.len()]]
    }

    fn sizes(&self, samples: usize) -> Sizes {
        Sizes { count: samples * self.sizes.count, ..self.sizes }
    }

    fn groups(&self) -> impl Iterator<Item = [usize; 3]> {
        let [inputs, weights, outputs] = &self.groups;
        inputs.iter().zip(weights).zip(outputs).map(|((&input, &weight), &output)| [input, weight, output])
    }

    pub(super) fn forward<T: Scalar>(&self, x: &[T], weights: &[T], y: &mut [T], workspace: &mut [T]) {
        let [x_width, y_width] = self.widths;
        let samples = x.len() / x_width;
        let [rows, products, kernel] = self.split(workspace, samples);
        for [input, weight, output] in self.groups() {
            gather(rows, &x[input..], x_width, &self.inputs);
            gather(kernel, &weights[weight..], 0, &self.weights);
            kernels::forward(products, kernel, &[], rows, self.sizes(samples));
            scatter(products, &mut y[output..], y_width, &self.outputs);
        }
    }

    /// Writes the gradient of the weights.
    pub(super) fn weight_gradient<T: Scalar>(&self, x: &[T], dy: &[T], gradient: &mut [T], workspace: &mut [T]) {
        let [x_width, y_width] = self.widths;
        let samples = x.len() / x_width;
        let [rows, products, kernel] = self.split(workspace, samples);
        for [input, weight, output] in self.groups() {
            gather(rows, &x[input..], x_width, &self.inputs);
            gather(products, &dy[output..], y_width, &self.outputs);
            kernels::weight_gradient(kernel, products, rows, self.sizes(samples));
            scatter(kernel, &mut gradient[weight..], 0, &self.weights);
        }
    }

    /// Writes the gradient of the inputs.
    pub(super) fn input_gradient<T: Scalar>(&self, weights: &[T], dy: &[T], dx: &mut [T], workspace: &mut [T]) {
        let [x_width, y_width] = self.widths;
        let samples = dx.len() / x_width;
        let [rows, products, kernel] = self.split(workspace, samples);
        for [input, weight, output] in self.groups() {
            gather(products, &dy[output..], y_width, &self.outputs);
            gather(kernel, &weights[weight..], 0, &self.weights);
            kernels::input_gradient(rows, kernel, products, self.sizes(samples));
            scatter(rows, &mut dx[input..], x_width, &self.inputs);
        }
    }
}

/// Returns whether the indices are consecutive, so that their values can be copied as one slice.
fn is_one_slice(indices: &[usize]) -> bool {
    indices.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

/// Copies the values at `indices` of each sample, whose first values are `width` apart, to `into`.
fn gather<T: Scalar>(into: &mut [T], from: &[T], width: usize, indices: &[usize]) {
    let is_one_slice = is_one_slice(indices);
    for (sample, into) in into.chunks_exact_mut(indices.len()).enumerate() {
        let from = &from[sample * width..];
        if is_one_slice {
            into.copy_from_slice(&from[indices[0]..][..indices.len()]);
        } else {
            into.iter_mut().zip(indices).for_each(|(into, &index)| *into = from[index]);
        }
    }
}

/// Copies values to the `indices` of each sample, whose first values are `width` apart.
fn scatter<T: Scalar>(from: &[T], into: &mut [T], width: usize, indices: &[usize]) {
    let is_one_slice = is_one_slice(indices);
    for (sample, from) in from.chunks_exact(indices.len()).enumerate() {
        let into = &mut into[sample * width..];
        if is_one_slice {
            into[indices[0]..][..indices.len()].copy_from_slice(from);
        } else {
            from.iter().zip(indices).for_each(|(&from, &index)| into[index] = from);
        }
    }
}
