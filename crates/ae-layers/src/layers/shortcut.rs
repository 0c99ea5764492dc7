//! The beginning of a shortcut connection, past the layers up to [`super::add()`].

use crate::footprint::AxisMap;
use crate::keras::Keras;
use crate::onnx::Node;
use crate::{
    ArchitectureError, BuildError, Layer, LayerSpec, Pass, Route, Shapes, Site, Takes, Words,
};
use ae_autodiff::Var;
use ae_tensor::Shape;
use serde_json::json;

pub(super) const KEYWORD: &str = "shortcut";

/// See [`shortcut`].
#[derive(Clone, Copy, Debug)]
struct Shortcut;

/// Returns its input unchanged and keeps it for the [`super::add()`] that belongs to it. The layers
/// between the two are a residual block, `y = x + f(x)` (K. He et al., "Deep residual learning for
/// image recognition", CVPR 2016, equation 1). Blocks can be nested.
#[must_use]
pub fn shortcut() -> LayerSpec {
    LayerSpec::new(Shortcut)
}

/// Reads no arguments.
pub(super) fn read(_words: &mut Words<'_>) -> Result<LayerSpec, ArchitectureError> {
    Ok(shortcut())
}

impl Layer for Shortcut {
    fn keyword(&self) -> &str {
        KEYWORD
    }

    fn arguments(&self) -> String {
        String::new()
    }

    fn takes(&self) -> Takes {
        Takes::Any
    }

    fn shapes(&self, _name: &str, input: Shape) -> Result<Shapes, BuildError> {
        Ok(Shapes::of(input))
    }

    fn forward(&self, pass: &mut Pass<'_, '_>, _site: &Site<'_>, x: Var) -> Var {
        pass.keep(x);
        x
    }

    fn route(&self) -> Route {
        Route::ShortcutBegins
    }

    fn axis_map(&self, _axis: usize) -> Option<AxisMap> {
        Some(AxisMap::ShortcutBegins)
    }

    fn keras(&self) -> Option<Keras> {
        Some(Keras::new("Identity", json!({})))
    }

    fn onnx(&self, _input: Shape, _output: Shape) -> Option<Vec<Node>> {
        // The value is only remembered, until the sum names it.
        Some(vec![])
    }
}
