//! The basic layers: dense, embedding, activations and reshaping.

mod lambda;

pub use lambda::Lambda;

use crate::layers::Layer;
use crate::part::parts;

parts! { Layer<T>;
    activation: #[outside_prelude] Activation;
    dense: Dense = Dense::<T>::new(1);
    embedding: Embedding = Embedding::<T>::new(1, 1);
    identity: #[outside_prelude] Identity;
    prelu: PRelu;
    rectifiers:
        #[outside_prelude] Elu, #[outside_prelude] LeakyRelu, #[outside_prelude] Relu;
    softmax: #[outside_prelude] Softmax;
    reshaping:
        Flatten, Permute = Permute::new([1]), RepeatVector = RepeatVector::new(1), Reshape = Reshape::new([-1]);
}
