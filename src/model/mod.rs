//! The model: a stack of layers, and the doors to build, compile and predict.

mod callback;
mod fit;
mod options;
mod predict;
mod run;
mod summary;
mod view;
mod weights;

pub use callback::Callback;
pub(crate) use callback::compiled;
pub use options::{CancelToken, EvaluateOptions, FitOptions};
pub use predict::{PredictOptions, PredictScratch};
pub use run::Run;
pub use summary::Summary;
pub use view::LayerView;

/// Keras' default for the number of samples in a batch.
pub(crate) const DEFAULT_BATCH_SIZE: usize = 32;

use crate::base::Shape;
use crate::base::free_name;
use crate::base::snake_case;
use crate::base::{Error, Result, list};
use crate::base::{Rng, Stream, fresh_seed};
use crate::kernels::Scalar;
use crate::layers::{Addition, IntoLayer, LayerEntry};
use crate::losses::Loss;
use crate::metrics::{IntoMetrics, MetricChoice};
use crate::network::Network;
use crate::optimizers::{Optimizer, OptimizerState};
use crate::part::IntoPart;
use crate::training::{Compiled, Trained};
use nalgebra::DMatrix;

/// A stack of layers, with Keras' workflow: `add`, `compile`, `fit`, `evaluate`, `predict`.
/// [Keras](https://keras.io/guides/sequential_model/)
///
/// The number type `T`, `f32` or `f64`, is that of the data. Samples are rows wherever data go in or come out.
/// A model is `Send` and `Sync`, and `predict` takes `&self`: behind an `Arc`, one model serves every thread.
///
/// ```
/// use layercake::prelude::*;
///
/// let (x, y) = (dmatrix![0.0, 0.0; 0.0, 1.0; 1.0, 0.0; 1.0, 1.0], dmatrix![0.0; 1.0; 1.0; 1.0]);
/// let mut model = Sequential::with_seed(7);
/// model.add(Dense::new(1).activation(Sigmoid));
/// model.compile(Sgd::default().learning_rate(1.0), "binary_crossentropy", "accuracy")?;
/// model.fit(&x, &y, FitOptions::new().epochs(200))?;
/// assert_eq!(model.evaluate(&x, &y)?["accuracy"], 1.0);
/// assert!(model.predict(&dmatrix![1.0, 1.0])?[(0, 0)] > 0.9);
/// # Ok::<(), layercake::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sequential<T: Scalar> {
    pub(crate) entries: Vec<LayerEntry<T>>,
    input: Option<Shape>,
    pub(crate) network: Option<Network<T>>,
    pub(crate) compiled: Option<Compiled<T>>,
    /// Why an earlier `compile` no longer holds.
    pub(crate) uncompiled_because: &'static str,
    pub(crate) seed: u64,
    pub(crate) weights: Rng,
    pub(crate) shuffling: Rng,
    pub(crate) noise: Rng,
}

impl<T: Scalar> Sequential<T> {
    /// A model without layers, with a fresh seed: it starts from other weights each time.
    pub fn new() -> Self {
        Self::with_seed(fresh_seed())
    }

    /// A model whose initial weights, shuffling and dropout follow from this seed: the same bits each time, on one
    /// machine, in every release.
    pub fn with_seed(seed: u64) -> Self {
        Self {
            entries: Vec::new(),
            input: None,
            network: None,
            compiled: None,
            uncompiled_because: "",
            seed,
            weights: Rng::stream(seed, Stream::Weights),
            shuffling: Rng::stream(seed, Stream::Shuffling),
            noise: Rng::stream(seed, Stream::Noise),
        }
    }

    /// The seed of the model, to make the same one again.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Adds a layer behind the others, or says with an `Input` how wide the data are.
    ///
    /// Weights of layers that are there already are kept. What is wrong with a layer is reported by `build`, or by the
    /// first door that needs it built. A compiled model must be compiled again.
    pub fn add<Way>(&mut self, layer: impl IntoLayer<T, Way>) {
        match layer.into_layer() {
            Addition::Layer(mut entry) => {
                entry.name.get_or_insert_with(|| self.free_name(snake_case(entry.layer.name())));
                self.entries.push(entry);
                self.uncompile("; a layer was added since");
            }
            Addition::Input(shape) => {
                // a model that has no weights yet may change its mind; one that has is reported by the next door
                if self.network.as_ref().is_some_and(|network| network.depth() == 0) {
                    self.network = None;
                }
                self.input = Some(shape);
            }
        }
        if self.input.is_some() {
            // a layer that does not fit is reported by the first door that needs it
            let _ = self.ensure_built();
        }
    }

