//! `activation(x *^T k + b)`: a convolution that enlarges images.

use super::images::{checked, images, unit_stride};
use crate::footprint::AxisMap;
use crate::keras::{self, Keras};
use crate::onnx::{self, Attribute, Input, Node, OIHW, Order};
use crate::words;
use crate::{ArchitectureError, BuildError, Layer, LayerSpec, Pass, Shapes, Site, Takes, Words};
use ae_autodiff::Var;
use ae_autodiff::ops::conv2d_transpose::placement;
use ae_tensor::{Activation, Padding, Shape, Window};
use serde_json::json;

pub(super) const KEYWORD: &str = "conv2d_transpose";

/// See [`conv2d_transpose`].
#[derive(Clone, Copy, Debug)]
struct Conv2dTranspose {
    filters: usize,
    window: Window,
    activation: Activation,
}

/// `activation(x *^T k + b)`: each pixel of images `[height, width, in]` adds a kernel
/// `k [kh, kw, filters, in]` to the output, at positions one stride apart, and a bias `b [filters]`
/// is added to each pixel. With a stride of `s` and "same" padding the images become `s` times as
/// high and wide; with "valid" they also grow by as much as the kernel exceeds the stride. The
/// derivation is in [`ae_autodiff::ops::conv2d_transpose`].
#[must_use]
pub fn conv2d_transpose(filters: usize, window: Window, activation: Activation) -> LayerSpec {
    LayerSpec::new(Conv2dTranspose { filters, window, activation })
}

/// `16 3x3 stride 2x2 same relu`.
pub(super) fn read(words: &mut Words<'_>) -> Result<LayerSpec, ArchitectureError> {
    Ok(conv2d_transpose(words.number()?, words.window(unit_stride)?, words.activation()?))
}

impl Layer for Conv2dTranspose {
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
        let Window { size, stride, padding } = self.window;
        let placement = placement(self.window, image).ok_or_else(|| BuildError::Window {
            layer: name.into(),
            size,
            stride,
            padding: padding.name(),
            image: input,
        })?;
        let [h, w] = placement.input;
        let kernel = checked(name, input, &[size[0], size[1], self.filters, channels])?;
        let output = checked(name, input, &[h, w, self.filters])?;
        Ok(Shapes::with_kernel(output, kernel, checked(name, input, &[self.filters])?))
    }

    fn forward(&self, pass: &mut Pass<'_, '_>, site: &Site<'_>, x: Var) -> Var {
        let [kernel, bias] = [0, 1].map(|i| pass.tape.param(site.params[i]));
        pass.tape.conv2d_transpose(x, kernel, bias, self.window, self.activation)
    }

    fn activation(&self) -> Activation {
        self.activation
    }

    fn without_activation(&self) -> Option<LayerSpec> {
        let linear = conv2d_transpose(self.filters, self.window, Activation::Linear);
        (self.activation != Activation::Linear).then_some(linear)
    }

    fn axis_map(&self, axis: usize) -> Option<AxisMap> {
        let Window { size, stride, padding } = self.window;
        let (size, stride) = (size[axis], stride[axis]);
        let before = size.saturating_sub(stride) / 2;
        let fits = padding == Padding::Same && size > 0 && stride > 0;
        fits.then_some(AxisMap::Spread { size, stride, before })
    }

    fn keras(&self) -> Option<Keras> {
        let activation = keras::activation(self.activation);
        let config = json!({ "filters": self.filters, "activation": activation });
        Some(Keras::new("Conv2DTranspose", config).with_window("kernel_size", self.window))
    }

    fn onnx(&self, input: Shape, _output: Shape) -> Option<Vec<Node>> {
        let Window { size, stride, padding } = self.window;
        // With a kernel smaller than the stride, pixels at the end hold only the bias, and ONNX
        // needs their number. With a larger one and "same" padding, the part beyond the edge is cut
        // off again; an odd pixel is cut off at the end.
        let output_padding = [0, 1].map(|axis| stride[axis].saturating_sub(size[axis]));
        let cut = [0, 1].map(|axis| match padding {
            Padding::Same => size[axis].saturating_sub(stride[axis]),
            Padding::Valid => 0,
        });
        let before = cut.map(|total| total / 2);
        let after = cut.map(|total| total - total / 2);
        let integers = |values: &[usize]| Attribute::Integers(onnx::integers(values));
        let shape = [size[0], size[1], self.filters, input.dims()[2]].into();
        let node = Node::new("ConvTranspose")
            .order(Order::ChannelsFirst)
            .input(Input::Parameter { name: "kernel", shape, axes: Some(OIHW) })
            .input(Input::Parameter { name: "bias", shape: [self.filters].into(), axes: None })
            .attribute("kernel_shape", integers(&size))
            .attribute("output_padding", integers(&output_padding))
            .attribute("pads", integers(&[before, after].concat()))
            .attribute("strides", integers(&stride));
        Some([vec![node], onnx::activation(self.activation)?].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Footprint, Sequential, conv2d};
    use ae_autodiff::Params;
    use ae_tensor::Tensor;
    use ae_testkit::Sampler;

    /// A model that halves images by a convolution with a stride and doubles them again.
    fn hourglass(window: Window) -> Vec<LayerSpec> {
        let linear = Activation::Linear;
        let halve = conv2d(3, Window::same([3, 3]).with_stride([2, 2]), linear);
        vec![halve, conv2d_transpose(1, window.with_stride([2, 2]), linear)]
    }

    /// One pixel of the input is changed: the output changes only within the margin, and as far as
    /// the derivation predicts.
    #[test]
    fn a_pixel_is_felt_within_the_margin_and_no_further() {
        for (size, margin) in [([3, 3], 2), ([5, 4], 4), ([1, 1], 2)] {
            let layers = hourglass(Window::same(size));
            let footprint = Footprint::of(&layers).unwrap();
            assert_eq!(footprint.grid, [2, 2]);
            assert_eq!(footprint.margin[0], margin, "{size:?}");
            let mut params = Params::new();
            let model = Sequential::build([24, 24, 1], &layers, &mut params, 1).unwrap();
            let image = Tensor::new([1, 24, 24, 1], Sampler::new(2).vec(576, 0.0, 1.0));
            let before = model.predict(&params, &image);
            for (y, x) in [(12, 12), (11, 12), (12, 11), (13, 13)] {
                let mut changed = image.clone();
                changed.data_mut()[y * 24 + x] += 10.0;
                let after = model.predict(&params, &changed);
                for (i, (a, b)) in before.data().iter().zip(after.data()).enumerate() {
                    let (down, right) = (y.abs_diff(i / 24), x.abs_diff(i % 24));
                    let near = down <= footprint.margin[0] && right <= footprint.margin[1];
                    assert!(a == b || near, "{size:?}: {down} {right}");
                }
            }
        }
        assert!(Footprint::of(&hourglass(Window::valid([3, 3]))).is_none());
    }
}
