//! Up-sampling, which repeats every pixel. Merged with the convolution after it, it repeats none.

use super::conv2d::Conv2d;
use super::images::images;
use crate::footprint::AxisMap;
use crate::keras::Keras;
use crate::onnx::{Attribute, Input, Node, Order};
use crate::words;
use crate::{ArchitectureError, BuildError, Layer, LayerSpec, Pass, Shapes, Site, Takes, Words};
use ae_autodiff::Var;
use ae_tensor::{Activation, Shape, Tensor, Window};
use serde_json::json;
use std::any::Any;

pub(super) const KEYWORD: &str = "up_sampling2d";

/// See [`up_sample2d`].
#[derive(Clone, Copy, Debug)]
struct UpSample2d([usize; 2]);

/// Repeats every pixel `factor[0]` times downwards and `factor[1]` times to the right.
#[must_use]
pub fn up_sample2d(factor: [usize; 2]) -> LayerSpec {
    LayerSpec::new(UpSample2d(factor))
}

/// `2x2`.
pub(super) fn read(words: &mut Words<'_>) -> Result<LayerSpec, ArchitectureError> {
    Ok(up_sample2d(words.pair()?))
}

impl Layer for UpSample2d {
    fn keyword(&self) -> &str {
        KEYWORD
    }

    fn arguments(&self) -> String {
        words::extents(&self.0)
    }

    fn takes(&self) -> Takes {
        Takes::Images
    }

    fn shapes(&self, name: &str, input: Shape) -> Result<Shapes, BuildError> {
        let ([h, w], channels) = images(name, input)?;
        let larger = h.checked_mul(self.0[0]).zip(w.checked_mul(self.0[1]));
        let larger = larger.filter(|&(h, w)| h > 0 && w > 0);
        let larger = larger.and_then(|(h, w)| Shape::checked(&[h, w, channels]));
        let error = || BuildError::Factor { layer: name.into(), factor: self.0, image: input };
        larger.map(Shapes::of).ok_or_else(error)
    }

    fn forward(&self, pass: &mut Pass<'_, '_>, _site: &Site<'_>, x: Var) -> Var {
        pass.tape.up_sample2d(x, self.0)
    }

    /// Merges with a convolution that has a stride of 1 and "same" padding.
    fn merged_with(&self, next: &dyn Layer) -> Option<LayerSpec> {
        let next: &dyn Any = next;
        let convolution = *next.downcast_ref::<Conv2d>()?;
        let merges = convolution.window == Window::same(convolution.window.size);
        merges.then(|| LayerSpec::new(UpSampleConv2d { factor: self.0, convolution }))
    }

    fn axis_map(&self, axis: usize) -> Option<AxisMap> {
        (self.0[axis] > 0).then_some(AxisMap::Enlarge(self.0[axis]))
    }

    fn keras(&self) -> Option<Keras> {
        Some(Keras::new("UpSampling2D", json!({ "size": self.0 })))
    }

    fn onnx(&self, _input: Shape, _output: Shape) -> Option<Vec<Node>> {
        // One factor for each axis, f32 by ONNX's rule. Whole numbers of up to 2^20 are exact.
        let factors = vec![1.0, 1.0, self.0[0] as f32, self.0[1] as f32];
        let scales = Input::Floats { name: "scales", values: Tensor::new([4], factors) };
        let resize = Node::new("Resize")
            .order(Order::ChannelsFirst)
            // The region of interest, which only another mode uses.
            .input(Input::Absent)
            .input(scales)
            // Output pixel i is input pixel floor(i / scale). The README of ae-onnx derives why all
            // three attributes are needed.
            .attribute("coordinate_transformation_mode", Attribute::Text("asymmetric"))
            .attribute("mode", Attribute::Text("nearest"))
            .attribute("nearest_mode", Attribute::Text("floor"));
        Some(vec![resize])
    }
}

/// Up-sampling and the convolution after it in one operation, see
/// [`ae_autodiff::ops::up_sample_conv2d`]. It exists only in a plan, never in a description.
#[derive(Clone, Copy, Debug)]
struct UpSampleConv2d {
    factor: [usize; 2],
    convolution: Conv2d,
}

impl Layer for UpSampleConv2d {
    fn keyword(&self) -> &str {
        "up_sampling_conv2d"
    }

    fn arguments(&self) -> String {
        format!("{} {}", words::extents(&self.factor), self.convolution.arguments())
    }

    fn takes(&self) -> Takes {
        Takes::Images
    }

    fn shapes(&self, name: &str, input: Shape) -> Result<Shapes, BuildError> {
        let enlarged = UpSample2d(self.factor).shapes(name, input)?;
        self.convolution.shapes(name, enlarged.output)
    }

    fn forward(&self, pass: &mut Pass<'_, '_>, site: &Site<'_>, x: Var) -> Var {
        let [kernel, bias] = [0, 1].map(|i| pass.tape.param(site.params[i]));
        let activation = self.convolution.activation;
        pass.tape.up_sample_conv2d(x, self.factor, kernel, bias, activation)
    }

    fn activation(&self) -> Activation {
        self.convolution.activation
    }

    fn without_activation(&self) -> Option<LayerSpec> {
        let convolution = Conv2d { activation: Activation::Linear, ..self.convolution };
        let linear = LayerSpec::new(Self { convolution, ..*self });
        (self.activation() != Activation::Linear).then_some(linear)
    }
}
