//! What the user sets on a table model before it is trained, and the default network.

use super::{FeatureSpace, NetworkShape};
use crate::base::Result;
use crate::layers::Dense;
use crate::model::Sequential;
use crate::optimizers::Adam;
use std::fmt;
use std::sync::Arc;

/// A function that makes and compiles the network of one member.
pub(super) type MakeNetwork = Arc<dyn Fn(&NetworkShape) -> Result<Sequential<f32>> + Send + Sync>;

/// What is set on a table model before it is trained.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) target: String,
    pub(super) features: Option<FeatureSpace>,
    pub(super) network: MakeNetwork,
    pub(super) members: usize,
    pub(super) seed: Option<u64>,
}

impl Settings {
    pub(super) fn new(target: String) -> Self {
        Self { target, features: None, network: Arc::new(default_network), members: 10, seed: None }
    }
}

/// Two hidden layers of 64 units with ReLU, Adam with a learning rate of 0.001.
fn default_network(shape: &NetworkShape) -> Result<Sequential<f32>> {
    let mut model = Sequential::with_seed(shape.seed());
    model.add(Dense::new(64).activation("relu"));
    model.add(Dense::new(64).activation("relu"));
    model.add(shape.output_layer());
    model.compile(Adam::default(), shape.loss(), ())?;
    Ok(model)
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Settings");
        fields.field("target", &self.target).field("members", &self.members).field("seed", &self.seed).finish_non_exhaustive()
    }
}

/// The methods that both table models have for their settings.
macro_rules! settings {
    () => {
        /// Sets the features that are read (default: those of [`FeatureSpace::infer`](super::FeatureSpace::infer)).
        ///
        /// If the space has no feature, those of all columns that it does not leave out are inferred. Else columns without a
        /// feature are not read; call `infer` on the space to add them. A space that is adapted already is used as it is.
        pub fn features(mut self, features: FeatureSpace) -> Self {
            self.settings.features = Some(features);
            self
        }

        /// Sets the function that makes and compiles the network of one member, given its
        /// [`NetworkShape`](super::NetworkShape) (default: two layers of 64 units with ReLU, Adam).
        pub fn network(mut self, network: impl Fn(&NetworkShape) -> Result<Sequential<f32>> + Send + Sync + 'static) -> Self {
            self.settings.network = Arc::new(network);
            self
        }

        /// Sets the number of networks, at least 1 (default 10), whose answers are averaged.
        pub fn members(mut self, members: usize) -> Self {
            self.settings.members = members;
            self
        }

        /// Sets the seed of weights, shuffling and validation rows; the same seed gives the same bits (default: a new one).
        pub fn seed(mut self, seed: u64) -> Self {
            self.settings.seed = Some(seed);
            self
        }
    };
}
pub(super) use settings;
