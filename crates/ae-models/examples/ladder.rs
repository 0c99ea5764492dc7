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
        let code = match model.divide(&built) {
            Some((encoder, _)) => format!("codes of shape {}", encoder.output_shape()),
            None => "no codes".into(),
        };
        println!("{}: {}", preset.name, recipe.about);
        println!("  {} weights, {code}", params.element_count());
        println!("  {}\n", model.to_string().replace(" | ", "\n  | "));
    }
    Ok(())
}
