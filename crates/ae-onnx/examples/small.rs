//! Prints the graph of a small convolutional auto-encoder, node by node.

use ae_autodiff::Params;
use ae_layers::{Architecture, Sequential};
use ae_onnx::proto::{AttributeProto, ModelProto};
use ae_onnx::{Part, export};
use prost::Message;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words = "input 8x8x1; conv2d 4 3x3 stride 2x2 same relu; up_sampling2d 2x2; conv2d 1 3x3 stride 1x1 same sigmoid";
    let architecture: Architecture = words.parse()?;
    let mut params = Params::new();
    Sequential::build(architecture.input, &architecture.layers, &mut params, 1)?;
    let bytes = export(&architecture, &params, Part::Whole)?;
    let graph = ModelProto::decode(&bytes[..])?.graph.ok_or("a file without a graph")?;

    println!("{words}: {} bytes\n", bytes.len());
    for constant in &graph.initializer {
        println!("{:<28} {:?}", constant.name, constant.dims);
    }
    println!();
    for node in &graph.node {
        let settings: Vec<String> = node.attribute.iter().map(setting).collect();
        let inputs = node.input.join(", ");
        println!("{} = {}({inputs}) {}", node.output.join(", "), node.op_type, settings.join(" "));
    }
    Ok(())
}

fn setting(attribute: &AttributeProto) -> String {
    let value = match &attribute.s {
        Some(text) => String::from_utf8_lossy(text).into_owned(),
        None => format!("{:?}", attribute.ints),
    };
    format!("{}={value}", attribute.name)
}
