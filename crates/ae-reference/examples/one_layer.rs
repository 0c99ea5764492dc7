//! Evaluates a convolution with a pencil's precision.
//! `cargo run -p ae-reference --example one_layer`

use ae_reference::{Mode, Model, NoTwin, State};

fn main() -> Result<(), NoTwin> {
    let model = Model::read("input 3x3x1; conv2d 1 2x2 stride 1x1 valid relu")?;
    let image = (1..=9).map(f64::from).collect();
    let weights = [vec![1.0, 10.0, 100.0, -1000.0], vec![4000.0]];
    let end = model.layers()[0].step(&State::new(image, 1), &weights, &[], Mode::Inference, 4);
    println!("{:?}", end.x);
    Ok(())
}
