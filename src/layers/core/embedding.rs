use crate::base::Result;
use crate::base::Shape;
use crate::initializers::RandomUniform;
use crate::kernels::Scalar;
use crate::layers::preprocessing::class_of;
use crate::layers::{Backward, Infer, Layer, Param, Plan, WeightOptions, factor_arguments, weight_setters};
use crate::part::{Arguments, Choice, Describe, IntoPart};
use crate::regularizers::Regularizer;

/// A trainable vector for each class: each class number `0..input_dim` is replaced by `output_dim` values.
/// [Keras](https://keras.io/api/layers/core_layers/embedding/)
///
/// The weight is `embeddings`, of shape `input_dim x output_dim`. Samples of shape `[n]` become `[n, output_dim]`; add a
/// `Flatten` after the layer to get a single axis. The layer must be the first, or follow layers whose outputs are classes.
/// Class numbers are given as values of the model's number type.
///
/// # Errors
///
/// Building the model fails if the layer follows one whose outputs are not classes. `fit`, `evaluate` and `predict` fail
/// if a number in the data is not a whole number from 0 to below `input_dim`.
///
/// ```
/// use layercake::layers::Embedding;
/// use layercake::prelude::*;
///
/// let mut model = Sequential::new();
/// model.add(Embedding::new(3, 2));
/// model.build(1)?;
/// model.set_weights(&[dmatrix![0.0, 0.1; 1.0, 1.1; 2.0, 2.1]])?;
/// assert_eq!(model.predict(&dmatrix![2.0; 0.0])?, dmatrix![2.0, 2.1; 0.0, 0.1]);
/// let refused = model.predict(&dmatrix![2.0; 3.0]).unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "layer `embedding` cannot take 3, at row 1, column 0 of x (counted from 0): it takes whole numbers from 0 to 2"
/// );
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Embedding<T: Scalar> {
    input_dim: usize,
    output_dim: usize,
    embeddings: WeightOptions<T>,
    activity_regularizer: Option<Choice<dyn Regularizer<T>>>,
}

impl<T: Scalar> Embedding<T> {
    /// Creates a layer for this number of classes with vectors of this length, both at least 1.
    pub fn new(input_dim: usize, output_dim: usize) -> Self {
        Self { input_dim, output_dim, embeddings: WeightOptions::new(RandomUniform), activity_regularizer: None }
    }

    weight_setters!(
        embeddings: "vectors", "RandomUniform", embeddings_initializer, embeddings_regularizer, embeddings_constraint,
        embeddings_learning_rate_factor, embeddings_weight_decay_factor
    );

    /// Sets the penalty on the outputs, divided by the number of samples and added to the loss (default: none).
    pub fn activity_regularizer<Marker>(mut self, regularizer: impl IntoPart<dyn Regularizer<T>, Marker>) -> Self {
        self.activity_regularizer = Some(regularizer.into_part());
        self
    }

    /// Returns the range of a class's vector in `embeddings`.
    fn range(&self, class: usize) -> std::ops::Range<usize> {
        class * self.output_dim..(class + 1) * self.output_dim
    }
}

impl<T: Scalar> Describe for Embedding<T> {
    fn arguments(&mut self, arguments: &mut Arguments<'_>) {
        arguments.count("input_dim", &mut self.input_dim, 1..);
        arguments.count("output_dim", &mut self.output_dim, 1..);
        arguments.part("embeddings_initializer", &mut self.embeddings.initializer);
        arguments.optional_part("embeddings_regularizer", &mut self.embeddings.regularizer);
        arguments.optional_part("embeddings_constraint", &mut self.embeddings.constraint);
        arguments.optional_part("activity_regularizer", &mut self.activity_regularizer);
        let factors = ["embeddings_learning_rate_factor", "embeddings_weight_decay_factor"];
        factor_arguments(arguments, factors, &mut self.embeddings);
    }
}

impl<T: Scalar> Layer<T> for Embedding<T> {
    crate::part::compiled!(Layer<T> for Embedding<T>);

    fn plan(&self, inputs: &[Shape]) -> Result<Plan<T>> {
        let embeddings = Param::new("embeddings", [self.input_dim, self.output_dim], &self.embeddings)?;
        let output = [inputs[0].dims(), &[self.output_dim]].concat();
        let plan = Plan::new(output).takes_classes(self.input_dim).param(embeddings);
        plan.activity_regularizer(&self.activity_regularizer)
    }

    fn infer(&self, mut pass: Infer<'_, T>) {
        for (&x, y) in pass.inputs[0].values().iter().zip(pass.output.values().chunks_exact_mut(self.output_dim)) {
            match class_of(x) {
                Some(class) => y.copy_from_slice(&pass.params[self.range(class)]),
                None => y.fill(x),
            }
        }
    }

    fn backward(&self, pass: &mut Backward<'_, T>) {
        let (x, dy) = (pass.inputs[0].values(), pass.output_gradient.values());
        let gradient = pass.weights.gradient(0);
        gradient.fill(T::zero());
        for (&x, dy) in x.iter().zip(dy.chunks_exact(self.output_dim)) {
            if let Some(class) = class_of(x) {
                gradient[self.range(class)].iter_mut().zip(dy).for_each(|(gradient, &dy)| *gradient += dy);
            }
        }
        // A class number is not a continuous value, so its gradient is 0.
        pass.input_gradients.write(0, |mut dx| dx.values().fill(T::zero()));
    }
}
