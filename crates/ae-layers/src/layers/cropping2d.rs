//! Cuts off rows and columns at the edges of images, which [`super::zero_padding2d()`] added.

use super::images::{images, sides};
use crate::footprint::AxisMap;
use crate::keras::Keras;
use crate::onnx::{Input, Node, Order, integers};
use crate::words;
use crate::{ArchitectureError, BuildError, Layer, LayerSpec, Pass, Shapes, Site, Takes, Words};
use ae_autodiff::Var;
use ae_tensor::Shape;
use serde_json::json;

pub(super) const KEYWORD: &str = "cropping2d";

/// See [`cropping2d`].
#[derive(Clone, Copy, Debug)]
struct Cropping2d([[usize; 2]; 2]);

/// Cuts `[[top, bottom], [left, right]]` rows and columns off images.
#[must_use]
pub fn cropping2d(sides: [[usize; 2]; 2]) -> LayerSpec {
    LayerSpec::new(Cropping2d(sides))
}

/// `0 1 1 2`: top, bottom, left, right.
pub(super) fn read(words: &mut Words<'_>) -> Result<LayerSpec, ArchitectureError> {
    Ok(cropping2d(sides(words)?))
}

impl Layer for Cropping2d {
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
        let smaller = |extent: usize, [before, after]: [usize; 2]| {
            extent.checked_sub(before)?.checked_sub(after).filter(|&left| left > 0)
        };
        match smaller(h, self.0[0]).zip(smaller(w, self.0[1])) {
            Some((h, w)) => Ok(Shapes::of(Shape::new(&[h, w, channels]))),
            None => Err(BuildError::Cropped { layer: name.into(), sides: self.0, image: input }),
        }
    }

    fn forward(&self, pass: &mut Pass<'_, '_>, _site: &Site<'_>, x: Var) -> Var {
        pass.tape.cropping2d(x, self.0)
    }

    fn axis_map(&self, axis: usize) -> Option<AxisMap> {
        let [before, after] = self.0[axis];
        Some(AxisMap::Edges { before: -(before as i64), after: -(after as i64) })
    }

    fn keras(&self) -> Option<Keras> {
        Some(Keras::new("Cropping2D", json!({ "cropping": self.0 })))
    }

    fn onnx(&self, _input: Shape, output: Shape) -> Option<Vec<Node>> {
        let [top, left] = [self.0[0][0], self.0[1][0]];
        let [height, width] = [output.dims()[0], output.dims()[1]];
        let part = |name, values: [usize; 2]| Input::Integers { name, values: integers(&values) };
        let node = Node::new("Slice")
            .order(Order::ChannelsFirst)
            .input(part("from", [top, left]))
            .input(part("to", [top + height, left + width]))
            .input(part("axes", [2, 3]));
        Some(vec![node])
    }
}
