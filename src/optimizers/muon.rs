use super::moments::power;
use super::settings::settings_arguments;
use super::{Optimizer, Settings, Slot, Step, Variable};
use crate::kernels::Scalar;
use crate::kernels::{self, Sizes};
use crate::part::{Arguments, Describe};

/// Muon: makes the step of each matrix orthogonal, so that all directions have the same size; other weights are updated by
/// [`Adam`](super::Adam).
/// (Jordan et al., *Muon: An optimizer for hidden layers in neural networks*, 2024; Liu et al., *Muon is Scalable for LLM
/// Training*, 2025; [Keras](https://keras.io/api/optimizers/muon/))
///
/// For a matrix, `m = momentum m + g` and `X = g + momentum m` (or `X = m` without Nesterov's momentum). `ns_steps`
/// Newton-Schulz iterations make `X / (norm(X) + 1e-7)` orthogonal: `A = X X^T`, `X = a X + (b A + c A A) X`. Then
/// `w -= r rms_rate sqrt(max(rows, columns)) X`.
///
/// Adam updates a weight that is not a matrix, an embedding, and a weight whose name contains one of the words of
/// `exclude_layers`, with the learning rate `adam_lr_ratio r` and the weight decay `adam_weight_decay`. Exclude the last
/// layer, as the authors advise.
///
/// ```
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Dense::new(8).activation(Relu));
/// model.add(Dense::new(1).name("answer"));
/// model.compile(Muon::default().exclude_layers(["answer"]), "mse", ())?;
/// model.fit(&dmatrix![1.0; 2.0], &dmatrix![2.0; 4.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Muon {
    settings: Settings,
    adam_beta_1: f64,
    adam_beta_2: f64,
    adam_weight_decay: Option<f64>,
    epsilon: f64,
    exclude_layers: Vec<String>,
    exclude_embeddings: bool,
    muon_a: f64,
    muon_b: f64,
    muon_c: f64,
    adam_lr_ratio: f64,
    momentum: f64,
    ns_steps: usize,
    nesterov: bool,
    rms_rate: Option<f64>,
}

impl Muon {
    settings_arguments!(settings);

    /// The decay factor of the mean gradient of Adam, from 0 to below 1 (default 0.9).
    pub fn adam_beta_1(mut self, adam_beta_1: f64) -> Self {
        self.adam_beta_1 = adam_beta_1;
        self
    }

    /// The decay factor of the mean squared gradient of Adam, from 0 to below 1 (default 0.999).
    pub fn adam_beta_2(mut self, adam_beta_2: f64) -> Self {
        self.adam_beta_2 = adam_beta_2;
        self
    }

    /// The weight decay of the weights that Adam updates, at least 0 (default 0.004, as for the other weights).
    pub fn adam_weight_decay(mut self, adam_weight_decay: f64) -> Self {
        self.adam_weight_decay = Some(adam_weight_decay);
        self
    }

    /// A small number that keeps the divisor of Adam above 0, at least 0 (default 1e-7).
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    /// Words that select weights for Adam: each weight whose name, `layer/weight`, contains one of them (default: none).
    pub fn exclude_layers<W: Into<String>>(mut self, exclude_layers: impl IntoIterator<Item = W>) -> Self {
        self.exclude_layers = exclude_layers.into_iter().map(W::into).collect();
        self
    }

    /// True to update weights with "embedding" in their name by Adam (default: true).
    pub fn exclude_embeddings(mut self, exclude_embeddings: bool) -> Self {
        self.exclude_embeddings = exclude_embeddings;
        self
    }

    /// The first coefficient of the iterations (default 3.4445).
    pub fn muon_a(mut self, muon_a: f64) -> Self {
        self.muon_a = muon_a;
        self
    }

    /// The second coefficient of the iterations (default -4.775).
    pub fn muon_b(mut self, muon_b: f64) -> Self {
        self.muon_b = muon_b;
        self
    }

    /// The third coefficient of the iterations (default 2.0315).
    pub fn muon_c(mut self, muon_c: f64) -> Self {
        self.muon_c = muon_c;
        self
    }

    /// The learning rate of Adam as a multiple of the learning rate of the optimizer, at least 0 (default 1).
    pub fn adam_lr_ratio(mut self, adam_lr_ratio: f64) -> Self {
        self.adam_lr_ratio = adam_lr_ratio;
        self
    }