    /// Takes the last layer away; says whether there was one. A compiled model must be compiled again.
    pub fn pop(&mut self) -> bool {
        let popped = self.entries.pop().is_some();
        if let Some(network) = &mut self.network {
            network.truncate(self.entries.len());
        }
        self.uncompile("; a layer was removed since");
        popped
    }

    /// Settles all shapes for samples of this width or shape, and draws the initial weights.
    ///
    /// A model that begins with an `Input`, or that is fitted, needs no such call.
    ///
    /// # Errors
    ///
    /// No layers; an argument outside its range; a shape that a layer cannot take, or another than it was built for.
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
        let input = input.into();
        if let Some(known) = self.input_shape()
            && *known != input
        {
            let (part, allowed) = ("Sequential", format!("{known}, which the model has already"));
            return Err(Error::argument(part, "input shape", input, allowed));
        }
        let (was_known, was_built) = (self.input.replace(input), self.network.is_some());
        let built = self.ensure_built();
        if built.is_err() {
            self.input = was_known;
            if !was_built {
                self.unbuild();
            }
        }
        built
    }

    /// The shape of the samples that the model takes, once it is known.
    pub fn input_shape(&self) -> Option<&Shape> {
        self.network.as_ref().map(Network::input).or(self.input.as_ref())
    }

    /// Sets what training makes small, how, and what is measured on the way; the weights are kept.
    ///
    /// Each is given by value or by Keras' name: `compile(Adam::default(), "mse", ("mae", "mse"))`. What the optimizer
    /// remembered of an earlier training is forgotten.
    ///
    /// # Errors
    ///
    /// An unknown name (the closest is offered), or an argument outside its range: nothing has changed then.
    pub fn compile<O, L, M>(
        &mut self,
        optimizer: impl IntoPart<dyn Optimizer<T>, O>,
        loss: impl IntoPart<dyn Loss<T>, L>,
        metrics: impl IntoMetrics<T, M>,
    ) -> Result<()> {
        let (optimizer, loss, mut metrics) = (optimizer.into_part().get()?, loss.into_part().get()?, metrics.into_metrics());
        let optimizer = OptimizerState::new(optimizer)?;
        loss.check_arguments()?;
        loss.reduction().check_is_one_number(loss.name())?;
        metrics.iter().try_for_each(|metric| metric.check())?;
        // as in Keras the weighted ones come last, so that it is they that are renamed
        metrics.sort_by_key(MetricChoice::is_weighted);
        self.compiled = Some(Compiled { optimizer, loss, metrics });
        Ok(())
    }

    /// The learning rate of the next step, by number or by schedule; `None` if the model is not compiled.
    pub fn learning_rate(&self) -> Option<f64> {
        self.compiled.as_ref().map(|compiled| compiled.optimizer.learning_rate())
    }

    /// Sets the learning rate from the next step on, without forgetting what the optimizer remembers.
    ///
    /// # Errors
    ///
    /// Not compiled; a rate that is negative, NaN or infinite; an optimizer whose rate follows a schedule.
    pub fn set_learning_rate(&mut self, learning_rate: f64) -> Result<()> {
        self.check_compiled("set_learning_rate")?;
        self.compiled.as_mut().map_or(Ok(()), |compiled| compiled.optimizer.set_learning_rate(learning_rate))
    }

    /// How many steps the optimizer has taken since `compile`; batches whose gradients are gathered are one step.
    pub fn iterations(&self) -> u64 {
        self.compiled.as_ref().map_or(0, |compiled| compiled.optimizer.iterations())
    }

    /// The layers, in order.
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
        let built = |place| self.network.as_ref().filter(|network| place < network.depth()).map(|network| (network, place));
        self.entries.iter().enumerate().map(move |(place, entry)| LayerView { entry, built: built(place) })
    }

    /// The layer of this name.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchLayer`], with the names there are.
    pub fn get_layer(&self, name: &str) -> Result<LayerView<'_, T>> {
        match self.layers().find(|layer| layer.name() == name) {
            Some(layer) => Ok(layer),
            None => Err(self.no_such_layer(name)),
        }
    }

    /// Freezes a layer or thaws it; takes effect when the model is compiled again, which it must be.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchLayer`], with the names there are.
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
        let Some(place) = self.layers().position(|layer| layer.name() == name) else { return Err(self.no_such_layer(name)) };
        self.entries[place].trainable = trainable;
        if let Some(network) = &mut self.network
            && place < network.depth()
        {
            network.set_trainable(place, trainable);
        }
        self.uncompile("; a layer was frozen or thawed since");
        Ok(())
    }

    /// How many weights the model has; 0 before it is built.
    pub fn count_params(&self) -> usize {
        self.layers().map(|layer| layer.count_params()).sum()
    }

    /// A table of the layers, their output shapes and weights, as Keras prints it.
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
        Summary::new(self.layers())
    }

    /// This name, or with the first number behind it that makes it a new one.
    fn free_name(&self, name: String) -> String {
        free_name(name, |name| self.entries.iter().all(|entry| entry.name.as_ref() != Some(name)))
    }

    fn no_such_layer(&self, name: &str) -> Error {
        let layers: Vec<_> = self.layers().collect();
        Error::NoSuchLayer { name: name.to_string(), available: list(layers.iter().map(|layer| layer.name())) }
    }

    fn uncompile(&mut self, because: &'static str) {
        if self.compiled.take().is_some() {
            self.uncompiled_because = because;
        }
    }

    /// The network, if it has all the layers.
    pub(crate) fn built(&self, door: &'static str) -> Result<&Network<T>> {
        if self.entries.is_empty() {
            return Err(Error::NoLayers);
        }
        match &self.network {
            Some(network) if self.is_built() => Ok(network),
            _ if self.input.is_some() => Err(self.clone().ensure_built().err().unwrap_or(Error::NotBuilt { door })),
            _ => Err(Error::NotBuilt { door }),
        }
    }

    fn is_built(&self) -> bool {
        let fits = |network: &Network<T>| self.input.as_ref().is_none_or(|input| input == network.input());
        self.network.as_ref().is_some_and(|network| network.depth() == self.entries.len() && fits(network))
    }

    /// Builds the layers that are not built yet, for the input that is known.
    fn ensure_built(&mut self) -> Result<()> {
        let Some(input) = self.input_shape() else { return Err(Error::NotBuilt { door: "build" }) };
        if input.width() == 0 {
            return Err(Error::argument("Input", "shape", input, "at least one value in each sample"));
        }
        if self.entries.is_empty() {
            return Err(Error::NoLayers);
        }
        if let Some(wanted) = &self.input
            && wanted != input
        {
            return Err(Error::argument("Input", "shape", wanted, format!("{input}, for which the model has weights")));
        }
        let input = input.clone();
        let network = self.network.get_or_insert_with(|| Network::new(input));
        for entry in &self.entries[network.depth()..] {
            network.push(entry, Some(&mut self.weights))?;
        }
        Ok(())
    }

    /// Builds the model, for samples of this shape if it does not know its own.
    pub(crate) fn build_for(&mut self, input: &Shape) -> Result<()> {
        if self.input_shape().is_none() {
            self.network = Some(Network::new(input.clone()));
        }
        self.ensure_built()
    }

    /// Builds the model without drawing weights, for those of a file, which has so many values.
    #[cfg(feature = "keras")]
    pub(crate) fn build_blank(&mut self, input: Shape, size: usize) -> Result<()> {
        let network = self.network.insert(Network::new(input.clone()));
        network.reserve(size);
        self.entries.iter().try_for_each(|entry| network.push(entry, None))?;
        self.input = Some(input);
        Ok(())
    }

    /// Forgets the weights of a model that a refused call has built.
    pub(crate) fn unbuild(&mut self) {
        self.network = None;
        self.weights = Rng::stream(self.seed, Stream::Weights);
    }

    /// Fails for a matrix without values, or of another width than the model's, if that is known.
    pub(crate) fn check_shape(&self, what: &'static str, x: &DMatrix<T>) -> Result<()> {
        if x.is_empty() {
            return Err(Error::Empty { what });
        }
        self.check_width(what, x.nrows(), x.ncols())
    }

    pub(crate) fn check_width(&self, what: &'static str, rows: usize, columns: usize) -> Result<()> {
        let expected = self.input_shape().map_or(columns, Shape::width);
        if columns == expected {
            return Ok(());
        }
        let hint = if rows == expected {
            "it looks transposed: samples are rows, so pass `x.transpose()`"
        } else {
            "give it one column for each input, or build another model"
        };
        Err(Error::Width { what, rows, columns, expected, hint })
    }

    /// What a step of training moves, if the model is compiled and built.
    pub(crate) fn trained(&mut self, door: &'static str) -> Result<Trained<'_, T>> {
        self.check_compiled(door)?;
        match (&mut self.network, &mut self.compiled) {
            (Some(network), Some(compiled)) => Ok(Trained { network, optimizer: &mut compiled.optimizer, rng: &mut self.noise }),
            _ => Err(Error::NotBuilt { door }),
        }
    }

    pub(crate) fn check_compiled(&self, door: &'static str) -> Result<&Compiled<T>> {
        self.compiled.as_ref().ok_or(Error::NotCompiled { door, cause: self.uncompiled_because })
    }
}

impl<T: Scalar> Default for Sequential<T> {
    fn default() -> Self {
        Self::new()
    }
}
