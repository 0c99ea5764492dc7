//! Models in TOML, and descriptions of models.

use ae_layers::Architecture;
use ae_models::Recipe;

/// Image sizes: that of the presets, the smallest one, and one that cannot be halved.
const IMAGES: [[usize; 2]; 3] = [[28, 28], [1, 1], [5, 12]];

/// Reads any bytes as a model in TOML and as a description of layers. Errors are one line. A recipe
/// that is read gives layers or a one-line error for images of any size and codes of any length,
/// and never panics. The layers are checked against each other without building them, and a model's
/// description is read back as the same model.
///
/// # Panics
///
/// When the property does not hold.
pub fn model_toml(bytes: &[u8]) {
    // The program reads text; other bytes are refused before this point.
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

/// The description of a model is one line and is read back as the same model.
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
