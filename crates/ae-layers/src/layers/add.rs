//! The end of a shortcut connection: adds what [`super::shortcut()`] has kept.

use crate::footprint::AxisMap;
use crate::keras::Keras;
use crate::onnx::{Input, Node};
use crate::{
    ArchitectureError, BuildError, Layer, LayerSpec, Pass, Route, Shapes, Site, Takes, Words,
};
use ae_autodiff::Var;
use ae_tensor::Shape;
use serde_json::json;

pub(super) const KEYWORD: &str = "add";

/// See [`add`].
#[derive(Clone, Copy, Debug)]
struct Add;

/// Adds the input of the last [`super::shortcut()`] that has no sum yet: `y = x + f(x)`, where `f`
/// are the layers between the two. Both must have the same shape.
#[must_use]
pub fn add() -> LayerSpec {
    LayerSpec::new(Add)
}

/// Reads no arguments.
pub(super) fn read(_words: &mut Words<'_>) -> Result<LayerSpec, ArchitectureError> {
    Ok(add())
}

impl Layer for Add {
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

    fn forward(&self, pass: &mut Pass<'_, '_>, site: &Site<'_>, x: Var) -> Var {
        let kept = pass.kept(site.name);
        pass.tape.add(kept, x)
    }

    fn route(&self) -> Route {
        Route::ShortcutEnds
    }

    fn axis_map(&self, _axis: usize) -> Option<AxisMap> {
        Some(AxisMap::ShortcutEnds)
    }

    fn keras(&self) -> Option<Keras> {
        Some(Keras::new("Add", json!({})))
    }

    fn onnx(&self, _input: Shape, _output: Shape) -> Option<Vec<Node>> {
        Some(vec![Node::new("Add").input(Input::Kept)])
    }
}
