//! Adapts the layers of a model that take numbers from data, such as `Normalization`, to the training rows.

use crate::base::Result;
use crate::kernels::Scalar;
use crate::layers::{Discretization, Layer, LayerEntry, Normalization, PiecewiseLinear};
use crate::model::Model;
use crate::part::{Arguments, Describe, NoParts};
use nalgebra::DMatrix;
use std::sync::Arc;

/// Returns the model with each `Normalization`, `Discretization` and `PiecewiseLinear` adapted that is neither adapted nor given its numbers.
///
/// A layer is adapted to what it reads: the data, or the outputs of the layers before it. A model that is built, or in which
/// every layer has its numbers, is returned unchanged. Layers inside stacks are not adapted.
pub(crate) fn adapt<T: Scalar>(model: Model<T>, x: &DMatrix<T>) -> Result<Model<T>> {
    let waiting = |entry: &LayerEntry<T>| kind(&*entry.layer).is_some();
    if model.is_whole() || !model.graph.groups().iter().any(|group| waiting(&group.entry)) {
        return Ok(model);
    }
    let mut adapted = Model::with_seed(model.seed);
    if let Some(input) = model.input_shape() {
        adapted.set_input(input.clone());
    }
    for group in model.graph.groups() {
        let mut entry = group.entry.clone();
        if let Some(kind) = kind(&*entry.layer) {
            let before = if adapted.graph.nodes().is_empty() { x.clone() } else { outputs(&adapted, x)? };
            if let Some(layer) = kind.adapt(&*entry.layer, &before)? {
                entry.layer = layer;
            }
        }
        let reads = &model.graph.nodes()[group.nodes.clone()].first().map_or(vec![0], |node| node.reads.clone());
        // A layer of stacks reads one value, which is what the first layer of its stacks reads.
        adapted.graph.push_reading(entry, reads.clone());
    }
    adapted.compiled = model.compiled;
    Ok(adapted)
}

/// Returns the outputs of the layers so far, with weights that are drawn for this call alone.
fn outputs<T: Scalar>(model: &Model<T>, x: &DMatrix<T>) -> Result<DMatrix<T>> {
    let mut before = model.clone();
    before.build(x.ncols())?;
    before.predict(x)
}

/// A layer that takes numbers from data.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Normalization,
    Discretization,
    PiecewiseLinear,
}

/// Returns the kind of a layer that can be adapted and cannot be built yet.
fn kind<T: Scalar>(layer: &dyn Layer<T>) -> Option<Kind> {
    match layer.name() {
        "Normalization" => Some(Kind::Normalization),
        "Discretization" => Some(Kind::Discretization),
        "PiecewiseLinear" => Some(Kind::PiecewiseLinear),
        _ => None,
    }
}

impl Kind {
    /// Returns the layer adapted to these data, or `None` if it has its numbers already.
    fn adapt<T: Scalar>(self, layer: &dyn Layer<T>, x: &DMatrix<T>) -> Result<Option<Arc<dyn Layer<T>>>> {
        if layer.plan(&[x.ncols().into()]).is_ok() {
            return Ok(None);
        }
        Ok(Some(match self {
            Self::Normalization => again::<T, Normalization>(layer)?.adapt(x)?.into_shared(),
            Self::Discretization => again::<T, Discretization>(layer)?.adapt(x)?.into_shared(),
            Self::PiecewiseLinear => again::<T, PiecewiseLinear>(layer)?.adapt(x)?.into_shared(),
        }))
    }
}

/// Returns the same layer as its own type, made from its description.
fn again<T: Scalar, L: Default + Describe>(layer: &dyn Layer<T>) -> Result<L> {
    let mut own = L::default();
    Arguments::read(&mut own, &layer.spec(), &NoParts)?;
    Ok(own)
}
