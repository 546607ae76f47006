//! The model: its public methods, its options, and the types that build and describe it.

mod build;
mod callback;
mod fit;
mod functional;
mod options;
mod predict;
mod redrawn;
mod run;
mod sequential;
mod summary;
mod view;
mod watched;
mod weights;

pub use callback::Callback;
pub(crate) use callback::compiled_callback;
pub use functional::Functional;
pub use options::{EvaluateOptions, FitOptions};
pub use predict::{PredictOptions, PredictScratch};
pub use run::Run;
pub use sequential::Sequential;
pub use summary::Summary;
pub use view::LayerView;

use crate::base::{Error, Result, Rng, Shape, Stream, closest};
use crate::graph::{Graph, Group};
use crate::kernels::Scalar;
use crate::losses::{IntoLosses, Losses};
use crate::metrics::{IntoMetrics, MetricChoice};
use crate::network::Network;
use crate::optimizers::{Optimizer, OptimizerState};
use crate::part::{IntoPart, compiled};
use crate::training::{Compiled, Trained};
use std::borrow::Cow;
use std::sync::Arc;

/// Keras' default for the number of samples in a batch.
pub(crate) const DEFAULT_BATCH_SIZE: usize = 32;

/// The name of the only input of a model whose inputs have no names.
pub(crate) const DATA: &str = "input_layer";

/// A model of layers, with Keras' workflow: `compile`, `fit`, `evaluate`, `predict`.
/// [Keras](https://keras.io/api/models/model/)
///
/// Use [`Sequential`] to create a model and to add layers; it has all methods of `Model`.
///
/// The number type `T` is `f32` or `f64`, the same for the model and the data. In all matrices of data, each row is a sample.
/// A model is `Send` and `Sync`, and `predict` takes `&self`, so several threads can share one model in an `Arc`.
#[derive(Debug, Clone)]
pub struct Model<T: Scalar> {
    pub(crate) graph: Graph<T>,
    input: Option<Shape>,
    pub(crate) network: Option<Network<T>>,
    pub(crate) compiled: Option<Compiled<T>>,
    /// Why the last `compile` is no longer valid or could not be read from a file; empty if the model was never compiled.
    pub(crate) uncompiled_because: Cow<'static, str>,
    /// Why the state of the optimizer could not be read from a file.
    pub(crate) fresh_because: Option<String>,
    pub(crate) seed: u64,
    pub(crate) weights: Rng,
    pub(crate) shuffling: Rng,
    pub(crate) noise: Rng,
}

impl<T: Scalar> Model<T> {
    pub(crate) fn with_seed(seed: u64) -> Self {
        Self {
            graph: Graph::new(),
            input: None,
            network: None,
            compiled: None,
            uncompiled_because: Cow::Borrowed(""),
            fresh_because: None,
            seed,
            weights: Rng::stream(seed, Stream::Weights),
            shuffling: Rng::stream(seed, Stream::Shuffling),
            noise: Rng::stream(seed, Stream::Noise),
        }
    }

    /// Returns the seed of the model, with which [`Sequential::with_seed`] draws the same random numbers again.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Builds the model for samples of this width or shape: computes all shapes and draws the initial weights.
    ///
    /// This call is not needed if the model starts with an `Input`, or before `fit`, which builds the model itself.
    ///
    /// # Errors
    ///
    /// It fails if the model has no layers, if an argument of a layer is out of range, if a layer cannot take its input shape,
    /// or if the model already has another input shape.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut model = Sequential::<f32>::with_seed(1);
    /// model.add(Dense::new(2));
    /// model.build(3)?;
    /// assert_eq!(model.get_weights()[0].shape(), (3, 2));
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn build(&mut self, input: impl Into<Shape>) -> Result<()> {
        compiled!(fn(model: &mut Model<T>, input: Shape) -> Result<()> { model.build_with(input) })(self, input.into())
    }

    fn build_with(&mut self, input: Shape) -> Result<()> {
        if let Some(known) = self.input_shape()
            && *known != input
        {
            let (part, allowed) = ("Sequential", format!("{known}, which the model has already"));
            return Err(Error::argument(part, "input shape", input, allowed));
        }
        let (was_known, was_built) = (self.input.replace(input), self.network.is_some());
        let built = self.ensure_built(None);
        if built.is_err() {
            self.input = was_known;
            if !was_built {
                self.unbuild();
            }
        }
        built
    }

    /// Returns the shape of the samples that the model takes; `None` if it is not known yet.
    pub fn input_shape(&self) -> Option<&Shape> {
        self.network.as_ref().map(Network::input).or(self.input.as_ref())
    }

