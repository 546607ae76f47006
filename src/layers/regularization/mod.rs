//! Layers against overfitting: they disturb their inputs in training, or add a penalty for them.

use crate::layers::Layer;
use crate::part::parts;

parts! { Layer<T>;
    activity_regularization: ActivityRegularization;
    dropout: AlphaDropout = AlphaDropout::new(0.0), Dropout = Dropout::new(0.0);
    gaussian: GaussianDropout = GaussianDropout::new(0.0), GaussianNoise = GaussianNoise::new(0.0);
}
