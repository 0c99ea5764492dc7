//! `activation(x * k + b)`: a kernel that slides over images. Merged with the max pooling after it,
//! it keeps only what the pooling passes on.

use super::images::{axis_map, checked, images, place, unit_stride};
use super::max_pool2d::MaxPool2d;
use crate::footprint::AxisMap;
use crate::keras::{self, Keras};
use crate::onnx::{self, Input, Node, OIHW, Order};
use crate::words;
use crate::{ArchitectureError, BuildError, Layer, LayerSpec, Pass, Shapes, Site, Takes, Words};
use ae_autodiff::Var;
use ae_tensor::{Activation, Shape, Window};
use serde_json::json;
use std::any::Any;

pub(super) const KEYWORD: &str = "conv2d";

/// See [`conv2d`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Conv2d {
    pub(super) filters: usize,
    pub(super) window: Window,
    pub(super) activation: Activation,
}

/// `activation(x * k + b)`: images `[height, width, in]` are convolved with a kernel
/// `k [kh, kw, in, filters]`, and a bias `b [filters]` is added.
#[must_use]
pub fn conv2d(filters: usize, window: Window, activation: Activation) -> LayerSpec {
    LayerSpec::new(Conv2d { filters, window, activation })
}

/// `32 3x3 stride 1x1 same relu`.
pub(super) fn read(words: &mut Words<'_>) -> Result<LayerSpec, ArchitectureError> {
    Ok(conv2d(words.number()?, words.window(unit_stride)?, words.activation()?))
}

impl Layer for Conv2d {
    fn keyword(&self) -> &str {
        KEYWORD
    }

    fn arguments(&self) -> String {
        format!("{} {} {}", self.filters, words::window(self.window), self.activation)
    }

    fn takes(&self) -> Takes {
        Takes::Images
    }

    fn shapes(&self, name: &str, input: Shape) -> Result<Shapes, BuildError> {
        let (image, channels) = images(name, input)?;
        if self.filters == 0 {
            return Err(BuildError::NoUnits { layer: name.into() });
        }
        let [h, w] = place(name, self.window, image, input)?;
        let [kh, kw] = self.window.size;
        let kernel = checked(name, input, &[kh, kw, channels, self.filters])?;
        let output = checked(name, input, &[h, w, self.filters])?;
        Ok(Shapes::with_kernel(output, kernel, checked(name, input, &[self.filters])?))
    }

    fn forward(&self, pass: &mut Pass<'_, '_>, site: &Site<'_>, x: Var) -> Var {
        let [kernel, bias] = [0, 1].map(|i| pass.tape.param(site.params[i]));
        pass.tape.conv2d(x, kernel, bias, self.window, self.activation)
    }

    fn activation(&self) -> Activation {
        self.activation
    }

    fn without_activation(&self) -> Option<LayerSpec> {
        let linear = conv2d(self.filters, self.window, Activation::Linear);
        (self.activation != Activation::Linear).then_some(linear)
    }

    /// Merges with a max pooling.
    fn merged_with(&self, next: &dyn Layer) -> Option<LayerSpec> {
        let next: &dyn Any = next;
        let &MaxPool2d(pool) = next.downcast_ref()?;
        Some(LayerSpec::new(ConvMaxPool2d { convolution: *self, pool }))
    }

    fn axis_map(&self, axis: usize) -> Option<AxisMap> {
        axis_map(self.window, axis)
    }

    fn keras(&self) -> Option<Keras> {
        let activation = keras::activation(self.activation);
        let config = json!({ "filters": self.filters, "activation": activation });
        Some(Keras::new("Conv2D", config).with_window("kernel_size", self.window))
    }

    fn onnx(&self, input: Shape, _output: Shape) -> Option<Vec<Node>> {
        let [height, width] = self.window.size;
        let shape = [height, width, input.dims()[2], self.filters].into();
        let bias = Input::Parameter { name: "bias", shape: [self.filters].into(), axes: None };
        let mut node = Node::new("Conv")
            .order(Order::ChannelsFirst)
            .input(Input::Parameter { name: "kernel", shape, axes: Some(OIHW) })
            .input(bias);
        node.attributes = onnx::window(self.window, input);
        Some([vec![node], onnx::activation(self.activation)?].concat())
    }
}

/// A convolution and the max pooling after it in one operation, see
/// [`ae_autodiff::ops::conv2d_max_pool2d`]. It exists only in a plan, never in a description.
#[derive(Clone, Copy, Debug)]
struct ConvMaxPool2d {
    convolution: Conv2d,
    pool: Window,
}

impl Layer for ConvMaxPool2d {
    fn keyword(&self) -> &str {
        "conv2d_max_pooling2d"
    }

    fn arguments(&self) -> String {
        format!("{} {}", self.convolution.arguments(), words::window(self.pool))
    }

    fn takes(&self) -> Takes {
        Takes::Images
    }

    fn shapes(&self, name: &str, input: Shape) -> Result<Shapes, BuildError> {
        let convolved = self.convolution.shapes(name, input)?;
        let pooled = MaxPool2d(self.pool).shapes(name, convolved.output)?;
        Ok(Shapes { output: pooled.output, ..convolved })
    }

    fn forward(&self, pass: &mut Pass<'_, '_>, site: &Site<'_>, x: Var) -> Var {
        let [kernel, bias] = [0, 1].map(|i| pass.tape.param(site.params[i]));
        let Conv2d { window, activation, .. } = self.convolution;
        pass.tape.conv2d_max_pool2d([x, kernel, bias], window, activation, self.pool)
    }
}