    /// The decay factor of the accumulated gradient of a matrix, from 0 to 1 (default 0.95).
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.momentum = momentum;
        self
    }

    /// The number of iterations that make a matrix orthogonal (default 5).
    pub fn ns_steps(mut self, ns_steps: usize) -> Self {
        self.ns_steps = ns_steps;
        self
    }

    /// True to use Nesterov's momentum (default: true).
    pub fn nesterov(mut self, nesterov: bool) -> Self {
        self.nesterov = nesterov;
        self
    }

    /// The root mean square of a step for a learning rate of 1, at least 0 (default 0.2).
    pub fn rms_rate(mut self, rms_rate: f64) -> Self {
        self.rms_rate = Some(rms_rate);
        self
    }

    /// True if Adam updates this weight.
    fn uses_adam(&self, variable: &Variable) -> bool {
        // The search does not allocate memory, because this method is called in each step.
        let mut words = variable.path.as_bytes().windows(EMBEDDING.len());
        let is_embedding = self.exclude_embeddings && words.any(|word| word.eq_ignore_ascii_case(EMBEDDING));
        variable.shape.len() != 2 || is_embedding || self.exclude_layers.iter().any(|word| variable.path.contains(word))
    }

    fn adam<T: Scalar>(&self, step: Step<'_, T>) {
        let correction = (1.0 - power(self.adam_beta_2, step.number)).sqrt() / (1.0 - power(self.adam_beta_1, step.number));
        let rate = step.learning_rate * T::of(self.adam_lr_ratio * correction);
        let (rest_1, rest_2) = (T::of(1.0 - self.adam_beta_1), T::of(1.0 - self.adam_beta_2));
        let epsilon = T::of(self.epsilon);
        step.each(|w, g, [m, v]| {
            let (m, v) = (m + (g - m) * rest_1, v + (g * g - v) * rest_2);
            (w - rate * m / (v.sqrt() + epsilon), [m, v])
        });
    }

    /// Updates a matrix of `rows` and `columns` in Keras' order; the kernels see it transposed, as `columns` by `rows`.
    fn orthogonal<T: Scalar>(&self, step: Step<'_, T>, rows: usize, columns: usize) {
        let momentum = T::of(self.momentum);
        let [m] = step.slots.get();
        kernels::zip(m, step.gradient, |m, g| momentum * m + g);
        let (x, rest) = step.scratch.split_at_mut(m.len());
        let (next, rest) = rest.split_at_mut(m.len());
        x.copy_from_slice(m);
        if self.nesterov {
            kernels::zip(x, step.gradient, |m, g| g + momentum * m);
        }
        let norm = kernels::norm(x) + T::of(NORM_EPSILON);
        kernels::divide(x, norm);
        let mut iteration = NewtonSchulz::new(self, columns, rows, rest);
        let (mut x, mut next) = (x, next);
        for _ in 0..self.ns_steps {
            iteration.apply(x, next);
            std::mem::swap(&mut x, &mut next);
        }
        let size = self.rms_rate.map_or(1.0, |rate| rate * (rows.max(columns) as f64).sqrt());
        let rate = step.learning_rate * T::of(size);
        kernels::zip(step.weight, x, |w, x| w - rate * x);
    }
}

/// The word in the name of an embedding.
const EMBEDDING: &[u8] = b"embedding";

/// A small number that keeps the norm of a matrix above 0.
const NORM_EPSILON: f64 = 1e-7;

/// The iteration towards an orthogonal matrix: `X = (a + b A + c A A) X` with `A = X X^T`, or `X = X (a + b A + c A A)` with
/// `A = X^T X`; the smaller `A` is used.
struct NewtonSchulz<'a, T> {
    coefficients: [T; 3],
    /// True if `A = X X^T`, false if `A = X^T X`.
    from_left: bool,
    small: usize,
    a: &'a mut [T],
    square: &'a mut [T],
}

impl<'a, T: Scalar> NewtonSchulz<'a, T> {
    /// Makes the iteration for matrices of this size, stored column by column.
    fn new(muon: &Muon, rows: usize, columns: usize, scratch: &'a mut [T]) -> Self {
        let small = rows.min(columns);
        let (a, rest) = scratch.split_at_mut(small * small);
        let coefficients = [muon.muon_a, muon.muon_b, muon.muon_c].map(T::of);
        Self { coefficients, from_left: rows < columns, small, a, square: &mut rest[..small * small] }
    }

