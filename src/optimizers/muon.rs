use super::moments::power;
use super::settings::settings_arguments;
use super::{Optimizer, Settings, Slot, Step, Variable};
use crate::kernels::Scalar;
use crate::kernels::{self, Sizes};
use crate::part::{Arguments, Describe};

/// Steps of matrices made orthogonal, so that all their directions count alike; other weights go by
/// [`Adam`](super::Adam).
/// (Jordan et al., *Muon: An optimizer for hidden layers in neural networks*, 2024; Liu et al., *Muon is Scalable for LLM
/// Training*, 2025; [Keras](https://keras.io/api/optimizers/muon/))
///
/// Of a matrix `m = momentum m + g`, `X = g + momentum m` (or `X = m` without Nesterov's momentum), made orthogonal by
/// `ns_steps` Newton-Schulz iterations from `X / (norm(X) + 1e-7)`: `A = X X^T`, `X = a X + (b A + c A A) X`. Then
/// `w -= r rms_rate sqrt(max(rows, columns)) X`. A weight that is no matrix, an embedding, and a weight whose name has one
/// of the words of `exclude_layers` take a step of Adam with the rate `adam_lr_ratio r`, and decay by
/// `adam_weight_decay`. It is advised to exclude the last layer.
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

    /// How much of the mean gradient a step of Adam keeps, from 0 to below 1 (default 0.9).
    pub fn adam_beta_1(mut self, adam_beta_1: f64) -> Self {
        self.adam_beta_1 = adam_beta_1;
        self
    }

    /// How much of the mean squared gradient a step of Adam keeps, from 0 to below 1 (default 0.999).
    pub fn adam_beta_2(mut self, adam_beta_2: f64) -> Self {
        self.adam_beta_2 = adam_beta_2;
        self
    }

    /// The weight decay of the weights that go by Adam, at least 0 (default 0.004, as that of the others).
    pub fn adam_weight_decay(mut self, adam_weight_decay: f64) -> Self {
        self.adam_weight_decay = Some(adam_weight_decay);
        self
    }

    /// What keeps the divisor of Adam from 0, at least 0 (default 1e-7).
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    /// Words; a weight whose name, `layer/weight`, has one of them goes by Adam (default: none).
    pub fn exclude_layers<W: Into<String>>(mut self, exclude_layers: impl IntoIterator<Item = W>) -> Self {
        self.exclude_layers = exclude_layers.into_iter().map(W::into).collect();
        self
    }

    /// Whether a weight with "embedding" in its name goes by Adam (default: true).
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

    /// What the learning rate is multiplied by for Adam, at least 0 (default 1).
    pub fn adam_lr_ratio(mut self, adam_lr_ratio: f64) -> Self {
        self.adam_lr_ratio = adam_lr_ratio;
        self
    }

    /// How much of the gradients so far a matrix keeps, from 0 to 1 (default 0.95).
    pub fn momentum(mut self, momentum: f64) -> Self {
        self.momentum = momentum;
        self
    }

    /// How many iterations make a matrix orthogonal (default 5).
    pub fn ns_steps(mut self, ns_steps: usize) -> Self {
        self.ns_steps = ns_steps;
        self
    }

    /// Whether the step is taken from where momentum leads (default: true).
    pub fn nesterov(mut self, nesterov: bool) -> Self {
        self.nesterov = nesterov;
        self
    }

    /// How large the values of a step are for a learning rate of 1, above 0 (default 0.2).
    pub fn rms_rate(mut self, rms_rate: f64) -> Self {
        self.rms_rate = Some(rms_rate);
        self
    }

    /// Whether a weight goes by Adam.
    fn goes_by_adam(&self, variable: &Variable) -> bool {
        // a search that allocates nothing, as this is asked in each step
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

    /// A step of a matrix of `rows` and `columns` in Keras' order, for the products one of as many rows as here columns.
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
        let length = kernels::norm(x) + T::of(NORM_EPSILON);
        kernels::map(x, |x| x / length);
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

/// What the name of an embedding has in it.
const EMBEDDING: &[u8] = b"embedding";

/// What keeps the norm of a matrix from 0.
const NORM_EPSILON: f64 = 1e-7;

/// One iteration towards an orthogonal matrix: `X = (a + b A + c A A) X` with `A = X X^T`, or from the right with
/// `A = X^T X`, whichever is smaller.
struct NewtonSchulz<'a, T> {
    coefficients: [T; 3],
    /// Whether `A` has as many rows as `X`, and not as many as it has columns.
    from_left: bool,
    small: usize,
    a: &'a mut [T],
    square: &'a mut [T],
}

impl<'a, T: Scalar> NewtonSchulz<'a, T> {
    /// For matrices of so many rows and columns, column by column.
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
            [rows, columns] if !self.goes_by_adam(variable) => 2 * (rows * columns + rows.min(columns) * rows.min(columns)),
            _ => 0,
        }
    }

    fn weight_decay(&self, variable: &Variable) -> Option<f64> {
        if self.goes_by_adam(variable) { self.adam_weight_decay } else { self.settings.weight_decay }
    }

    /// Only Adam has a velocity.
    fn uses_slot(&self, slot: usize, variable: &Variable) -> bool {
        slot == 0 || self.goes_by_adam(variable)
    }

    fn update(&self, step: Step<'_, T>) {
        match *step.variable.shape {
            [rows, columns] if !self.goes_by_adam(step.variable) => self.orthogonal(step, rows, columns),
            _ => self.adam(step),
        }
    }
}