    /// Returns the name and the shape of each input; empty if the shape is not known yet.
    ///
    /// The input of a [`Sequential`] has the name `input_layer`, which it also has in files.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let (numbers, town) = (Node::input("numbers", 6), Node::input("town", 1));
    /// let both = Concatenate::new().of([&numbers, &town]);
    /// let model = Functional::<f32>::with_seed(1, [&numbers, &town], &both.then(Dense::new(2).name("answer")))?;
    /// assert_eq!(model.inputs(), [("numbers".to_string(), 6.into()), ("town".to_string(), 1.into())]);
    /// assert_eq!(model.outputs(), [("answer".to_string(), 2.into())]);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn inputs(&self) -> Vec<(String, Shape)> {
        match self.graph.inputs() {
            [] => self.input_shape().map(|shape| (DATA.to_string(), shape.clone())).into_iter().collect(),
            inputs => inputs.iter().map(|input| (input.name.clone(), input.shape.clone())).collect(),
        }
    }

    /// Returns the name and the shape of each output; empty before the model is built.
    ///
    /// The name is that of the layer that computes the output.
    pub fn outputs(&self) -> Vec<(String, Shape)> {
        let Some(network) = self.network.as_ref().filter(|_| self.is_whole()) else { return Vec::new() };
        let shape = |output: usize| network.shape_of_output(output).clone();
        network.output_names().iter().enumerate().map(|(output, name)| (name.clone(), shape(output))).collect()
    }

    /// Sets the optimizer, the loss and the metrics of the training.
    /// [Keras](https://keras.io/api/models/model_training_apis/)
    ///
    /// Each is a value or Keras' name: `compile(Adam::default(), "mse", ("mae", "mse"))`; `()` stands for no metrics. A model with
    /// several outputs takes one loss for all of them or a tuple with one for each, see [`Losses`], and metrics
    /// [`of_output`](crate::metrics::of_output). The model keeps its weights, and the optimizer starts with a new state.
    ///
    /// # Errors
    ///
    /// It fails if a name is unknown (the error suggests the closest one), or if an argument is out of range; the model is then
    /// unchanged.
    pub fn compile<O, L, M>(
        &mut self,
        optimizer: impl IntoPart<dyn Optimizer<T>, O>,
        loss: impl IntoLosses<T, L>,
        metrics: impl IntoMetrics<T, M>,
    ) -> Result<()> {
        let optimizer = optimizer.into_part().get()?;
        compiled!(
            fn(
                model: &mut Model<T>,
                optimizer: Arc<dyn Optimizer<T>>,
                losses: Losses<T>,
                metrics: Vec<MetricChoice<T>>
            ) -> Result<()> { model.compile_with(optimizer, losses, metrics) }
        )(self, optimizer, loss.into_losses(), metrics.into_metrics())
    }

    fn compile_with(&mut self, optimizer: Arc<dyn Optimizer<T>>, losses: Losses<T>, metrics: Vec<MetricChoice<T>>) -> Result<()> {
        let losses = losses.checked()?;
        let optimizer = OptimizerState::new(optimizer)?;
        metrics.iter().try_for_each(|metric| metric.check())?;
        // as in Keras, weighted metrics come last, so that of two metrics with the same name the weighted one is renamed
        let (weighted, mut metrics): (Vec<_>, Vec<_>) = metrics.into_iter().partition(MetricChoice::is_weighted);
        metrics.extend(weighted);
        self.compiled = Some(Compiled { optimizer, losses, metrics });
        (self.uncompiled_because, self.fresh_because) = (Cow::Borrowed(""), None);
        Ok(())
    }

    /// Returns the reason why a model that was compiled no longer is; `None` if it is compiled, or never was.
    ///
    /// The reason is that the model was changed, or that the file it was loaded from has compile settings that this crate does
    /// not know, for example a custom loss. `fit` fails with the same text. Such a model can still predict; call `compile`
    /// before training it.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let json = r#"{"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense", "config": {"units": 1}}]},
    ///     "compile_config": {"optimizer": "adam", "loss": "my_loss"}}"#;
    /// let mut model = Sequential::<f64>::from_json(json)?;
    /// assert!(model.why_uncompiled().unwrap().contains("there is no loss named `my_loss`"));
    /// model.compile("adam", "mse", ())?;
    /// assert_eq!(model.why_uncompiled(), None);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn why_uncompiled(&self) -> Option<&str> {
        Some(&*self.uncompiled_because).filter(|cause| self.compiled.is_none() && !cause.is_empty())
    }

    /// Returns the reason why the optimizer of a loaded model has a new state, because its saved state could not be read.
    ///
    /// Returns `None` if the saved state was read, and after the next `compile`.
    pub fn why_fresh_optimizer(&self) -> Option<&str> {
        self.fresh_because.as_deref().filter(|_| self.compiled.is_some())
    }

    /// Returns the learning rate of the next step, also if a schedule determines it; `None` if the model is not compiled.
    pub fn learning_rate(&self) -> Option<f64> {
        self.compiled.as_ref().map(|compiled| compiled.optimizer.learning_rate())
    }

    /// Sets the learning rate from the next step on; the optimizer keeps its state.
    ///
    /// # Errors
    ///
    /// It fails if the model is not compiled, if the rate is negative, NaN or infinite, or if a schedule determines the rate.
    pub fn set_learning_rate(&mut self, learning_rate: f64) -> Result<()> {
        self.check_compiled("set_learning_rate")?;
        self.compiled.as_mut().map_or(Ok(()), |compiled| compiled.optimizer.set_learning_rate(learning_rate))
    }

    /// Returns the number of steps of the optimizer since `compile`; batches whose gradients are accumulated count as one step.
    pub fn iterations(&self) -> u64 {
        self.compiled.as_ref().map_or(0, |compiled| compiled.optimizer.iterations())
    }

    /// Returns the layers in the order in which they were added.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut model = Sequential::<f64>::with_seed(1);
    /// model.add(Input::new(2));
    /// model.add(Dense::new(4));
    /// model.add(Dense::new(1));
    /// let names: Vec<_> = model.layers().map(|layer| layer.name().to_string()).collect();
    /// assert_eq!(names, ["dense", "dense_1"]);
    /// ```
    pub fn layers(&self) -> impl Iterator<Item = LayerView<'_, T>> {
        let built = |group: &Group<T>| self.network.as_ref().filter(|network| group.nodes.end <= network.nodes().len());
        self.graph.groups().iter().map(move |group| LayerView { group, graph: &self.graph, built: built(group) })
    }

    /// Returns the layer with this name.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchLayer`] if no layer has this name; it lists the closest names.
    pub fn get_layer(&self, name: &str) -> Result<LayerView<'_, T>> {
        match self.layers().find(|layer| layer.name() == name) {
            Some(layer) => Ok(layer),
            None => Err(self.no_such_layer(name)),
        }
    }

    /// Sets whether training updates the weights of a layer; a compiled model must be compiled again.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchLayer`] if no layer has this name; it lists the closest names.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut model = Sequential::<f64>::with_seed(1);
    /// model.add(Input::new(2));
    /// model.add(Dense::new(4));
    /// model.add(Dense::new(1));
    /// model.set_trainable("dense", false)?;
    /// assert_eq!(model.summary().trainable_params(), 5);
    /// # Ok::<(), layercake::Error>(())
    /// ```
    pub fn set_trainable(&mut self, name: &str, trainable: bool) -> Result<()> {
        let Some(group) = self.layers().position(|layer| layer.name() == name) else { return Err(self.no_such_layer(name)) };
        self.graph.set_trainable(group, trainable);
        let nodes = self.graph.groups()[group].nodes.clone();
        if let Some(network) = &mut self.network
            && nodes.end <= network.nodes().len()
        {
            network.set_trainable(nodes, trainable);
        }
        self.uncompile("a layer was frozen or thawed since");
        Ok(())
    }

    /// Returns the number of values in all weights of the model; 0 before it is built.
    pub fn count_params(&self) -> usize {
        self.layers().map(|layer| layer.count_params()).sum()
    }

    /// Returns a table of the layers with their output shapes and numbers of weights, which prints as in Keras.
    ///
    /// ```
    /// use layercake::prelude::*;
    ///
    /// let mut model = Sequential::<f64>::with_seed(1);
    /// model.add(Input::new(64));
    /// model.add(Dense::new(10).activation(Softmax));
    /// println!("{}", model.summary());
    /// # assert!(model.summary().to_string().contains("Total params: 650"));
    /// ```
    pub fn summary(&self) -> Summary {
        compiled!(fn(model: &Model<T>) -> Summary { Summary::new(model) })(self)
    }

    fn no_such_layer(&self, name: &str) -> Error {
        let layers: Vec<_> = self.layers().collect();
        let available = closest(name, &mut layers.iter().map(|layer| layer.name()));
        Error::NoSuchLayer { name: name.to_string(), available }
    }

    fn uncompile(&mut self, because: &'static str) {
        if self.compiled.take().is_some() {
            self.uncompiled_because = because.into();
        }
    }

    /// Returns whether training updates the weights of a node: neither it nor a layer that contains it is frozen.
    pub(crate) fn is_trainable(&self, node: usize) -> bool {
        let group = self.graph.groups().iter().find(|group| group.nodes.contains(&node));
        self.graph.nodes()[node].trainable && group.is_none_or(|group| group.entry.trainable)
    }

    /// Returns the parts of the model that a step of training works on; it fails if the model is not compiled and built.
    pub(crate) fn trained(&mut self, method: &'static str) -> Result<Trained<'_, T>> {
        self.check_compiled(method)?;
        match (&mut self.network, &mut self.compiled) {
            (Some(network), Some(compiled)) => Ok(Trained { network, optimizer: &mut compiled.optimizer, rng: &mut self.noise }),
            _ => Err(Error::NotBuilt { method }),
        }
    }

    pub(crate) fn check_compiled(&self, method: &'static str) -> Result<&Compiled<T>> {
        self.compiled.as_ref().ok_or_else(|| Error::NotCompiled { method, cause: self.uncompiled_because.to_string() })
    }
}
