//! The basic layers: dense, embedding, activations and reshaping.

mod einsum;
mod lambda;

pub use lambda::Lambda;

use crate::layers::Layer;
use crate::part::parts;

parts! { Layer<T>;
    activation: #[outside_prelude] Activation;
    batch_ensemble_dense: #[outside_prelude] BatchEnsembleDense = BatchEnsembleDense::<T>::new(1);
    dense: Dense = Dense::<T>::new(1);
    einsum_dense: #[outside_prelude] EinsumDense = EinsumDense::<T>::new("ab,bc->ac", [Some(1)]);
    embedding: Embedding = Embedding::<T>::new(1, 1);
    global_average_pooling: #[outside_prelude] GlobalAveragePooling1D;
    identity: #[outside_prelude] Identity;
    periodic_embedding with PeriodicForm:
        #[outside_prelude] PeriodicEmbedding = PeriodicEmbedding::<T>::plr(1, 1);
    prelu: PRelu;
    rectifiers:
        #[outside_prelude] Elu, #[outside_prelude] LeakyRelu, #[outside_prelude] Relu;
    softmax: #[outside_prelude] Softmax;
    reshaping:
        Flatten, Permute = Permute::new([1]), RepeatVector = RepeatVector::new(1), Reshape = Reshape::new([-1]);
    waves: #[outside_prelude] Cos, #[outside_prelude] Sin;
}
