//! Adds zeros around images, for layers that need sides of certain lengths.

use super::images::{checked, images, sides};
use crate::footprint::AxisMap;
use crate::keras::Keras;
use crate::onnx::{Input, Node, Order, integers};
use crate::words;
use crate::{ArchitectureError, BuildError, Layer, LayerSpec, Pass, Shapes, Site, Takes, Words};
use ae_autodiff::Var;
use ae_tensor::Shape;
use serde_json::json;

pub(super) const KEYWORD: &str = "zero_padding2d";

/// See [`zero_padding2d`].
#[derive(Clone, Copy, Debug)]
struct ZeroPadding2d([[usize; 2]; 2]);

/// Adds `[[top, bottom], [left, right]]` rows and columns of zeros to images.
#[must_use]
pub fn zero_padding2d(sides: [[usize; 2]; 2]) -> LayerSpec {
    LayerSpec::new(ZeroPadding2d(sides))
}

/// `0 1 1 2`: top, bottom, left, right.
pub(super) fn read(words: &mut Words<'_>) -> Result<LayerSpec, ArchitectureError> {
    Ok(zero_padding2d(sides(words)?))
}

impl Layer for ZeroPadding2d {
    fn keyword(&self) -> &str {
        KEYWORD
    }

    fn arguments(&self) -> String {
        words::sides(self.0)
    }

    fn takes(&self) -> Takes {
        Takes::Images
    }

    fn shapes(&self, name: &str, input: Shape) -> Result<Shapes, BuildError> {
        let ([h, w], channels) = images(name, input)?;
        let larger = |extent: usize, [before, after]: [usize; 2]| {
            extent.saturating_add(before).saturating_add(after)
        };
        let dims = [larger(h, self.0[0]), larger(w, self.0[1]), channels];
        Ok(Shapes::of(checked(name, input, &dims)?))
    }

    fn forward(&self, pass: &mut Pass<'_, '_>, _site: &Site<'_>, x: Var) -> Var {
        pass.tape.zero_padding2d(x, self.0)
    }

    fn axis_map(&self, axis: usize) -> Option<AxisMap> {
        let [before, after] = self.0[axis];
        Some(AxisMap::Edges { before: before as i64, after: after as i64 })
    }

    fn keras(&self) -> Option<Keras> {
        Some(Keras::new("ZeroPadding2D", json!({ "padding": self.0 })))
    }

    fn onnx(&self, _input: Shape, _output: Shape) -> Option<Vec<Node>> {
        // How many elements before each axis, then how many after.
        let [[top, bottom], [left, right]] = self.0;
        let values = integers(&[0, 0, top, left, 0, 0, bottom, right]);
        // The value is 0 and the mode "constant" if they are left out.
        let pads = Input::Integers { name: "pads", values };
        Some(vec![Node::new("Pad").order(Order::ChannelsFirst).input(pads)])
    }
}
