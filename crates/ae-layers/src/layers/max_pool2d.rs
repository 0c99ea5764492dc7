//! The largest value in each window, channel by channel.

use super::images::{axis_map, checked, images, place};
use crate::footprint::AxisMap;
use crate::keras::Keras;
use crate::onnx::{self, Node, Order};
use crate::words;
use crate::{ArchitectureError, BuildError, Layer, LayerSpec, Pass, Shapes, Site, Takes, Words};
use ae_autodiff::Var;
use ae_tensor::{Shape, Window};
use serde_json::json;

pub(super) const KEYWORD: &str = "max_pooling2d";

/// See [`max_pool2d`].
#[derive(Clone, Copy, Debug)]
pub(super) struct MaxPool2d(pub(super) Window);

/// The largest value in each window, channel by channel. To halve the images as Keras's
/// `MaxPooling2D` does: `Window::same([2, 2]).with_stride([2, 2])`.
#[must_use]
pub fn max_pool2d(window: Window) -> LayerSpec {
    LayerSpec::new(MaxPool2d(window))
}

/// `2x2 stride 2x2 same`; the default stride is the window's size.
pub(super) fn read(words: &mut Words<'_>) -> Result<LayerSpec, ArchitectureError> {
    Ok(max_pool2d(words.window(|size| size)?))
}

impl Layer for MaxPool2d {
    fn keyword(&self) -> &str {
        KEYWORD
    }

    fn arguments(&self) -> String {
        words::window(self.0)
    }

    fn takes(&self) -> Takes {
        Takes::Images
    }

    fn shapes(&self, name: &str, input: Shape) -> Result<Shapes, BuildError> {
        let (image, channels) = images(name, input)?;
        let [h, w] = place(name, self.0, image, input)?;
        Ok(Shapes::of(checked(name, input, &[h, w, channels])?))
    }

    fn forward(&self, pass: &mut Pass<'_, '_>, _site: &Site<'_>, x: Var) -> Var {
        pass.tape.max_pool2d(x, self.0)
    }

    fn axis_map(&self, axis: usize) -> Option<AxisMap> {
        axis_map(self.0, axis)
    }

    fn keras(&self) -> Option<Keras> {
        Some(Keras::new("MaxPooling2D", json!({})).with_window("pool_size", self.0))
    }

    fn onnx(&self, input: Shape, _output: Shape) -> Option<Vec<Node>> {
        let mut node = Node::new("MaxPool").order(Order::ChannelsFirst);
        node.attributes = onnx::window(self.0, input);
        Some(vec![node])
    }
}
