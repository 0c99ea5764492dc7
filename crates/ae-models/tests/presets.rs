//! Every preset is a model for images of 28 x 28.

use ae_autodiff::Params;
use ae_layers::Sequential;
use ae_models::{Preset, presets};

#[test]
fn every_preset_gives_back_what_it_is_given() {
    for preset in presets() {
        let recipe = preset.recipe();
        let model = recipe.architecture([28, 28], None).unwrap();
        let built = Sequential::build(model.input, &model.layers, &mut Params::new(), 1)
            .unwrap_or_else(|error| panic!("{}: {error}", preset.name));
        assert_eq!(built.output_shape(), built.input_shape(), "{}", preset.name);
        let parts = model.divide(&built);
        // The one whose shortcut leads past any code.
        assert_eq!(parts.is_none(), preset.name == "photo-denoise");
        assert_eq!(recipe.latent.is_some(), recipe.uses_latent(), "{}", preset.name);
        if let Some(latent) = recipe.latent {
            let (encoder, decoder) = parts.expect("an encoder and a decoder");
            assert_eq!(decoder.output_shape(), model.input);
            assert_eq!(encoder.output_shape().dims(), [latent], "{}", preset.name);
            let other = recipe.architecture([28, 28], Some(5)).unwrap();
            let built =
                Sequential::build(other.input, &other.layers, &mut Params::new(), 1).unwrap();
            assert_eq!(other.divide(&built).unwrap().0.output_shape().dims(), [5]);
        }
        assert!(!recipe.about.is_empty());
        assert_eq!(Preset::find(preset.name), Some(*preset));
        // The description of a model is read back as the same model.
        assert_eq!(model.to_string().parse(), Ok(model));
    }
    assert_eq!(Preset::find("notebook"), None);
}

#[test]
fn the_notebooks_models_have_the_notebooks_weights() {
    for (name, count) in [("notebook-dense", 16_474), ("notebook-conv", 28_353)] {
        let model = Preset::find(name).unwrap().recipe().architecture([28, 28], None).unwrap();
        let mut params = Params::new();
        Sequential::build(model.input, &model.layers, &mut params, 1).unwrap();
        assert_eq!(params.element_count(), count);
    }
}

/// An image that is halved twice must have sides that are multiples of 4.
#[test]
fn a_size_that_cannot_be_halved_is_refused() {
    let model = Preset::find("conv-latent").unwrap().recipe();
    let error = model.architecture([30, 28], None).unwrap_err().to_string();
    assert!(error.contains("expected a multiple of 4 before /4, found \"30\""), "{error}");
}