    fn apply(&mut self, x: &[T], next: &mut [T]) {
        let [a, b, c] = self.coefficients;
        let (small, large) = (self.small, x.len() / self.small);
        let sizes = |units, inputs, count| Sizes { units, inputs, count };
        if self.from_left {
            kernels::weight_gradient(self.a, x, x, sizes(small, small, large));
        } else {
            kernels::input_gradient(self.a, x, x, sizes(large, small, small));
        }
        kernels::forward(self.square, self.a, &[], self.a, sizes(small, small, small));
        kernels::zip(self.square, self.a, |square, single| b * single + c * square);
        self.square.iter_mut().step_by(small + 1).for_each(|diagonal| *diagonal += a);
        if self.from_left {
            kernels::forward(next, self.square, &[], x, sizes(small, small, large));
        } else {
            kernels::forward(next, x, &[], self.square, sizes(large, small, small));
        }
    }
}

impl Default for Muon {
    /// A learning rate of 0.001 and a weight decay of 0.004.
    fn default() -> Self {
        Self {
            settings: Settings::new(0.001).weight_decay(0.004),
            adam_beta_1: 0.9,
            adam_beta_2: 0.999,
            adam_weight_decay: Some(0.004),
            epsilon: crate::base::EPSILON,
            exclude_layers: Vec::new(),
            exclude_embeddings: true,
            muon_a: 3.4445,
            muon_b: -4.775,
            muon_c: 2.0315,
            adam_lr_ratio: 1.0,
            momentum: 0.95,
            ns_steps: 5,
            nesterov: true,
            rms_rate: Some(0.2),
        }
    }
}

impl Describe for Muon {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        let (finite, any) = (0.0..f64::INFINITY, f64::MIN..=f64::MAX);
        self.settings.arguments(arguments);
        arguments.number("adam_beta_1", &mut self.adam_beta_1, 0.0..1.0);
        arguments.number("adam_beta_2", &mut self.adam_beta_2, 0.0..1.0);
        arguments.optional_number("adam_weight_decay", &mut self.adam_weight_decay, finite.clone());
        arguments.number("epsilon", &mut self.epsilon, finite.clone());
        arguments.words("exclude_layers", &mut self.exclude_layers);
        arguments.flag("exclude_embeddings", &mut self.exclude_embeddings);
        arguments.number("muon_a", &mut self.muon_a, any.clone());
        arguments.number("muon_b", &mut self.muon_b, any.clone());
        arguments.number("muon_c", &mut self.muon_c, any);
        arguments.number("adam_lr_ratio", &mut self.adam_lr_ratio, finite.clone());
        arguments.number("momentum", &mut self.momentum, 0.0..=1.0);
        arguments.count("ns_steps", &mut self.ns_steps, 0..);
        arguments.flag("nesterov", &mut self.nesterov);
        arguments.optional_number("rms_rate", &mut self.rms_rate, finite);
    }
}

impl<T: Scalar> Optimizer<T> for Muon {
    crate::part::compiled!(Optimizer<T> for Muon);

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn slots(&self) -> Vec<Slot> {
        vec![Slot::new("momentum"), Slot::new("velocity")]
    }

    fn by_weight(&self) -> bool {
        true
    }

    fn scratch(&self, variable: &Variable) -> usize {
        match *variable.shape {
            [rows, columns] if !self.uses_adam(variable) => 2 * (rows * columns + rows.min(columns) * rows.min(columns)),
            _ => 0,
        }
    }

    fn weight_decay(&self, variable: &Variable) -> Option<f64> {
        if self.uses_adam(variable) { self.adam_weight_decay } else { self.settings.weight_decay }
    }

    /// Only Adam uses the velocity.
    fn uses_slot(&self, slot: usize, variable: &Variable) -> bool {
        slot == 0 || self.uses_adam(variable)
    }

    fn update(&self, step: Step<'_, T>) {
        match *step.variable.shape {
            [rows, columns] if !self.uses_adam(step.variable) => self.orthogonal(step, rows, columns),
            _ => self.adam(step),
        }
    }
}
