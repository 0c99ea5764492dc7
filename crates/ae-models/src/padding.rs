//! Adapts models to images whose sides do not suit them: zeros around the input, and a cropped
//! output.

use crate::{Extents, Preset, Recipe, RecipeError, presets};
use ae_layers::{Architecture, LayerSpec, activate, cropping2d, zero_padding2d};

/// The largest multiple that the sides of images are rounded up to.
const LARGEST: usize = 64;

impl Recipe {
    /// As [`Recipe::architecture`]. If the output would not be as large as the image, the model is
    /// built for a larger image: its first layer adds zeros around the image, and its last one cuts
    /// off as many pixels. Both sides are rounded up to multiples of the smallest number, up to 64,
    /// that makes the model fit.
    ///
    /// A last activation follows the cropping. It works pixel by pixel, so the outputs are the
    /// same, and a cross-entropy can still be computed from the input of a sigmoid.
    ///
    /// ```
    /// let recipe = ae_models::Preset::find("clothes").expect("a preset").recipe();
    /// let model = recipe.padded([27, 28], None)?;
    /// let words = model.to_string();
    /// assert!(words.starts_with("input 27x28x1; zero_padding2d 0 1 0 0; conv2d 32 3x3 "));
    /// assert!(words.ends_with("same linear; cropping2d 0 1 0 0; activation sigmoid"));
    /// # Ok::<(), ae_models::RecipeError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Recipe::architecture`] for the image itself. If no size suits the model, it is returned
    /// unchanged, and [`Recipe::fits`] is `false`.
    pub fn padded(
        &self,
        image: impl Into<Extents>,
        latent: Option<usize>,
    ) -> Result<Architecture, RecipeError> {
        let image = image.into();
        let plain = self.architecture(image, latent);
        match &plain {
            Ok(model) if !keeps_shape(model) => {}
            // A division of a side that leaves a remainder.
            Err(RecipeError::Number { .. }) => {}
            _ => return plain,
        }
        for multiple in 2..=LARGEST {
            let Some(large) = image.rounded_up(multiple) else { break };
            let Ok(model) = self.architecture(large, latent) else { continue };
            if large != image && model.input == large.shape() && keeps_shape(&model) {
                return within(model, image, large);
            }
        }
        plain
    }

    /// Returns whether the model takes images of this size and returns images of the same size.
    #[must_use]
    pub fn fits(&self, image: impl Into<Extents>) -> bool {
        self.architecture(image, None).is_ok_and(|model| keeps_shape(&model))
    }
}

impl Preset {
    /// Returns the presets that take images of this size without padding: those that work on images
    /// if there are any, else those that work on vectors, which take any size. A model without a
    /// code, which is made for photographs, is not among them.
    #[must_use]
    pub fn for_images(image: impl Into<Extents>) -> Vec<&'static str> {
        let image = image.into();
        let takes = |preset: &&Self| {
            let model = preset.recipe().architecture(image, None);
            model.is_ok_and(|model| model.is_divided() && keeps_shape(&model))
        };
        let fitting: Vec<&Self> = presets().iter().filter(takes).collect();
        let on_images = |preset: &&&Self| {
            let model = preset.recipe().architecture(image, None);
            model.is_ok_and(|model| model.input == image.shape())
        };
        let convolutional: Vec<&str> = fitting.iter().filter(on_images).map(|p| p.name).collect();
        match convolutional.is_empty() {
            true => fitting.iter().map(|preset| preset.name).collect(),
            false => convolutional,
        }
    }
}

/// Returns whether the output has the shape of the input.
fn keeps_shape(model: &Architecture) -> bool {
    model.outline().is_ok_and(|layers| layers.last().is_some_and(|l| l.output == model.input))
}

