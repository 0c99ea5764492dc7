//! Models in TOML, and in words.

use ae_layers::Architecture;
use ae_models::Recipe;

/// Sizes of images: what the presets are for, the smallest one, and one that cannot be halved.
const IMAGES: [[usize; 2]; 3] = [[28, 28], [1, 1], [5, 12]];

/// Any bytes as a model's description, and as its words. Errors are one line; what is read as a
/// description makes layers or a one-line error for images of any size and codes of any length,
/// never a panic; whether the layers fit each other is found out without building them; and a
/// model's words are read back as the same model.
///
/// # Panics
///
/// When the property does not hold.
pub fn model_toml(bytes: &[u8]) {
    // The program reads text; what is none is refused before it comes here.
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match text.parse::<Architecture>() {
        Ok(model) => read_back(&model),
        Err(error) => one_line(&error.to_string()),
    }
    let recipe: Recipe = match text.parse() {
        Ok(recipe) => recipe,
        Err(error) => return one_line(&error.to_string()),
    };
    for image in IMAGES {
        for latent in [None, Some(1), Some(7), Some(usize::MAX)] {
            match recipe.architecture(image, latent) {
                Ok(model) => {
                    assert_eq!(model.encoder, recipe.encoder.len());
                    assert_eq!(model.layers.len(), recipe.encoder.len() + recipe.decoder.len());
                    read_back(&model);
                }
                Err(error) => one_line(&error.to_string()),
            }
        }
    }
}

/// What is written of a model is one line, and read as the same.
fn read_back(model: &Architecture) {
    let words = model.to_string();
    one_line(&words);
    assert_eq!(words.parse().as_ref(), Ok(model), "{words}");
    if let Err(error) = model.outline() {
        one_line(&error.to_string());
    }
}

fn one_line(message: &str) {
    assert!(!message.contains(|c: char| c.is_control()), "not one line: {message:?}");
}
