//! Each layer in ONNX's operators.

use crate::build::{Builder, Order, int, ints, text, whole};
use crate::proto::AttributeProto;
use ae_autodiff::Params;
use ae_layers::{Activation, LayerOutline, LayerSpec, Window};
use ae_tensor::{Shape, Tensor};

/// HWIO, a kernel's axes with us, in ONNX's order OIHW.
const OIHW: [usize; 4] = [3, 2, 0, 1];

/// Adds the nodes of a layer.
///
/// # Panics
/// If `params` lacks one of the layer's, or has it in another shape.
pub(crate) fn add(graph: &mut Builder, layer: &LayerOutline, params: &Params) {
    let LayerOutline { name, spec, input, output } = layer;
    match spec {
        LayerSpec::Dense { units, activation } => {
            // It takes vectors, which have but one order.
            let weights = Weights { name, params };
            let kernel = weights.kernel([input.len(), *units]);
            let kernel = graph.floats(weights.called("kernel"), kernel);
            let bias = graph.floats(weights.called("bias"), weights.bias(*units));
            // alpha x kernel + beta bias, with alpha and beta 1 and nothing transposed: the defaults.
            graph.node("Gemm", name, &[kernel, bias], vec![]);
            activate(graph, &format!("{name}/{}", activation.name()), *activation);
        }
        LayerSpec::Conv2d { filters, window, activation } => {
            graph.arrange(Order::ChannelsFirst, name);
            let weights = Weights { name, params };
            let [height, width] = window.size;
            let kernel = weights.kernel([height, width, input.dims()[2], *filters]);
            let kernel = graph.floats(weights.called("kernel"), &kernel.permuted(&OIHW));
            let bias = graph.floats(weights.called("bias"), weights.bias(*filters));
            graph.node("Conv", name, &[kernel, bias], placed(*window, *input));
            activate(graph, &format!("{name}/{}", activation.name()), *activation);
        }
        LayerSpec::MaxPool2d(window) => {
            graph.arrange(Order::ChannelsFirst, name);
            graph.node("MaxPool", name, &[], placed(*window, *input));
        }
        LayerSpec::UpSample2d([down, right]) => {
            graph.arrange(Order::ChannelsFirst, name);
            // One factor for each axis, f32 by ONNX's rule. Whole numbers of up to 2^20 are exact.
            let scales = Tensor::new([4], vec![1.0, 1.0, *down as f32, *right as f32]);
            let scales = graph.floats(format!("{name}/scales"), &scales);
            // Output pixel i is input pixel floor(i / scale): the README derives why it takes all three.
            let attributes = vec![
                text("coordinate_transformation_mode", "asymmetric"),
                text("mode", "nearest"),
                text("nearest_mode", "floor"),
            ];
            // The empty name is a region of interest, which only another mode has.
            graph.node("Resize", name, &[String::new(), scales], attributes);
        }
        // Element by element: the order does not matter.
        LayerSpec::Activation(activation) => activate(graph, name, *activation),
        LayerSpec::Flatten => {
            graph.arrange(Order::ChannelsLast, name);
            graph.node("Flatten", name, &[], vec![int("axis", 1)]);
        }
        LayerSpec::Reshape(_) => {
            graph.arrange(Order::ChannelsLast, name);
            // 0 is "as it was": the batch.
            let shape = [&[0], &whole(output.dims())[..]].concat();
            let shape = graph.whole_numbers(format!("{name}/shape"), &shape);
            graph.node("Reshape", name, &[shape], vec![]);
        }
        // It counts in the loss only.
        LayerSpec::ActivityRegularization { .. } => {}
        // The means, which come first, of what are means and log-variances.
        LayerSpec::Sampling { .. } => {
            let mut bound =
                |what: &str, value: i64| graph.whole_numbers(format!("{name}/{what}"), &[value]);
            let bounds = [bound("from", 0), bound("to", output.len() as i64), bound("axis", 1)];
            graph.node("Slice", name, &bounds, vec![]);
        }
    }
}

/// The node of an activation; none if it does nothing.
fn activate(graph: &mut Builder, name: &str, activation: Activation) {
    match activation {
        Activation::Linear => {}
        Activation::Relu => graph.node("Relu", name, &[], vec![]),
        Activation::Sigmoid => graph.node("Sigmoid", name, &[], vec![]),
    }
}

/// Size and steps of a window on images of a shape, and how far it reaches over their edges: top, left, bottom, right.
fn placed(window: Window, images: Shape) -> Vec<AttributeProto> {
    let image = [images.dims()[0], images.dims()[1]];
    let place = window.over(image).expect("the architecture was checked");
    let after = [0, 1].map(|axis| {
        // The last place's end, beyond the last pixel. A window that leaves pixels out does not reach it.
        let end = (place.output[axis] - 1) * place.stride[axis] + place.size[axis];
        end.saturating_sub(place.before[axis] + image[axis])
    });
    vec![
        ints("kernel_shape", &whole(&place.size)),
        ints("pads", &whole(&[place.before, after].concat())),
        ints("strides", &whole(&place.stride)),
    ]
}

/// A layer's weights.
struct Weights<'a> {
    name: &'a str,
    params: &'a Params,
}

impl<'a> Weights<'a> {
    fn called(&self, what: &str) -> String {
        format!("{}/{what}", self.name)
    }

    fn kernel(&self, shape: impl Into<Shape>) -> &'a Tensor {
        self.get("kernel", shape.into())
    }

    fn bias(&self, units: usize) -> &'a Tensor {
        self.get("bias", [units].into())
    }

    fn get(&self, what: &str, shape: Shape) -> &'a Tensor {
        let name = self.called(what);
        let id = self.params.find(&name).unwrap_or_else(|| panic!("export: there is no {name}"));
        let tensor = self.params.get(id);
        assert!(tensor.shape() == shape, "export: {name} of {}, not {shape}", tensor.shape());
        tensor
    }
}
