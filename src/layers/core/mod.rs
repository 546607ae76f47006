//! The layers that most models are made of.

mod activation;
mod dense;
mod embedding;
mod identity;
mod lambda;
mod prelu;
mod rectifiers;
mod reshaping;

pub use activation::Activation;
pub use dense::Dense;
pub use embedding::Embedding;
pub use identity::Identity;
pub use lambda::Lambda;
pub use prelu::PRelu;
pub use rectifiers::{Elu, LeakyRelu, Relu, Softmax};
pub use reshaping::{Flatten, Permute, RepeatVector, Reshape};