/// The model for images of the size `large`, in layers that fit smaller images into it.
fn within(
    model: Architecture,
    image: Extents,
    large: Extents,
) -> Result<Architecture, RecipeError> {
    let more = [large.height - image.height, large.width - image.width];
    let sides = more.map(|more| [more / 2, more - more / 2]);
    let Architecture { mut layers, encoder, .. } = model;
    let last = layers.pop().expect("a model has layers");
    let mut end: Vec<LayerSpec> = match last.without_activation() {
        Some(linear) => vec![linear, cropping2d(sides), activate(last.activation())],
        None => vec![last, cropping2d(sides)],
    };
    layers.insert(0, zero_padding2d(sides));
    layers.append(&mut end);
    match layers.len() {
        found if found > Architecture::MOST_LAYERS => Err(RecipeError::Layers { found }),
        _ => Ok(Architecture {
            input: image.shape(),
            layers,
            encoder: encoder + usize::from(encoder > 0),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ae_autodiff::Params;
    use ae_layers::{Activation, Sequential};

    fn recipe(name: &str) -> Recipe {
        Preset::find(name).unwrap().recipe()
    }

    #[test]
    fn every_preset_takes_images_of_any_size_with_zeros_around_them() {
        for preset in presets() {
            for image in
                [[27, 29, 1], [28, 28, 1], [30, 28, 3], [5, 11, 3], [31, 1, 1], [32, 32, 3]]
            {
                let model = preset
                    .recipe()
                    .padded(image, Some(2).filter(|_| preset.recipe().uses_latent()));
                let model = model.unwrap();
                let layers = &model.layers;
                let built = Sequential::build(model.input, layers, &mut Params::new(), 1).unwrap();
                assert_eq!(model.input.len(), image.iter().product::<usize>(), "{}", preset.name);
                assert_eq!(built.output_shape(), model.input, "{}", preset.name);
                // A model that adds to its input has no last activation.
                let residual = model.layers.iter().any(|layer| layer.keyword() == "add");
                // Nor has one of numbers other than gray levels.
                let linear = residual || preset.name == "vectors";
                let last = if linear { Activation::Linear } else { Activation::Sigmoid };
                assert_eq!(built.last_activation(), last, "{}", preset.name);
                // Read back from a file, and divided at the same layer.
                assert_eq!(model.to_string().parse().as_ref(), Ok(&model));
                let parts = model.divide(&built);
                assert_eq!(parts.map_or(0, |(encoder, _)| encoder.len()), model.encoder);
                assert_eq!(model.encoder > 0, preset.name != "photo-denoise");
            }
        }
    }

    #[test]
    fn images_that_fit_are_not_padded() {
        for preset in presets() {
            let plain = preset.recipe().architecture([28, 28], None).unwrap();
            assert_eq!(preset.recipe().padded([28, 28], None).unwrap(), plain);
        }
        // The smallest multiple: clothes halves once, the notebook's model twice.
        let first = |name, image| recipe(name).padded(image, None).unwrap().layers[0].to_string();
        assert_eq!(first("clothes", [27, 30]), "zero_padding2d 0 1 0 0");
        assert_eq!(first("notebook-conv", [27, 30]), "zero_padding2d 0 1 1 1");
        assert_eq!(first("conv-latent", [27, 29]), "zero_padding2d 0 1 1 2");
    }

    #[test]
    fn what_no_size_suits_stays_as_it_is() {
        let text = "encoder = ['conv2d 2 3x3 relu', 'max_pooling2d 2x2']\ndecoder = ['conv2d 1 3x3 sigmoid']";
        let recipe: Recipe = text.parse().unwrap();
        assert!(!recipe.fits([28, 28]));
        let model = recipe.padded([28, 28], None).unwrap();
        assert_eq!(model, recipe.architecture([28, 28], None).unwrap());
        let text = "encoder = ['dense {latent} relu']\ndecoder = ['dense {pixels} sigmoid']";
        let error = text.parse::<Recipe>().unwrap().padded([28, 28], None).unwrap_err();
        assert!(matches!(error, RecipeError::LatentMissing), "{error}");
    }

    #[test]
    fn presets_are_found_for_a_size() {
        let of = |height, width| Preset::for_images([height, width]);
        assert!(of(28, 28).contains(&"notebook-conv") && !of(28, 28).contains(&"notebook-dense"));
        assert_eq!(of(20, 30), ["clothes"]);
        assert!(of(27, 29).contains(&"notebook-dense") && !of(27, 29).contains(&"clothes"));
        assert_eq!(Preset::for_images([28, 28, 3]), of(28, 28));
    }
}
