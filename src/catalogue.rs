//! Keras' names beside the crate's: what is here, under which name, and what is left out and why. Documentation only.
//!
//! Each kind has a table of what there is, with the strings that stand for a part wherever Keras takes one, and one of what
//! is left out. Names are Keras' in Rust's casing, `Sgd` for `SGD`; a search of these pages for Keras' spelling finds the part.
//! Strings may be written in any case and with or without underscores, and a class name is one too. A part that has no short
//! string takes arguments that have no defaults, as in Keras.
//!
//! Out of scope are images, sounds, texts and sequences, models that are not a stack of layers, and other machines than this
//! one's CPU. `from_config`, `get_config`, `serialize`, `deserialize` and `get` of every kind are the
//! [`Registry`](crate::saving::Registry) and [`Part::spec`](crate::saving::Part::spec); `custom_objects` are
//! [`Names::register`](crate::saving::Names::register). A seed is a number; `dtype` is the type parameter of the model.
//!
//! # Activations
//!
//! | Keras | here | strings |
//! |---|---|---|
//! | `celu` | [`Celu`](struct@crate::activations::Celu) | `"celu"` |
//! | `elu` | [`Elu`](struct@crate::activations::Elu) | `"elu"` |
//! | `exponential` | [`Exponential`](crate::activations::Exponential) | `"exponential"` |
//! | `gelu` | [`Gelu`](struct@crate::activations::Gelu) | `"gelu"` |
//! | `glu` | [`Glu`](crate::activations::Glu) | `"glu"` |
//! | `hard_shrink` | [`HardShrink`](struct@crate::activations::HardShrink) | `"hard_shrink"` |
//! | `hard_sigmoid` | [`HardSigmoid`](crate::activations::HardSigmoid) | `"hard_sigmoid"` |
//! | `hard_silu` | [`HardSilu`](crate::activations::HardSilu) | `"hard_silu"`, `"hard_swish"` |
//! | `hard_tanh` | [`HardTanh`](crate::activations::HardTanh) | `"hard_tanh"` |
//! | `leaky_relu` | [`LeakyRelu`](struct@crate::activations::LeakyRelu) | `"leaky_relu"` |
//! | `linear` | [`Linear`](crate::activations::Linear) | `"linear"` |
//! | `log_sigmoid` | [`LogSigmoid`](crate::activations::LogSigmoid) | `"log_sigmoid"` |
//! | `log_softmax` | [`LogSoftmax`](crate::activations::LogSoftmax) | `"log_softmax"` |
//! | `mish` | [`Mish`](crate::activations::Mish) | `"mish"` |
//! | `relu` | [`Relu`](struct@crate::activations::Relu) | `"relu"` |
//! | `relu6` | [`Relu6`](crate::activations::Relu6) | `"relu6"` |
//! | `selu` | [`Selu`](crate::activations::Selu) | `"selu"` |
//! | `sigmoid` | [`Sigmoid`](crate::activations::Sigmoid) | `"sigmoid"` |
//! | `silu` | [`Silu`](crate::activations::Silu) | `"silu"`, `"swish"` |
//! | `soft_shrink` | [`SoftShrink`](struct@crate::activations::SoftShrink) | `"soft_shrink"` |
//! | `softmax` | [`Softmax`](crate::activations::Softmax) | `"softmax"` |
//! | `softplus` | [`Softplus`](crate::activations::Softplus) | `"softplus"` |
//! | `softsign` | [`Softsign`](crate::activations::Softsign) | `"softsign"` |
//! | `sparse_plus` | [`SparsePlus`](crate::activations::SparsePlus) | `"sparse_plus"` |
//! | `sparse_sigmoid` | [`SparseSigmoid`](crate::activations::SparseSigmoid) | `"sparse_sigmoid"` |
//! | `sparsemax` | [`Sparsemax`](crate::activations::Sparsemax) | `"sparsemax"` |
//! | `squareplus` | [`Squareplus`](struct@crate::activations::Squareplus) | `"squareplus"` |
//! | `tanh` | [`Tanh`](crate::activations::Tanh) | `"tanh"` |
//! | `tanh_shrink` | [`TanhShrink`](crate::activations::TanhShrink) | `"tanh_shrink"` |
//! | `threshold` | [`Threshold`](crate::activations::Threshold) | `"threshold"` |
//!
//! Nothing is left out. `softmax`, `log_softmax`, `sparsemax` and `glu` run along the last axis.
//!
//! # Losses
//!
//! | Keras | here | strings |
//! |---|---|---|
//! | `MeanSquaredError` | [`MeanSquaredError`](crate::losses::MeanSquaredError) | `"mean_squared_error"`, `"mse"` |
//! | `MeanAbsoluteError` | [`MeanAbsoluteError`](crate::losses::MeanAbsoluteError) | `"mean_absolute_error"`, `"mae"` |
//! | `MeanAbsolutePercentageError` | [`MeanAbsolutePercentageError`](crate::losses::MeanAbsolutePercentageError) | `"mean_absolute_percentage_error"`, `"mape"` |
//! | `MeanSquaredLogarithmicError` | [`MeanSquaredLogarithmicError`](crate::losses::MeanSquaredLogarithmicError) | `"mean_squared_logarithmic_error"`, `"msle"` |
//! | `Huber` | [`Huber`](crate::losses::Huber) | `"huber"` |
//! | `LogCosh` | [`LogCosh`](crate::losses::LogCosh) | `"log_cosh"` |
//! | `Poisson` | [`Poisson`](crate::losses::Poisson) | `"poisson"` |
//! | `CosineSimilarity` | [`CosineSimilarity`](crate::losses::CosineSimilarity) | `"cosine_similarity"` |
//! | `Hinge` | [`Hinge`](crate::losses::Hinge) | `"hinge"` |
//! | `SquaredHinge` | [`SquaredHinge`](crate::losses::SquaredHinge) | `"squared_hinge"` |
//! | `CategoricalHinge` | [`CategoricalHinge`](crate::losses::CategoricalHinge) | `"categorical_hinge"` |
//! | `BinaryCrossentropy` | [`BinaryCrossentropy`](crate::losses::BinaryCrossentropy) | `"binary_crossentropy"`, `"bce"` |
//! | `BinaryFocalCrossentropy` | [`BinaryFocalCrossentropy`](crate::losses::BinaryFocalCrossentropy) | `"binary_focal_crossentropy"` |
//! | `CategoricalCrossentropy` | [`CategoricalCrossentropy`](crate::losses::CategoricalCrossentropy) | `"categorical_crossentropy"` |
//! | `CategoricalFocalCrossentropy` | [`CategoricalFocalCrossentropy`](crate::losses::CategoricalFocalCrossentropy) | `"categorical_focal_crossentropy"` |
//! | `SparseCategoricalCrossentropy` | [`SparseCategoricalCrossentropy`](crate::losses::SparseCategoricalCrossentropy) | `"sparse_categorical_crossentropy"` |
//! | `CategoricalGeneralizedCrossEntropy` | [`CategoricalGeneralizedCrossEntropy`](crate::losses::CategoricalGeneralizedCrossEntropy) | `"categorical_generalized_cross_entropy"` |
//! | `KLDivergence` | [`KLDivergence`](crate::losses::KLDivergence) | `"kl_divergence"`, `"kld"` |
//! | `Dice` | [`Dice`](crate::losses::Dice) | `"dice"` |
//! | `Tversky` | [`Tversky`](crate::losses::Tversky) | `"tversky"` |
//! | `Circle` | [`Circle`](crate::losses::Circle) | `"circle"` |
//! | `crossentropy` | whichever of the binary, sparse and categorical ones fits the shapes | `"crossentropy"`, `"ce"` |
//!
//! | left out | why |
//! |---|---|
//! | `CTC` | losses of sequences are out of scope |
//! | `LossFunctionWrapper` | replaced by [`pointwise`](crate::losses::pointwise) and the trait [`Loss`](crate::losses::Loss) |
//! | `Loss.dtype` | the number type is that of the model |
//!
//! The `reduction` of each is a [`Reduction`](crate::losses::Reduction).
//!
//! # Optimizers
//!
//! | Keras | here | strings |
//! |---|---|---|
//! | `Adadelta` | [`Adadelta`](crate::optimizers::Adadelta) | `"adadelta"` |
//! | `Adafactor` | [`Adafactor`](crate::optimizers::Adafactor) | `"adafactor"` |
//! | `Adagrad` | [`Adagrad`](crate::optimizers::Adagrad) | `"adagrad"` |
//! | `Adam` | [`Adam`](crate::optimizers::Adam) | `"adam"` |
//! | `AdamW` | [`AdamW`](crate::optimizers::AdamW) | `"adamw"` |
//! | `Adamax` | [`Adamax`](crate::optimizers::Adamax) | `"adamax"` |
//! | `Ftrl` | [`Ftrl`](crate::optimizers::Ftrl) | `"ftrl"` |
//! | `Lamb` | [`Lamb`](crate::optimizers::Lamb) | `"lamb"` |
//! | `Lion` | [`Lion`](crate::optimizers::Lion) | `"lion"` |
//! | `Muon` | [`Muon`](crate::optimizers::Muon) | `"muon"` |
//! | `Nadam` | [`Nadam`](crate::optimizers::Nadam) | `"nadam"` |
//! | `RMSprop` | [`RmsProp`](crate::optimizers::RmsProp) | `"rmsprop"` |
//! | `SGD` | [`Sgd`](crate::optimizers::Sgd) | `"sgd"` |
//! | `ScheduleFreeAdamW` | [`ScheduleFreeAdamW`](crate::optimizers::ScheduleFreeAdamW) | `"schedulefreeadamw"` |
//!
//! | left out | why |
//! |---|---|
//! | `LossScaleOptimizer` | for half precision, which a CPU gains nothing from; a fixed `loss_scale_factor` is there |
//! | `MultiOptimizer`, `OptimizerMap` | a model has one optimizer; [`set_trainable`](crate::Sequential::set_trainable) trains its layers in turn, and `Muon` has Adam for what is not a matrix |
//!
//! What all share (`weight_decay`, `clipnorm`, `clipvalue`, `global_clipnorm`, `use_ema`, `loss_scale_factor`,
//! `gradient_accumulation_steps`) is in [`Settings`](crate::optimizers::Settings). `apply` and `iterations` of an optimizer by
//! itself are those of a [`Minimizer`](crate::optimizers::Minimizer).
//!
//! # Schedules
//!
//! | Keras | here |
//! |---|---|
//! | `CosineDecay` | [`CosineDecay`](crate::optimizers::CosineDecay) |
//! | `CosineDecayRestarts` | [`CosineDecayRestarts`](crate::optimizers::CosineDecayRestarts) |
//! | `ExponentialDecay` | [`ExponentialDecay`](crate::optimizers::ExponentialDecay) |
//! | `InverseTimeDecay` | [`InverseTimeDecay`](crate::optimizers::InverseTimeDecay) |
//! | `PiecewiseConstantDecay` | [`PiecewiseConstantDecay`](crate::optimizers::PiecewiseConstantDecay) |
//! | `PolynomialDecay` | [`PolynomialDecay`](crate::optimizers::PolynomialDecay) |
//!
//! Nothing is left out; `LearningRateSchedule` is the trait [`Schedule`](crate::optimizers::Schedule).
//!
//! # Metrics
//!
//! | Keras | here | strings |
//! |---|---|---|
//! | `Accuracy` | [`Accuracy`](crate::metrics::Accuracy) |  |
//! | `BinaryAccuracy` | [`BinaryAccuracy`](crate::metrics::BinaryAccuracy) | `"binary_accuracy"` |
//! | `CategoricalAccuracy` | [`CategoricalAccuracy`](crate::metrics::CategoricalAccuracy) | `"categorical_accuracy"` |
//! | `SparseCategoricalAccuracy` | [`SparseCategoricalAccuracy`](crate::metrics::SparseCategoricalAccuracy) | `"sparse_categorical_accuracy"` |
//! | `TopKCategoricalAccuracy` | [`TopKCategoricalAccuracy`](crate::metrics::TopKCategoricalAccuracy) | `"top_k_categorical_accuracy"` |
//! | `SparseTopKCategoricalAccuracy` | [`SparseTopKCategoricalAccuracy`](crate::metrics::SparseTopKCategoricalAccuracy) | `"sparse_top_k_categorical_accuracy"` |
//! | `TruePositives` | [`TruePositives`](crate::metrics::TruePositives) | `"true_positives"` |
//! | `TrueNegatives` | [`TrueNegatives`](crate::metrics::TrueNegatives) | `"true_negatives"` |
//! | `FalsePositives` | [`FalsePositives`](crate::metrics::FalsePositives) | `"false_positives"` |
//! | `FalseNegatives` | [`FalseNegatives`](crate::metrics::FalseNegatives) | `"false_negatives"` |
//! | `Precision` | [`Precision`](crate::metrics::Precision) | `"precision"` |
//! | `Recall` | [`Recall`](crate::metrics::Recall) | `"recall"` |
//! | `SensitivityAtSpecificity` | [`SensitivityAtSpecificity`](crate::metrics::SensitivityAtSpecificity) |  |
//! | `SpecificityAtSensitivity` | [`SpecificityAtSensitivity`](crate::metrics::SpecificityAtSensitivity) |  |
//! | `PrecisionAtRecall` | [`PrecisionAtRecall`](crate::metrics::PrecisionAtRecall) |  |
//! | `RecallAtPrecision` | [`RecallAtPrecision`](crate::metrics::RecallAtPrecision) |  |
//! | `AUC` | [`Auc`](crate::metrics::Auc) | `"auc"` |
//! | `FBetaScore` | [`FBetaScore`](crate::metrics::FBetaScore) | `"f_beta_score"` |
//! | `F1Score` | [`F1Score`](crate::metrics::F1Score) | `"f1_score"` |
//! | `MeanSquaredError` | [`MeanSquaredError`](crate::metrics::MeanSquaredError) | `"mean_squared_error"`, `"mse"` |
//! | `RootMeanSquaredError` | [`RootMeanSquaredError`](crate::metrics::RootMeanSquaredError) | `"root_mean_squared_error"` |
//! | `MeanAbsoluteError` | [`MeanAbsoluteError`](crate::metrics::MeanAbsoluteError) | `"mean_absolute_error"`, `"mae"` |
//! | `MeanAbsolutePercentageError` | [`MeanAbsolutePercentageError`](crate::metrics::MeanAbsolutePercentageError) | `"mean_absolute_percentage_error"`, `"mape"` |
//! | `MeanSquaredLogarithmicError` | [`MeanSquaredLogarithmicError`](crate::metrics::MeanSquaredLogarithmicError) | `"mean_squared_logarithmic_error"`, `"msle"` |
//! | `CosineSimilarity` | [`CosineSimilarity`](crate::metrics::CosineSimilarity) | `"cosine_similarity"` |
//! | `LogCoshError` | [`LogCoshError`](crate::metrics::LogCoshError) | `"log_cosh_error"` |
//! | `R2Score` | [`R2Score`](crate::metrics::R2Score) | `"r2_score"` |
//! | `PearsonCorrelation` | [`PearsonCorrelation`](crate::metrics::PearsonCorrelation) | `"pearson_correlation"` |
//! | `ConcordanceCorrelation` | [`ConcordanceCorrelation`](crate::metrics::ConcordanceCorrelation) | `"concordance_correlation"` |
//! | `BinaryCrossentropy` | [`BinaryCrossentropy`](crate::metrics::BinaryCrossentropy) | `"binary_crossentropy"`, `"bce"` |
//! | `CategoricalCrossentropy` | [`CategoricalCrossentropy`](crate::metrics::CategoricalCrossentropy) | `"categorical_crossentropy"` |
//! | `SparseCategoricalCrossentropy` | [`SparseCategoricalCrossentropy`](crate::metrics::SparseCategoricalCrossentropy) | `"sparse_categorical_crossentropy"` |
//! | `KLDivergence` | [`KLDivergence`](crate::metrics::KLDivergence) | `"kl_divergence"` |
//! | `Poisson` | [`Poisson`](crate::metrics::Poisson) | `"poisson"` |
//! | `Hinge` | [`Hinge`](crate::metrics::Hinge) | `"hinge"` |
//! | `SquaredHinge` | [`SquaredHinge`](crate::metrics::SquaredHinge) | `"squared_hinge"` |
//! | `CategoricalHinge` | [`CategoricalHinge`](crate::metrics::CategoricalHinge) | `"categorical_hinge"` |
//! | `IoU` | [`IoU`](crate::metrics::IoU) |  |
//! | `BinaryIoU` | [`BinaryIoU`](crate::metrics::BinaryIoU) | `"binary_io_u"` |
//! | `MeanIoU` | [`MeanIoU`](crate::metrics::MeanIoU) |  |
//! | `OneHotIoU` | [`OneHotIoU`](crate::metrics::OneHotIoU) |  |
//! | `OneHotMeanIoU` | [`OneHotMeanIoU`](crate::metrics::OneHotMeanIoU) |  |
//! | `Mean` | [`Mean`](crate::metrics::Mean) | `"mean"` |
//! | `Sum` | [`Sum`](crate::metrics::Sum) | `"sum"` |
//! | `crossentropy` | whichever of the binary, sparse and categorical ones fits the shapes | `"crossentropy"`, `"ce"` |
//!
//! The strings `"accuracy"` and `"acc"` stand for the binary, the sparse or the categorical accuracy, by the shapes; the class
//! `Accuracy`, of equal numbers, is given by value.
//!
//! | left out | why |
//! |---|---|
//! | `MeanMetricWrapper` | replaced by [`metric_fn`](crate::metrics::metric_fn) |
//! | `Metric` | the trait [`Metric`](crate::metrics::Metric); one used without a model is a [`Meter`](crate::metrics::Meter) |
//!
//! `weighted_metrics` are those in [`weighted`](crate::metrics::weighted()), a `name` is given with
//! [`named`](crate::metrics::named()).
//!
//! # Initializers
//!
//! | Keras | here | strings |
//! |---|---|---|
//! | `Constant` | [`Constant`](crate::initializers::Constant) | `"constant"` |
//! | `GlorotNormal` | [`GlorotNormal`](struct@crate::initializers::GlorotNormal) | `"glorot_normal"` |
//! | `GlorotUniform` | [`GlorotUniform`](struct@crate::initializers::GlorotUniform) | `"glorot_uniform"` |
//! | `HeNormal` | [`HeNormal`](struct@crate::initializers::HeNormal) | `"he_normal"` |
//! | `HeUniform` | [`HeUniform`](struct@crate::initializers::HeUniform) | `"he_uniform"` |
//! | `Identity` | [`Identity`](struct@crate::initializers::Identity) | `"identity"`, `"IdentityInitializer"` |
//! | `LecunNormal` | [`LecunNormal`](struct@crate::initializers::LecunNormal) | `"lecun_normal"` |
//! | `LecunUniform` | [`LecunUniform`](struct@crate::initializers::LecunUniform) | `"lecun_uniform"` |
//! | `Ones` | [`Ones`](crate::initializers::Ones) | `"ones"`, `"one"` |
//! | `Orthogonal` | [`Orthogonal`](struct@crate::initializers::Orthogonal) | `"orthogonal"`, `"OrthogonalInitializer"` |
//! | `RandomNormal` | [`RandomNormal`](struct@crate::initializers::RandomNormal) | `"random_normal"`, `"normal"` |
//! | `RandomUniform` | [`RandomUniform`](struct@crate::initializers::RandomUniform) | `"random_uniform"`, `"uniform"` |
//! | `TruncatedNormal` | [`TruncatedNormal`](struct@crate::initializers::TruncatedNormal) | `"truncated_normal"` |
//! | `VarianceScaling` | [`VarianceScaling`](crate::initializers::VarianceScaling) | `"variance_scaling"` |
//! | `Zeros` | [`Zeros`](crate::initializers::Zeros) | `"zeros"`, `"zero"` |
//!
//! | left out | why |
//! |---|---|
//! | `STFT`, `STFTInitializer` | for layers of sound, which are out of scope |
//!
//! # Regularizers
//!
//! | Keras | here | strings |
//! |---|---|---|
//! | `L1` | [`L1`](crate::regularizers::L1) | `"l1"` |
//! | `L1L2` | [`L1L2`](crate::regularizers::L1L2) | `"l1_l2"`, `"l1l2"` |
//! | `L2` | [`L2`](crate::regularizers::L2) | `"l2"` |
//! | `OrthogonalRegularizer` | [`OrthogonalRegularizer`](crate::regularizers::OrthogonalRegularizer) | `"orthogonal_regularizer"` |
//!
//! Nothing is left out.
//!
//! # Constraints
//!
//! | Keras | here | strings |
//! |---|---|---|
//! | `MaxNorm` | [`MaxNorm`](crate::constraints::MaxNorm) | `"max_norm"` |
//! | `MinMaxNorm` | [`MinMaxNorm`](crate::constraints::MinMaxNorm) | `"min_max_norm"` |
//! | `NonNeg` | [`NonNeg`](crate::constraints::NonNeg) | `"non_neg"` |
//! | `UnitNorm` | [`UnitNorm`](crate::constraints::UnitNorm) | `"unit_norm"` |
//!
//! Nothing is left out.
//!
//! # Layers
//!
//! | Keras | here |
//! |---|---|
//! | `Input` | [`Input`](crate::layers::Input) |
//! | `Dense` | [`Dense`](crate::layers::Dense) |
//! | `Activation` | [`Activation`](crate::layers::Activation) |
//! | `ReLU` | [`Relu`](crate::layers::Relu) |
//! | `LeakyReLU` | [`LeakyRelu`](crate::layers::LeakyRelu) |
//! | `PReLU` | [`PRelu`](crate::layers::PRelu) |
//! | `ELU` | [`Elu`](crate::layers::Elu) |
//! | `Softmax` | [`Softmax`](crate::layers::Softmax) |
//! | `Identity` | [`Identity`](crate::layers::Identity) |
//! | `Dropout` | [`Dropout`](crate::layers::Dropout) |
//! | `AlphaDropout` | [`AlphaDropout`](crate::layers::AlphaDropout) |
//! | `GaussianDropout` | [`GaussianDropout`](crate::layers::GaussianDropout) |
//! | `GaussianNoise` | [`GaussianNoise`](crate::layers::GaussianNoise) |
//! | `ActivityRegularization` | [`ActivityRegularization`](crate::layers::ActivityRegularization) |
//! | `BatchNormalization` | [`BatchNormalization`](crate::layers::BatchNormalization) |
//! | `LayerNormalization` | [`LayerNormalization`](crate::layers::LayerNormalization) |
//! | `GroupNormalization` | [`GroupNormalization`](crate::layers::GroupNormalization) |
//! | `RMSNormalization` | [`RmsNormalization`](crate::layers::RmsNormalization) |
//! | `UnitNormalization` | [`UnitNormalization`](crate::layers::UnitNormalization) |
//! | `Flatten` | [`Flatten`](crate::layers::Flatten) |
//! | `Reshape` | [`Reshape`](crate::layers::Reshape) |
//! | `Permute` | [`Permute`](crate::layers::Permute) |
//! | `RepeatVector` | [`RepeatVector`](crate::layers::RepeatVector) |
//! | `Add` | [`Add`](crate::layers::Add) |
//! | `Subtract` | [`Subtract`](crate::layers::Subtract) |
//! | `Multiply` | [`Multiply`](crate::layers::Multiply) |
//! | `Average` | [`Average`](crate::layers::Average) |
//! | `Maximum` | [`Maximum`](crate::layers::Maximum) |
//! | `Minimum` | [`Minimum`](crate::layers::Minimum) |
//! | `Concatenate` | [`Concatenate`](crate::layers::Concatenate) |
//! | `Residual` | [`Residual`](crate::layers::Residual) |
//! | `Lambda` | [`Lambda`](crate::layers::Lambda) |
//! | `SpectralNormalization` | [`SpectralNormalization`](crate::layers::SpectralNormalization) |
//! | `Rescaling` | [`Rescaling`](crate::layers::Rescaling) |
//! | `Normalization` | [`Normalization`](crate::layers::Normalization) |
//! | `Discretization` | [`Discretization`](crate::layers::Discretization) |
//! | `CategoryEncoding` | [`CategoryEncoding`](crate::layers::CategoryEncoding) |
//! | `Embedding` | [`Embedding`](crate::layers::Embedding) |
//!
//! `Add` and its like hold the branches that they join, for a `Sequential` is one line of layers; `Residual`, which Keras has no
//! name for, adds a stack of layers to its input.
//!
//! | left out | why |
//! |---|---|
//! | `InputLayer` | replaced by [`Input`](crate::layers::Input) |
//! | `Wrapper` | a layer of one's own holds another as a field, see the trait [`Layer`](crate::layers::Layer) |
//! | `EinsumDense` | for samples with several axes, where a `Dense` along the last is what models on tables need |
//! | `Dot` | joins two inputs, and a `Sequential` has one |
//! | `Masking` | for sequences, which are out of scope |
//! | `Hashing`, `HashedCrossing`, `IntegerLookup`, `StringLookup` | text and categories become numbers in a table: [`Table::one_hot`](crate::data::Table::one_hot), [`Table::labels`](crate::data::Table::labels) |
//! | `FeatureSpace` | replaced by the steps of [`data`](crate::data), column by column |
//! | `Pipeline` | a `Sequential` is one, layers of preprocessing in front |
//! | `TextVectorization` | texts are out of scope |
//! | `ReversibleEmbedding` | for models of language, which are out of scope |
//! | `Attention`, `AdditiveAttention`, `MultiHeadAttention`, `GroupedQueryAttention` | for sequences, which are out of scope |
//! | `SpatialDropout1D`, `SpatialDropout2D`, `SpatialDropout3D` | for images and sequences, which are out of scope |
//! | `noise_shape` | of `Dropout`, to drop whole axes of samples that have several |
//! | `Conv*`, `*Pooling*`, `RNN`, `LSTM`, `GRU`, `UpSampling*`, `Cropping*`, `ZeroPadding*` | for images, sounds and sequences, which are out of scope |
//! | `lora_rank`, `lora_alpha`, `quantization_config` | for adapting large models that others have trained |
//! | `renorm`, `renorm_clipping`, `renorm_momentum`, `synchronized` | of `BatchNormalization`, for very small batches and for several machines |
//!
//! # Callbacks
//!
//! | Keras | here |
//! |---|---|
//! | `EarlyStopping` | [`EarlyStopping`](crate::callbacks::EarlyStopping) |
//! | `TerminateOnNaN` | [`TerminateOnNan`](crate::callbacks::TerminateOnNan) |
//! | `ProgbarLogger` | `ProgbarLogger`, with the feature `progress` |
//! | `LambdaCallback` | closures: [`on_train_begin`](crate::callbacks::on_train_begin()), [`on_train_end`](crate::callbacks::on_train_end()), [`on_epoch_begin`](crate::callbacks::on_epoch_begin()), [`on_epoch_end`](crate::callbacks::on_epoch_end()), [`on_batch_end`](crate::callbacks::on_batch_end()) |
//! | `ModelCheckpoint` | `ModelCheckpoint` |
//! | `BackupAndRestore` | `BackupAndRestore` |
//! | `ReduceLROnPlateau` | `ReduceLrOnPlateau` |
//! | `LearningRateScheduler` | `LearningRateScheduler` |
//! | `CSVLogger` | `CsvLogger` |
//! | `SwapEMAWeights` | `SwapEmaWeights` |
//!
//! | left out | why |
//! |---|---|
//! | `Callback` | the trait [`Callback`](crate::callbacks::Callback), with what it may see and do in [`Run`](crate::callbacks::Run) |
//! | `History` | what [`fit`](crate::Sequential::fit) returns: [`History`](crate::History) |
//! | `CallbackList` | [`FitOptions::callback`](crate::FitOptions::callback), as often as wanted |
//! | `TensorBoard`, `RemoteMonitor`, `OrbaxCheckpoint` | other programs' formats and networks; a closure on `on_epoch_end` sends or writes the numbers |
//! | `on_test_*`, `on_predict_*`, `on_train_batch_begin` | hooks that nothing here needs: evaluation and prediction are calls of one's own |
//!
//! `verbose` is not an argument: a `ProgbarLogger` or a closure shows what is wanted, and nothing is printed without one.
//!
//! # Models
//!
//! | Keras | here |
//! |---|---|
//! | `Sequential.add`, `pop`, `build` | [`add`](crate::Sequential::add), [`pop`](crate::Sequential::pop), [`build`](crate::Sequential::build) |
//! | `layers`, `get_layer`, `summary`, `count_params` | [`layers`](crate::Sequential::layers), [`get_layer`](crate::Sequential::get_layer), [`summary`](crate::Sequential::summary), [`count_params`](crate::Sequential::count_params) |
//! | `layer.trainable` | [`set_trainable`](crate::Sequential::set_trainable) |
//! | `get_weights`, `set_weights` | [`get_weights`](crate::Sequential::get_weights), [`set_weights`](crate::Sequential::set_weights) |
//! | `compile(optimizer, loss, metrics, weighted_metrics)` | [`compile`](crate::Sequential::compile), metrics in [`weighted`](crate::metrics::weighted()) |
//! | `fit` | [`fit`](crate::Sequential::fit) with [`FitOptions`](crate::FitOptions) |
//! | `batch_size`, `epochs`, `initial_epoch`, `shuffle` | [`batch_size`](crate::FitOptions::batch_size), [`epochs`](crate::FitOptions::epochs), [`initial_epoch`](crate::FitOptions::initial_epoch), [`shuffle`](crate::FitOptions::shuffle) |
//! | `validation_split`, `validation_data` | [`validation_split`](crate::FitOptions::validation_split), [`validation_data`](crate::FitOptions::validation_data), [`validation_sample_weight`](crate::FitOptions::validation_sample_weight) |
//! | `validation_freq`, `validation_batch_size` | [`validation_freq`](crate::FitOptions::validation_freq), [`validation_batch_size`](crate::FitOptions::validation_batch_size) |
//! | `class_weight`, `sample_weight`, `callbacks` | [`class_weight`](crate::FitOptions::class_weight), [`sample_weight`](crate::FitOptions::sample_weight), [`callback`](crate::FitOptions::callback) |
//! | `evaluate` | [`evaluate`](crate::Sequential::evaluate), [`evaluate_with`](crate::Sequential::evaluate_with) |
//! | `predict` | [`predict`](crate::Sequential::predict), [`predict_with`](crate::Sequential::predict_with), [`predict_into`](crate::Sequential::predict_into) |
//! | `train_on_batch`, `test_on_batch`, `predict_on_batch` | [`train_on_batch`](crate::Sequential::train_on_batch), [`test_on_batch`](crate::Sequential::test_on_batch), [`predict_on_batch`](crate::Sequential::predict_on_batch) |
//! | `save`, `load_model`, `save_weights`, `load_weights`, `to_json` | `save`, `load`, `save_weights`, `load_weights`, `to_json` |
//! | `clone_model` | `clone()`, which has the weights too |
//! | `utils.set_random_seed` | [`with_seed`](crate::Sequential::with_seed) |
//! | `utils.to_categorical` | [`one_hot`](crate::data::one_hot) |
//! | `utils.split_dataset` | [`train_test_split`](crate::data::train_test_split) |
//! | `utils.normalize` | [`UnitNormalization`](crate::layers::UnitNormalization) |
//! | `utils.Progbar` | `ProgbarLogger` |
//!
//! Beyond Keras: a [`CancelToken`](crate::CancelToken), a [`time_budget`](crate::FitOptions::time_budget), `class_weight` and
//! `sample_weight` together, gradient checks in [`check`](crate::check).
//!
//! | left out | why |
//! |---|---|
//! | `loss_weights` | of several outputs, and a `Sequential` has one |
//! | `steps_per_epoch`, `validation_steps`, `steps` | of endless data; the data here are matrices |
//! | `run_eagerly`, `jit_compile`, `steps_per_execution`, `auto_scale_loss` | of Keras' backends; there is nothing to compile or to scale here |
//! | `return_dict` | results are always found by name, in [`Logs`](crate::Logs) |
//! | `export`, `max_shard_size`, `skip_mismatch` | other programs' formats and models of many gigabytes |
//! | `line_length`, `positions`, `print_fn`, `expand_nested`, `show_trainable`, `layer_range` | a summary is a value to print, whole, wherever wanted |
//! | `plot_model` | draws boxes with another program; [`summary`](crate::Sequential::summary) is a table |
//! | `SKLearnClassifier`, `SKLearnRegressor`, `SKLearnTransformer` | scikit-learn is Python's |
//! | `boston_housing`, `california_housing`, `mnist`, `fashion_mnist`, `cifar10`, `cifar100`, `imdb`, `reuters` | data are read from files of the user's, see [`data`](crate::data); nothing is downloaded |
