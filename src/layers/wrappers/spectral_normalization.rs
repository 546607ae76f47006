use crate::base::Error;
use crate::base::{EPSILON, Result, Shape};
use crate::initializers::TruncatedNormal;
use crate::kernels::{self, Scalar};
use crate::layers::{Backward, Forward, Infer, IntoEntry, Layer, LayerEntry, Param, Plan, WeightOptions};
use crate::part::{Arguments, Describe};

/// Keeps the spectral norm of a layer's kernel at 1: before each batch of training, it divides the kernel by an estimate
/// of the kernel's largest singular value. (Miyato et al., *Spectral Normalization for Generative Adversarial
/// Networks*, 2018; [Keras](https://keras.io/api/layers/normalization_layers/spectral_normalization/))
///
/// The estimate comes from `power_iterations` steps of `v = u W' / |u W'|`, `u = v W / |v W|`, `sigma = v W u'`, where `u`
/// is kept from batch to batch. As in Keras, the divided kernel replaces the kernel, also for prediction and saving.
///
/// The weights are those of the layer, and `vector_u`, of shape `1 x units`, which no optimizer updates. The kernel of a
/// frozen layer is not divided.
///
/// # Errors
///
/// Building the model fails if the layer has no weight named `kernel` or `embeddings`, or if it has state of its own.
///
/// ```
/// use layercake::layers::SpectralNormalization;
/// use layercake::prelude::*;
///
/// let mut model = Sequential::with_seed(1);
/// model.add(SpectralNormalization::new(Dense::new(3).activation(Tanh)).power_iterations(2));
/// model.compile("sgd", "mse", ())?;
/// model.fit(&dmatrix![1.0, 2.0; 3.0, 4.0], &dmatrix![1.0, 0.0, 0.0; 0.0, 1.0, 0.0], FitOptions::new())?;
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SpectralNormalization<T: Scalar> {
    layer: LayerEntry<T>,
    power_iterations: usize,
    /// The range of the kernel, set by `plan`.
    kernel: Kernel,
}

/// The range of a kernel in the parameters of its layer.
#[derive(Debug, Clone, Copy, Default)]
struct Kernel {
    first: usize,
    size: usize,
}

impl<T: Scalar> SpectralNormalization<T> {
    /// Creates a layer that normalizes the kernel of this layer.
    pub fn new<Marker>(layer: impl IntoEntry<T, Marker>) -> Self {
        Self { layer: layer.into_entry(), power_iterations: 1, kernel: Kernel::default() }
    }

    /// Returns whether a weight of this name is normalized.
    pub(crate) fn is_kernel(name: &str) -> bool {
        ["kernel", "embeddings"].contains(&name)
    }

    /// Returns the wrapped layer.
    #[cfg(feature = "keras")]
    pub(crate) fn wrapped(&self) -> &LayerEntry<T> {
        &self.layer
    }

    /// Sets the number of power iterations for each batch, at least 1 (default: 1).
    pub fn power_iterations(mut self, power_iterations: usize) -> Self {
        self.power_iterations = power_iterations;
        self
    }
}

impl<T: Scalar> Describe for SpectralNormalization<T> {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.layer("layer", &mut self.layer);
        arguments.count("power_iterations", &mut self.power_iterations, 1..);
    }
}

impl<T: Scalar> Layer<T> for SpectralNormalization<T> {
    crate::part::compiled!(Layer<T> for SpectralNormalization<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let plan = self.layer.layer.plan(inputs)?;
        let size = |param: &Param<T>| param.shape.iter().fold(1, |size: usize, &extent| size.saturating_mul(extent));
        let number = plan
            .params
            .iter()
            .position(|param| Self::is_kernel(param.name))
            .filter(|_| plan.state.is_empty() && plan.runs.is_none());
        let Some(number) = number else {
            let (found, allowed) = (self.layer.layer.name(), "a layer with a `kernel` or `embeddings` and without state");
            return Err(Error::argument("SpectralNormalization", "layer", found, allowed));
        };
        let units = plan.params[number].shape.last().copied().unwrap_or(1);
        let first = plan.params[..number].iter().map(size).fold(0, usize::saturating_add);
        let [per_sample, workspace] = plan.memory.workspace;
        let kernel = Kernel { first, size: size(&plan.params[number]) };
        let vector = Param::new("vector_u", [1, units], &WeightOptions::new(TruncatedNormal.stddev(0.02)))?;
        let plan = plan.state(vector).workspace(per_sample, workspace.max(units)).trainable(self.layer.trainable);
        Ok(plan.runs(Self { kernel, ..self.clone() }))
    }

    fn infer(&self, pass: Infer<'_, T>) {
        self.layer.layer.infer(Infer { state: &[], ..pass });
    }

    fn forward(&self, pass: Forward<'_, T>) {
        if pass.training && pass.trainable {
            let Kernel { first, size } = self.kernel;
            let next = &mut pass.workspace[..pass.state.len()];
            normalize(&mut pass.params[first..first + size], pass.state, next, self.power_iterations);
        }
        self.layer.layer.forward(Forward { state: &mut [], ..pass });
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        self.layer.layer.backward(pass);
    }
}

/// Updates `u`, an estimate of the kernel's first singular vector, and divides the kernel by its estimated norm.
///
/// A kernel of zeros is not changed.
fn normalize<T: Scalar>(kernel: &mut [T], u: &mut [T], next: &mut [T], iterations: usize) {
    if kernel.iter().all(|value| *value == T::zero()) {
        return;
    }
    let mut sigma = T::zero();
    for _ in 0..iterations {
        // v = u W' / |u W'| and v W are computed row by row of W, so that v is not stored.
        next.fill(T::zero());
        let mut square = T::zero();
        for row in kernel.chunks_exact(u.len()) {
            let v = dot(row, u);
            square += v * v;
            kernels::zip(next, row, |next, w| next + v * w);
        }
        let factor = inverse_norm(square);
        kernels::scale(next, factor);
        // u = v W / |v W|
        let factor = inverse_norm(dot(next, next));
        kernels::zip(u, next, |_, next| next * factor);
        sigma = dot(next, u);
    }
    kernels::divide(kernel, sigma);
}

fn dot<T: Scalar>(a: &[T], b: &[T]) -> T {
    a.iter().zip(b).map(|(&a, &b)| a * b).sum()
}

/// Returns `min(1 / |x|, 1e7)` from the square of the norm of `x`.
fn inverse_norm<T: Scalar>(square: T) -> T {
    let (inverse, most) = (T::one() / square.sqrt(), T::of(1.0 / EPSILON));
    if inverse > most { most } else { inverse }
}
