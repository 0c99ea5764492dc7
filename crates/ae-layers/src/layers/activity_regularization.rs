//! A penalty on a code's magnitudes, which makes it sparse.

use super::images::check_penalty;
use crate::footprint::AxisMap;
use crate::keras::{Keras, decimal};
use crate::onnx::Node;
use crate::{ArchitectureError, BuildError, Layer, LayerSpec, Pass, Shapes, Site, Takes, Words};
use ae_autodiff::Var;
use ae_tensor::Shape;
use serde_json::json;

pub(super) const KEYWORD: &str = "activity_regularization";

/// See [`activity_regularization`].
#[derive(Clone, Copy, Debug)]
struct ActivityRegularization {
    l1: f32,
}

/// Returns its input unchanged. In training it adds `l1` times the sum of the input's magnitudes,
/// averaged over the batch, to the loss, which drives most of a code's numbers to 0.
#[must_use]
pub fn activity_regularization(l1: f32) -> LayerSpec {
    LayerSpec::new(ActivityRegularization { l1 })
}

/// `0.0003`.
pub(super) fn read(words: &mut Words<'_>) -> Result<LayerSpec, ArchitectureError> {
    Ok(activity_regularization(words.weight()?))
}

impl Layer for ActivityRegularization {
    fn keyword(&self) -> &str {
        KEYWORD
    }

    fn arguments(&self) -> String {
        self.l1.to_string()
    }

    fn takes(&self) -> Takes {
        Takes::Any
    }

    fn shapes(&self, name: &str, input: Shape) -> Result<Shapes, BuildError> {
        check_penalty(name, self.l1)?;
        Ok(Shapes::of(input))
    }

    fn forward(&self, pass: &mut Pass<'_, '_>, _site: &Site<'_>, x: Var) -> Var {
        pass.penalize(self.l1, |tape| tape.l1(x));
        x
    }

    fn penalizes(&self) -> bool {
        true
    }

    fn axis_map(&self, _axis: usize) -> Option<AxisMap> {
        Some(AxisMap::Pointwise)
    }

    fn keras(&self) -> Option<Keras> {
        Some(Keras::new("ActivityRegularization", json!({ "l1": decimal(self.l1) })))
    }

    fn onnx(&self, _input: Shape, _output: Shape) -> Option<Vec<Node>> {
        // It affects only the loss.
        Some(vec![])
    }
}
