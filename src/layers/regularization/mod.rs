//! Layers that reduce overfitting: they add noise to their inputs in training, or a penalty on them to the loss.

use crate::layers::Layer;
use crate::part::parts;

parts! { Layer<T>;
    activity_regularization: ActivityRegularization;
    dropout: AlphaDropout = AlphaDropout::new(0.0), Dropout = Dropout::new(0.0);
    gaussian: GaussianDropout = GaussianDropout::new(0.0), GaussianNoise = GaussianNoise::new(0.0);
}
