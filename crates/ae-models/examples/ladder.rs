//! Prints every preset for images of 28 x 28: its layers, the shape of its code, and its number of
//! weights: `cargo run -p ae-models --example ladder`.

use ae_autodiff::Params;
use ae_layers::Sequential;
use ae_models::presets;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for preset in presets() {
        let recipe = preset.recipe();
        let model = recipe.architecture([28, 28], None)?;
        let mut params = Params::new();
        let built = Sequential::build(model.input, &model.layers, &mut params, 1)?;
        let (encoder, _) = model.divide(&built).ok_or("a model that is not divided")?;

        println!("{}: {}", preset.name, recipe.about);
        println!("  {} weights, codes of shape {}", params.element_count(), encoder.output_shape());
        let words = model.to_string();
        let (encoder, decoder) = words.split_once(" | ").ok_or("a description without a bar")?;
        println!("  {encoder}\n  | {decoder}\n");
    }
    Ok(())
}
