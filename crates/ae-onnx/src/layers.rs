//! Translates the nodes that a layer declares to the nodes of a file.

use crate::build::{Arrangement, Builder, float, int, ints, text};
use crate::error::ExportError;
use crate::proto::AttributeProto;
use ae_autodiff::Params;
use ae_layers::onnx::{Attribute, Input, Node, Order};
use ae_layers::{LayerOutline, Route};
use ae_tensor::{Shape, Tensor};

/// Adds the nodes of a layer.
///
/// # Errors
/// If the layer cannot be expressed in ONNX.
///
/// # Panics
/// If `params` lacks a parameter of the layer, or has it in another shape.
pub(crate) fn add(
    graph: &mut Builder,
    layer: &LayerOutline,
    params: &Params,
) -> Result<(), ExportError> {
    let nodes = layer.spec.onnx(layer.input, layer.output);
    let nodes = nodes.ok_or_else(|| ExportError::NoOperator { layer: layer.name.clone() })?;
    if layer.spec.route() == Route::ShortcutBegins {
        graph.keep();
    }
    for node in nodes {
        add_node(graph, &layer.name, node, params);
    }
    Ok(())
}

fn add_node(graph: &mut Builder, layer: &str, node: Node, params: &Params) {
    let Node { operator, suffix, order, inputs, attributes } = node;
    match order {
        // The node works element by element, or on vectors, which have only one order.
        Order::Any => {}
        Order::ChannelsLast => graph.arrange(Arrangement::ChannelsLast, layer),
        Order::ChannelsFirst => graph.arrange(Arrangement::ChannelsFirst, layer),
    }
    let inputs: Vec<String> =
        inputs.into_iter().map(|another| input(graph, layer, another, params)).collect();
    let attributes = attributes.into_iter().map(|(name, value)| attribute(name, value)).collect();
    let name = if suffix.is_empty() { layer.into() } else { format!("{layer}/{suffix}") };
    graph.node(operator, &name, &inputs, attributes);
}

/// Returns the name of an input, which is added if it is a constant; an empty name means that an
/// input is left out.
fn input(graph: &mut Builder, layer: &str, input: Input, params: &Params) -> String {
    match input {
        Input::Parameter { name, shape, axes } => {
            let name = format!("{layer}/{name}");
            let tensor = parameter(params, &name, shape);
            match axes {
                Some(axes) => graph.floats(name, &tensor.permuted(&axes)),
                None => graph.floats(name, tensor),
            }
        }
        Input::Floats { name, values } => graph.floats(format!("{layer}/{name}"), &values),
        Input::Integers { name, values } => graph.whole_numbers(format!("{layer}/{name}"), &values),
        Input::Kept => graph.kept(layer),
        Input::Absent => String::new(),
    }
}

fn parameter<'a>(params: &'a Params, name: &str, shape: Shape) -> &'a Tensor {
    let id = params.find(name).unwrap_or_else(|| panic!("export: no parameter {name}"));
    let tensor = params.get(id);
    assert!(tensor.shape() == shape, "export: {name} of {}, not {shape}", tensor.shape());
    tensor
}

fn attribute(name: &str, value: Attribute) -> AttributeProto {
    match value {
        Attribute::Integer(value) => int(name, value),
        Attribute::Integers(values) => ints(name, &values),
        Attribute::Float(value) => float(name, value),
        Attribute::Text(value) => text(name, value),
    }
}
